//! What keeping deliveries does.

use super::speech::*;
use bowei_model::words::chinese;
use bowei_model::{Effect, FindingKind, LotCode, Plate, Report, Statement};
use bowei_store::{FindingQuery, FindingStates, InspectedOutcome, ReportQuery, Store, Tally};
use std::sync::Arc;

type Kept = Arc<dyn Store>;

async fn ledger(store: &dyn Store) -> usize {
    store.reports(ReportQuery { limit: 100, ..ReportQuery::default() }).await.unwrap().items.len()
}

async fn found(store: &dyn Store) -> Vec<FindingKind> {
    let all = FindingQuery { limit: 100, ..FindingQuery::default() };
    store.findings(all).await.unwrap().items.into_iter().map(|finding| finding.kind).collect()
}

async fn inside(store: &dyn Store) -> i64 {
    store.lot_states().await.unwrap().first().unwrap().state.inside
}

pub(crate) async fn an_entry_and_its_exit_make_a_session(store: Kept) {
    let committed = keep(&*store, [told(&entry("L1", "R1", 0))]).await;
    assert_eq!(committed.effects, [Effect::New]);
    assert_eq!(committed.lots[0].state.inside, 1);
    assert_eq!(inside(&*store).await, 1);
    let committed = keep(&*store, [told(&exit("L1", "R1", 60))]).await;
    assert_eq!(committed.effects, [Effect::New]);
    assert_eq!(committed.lots[0].state.inside, 0);
    let session = store.session(&LotCode::from("L1"), "R1").await.unwrap().unwrap();
    assert_eq!(session.minutes(), Some(60));
    assert_eq!(ledger(&*store).await, 2);
    assert_eq!(store.session(&LotCode::from("L1"), "R2").await.unwrap(), None);
}

pub(crate) async fn a_repeated_report_has_no_second_effect(store: Kept) {
    let mut came = entry("L1", "R1", 0);
    came.vacant = Some(12);
    let statement = told(&came);
    keep(&*store, [statement.clone()]).await;
    let before = store.lot_states().await.unwrap();
    let committed = keep(&*store, [statement]).await;
    assert_eq!(committed.effects, [Effect::Duplicate]);
    assert_eq!(committed.lots, before);
    assert_eq!(store.lot_states().await.unwrap(), before);
    assert_eq!(ledger(&*store).await, 1);
}

pub(crate) async fn a_resealed_report_is_the_same_and_said_when_it_was_first_said(store: Kept) {
    let came = Report::Passage(entry("L1", "R1", 0));
    keep(&*store, [said(came.clone(), 5)]).await;
    let committed = keep(&*store, [said(came.clone(), 2)]).await;
    assert_eq!(committed.effects, [Effect::Duplicate]);
    keep(&*store, [said(came, 9)]).await;
    let session = store.session(&LotCode::from("L1"), "R1").await.unwrap().unwrap();
    assert_eq!(session.entry().unwrap().sent_at, at(2));
    assert_eq!(ledger(&*store).await, 1);
}

pub(crate) async fn an_amended_entry_is_in_the_ledger_twice_and_found(store: Kept) {
    let first = entry("L1", "R1", 0);
    let mut second = first.clone();
    second.plate = Plate::read("浙E99999");
    keep(&*store, [told(&first)]).await;
    let committed = keep(&*store, [said(Report::Passage(second), 3)]).await;
    assert_eq!(committed.effects, [Effect::Amended]);
    assert_eq!(inside(&*store).await, 1);
    assert_eq!(found(&*store).await, [FindingKind::AmendedReport]);
    let reports = store.reports(ReportQuery { limit: 10, ..ReportQuery::default() }).await.unwrap();
    let amended: Vec<bool> = reports
        .items
        .iter()
        .map(|report| matches!(report.outcome, InspectedOutcome::Accepted { amended: true, .. }))
        .collect();
    assert_eq!(amended, [true, false]);
}

pub(crate) async fn a_photo_may_come_before_its_record(store: Kept) {
    let committed = keep(&*store, [said(Report::Photo(photo("L1", "R1", 1)), 0)]).await;
    assert_eq!(committed.effects, [Effect::New]);
    assert_eq!(committed.lots[0].state.inside, 0);
    let lot = LotCode::from("L1");
    assert!(!store.session(&lot, "R1").await.unwrap().unwrap().is_parking());
    keep(&*store, [told(&entry("L1", "R1", 1))]).await;
    let session = store.session(&lot, "R1").await.unwrap().unwrap();
    assert_eq!((session.is_open(), session.photos.len()), (true, 1));
}

pub(crate) async fn a_photo_is_found_under_the_day_of_its_reception(store: Kept) {
    let digest = format!("{:064x}", 1);
    let of = async |day| {
        let rows = store.photo(day, &digest).await.unwrap();
        rows.into_iter().map(|row| row.record_id).collect::<Vec<_>>()
    };
    let picture = Report::Photo(photo("L1", "R1", 1));
    keep(&*store, [said(picture.clone(), 0), said(Report::Photo(photo("L1", "R2", 1)), 0)]).await;
    assert_eq!(of(20_260_401).await, ["R1", "R2"]);
    // Said again the next day: the picture stays where it is.
    keep(&*store, [said(picture.clone(), 24 * 60)]).await;
    assert_eq!(of(20_260_402).await, [""; 0]);
    // Said before, but held up on its way: the session now shows this one.
    let mut held_up = said(picture, -1);
    held_up.received_at = at(48 * 60);
    keep(&*store, [held_up]).await;
    assert_eq!(of(20_260_403).await, ["R1"]);
}

pub(crate) async fn statements_of_one_delivery_build_on_each_other(store: Kept) {
    let (came, went) = (entry("L1", "R1", 0), exit("L1", "R1", 30));
    let other = entry("L2", "R1", 5);
    let committed = store.commit(delivery([&came, &came, &went, &other].map(told))).await.unwrap();
    assert_eq!(committed.effects, [Effect::New, Effect::Duplicate, Effect::New, Effect::New]);
    let inside: Vec<i64> = committed.lots.iter().map(|row| row.state.inside).collect();
    assert_eq!(inside, [0, 1]);
    assert_eq!(ledger(&*store).await, 3);
}

pub(crate) async fn a_heartbeat_of_an_account_is_no_record(store: Kept) {
    let committed = keep(&*store, [said(heartbeat(None), 5), said(heartbeat(None), 3)]).await;
    assert!(committed.lots.is_empty());
    assert_eq!(ledger(&*store).await, 0);
    let heard = store.accounts_last_seen().await.unwrap();
    assert_eq!(heard.len(), 1);
    assert_eq!((heard[0].provider.as_str(), heard[0].standard.as_str(), heard[0].at), ("p", "huzhou", at(5)));
}

pub(crate) async fn a_heartbeat_that_names_a_lot_speaks_for_that_lot(store: Kept) {
    let committed = keep(&*store, [said(heartbeat(Some("L1")), 5)]).await;
    assert_eq!(committed.lots[0].state.last_heard_at, Some(at(5)));
    assert!(store.accounts_last_seen().await.unwrap().is_empty());
    assert_eq!(ledger(&*store).await, 0);
}

pub(crate) async fn the_first_charging_record_of_an_order_counts(store: Kept) {
    let first = charge("L1", "O1", 0, 30);
    let mut other = first.clone();
    other.device = "D2".to_owned();
    keep(&*store, [said(Report::ChargingRecord(first.clone()), 30)]).await;
    let committed = keep(&*store, [said(Report::ChargingRecord(other.clone()), 31)]).await;
    assert_eq!(committed.effects, [Effect::Duplicate]);
    // Whatever else differs, the lot too.
    other.lot = LotCode::from("L2");
    let elsewhere = said(Report::ChargingRecord(other), 31);
    assert_eq!(keep(&*store, [elsewhere.clone()]).await.effects, [Effect::Duplicate]);
    for (operator, order, known) in [
        (elsewhere.provider.clone(), "O1", true),
        (elsewhere.provider.clone(), "O2", false),
        ("another".into(), "O1", false),
    ] {
        assert_eq!(store.is_charged(&operator, order).await.unwrap(), known, "{operator} {order}");
    }
    // Another operator's order of the same number is another order.
    let of_another = Statement { provider: "another".into(), ..elsewhere };
    assert_eq!(keep(&*store, [of_another]).await.effects, [Effect::New]);
    let query =
        bowei_store::ChargingQuery { order_no: Some("O1".to_owned()), limit: 9, ..Default::default() };
    let rows = store.charging_records(query).await.unwrap().items;
    let devices: Vec<&str> = rows.iter().map(|row| row.record.device.as_str()).collect();
    assert_eq!(devices, ["D2", "D1"]);
}

pub(crate) async fn a_space_count_is_known_by_its_numbers_and_its_moment(store: Kept) {
    let numbers = Report::SpaceCount(count("L1", 0, 40));
    assert_eq!(keep(&*store, [said(numbers.clone(), 0)]).await.effects, [Effect::New]);
    assert_eq!(keep(&*store, [said(numbers, 7)]).await.effects, [Effect::Duplicate]);
    let fewer = Report::SpaceCount(count("L1", 0, 39));
    let later = Report::SpaceCount(count("L1", 1, 40));
    assert_eq!(keep(&*store, [said(fewer, 0)]).await.effects, [Effect::New]);
    assert_eq!(keep(&*store, [said(later, 1)]).await.effects, [Effect::New]);
    // A passage that says the same is a report of its own.
    let mut came = entry("L1", "R1", 2);
    came.vacant = Some(38);
    keep(&*store, [told(&came)]).await;
    let same = Report::SpaceCount(count("L1", 2, 38));
    assert_eq!(keep(&*store, [said(same, 2)]).await.effects, [Effect::New]);
    assert_eq!(ledger(&*store).await, 5);
}

pub(crate) async fn doubts_about_a_count_are_those_of_its_first_saying(store: Kept) {
    let numbers = Report::SpaceCount(count("L1", 0, 400));
    let with = |minute, detail| {
        let mut statement = said(numbers.clone(), minute);
        statement.doubts = vec![doubt(FindingKind::RemainingExceedsTotal, detail)];
        statement
    };
    let details = async || {
        let all = FindingQuery { limit: 10, ..FindingQuery::default() };
        let items = store.findings(all).await.unwrap().items;
        items
            .into_iter()
            .map(|finding| (finding.record_id, chinese(finding.kind, &finding.facts)))
            .collect::<Vec<_>>()
    };
    keep(&*store, [with(5, "five")]).await;
    assert_eq!(details().await, [(None, "five".to_owned())]);
    keep(&*store, [with(7, "seven"), with(3, "three")]).await;
    assert_eq!(details().await, [(None, "three".to_owned())]);
}

pub(crate) async fn a_lots_revision_grows_only_with_its_state(store: Kept) {
    let statement = told(&entry("L1", "R1", 5));
    let first = keep(&*store, [statement.clone()]).await.lots[0].revision;
    assert_eq!(keep(&*store, [statement]).await.lots[0].revision, first);
    // Heard earlier than it was heard already: nothing changes.
    assert_eq!(keep(&*store, [said(heartbeat(Some("L1")), 3)]).await.lots[0].revision, first);
    assert!(keep(&*store, [said(heartbeat(Some("L1")), 6)]).await.lots[0].revision > first);
}

pub(crate) async fn findings_come_and_go_with_what_they_doubt(store: Kept) {
    keep(&*store, [told(&exit("L1", "R1", 60))]).await;
    assert_eq!(found(&*store).await, [FindingKind::UnmatchedExit]);
    let count = async |from, to, lots: Option<&[&str]>| {
        let lots = lots.map(|lots| lots.iter().map(|lot| LotCode::from(*lot)).collect());
        let query = FindingQuery { lots, from: Some(at(from)), to: Some(at(to)), ..FindingQuery::default() };
        store.findings_count(query).await.unwrap()
    };
    assert_eq!(count(60, 99, None).await, 1);
    assert_eq!(count(61, 99, None).await, 0);
    assert_eq!(count(0, 60, None).await, 0);
    assert_eq!(count(0, 99, Some(&["L2"])).await, 0);
    assert_eq!(count(0, 99, Some(&["L1", "L2"])).await, 1);
    let mut came = told(&entry("L1", "R1", 0));
    came.doubts = vec![doubt(FindingKind::OddPlate, "odd")];
    keep(&*store, [came]).await;
    assert_eq!(found(&*store).await, [FindingKind::OddPlate]);
}

pub(crate) async fn a_photo_without_its_record_is_found_once_it_is_due(store: Kept) {
    let due = async |minute: Option<i64>| {
        let query = FindingQuery { due_at: minute.map(at), limit: 9, ..FindingQuery::default() };
        let listed = store.findings(query.clone()).await.unwrap().items;
        assert_eq!(store.findings_count(query).await.unwrap(), listed.len() as u64);
        listed.into_iter().map(|finding| (finding.kind, finding.at)).collect::<Vec<_>>()
    };
    keep(&*store, [said(Report::Photo(photo("L1", "R1", 1)), 4), told(&exit("L1", "R2", 5))]).await;
    keep(&*store, [said(Report::Photo(photo("L1", "R1", 2)), 6)]).await;
    let unmatched = (FindingKind::UnmatchedExit, at(5));
    let waiting = (FindingKind::PhotoWithoutRecord, at(4));
    assert_eq!(due(None).await, [unmatched, waiting]);
    assert_eq!(due(Some(13)).await, [unmatched]);
    assert_eq!(due(Some(14)).await, [unmatched, waiting]);
    // Its exit is another passage's record; the entry is its own.
    keep(&*store, [told(&exit("L1", "R1", 20))]).await;
    assert!(due(None).await.contains(&waiting));
    keep(&*store, [told(&entry("L1", "R1", 3))]).await;
    assert_eq!(due(None).await, [unmatched]);
}

pub(crate) async fn what_came_is_tallied_by_day(store: Kept) {
    let came = told(&entry("L1", "R1", 0));
    keep(&*store, [came.clone(), came, said(heartbeat(None), 0)]).await;
    keep(&*store, [told(&entry("L1", "R2", 24 * 60))]).await;
    let tally = |outcome: &str, kind: &str, count| Tally {
        standard: "huzhou".to_owned(),
        outcome: outcome.to_owned(),
        kind: kind.to_owned(),
        count,
    };
    let repeated = tally("repeated", "entry", 1);
    let heartbeats = tally("accepted", "heartbeat", 1);
    let day = store.tallies(Some(20_260_401)).await.unwrap();
    assert_eq!(day, [tally("accepted", "entry", 1), heartbeats.clone(), repeated.clone()]);
    let ever = store.tallies(None).await.unwrap();
    assert_eq!(ever, [tally("accepted", "entry", 2), heartbeats, repeated]);
}

pub(crate) async fn of_pictures_that_come_at_once_no_more_are_kept_than_may_be(store: Kept) {
    keep(&*store, [told(&entry("L1", "R1", 0))]).await;
    let mut keeping = tokio::task::JoinSet::new();
    for picture in 0..12 {
        let store = Arc::clone(&store);
        keeping.spawn(async move {
            let mut delivery = delivery([said(Report::Photo(photo("L1", "R1", picture)), 1)]);
            delivery.condition = Some(bowei_model::PhotosAtMost {
                lot: "L1".into(),
                record_id: "R1".into(),
                role: bowei_model::PhotoRole::Entry,
                slot: None,
                max: 2,
            });
            store.commit(delivery).await.unwrap()
        });
    }
    let kept = keeping.join_all().await;
    assert_eq!(kept.iter().filter(|committed| committed.kept).count(), 2);
    assert!(kept.iter().all(|committed| committed.kept != committed.effects.is_empty()));
    let session = store.session(&"L1".into(), "R1").await.unwrap().unwrap();
    assert_eq!(session.photos_shown().count(), 2);
}

pub(crate) async fn a_finding_that_no_longer_holds_is_resolved_and_may_open_again(store: Kept) {
    let of = async |states| {
        let all = FindingQuery { states, limit: 100, ..FindingQuery::default() };
        let items = store.findings(all).await.unwrap().items.into_iter();
        items.map(|found| (found.kind, found.opened_at, found.resolved_at)).collect::<Vec<_>>()
    };
    let mut other = exit("L1", "R1", 60);
    other.plate = Plate::read("浙E54321");
    keep(&*store, [told(&entry("L1", "R1", 0)), said(Report::Passage(other.clone()), 61)]).await;
    let mismatch = FindingKind::PlateMismatch;
    assert_eq!(of(FindingStates::Open).await, [(mismatch, at(61), None)]);
    assert_eq!(of(FindingStates::Resolved).await, []);
    // What came later is taken in first: the past is that of the moments of reception all the same.
    other.gate = Some("西门出口".to_owned());
    keep(&*store, [said(Report::Passage(other), 80), said(Report::Passage(exit("L1", "R1", 60)), 70)]).await;
    let found = of(FindingStates::All).await;
    assert!(found.contains(&(mismatch, at(80), None)), "{found:?}");
    keep(&*store, [said(Report::Passage(exit("L1", "R1", 61)), 90)]).await;
    assert_eq!(of(FindingStates::Resolved).await, [(mismatch, at(80), Some(at(90)))]);
    assert!(!of(FindingStates::Open).await.iter().any(|(kind, ..)| *kind == mismatch));
    let count =
        FindingQuery { kind: Some(mismatch), states: FindingStates::Resolved, ..FindingQuery::default() };
    assert_eq!(store.findings_count(count).await.unwrap(), 1);
}
