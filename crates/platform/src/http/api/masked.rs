//! What a viewer reads has no plate: every text of every answer is looked through, whoever wrote it and whichever field it
//! is in.

use super::holder::holder;
use crate::http::App;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bowei_model::mask_plates;
use http_body_util::BodyExt as _;
use serde_json::Value;

/// What the API itself goes by: sealed or made here or by an operator, and asked for again to the letter.
const NAMES: [&str; 6] = ["next", "code", "lot", "provider", "standard", "ids"];

/// Masks the answers to viewers. Streams mask their events themselves, with [`mask`].
pub(in crate::http) async fn for_viewers(State(app): State<App>, request: Request, next: Next) -> Response {
    let in_api = request.uri().path().starts_with("/api/");
    let holder = if in_api { holder(request.headers(), &app).ok() } else { None };
    let response = next.run(request).await;
    if holder.is_none_or(|holder| holder.sees_plates()) || !is_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Bodies made here are in memory already.
    let Ok(body) = body.collect().await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let Some(body) = masked(&body.to_bytes()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().ends_with(b"json"))
}

fn masked(body: &Bytes) -> Option<Vec<u8>> {
    let mut value = serde_json::from_slice(body).ok()?;
    mask(&mut value);
    serde_json::to_vec(&value).ok()
}

/// Masks every text within.
pub(super) fn mask(value: &mut Value) {
    match value {
        Value::String(text) => *text = mask_plates(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(fields) => {
            let fields = fields.iter_mut().filter(|(name, _)| !NAMES.contains(&name.as_str()));
            fields.for_each(|(_, value)| mask(value));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
