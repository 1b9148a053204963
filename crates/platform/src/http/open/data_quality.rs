//! `GET /open/v1/data-quality`: how good the city's data and forecasts were lately.

use crate::app::App;
use crate::http::problem::Problem;
use crate::statistics::{self, DataQuality};
use axum::Json;
use axum::extract::State;

/// How good the city's data and forecasts were lately, worked out each night. No plate, no lot, no provider.
#[utoipa::path(get, operation_id = "getDataQuality", path = "/open/v1/data-quality", tag = "open", responses(
    (status = 200, description = "Over the last seven and thirty days; no periods before the first night", body = DataQuality),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(State(app): State<App>) -> Result<Json<DataQuality>, Problem> {
    Ok(Json(statistics::data_quality(app.store.as_ref()).await?))
}
