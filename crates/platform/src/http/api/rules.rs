//! `/api/v1/rules`: the rules that are in force, their versions, and what a draft would change.

use super::List;
use super::reveals::words_on;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::http::{enums, shapes};
use crate::office::settings::{Settings, SettingsVersion};
use crate::office::{self, Kept};
use crate::registry::Snapshot;
use crate::supervision::replay::{DAYS_MAX, Progress, Replayed, replay as replayed};
use crate::supervision::rule_book::{NotApplied, apply as put_in_force, read};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bowei_model::FindingKind;
use bowei_model::supervision::{RULES, RuleSet, Severity};
use bowei_store::OfficeQuery;
use futures::stream::{Stream, unfold};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::JoinHandle;
use utoipa::ToSchema;

/// Versions that are listed, the newest.
const VERSIONS_MAX: usize = 200;

/// How often a replay says how far it is.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// A rule.
#[derive(Serialize, ToSchema)]
pub(super) struct RuleItem {
    #[schema(value_type = enums::FindingKind)]
    rule: FindingKind,
    title: &'static str,
    title_en: &'static str,
    #[schema(value_type = enums::Severity)]
    severity: Severity,
    article: &'static str,
    evidence: &'static str,
    evidence_en: &'static str,
    cure: &'static str,
    cure_en: &'static str,
    /// Whether it looks at a day as a whole; the others look at a record as it is received.
    by_day: bool,
}

/// The rules that are in force.
#[derive(Serialize, ToSchema)]
pub(super) struct RulesPage {
    /// 0: the default that comes along.
    version: u32,
    /// Who put it in force; null of the default.
    by: Option<String>,
    at: Option<String>,
    note: String,
    /// As it was given, TOML: what is not in it is the default.
    toml: String,
    /// Every setting as it is.
    #[schema(value_type = shapes::SupervisionRules)]
    settings: RuleSet,
    rules: Vec<RuleItem>,
}

/// A version of the rules.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct RuleVersionItem {
    version: u32,
    by: String,
    at: String,
    note: String,
    toml: String,
}

/// Rules to put in force.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct RulesToApply {
    /// The rules, TOML.
    pub(super) toml: String,
    /// Why, in four characters and more.
    pub(super) note: String,
    /// The version that it was worked out from: 409 where another is in force.
    pub(super) based_on: Option<u32>,
}

/// Rules to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesToReplay {
    /// The rule set, TOML.
    toml: String,
    /// Over so many days back from today: 90 without it, 92 at most.
    days: Option<u32>,
}

/// A line of a replay: how far it is, and on the last what came of it.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct ReplayLine {
    /// Days of lots that are done.
    done: u64,
    /// Days of lots in all.
    all: u64,
    /// What would change; on the last line.
    result: Option<Replayed>,
    /// What the lots in it are called, by their codes.
    lot_names: BTreeMap<String, String>,
    /// Why nothing came of it; on the last line.
    error: Option<String>,
}

impl<S> From<SettingsVersion<S>> for RuleVersionItem {
    fn from(SettingsVersion { version, toml, by, at, note, .. }: SettingsVersion<S>) -> Self {
        Self { version, by, at: timestamps::shown(at), note, toml }
    }
}

impl From<NotApplied> for Problem {
    fn from(why: NotApplied) -> Self {
        match why {
            NotApplied::Store(error) => error.into(),
            NotApplied::Unfit { .. } => Self::invalid("toml", why.to_string()),
            NotApplied::Outdated { .. } => Self::new(StatusCode::CONFLICT, why.to_string()),
        }
    }
}

/// The rules that are in force.
#[utoipa::path(get, operation_id = "getRules", path = "/api/v1/rules", tag = "supervision", security(("token" = [])), responses(
    (status = 200, description = "The rules, with every setting", body = RulesPage),
))]
pub(super) async fn show(State(app): State<App>, _: Principal) -> Json<RulesPage> {
    let current = app.supervision.book.current();
    let version = &current.version;
    let is_given = version.version > 0;
    let rules = RULES.iter().map(|rule| RuleItem {
        rule: rule.kind,
        title: rule.title.zh,
        title_en: rule.title.en,
        severity: rule.severity,
        article: rule.article,
        evidence: rule.evidence.zh,
        evidence_en: rule.evidence.en,
        cure: rule.cure.zh,
        cure_en: rule.cure.en,
        by_day: rule.by_day,
    });
    Json(RulesPage {
        version: version.version,
        by: is_given.then(|| version.by.clone()),
        at: is_given.then(|| timestamps::shown(version.at)),
        note: version.note.clone(),
        toml: version.toml.clone(),
        settings: RuleSet::clone(&current.settings),
        rules: rules.collect(),
    })
}

/// The versions that were put in force, the newest first.
#[utoipa::path(get, operation_id = "listRuleVersions", path = "/api/v1/rules/versions", tag = "supervision", security(("token" = [])), responses(
    (status = 200, description = "The newest 200", body = List<RuleVersionItem>),
))]
pub(super) async fn versions(
    State(app): State<App>,
    _: Principal,
) -> Result<Json<List<RuleVersionItem>>, Problem> {
    listed::<RuleSet>(&app).await
}

/// The versions of rules of a kind.
pub(super) async fn listed<S: Settings>(app: &App) -> Result<Json<List<RuleVersionItem>>, Problem> {
    let query = OfficeQuery { limit: VERSIONS_MAX, ..OfficeQuery::default() };
    let found = office::list::<SettingsVersion<S>>(app.store.as_ref(), query).await?.items;
    let items = found.into_iter().map(|Kept { document, .. }| document.into()).collect();
    Ok(Json(List { items, next: None }))
}

/// Puts rules in force: every node goes by them within seconds.
#[utoipa::path(post, operation_id = "applyRules", path = "/api/v1/rules", tag = "supervision", security(("token" = [])),
    request_body = RulesToApply, responses(
    (status = 201, description = "In force", body = RuleVersionItem),
    (status = 400, description = "The rule set cannot be read, or a setting does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Another version was put in force meanwhile", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn apply(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<RulesToApply>,
) -> Result<(StatusCode, Json<RuleVersionItem>), Problem> {
    let note = words_on("note", &asked.note)?;
    of_the_city(&principal)?;
    must_be_confirmed(&app, &principal)?;
    let (store, now) = (app.store.as_ref(), app.clock.now());
    let done = put_in_force(store, &asked.toml, (&note, asked.based_on), &source, now).await?;
    app.supervision.book.refresh().await?;
    Ok((StatusCode::CREATED, Json(done.into())))
}

/// The rules are the whole city's.
pub(super) fn of_the_city(principal: &Principal) -> Result<(), Problem> {
    if principal.sees_all() {
        return Ok(());
    }
    let words = "规则集适用于全市，请由不限区县的账号操作 the rules are the whole city's: ask somebody who is bounded by no district";
    Err(Problem::forbidden(words))
}

/// Tries rules on the last days, before they are put in force. One line of JSON after another says how far it is; the last
/// says what would change. Who goes away ends it.
#[utoipa::path(post, operation_id = "replayRules", path = "/api/v1/rules/replay", tag = "supervision", security(("token" = [])),
    request_body = RulesToReplay, responses(
    (status = 200, description = "Lines of JSON", body = ReplayLine, content_type = "application/x-ndjson"),
    (status = 400, description = "The rule set cannot be read, or a setting does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Another replay is going on at this node", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn replay(
    State(app): State<App>,
    principal: Principal,
    JsonBody(asked): JsonBody<RulesToReplay>,
) -> Result<Response, Problem> {
    of_the_city(&principal)?;
    let draft = Arc::new(read(&asked.toml)?);
    let days = asked.days.unwrap_or(90);
    if days == 0 || days > DAYS_MAX {
        return Err(Problem::invalid(
            "days",
            format!("应为 1 至 {DAYS_MAX} 天 1 to {DAYS_MAX} days are expected, not {days}"),
        ));
    }
    let Ok(turn) = Arc::clone(&app.supervision.replay_turn).try_acquire_owned() else {
        let words = "另一项试算正在进行 another replay is going on: try again when it is over";
        return Err(Problem::new(StatusCode::CONFLICT, words));
    };
    let progress = Arc::new(Progress::default());
    let (store, now) = (Arc::clone(&app.store), app.clock.now());
    let lots = app.registry.snapshot().lots.values().map(|lot| lot.as_ref().clone()).collect();
    let (current, shared) = (app.supervision.rules(), Arc::clone(&progress));
    let work = tokio::spawn(async move {
        let _turn = turn;
        replayed(store, lots, (current, draft), days, now, &shared).await
    });
    let lines = Lines { work: Some(Work(work)), progress, known_as: app.registry.snapshot() };
    let mut response = Body::from_stream(lines.stream()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}

/// A replay that is going on, and ends with whoever asked for it.
struct Work(JoinHandle<Result<Replayed, NotApplied>>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Lines {
    work: Option<Work>,
    progress: Arc<Progress>,
    known_as: Arc<Snapshot>,
}

impl Lines {
    fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(self, |mut lines| async move {
            let mut work = lines.work.take()?;
            let mut line = ReplayLine::default();
            match tokio::time::timeout(PROGRESS_EVERY, &mut work.0).await {
                Err(_) => lines.work = Some(work),
                Ok(Ok(Ok(result))) => {
                    let lots =
                        result.rules.iter().flat_map(|rule| rule.lots_new.iter().chain(&rule.lots_gone));
                    let name =
                        |code: &String| Some((code.clone(), lines.known_as.lot_name(&code.as_str().into())?));
                    line.lot_names = lots.filter_map(name).collect();
                    line.result = Some(result);
                }
                Ok(Ok(Err(why))) => line.error = Some(why.to_string()),
                Ok(Err(died)) => line.error = Some(format!("a fault of Bowei's, please report it: {died}")),
            }
            line.done = lines.progress.done.load(Ordering::Relaxed);
            line.all = lines.progress.all.load(Ordering::Relaxed);
            let text =
                serde_json::to_value(&line).unwrap_or_else(|error| json!({"error": error.to_string()}));
            let text: Value = text;
            Some((Ok(Bytes::from(format!("{text}\n"))), lines))
        })
    }
}
