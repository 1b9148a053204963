//! Lists, their filters, orders and pages.

use super::speech::*;
use super::whole;
use bowei_model::{Direction, FindingKind, LotCode, ParkingSession, Passage, Plate, Report};
use bowei_store::{
    ChargingQuery, FindingQuery, FindingStates, FindingTime, ReportQuery, SessionQuery, Store, StoreError,
};
use std::sync::Arc;

type Kept = Arc<dyn Store>;

fn ids(sessions: &[ParkingSession]) -> Vec<&str> {
    sessions.iter().map(|session| session.record_id.as_str()).collect()
}

async fn listed(store: &dyn Store, query: SessionQuery) -> Vec<ParkingSession> {
    store.sessions(SessionQuery { limit: 100, ..query }).await.unwrap().items
}

pub(crate) async fn sessions_come_newest_first_in_pages(store: Kept) {
    // Three of one minute, to be told apart by nothing but their place.
    let minutes = [3, 1, 2, 2, 2, 7, 5];
    for (i, minute) in minutes.into_iter().enumerate() {
        keep(&*store, [told(&entry("L1", &format!("R{i}"), minute))]).await;
    }
    keep(&*store, [told(&entry("L2", "other", 4))]).await;
    for limit in 1..=8 {
        let all = whole(|cursor| {
            let lot = Some(LotCode::from("L1"));
            store.sessions(SessionQuery { lot, limit, cursor, ..SessionQuery::default() })
        });
        let all = all.await;
        let begun: Vec<_> = all.iter().map(|session| session.entered_at().unwrap()).collect();
        assert_eq!(begun, [7, 5, 3, 2, 2, 2, 1].map(at), "pages of {limit}");
        assert_eq!(all.iter().map(|s| &s.record_id).collect::<std::collections::BTreeSet<_>>().len(), 7);
    }
}

pub(crate) async fn sessions_are_found_by_plate_state_and_time(store: Kept) {
    let other = Plate::read("浙E99999");
    let mut strange = entry("L1", "R2", 10);
    strange.plate.clone_from(&other);
    let mut elsewhere = entry("L2", "R4", 20);
    elsewhere.plate = other;
    keep(&*store, [told(&entry("L1", "R1", 0)), told(&exit("L1", "R1", 5)), told(&strange)]).await;
    // Known by its exit alone: listed where it went out.
    keep(&*store, [told(&exit("L1", "R3", 15)), told(&elsewhere)]).await;
    let l1 = || SessionQuery { lot: Some("L1".into()), ..SessionQuery::default() };
    assert_eq!(ids(&listed(&*store, l1()).await), ["R3", "R2", "R1"]);
    assert_eq!(ids(&listed(&*store, SessionQuery { open: true, ..l1() }).await), ["R2"]);
    assert_eq!(ids(&listed(&*store, SessionQuery { closed: true, ..l1() }).await), ["R3", "R1"]);
    let both = SessionQuery { open: true, closed: true, ..l1() };
    assert_eq!(ids(&listed(&*store, both).await), ["R3", "R2", "R1"]);
    let some = SessionQuery { from: Some(at(10)), to: Some(at(15)), ..l1() };
    assert_eq!(ids(&listed(&*store, some).await), ["R2"]);
    let plate = Some("浙E99999".to_owned());
    let everywhere = SessionQuery { plate: plate.clone(), ..SessionQuery::default() };
    assert_eq!(ids(&listed(&*store, everywhere).await), ["R4", "R2"]);
    assert_eq!(ids(&listed(&*store, SessionQuery { plate, ..l1() }).await), ["R2"]);
}

pub(crate) async fn sessions_of_all_lots_come_in_one_order(store: Kept) {
    for i in 0..12 {
        let lot = format!("L{}", i % 3);
        keep(&*store, [told(&entry(&lot, &format!("R{i}"), i * 7 % 12))]).await;
    }
    for limit in [1, 2, 5, 12, 50] {
        let all =
            whole(|cursor| store.sessions(SessionQuery { limit, cursor, ..SessionQuery::default() })).await;
        let begun: Vec<_> = all.iter().map(|session| session.entered_at().unwrap()).collect();
        assert_eq!(begun, (0..12).rev().map(at).collect::<Vec<_>>(), "pages of {limit}");
    }
}

pub(crate) async fn a_photo_alone_is_no_session_of_the_list(store: Kept) {
    keep(&*store, [said(Report::Photo(photo("L1", "R1", 1)), 0)]).await;
    let l1 = SessionQuery { lot: Some("L1".into()), ..SessionQuery::default() };
    for query in [l1.clone(), SessionQuery::default(), SessionQuery { closed: true, ..l1 }] {
        assert!(listed(&*store, query).await.is_empty());
    }
}

pub(crate) async fn findings_come_newest_first_in_pages(store: Kept) {
    for (lot, minute) in [("L1", 3), ("L2", 1), ("L1", 2), ("L1", 2), ("L3", 2)] {
        keep(&*store, [told(&exit(lot, &format!("R{lot}{minute}"), minute))]).await;
    }
    let mut odd = told(&entry("L1", "odd", 9));
    odd.doubts = vec![doubt(FindingKind::OddPlate, "a"), doubt(FindingKind::OddPlate, "b")];
    keep(&*store, [odd]).await;
    for limit in 1..=8 {
        let all =
            whole(|cursor| store.findings(FindingQuery { limit, cursor, ..FindingQuery::default() })).await;
        let times: Vec<_> = all.iter().map(|finding| finding.at).collect();
        assert_eq!(times, [9, 9, 3, 2, 2, 1].map(at), "pages of {limit}");
        let mut one_each = all.clone();
        one_each.sort();
        one_each.dedup();
        assert_eq!(one_each.len(), all.len());
    }
    let all = FindingQuery { limit: 100, ..FindingQuery::default() };
    let of = async |query: FindingQuery| store.findings(query).await.unwrap().items.len();
    assert_eq!(of(FindingQuery { kind: Some(FindingKind::OddPlate), ..all.clone() }).await, 2);
    assert_eq!(of(FindingQuery { lots: Some(vec!["L1".into()]), ..all.clone() }).await, 4);
    assert_eq!(of(FindingQuery { lots: Some(vec![]), ..all.clone() }).await, 0);
    assert_eq!(of(FindingQuery { from: Some(at(2)), to: Some(at(3)), ..all }).await, 2);
}

pub(crate) async fn findings_come_by_when_they_were_received(store: Kept) {
    store.prepare_days(at(0)).await.unwrap();
    let strayed = |lot: &str, record: &str, moment: &str, received: i64| {
        let passage = Passage { at: moment.parse().unwrap(), ..exit(lot, record, 0) };
        said(Report::Passage(passage), received)
    };
    let years_ahead = strayed("L1", "2099", "2099-04-01T08:15:00+08:00", 10);
    let years_late = strayed("L2", "late", "2019-04-01T08:15:00+08:00", 2_000);
    let on_time = |lot: &str, record: &str, minute| told(&exit(lot, record, minute));
    keep(&*store, [on_time("L2", "R0", 0), years_ahead, on_time("L1", "R20", 20)]).await;
    // Of a day before, a day after, and two that are received at once.
    keep(&*store, [on_time("L1", "yesterday", -1_440), on_time("L2", "R1500", 1_500)]).await;
    keep(&*store, [on_time("L3", "R30", 30), said(Report::Passage(exit("L1", "R29", 29)), 30)]).await;
    keep(&*store, [years_late]).await;
    let by_reception = ["late", "R1500", "R30", "R29", "R20", "2099", "R0", "yesterday"];
    let records = |found: &[bowei_model::Finding]| {
        found
            .iter()
            .map(|found| found.record_id.as_deref().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let received = FindingQuery {
        kind: Some(FindingKind::UnmatchedExit),
        by: FindingTime::Received,
        ..FindingQuery::default()
    };
    for limit in 1..=9 {
        let of = async |query: FindingQuery| {
            records(&whole(|cursor| store.findings(FindingQuery { limit, cursor, ..query.clone() })).await)
        };
        assert_eq!(of(received.clone()).await, by_reception, "pages of {limit}");
        let own = FindingQuery { by: FindingTime::At, ..received.clone() };
        assert_eq!(of(own).await.first().map(String::as_str), Some("2099"), "pages of {limit}");
        let lots = Some(vec!["L2".into(), "L3".into()]);
        assert_eq!(
            of(FindingQuery { lots, ..received.clone() }).await,
            ["late", "R1500", "R30", "R0"],
            "pages of {limit}"
        );
        let (from, to) = (Some(at(20)), Some(at(2_000)));
        let within = FindingQuery { from, to, states: FindingStates::All, ..received.clone() };
        assert_eq!(of(within).await, ["R1500", "R30", "R29", "R20"], "pages of {limit}");
    }
    // What counts today is what was received today, whatever its day.
    let count = async |by, from| {
        let query = FindingQuery { by, from: Some(at(from)), ..received.clone() };
        store.findings_count(query).await.unwrap()
    };
    assert_eq!((count(FindingTime::Received, 1_500).await, count(FindingTime::At, 1_500).await), (2, 2));
    assert_eq!((count(FindingTime::Received, 2_000).await, count(FindingTime::At, 2_000).await), (1, 1));
    assert_eq!((count(FindingTime::Received, 2_001).await, count(FindingTime::At, 2_001).await), (0, 1));
    // What is received while somebody turns the pages moves none of them; a place in the one order is none in the other.
    let first = store.findings(FindingQuery { limit: 3, ..received.clone() }).await.unwrap();
    keep(&*store, [strayed("L1", "meanwhile", "2098-04-01T08:15:00+08:00", 3_000)]).await;
    let rest = FindingQuery { limit: 99, cursor: first.next.clone(), ..received.clone() };
    assert_eq!(records(&store.findings(rest).await.unwrap().items), by_reception[3..]);
    let other = FindingQuery { by: FindingTime::At, limit: 99, cursor: first.next, ..received };
    assert!(matches!(store.findings(other).await, Err(StoreError::Conflict(_))));
}

pub(crate) async fn many_lots_can_be_asked_for_at_once(store: Kept) {
    keep(&*store, [told(&exit("L7", "R1", 0)), told(&exit("elsewhere", "R1", 1))]).await;
    keep(&*store, [said(Report::ChargingRecord(charge("L7", "O1", 0, 3)), 3)]).await;
    let lots: Vec<LotCode> = (0..2_000).map(|i| LotCode::from(format!("L{i}"))).collect();
    let lots = Some(lots);
    let findings = FindingQuery { lots: lots.clone(), limit: 9, ..FindingQuery::default() };
    assert_eq!(store.findings(findings).await.unwrap().items.len(), 1);
    let reports = ReportQuery { lots: lots.clone(), limit: 9, ..ReportQuery::default() };
    assert_eq!(store.reports(reports).await.unwrap().items.len(), 2);
    let charging = ChargingQuery { lots: lots.clone(), limit: 9, ..ChargingQuery::default() };
    assert_eq!(store.charging_records(charging).await.unwrap().items.len(), 1);
    let findings = FindingQuery { lots, from: Some(at(0)), ..FindingQuery::default() };
    assert_eq!(store.findings_count(findings).await.unwrap(), 1);
}

pub(crate) async fn a_charge_belongs_to_the_session_that_it_overlaps_most(store: Kept) {
    let stay = |record: &str, from, to: Option<i64>| {
        let mut both = vec![told(&entry("L1", record, from))];
        both.extend(to.map(|to| told(&exit("L1", record, to))));
        both
    };
    let told = [
        stay("short", 0, Some(20)),
        stay("long", 15, Some(100)),
        stay("inside still", 200, None),
        stay("backwards", 300, Some(250)),
    ];
    keep(&*store, told.concat()).await;
    let of = async |order: &str, from, to| {
        let record = charge("L1", order, from, to);
        keep(&*store, [said(Report::ChargingRecord(record), to)]).await;
        let query = ChargingQuery { order_no: Some(order.to_owned()), limit: 1, ..ChargingQuery::default() };
        store.charging_records(query).await.unwrap().items.remove(0).session
    };
    assert_eq!(of("O1", 10, 50).await.as_deref(), Some("long"));
    assert_eq!(of("O2", 0, 18).await.as_deref(), Some("short"));
    // Five minutes of each: the later entry has it.
    assert_eq!(of("O3", 15, 20).await.as_deref(), Some("long"));
    assert_eq!(of("O4", 210, 240).await.as_deref(), Some("inside still"));
    assert_eq!(of("O5", 120, 180).await, None);
    assert_eq!(of("O6", 100, 120).await, None, "touching is no overlap");
    assert_eq!(of("O7", 50, 50).await.as_deref(), Some("long"), "a charge of no length lies in its session");
}

pub(crate) async fn charging_records_come_in_pages(store: Kept) {
    for i in 0..7 {
        let record = charge("L1", &format!("O{i}"), 0, 10 + i % 3);
        keep(&*store, [said(Report::ChargingRecord(record), 20)]).await;
    }
    for limit in 1..=8 {
        let all = whole(|cursor| {
            store.charging_records(ChargingQuery { limit, cursor, ..ChargingQuery::default() })
        });
        let ended: Vec<_> = all.await.iter().map(|row| row.record.ended_at).collect();
        assert_eq!(ended, [12, 12, 11, 11, 10, 10, 10].map(at), "pages of {limit}");
        let some = whole(|cursor| {
            let (ended_from, ended_to) = (Some(at(10)), Some(at(12)));
            store.charging_records(ChargingQuery {
                ended_from,
                ended_to,
                limit,
                cursor,
                ..Default::default()
            })
        });
        let ended: Vec<_> = some.await.iter().map(|row| row.record.ended_at).collect();
        assert_eq!(ended, [11, 11, 10, 10, 10].map(at), "of a span, pages of {limit}");
    }
}

pub(crate) async fn a_cursor_that_nobody_handed_out_is_refused(store: Kept) {
    for i in 0..3 {
        keep(&*store, [told(&passage("L1", &format!("R{i}"), Direction::Exit, i))]).await;
    }
    let first = store.findings(FindingQuery { limit: 1, ..FindingQuery::default() }).await.unwrap();
    let of_another_list = first.next.unwrap();
    for garbage in ["", "x", "null", "AAAA", "💥", of_another_list.as_str(), &"A".repeat(100_000)] {
        let cursor = Some(garbage.to_owned());
        let answers = [
            store
                .sessions(SessionQuery { cursor: cursor.clone(), limit: 1, ..Default::default() })
                .await
                .err(),
            store.reports(ReportQuery { cursor: cursor.clone(), limit: 1, ..Default::default() }).await.err(),
            store.charging_records(ChargingQuery { cursor, limit: 1, ..Default::default() }).await.err(),
        ];
        for answer in answers {
            let Some(StoreError::Conflict(words)) = answer else { panic!("{garbage}: {answer:?}") };
            assert!(words.contains("cursor"), "{words}");
        }
    }
}
