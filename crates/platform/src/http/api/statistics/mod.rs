//! `/api/v1/statistics`: 报表, as figures, as a page that prints, as a workbook.

mod kept;
mod notices;
mod page;
mod workbook;

pub(super) use kept::{__path_kept, __path_kept_one, kept, kept_one};
pub(super) use notices::{
    __path_create, __path_document, __path_list as __path_notices, create, document, list as notices,
};

use crate::accounts::{Principal, entry};
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::statistics::orders::{OrderFigures, of_period};
use crate::statistics::{Group, Period, Table, gather};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use bowei_model::moment;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which figures.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct StatisticsQuery {
    /// A day `2026-04-01`, a week `2026-W14` or a month `2026-04`; yesterday without it.
    #[param(
        pattern = "^20[0-9]{2}-((0[1-9]|1[0-2])(-(0[1-9]|1[0-9]|2[0-8]))?|W(0[1-9]|[1-4][0-9]|5[0-2]))$"
    )]
    period: Option<String>,
    /// `city` (the default), `district`, `provider` or `lot`.
    #[param(value_type = Option<Group>, inline)]
    group: Option<String>,
    /// Of this lot.
    lot: Option<String>,
    /// Of lots of this provider.
    provider: Option<String>,
    /// Of lots in districts whose code begins so.
    district: Option<String>,
    /// `json` (the default), `page` (HTML that prints) or `xlsx`.
    #[param(pattern = "^(json|page|xlsx)$")]
    format: Option<String>,
}

/// Figures of a period.
#[derive(Serialize, ToSchema)]
pub(super) struct Statistics {
    #[serde(flatten)]
    table: Table,
    /// What became of orders.
    orders: OrderFigures,
    /// The same of the period before.
    orders_before: OrderFigures,
}

/// Figures of a day, a week or a month, held against the one before.
#[utoipa::path(get, operation_id = "getStatistics", path = "/api/v1/statistics", tag = "supervision", security(("token" = [])), params(StatisticsQuery), responses(
    (status = 200, description = "The figures; or a page, or a workbook", body = Statistics),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "A paper cannot be printed: why, it says", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    QueryParams(query): QueryParams<StatisticsQuery>,
) -> Result<Response, Problem> {
    let group = enums::first::<Group>("group", query.group.as_deref())?;
    let period = asked(query.period.as_deref(), &app)?;
    let made = made(&app, &principal, &query, (period, group.unwrap_or(Group::City))).await?;
    match query.format.as_deref() {
        None | Some("json") => Ok(Json(made).into_response()),
        Some("page") => page::page(&app, &made, app.clock.now()).await,
        Some("xlsx") => {
            let what = ("statistics.table", format!("statistics:{period}"));
            let rows = made.table.rows.len();
            let taken = entry(&source, app.clock.now(), what, (None, Some(json!({ "rows": rows }))));
            app.store.administer(Vec::new(), vec![taken]).await?;
            workbook::workbook(made).await
        }
        Some(other) => Err(Problem::invalid("format", format!("format={other} is none of json, page, xlsx"))),
    }
}

/// The period that is named; yesterday without one.
fn asked(text: Option<&str>, app: &App) -> Result<Period, Problem> {
    match text {
        Some(text) => text
            .parse()
            .map_err(|unfit: crate::statistics::UnfitPeriod| Problem::invalid("period", unfit.to_string())),
        None => {
            let today = moment::to_wall(app.clock.now()).date();
            Ok(Period::of(crate::statistics::PeriodKind::Day, today).before())
        }
    }
}

/// The figures of what whoever asks sees.
async fn made(
    app: &App,
    principal: &Principal,
    query: &StatisticsQuery,
    (period, group): (Period, Group),
) -> Result<Statistics, Problem> {
    let named = query.lot.as_deref().map(|code| principal.lot(app, code)).transpose()?;
    let is_asked = |lot: &Arc<bowei_model::Lot>| {
        named.as_ref().is_none_or(|named| named.code == lot.code)
            && query.provider.as_ref().is_none_or(|provider| lot.provider.as_str() == provider)
            && query.district.as_ref().is_none_or(|district| lot.district.starts_with(district))
            && lot.is_live()
    };
    let lots: Vec<_> = principal.lots(app).into_iter().filter(is_asked).collect();
    let snapshot = app.registry.snapshot();
    let names: HashMap<String, String> = match group {
        Group::Lot => lots.iter().map(|lot| (lot.code.to_string(), lot.name.clone())).collect(),
        Group::Provider => {
            snapshot.providers.values().map(|one| (one.code.to_string(), one.name.clone())).collect()
        }
        Group::City | Group::District => HashMap::new(),
    };
    let store = app.store.as_ref();
    let codes: std::collections::HashSet<_> = lots.iter().map(|lot| lot.code.clone()).collect();
    let sees = |kept: &crate::orders::KeptOrder| {
        codes.contains(&kept.order.content.lot) && principal.sees_order(kept)
    };
    let orders = of_period(store, period, sees).await?;
    let orders_before = of_period(store, period.before(), sees).await?;
    let table = gather(store, lots, names, (period, group), app.supervision.rules()).await?;
    Ok(Statistics { table, orders, orders_before })
}

/// A page that prints, under the papers' own policy.
fn printed(page: String) -> Response {
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&crate::papers::content_policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// Renders a paper on a thread of its own.
async fn rendered(app: &App, paper: crate::papers::Paper) -> Result<Response, Problem> {
    let papers = Arc::clone(&app.papers);
    let rendering = tokio::task::spawn_blocking(move || papers.render(&paper));
    let died = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be made: see the log");
    let page = rendering.await.map_err(died)?;
    page.map(printed).map_err(|error| Problem::new(StatusCode::CONFLICT, error.to_string()))
}
