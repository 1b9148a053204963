//! Bodies of the API: JSON of a bounded size that has a bounded time to arrive.

use super::problem::Problem;
use crate::app::App;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bowei_service::body::{Admitted, Unread};
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::time::Duration;

/// What people and programs change is a few words; the longest is a reason or a list of fields.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// Reads a file out of a request, within the bounds on all bodies in memory; its room is held with it.
pub(super) async fn file(app: &App, request: Request, max_bytes: usize) -> Result<Admitted, Problem> {
    let (parts, body) = request.into_parts();
    app.admission.read(&parts, body, max_bytes).await.map_err(|unread| match unread {
        Unread::TooLarge => {
            let words =
                format!("文件过大，最大 {} MiB the file is larger than that", max_bytes / 1024 / 1024);
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, words)
        }
        Unread::Busy => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "请求过多，请稍后重试 too much arrives at once: try again",
        ),
        Unread::Incomplete => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "内容未能按时传完 the body did not arrive in time")
        }
        Unread::Encoded => {
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a body that is not compressed is expected")
        }
    })
}

/// Reads a larger body than most, within the bounds on all bodies in memory.
pub(super) async fn large_json<T: DeserializeOwned>(
    app: &App,
    request: Request,
    max_bytes: usize,
) -> Result<T, Problem> {
    let body = file(app, request, max_bytes).await?;
    json(&body.bytes)
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Problem::unfit(error.path(), unfit(error.inner())))?;
    reader.end().map_err(|error| Problem::bad_request(unfit(&error)))?;
    Ok(read)
}

fn unfit(why: &dyn Display) -> String {
    format!("请求内容不符合要求 the body does not fit: {why}")
}

/// A body.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let time = Duration::from_secs(app.config.limits.body_timeout_s);
        let reading = axum::body::to_bytes(request.into_body(), BODY_MAX_BYTES);
        let late =
            |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "内容未能按时传完 the body did not arrive in time");
        let body = tokio::time::timeout(time, reading).await.map_err(late)?;
        let body = body.map_err(|error| Problem::bad_request(unfit(&error)))?;
        json(&body).map(Self)
    }
}
