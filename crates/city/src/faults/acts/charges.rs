//! Charges that cannot have been.

use crate::faults::hit::{Hit, Outcome};
use crate::message::{Message, Says};
use bowei_model::ChargingRecord;
use jiff::SignedDuration;
use rust_decimal::Decimal;

/// By how many cents fees may miss their total.
const FEES_TOLERANCE_CENTS: i64 = 1;
/// The most power that is believed, in kW, and by how much longer than it says a charge may have been.
const POWER_MAX_KW: i64 = 600;
const TIMES_TOLERANCE_S: i64 = 60;

/// Fees that do not add up.
pub(in crate::faults) fn fees(hit: &mut Hit<'_>) -> Outcome {
    let cents = hit.by_edge(500, FEES_TOLERANCE_CENTS + 1, FEES_TOLERANCE_CENTS);
    charge(hit, |charge| {
        charge.total_fee = charge.total_fee.map(|total| total + Decimal::new(cents, 2));
    })
}

/// More energy than a charger gives.
pub(in crate::faults) fn energy(hit: &mut Hit<'_>) -> Outcome {
    let (factor, hundredths) = hit.by_edge((3, 0), (1, 1), (1, 0));
    charge(hit, |charge| {
        let seconds = charge.ended_at.duration_since(charge.started_at).as_secs() + TIMES_TOLERANCE_S;
        let most = POWER_MAX_KW * seconds * 100 / 3_600;
        charge.energy_kwh = Some(Decimal::new(most * factor + hundredths, 2));
    })
}

fn charge(hit: &mut Hit<'_>, change: impl FnOnce(&mut ChargingRecord)) -> Outcome {
    let Says::Charge(record) = &mut hit.message.says else { return Outcome::Untouched };
    change(record);
    Outcome::Hit
}

/// Two at one charger at once; one that begins as the other ends is none.
pub(in crate::faults) fn overlap(hit: &mut Hit<'_>) -> Outcome {
    let Says::Charge(record) = &hit.message.says else { return Outcome::Untouched };
    let lasts = record.ended_at.duration_since(record.started_at);
    let back = hit.by_edge(lasts / 2, SignedDuration::from_secs(1), SignedDuration::ZERO);
    let mut other = record.clone();
    other.order_no.push('X');
    other.started_at = record.ended_at - back;
    other.ended_at = record.ended_at.max(other.started_at + SignedDuration::from_secs(1));
    other.plate = None;
    let little = |hundredths| Some(Decimal::new(hundredths, 2));
    (other.energy_kwh, other.electricity_fee) = (little(10), little(9));
    (other.service_fee, other.total_fee) = (little(4), little(13));
    let (due, lot) = (hit.later(SignedDuration::from_secs(60)), hit.message.lot.clone());
    hit.records.push(other.order_no.clone());
    hit.more.push(Message::new(due, lot, Says::Charge(other)));
    Outcome::Hit
}
