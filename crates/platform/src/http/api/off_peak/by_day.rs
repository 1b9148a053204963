//! `GET /api/v1/lots/{code}/off-peak`: what off-peak parking there was at a lot on a day.

use super::{ORDERS, PACKAGES, Shelf, is_of, stay_of};
use crate::accounts::{Permission, Principal};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::{OffPeakOrder, Report, moment};
use bowei_store::{DocumentQuery, NamedRecordRow};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Orders of a lot that are gone through: thirty a day for a year. Of a lot with more, the last by number are counted.
const ORDERS_MAX: usize = 10_000;
/// Orders of a day whose stays are looked for: more than a lot sells. Of a day with more, those of the last by number are counted.
const MATCHED_MAX: usize = 1_000;
const PAGE: usize = 1_000;

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::api) struct OffPeakDayQuery {
    /// The day, UTC+08:00; today without it.
    #[param(value_type = Option<String>, format = Date)]
    day: Option<Date>,
}

/// A lot's off-peak parking of a day.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct OffPeakDay {
    lot: String,
    /// The day, UTC+08:00.
    day: String,
    /// Offers on the shelf now.
    packages_on_shelf: u64,
    /// Orders that were valid on the day.
    orders: u64,
    /// What they cost together, in yuan, a decimal string.
    amount: String,
    /// Of them, those of which a stay is known; null for an off-peak service, which is not told where cars are.
    with_stay: Option<u64>,
    /// The lot has more orders than are gone through: the numbers are of the last by number.
    incomplete: bool,
}

/// A lot's off-peak parking of a day.
#[utoipa::path(get, operation_id = "getLotOffPeakDay", path = "/api/v1/lots/{code}/off-peak", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), OffPeakDayQuery), responses(
    (status = 200, description = "Its numbers", body = OffPeakDay),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn day(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<OffPeakDayQuery>,
) -> Result<Json<OffPeakDay>, Problem> {
    let lot = principal.lot(&app, &code)?;
    let day = query.day.unwrap_or_else(|| moment::to_wall(app.clock.now()).date());
    let (begins, ends) =
        moment::span_of_date(day).ok_or_else(|| Problem::invalid("day", "day: a day is expected"))?;
    let of_lot = |kind: &str| DocumentQuery {
        kind: kind.to_owned(),
        lots: Some(vec![lot.code.clone()]),
        limit: PAGE,
        ..DocumentQuery::default()
    };
    let (packages, _) = all(&app, of_lot(PACKAGES)).await?;
    let on_shelf = packages.iter().filter_map(|row| row.document.current()).filter(|current| {
        matches!(&current.content, Report::OffPeakPackage(package)
            if is_of(&principal, None, &package.service_code) && Shelf::of(package) == Shelf::On)
    });
    let packages_on_shelf = on_shelf.count() as u64;
    let (orders, has_more) = all(&app, of_lot(ORDERS)).await?;
    let valid: Vec<(&OffPeakOrder, Timestamp)> = orders
        .iter()
        .filter_map(|row| {
            let (first, current) = (row.document.first()?, row.document.current()?);
            let Report::OffPeakOrder(order) = &current.content else { return None };
            let (from, until) = order.validity(first.sent_at);
            let is_asked = from < ends && until > begins && is_of(&principal, None, &order.service_code);
            is_asked.then_some((order, first.sent_at))
        })
        .collect();
    let incomplete = has_more || valid.len() > MATCHED_MAX;
    let mut with_stay = principal.may(Permission::SessionsRead).then_some(0);
    if let Some(with_stay) = &mut with_stay {
        for (order, first_sent_at) in valid.iter().take(MATCHED_MAX) {
            *with_stay += u64::from(stay_of(&app, order, *first_sent_at).await?.is_some());
        }
    }
    let amount = valid.iter().fold(Decimal::ZERO, |sum, (order, _)| sum.saturating_add(order.amount));
    Ok(Json(OffPeakDay {
        lot: lot.code.to_string(),
        day: day.to_string(),
        packages_on_shelf,
        orders: valid.len() as u64,
        amount: amount.to_string(),
        with_stay,
        incomplete,
    }))
}

/// Documents of a lot, and whether there are more.
async fn all(app: &App, mut query: DocumentQuery) -> Result<(Vec<NamedRecordRow>, bool), Problem> {
    let mut rows = Vec::new();
    loop {
        let page = app.store.documents(query.clone()).await?;
        rows.extend(page.items);
        if page.next.is_none() || rows.len() >= ORDERS_MAX {
            return Ok((rows, page.next.is_some()));
        }
        query.cursor = page.next;
    }
}
