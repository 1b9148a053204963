//! Liveness and readiness.

use super::App;
use super::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;

/// `GET /healthz`: the process serves.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: it can take reports, which is to say that the store can be written to.
pub async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    if *app.stopping.borrow() {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the platform is stopping"));
    }
    app.store.ready().await?;
    Ok("ready\n")
}
