//! `/api/v1/cases`: the findings of one lot, rule and cause, whether they still hold, and who has them.

mod act;
mod bulk;
mod item;

pub(super) use act::{__path_act, act};
pub(super) use bulk::{__path_act_on_many, __path_undo, act_on_many, undo};
pub(super) use item::CaseOfFinding;

use super::findings::{FindingItem, item as finding_item};
use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::supervision::judge::{HOLDS, QUIET};
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::supervision::HandlingState;
use bowei_model::{FindingKind, ProviderCode};
use bowei_store::{CaseOrder, CaseQuery, CaseRow, FindingQuery, FindingStates, FindingTime};
use item::{CaseItem, CasePage, items, page};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "cases";

/// Which cases.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct CasesQuery {
    /// In one of these states, split at a comma; those that are not ended without it.
    #[param(value_type = Option<Vec<enums::CaseState>>, style = Form, explode = false)]
    state: Option<String>,
    /// Of one of these rules, split at a comma.
    #[param(value_type = Option<Vec<enums::FindingKind>>, style = Form, explode = false)]
    rule: Option<String>,
    /// Of this lot.
    lot: Option<String>,
    /// Of lots of this provider.
    provider: Option<String>,
    /// Of lots in districts whose code begins so.
    district: Option<String>,
    /// Of lots with software of this vendor.
    vendor: Option<String>,
    /// Of this login; `me`: of whoever asks.
    assignee: Option<String>,
    /// Whether the fault is still there.
    #[param(pattern = "^(holds|quiet)$")]
    condition: Option<String>,
    /// Paused ones, or those that are not.
    paused: Option<bool>,
    /// Those that another case explains, or those that none does.
    inhibited: Option<bool>,
    /// Under this case.
    parent: Option<String>,
    /// Whose last finding is of this moment or later, RFC 3339.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Whose last finding is from before this moment, RFC 3339.
    #[param(format = DateTime)]
    to: Option<String>,
    /// By what they are ordered: `last_at` (the default), `count` or `due_at`.
    #[param(pattern = "^(last_at|count|due_at)$")]
    order: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// How many cases a selection has.
#[derive(Serialize, ToSchema)]
pub(super) struct CasesSummary {
    /// In all.
    total: u64,
    /// By state.
    by_state: BTreeMap<String, u64>,
    /// By rule.
    by_rule: BTreeMap<String, u64>,
}

/// What the store is asked for; `None`: there is nothing of it for whoever asks.
fn asked(app: &App, principal: &Principal, query: &CasesQuery) -> Result<Option<CaseQuery>, Problem> {
    let states: Vec<HandlingState> = enums::several("state", query.state.as_deref())?;
    let states = if states.is_empty() {
        HandlingState::ALL.into_iter().filter(|state| !state.is_ended()).collect()
    } else {
        states
    };
    let rules: Vec<FindingKind> = enums::several("rule", query.rule.as_deref())?;
    let Ok(district) = principal.district_asked(query.district.as_deref()) else { return Ok(None) };
    // Of a provider's people a case above several providers' lots is not to be seen.
    let lots = match query.lot.as_deref() {
        Some(code) => Some(vec![principal.lot(app, code)?.code.clone()]),
        None if principal.provider().is_some() => principal.scope(app, None)?,
        None => None,
    };
    let condition = match query.condition.as_deref() {
        None => None,
        Some(HOLDS) => Some(HOLDS.to_owned()),
        Some(QUIET) => Some(QUIET.to_owned()),
        Some(other) => {
            let words = format!("condition={other} is neither {HOLDS} nor {QUIET}");
            return Err(Problem::invalid("condition", words));
        }
    };
    let order = match query.order.as_deref() {
        None | Some("last_at") => CaseOrder::LastAt,
        Some("count") => CaseOrder::Count,
        Some("due_at") => CaseOrder::DueAt,
        Some(other) => {
            let words = format!("order={other} is none of last_at, count, due_at");
            return Err(Problem::invalid("order", words));
        }
    };
    let me = || principal.id().to_owned();
    Ok(Some(CaseQuery {
        states: states.into_iter().map(|state| state.name().to_owned()).collect(),
        rules: rules.into_iter().map(|rule| rule.name().to_owned()).collect(),
        lots,
        provider: query.provider.as_deref().map(ProviderCode::from),
        district: district.map(str::to_owned),
        vendor: query.vendor.clone(),
        assignee: query.assignee.as_ref().map(|login| if login == "me" { me() } else { login.clone() }),
        condition,
        paused: query.paused,
        inhibited: query.inhibited,
        parent: query.parent.clone(),
        from: timestamps::asked("from", query.from.as_deref())?,
        to: timestamps::asked("to", query.to.as_deref())?,
        now: app.clock.now(),
        order,
        limit: limit(query.limit),
        cursor: app.cursors.open(LIST, query.cursor.clone())?,
    }))
}

/// Cases of lots that whoever asks sees.
#[utoipa::path(get, operation_id = "listCases", path = "/api/v1/cases", tag = "supervision", security(("token" = [])), params(CasesQuery), responses(
    (status = 200, description = "A page of cases", body = List<CaseItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<CasesQuery>,
) -> Result<Json<List<CaseItem>>, Problem> {
    let Some(asked) = asked(&app, &principal, &query)? else {
        return Ok(Json(List { items: Vec::new(), next: None }));
    };
    let found = app.store.cases(asked).await?;
    let items = items(&app, found.items).await?;
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}

/// How many cases the same selection has.
#[utoipa::path(get, operation_id = "countCases", path = "/api/v1/cases/summary", tag = "supervision", security(("token" = [])), params(CasesQuery), responses(
    (status = 200, description = "Their numbers", body = CasesSummary),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn summary(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<CasesQuery>,
) -> Result<Json<CasesSummary>, Problem> {
    let Some(asked) = asked(&app, &principal, &query)? else {
        return Ok(Json(CasesSummary { total: 0, by_state: BTreeMap::new(), by_rule: BTreeMap::new() }));
    };
    let counts = app.store.cases_count(asked).await?;
    let (by_state, by_rule) = (counts.by_state.into_iter().collect(), counts.by_rule.into_iter().collect());
    Ok(Json(CasesSummary { total: counts.total, by_state, by_rule }))
}

/// The case of that id, if whoever asks may see it.
async fn visible(app: &App, principal: &Principal, id: &str) -> Result<CaseRow, Problem> {
    let found = visible_of(app, principal, vec![id.to_owned()]).await?;
    let missing =
        || Problem::not_found(format!("there is no case {id:?} for whoever asks: see /api/v1/cases"));
    found.into_iter().next().ok_or_else(missing)
}

/// Of the cases of those ids those that whoever asks may see.
async fn visible_of(app: &App, principal: &Principal, ids: Vec<String>) -> Result<Vec<CaseRow>, Problem> {
    let found = app.store.cases_named(ids).await?;
    let sees = |case: &CaseRow| match &case.condition.lot {
        Some(lot) => principal.sees_all() || principal.lot(app, lot.as_str()).is_ok(),
        None => principal.provider().is_none() && principal.sees_district(&case.condition.district),
    };
    Ok(found.into_iter().filter(sees).collect())
}

/// One case.
#[utoipa::path(get, operation_id = "getCase", path = "/api/v1/cases/{id}", tag = "supervision", security(("token" = [])),
    params(("id" = String, Path, description = "The case's id")), responses(
    (status = 200, description = "The case, with what it rests on and what was done", body = CasePage),
    (status = 404, description = "No such case for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Json<CasePage>, Problem> {
    let case = visible(&app, &principal, &id).await?;
    Ok(Json(page(&app, case).await?))
}

/// Which of a case's findings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CaseFindingsQuery {
    /// `open`, `resolved` or both, split at a comma; both without it.
    #[param(pattern = "^(open|resolved)(,(open|resolved))?$")]
    state: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The findings of a case, those received last first; of one above others those of its lots.
#[utoipa::path(get, operation_id = "listCaseFindings", path = "/api/v1/cases/{id}/findings", tag = "supervision", security(("token" = [])),
    params(("id" = String, Path, description = "The case's id"), CaseFindingsQuery), responses(
    (status = 200, description = "A page of findings", body = List<FindingItem>),
    (status = 404, description = "No such case for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn findings(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
    QueryParams(query): QueryParams<CaseFindingsQuery>,
) -> Result<Json<List<FindingItem>>, Problem> {
    let case = visible(&app, &principal, &id).await?;
    let row = &case.condition;
    let lots = match &row.lot {
        Some(lot) => vec![lot.clone()],
        None => {
            let children = CaseQuery {
                parent: Some(row.id.clone()),
                now: app.clock.now(),
                limit: super::LIMIT_MAX,
                ..CaseQuery::default()
            };
            let children = app.store.cases(children).await?.items;
            let lots = children.into_iter().filter_map(|child| child.condition.lot);
            lots.filter(|lot| principal.lot(&app, lot.as_str()).is_ok()).collect()
        }
    };
    let list = format!("findings of {id}");
    let states = match query.state.as_deref() {
        None => FindingStates::All,
        asked => super::findings::states(asked)?,
    };
    let found = app
        .store
        .findings(FindingQuery {
            lots: Some(lots),
            kind: FindingKind::from_name(&row.rule),
            cause: Some(row.cause.clone()),
            states,
            by: FindingTime::Received,
            due_at: Some(app.clock.now()),
            limit: limit(query.limit),
            cursor: app.cursors.open(&list, query.cursor)?,
            ..FindingQuery::default()
        })
        .await?;
    let of = CaseOfFinding::of(&app, &found.items).await?;
    let items = found.items.into_iter().map(|finding| finding_item(&app, finding, &principal, &of)).collect();
    Ok(Json(List { items, next: app.cursors.seal(&list, found.next)? }))
}
