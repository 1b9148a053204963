//! What lots' gateways ask of the platform by themselves, with a token of their provider: reservations to keep, where nobody can
//! call them, and what cars that charge need not pay. Like the daily comparison it is of no standard. The form is in
//! docs/edge/API.md.

mod directives;
mod relief;

use super::api::guarded;
use crate::accounts::Permission;
use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Paths under `/gateway/v1`, each handler with the permission that it needs.
pub(super) fn routes(app: Option<&App>) -> OpenApiRouter<App> {
    let handlers = [
        (Permission::ReservationsAnswer, routes!(directives::wait)),
        (Permission::ReservationsAnswer, routes!(directives::answer)),
        (Permission::ReservationsAnswer, routes!(directives::cancel)),
        (Permission::ChargingRead, routes!(relief::one)),
    ];
    handlers.into_iter().fold(OpenApiRouter::new(), |router, (permission, handler)| {
        router.routes(guarded(app, permission, handler))
    })
}
