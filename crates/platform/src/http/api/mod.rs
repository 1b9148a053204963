//! The API for tokens: everything the platform knows, as far as the token's role and district reach.

mod cars_inside;
mod charging;
mod counts;
mod findings;
mod gates;
mod guard;
mod jobs;
mod lots;
mod off_peak;
mod photos;
mod reports;
mod sessions;
mod stats;
mod stream;
mod visible;

pub(super) use sessions::SessionState;
pub(super) use stream::PhotoEvent;

use crate::accounts::Permission;
use crate::app::App;
use guard::guarded;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Paths under `/api/v1`, each handler with the permission that it needs. Without an `app` there is the document alone.
pub(super) fn routes(app: Option<&App>) -> OpenApiRouter<App> {
    let handlers = [
        (Permission::LotsRead, routes!(lots::list)),
        (Permission::LotsRead, routes!(lots::one)),
        (Permission::LotsChange, routes!(lots::change)),
        (Permission::SessionsRead, routes!(sessions::list)),
        (Permission::LotsRead, routes!(gates::list)),
        (Permission::CarsInsideRead, routes!(cars_inside::one)),
        (Permission::LotsRead, routes!(counts::series)),
        (Permission::PhotosRead, routes!(photos::one)),
        (Permission::FindingsRead, routes!(findings::list)),
        (Permission::MessagesRead, routes!(reports::list)),
        (Permission::ChargingRead, routes!(charging::list)),
        (Permission::OffPeakRead, routes!(off_peak::packages)),
        (Permission::OffPeakRead, routes!(off_peak::orders)),
        (Permission::StatsRead, routes!(stats::totals)),
        (Permission::PassagesWatch, routes!(stream::live)),
        (Permission::JobsRead, routes!(jobs::list)),
    ];
    handlers.into_iter().fold(OpenApiRouter::new(), |router, (permission, handler)| {
        router.routes(guarded(app, permission, handler))
    })
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
