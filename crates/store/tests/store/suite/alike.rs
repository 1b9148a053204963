//! What is found by holding records against one another.

use super::speech::*;
use bowei_model::{ChargingRecord, FindingKind, Passage, Plate, Report};
use bowei_store::{FindingQuery, Store};
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
