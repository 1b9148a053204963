//! `GET /api/v1/lots/{code}/gates`: what a lot says of its gates.

use super::List;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::{enums, timestamps};
use crate::open_data::degrees;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::{GateKind, GateStatus, Report};
use bowei_store::{DocumentQuery, NamedRecordRow};
use serde::Serialize;
use utoipa::ToSchema;

/// More gates than any lot has.
const GATES_MAX: usize = 1_000;

/// A gate.
#[derive(Serialize, ToSchema)]
pub(super) struct GateItem {
    /// The gate's code: passages name it.
    code: String,
    name: String,
    /// Which way it leads.
    #[schema(value_type = enums::GateKind)]
    kind: GateKind,
    /// Whether it can be used.
    #[schema(value_type = enums::GateStatus)]
    status: GateStatus,
    /// WGS 84.
    longitude: f64,
    /// WGS 84.
    latitude: f64,
    /// The road that it opens on.
    road: Option<String>,
    /// When the lot last said so.
    #[serde(rename = "said_at")]
    sent_at: String,
}

/// A lot's gates.
#[utoipa::path(get, operation_id = "listGates", path = "/api/v1/lots/{code}/gates", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code")), responses(
    (status = 200, description = "All of them", body = List<GateItem>),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Json<List<GateItem>>, Problem> {
    let lots = Some(vec![principal.lot(&app, &code)?.code.clone()]);
    let query = DocumentQuery { kind: "gate".to_owned(), lots, limit: GATES_MAX, ..DocumentQuery::default() };
    let found = app.store.documents(query).await?;
    Ok(Json(List { items: found.items.iter().filter_map(item).collect(), next: None }))
}

fn item(row: &NamedRecordRow) -> Option<GateItem> {
    let current = row.document.current()?;
    let Report::Gate(gate) = &current.content else { return None };
    Some(GateItem {
        code: gate.code.clone(),
        name: gate.name.clone(),
        kind: gate.kind,
        status: gate.status,
        longitude: degrees(gate.position.0.longitude),
        latitude: degrees(gate.position.0.latitude),
        road: gate.road.clone(),
        sent_at: timestamps::shown(current.sent_at),
    })
}
