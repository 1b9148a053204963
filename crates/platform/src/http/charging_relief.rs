//! What is taken off stays whose cars charged, as the store has them.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::ReliefFields;
use crate::http::problem::Problem;
use axum::Json;
use bowei_model::relief::reliefs;
use bowei_model::relief::rules::rules_for;
use bowei_model::{
    ChargedStay, ChargingRecord, Lot, NoRelief, ParkingSession, Plate, RecordId, Relief, ReliefRules, moment,
};
use bowei_store::ChargingQuery;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A charge that is said to end so long after its car has left is one whose clock is wrong, and no other's.
const AFTER_EXIT: SignedDuration = SignedDuration::from_hours(1);
/// Charges of a lot that are gone through: ten days of two hundred chargers.
const CHARGES_MAX: usize = 10_000;
const PAGE: usize = 1_000;

/// What is taken off a stay. Energy is a decimal string.
#[derive(Serialize, ToSchema)]
pub(super) struct ReliefItem {
    /// Minutes that are free.
    minutes: u32,
    /// What was charged in the stay, in kWh.
    kwh: String,
    /// The charges' order numbers.
    orders: Vec<String>,
}

impl From<&Relief> for ReliefItem {
    fn from(relief: &Relief) -> Self {
        Self { minutes: relief.minutes, kwh: relief.kwh.to_string(), orders: relief.orders.clone() }
    }
}

/// A stay, and what is taken off it.
#[derive(Serialize, ToSchema)]
pub(super) struct StayRelief {
    lot: String,
    record_id: String,
    entered_at: Option<String>,
    /// What is taken off; null: nothing.
    relief: Option<ReliefItem>,
    /// Why nothing is: `no-rules` (the lot gave nothing when the stay began), `no-charge`, `too-little`, `had-today`; null
    /// where something is.
    #[schema(value_type = Option<super::enums::NoRelief>)]
    why: Option<NoRelief>,
    /// The lot's rules for this stay.
    rules: Option<ReliefFields>,
}

/// The stay that was found, if it is one, with its relief; its id as whoever asks may see it.
pub(super) async fn of_stay(
    app: &App,
    principal: &Principal,
    lot: &Lot,
    session: Option<ParkingSession>,
) -> Result<Json<StayRelief>, Problem> {
    let session = session.filter(|session| session.passages().next().is_some());
    let session = session.ok_or_else(|| Problem::not_found("there is no such stay at this lot"))?;
    let found = of_stays(app, lot, std::slice::from_ref(&session)).await?.remove(&session.record_id);
    let found = found.unwrap_or(Err(NoRelief::NoCharge));
    let entered_at = session.entry().map(|entry| entry.content.at);
    Ok(Json(StayRelief {
        lot: lot.code.to_string(),
        record_id: principal.record_id(session.record_id.as_str()),
        entered_at: entered_at.map(super::timestamps::shown),
        relief: found.as_ref().ok().map(Into::into),
        why: found.err(),
        rules: entered_at.and_then(|at| rules_for(&lot.charging_relief, at)).map(Into::into),
    }))
}

/// What is taken off each of these stays of a lot. Nothing is read for a lot that never gave anything.
pub(super) async fn of_stays(
    app: &App,
    lot: &Lot,
    sessions: &[ParkingSession],
) -> Result<BTreeMap<RecordId, Result<Relief, NoRelief>>, Problem> {
    let mut found = BTreeMap::new();
    let now = app.clock.now();
    let stays: Vec<_> = sessions.iter().filter_map(|session| Asked::of(session, now)).collect();
    let given = |stay: &&Asked<'_>| rules_for(&lot.charging_relief, stay.entered_at).is_some();
    let (given, not_given): (Vec<_>, Vec<_>) = stays.iter().partition(given);
    found.extend(not_given.iter().map(|stay| (stay.record_id.clone(), Err(NoRelief::NoRules))));
    let charges = charges(app, lot, &given).await?;
    for asked in given {
        let Some(rules) = rules_for(&lot.charging_relief, asked.entered_at) else { continue };
        let mut of_car = charges.get(asked.plate).cloned().unwrap_or_default();
        let own = of_car.entry(asked.record_id.clone()).or_default();
        if own.is_empty() {
            found.insert(asked.record_id.clone(), Err(NoRelief::NoCharge));
            continue;
        }
        found.extend(one(asked, of_car, rules));
    }
    Ok(found)
}

/// A stay of a car with a plate, from when to when.
struct Asked<'s> {
    record_id: &'s RecordId,
    plate: &'s Plate,
    entered_at: Timestamp,
    until: Timestamp,
}

impl<'s> Asked<'s> {
    fn of(session: &'s ParkingSession, now: Timestamp) -> Option<Self> {
        let entered_at = session.entry()?.content.at;
        let until = session.exit().map_or(now, |exit| exit.content.at);
        Some(Self { record_id: &session.record_id, plate: session.plate()?, entered_at, until })
    }
}

/// Charges by the stay that they belong to.
type OfStays = BTreeMap<RecordId, Vec<ChargingRecord>>;

/// What is taken off a stay, whose car's other charges are known too.
fn one(
    asked: &Asked<'_>,
    of_car: OfStays,
    rules: &ReliefRules,
) -> Option<(RecordId, Result<Relief, NoRelief>)> {
    let stays: Vec<_> = of_car
        .into_iter()
        .map(|(record_id, charges)| {
            let span = (record_id == *asked.record_id).then_some((asked.entered_at, asked.until));
            ChargedStay { record_id, span, charges }
        })
        .collect();
    reliefs(&stays, rules).remove_entry(asked.record_id)
}

/// The charges of these stays' cars on their days, by plate and stay.
async fn charges(app: &App, lot: &Lot, stays: &[&Asked<'_>]) -> Result<BTreeMap<Plate, OfStays>, Problem> {
    let mut found: BTreeMap<Plate, OfStays> = BTreeMap::new();
    let from = stays.iter().map(|stay| moment::start_of_day(stay.entered_at)).min();
    let to = stays.iter().map(|stay| stay.until).max().and_then(|until| until.checked_add(AFTER_EXIT).ok());
    let Some((from, to)) = from.zip(to) else { return Ok(found) };
    let mut query = ChargingQuery {
        lots: Some(vec![lot.code.clone()]),
        ended_from: Some(from),
        ended_to: Some(to),
        limit: PAGE,
        ..ChargingQuery::default()
    };
    let mut read = 0;
    loop {
        let page = app.store.charging_records(query.clone()).await?;
        read += page.items.len();
        for row in page.items {
            let (Some(plate), Some(record_id)) = (row.record.plate.clone(), row.session) else { continue };
            if stays.iter().any(|stay| *stay.plate == plate) {
                let of_car = found.entry(plate).or_default();
                of_car.entry(record_id.as_str().into()).or_default().push(row.record);
            }
        }
        if page.next.is_none() || read >= CHARGES_MAX {
            return Ok(found);
        }
        query.cursor = page.next;
    }
}
