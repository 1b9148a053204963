//! Which days a batch has to be evaluated anew.

use super::Plan;
use crate::DIRTY_DAYS_MAX;
use crate::values::millis;
use bowei_model::{LotCode, ParkingSession, Report, Statement, moment};
use jiff::Timestamp;
use jiff::civil::Date;

/// Notes the past days that a statement is about by itself: that of a count, a list or a charge. Those of a session follow
/// from what it becomes, see [`session_touches`].
pub(super) fn touches(plan: &mut Plan<'_>, statement: &Statement) {
    let at = match &statement.report {
        Report::SpaceCount(count) => count.at,
        Report::ChargingRecord(charge) => charge.ended_at,
        Report::CarsInside(cars) => cars.at,
        _ => return,
    };
    if let Some(lot) = statement.report.lot() {
        dirty(plan, lot, (at, at), statement.received_at);
    }
}

/// Notes the past days that a session spans, as it was and as it is, `received_at` being when something was said of it.
pub(super) fn session_touches(
    plan: &mut Plan<'_>,
    before: Option<&ParkingSession>,
    after: Option<&ParkingSession>,
    received_at: Timestamp,
) {
    for session in [before, after].into_iter().flatten() {
        let (entered, exited) = (session.entered_at(), session.exited_at());
        let Some(from) = entered.or(exited) else { continue };
        // A car that is inside is so until now.
        let to = exited.unwrap_or(received_at.max(from));
        dirty(plan, &session.lot, (from.min(to), from.max(to)), received_at);
    }
}

/// Notes the days from one moment to another that were over when something was received; of very many the last.
fn dirty(plan: &mut Plan<'_>, lot: &LotCode, (from, to): (Timestamp, Timestamp), received_at: Timestamp) {
    let today = date(received_at);
    let (first, mut day) = (date(from), date(to).min(today));
    for _ in 0..=DIRTY_DAYS_MAX {
        if day < first {
            return;
        }
        if day < today {
            let number = number(day);
            let seq = plan.dirty.entry((lot.clone(), number)).or_default();
            *seq = (*seq).max(millis(received_at));
        }
        let Ok(before) = day.yesterday() else { return };
        day = before;
    }
}

fn date(at: Timestamp) -> Date {
    moment::to_wall(at).date()
}

fn number(day: Date) -> u32 {
    u32::try_from(i32::from(day.year()) * 10_000 + i32::from(day.month()) * 100 + i32::from(day.day()))
        .unwrap_or_default()
}
