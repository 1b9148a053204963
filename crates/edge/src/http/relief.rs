//! `GET /v1/relief?record_id=` or `?plate=`: what is taken off a stay whose car charged, asked of the platform that has the
//! charging records.

use super::Problem;
use crate::Gateway;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stay {
    record_id: Option<String>,
    plate: Option<String>,
}

/// The platform's answer as it is: a barrier that has none within its own time lets the car pay in full, or asks again.
pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    Query(stay): Query<Stay>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let of = match (&stay.record_id, &stay.plate) {
        (Some(record_id), None) => ("record_id", record_id.as_str()),
        (None, Some(plate)) => ("plate", plate.as_str()),
        _ => {
            return Err(Problem::bad_request(
                "record_id 与 plate 应填其一 expected record_id or plate, received both or neither",
            ));
        }
    };
    let Some(platform) = gateway.reconciliations.first() else {
        let detail = "edge.toml 中没有可查询减免的平台，见 [uplink.reconciliation] no platform of edge.toml has an API for it";
        return Err(Problem::not_found(detail));
    };
    let answer = platform.relief(of).await.map_err(|why| {
        Problem::new(StatusCode::BAD_GATEWAY, format!("平台没有应答 the platform did not answer: {why}"))
    })?;
    let body = serde_json::from_slice(answer.body()).map_err(|error| {
        Problem::new(
            StatusCode::BAD_GATEWAY,
            format!("平台的应答无法识别 the platform's answer is not understood: {error}"),
        )
    })?;
    Ok((answer.status(), Json(body)))
}
