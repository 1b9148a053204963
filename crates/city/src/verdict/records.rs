//! Record by record: every parking and every charge once, as it was, and nothing that never was.

use super::{FoundCharge, FoundSession};
use crate::truth::{TrueParking, Truth};
use bowei_model::LotCode;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// The outcome of a comparison record by record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// What kind of records.
    what: &'static str,
    /// How many there should be.
    pub checked: usize,
    /// Whatever is otherwise, in words.
    pub wrong: Vec<String>,
}

impl Records {
    /// Whether every record is right.
    pub fn is_right(&self) -> bool {
        self.wrong.is_empty()
    }
}

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// What is wrong beyond these is counted only.
        const SHOWN_MAX: usize = 40;
        let wrong = self.wrong.len();
        write!(f, "核对 {} 条{}：不一致 {wrong}", self.checked, self.what)?;
        for words in self.wrong.iter().take(SHOWN_MAX) {
            write!(f, "\n  {words}")?;
        }
        if wrong > SHOWN_MAX {
            write!(f, "\n  另有 {} 条", wrong - SHOWN_MAX)?;
        }
        Ok(())
    }
}

/// Holds the platform's sessions of all lots against every parking of the truth. A standard whose passages carry no
/// record id has its parkings by plate and entry.
pub fn judge_sessions(truth: &Truth, found: &[FoundSession]) -> Records {
    let mut left: HashMap<(LotCode, String), Vec<&FoundSession>> = HashMap::new();
    for session in found {
        left.entry((session.lot.clone(), session.record_id.clone())).or_default().push(session);
    }
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (own, parking) in truth.parkings() {
        checked += 1;
        let record = parking.record_on_platform(own).to_string();
        let sessions = left.remove(&(parking.lot.clone(), record.clone())).unwrap_or_default();
        match sessions.as_slice() {
            [session] if is(session, parking) => {}
            [session] => wrong.push(format!("{} {record} 应为 {parking:?}，平台为 {session:?}", parking.lot)),
            [] => wrong.push(format!("{} {record} 平台没有", parking.lot)),
            several => wrong.push(format!("{} {record} 平台有 {} 条", parking.lot, several.len())),
        }
    }
    wrong.extend(left.into_keys().map(|(lot, record)| format!("{lot} {record} 从未发生")));
    wrong.sort();
    Records { what: "停车记录", checked, wrong }
}

fn is(session: &FoundSession, parking: &TrueParking) -> bool {
    session.entered_at == Some(parking.entered_at)
        && session.exited_at == parking.exited_at
        && session.plate.as_ref() == parking.plate_as_read()
}

/// Holds the platform's charges against every charge of the truth: each there once, tied to the parking that it was
/// part of. Where a camera misread the plate, nobody can tie them: the chargers read better than the gates.
pub fn judge_charges(truth: &Truth, found: &[FoundCharge]) -> Records {
    let mut left: HashMap<&str, Vec<&FoundCharge>> = HashMap::new();
    for charge in found {
        left.entry(&charge.order_no).or_default().push(charge);
    }
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (order_no, charge) in truth.charges() {
        checked += 1;
        let parking = charge.parking.as_ref().and_then(|own| Some((own, truth.parking(own)?)));
        let tied = parking
            .filter(|(_, parking)| parking.plate_as_read() == parking.plate.as_ref())
            .map(|(own, parking)| parking.record_on_platform(own));
        let charges = left.remove(order_no.as_str()).unwrap_or_default();
        match charges.as_slice() {
            [one] if one.lot != charge.lot => {
                wrong.push(format!("{order_no} 应在 {}，平台在 {}", charge.lot, one.lot))
            }
            [one] if one.record_id.as_deref() == tied.as_ref().map(|id| id.as_str()) => {}
            [one] => {
                let none = "无停车记录";
                let should = tied.as_ref().map_or(none, |id| id.as_str());
                let is = one.record_id.as_deref().unwrap_or(none);
                wrong.push(format!("{} {order_no} 应属 {should}，平台为 {is}", charge.lot));
            }
            [] => wrong.push(format!("{} {order_no} 平台没有", charge.lot)),
            several => wrong.push(format!("{} {order_no} 平台有 {} 条", charge.lot, several.len())),
        }
    }
    wrong.extend(left.into_keys().map(|order_no| format!("{order_no} 从未发生")));
    wrong.sort();
    Records { what: "充电记录", checked, wrong }
}

/// Holds how many charges the platform has of each lot against how many there should be.
pub fn judge_charge_numbers(expected: &BTreeMap<LotCode, u64>, found: &[FoundCharge]) -> Records {
    let mut numbers: BTreeMap<&LotCode, u64> = BTreeMap::new();
    for charge in found {
        *numbers.entry(&charge.lot).or_default() += 1;
    }
    let number = |lot: &LotCode| numbers.get(lot).copied().unwrap_or(0);
    let differing = expected.iter().filter(|(lot, should)| number(lot) != **should);
    let words =
        |(lot, should): (&LotCode, &u64)| format!("{lot} 应有 {should} 条，平台有 {} 条", number(lot));
    let wrong = differing.map(words).collect();
    let checked = expected.values().map(|number| usize::try_from(*number).unwrap_or(usize::MAX)).sum();
    Records { what: "充电记录", checked, wrong }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{CityPlan, PlanOptions};
    use crate::run::{HoursOptions, hours};
    use crate::truth::SharedTruth;
    use jiff::Timestamp;

    /// What happened in an hour of a city, and what a platform that got everything right has of it.
    fn right() -> (SharedTruth, Vec<FoundSession>, Vec<FoundCharge>) {
        let plan = CityPlan::new(&PlanOptions { lots: 20, ..PlanOptions::default() }).unwrap();
        let now: Timestamp = "2026-04-01T12:00:00+08:00".parse().unwrap();
        let prepared = hours(&plan, &HoursOptions { hours: 2.0, ..HoursOptions::default() }, now);
        let shared = prepared.truth.clone();
        assert!(prepared.traffic.count() > 0);
        let truth = shared.look();
        let session = |(own, parking): (&_, &TrueParking)| FoundSession {
            lot: parking.lot.clone(),
            record_id: parking.record_on_platform(own).to_string(),
            plate: parking.plate.clone(),
            entered_at: Some(parking.entered_at),
            exited_at: parking.exited_at,
        };
        let sessions = truth.parkings().map(session).collect();
        let charges = truth
            .charges()
            .map(|(order_no, charge)| {
                let own = charge.parking.as_ref().unwrap();
                let record = truth.parking(own).unwrap().record_on_platform(own);
                let (lot, order_no) = (charge.lot.clone(), order_no.clone());
                FoundCharge { lot, order_no, record_id: Some(record.to_string()) }
            })
            .collect();
        drop(truth);
        (shared, sessions, charges)
    }

    #[test]
    fn a_record_that_is_missing_doubled_changed_or_invented_is_named() {
        let (truth, mut sessions, _) = right();
        let truth = truth.look();
        let verdict = judge_sessions(&truth, &sessions);
        assert!(verdict.is_right() && verdict.checked == sessions.len(), "{verdict}");
        let by_plate = sessions.iter().filter(|session| session.record_id.contains("-in-")).count();
        assert!(by_plate > 0 && by_plate < sessions.len(), "{by_plate} of {}", sessions.len());

        sessions.swap_remove(0);
        sessions.push(sessions[0].clone());
        sessions[1].exited_at = Some(Timestamp::UNIX_EPOCH);
        sessions.push(FoundSession { record_id: "nobody".to_owned(), ..sessions[2].clone() });
        let verdict = judge_sessions(&truth, &sessions);
        assert_eq!(verdict.wrong.len(), 4, "{verdict}");
        assert!(verdict.to_string().contains("nobody 从未发生"), "{verdict}");
    }

    #[test]
    fn a_charge_is_there_once_and_belongs_to_its_parking() {
        let (truth, _, mut charges) = right();
        let truth = truth.look();
        let verdict = judge_charges(&truth, &charges);
        assert!(verdict.is_right() && verdict.checked > 5, "{verdict}");
        let mut numbers = BTreeMap::new();
        for charge in &charges {
            *numbers.entry(charge.lot.clone()).or_default() += 1;
        }
        assert!(judge_charge_numbers(&numbers, &charges).is_right());
        assert!(!judge_charge_numbers(&numbers, &charges[1..]).is_right());

        charges[0].record_id = None;
        charges.push(charges[1].clone());
        charges.swap_remove(2);
        let verdict = judge_charges(&truth, &charges);
        assert_eq!(verdict.wrong.len(), 3, "{verdict}");
    }
}
