//! `GET /api/v1/charging-records`.

use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use axum::Json;
use axum::extract::State;
use bowei_store::{ChargingQuery, ChargingRow};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "charging records";

/// Which charging records.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ChargingRecordsQuery {
    /// Of this lot.
    lot: Option<String>,
    /// Of this order.
    order_no: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A charge. Money and energy are decimal strings.
#[derive(Serialize, ToSchema)]
pub(super) struct ChargingItem {
    order_no: String,
    lot: String,
    lot_name: Option<String>,
    plate: Option<String>,
    started_at: String,
    ended_at: String,
    energy_kwh: Option<String>,
    electricity_fee: Option<String>,
    service_fee: Option<String>,
    total_fee: Option<String>,
    station: String,
    device: String,
    /// The parking session's, or null.
    record_id: Option<String>,
}

/// Charging records, the latest to end first.
#[utoipa::path(get, operation_id = "listChargingRecords", path = "/api/v1/charging-records", tag = "api", security(("token" = [])), params(ChargingRecordsQuery), responses(
    (status = 200, description = "A page of charging records", body = List<ChargingItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<ChargingRecordsQuery>,
) -> Result<Json<List<ChargingItem>>, Problem> {
    let lots = principal.scope(&app, query.lot.as_deref())?;
    let (limit, cursor) = (limit(query.limit), app.cursors.open(LIST, query.cursor)?);
    let order_no = query.order_no;
    let query = ChargingQuery { lots, order_no, limit, cursor, ..ChargingQuery::default() };
    let found = app.store.charging_records(query).await?;
    let items = found.items.into_iter().map(|row| item(&app, row, &principal)).collect();
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}

fn item(app: &App, row: ChargingRow, principal: &Principal) -> ChargingItem {
    let record = row.record;
    let money = |amount: Option<Decimal>| amount.map(|amount| amount.to_string());
    ChargingItem {
        order_no: record.order_no,
        lot: record.lot.to_string(),
        lot_name: app.registry.snapshot().lot_name(&record.lot),
        plate: record.plate.as_ref().map(|plate| principal.plate(plate)),
        started_at: timestamps::shown(record.started_at),
        ended_at: timestamps::shown(record.ended_at),
        energy_kwh: money(record.energy_kwh),
        electricity_fee: money(record.electricity_fee),
        service_fee: money(record.service_fee),
        total_fee: money(record.total_fee),
        station: record.station,
        device: record.device,
        record_id: row.session.as_deref().map(|id| principal.record_id(id)),
    }
}
