//! `GET /open/v1/stream`: vacancy changes as Server-Sent Events.

use super::lots::feature;
use crate::app::App;
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::streaming::{ClientOf, acquire_stream, sse};
use crate::vacancy::{Status, VacancyChange};
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::Event;
use bowei_model::LotCode;
use futures::stream::{self, StreamExt as _};
use serde::Serialize;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;

/// Data of an event `vacancy`.
#[derive(Serialize, ToSchema)]
pub(super) struct VacancyEvent {
    /// The lot.
    code: String,
    /// Free spaces.
    vacant: Option<i64>,
    /// Free spaces with a charger.
    charging_vacant: Option<i64>,
    /// Whether it is heard from.
    #[schema(value_type = enums::LotStatus)]
    status: Status,
    /// When the vacancy was right.
    as_of: Option<String>,
}

/// Vacancy as it changes: events `vacancy`, and `lots` when the list of lots itself has changed.
#[utoipa::path(get, operation_id = "streamVacancy", path = "/open/v1/stream", tag = "open", responses(
    (status = 200, description = "Server-Sent Events; the data of `vacancy` is given here", body = VacancyEvent, content_type = "text/event-stream"),
    (status = 503, description = "Too many streams are open", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn vacancy(State(app): State<App>, client: ClientOf) -> Result<impl IntoResponse, Problem> {
    let place = acquire_stream(&app.public_streams, client)?;
    let watching = app.publisher.watch();
    let events = stream::unfold((app.clone(), watching), |(app, mut watching)| async move {
        let events = next(&app, &mut watching).await?;
        Some((stream::iter(events.into_iter().map(Ok)), (app, watching)))
    })
    .flatten();
    Ok(sse(&app, place, events, std::future::pending()))
}

async fn next(app: &App, watching: &mut broadcast::Receiver<VacancyChange>) -> Option<Vec<Event>> {
    match watching.recv().await {
        Ok(VacancyChange::Moved(lots)) => Some(lots.iter().filter_map(|lot| event(app, lot)).collect()),
        // Whoever lags has missed some: let it fetch everything again.
        Ok(VacancyChange::Lots) | Err(RecvError::Lagged(_)) => {
            Some(vec![Event::default().event("lots").data("{}")])
        }
        Err(RecvError::Closed) => None,
    }
}

fn event(app: &App, code: &LotCode) -> Option<Event> {
    let snapshot = app.registry.snapshot();
    let properties = feature(app, snapshot.live_lot(code)?, None, app.clock.now()).properties;
    let data = VacancyEvent {
        code: properties.code,
        vacant: properties.vacant,
        charging_vacant: properties.charging_vacant,
        status: properties.status,
        as_of: properties.as_of,
    };
    Event::default().event("vacancy").json_data(data).ok()
}
