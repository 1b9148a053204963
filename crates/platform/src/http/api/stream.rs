//! `GET /api/v1/stream`: passages and photos as they are kept, as Server-Sent Events.

use super::masked::masked;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::auth::authenticate;
use crate::http::problem::Problem;
use crate::http::streaming::{ClientOf, acquire_stream, sse};
use crate::http::{enums, timestamps};
use crate::live::{LiveEvent, LivePassage, LivePhoto, PhotoOf};
use axum::extract::State;
use axum::http::{HeaderMap, Method, header};
use axum::response::IntoResponse;
use axum::response::sse::Event;
use bowei_model::{Direction, Report};
use futures::stream;
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;

/// How often a stream looks whether its token is still what it was when it began; the registry itself is looked at
/// twice a second. A stream whose token has run out, was revoked or sees less ends; whoever may asks anew.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Data of an event `passage`.
#[derive(Serialize, ToSchema)]
pub(super) struct PassageEvent {
    lot: String,
    lot_name: String,
    record_id: String,
    /// In or out.
    #[schema(value_type = enums::Direction)]
    kind: Direction,
    at: String,
    received_at: String,
    /// Masked for viewers.
    plate: Option<String>,
    plate_kind: Option<String>,
    gate: Option<String>,
    berth: Option<String>,
    /// The id of the photo that shows it, in standards whose photos have names of their own. Not for viewers.
    photo_id: Option<String>,
}

/// Data of an event `photo`.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PhotoEvent {
    lot: String,
    /// The record; null where the photo has a name of its own.
    record_id: Option<String>,
    /// Under `/api/v1/photos/`.
    id: String,
    /// The car coming in, or going out; null likewise.
    #[schema(value_type = Option<enums::PhotoRole>)]
    role: Option<&'static str>,
    /// Its name: it is of the passage whose `photo_id` this is, which may come later.
    photo_id: Option<String>,
}

/// Passages (events `passage`) and photos (events `photo`) of the lots that the token sees, as they are kept.
#[utoipa::path(get, operation_id = "streamPassages", path = "/api/v1/stream", tag = "api", security(("token" = [])), responses(
    (status = 200, description = "Server-Sent Events; the data of `passage` is given here", body = PassageEvent, content_type = "text/event-stream"),
    (status = 503, description = "Too many streams are open", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn live(
    State(app): State<App>,
    client: ClientOf,
    principal: Principal,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let place = acquire_stream(&app.token_streams, client)?;
    let (of, before) = (app.clone(), principal.clone());
    let ended = async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = authenticate(&headers, &Method::GET, &of).await;
            if !now.is_ok_and(|now| now.is_still(&before)) {
                return;
            }
        }
    };
    let watching = app.live.watch();
    let events = stream::unfold((watching, principal), |(mut watching, principal)| async move {
        loop {
            let event = match watching.recv().await {
                Ok(LiveEvent::Passage(passage)) => of_passage(&passage, &principal),
                Ok(LiveEvent::Photo(photo)) => of_photo(&photo, &principal),
                // A watcher too slow for the city misses some; the API has them all.
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return None,
            };
            if let Some(event) = event {
                return Some((Ok::<_, Infallible>(event), (watching, principal)));
            }
        }
    });
    // An event stream says `no-cache` of itself, by which it could be kept.
    Ok(([(header::CACHE_CONTROL, "no-store")], sse(&app, place, events, ended)))
}

fn of_passage(live: &LivePassage, principal: &Principal) -> Option<Event> {
    let Report::Passage(passage) = &live.statement.report else { return None };
    if !principal.sees(&live.lot) {
        return None;
    }
    let data = PassageEvent {
        lot: live.lot.code.to_string(),
        lot_name: live.lot.name.clone(),
        record_id: principal.record_id(passage.record_id.as_str()),
        kind: passage.direction,
        at: timestamps::shown(passage.at),
        received_at: timestamps::shown(live.statement.received_at),
        plate: passage.plate.as_ref().map(|plate| principal.plate(plate)),
        plate_kind: passage.plate_kind.map(|kind| kind.to_string()),
        gate: passage.gate.clone(),
        berth: passage.berth.clone(),
        photo_id: passage.photo_id.clone().filter(|_| principal.sees_plates()),
    };
    let mut data = serde_json::to_value(data).ok()?;
    if !principal.sees_plates() {
        data = masked(data, serde_json::value::Serializer).ok()?;
    }
    Event::default().event("passage").json_data(data).ok()
}

fn of_photo(live: &LivePhoto, principal: &Principal) -> Option<Event> {
    if !principal.sees(&live.lot) || !principal.sees_plates() {
        return None;
    }
    let (record_id, role, photo_id) = match &live.of {
        PhotoOf::Record(record_id, role) => (Some(record_id.clone()), Some(*role), None),
        PhotoOf::Named(photo_id) => (None, None, Some(photo_id.clone())),
    };
    let (lot, id) = (live.lot.code.to_string(), live.id.clone());
    let data = PhotoEvent { lot, record_id, id, role, photo_id };
    Event::default().event("photo").json_data(data).ok()
}
