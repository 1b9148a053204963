//! `POST /v1/reservations/{code}/cancel`: the lot itself calls a reservation off.

use super::{Problem, body, guard};
use crate::Gateway;
use crate::downlink::NotDone;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bowei_standards::downlink::DownlinkRefusal;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A code and some words.
const BODY_MAX_BYTES: usize = 4 * 1024;
/// The most characters of a reason.
const REASON_CHARS_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancelled {
    reason: String,
}

/// Answers when it is on disk; the platform is told as soon as it can be.
pub(super) async fn cancel(
    State(gateway): State<Arc<Gateway>>,
    Path(code): Path<String>,
    head: Parts,
    body: Body,
) -> Result<Json<Value>, Problem> {
    guard::want_json(&head)?;
    let body = body::read(&gateway, &head, body, BODY_MAX_BYTES).await?;
    let Cancelled { reason } = serde_json::from_slice(&body.bytes).map_err(|error| {
        Problem::bad_request(format!("应为 {{\"reason\":\"…\"}} that is expected: {error}"))
    })?;
    let reason = reason.trim().to_owned();
    let chars = reason.chars().count();
    if chars == 0 || chars > REASON_CHARS_MAX {
        let detail = format!(
            "reason 应为 1 至 {REASON_CHARS_MAX} 个字，收到 {chars} 个 reason: expected 1 to {REASON_CHARS_MAX} characters, received {chars}"
        );
        return Err(Problem::bad_request(detail));
    }
    let unknown = || Problem::not_found(format!("预约订单不存在。no reservation {code:?} here"));
    let conflict = |detail: &str| Problem::new(StatusCode::CONFLICT, detail);
    let uplink = gateway.desk.uplink_of(&code).await.ok_or_else(unknown)?;
    if !gateway.directives.iter().any(|it| it.uplink == uplink) {
        // A space that the platform goes on promising must not be given away.
        return Err(conflict(
            "该平台没有停车场取消预约的接口，请联系平台运营方。the reservation's platform cannot be told that the lot calls it off: \
             [uplink.reconciliation] reservations = true in edge.toml, where the platform has that API",
        ));
    }
    gateway.desk.cancel_by_lot(&code, reason, gateway.now()).await.map_err(|not_done| match not_done {
        NotDone::Refused(DownlinkRefusal::NoSuchBooking) => unknown(),
        NotDone::Refused(_) => {
            conflict("预约已过期或车辆已入场，不能取消。its time is over, or its car has come: it cannot be called off")
        }
        NotDone::NotKept(why) => {
            tracing::error!(why, "a cancellation could not be written down");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "未能保存，请重试 it could not be written down: ask again")
        }
    })?;
    gateway.spaces_changed();
    Ok(Json(json!({ "cancelled": code })))
}
