//! What is kept of an evaluated day: numbers that add up, over lots and days.

use super::{DayRates, Durations, Evidence};
use crate::ParkingSession;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Serialize};

/// Hours of a day.
const HOURS: usize = 24;

/// What is kept of a day, or of several: all of it adds up. What is none is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDay {
    /// Its rates.
    pub rates: DayRates,
    /// How long its stays were.
    #[serde(default, skip_serializing_if = "Durations::is_empty", serialize_with = "Durations::as_array")]
    pub stays: Durations,
    /// Cars, hour by hour.
    #[serde(default, skip_serializing_if = "is_none")]
    pub hours: HourCounts,
    /// Charges that ended on it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub charging: ChargingSum,
}

fn is_none<T: Default + PartialEq>(sum: &T) -> bool {
    *sum == T::default()
}

/// Cars of each hour of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HourCounts {
    /// In.
    pub entries: [u64; HOURS],
    /// Out.
    pub exits: [u64; HOURS],
    /// Inside when the hour began.
    pub inside: [u64; HOURS],
}

impl Default for HourCounts {
    fn default() -> Self {
        Self { entries: [0; HOURS], exits: [0; HOURS], inside: [0; HOURS] }
    }
}

/// Charges, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChargingSum {
    /// How many.
    pub count: u64,
    /// In watt-hours.
    pub energy_wh: u64,
    /// In fen.
    pub fee_fen: u64,
}

impl HourCounts {
    /// Of a day's evidence.
    pub fn of(evidence: &Evidence, passages: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut counts = Self::default();
        let hours = counts.entries.iter_mut().zip(&mut counts.exits);
        for ((entries, exits), of_hour) in hours.zip(passages) {
            (*entries, *exits) = (of_hour.0.into(), of_hour.1.into());
        }
        let from = evidence.span().0;
        for (hour, inside) in counts.inside.iter_mut().enumerate() {
            let at = from + SignedDuration::from_hours(i64::try_from(hour).unwrap_or(0));
            if at <= evidence.now {
                *inside = evidence.sessions.iter().filter(|session| is_inside(session, at)).count() as u64;
            }
        }
        counts
    }
}

fn is_inside(session: &ParkingSession, at: Timestamp) -> bool {
    session.entered_at().is_some_and(|entered| entered <= at)
        && session.exited_at().is_none_or(|exited| exited > at)
}

impl ChargingSum {
    /// Of a day's evidence. What no number holds is left out.
    pub fn of(evidence: &Evidence) -> Self {
        let mut sum = Self::default();
        let whole = |amount: Option<Decimal>, times: u32| {
            amount
                .and_then(|amount| amount.checked_mul(times.into()))
                .and_then(|amount| amount.to_u64())
                .unwrap_or(0)
        };
        for charge in &evidence.charges {
            sum.count += 1;
            sum.energy_wh = sum.energy_wh.saturating_add(whole(charge.record.energy_kwh, 1_000));
            sum.fee_fen = sum.fee_fen.saturating_add(whole(charge.record.total_fee, 100));
        }
        sum
    }
}

impl std::ops::AddAssign<&Self> for KeptDay {
    fn add_assign(&mut self, other: &Self) {
        self.rates += &other.rates;
        self.stays += &other.stays;
        let hours = [
            (&mut self.hours.entries, &other.hours.entries),
            (&mut self.hours.exits, &other.hours.exits),
            (&mut self.hours.inside, &other.hours.inside),
        ];
        for (sums, more) in hours {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum = sum.saturating_add(*more));
        }
        self.charging.count += other.charging.count;
        self.charging.energy_wh = self.charging.energy_wh.saturating_add(other.charging.energy_wh);
        self.charging.fee_fen = self.charging.fee_fen.saturating_add(other.charging.fee_fen);
    }
}
