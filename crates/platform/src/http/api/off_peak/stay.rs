//! Which stay is one by an off-peak order.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::timestamps;
use bowei_model::OffPeakOrder;
use bowei_store::SessionQuery;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A stay that began so long before its order is none by it.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Stays of one car at one lot that are looked at: one a quarter of an hour for a night and a day.
const STAYS_MAX: usize = 100;

/// The stay of an off-peak order's car.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct OffPeakStay {
    record_id: String,
    entered_at: String,
    /// Null while it is inside.
    left_at: Option<String>,
}

impl OffPeakStay {
    /// As whoever asks may see it.
    pub(super) fn seen_by(self, principal: &Principal) -> Self {
        Self { record_id: principal.record_id(&self.record_id), ..self }
    }
}

/// The first stay of its car at its lot in the time of the order.
pub(super) async fn stay_of(
    app: &App,
    order: &OffPeakOrder,
    first_sent_at: Timestamp,
) -> Result<Option<OffPeakStay>, Problem> {
    let Some(plate) = &order.plate else { return Ok(None) };
    let (from, until) = order.validity(first_sent_at);
    let query = SessionQuery {
        lot: Some(order.lot.clone()),
        plate: Some(plate.to_string()),
        from: Some(from.checked_sub(LOOK_BACK).unwrap_or(Timestamp::MIN)),
        to: Some(until),
        limit: STAYS_MAX,
        ..SessionQuery::default()
    };
    let found = app.store.sessions(query).await?;
    let mut stays = found.items.iter().filter_map(|session| {
        let entered_at = session.entry()?.content.at;
        let left_at = session.exit().map(|exit| exit.content.at);
        order.covers(first_sent_at, entered_at, left_at).then(|| OffPeakStay {
            record_id: session.record_id.to_string(),
            entered_at: timestamps::shown(entered_at),
            left_at: left_at.map(timestamps::shown),
        })
    });
    // Newest first: the last is the first stay.
    Ok(stays.by_ref().last())
}
