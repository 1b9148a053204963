//! The public API: vacancy for anyone, and never a plate.

mod lots;
mod settings;
mod stats;
mod stream;

pub(super) use lots::degrees;

use super::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Paths under `/open/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(lots::list))
        .routes(routes!(lots::one))
        .routes(routes!(stream::vacancy))
        .routes(routes!(stats::numbers))
        .routes(routes!(settings::settings))
}
