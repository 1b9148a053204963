//! What browsers and proxies may keep of the public API: each answer has a tag of its content, by which it is asked for
//! again at the cost of a header while nothing has changed.

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;

/// Kept, and asked for again each time: free spaces are of the moment. An answer about what is over says for how long itself.
pub(super) const REVALIDATED: HeaderValue = HeaderValue::from_static("public, no-cache");

/// Tags whole answers that have no tag of their own; a question that shows the tag of the present answer is told that nothing has changed.
pub(super) async fn tag(request: Request, next: Next) -> Response {
    let shown = request.headers().get_all(IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>();
    let response = next.run(request).await;
    let is_tagged = response.headers().contains_key(ETAG);
    if response.status() != StatusCode::OK || is_tagged || is_stream(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Bodies made here are in memory already.
    let Ok(body) = body.collect().await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let body = body.to_bytes();
    let tag = tag_of(&body);
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(ETAG, value);
    }
    parts.headers.entry(CACHE_CONTROL).or_insert(REVALIDATED);
    if shown.iter().any(|shown| matches(shown, &tag)) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(body))
}

fn is_stream(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// Weak, for the same content may come compressed.
fn tag_of(body: &[u8]) -> String {
    let digest = digest(&SHA256, body);
    let hex: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

/// RFC 9110, 13.1.2: any of a list, or `*`; weak and strong tags are compared alike.
pub(super) fn matches(shown: &HeaderValue, tag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let shown = shown.to_str().unwrap_or_default();
    shown.split(',').any(|one| one.trim() == "*" || plain(one) == plain(tag))
}
