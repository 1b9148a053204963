//! Findings that were kept as sentences, in words that no release says any more: each is still known, and goes and is
//! replaced as any other.

use super::speech::*;
use super::whole;
use bowei_model::{FindingKind, Passage, Plate, Report, Statement};
use bowei_store::{FindingQuery, FindingStates, FindingTime, Store, finding_id};
use std::collections::BTreeSet;

/// The words of a release before, as an expression of both engines.
pub(crate) const FORMER_SENTENCE: &str = "CASE kind WHEN 'photo-without-record' THEN '有入场照片而无记录'
    WHEN 'amended-report' THEN '入场记录改过' WHEN 'duplicate-record' THEN '入场重复' ELSE '当时的另一种说法' END";

/// What is found, by whose and of which kind; with the ids.
async fn found(store: &dyn Store, states: FindingStates) -> (Vec<(String, FindingKind)>, BTreeSet<String>) {
    let all =
        whole(|cursor| store.findings(FindingQuery { states, limit: 3, cursor, ..FindingQuery::default() }))
            .await;
    let ids: BTreeSet<_> = all.iter().map(finding_id).collect();
    assert_eq!(ids.len(), all.len(), "a finding twice: {all:?}");
    // A store that was brought along lists them by reception too, those of which nobody noted it by their own time.
    let by = FindingTime::Received;
    let received = whole(|cursor| {
        store.findings(FindingQuery { states, by, limit: 3, cursor, ..FindingQuery::default() })
    })
    .await;
    assert!(received.is_sorted_by(|one, next| one.opened_at >= next.opened_at), "{received:?}");
    assert_eq!(received.iter().map(finding_id).collect::<BTreeSet<_>>(), ids);
    assert_eq!(received.len(), all.len());
    let mut found: Vec<_> =
        all.into_iter().map(|found| (found.record_id.unwrap_or_default(), found.kind)).collect();
    found.sort();
    (found, ids)
}

fn doubtful(report: Report, minute: i64) -> Statement {
    Statement { doubts: vec![doubt(FindingKind::MissingField, "当时的说法")], ..said(report, minute) }
}

/// Something of every sort is found; the ids.
pub(crate) async fn before_the_release(store: &dyn Store) -> BTreeSet<String> {
    let other_gate = Passage { gate: Some("西门入口".to_owned()), ..entry("L1", "R4", 0) };
    keep(store, [told(&exit("L1", "R1", 60)), said(Report::Photo(photo("L1", "R2", 1)), 0)]).await;
    keep(store, [doubtful(Report::Passage(entry("L1", "R3", 1)), 1), told(&entry("L1", "R4", 0))]).await;
    keep(store, [said(Report::Passage(other_gate), 3), doubtful(Report::SpaceCount(count("L1", 5, 900)), 5)])
        .await;
    keep(store, [told(&entry("L2", "R5", 9)), told(&entry("L2", "R6", 9))]).await;
    let charges = [charge("L1", "O1", 0, 60), charge("L1", "O2", 30, 90)];
    keep(store, charges.map(|charge| said(Report::ChargingRecord(charge), 95))).await;
    let (open, ids) = found(store, FindingStates::All).await;
    assert_eq!(open.len(), 9, "{open:?}");
    ids
}

/// The same after it, and all of it mended but what cannot be.
pub(crate) async fn after_the_release(store: &dyn Store, ids: &BTreeSet<String>) {
    use FindingKind as K;
    let (open, same) = found(store, FindingStates::Open).await;
    assert_eq!((open.len(), &same), (9, ids), "known by the same ids");
    let mended = Passage { plate: Plate::read("浙E54321"), ..entry("L2", "R5", 9) };
    keep(
        store,
        [
            said(Report::Passage(entry("L1", "R1", 10)), 100),
            said(Report::Passage(entry("L1", "R2", 20)), 101),
        ],
    )
    .await;
    let right = Passage { gate: Some("西门入口".to_owned()), ..entry("L1", "R3", 1) };
    keep(store, [said(Report::Passage(right), 102), said(Report::Passage(mended), 103)]).await;
    keep(store, [said(Report::ChargingRecord(charge("L1", "O3", 50, 80)), 104)]).await;
    let of =
        |found: &[(&str, K)]| found.iter().map(|(id, kind)| ((*id).to_owned(), *kind)).collect::<Vec<_>>();
    let open = [
        ("", K::MissingField),
        ("O1", K::ChargingOverlap),
        ("O2", K::ChargingOverlap),
        ("O3", K::ChargingOverlap),
        ("R3", K::AmendedReport),
        ("R4", K::AmendedReport),
        ("R5", K::AmendedReport),
    ];
    assert_eq!(found(store, FindingStates::Open).await.0, of(&open));
    let resolved = [
        ("R1", K::UnmatchedExit),
        ("R2", K::PhotoWithoutRecord),
        ("R3", K::MissingField),
        ("R5", K::DuplicateRecord),
        ("R6", K::DuplicateRecord),
    ];
    assert_eq!(found(store, FindingStates::Resolved).await.0, of(&resolved));
    super::supervision::tallies_are_of_findings(store).await;
}
