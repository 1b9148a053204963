//! Charging relief (充电减免停车费): what a lot takes off a stay whose car charged. Pure and exact: energy is a decimal, time is
//! whole minutes.

pub mod rules;

use crate::{ChargingRecord, RecordId, moment};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rules::ReliefRules;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A stay with its charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargedStay {
    /// Its record.
    pub record_id: RecordId,
    /// From when to when it counts, where that is known: what was charged outside is not relieved. A car that is inside
    /// counts until now.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Its charges, in any order.
    pub charges: Vec<ChargingRecord>,
}

/// What is taken off a stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relief {
    /// Minutes that are free.
    pub minutes: u32,
    /// What was charged, in kWh.
    pub kwh: Decimal,
    /// The charges' order numbers.
    pub orders: Vec<String>,
}

/// Why nothing is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoRelief {
    /// The lot gave nothing when the stay began.
    NoRules,
    /// No charge of the stay is known.
    NoCharge,
    /// Less was charged than the lot asks for, or how much is not known.
    TooLittle,
    /// Another stay of the car had it that day.
    HadToday,
}

/// What is taken off each of the stays of one car at one lot. Under `once_a_day` the stay of a day that began to charge first
/// has it.
pub fn reliefs(stays: &[ChargedStay], rules: &ReliefRules) -> BTreeMap<RecordId, Result<Relief, NoRelief>> {
    let mut in_order: Vec<&ChargedStay> = stays.iter().collect();
    in_order.sort_by_key(|stay| (began(stay), stay.record_id.clone()));
    let mut had: BTreeSet<Date> = BTreeSet::new();
    let mut found = BTreeMap::new();
    for stay in in_order {
        let mut relief = relief(stay, rules);
        if let (true, Ok(_), Some(began)) = (rules.once_a_day, &relief, began(stay))
            && !had.insert(moment::to_wall(began).date())
        {
            relief = Err(NoRelief::HadToday);
        }
        found.insert(stay.record_id.clone(), relief);
    }
    found
}

fn began(stay: &ChargedStay) -> Option<Timestamp> {
    stay.charges.iter().map(|charge| charge.started_at).min()
}

/// What is taken off one stay, whatever others of its car had.
fn relief(stay: &ChargedStay, rules: &ReliefRules) -> Result<Relief, NoRelief> {
    if stay.charges.is_empty() {
        return Err(NoRelief::NoCharge);
    }
    let energies = stay.charges.iter().map(|charge| charge.energy_kwh.unwrap_or_default());
    // Checked: what no decimal holds is not what a car took either.
    let kwh = energies.filter(|kwh| !kwh.is_sign_negative()).try_fold(Decimal::ZERO, Decimal::checked_add);
    let kwh = kwh.filter(|kwh| *kwh >= rules.from_kwh && !kwh.is_zero()).ok_or(NoRelief::TooLittle)?;
    let minutes = minutes_charging(stay).min(rules.free_minutes_while_charging);
    if minutes == 0 {
        return Err(NoRelief::TooLittle);
    }
    let mut orders: Vec<_> = stay.charges.iter().map(|charge| charge.order_no.clone()).collect();
    orders.sort();
    Ok(Relief { minutes, kwh, orders })
}

/// Minutes of the stay in which the car charged; one that was begun counts whole. Two charges at once count once.
fn minutes_charging(stay: &ChargedStay) -> u32 {
    let within = |at: Timestamp| stay.span.map_or(at, |(from, until)| at.clamp(from, until.max(from)));
    let mut spans: Vec<_> = stay
        .charges
        .iter()
        .map(|charge| (within(charge.started_at), within(charge.ended_at)))
        .filter(|(from, until)| from < until)
        .collect();
    spans.sort_unstable();
    let (mut lasted, mut counted_to) = (SignedDuration::ZERO, Timestamp::MIN);
    for (from, until) in spans {
        let from = from.max(counted_to);
        if until > from {
            lasted = lasted.saturating_add(until.duration_since(from));
            counted_to = until;
        }
    }
    let begun = i64::from(lasted.subsec_nanos() > 0 || lasted.as_secs() % 60 > 0);
    u32::try_from(lasted.as_mins().saturating_add(begun)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plate;

    fn at(text: &str) -> Timestamp {
        format!("2026-04-{text}+08:00").parse().unwrap()
    }

    fn charge(order_no: &str, started_at: &str, ended_at: &str, kwh: Option<&str>) -> ChargingRecord {
        ChargingRecord {
            lot: "L1".into(),
            order_no: order_no.to_owned(),
            plate: Plate::read("浙ED12345"),
            started_at: at(started_at),
            ended_at: at(ended_at),
            energy_kwh: kwh.map(|kwh| kwh.parse().unwrap()),
            electricity_fee: None,
            service_fee: None,
            total_fee: None,
            station: "S".to_owned(),
            device: "D".to_owned(),
            berth: None,
        }
    }

    fn stay(record_id: &str, span: Option<(&str, &str)>, charges: Vec<ChargingRecord>) -> ChargedStay {
        let span = span.map(|(from, until)| (at(from), at(until)));
        ChargedStay { record_id: record_id.into(), span, charges }
    }

    fn rules(free_minutes_while_charging: u32, from_kwh: &str, once_a_day: bool) -> ReliefRules {
        ReliefRules { free_minutes_while_charging, from_kwh: from_kwh.parse().unwrap(), once_a_day }
    }

    fn one(stay: ChargedStay, rules: &ReliefRules) -> Result<Relief, NoRelief> {
        reliefs(std::slice::from_ref(&stay), rules).remove(&stay.record_id).unwrap()
    }

    #[test]
    fn it_is_so_much_time_as_the_car_charged_up_to_the_lots_most() {
        let charges = || vec![charge("C1", "01T08:00:00", "01T08:40:01", Some("20.50"))];
        let during = Some(("01T07:50:00", "01T10:00:00"));
        let given = one(stay("R1", during, charges()), &rules(120, "10", false)).unwrap();
        assert_eq!(
            (given.minutes, given.kwh.to_string(), given.orders),
            (41, "20.50".into(), vec!["C1".into()])
        );
        assert_eq!(one(stay("R1", during, charges()), &rules(30, "10", false)).unwrap().minutes, 30);
        // Only what is within the stay.
        let short = Some(("01T08:10:00", "01T08:20:00"));
        assert_eq!(one(stay("R1", short, charges()), &rules(120, "10", false)).unwrap().minutes, 10);
        let elsewhere = Some(("01T09:10:00", "01T09:20:00"));
        assert_eq!(one(stay("R1", elsewhere, charges()), &rules(120, "10", false)), Err(NoRelief::TooLittle));
        assert_eq!(one(stay("R1", None, charges()), &rules(120, "10", false)).unwrap().minutes, 41);
    }

    #[test]
    fn energy_is_summed_exactly_and_time_once() {
        let charges = vec![
            charge("C2", "01T08:20:00", "01T09:00:00", Some("0.20")),
            charge("C1", "01T08:00:00", "01T08:30:00", Some("0.10")),
            charge("C3", "01T08:05:00", "01T08:10:00", None),
        ];
        let given = one(stay("R1", None, charges.clone()), &rules(600, "0.30", false)).unwrap();
        assert_eq!(
            (given.minutes, given.kwh.to_string()),
            (60, "0.30".to_owned()),
            "binary fractions miss 0.3"
        );
        assert_eq!(given.orders, ["C1", "C2", "C3"]);
        assert_eq!(one(stay("R1", None, charges), &rules(600, "0.31", false)), Err(NoRelief::TooLittle));
    }

    #[test]
    fn nothing_is_given_for_nothing() {
        let free = rules(60, "0", false);
        assert_eq!(one(stay("R1", None, vec![]), &free), Err(NoRelief::NoCharge));
        for charge in [
            charge("C1", "01T08:00:00", "01T09:00:00", None),
            charge("C1", "01T08:00:00", "01T09:00:00", Some("0.00")),
            charge("C1", "01T08:00:00", "01T09:00:00", Some("-5")),
            charge("C1", "01T09:00:00", "01T08:00:00", Some("5")),
            charge("C1", "01T08:00:00", "01T08:00:00", Some("5")),
        ] {
            assert_eq!(one(stay("R1", None, vec![charge]), &free), Err(NoRelief::TooLittle));
        }
    }

    #[test]
    fn once_a_day_the_first_has_it_and_one_that_had_nothing_takes_it_from_nobody() {
        let short = stay("R1", None, vec![charge("C1", "01T06:00:00", "01T06:10:00", Some("1"))]);
        let first = stay("R2", None, vec![charge("C2", "01T08:00:00", "01T09:00:00", Some("20"))]);
        let second = stay("R3", None, vec![charge("C3", "01T23:50:00", "02T00:40:00", Some("20"))]);
        let next_day = stay("R4", None, vec![charge("C4", "02T00:00:00", "02T00:30:00", Some("20"))]);
        let all = [next_day, second, short, first];
        let given = |once| {
            let given = reliefs(&all, &rules(60, "10", once));
            given.into_values().map(|it| it.map(|it| it.minutes)).collect::<Vec<_>>()
        };
        assert_eq!(given(true), [Err(NoRelief::TooLittle), Ok(60), Err(NoRelief::HadToday), Ok(30)]);
        assert_eq!(given(false), [Err(NoRelief::TooLittle), Ok(60), Ok(50), Ok(30)]);
    }
}
