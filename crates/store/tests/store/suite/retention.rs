//! Plates past their time, and what a legal hold keeps.

use super::city::City;
use super::inspector::{ROOMY, refused};
use super::order::{compare, deliveries, told as random};
use super::people::entry as audited;
use super::speech::*;
use super::{Fresh, whole};
use bowei_model::{
    CarsInside, Direction, FindingKind, LotCode, OffPeakOrder, Passage, Plate, Report, Statement, pairing,
};
use bowei_store::{
    Change, ChargingQuery, DocumentQuery, FindingQuery, FindingStates, HOLDS_OPEN_MAX, HoldRow,
    InspectedOutcome, NewDelivery, NewStatement, PlatesPiece, Pseudonyms, ReportQuery, SessionQuery, Store,
    StoreError, pseudonymised,
};
use proptest::test_runner::{Config, TestRunner};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

type Kept = Arc<dyn Store>;

/// Pseudonyms without a key: a digest is all that a test needs.
struct Digests;

impl Pseudonyms for Digests {
    fn of(&self, plate: &Plate) -> Plate {
        assert!(!plate.is_pseudonym(), "{plate} is one already");
        let mut hasher = DefaultHasher::new();
        plate.hash(&mut hasher);
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&hasher.finish().to_be_bytes());
        Plate::pseudonym(&digest)
    }
}

pub(crate) fn pseudonym(plate: &str) -> Plate {
    Digests.of(&Plate::read(plate).unwrap())
}

/// Goes through all that was received before a minute; what it came to.
pub(crate) async fn gone_through(store: &dyn Store, minute: i64) -> PlatesPiece {
    let mut all = PlatesPiece::default();
    for _ in 0..1_000 {
        let piece = store.pseudonymise_plates(at(minute), Arc::new(Digests)).await.unwrap();
        all.statements += piece.statements;
        all.sessions += piece.sessions;
        all.held += piece.held;
        if piece.is_last {
            return all;
        }
    }
    panic!("it does not come to an end");
}

/// Everything that can be read from the store, as one text.
async fn everything(store: &dyn Store) -> String {
    let sessions =
        whole(|cursor| store.sessions(SessionQuery { limit: 7, cursor, ..SessionQuery::default() })).await;
    let findings = whole(|cursor| {
        let states = FindingStates::All;
        store.findings(FindingQuery { states, limit: 7, cursor, ..FindingQuery::default() })
    })
    .await;
    let reports =
        whole(|cursor| store.reports(ReportQuery { limit: 9, cursor, ..ReportQuery::default() })).await;
    let charges = whole(|cursor| {
        store.charging_records(ChargingQuery { limit: 9, cursor, ..ChargingQuery::default() })
    })
    .await;
    let mut all = format!("{sessions:?} {findings:?} {reports:?} {charges:?}");
    for kind in ["off-peak-order", "cars-inside", "named-photo"] {
        let (kind, lots, name_upto) = (kind.to_owned(), None, None);
        let query = DocumentQuery { kind, lots, name_upto, limit: 100, cursor: None };
        all += &format!("{:?}", store.documents(query).await.unwrap().items);
    }
    all
}

fn without_record_id(direction: Direction, plate: &str, minute: i64) -> Passage {
    let plate = Plate::read(plate);
    let record_id = pairing::leg_id(direction, plate.as_ref(), at(minute));
    Passage { without_record_id: true, plate, ..Passage::new("L2".into(), record_id, direction, at(minute)) }
}

fn cars() -> Vec<Statement> {
    let memo = Passage { memo: Some("后车浙E99999跟入".to_owned()), ..entry("L1", "R1", 0) };
    let other = Passage { plate: Plate::read("浙ED12345"), ..exit("L1", "R2", 9) };
    let order = OffPeakOrder {
        lot: "L1".into(),
        order_no: "O7".to_owned(),
        service_code: "S".to_owned(),
        package_no: "P".to_owned(),
        plate: Plate::read("浙E12345"),
        amount: "1".parse().unwrap(),
        status: 1,
        valid_from: None,
        valid_until: None,
    };
    let inside = CarsInside {
        lot: "L1".into(),
        at: at(3),
        plates: ["浙E12345", "浙ED12345"].into_iter().filter_map(Plate::read).collect(),
    };
    vec![
        told(&memo),
        told(&exit("L1", "R1", 10)),
        // The same car, in the same second, under another id.
        told(&entry("L1", "R2", 0)),
        told(&other),
        told(&without_record_id(Direction::Entry, "浙E12345", 1)),
        told(&without_record_id(Direction::Exit, "浙E12345", 20)),
        told(&without_record_id(Direction::Entry, "浙E12345", 30)),
        said(Report::ChargingRecord(charge("L1", "C1", 1, 8)), 8),
        said(Report::CarsInside(inside), 4),
        said(Report::OffPeakOrder(order), 5),
    ]
}

pub(crate) async fn plates_past_their_time_are_nowhere_and_equal_ones_stay_equal(store: Kept) {
    let statements = cars();
    for statement in &statements {
        let unnamed_fields = Some("{\"车主车牌\":\"浙E12345\"}".to_owned());
        let statements = [NewStatement { statement: statement.clone(), unnamed_fields }].into();
        store.commit(NewDelivery { message_sha256: [7; 32], statements, condition: None }).await.unwrap();
    }
    let received = statements.iter().map(|statement| statement.received_at);
    assert_eq!(gone_through(&*store, 0).await, PlatesPiece::default(), "nothing is old enough");
    assert!(everything(&*store).await.contains("浙E12345"));
    assert_eq!(store.oldest_plates().await.unwrap(), received.min());
    let done = gone_through(&*store, 60).await;
    assert_eq!((done.statements, done.sessions, done.held), (10, 4, 0));
    let all = everything(&*store).await;
    for plate in ["浙E12345", "浙ED12345", "浙E99999"] {
        assert!(!all.contains(plate), "{plate} is left: {all}");
        assert!(all.contains(pseudonym(plate).as_str()), "{plate} has no pseudonym: {all}");
    }
    // What is counted, paired and doubted stays as it was.
    let statements: Vec<_> =
        statements.iter().map(|statement| pseudonymised(statement, &Digests).unwrap()).collect();
    compare(&*store, &City::of(&statements)).await.unwrap();
    let query =
        SessionQuery { plate: Some(pseudonym("浙E12345").to_string()), limit: 9, ..SessionQuery::default() };
    assert_eq!(store.sessions(query).await.unwrap().items.len(), 3);
    let kinds: Vec<_> =
        whole(|cursor| store.findings(FindingQuery { limit: 9, cursor, ..FindingQuery::default() }))
            .await
            .into_iter()
            .map(|finding| finding.kind)
            .collect();
    let count = |kind| kinds.iter().filter(|found| **found == kind).count();
    assert_eq!((count(FindingKind::DuplicateRecord), count(FindingKind::PlateMismatch)), (2, 1));
    // Once more does nothing.
    assert_eq!(gone_through(&*store, 60).await.statements, 0);
    assert_eq!(everything(&*store).await, all);
    assert!(store.plates_gone_through().await.unwrap().is_some_and(|until| until <= at(60)));
    assert_eq!(store.oldest_plates().await.unwrap(), None);
    keep(&*store, [told(&entry("L1", "R77", 90))]).await;
    assert!(store.oldest_plates().await.unwrap().is_some_and(|oldest| oldest >= at(60)));
}

pub(crate) async fn what_is_told_late_of_an_old_parking_belongs_to_it(store: Kept) {
    keep(&*store, [told(&entry("L1", "R1", 0)), told(&entry("L1", "R2", 0))]).await;
    let coming = without_record_id(Direction::Entry, "浙E12345", 1);
    keep(&*store, [told(&coming)]).await;
    gone_through(&*store, 60).await;
    // Told a year later, with its plate.
    let late = 400 * 24 * 60;
    let going = without_record_id(Direction::Exit, "浙E12345", 20);
    keep(&*store, [said(Report::Passage(exit("L1", "R1", 10)), late)]).await;
    keep(&*store, [said(Report::Passage(entry("L1", "R3", 0)), late)]).await;
    keep(&*store, [said(Report::Passage(going), late)]).await;
    let session = store.session(&"L1".into(), "R1").await.unwrap().unwrap();
    assert_eq!((session.entries.len(), session.exits.len()), (1, 1), "it belongs to its record");
    let found = || async {
        whole(|cursor| store.findings(FindingQuery { limit: 9, cursor, ..FindingQuery::default() }))
            .await
            .into_iter()
            .map(|finding| (finding.kind, finding.record_id.unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    assert!(
        found().await.iter().all(|(kind, _)| *kind != FindingKind::PlateMismatch),
        "a plate and a pseudonym"
    );
    // And becomes a pseudonym when its own time is over: then its pair and its doubles are known.
    gone_through(&*store, late + 1).await;
    assert!(!everything(&*store).await.contains("浙E12345"));
    let open = SessionQuery { open: true, limit: 9, ..SessionQuery::default() };
    let open: Vec<_> =
        store.sessions(open).await.unwrap().items.into_iter().map(|s| s.record_id.to_string()).collect();
    assert_eq!(open.len(), 2, "{open:?}");
    let doubles = found().await.into_iter().filter(|(kind, _)| *kind == FindingKind::DuplicateRecord);
    let mut doubles: Vec<_> = doubles.map(|(_, record)| record).collect();
    doubles.sort();
    assert_eq!(doubles, ["R1", "R2", "R3"]);
    assert!(found().await.iter().all(|(kind, _)| *kind != FindingKind::UnmatchedExit));
}

pub(crate) fn hold(id: &str) -> HoldRow {
    HoldRow {
        id: id.to_owned(),
        lot: None,
        from: None,
        to: None,
        plate: None,
        record_id: None,
        case: "2026-浙-017".to_owned(),
        reason: "交警调取".to_owned(),
        made_by: "li".to_owned(),
        made_at: at(0),
        lifted_by: None,
        lifted_at: None,
        lifted_why: None,
        revision: 0,
    }
}

async fn change(store: &dyn Store, hold: HoldRow) -> bowei_store::Result<()> {
    store.administer(vec![Change::Hold(Box::new(hold))], vec![audited("hold.make", "hold:a")]).await
}

pub(crate) async fn what_a_hold_covers_stays_until_it_is_lifted(store: Kept) {
    keep(&*store, cars()).await;
    let held = HoldRow { record_id: Some("R1".to_owned()), lot: Some("L1".into()), ..hold("a") };
    change(&*store, held).await.unwrap();
    let elsewhere = HoldRow { lot: Some("L9".into()), ..hold("b") };
    change(&*store, elsewhere).await.unwrap();
    let done = gone_through(&*store, 60).await;
    assert_eq!((done.statements, done.held), (8, 2));
    let plate = |session: bowei_model::ParkingSession| session.plate().cloned();
    let of = |record: &'static str| async {
        plate(store.session(&LotCode::from("L1"), record).await.unwrap().unwrap()).unwrap()
    };
    assert_eq!(of("R1").await, Plate::read("浙E12345").unwrap());
    assert!(of("R2").await.is_pseudonym());
    // What is found of both stays found.
    let doubles =
        FindingQuery { kind: Some(FindingKind::DuplicateRecord), limit: 9, ..FindingQuery::default() };
    assert_eq!(store.findings(doubles.clone()).await.unwrap().items.len(), 2);
    let lifted = HoldRow {
        lifted_by: Some("li".to_owned()),
        lifted_at: Some(at(70)),
        ..store.hold("a").await.unwrap().unwrap()
    };
    change(&*store, lifted).await.unwrap();
    assert_eq!(store.holds(true, 9).await.unwrap().len(), 1);
    assert_eq!(store.holds(false, 9).await.unwrap().len(), 2);
    assert_eq!(gone_through(&*store, 60).await.statements, 2);
    assert!(of("R1").await.is_pseudonym());
    assert_eq!(store.findings(doubles).await.unwrap().items.len(), 2);
    assert!(!everything(&*store).await.contains("浙E12345"));
}

pub(crate) async fn refused_messages_under_a_hold_outlast_their_time(store: Kept) {
    for minute in 0..3 {
        store.note_refusal(refused(minute, 10 + usize::try_from(minute).unwrap()), ROOMY);
    }
    store.flush().await.unwrap();
    change(&*store, HoldRow { record_id: Some("R11".to_owned()), ..hold("a") }).await.unwrap();
    change(&*store, HoldRow { from: Some(at(2)), to: Some(at(3)), ..hold("b") }).await.unwrap();
    assert_eq!(store.trim_inspector(at(1_000), ROOMY).await.unwrap(), 1);
    let left: Vec<_> = store.reports(ReportQuery { limit: 9, ..ReportQuery::default() }).await.unwrap().items;
    let records: Vec<_> = left
        .iter()
        .filter_map(|report| match &report.outcome {
            InspectedOutcome::Refused(refused) => refused.record_id.as_deref(),
            InspectedOutcome::Accepted { .. } => None,
        })
        .collect();
    assert_eq!(records, ["R12", "R11"]);
    for id in ["a", "b"] {
        let open = store.hold(id).await.unwrap().unwrap();
        change(&*store, HoldRow { lifted_at: Some(at(9)), ..open }).await.unwrap();
    }
    assert_eq!(store.trim_inspector(at(1_000), ROOMY).await.unwrap(), 2);
}

pub(crate) async fn holds_are_bounded_and_replaced_by_who_knows_their_revision(store: Kept) {
    for number in 0..HOLDS_OPEN_MAX {
        change(&*store, hold(&format!("h{number}"))).await.unwrap();
    }
    let head = store.audit_head().await.unwrap();
    let refused = change(&*store, hold("one more")).await;
    assert!(matches!(&refused, Err(StoreError::Conflict(why)) if why.contains("lift some")), "{refused:?}");
    let first = store.hold("h0").await.unwrap().unwrap();
    assert_eq!(first, HoldRow { revision: 1, ..hold("h0") });
    for (refused, fits) in [
        (hold("h0"), "already"),
        (HoldRow { revision: 7, ..first.clone() }, "worked out from version 7"),
        (HoldRow { revision: 1, ..hold("none") }, "no hold"),
    ] {
        let refused = change(&*store, refused).await.unwrap_err().to_string();
        assert!(refused.contains(fits), "{refused}");
    }
    assert_eq!(store.audit_head().await.unwrap(), head, "what was refused left no trace");
    change(&*store, HoldRow { lifted_at: Some(at(9)), ..first }).await.unwrap();
    change(&*store, hold("one more")).await.unwrap();
}

/// What is kept, with pseudonyms, is what the same statements with pseudonyms give.
pub(crate) fn with_pseudonyms_the_state_is_that_of_the_statements_with_pseudonyms<F: Fresh>(
    fresh: impl AsyncFn() -> F,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(60) });
    let outcome = runner.run(&random(), |(once, again, sizes)| {
        runtime.block_on(async {
            let fresh = fresh().await;
            let store = fresh.store();
            for delivery in deliveries(&again, &sizes) {
                store.commit(delivery).await.unwrap();
            }
            gone_through(&*store, 10_000).await;
            let once: Vec<_> = once.iter().map(|said| pseudonymised(said, &Digests).unwrap()).collect();
            compare(&*store, &City::of(&once)).await
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
