//! `GET /api/v1/off-peak-packages` and `/api/v1/off-peak-orders`: shared parking at off-peak hours (错峰停车).

use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use axum::Json;
use axum::extract::State;
use bowei_model::Report;
use bowei_store::DocumentQuery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const PACKAGES: &str = "off-peak-package";
const ORDERS: &str = "off-peak-order";

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OffPeakQuery {
    /// Of this lot.
    lot: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl OffPeakQuery {
    fn of(self, kind: &str, app: &App, principal: &Principal) -> Result<DocumentQuery, Problem> {
        Ok(DocumentQuery {
            cursor: app.cursors.open(kind, self.cursor)?,
            kind: kind.to_owned(),
            lots: principal.scope(app, self.lot.as_deref())?,
            name_upto: None,
            limit: limit(self.limit),
        })
    }
}

/// An offer. The price is a decimal string, in yuan.
#[derive(Serialize, ToSchema)]
pub(super) struct OffPeakPackageItem {
    lot: String,
    package_no: String,
    permit_no: Option<String>,
    service_code: String,
    package_kind: i64,
    price: String,
    status: i64,
    #[serde(rename = "said_at")]
    sent_at: String,
}

/// An order. The amount is a decimal string, in yuan.
#[derive(Serialize, ToSchema)]
pub(super) struct OffPeakOrderItem {
    lot: String,
    order_no: String,
    service_code: String,
    package_no: String,
    plate: Option<String>,
    amount: String,
    status: i64,
    #[serde(rename = "said_at")]
    sent_at: String,
}

/// Off-peak offers, as last said.
#[utoipa::path(get, operation_id = "listOffPeakPackages", path = "/api/v1/off-peak-packages", tag = "api", security(("token" = [])), params(OffPeakQuery), responses(
    (status = 200, description = "A page of offers", body = List<OffPeakPackageItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn packages(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<OffPeakQuery>,
) -> Result<Json<List<OffPeakPackageItem>>, Problem> {
    let found = app.store.documents(query.of(PACKAGES, &app, &principal)?).await?;
    let items = found.items.iter().filter_map(|row| {
        let current = row.document.current()?;
        let Report::OffPeakPackage(package) = &current.content else { return None };
        Some(OffPeakPackageItem {
            lot: package.lot.to_string(),
            package_no: package.package_no.clone(),
            permit_no: package.permit_no.clone(),
            service_code: package.service_code.clone(),
            package_kind: package.package_kind,
            price: package.price.to_string(),
            status: package.status,
            sent_at: timestamps::shown(current.sent_at),
        })
    });
    Ok(Json(List { items: items.collect(), next: app.cursors.seal(PACKAGES, found.next)? }))
}

/// Off-peak orders, as last said.
#[utoipa::path(get, operation_id = "listOffPeakOrders", path = "/api/v1/off-peak-orders", tag = "api", security(("token" = [])), params(OffPeakQuery), responses(
    (status = 200, description = "A page of orders", body = List<OffPeakOrderItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn orders(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<OffPeakQuery>,
) -> Result<Json<List<OffPeakOrderItem>>, Problem> {
    let found = app.store.documents(query.of(ORDERS, &app, &principal)?).await?;
    let items = found.items.iter().filter_map(|row| {
        let current = row.document.current()?;
        let Report::OffPeakOrder(order) = &current.content else { return None };
        Some(OffPeakOrderItem {
            lot: order.lot.to_string(),
            order_no: order.order_no.clone(),
            service_code: order.service_code.clone(),
            package_no: order.package_no.clone(),
            plate: order.plate.as_ref().map(|plate| principal.plate(plate)),
            amount: order.amount.to_string(),
            status: order.status,
            sent_at: timestamps::shown(current.sent_at),
        })
    });
    Ok(Json(List { items: items.collect(), next: app.cursors.seal(ORDERS, found.next)? }))
}
