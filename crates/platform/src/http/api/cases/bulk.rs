//! `POST /api/v1/cases/actions`: the same with many cases at once, whole or not at all.

use super::act::{CaseAct, audited, done};
use super::visible_of;
use crate::accounts::{Principal, random};
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::office::{self, Document, Kept};
use crate::supervision::cases::{handled, handling};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bowei_encoding::hex;
use bowei_model::supervision::Standing;
use bowei_store::{CaseRow, Change};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Cases of one action: what a person can have looked at. One transaction of them is some tens of milliseconds.
const CASES_MAX: usize = 500;

/// For how long what was done at once can be undone.
const UNDONE_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// What is to be done with many cases.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::http::api) struct CaseActOnMany {
    /// Which: 1 to 500.
    ids: Vec<String>,
    /// How many they are, as whoever asks was shown it: 409 where it is another number.
    expected: usize,
    #[serde(flatten)]
    act: CaseAct,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct CasesDone {
    /// With how many cases.
    done: usize,
    /// What undoes it, for 24 hours and as long as nobody has done anything further with any of them.
    undo: Option<String>,
}

/// What is to be undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct CasesUndo {
    /// `undo` of what was done.
    undo: String,
}

/// What was done with many, for as long as it can be undone.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Bulk {
    by: String,
    at: Timestamp,
    /// By id: the revision that was made, and where the case stood before.
    cases: BTreeMap<String, (i64, Standing)>,
}

impl Document for Bulk {
    const KIND: &'static str = "case-bulk";

    fn state(&self) -> String {
        "done".to_owned()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

fn counts_differ(expected: usize, found: usize) -> Problem {
    let words = format!(
        "所选案件应为 {expected} 件，现为 {found} 件，请刷新后重新选择 {expected} cases were expected and {found} are \
         there: look again and choose anew"
    );
    Problem::new(StatusCode::CONFLICT, words)
}

/// Does the same with all the cases of a selection, in one transaction.
#[utoipa::path(post, operation_id = "handleCases", path = "/api/v1/cases/actions", tag = "supervision", security(("token" = [])),
    request_body = CaseActOnMany, responses(
    (status = 200, description = "Done with all of them", body = CasesDone),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "They are another number, or it cannot be done with one of them; nothing was done", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn act_on_many(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<CaseActOnMany>,
) -> Result<Json<CasesDone>, Problem> {
    let ids: BTreeSet<String> = asked.ids.iter().cloned().collect();
    if ids.is_empty() || asked.ids.len() > CASES_MAX {
        let words =
            format!("应选择 1 至 {CASES_MAX} 件案件 1 to {CASES_MAX} cases are expected, not {}", ids.len());
        return Err(Problem::invalid("ids", words));
    }
    let cases = visible_of(&app, &principal, ids.into_iter().collect()).await?;
    if cases.len() != asked.expected {
        return Err(counts_differ(asked.expected, cases.len()));
    }
    let action = asked.act.read(&app).await?;
    let now = app.clock.now();
    let (mut changes, mut entries, mut before) = (Vec::new(), Vec::new(), BTreeMap::new());
    for case in &cases {
        let (after, audited) = done(&app, (&principal, &source), case, &action, now)
            .map_err(|problem| problem.about(&case.condition.id))?;
        before.insert(case.condition.id.clone(), (case.revision + 1, handling(case)?.standing(now)));
        changes.push(Change::Case(Box::new(after)));
        entries.push(audited);
    }
    let id = random::<16>().map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("no id could be made: {error}"))
    })?;
    let bulk = Kept::new(hex(&id), Bulk { by: principal.id().to_owned(), at: now, cases: before });
    changes.push(bulk.change()?);
    app.store.administer(changes, entries).await?;
    Ok(Json(CasesDone { done: cases.len(), undo: Some(bulk.id) }))
}

/// Undoes what whoever asks has done with many cases at once. What was done and that it was undone stay in their history.
#[utoipa::path(post, operation_id = "undoCases", path = "/api/v1/cases/actions/undo", tag = "supervision", security(("token" = [])),
    request_body = CasesUndo, responses(
    (status = 200, description = "Undone", body = CasesDone),
    (status = 404, description = "Nothing of that name can be undone by whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Something further was done with one of them; nothing was undone", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn undo(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<CasesUndo>,
) -> Result<Json<CasesDone>, Problem> {
    let now = app.clock.now();
    let found: Option<Kept<Bulk>> = office::one(app.store.as_ref(), &asked.undo).await?;
    let own = |bulk: &Kept<Bulk>| {
        bulk.document.by == principal.id() && now.duration_since(bulk.document.at) <= UNDONE_WITHIN
    };
    let missing = || Problem::not_found("没有可撤销的操作 there is nothing of that name to undo");
    let bulk = found.filter(own).ok_or_else(missing)?;
    let cases = visible_of(&app, &principal, bulk.document.cases.keys().cloned().collect()).await?;
    let is_as_done = |case: &CaseRow| {
        let of = bulk.document.cases.get(&case.condition.id);
        of.is_some_and(|(revision, _)| *revision == case.revision)
    };
    if cases.len() != bulk.document.cases.len() || !cases.iter().all(is_as_done) {
        let words = "其中有案件已有后续处理，不能撤销 something further was done with one of them: it cannot be undone";
        return Err(Problem::new(StatusCode::CONFLICT, words));
    }
    let (mut changes, mut entries) = (vec![bulk.removal()], Vec::new());
    for case in &cases {
        let Some((_, standing)) = bulk.document.cases.get(&case.condition.id) else { continue };
        let before = handling(case)?;
        let after = before.undo(standing, principal.id(), now);
        entries.push(audited(&source, case, (&before, &after), now));
        changes.push(Change::Case(Box::new(handled(case, &after)?)));
    }
    app.store.administer(changes, entries).await?;
    Ok(Json(CasesDone { done: cases.len(), undo: None }))
}
