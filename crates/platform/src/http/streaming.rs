//! Server-Sent Events: how many streams are open, and how they end.

use super::problem::Problem;
use crate::app::App;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use bowei_service::Client;
use bowei_service::places::{Full, Place, Places};
use bowei_service::stopping::stopped;
use futures::FutureExt as _;
use futures::future::select_all;
use futures::stream::{Stream, StreamExt as _};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// Between comments that keep a silent connection alive: under the minute after which proxies drop one.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// For whom a stream is; absent only where there is no server around the router.
pub(super) type ClientOf = Option<Extension<Client>>;

/// A place among the open streams.
pub(super) fn acquire_stream(places: &Arc<Places>, client: ClientOf) -> Result<Place, Problem> {
    let client = client.map(|Extension(client)| client).unwrap_or_default();
    places.take(client).map_err(|full| {
        let detail = match full {
            Full::Address => "too many streams are open from this address",
            Full::All => "too many streams are open",
        };
        let detail = format!("{detail}: fetch the list now and then instead");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    })
}

/// A stream that holds its place. It ends when that is given to another address, when the platform stops, and once
/// `ended` returns.
pub(super) fn sse<S, E>(app: &App, place: Place, events: S, ended: E) -> impl IntoResponse + use<S, E>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
    E: Future<Output = ()> + Send + 'static,
{
    let place = Arc::new(place);
    let held = Arc::clone(&place);
    let displaced = async move { held.taken_away().await };
    let end = select_all([stopped(app.stopping.clone()).boxed(), displaced.boxed(), ended.boxed()]);
    let held = events.map(move |event| {
        let _place = &place;
        event
    });
    Sse::new(held.take_until(end)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
