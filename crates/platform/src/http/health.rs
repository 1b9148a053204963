//! Liveness and readiness.

use super::problem::Problem;
use crate::app::App;
use axum::extract::State;
use axum::http::StatusCode;

/// `GET /healthz`: the process serves.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: it can take reports, which is to say that the store can be written to.
pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    let unavailable = |detail| Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    if *app.stopping.borrow() {
        return unavailable("the platform is stopping");
    }
    if !app.readiness.is_ready() {
        return unavailable("the store cannot be written to: the log says why");
    }
    Ok("ready\n")
}
