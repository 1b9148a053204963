//! `/api/v1/statistics/kept`: reports that were made by the clock.

use super::{Statistics, page, workbook};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::List;
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::office;
use crate::statistics::{Group, KeptReport, PeriodKind, kept_report};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use bowei_store::OfficeQuery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Reports that are listed, the newest.
const LIST_MAX: usize = 500;

/// A report.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct KeptReportItem {
    /// `2026-04-01`, `2026-W14` or `2026-04`.
    period: String,
    kind: PeriodKind,
    made_at: String,
}

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::api) struct KeptReportQuery {
    /// `city` (the default), `district` or `provider`.
    #[param(value_type = Option<Group>, inline)]
    group: Option<String>,
    /// `json` (the default), `page` or `xlsx`.
    #[param(pattern = "^(json|page|xlsx)$")]
    format: Option<String>,
}

/// Reports that were made by the clock, the newest first.
#[utoipa::path(get, operation_id = "listKeptStatistics", path = "/api/v1/statistics/kept", tag = "supervision", security(("token" = [])), responses(
    (status = 200, description = "The newest 500", body = List<KeptReportItem>),
))]
pub(in crate::http::api) async fn kept(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<List<KeptReportItem>>, Problem> {
    // They are the whole city's.
    if !principal.sees_all() {
        return Ok(Json(List { items: Vec::new(), next: None }));
    }
    let query = OfficeQuery { limit: LIST_MAX, ..OfficeQuery::default() };
    let found = office::list::<KeptReport>(app.store.as_ref(), query).await?.items;
    let item = |one: office::Kept<KeptReport>| KeptReportItem {
        period: one.id,
        kind: one.document.kind,
        made_at: timestamps::shown(one.document.made_at),
    };
    Ok(Json(List { items: found.into_iter().map(item).collect(), next: None }))
}

/// A report as it was made.
#[utoipa::path(get, operation_id = "getKeptStatistics", path = "/api/v1/statistics/kept/{period}", tag = "supervision", security(("token" = [])),
    params(("period" = String, Path, description = "The period"), KeptReportQuery), responses(
    (status = 200, description = "The figures; or a page, or a workbook", body = Statistics),
    (status = 404, description = "No such report", body = Problem, content_type = "application/problem+json"),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "A paper cannot be printed: why, it says", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn kept_one(
    State(app): State<App>,
    principal: Principal,
    Path(period): Path<String>,
    QueryParams(query): QueryParams<KeptReportQuery>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(format!("没有 {period} 的报表 there is no report of {period}"));
    let kept = kept_report(app.store.as_ref(), &period).await?;
    let report = kept.filter(|_| principal.sees_all()).ok_or_else(missing)?.document;
    let group = enums::first::<Group>("group", query.group.as_deref())?.unwrap_or(Group::City);
    let table =
        report.tables.into_iter().find(|(of, _)| *of == group).map(|(_, table)| table).ok_or_else(missing)?;
    let made = Statistics { table, orders: report.orders, orders_before: report.orders_before };
    match query.format.as_deref() {
        Some("page") => page::page(&app, &made, report.made_at).await,
        Some("xlsx") => workbook::workbook(made).await,
        _ => Ok(Json(made).into_response()),
    }
}
