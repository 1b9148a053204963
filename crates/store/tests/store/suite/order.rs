//! The state is a function of the set of statements: any order, any repetition and any batching of them ends in
//! what the model says.

use super::city::City;
use super::{Fresh, whole};
use bowei_model::{
    CarsInside, ChargingRecord, Closure, Direction, Doubt, Facts, FindingKind, LotCode, NamedPhoto, Passage,
    Photo, PhotoRole, PhotoSubject, Picture, Plate, RecordId, Report, SpaceCount, Statement, Vehicle,
    pairing,
};
use bowei_store::{FindingQuery, FindingStates, NewDelivery, NewStatement, ReportQuery, SessionQuery, Store};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;
use std::sync::Arc;

fn at(second: i64) -> Timestamp {
    super::speech::second(second)
}

fn passage() -> impl Strategy<Value = Report> {
    let plates = prop_oneof![Just(None), Just(Plate::read("浙E12345")), Just(Plate::read("浙ED12345"))];
    let optional = || proptest::option::of(0..40i64);
    // Few moments, so that one car passes in one second under several ids.
    let second = prop_oneof![0..900i64, (0..3i64).prop_map(|few| few * 300)];
    (any::<bool>(), 0..2u8, 0..3u8, second, plates, optional(), optional()).prop_map(
        |(exit, lot, record, second, plate, vacant, minutes)| {
            let direction = if exit { Direction::Exit } else { Direction::Entry };
            let (lot, record) = (LotCode::from(format!("L{lot}")), RecordId::from(format!("R{record}")));
            Report::Passage(Passage {
                plate,
                gate: Some("东门".to_owned()),
                entered_at: minutes.filter(|_| exit).map(|minutes| at(second - (minutes - 5) * 20)),
                minutes: minutes.filter(|_| exit),
                vacant,
                charging_vacant: vacant.filter(|vacant| vacant % 2 == 0).map(|vacant| vacant / 4),
                ..Passage::new(lot, record, direction, at(second))
            })
        },
    )
}

/// A passage of one of two cars in one of two seconds, under one of few ids: the same ones are said to be one car's, then
/// the other's, and the first's again.
fn double() -> impl Strategy<Value = Report> {
    (any::<bool>(), 0..4u8, any::<bool>(), any::<bool>(), 0..3u8).prop_map(
        |(exit, record, second, plate, gate)| {
            let direction = if exit { Direction::Exit } else { Direction::Entry };
            let (lot, record) = (LotCode::from("L0"), RecordId::from(format!("D{record}")));
            let at = at(if second { 300 } else { 0 });
            let plate = Plate::read(if plate { "浙E12345" } else { "浙ED12345" });
            let passage = Passage::new(lot, record, direction, at);
            Report::Passage(Passage { plate, gate: Some(format!("{gate} 号门")), ..passage })
        },
    )
}

/// A passage without a record id: few plates, many moments close by one another.
fn without_record_id() -> impl Strategy<Value = Report> {
    let plates = prop_oneof![2 => Just(None), 1 => Just(Plate::read("浙E12345"))];
    let brand = proptest::option::of(0..3u8);
    (any::<bool>(), 0..2u8, 0..30i64, plates, 0..9i64, brand).prop_map(
        |(exit, lot, moment, plate, minutes, brand)| {
            let direction = if exit { Direction::Exit } else { Direction::Entry };
            let (lot, at) = (LotCode::from(format!("L{lot}")), at(moment * 75));
            let record_id = pairing::leg_id(direction, plate.as_ref(), at);
            let vehicle = Vehicle { brand: brand.map(|brand| brand.to_string()), ..Vehicle::default() };
            Report::Passage(Passage {
                without_record_id: true,
                plate,
                entered_at: exit.then(|| at - SignedDuration::from_mins(minutes)),
                minutes: exit.then_some(minutes),
                vehicle: vehicle.or_none(),
                ..Passage::new(lot, record_id, direction, at)
            })
        },
    )
}

/// A word on something with a name.
fn named() -> impl Strategy<Value = Report> {
    (0..2u8, 0..3u8, any::<bool>(), 0..3u8).prop_map(|(lot, kind, second, word)| {
        let lot = LotCode::from(format!("L{lot}"));
        match kind {
            0 => Report::LotClosed(Closure { lot }),
            1 => Report::NamedPhoto(NamedPhoto {
                lot,
                photo_id: format!("P{}", u8::from(second)),
                shows: PhotoSubject::Plate,
                taken_at: None,
                file_name: Some(format!("{word}.jpg")),
                picture: Picture::Url(format!("http://lot/{word}.jpg")),
            }),
            _ => Report::CarsInside(CarsInside {
                lot,
                at: at(if second { 60 } else { 0 }),
                plates: Plate::read(&format!("浙E1234{word}")).into_iter().collect(),
            }),
        }
    })
}

/// A charge, with an order number that says all of it: of an order the first to come counts, whatever later ones say.
fn charge() -> impl Strategy<Value = Report> {
    (0..2u8, 0..2u8, 0..8i64, -1..4i64).prop_map(|(lot, device, from, lasts)| {
        let order = format!("{lot}/{device}/{from}/{lasts}");
        let days = if lasts == 3 { 4 * 24 * 60 } else { lasts };
        let record = super::speech::charge(&format!("L{lot}"), &order, from, from + days);
        Report::ChargingRecord(ChargingRecord { device: format!("D{device}"), ..record })
    })
}

fn photo() -> impl Strategy<Value = Report> {
    (0..2u8, 0..3u8, any::<bool>(), proptest::option::of(0..2u32), 0..4u64).prop_map(
        |(lot, record, exit, slot, picture)| {
            Report::Photo(Photo {
                lot: LotCode::from(format!("L{lot}")),
                record_id: RecordId::from(format!("R{record}")),
                role: if exit { PhotoRole::Exit } else { PhotoRole::Entry },
                slot,
                taken_at: None,
                picture: Picture::Bytes {
                    sha256: format!("{picture:064x}"),
                    bytes: picture,
                    media_type: "image/jpeg".to_owned(),
                },
            })
        },
    )
}

fn count() -> impl Strategy<Value = Report> {
    (0..2u8, 0..12i64, 0..4i64, proptest::option::of(0..2i64)).prop_map(|(lot, second, vacant, charging)| {
        Report::SpaceCount(SpaceCount {
            charging_vacant: charging,
            ..SpaceCount::new(LotCode::from(format!("L{lot}")), at(second * 75), vacant)
        })
    })
}

pub(crate) fn statement() -> impl Strategy<Value = Statement> {
    let report = prop_oneof![4 => passage(), 4 => double(), 6 => without_record_id(), 2 => photo(), 2 => count(), 3 => named(), 2 => charge()];
    let doubt = proptest::option::of(0..3u8);
    (report, 0..1200i64, 0..30i64, doubt, any::<bool>()).prop_map(|(report, second, way, doubt, other)| {
        // The first of an order counts, and so does when it was received: like all else it is said by the number.
        let (second, way) = match &report {
            Report::ChargingRecord(record) => {
                (record.order_no.bytes().map(i64::from).sum::<i64>() * 37 % 1200, 0)
            }
            _ => (second, way),
        };
        Statement {
            standard: match &report {
                // A lot whose passages carry no record ids speaks one standard.
                Report::Passage(passage) if passage.without_record_id => "isp",
                _ if other => "huzhou",
                _ => "ningbo",
            }
            .to_owned(),
            provider: "p".into(),
            sent_at: at(second),
            received_at: at(second + way),
            doubts: doubt
                .filter(|_| !matches!(report, Report::ChargingRecord(_)))
                // Of one there is a sentence alone, as it was kept before facts were.
                .map(|doubt| match doubt {
                    0 => Doubt::in_words(FindingKind::OddPlate, "0"),
                    _ => Facts::FieldUnset { field: format!("{doubt}") }.into(),
                })
                .into_iter()
                .collect(),
            report,
        }
    })
}

/// Statements, the same with repetitions in some order, and the sizes of the deliveries they come in.
pub(crate) fn told() -> impl Strategy<Value = (Vec<Statement>, Vec<Statement>, Vec<usize>)> {
    let drawn = proptest::collection::vec((statement(), proptest::option::of(0..1200i64)), 1..36);
    let statements = drawn.prop_map(|drawn| {
        let mut statements = Vec::new();
        for (statement, again) in drawn {
            let is_charge = matches!(statement.report, Report::ChargingRecord(_));
            if let Some(second) = again.filter(|_| !is_charge) {
                let mut resealed = statement.clone();
                (resealed.sent_at, resealed.received_at) = (at(second), at(second));
                statements.push(resealed);
            }
            statements.push(statement);
        }
        statements
    });
    statements.prop_flat_map(|statements| {
        let repeats = proptest::sample::subsequence(statements.clone(), 0..=statements.len());
        let told = (Just(statements.clone()), repeats)
            .prop_map(|(all, repeats)| all.into_iter().chain(repeats).collect::<Vec<_>>())
            .prop_shuffle();
        (Just(statements), told, proptest::collection::vec(1..5usize, 100))
    })
}

/// `statements` in deliveries of those `sizes`.
pub(crate) fn deliveries(statements: &[Statement], sizes: &[usize]) -> Vec<NewDelivery> {
    let mut rest = statements;
    let mut deliveries = Vec::new();
    for size in sizes {
        let (these, after) = rest.split_at(rest.len().min(*size));
        if these.is_empty() {
            break;
        }
        let statements = these
            .iter()
            .map(|statement| NewStatement { statement: statement.clone(), unnamed_fields: None })
            .collect();
        deliveries.push(NewDelivery { message_sha256: [1; 32], statements, condition: None });
        rest = after;
    }
    deliveries
}

/// The property, on the engine that `fresh` opens.
pub(crate) fn every_order_repetition_and_batching_ends_in_the_same_state<F: Fresh>(
    fresh: impl AsyncFn() -> F,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(100) });
    let outcome = runner.run(&told(), |(once, again, sizes)| {
        let deliveries = deliveries(&again, &sizes);
        runtime.block_on(async {
            let fresh = fresh().await;
            let store = fresh.store();
            // Some wait while others are written, and so share a batch.
            let mut keeping = tokio::task::JoinSet::new();
            for delivery in deliveries {
                let store = Arc::clone(&store);
                keeping.spawn(async move { store.commit(delivery).await.unwrap() });
            }
            keeping.join_all().await;
            compare(&*store, &City::of(&once)).await
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Holds what a store answers against the model's city.
pub(crate) async fn compare(store: &dyn Store, city: &City) -> Result<(), TestCaseError> {
    for ((lot, record), session) in &city.sessions {
        let kept = store.session(lot, record.as_str()).await.unwrap();
        prop_assert_eq!(kept.as_ref(), Some(session));
    }
    let listed =
        whole(|cursor| store.sessions(SessionQuery { limit: 7, cursor, ..SessionQuery::default() })).await;
    prop_assert_eq!(listed.len(), city.sessions.values().filter(|session| session.is_parking()).count());
    for (key, document) in &city.documents {
        let names = vec![(key.lot.clone(), key.name.clone())];
        let kept = store.documents_named(key.kind, names).await.unwrap();
        prop_assert_eq!(kept.first().map(|row| &row.document), Some(document));
    }
    let states: Vec<_> =
        store.lot_states().await.unwrap().into_iter().map(|row| (row.lot, row.state)).collect();
    let expected: Vec<_> = city.lots.iter().map(|(lot, state)| (lot.clone(), state.clone())).collect();
    prop_assert_eq!(states, expected);
    let mut findings = whole(|cursor| {
        let states = FindingStates::All;
        store.findings(FindingQuery { states, limit: 7, cursor, ..FindingQuery::default() })
    })
    .await;
    findings.sort();
    prop_assert_eq!(findings, city.findings());
    super::supervision::tallies_are_of_findings(store).await;
    for (lot, state) in &city.lots {
        let points = store.counts(lot, at(-2_000), at(10_000), 10_000).await.unwrap();
        for point in &points {
            prop_assert_eq!(point.inside, city.inside(lot, point.at), "inside {} at {}", lot, point.at);
            prop_assert_eq!(point.reported, city.reported(lot, point.at), "{} at {}", lot, point.at);
        }
        let last = points.last().unwrap();
        prop_assert_eq!((last.inside, last.reported), (state.inside, state.reported.map(|word| word.vacant)));
    }
    let reports =
        whole(|cursor| store.reports(ReportQuery { limit: 9, cursor, ..ReportQuery::default() })).await;
    let mut said = BTreeSet::new();
    for report in &reports {
        let bowei_store::InspectedOutcome::Accepted { statement, .. } = &report.outcome else { continue };
        let content = serde_json::to_string(&statement.report).unwrap();
        prop_assert!(said.insert(content), "a report is in the ledger twice");
    }
    prop_assert!(reports.is_sorted_by(|a, b| a.at >= b.at));
    Ok(())
}
