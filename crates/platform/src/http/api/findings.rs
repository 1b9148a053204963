//! `GET /api/v1/findings`.

use super::cases::CaseOfFinding;
use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use axum::Json;
use axum::extract::State;
use bowei_model::{Facts, Finding, FindingKind, words};
use bowei_store::{FindingQuery, FindingStates, FindingTime, finding_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it, in either order.
fn list_name(by: FindingTime) -> &'static str {
    match by {
        FindingTime::At => "findings by at",
        FindingTime::Received => "findings by received",
    }
}

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FindingsQuery {
    /// Of this lot.
    lot: Option<String>,
    /// Of this kind, such as `odd-plate`.
    #[param(value_type = Option<enums::FindingKind>)]
    kind: Option<String>,
    /// `open`, `resolved` or both, split at a comma; `open` without it.
    #[param(pattern = "^(open|resolved)(,(open|resolved))?$")]
    state: Option<String>,
    /// Which time orders the list, the latest first, and lies within `from` and `to`: `received` is `opened_at`, `at` the time
    /// that the lot says. Without it `at` where `from` or `to` is given, and `received` where neither is.
    #[param(value_type = Option<By>, inline)]
    by: Option<String>,
    /// At this moment or later, RFC 3339.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this moment, RFC 3339.
    #[param(format = DateTime)]
    to: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Either time of a finding.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    Received,
    At,
}

/// Whether what is doubted still holds.
#[derive(PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FindingState {
    Open,
    Resolved,
}

/// Something doubtful about data that was accepted.
#[derive(Serialize, ToSchema)]
pub(super) struct FindingItem {
    /// Stays the same for as long as the finding does, whatever is said about it.
    id: String,
    #[schema(value_type = enums::FindingKind)]
    kind: FindingKind,
    lot: String,
    lot_name: Option<String>,
    record_id: Option<String>,
    /// The time of what is doubted, as the lot says it.
    at: String,
    /// By the platform's clock, when what it follows from had been received.
    opened_at: String,
    /// By the platform's clock, when what it no longer holds after was received; null while it holds.
    resolved_at: Option<String>,
    /// In Chinese.
    detail: String,
    /// The same in English.
    detail_en: String,
    /// What was expected and what was received: `is` says which facts they are. Null for viewers, for there may be plates
    /// among them, and where a sentence is all that was kept.
    #[schema(value_type = Option<Object>)]
    facts: Option<Facts>,
    /// The case that it belongs to; null where there were too few for one.
    case: Option<String>,
}

/// Findings, newest first: by when they were received, or by their own time within a stretch of it.
#[utoipa::path(get, operation_id = "listFindings", path = "/api/v1/findings", tag = "api", security(("token" = [])), params(FindingsQuery), responses(
    (status = 200, description = "A page of findings", body = List<FindingItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<FindingsQuery>,
) -> Result<Json<List<FindingItem>>, Problem> {
    let kind = query.kind.as_deref().map(|name| FindingKind::from_name(name).ok_or_else(|| no_kind(name)));
    let by = match enums::several("by", query.by.as_deref())?.first() {
        Some(By::Received) => FindingTime::Received,
        None if query.from.is_none() && query.to.is_none() => FindingTime::Received,
        Some(By::At) | None => FindingTime::At,
    };
    let list = list_name(by);
    let found = app
        .store
        .findings(FindingQuery {
            lots: principal.scope(&app, query.lot.as_deref())?,
            kind: kind.transpose()?,
            cause: None,
            states: states(query.state.as_deref())?,
            by,
            from: timestamps::asked("from", query.from.as_deref())?,
            to: timestamps::asked("to", query.to.as_deref())?,
            due_at: Some(app.clock.now()),
            limit: limit(query.limit),
            cursor: app.cursors.open(list, query.cursor)?,
        })
        .await?;
    let cases = CaseOfFinding::of(&app, &found.items).await?;
    let items = found.items.into_iter().map(|finding| item(&app, finding, &principal, &cases)).collect();
    Ok(Json(List { items, next: app.cursors.seal(list, found.next)? }))
}

pub(super) fn item(app: &App, finding: Finding, principal: &Principal, cases: &CaseOfFinding) -> FindingItem {
    let sees_plates = principal.sees_plates();
    // Some findings quote a plate that may have no plate's shape; which, only their kind tells here.
    let quotes_a_plate = matches!(finding.kind, FindingKind::OddPlate | FindingKind::PlateMismatch);
    let shown = |words: String| if quotes_a_plate && !sees_plates { "***".to_owned() } else { words };
    let case = cases.id(&finding);
    FindingItem {
        id: finding_id(&finding),
        kind: finding.kind,
        lot: finding.lot.to_string(),
        lot_name: app.registry.snapshot().lot_name(&finding.lot),
        record_id: finding.record_id.as_deref().map(|id| principal.record_id(id)),
        at: timestamps::shown(finding.at),
        opened_at: timestamps::shown(finding.opened_at),
        resolved_at: finding.resolved_at.map(timestamps::shown),
        detail: shown(words::chinese(finding.kind, &finding.facts)),
        detail_en: shown(words::english(finding.kind, &finding.facts)),
        facts: Some(finding.facts).filter(|facts| sees_plates && facts.kind().is_some()),
        case,
    }
}

pub(super) fn states(asked: Option<&str>) -> Result<FindingStates, Problem> {
    let states: Vec<FindingState> = enums::several("state", asked)?;
    let (open, resolved) = (states.contains(&FindingState::Open), states.contains(&FindingState::Resolved));
    Ok(match (open, resolved) {
        (true, true) => FindingStates::All,
        (false, true) => FindingStates::Resolved,
        (_, false) => FindingStates::Open,
    })
}

fn no_kind(name: &str) -> Problem {
    let known: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.name()).collect();
    Problem::invalid("kind", format!("kind={name} is none of {}", known.join(", ")))
}
