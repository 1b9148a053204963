//! The public API: vacancy for anyone, and never a plate.

mod accountability;
mod availability;
mod caching;
mod data;
mod data_quality;
mod details;
mod evidence_key;
mod forecast;
mod history;
mod lots;
mod offers;
mod registrations;
mod reservations;
mod settings;
mod stats;
mod stream;
mod taps;

use super::problem::Problem;
use super::rate_limit;
use crate::app::App;
use axum::http::header::{ETAG, LINK, RETRY_AFTER};
use axum::middleware::{from_fn, from_fn_with_state};
use std::time::Duration;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A browser asks only so often whether it may ask.
const PREFLIGHT_KEPT: Duration = Duration::from_secs(3_600);

/// Paths of registrations under `/open/v1`: an applicant's own. They allow no other origin, are not kept and not tagged.
pub(super) fn registrations() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(registrations::create))
        .routes(routes!(registrations::show, registrations::edit, registrations::withdraw))
        .routes(routes!(registrations::write))
        .routes(routes!(registrations::add_file))
        .routes(routes!(registrations::file, registrations::remove_file))
        .routes(routes!(registrations::account))
}

/// What a driver does under `/open/v1`: reservations, and taps. They allow no other origin, are not kept and not tagged.
pub(super) fn drivers() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(reservations::create))
        .routes(routes!(reservations::lot))
        .routes(routes!(reservations::show, reservations::change, reservations::cancel))
        .routes(routes!(reservations::appeal))
        .routes(routes!(reservations::follow))
        .routes(routes!(taps::tap))
}

/// Paths under `/open/v1` that are everybody's; without an `app` for the document alone.
pub(super) fn routes(app: Option<&App>) -> OpenApiRouter<App> {
    let (router, document) = OpenApiRouter::new()
        .routes(routes!(lots::list))
        .routes(routes!(lots::one))
        .routes(routes!(details::one))
        .routes(routes!(offers::lots))
        .routes(routes!(forecast::one))
        .routes(routes!(history::one))
        .routes(routes!(stream::vacancy))
        .routes(routes!(stats::numbers))
        .routes(routes!(settings::settings))
        .routes(routes!(evidence_key::evidence_key))
        .routes(routes!(availability::days))
        .routes(routes!(accountability::weeks))
        .routes(routes!(data::catalog))
        .routes(routes!(data::parking_table))
        .routes(routes!(data::parking_status))
        .routes(routes!(data::places))
        .routes(routes!(data::place))
        .routes(routes!(data::observations))
        .routes(routes!(data::observation))
        .routes(routes!(data::entities))
        .routes(routes!(data::lots_csv))
        .routes(routes!(data_quality::show))
        .split_for_parts();
    // Under the layers, so that a browser that asks first is answered, and reads the answer to a wrong method.
    let router = router
        .method_not_allowed_fallback(|| async { Problem::wrong_method() })
        .layer(from_fn(caching::tag))
        // The list of a large city in a few milliseconds: more effort would hold up those who wait for a thread.
        .layer(CompressionLayer::new().gzip(true).br(true).quality(CompressionLevel::Fastest));
    let router = match app {
        None => router,
        Some(app) => router.layer(from_fn_with_state(App::clone(app), rate_limit::public)),
    };
    // Pages of others may show the city's vacancy: there is nothing here that is not everybody's. Outermost, so that a page
    // that asks too much can read when to come back.
    let router = router.layer(
        CorsLayer::new()
            .allow_origin(Any)
            .allow_methods(Any)
            .allow_headers(Any)
            .expose_headers([ETAG, LINK, RETRY_AFTER])
            .max_age(PREFLIGHT_KEPT),
    );
    OpenApiRouter::with_openapi(document).merge(router.into())
}
