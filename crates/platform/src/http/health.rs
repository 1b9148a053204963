//! Liveness and readiness.

use super::App;
use super::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use bowei_store::{Store, StoreError};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// How often the store is asked for a write. `/readyz` answers from the last time: whoever asks costs nothing.
pub(crate) const PROBE_EVERY: Duration = Duration::from_secs(1);

/// Whether the store could be written to when it was last asked.
pub struct Readiness(AtomicBool);

impl Readiness {
    /// Asks the store for the first time.
    pub(crate) async fn of(store: &dyn Store) -> Self {
        Self(AtomicBool::new(store.ready().await.is_ok()))
    }

    /// Asks the store again.
    pub(crate) async fn probe(&self, store: &dyn Store) -> Result<(), StoreError> {
        let ready = store.ready().await;
        self.0.store(ready.is_ok(), Relaxed);
        ready
    }
}

/// `GET /healthz`: the process serves.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: it can take reports, which is to say that the store can be written to.
pub async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    let unavailable = |detail| Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    if *app.stopping.borrow() {
        return unavailable("the platform is stopping");
    }
    if !app.readiness.0.load(Relaxed) {
        return unavailable("the store cannot be written to: the log says why");
    }
    Ok("ready\n")
}
