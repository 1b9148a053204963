//! `GET /api/v1/off-peak-packages` and `/api/v1/off-peak-orders`: shared parking at off-peak hours (错峰停车), whoever reported
//! it; what a third party's service reports itself ([`reporting`]), and a lot's day in numbers ([`day`]).

mod by_day;
mod reporting;
mod stay;

pub(super) use by_day::*;
pub(super) use reporting::*;

use super::{List, limit};
use crate::accounts::{Permission, Principal};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use axum::Json;
use axum::extract::State;
use bowei_model::{OffPeakOrder, OffPeakPackage, Report};
use bowei_store::DocumentQuery;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stay::{OffPeakStay, stay_of};
use utoipa::{IntoParams, ToSchema};

const PACKAGES: &str = "off-peak-package";
const ORDERS: &str = "off-peak-order";

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OffPeakQuery {
    /// Of this lot.
    lot: Option<String>,
    /// Of this service.
    service_code: Option<String>,
    /// Offers on the shelf (`on`), off it (`off`), or both without it. Orders have none.
    #[param(value_type = Option<Vec<Shelf>>, style = Form, explode = false)]
    shelf: Option<String>,
    /// At most so many: 100 without it, 1,000 at most. A page has fewer where a filter leaves some out: `next` says whether
    /// there are more.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Whether an offer can be bought (套餐状态: 上架、下架).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Shelf {
    /// It can.
    On,
    /// It cannot.
    Off,
}

impl Shelf {
    fn of(package: &OffPeakPackage) -> Self {
        if package.is_on_sale() { Self::On } else { Self::Off }
    }
}

/// Whether it is of the service that was asked for, and of the asker's own where it is one.
fn is_of(principal: &Principal, asked: Option<&str>, service_code: &str) -> bool {
    principal.off_peak_service().is_none_or(|own| own.as_str() == service_code)
        && asked.is_none_or(|asked| asked == service_code)
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
    lot_name: Option<String>,
    package_no: String,
    permit_no: Option<String>,
    service_code: String,
    package_kind: i64,
    price: String,
    status: i64,
    /// Whether it can be bought: `status` 1.
    shelf: Shelf,
    #[serde(rename = "said_at")]
    sent_at: String,
}

impl OffPeakPackageItem {
    fn of(app: &App, package: &OffPeakPackage, sent_at: Timestamp) -> Self {
        Self {
            lot: package.lot.to_string(),
            lot_name: app.registry.snapshot().lot_name(&package.lot),
            package_no: package.package_no.clone(),
            permit_no: package.permit_no.clone(),
            service_code: package.service_code.clone(),
            package_kind: package.package_kind,
            price: package.price.to_string(),
            status: package.status,
            shelf: Shelf::of(package),
            sent_at: timestamps::shown(sent_at),
        }
    }
}

/// An order. The amount is a decimal string, in yuan.
#[derive(Serialize, ToSchema)]
pub(super) struct OffPeakOrderItem {
    lot: String,
    lot_name: Option<String>,
    order_no: String,
    service_code: String,
    package_no: String,
    plate: Option<String>,
    amount: String,
    status: i64,
    /// From when on the car may park by it; where its service does not say, from when it was first heard of.
    valid_from: String,
    /// Until when; a day later, where its service does not say.
    valid_until: String,
    /// The stay of its car in that time; null where there is none, and for its service, which is not told where cars are.
    stay: Option<OffPeakStay>,
    #[serde(rename = "said_at")]
    sent_at: String,
}

impl OffPeakOrderItem {
    fn of(
        app: &App,
        order: &OffPeakOrder,
        (first_sent_at, sent_at): (Timestamp, Timestamp),
        stay: Option<OffPeakStay>,
        principal: &Principal,
    ) -> Self {
        let (valid_from, valid_until) = order.validity(first_sent_at);
        Self {
            lot: order.lot.to_string(),
            lot_name: app.registry.snapshot().lot_name(&order.lot),
            order_no: order.order_no.clone(),
            service_code: order.service_code.clone(),
            package_no: order.package_no.clone(),
            plate: order.plate.as_ref().map(|plate| principal.plate(plate)),
            amount: order.amount.to_string(),
            status: order.status,
            valid_from: timestamps::shown(valid_from),
            valid_until: timestamps::shown(valid_until),
            stay,
            sent_at: timestamps::shown(sent_at),
        }
    }
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
    let (service, shelf) = (query.service_code.clone(), enums::several("shelf", query.shelf.as_deref())?);
    let found = app.store.documents(query.of(PACKAGES, &app, &principal)?).await?;
    let items = found.items.iter().filter_map(|row| {
        let current = row.document.current()?;
        let Report::OffPeakPackage(package) = &current.content else { return None };
        let is_asked = is_of(&principal, service.as_deref(), &package.service_code)
            && (shelf.is_empty() || shelf.contains(&Shelf::of(package)));
        is_asked.then(|| OffPeakPackageItem::of(&app, package, current.sent_at))
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
    let service = query.service_code.clone();
    let found = app.store.documents(query.of(ORDERS, &app, &principal)?).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for row in &found.items {
        let (Some(first), Some(current)) = (row.document.first(), row.document.current()) else { continue };
        let Report::OffPeakOrder(order) = &current.content else { continue };
        if !is_of(&principal, service.as_deref(), &order.service_code) {
            continue;
        }
        // Where cars are is for those who may see sessions.
        let stay = match principal.may(Permission::SessionsRead) {
            true => stay_of(&app, order, first.sent_at).await?.map(|stay| stay.seen_by(&principal)),
            false => None,
        };
        items.push(OffPeakOrderItem::of(&app, order, (first.sent_at, current.sent_at), stay, &principal));
    }
    Ok(Json(List { items, next: app.cursors.seal(ORDERS, found.next)? }))
}
