//! The API for tokens: everything the platform knows, as far as the token's role and district reach.

mod cars_inside;
mod charging;
mod counts;
mod cursors;
mod findings;
mod gates;
pub(super) mod holder;
mod lots;
mod masked;
mod off_peak;
mod photos;
mod reports;
mod sessions;
mod stats;
mod stream;

pub use cursors::Cursors;
pub(super) use masked::for_viewers;
pub(super) use sessions::SessionState;
pub(super) use stream::PhotoEvent;

use super::App;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Paths under `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(lots::list))
        .routes(routes!(lots::one, lots::change))
        .routes(routes!(sessions::list))
        .routes(routes!(gates::list))
        .routes(routes!(cars_inside::one))
        .routes(routes!(counts::series))
        .routes(routes!(photos::one))
        .routes(routes!(findings::list))
        .routes(routes!(reports::list))
        .routes(routes!(charging::list))
        .routes(routes!(off_peak::packages))
        .routes(routes!(off_peak::orders))
        .routes(routes!(stats::totals))
        .routes(routes!(stream::live))
}

/// A page of a list: `next` is the cursor of the next page, null on the last.
#[derive(Serialize, ToSchema)]
pub(super) struct List<T> {
    /// The items.
    items: Vec<T>,
    /// The cursor of the next page.
    next: Option<String>,
}

/// Items in a page unless asked otherwise.
const LIMIT_DEFAULT: usize = 100;
/// Items in a page at most.
const LIMIT_MAX: usize = 1_000;

fn limit(asked: Option<usize>) -> usize {
    asked.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
}
