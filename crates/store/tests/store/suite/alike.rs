//! What is found by holding records against one another.

use super::speech::*;
use bowei_model::{ChargingRecord, FindingKind, Passage, Plate, Report, Statement};
use bowei_store::{FindingQuery, FindingStates, Store};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

type Kept = Arc<dyn Store>;

/// The findings of a kind: whose, and when.
async fn found(store: &dyn Store, kind: FindingKind) -> Vec<(String, Timestamp)> {
    let query = FindingQuery { kind: Some(kind), limit: 100, ..FindingQuery::default() };
    let listed = store.findings(query).await.unwrap().items.into_iter();
    let mut found: Vec<_> = listed.map(|finding| (finding.record_id.unwrap(), finding.at)).collect();
    found.sort();
    found
}

fn of(records: &[&str], minute: i64) -> Vec<(String, Timestamp)> {
    records.iter().map(|record| ((*record).to_owned(), at(minute))).collect()
}

/// The findings of a kind, resolved ones among them: whose, when opened, and when resolved, in minutes.
async fn past(store: &dyn Store, kind: FindingKind) -> Vec<(String, i64, Option<i64>)> {
    let states = FindingStates::All;
    let query = FindingQuery { kind: Some(kind), states, limit: 100, ..FindingQuery::default() };
    let minute = |moment: Timestamp| moment.duration_since(at(0)).as_mins();
    let listed = store.findings(query).await.unwrap().items.into_iter();
    let mut past: Vec<_> = listed
        .map(|found| (found.record_id.unwrap(), minute(found.opened_at), found.resolved_at.map(minute)))
        .collect();
    past.sort();
    past
}

fn since(all: &[(&str, i64, Option<i64>)]) -> Vec<(String, i64, Option<i64>)> {
    all.iter().map(|(record, opened, resolved)| ((*record).to_owned(), *opened, *resolved)).collect()
}

/// An entry of the third minute, received later.
fn entered(record: &str, plate: &str, gate: &str, received: i64) -> Statement {
    let passage = Passage { plate: Plate::read(plate), ..entry("L1", record, 3) };
    said(Report::Passage(Passage { gate: Some(gate.to_owned()), ..passage }), received)
}

pub(crate) async fn a_duplicate_that_is_corrected_is_resolved_and_may_open_again(store: Kept) {
    let kind = FindingKind::DuplicateRecord;
    let (car, other) = ("浙E12345", "浙E54321");
    keep(&*store, [entered("R1", car, "东门", 5), entered("R2", car, "东门", 7)]).await;
    assert_eq!(past(&*store, kind).await, since(&[("R1", 7, None), ("R2", 7, None)]));
    keep(&*store, [entered("R1", other, "东门", 20)]).await;
    assert_eq!(past(&*store, kind).await, since(&[("R1", 7, Some(20)), ("R2", 7, Some(20))]));
    assert!(found(&*store, kind).await.is_empty());
    // It was that car all the same.
    keep(&*store, [entered("R1", car, "西门", 30)]).await;
    assert_eq!(past(&*store, kind).await, since(&[("R1", 30, None), ("R2", 30, None)]));
    // What comes late tells of what was: a record that was the one car's, and then the other's while the first was too.
    keep(&*store, [entered("R3", other, "东门", 24), entered("R3", car, "东门", 22)]).await;
    let meanwhile = [
        ("R1", 24, Some(30)),
        ("R1", 30, None),
        ("R2", 30, None),
        ("R3", 22, Some(24)),
        ("R3", 24, Some(30)),
    ];
    assert_eq!(past(&*store, kind).await, since(&meanwhile));
    // Both are the other car's: these are duplicates of their own, and those of the one car have been.
    keep(&*store, [entered("R1", other, "北门", 40), entered("R2", other, "北门", 41)]).await;
    let all = [
        ("R1", 30, Some(40)),
        ("R1", 40, None),
        ("R2", 30, Some(40)),
        ("R2", 41, None),
        ("R3", 22, Some(24)),
        ("R3", 40, None),
    ];
    assert_eq!(past(&*store, kind).await, since(&all));
}

pub(crate) async fn every_time_at_which_a_record_had_a_passage_is_kept(store: Kept) {
    let (car, other, third) = ("浙E12345", "浙E54321", "浙E00003");
    keep(&*store, [entered("R1", car, "东门", 50), entered("R1", other, "东门", 60)]).await;
    keep(&*store, [entered("R1", car, "西门", 70)]).await;
    // One that came and went while the first had it for the first time, and one while it had it not.
    keep(&*store, [entered("R2", car, "东门", 52), entered("R2", third, "东门", 54)]).await;
    keep(&*store, [entered("R3", car, "东门", 62), entered("R3", "浙E00004", "东门", 64)]).await;
    let all = since(&[("R1", 52, Some(54)), ("R2", 52, Some(54))]);
    assert_eq!(past(&*store, FindingKind::DuplicateRecord).await, all);
}

pub(crate) async fn an_overlap_is_opened_when_both_charges_have_been_received(store: Kept) {
    let kind = FindingKind::ChargingOverlap;
    let received =
        |order, from, to, minute| said(Report::ChargingRecord(charge("L1", order, from, to)), minute);
    keep(&*store, [received("O1", 0, 100, 210), received("O2", 90, 200, 230)]).await;
    assert_eq!(past(&*store, kind).await, since(&[("O1", 230, None), ("O2", 230, None)]));
    // One received later, and one that was received earlier and comes late: it does not know of O2.
    keep(&*store, [received("O3", 80, 95, 240), received("O4", 10, 20, 220)]).await;
    let all = [("O1", 220, None), ("O2", 230, None), ("O3", 240, None), ("O4", 220, None)];
    assert_eq!(past(&*store, kind).await, since(&all));
}

/// Two records of a passage, and two charges over one another, as the release before moments of reception kept them.
pub(crate) async fn before_moments_were_kept(store: &dyn Store) {
    keep(store, [entered("R1", "浙E12345", "东门", 10), entered("R2", "浙E12345", "东门", 12)]).await;
    let charges = [charge("L1", "O1", 0, 60), charge("L1", "O2", 30, 90)];
    keep(store, charges.map(|charge| said(Report::ChargingRecord(charge), 95))).await;
}

/// As it dated what it found.
pub(crate) const FORMER_MOMENTS: &str = "UPDATE findings SET opened_at = at";

/// What was found before stays, and goes on from there.
pub(crate) async fn after_moments_are_kept(store: &dyn Store) {
    let (duplicate, overlap) = (FindingKind::DuplicateRecord, FindingKind::ChargingOverlap);
    assert_eq!(past(store, duplicate).await, since(&[("R1", 3, None), ("R2", 3, None)]));
    assert_eq!(past(store, overlap).await, since(&[("O1", 60, None), ("O2", 90, None)]));
    keep(store, [entered("R3", "浙E12345", "东门", 100)]).await;
    keep(store, [said(Report::ChargingRecord(charge("L1", "O3", 50, 80)), 105)]).await;
    assert_eq!(past(store, overlap).await, since(&[("O1", 60, None), ("O2", 90, None), ("O3", 105, None)]));
    assert_eq!(past(store, duplicate).await, since(&[("R1", 3, None), ("R2", 3, None), ("R3", 100, None)]));
    // Of a record that is said again it is known when it was received.
    keep(store, [entered("R1", "浙E54321", "东门", 110), entered("R3", "浙E54321", "东门", 120)]).await;
    let all = [
        ("R1", 10, Some(110)),
        ("R1", 120, None),
        ("R2", 10, Some(120)),
        ("R3", 100, Some(120)),
        ("R3", 120, None),
    ];
    assert_eq!(past(store, duplicate).await, since(&all));
}

pub(crate) async fn a_car_that_passes_twice_in_a_second_is_found_on_each_record(store: Kept) {
    let kind = FindingKind::DuplicateRecord;
    let within = Passage { at: at(3) + SignedDuration::from_millis(900), ..entry("L1", "R2", 3) };
    keep(&*store, [told(&entry("L1", "R1", 3))]).await;
    // Another way, lot, plate or second, and cars without a plate.
    let other_plate = Passage { plate: Plate::read("浙E54321"), ..entry("L1", "R4", 3) };
    let no_plate = |record| Passage { plate: None, ..entry("L1", record, 3) };
    let next_second = Passage { at: second(3 * 60 + 1), ..entry("L1", "R5", 3) };
    for passage in
        [exit("L1", "R3", 3), entry("L2", "R2", 3), other_plate, no_plate("R6"), no_plate("R7"), next_second]
    {
        keep(&*store, [told(&passage)]).await;
    }
    assert!(found(&*store, kind).await.is_empty());
    keep(&*store, [told(&within)]).await;
    assert_eq!(found(&*store, kind).await, of(&["R1", "R2"], 3));
    // A third, and a repetition.
    keep(&*store, [told(&entry("L1", "R8", 3)), told(&within)]).await;
    assert_eq!(found(&*store, kind).await, of(&["R1", "R2", "R8"], 3));
    // Two of the three turn out to be other cars: one alone is no duplicate.
    let amended = |record: &str, plate| {
        let sent_at = at(10);
        bowei_model::Statement {
            sent_at,
            received_at: sent_at,
            ..told(&Passage { plate: Plate::read(plate), ..entry("L1", record, 3) })
        }
    };
    keep(&*store, [amended("R8", "浙E00008")]).await;
    assert_eq!(found(&*store, kind).await, of(&["R1", "R2"], 3));
    keep(&*store, [amended("R1", "浙E00008")]).await;
    assert_eq!(found(&*store, kind).await, of(&["R1", "R8"], 3));
    // The exits are passages of their own, and both of one batch are seen.
    store
        .commit(delivery([
            told(&exit("L1", "R2", 9)),
            told(&exit("L1", "R9", 9)),
            told(&exit("L1", "R1", 8)),
        ]))
        .await
        .unwrap();
    let mut all = of(&["R1", "R8"], 3);
    all.extend(of(&["R2", "R9"], 9));
    all.sort();
    assert_eq!(found(&*store, kind).await, all);
}

pub(crate) async fn many_records_of_one_passage_are_all_found(store: Kept) {
    let records: Vec<_> = (0..90).map(|number| format!("R{number:02}")).collect();
    for record in &records {
        keep(&*store, [told(&entry("L1", record, 3))]).await;
    }
    let names: Vec<_> = records.iter().map(String::as_str).collect();
    assert_eq!(found(&*store, FindingKind::DuplicateRecord).await, of(&names, 3));
}

pub(crate) async fn charges_at_one_device_at_once_are_found_on_each(store: Kept) {
    let kind = FindingKind::ChargingOverlap;
    let record = |order, from, to| charge("L1", order, from, to);
    let keep = async |records: Vec<ChargingRecord>| {
        let said = records.into_iter().map(|record| said(Report::ChargingRecord(record), 500));
        store.commit(delivery(said)).await.unwrap();
    };
    // One after the other; elsewhere; one that ends before it begins; one that lasts for weeks.
    keep(vec![record("O1", 10, 180), record("O2", 180, 200)]).await;
    let elsewhere = ChargingRecord { device: "D2".to_owned(), ..record("O3", 10, 180) };
    let other_station = ChargingRecord { station: "S2".to_owned(), ..record("O4", 10, 180) };
    let other_lot = charge("L2", "O5", 10, 180);
    keep(vec![elsewhere, other_station, other_lot, record("O6", 150, 20)]).await;
    keep(vec![record("O7", -30 * 24 * 60, 300)]).await;
    assert!(found(&*store, kind).await.is_empty());
    let overlapping = |orders: &[(&str, i64)]| {
        let mut all: Vec<_> = orders.iter().flat_map(|(order, ended)| of(&[order], *ended)).collect();
        all.sort();
        all
    };
    // The same charge told again under another number.
    keep(vec![record("O8", 10, 170)]).await;
    assert_eq!(found(&*store, kind).await, overlapping(&[("O1", 180), ("O8", 170)]));
    // A third finds both of its neighbours, and the order that is known changes nothing.
    keep(vec![record("O9", 179, 199), record("O3", 0, 400)]).await;
    let orders = [("O1", 180), ("O2", 200), ("O8", 170), ("O9", 199)];
    assert_eq!(found(&*store, kind).await, overlapping(&orders));
}
