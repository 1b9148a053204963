//! `GET /open/v1/stats`: the city's numbers.

use crate::app::App;
use crate::http::timestamps;
use crate::vacancy::Status;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// The city's numbers.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct PublicStats {
    /// All lots.
    lots: usize,
    /// Heard from.
    online: usize,
    /// Not heard from.
    stale: usize,
    /// Out of service.
    closed: usize,
    /// Spaces of the lots in service.
    spaces_total: u64,
    /// Free spaces of the lots heard from.
    vacant: i64,
    /// When.
    as_of: String,
}

/// The city's numbers.
#[utoipa::path(get, operation_id = "getOpenStats", path = "/open/v1/stats", tag = "open", responses(
    (status = 200, description = "The numbers now", body = PublicStats),
))]
pub(super) async fn numbers(State(app): State<App>) -> Json<PublicStats> {
    let now = app.clock.now();
    let mut stats = PublicStats { as_of: timestamps::shown(now), ..PublicStats::default() };
    for lot in app.registry.snapshot().live_lots() {
        let view = app.vacancy.of(lot, now);
        stats.lots += 1;
        match view.status {
            Status::Closed => {
                stats.closed += 1;
                continue;
            }
            Status::Online => {
                stats.online += 1;
                stats.vacant += view.vacant(lot).unwrap_or(0);
            }
            Status::Stale => stats.stale += 1,
        }
        stats.spaces_total += u64::from(lot.spaces_total);
    }
    Json(stats)
}
