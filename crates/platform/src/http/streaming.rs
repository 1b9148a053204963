//! Server-Sent Events: how many streams are open, and how they end.

use super::App;
use super::problem::Problem;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use bowei_service::stopping::stopped;
use futures::stream::{Stream, StreamExt as _};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// Between comments that keep a silent connection alive: under the minute after which proxies drop one.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// A place among the open streams.
pub(super) fn place(app: &App) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(&app.streams).try_acquire_owned().map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many streams are open: fetch the list now and then instead",
        )
    })
}

/// A stream that holds its place and ends when the platform stops.
pub(super) fn sse<S>(app: &App, place: OwnedSemaphorePermit, events: S) -> impl IntoResponse + use<S>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    let held = events.map(move |event| {
        let _place = &place;
        event
    });
    Sse::new(held.take_until(Box::pin(stopped(app.stopping.clone()))))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
