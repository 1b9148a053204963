//! Which parking a charge belongs to, and which charges may lie over it. The same for every engine, which finds the stays of
//! its lot and plate, and the charges at its device.

use crate::values::millis;
use bowei_model::Charge;
use bowei_model::charging::CHARGE_MAX;

/// A stay that may be a charge's. Moments are in milliseconds.
pub(crate) struct Stay {
    pub(crate) record_id: String,
    pub(crate) entered_at: i64,
    pub(crate) exited_at: Option<i64>,
}

/// The stay that overlaps the charge most; of equals, the one entered later, and of those the one with the greater record
/// id. A charge that ended in the moment it began belongs to the stay it lies in.
pub(crate) fn stay_of(started: i64, ended: i64, stays: impl Iterator<Item = Stay>) -> Option<String> {
    let overlap = |stay: &Stay| {
        // A car that is inside now was so until the charge's end: nobody charges tomorrow.
        stay.exited_at.unwrap_or(ended).min(ended) - stay.entered_at.max(started)
    };
    stays
        .map(|stay| (overlap(&stay), stay.entered_at, stay.record_id))
        .filter(|(overlap, ..)| *overlap > 0 || (*overlap == 0 && started == ended))
        .max()
        .map(|(_, _, record_id)| record_id)
}

/// Where charges that may lie over `charge` are looked for, in milliseconds: they end after the first moment, begin before the
/// second, and end no later than the third.
pub(crate) fn charges_near(charge: &Charge) -> (i64, i64, i64) {
    let (from, to) = (millis(charge.started_at), millis(charge.ended_at));
    (from, to, to.saturating_add(i64::try_from(CHARGE_MAX.as_millis()).unwrap_or(i64::MAX)))
}
