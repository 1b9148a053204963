//! `GET /open/v1/reservations/current/stream`: a reservation as it changes, as Server-Sent Events.

use super::item::ReservationItem;
use super::{missing, opened, shown};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::streaming::{ClientOf, acquire_stream, sse};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::response::sse::Event;
use bowei_model::LotCode;
use futures::stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast;

/// How often a stream looks by itself: what another node has done, and what the time alone changes.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The reservation as it changes: an event `reservation` at once, and another whenever anything of it, or its place in the
/// queue, is other than before. It ends with the link.
#[utoipa::path(get, operation_id = "streamReservation", path = "/open/v1/reservations/current/stream", tag = "open", security(("link" = [])), responses(
    (status = 200, description = "Server-Sent Events; the data of `reservation` is given here", body = ReservationItem, content_type = "text/event-stream"),
    (status = 404, description = "The link opens nothing", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Too many streams are open", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn follow(
    State(app): State<App>,
    client: ClientOf,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let changed = app.reservations.watch();
    let view = opened(&app, &headers).await?;
    let lot = view.kept.document.order.lot.clone();
    let place = acquire_stream(&app.public_streams, client)?;
    let followed = Followed { app: app.clone(), headers, lot, changed, last: None };
    let events = stream::unfold(followed, |mut followed| async move {
        let item = followed.next().await.ok()?;
        let event = Event::default().event("reservation").json_data(&item).ok()?;
        followed.last = Some(item);
        Some((Ok::<_, Infallible>(event), followed))
    });
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    Ok((no_store, sse(&app, place, events, std::future::pending())))
}

struct Followed {
    app: App,
    headers: HeaderMap,
    lot: LotCode,
    changed: broadcast::Receiver<LotCode>,
    last: Option<ReservationItem>,
}

impl Followed {
    /// The reservation, as soon as it is other than it was last.
    async fn next(&mut self) -> Result<ReservationItem, Problem> {
        loop {
            let view = match opened(&self.app, &self.headers).await {
                Ok(view) => view,
                // The store may be away for a moment.
                Err(problem) if problem.is_missing() => return Err(missing()),
                Err(_) => {
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
            };
            let item = shown::item(&self.app, &view);
            if self.last.as_ref() != Some(&item) {
                return Ok(item);
            }
            let (lot, changed) = (&self.lot, &mut self.changed);
            let of_lot = async {
                // Whoever lags looks again.
                while changed.recv().await.is_ok_and(|of| of != *lot) {}
            };
            tokio::select! {
                () = of_lot => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}
