//! The gateway's HTTP: the local API for the lot's own systems, the cameras' way in, the platforms' way down, the
//! page and the metrics.

mod body;
mod dead_letters;
mod devices;
mod digest;
mod directives;
mod downlink;
mod guard;
mod metrics;
mod page;
mod passages;
mod problem;
mod relief;
mod reports;
mod reservations;
mod status;

pub(crate) use digest::Digest;
pub use problem::Problem;

use crate::Gateway;
use aws_lc_rs::constant_time;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{any, get, post};
use std::sync::Arc;

/// Every path.
pub fn router(gateway: Arc<Gateway>) -> Router {
    let local = Router::new()
        .route("/v1/reports", post(reports::reports))
        .route("/v1/photos", post(reports::photo))
        .route("/v1/lot", post(reports::lot))
        .route("/v1/space-count", post(reports::space_count))
        .route("/v1/status", get(status::status))
        .route("/v1/passages", get(passages::list))
        .route("/v1/dead-letters", get(dead_letters::list))
        .route("/v1/dead-letters/{id}/retry", post(dead_letters::retry))
        .route("/v1/dead-letters/{id}/close", post(dead_letters::close))
        .route("/v1/directives", get(directives::wait))
        .route("/v1/relief", get(relief::one))
        .route("/v1/reservations/{code}/cancel", post(reservations::cancel))
        .layer(middleware::from_fn_with_state(Arc::clone(&gateway), guard::local_api));
    // Cameras can seldom set a header: their own paths say who they are, or their address has the token in it.
    let mut all = local
        .route("/v1/devices/{name}", any(devices::push))
        .route("/v1/devices/{name}/{*rest}", any(devices::push))
        // Numbers alone, no plate: a watcher need not know the token.
        .route("/metrics", get(metrics::render))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(status::ready));
    for uplink in &gateway.uplinks {
        for route in uplink.standard.downlink().map(|downlink| downlink.routes()).unwrap_or_default() {
            let path = route.path;
            // Two uplinks of one standard share the path: the token says whose it is.
            if !gateway.has_earlier(uplink) {
                all = all.route(path, post(downlink::take));
            }
        }
    }
    // The page, and cameras whose paths their makers have built in.
    all.fallback(devices::elsewhere)
        .layer(middleware::from_fn_with_state(Arc::clone(&gateway), guard::no_foreign_page))
        .layer(middleware::map_response(guarded))
        .with_state(gateway)
}

/// Whether two texts are the same, in a time that does not say where they differ.
pub(crate) fn same(presented: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(presented.as_bytes(), right.as_bytes()).is_ok()
}

async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // Whatever does not say how long it may be kept may have plates in it.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
