//! What a charge takes: how long, how much, and what it costs. Energy and money are whole hundredths throughout.

use crate::plan::CityLot;
use crate::rng::{Purpose, share_of};
use bowei_model::{ChargingRecord, Plate};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// A car that stays for less does not plug in.
pub(crate) const STAY_MIN_S: i64 = 10 * 60;
/// From the barrier to the plug, and from the plug to the barrier.
const WALK_S: i64 = 120;
/// One charger in so many is a fast one.
const FAST_ONE_IN: usize = 3;
const FAST_KW: i64 = 60;
const SLOW_KW: i64 = 7;
/// What a car takes, in kWh, from and to.
const ENERGY_KWH: (f64, f64) = (8.0, 48.0);
/// Fen a kilowatt-hour: electricity and service.
const ELECTRICITY_FEN: i64 = 85;
const SERVICE_FEN: i64 = 40;

/// A charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) from_s: i64,
    pub(crate) to_s: i64,
    /// The charger's place in the lot, from 0.
    pub(crate) charger: usize,
}

impl Charge {
    /// The charge of a car that comes at a moment and stays so long.
    pub(crate) fn of(seed: u64, car: u64, charger: usize, at_s: i64, stay_s: i64) -> Self {
        let (least, most) = ENERGY_KWH;
        let kwh = least + (most - least) * share_of(seed, Purpose::Charging, car);
        let needs_s = (kwh * 3_600.0 / power_kw(charger) as f64) as i64;
        let from_s = at_s + WALK_S;
        Self { from_s, to_s: (from_s + needs_s).min(at_s + stay_s - WALK_S).max(from_s + 1), charger }
    }

    /// The operator's record of it.
    pub(crate) fn record(self, lot: &CityLot, order_no: String, plate: Option<Plate>) -> ChargingRecord {
        let moment = |at_s| Timestamp::from_second(at_s).unwrap_or_default();
        let span_s = self.to_s - self.from_s;
        record(lot, order_no, plate, (moment(self.from_s), moment(self.to_s)), (self.charger, span_s))
    }
}

/// A record of so many seconds at a charger.
pub(crate) fn record(
    lot: &CityLot,
    order_no: String,
    plate: Option<Plate>,
    (started_at, ended_at): (Timestamp, Timestamp),
    (charger, seconds): (usize, i64),
) -> ChargingRecord {
    let energy = power_kw(charger) * seconds * 100 / 3_600;
    let (electricity, service) = (energy * ELECTRICITY_FEN / 100, energy * SERVICE_FEN / 100);
    let hundredths = |amount| Some(Decimal::new(amount, 2));
    let current = if is_fast(charger) { "直流" } else { "交流" };
    let station = lot.code.as_str().replace('-', "");
    ChargingRecord {
        lot: lot.code.clone(),
        order_no,
        plate,
        started_at,
        ended_at,
        energy_kwh: hundredths(energy),
        electricity_fee: hundredths(electricity),
        service_fee: hundredths(service),
        total_fee: hundredths(electricity + service),
        // Id and name in one, as the model has them.
        device: format!("{station}{:02} {current}{:02}号桩", charger + 1, charger + 1),
        station: format!("{station} {}充电站", lot.name),
        berth: None,
    }
}

fn is_fast(charger: usize) -> bool {
    charger.is_multiple_of(FAST_ONE_IN)
}

fn power_kw(charger: usize) -> i64 {
    if is_fast(charger) { FAST_KW } else { SLOW_KW }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_lies_within_its_stay() {
        for car in 0..500 {
            let charger = car as usize % 8;
            let charge = Charge::of(1, car, charger, 10_000, STAY_MIN_S);
            assert!(charge.from_s >= 10_000 && charge.to_s > charge.from_s, "{charge:?}");
            assert!(charge.to_s <= 10_000 + STAY_MIN_S - WALK_S, "{charge:?}");
        }
        // 8 to 48 kWh at 60 kW are 8 to 48 minutes.
        let long = Charge::of(1, 5, 0, 0, 24 * 3_600);
        assert!((480..=2_880).contains(&(long.to_s - long.from_s)), "{long:?}");
    }
}
