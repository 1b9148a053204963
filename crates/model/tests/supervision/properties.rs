//! What holds of every day: the order and batching of statements change nothing, and no evidence is too odd.

use super::days::*;
use bowei_model::occupancy::Reported;
use bowei_model::supervision::{
    BaseDataFacts, DayDeclaration, Elsewhere, Evidence, Minutes, Part, Profile, Rate, RuleSet, evaluate,
    records,
};
use bowei_model::{
    CarsInside, Direction, ParkingSession, Passage, Photo, PhotoRole, Picture, RecordId, Report, Statement,
    Version,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn at(minute: i64) -> Timestamp {
    t("00:00") + SignedDuration::from_mins(minute)
}

/// Passages and photos of few cars around the day, told late, amended and doubly.
fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let passage = (0..12_usize, any::<bool>(), -600..1_700_i64, 0..8_usize, 0..400_i64, any::<bool>());
    let drawn = passage.prop_map(|(record, exit, minute, car, late, photo)| {
        let (id, moment) = (format!("R{record}"), at(minute));
        let direction = if exit { Direction::Exit } else { Direction::Entry };
        let report = if photo {
            let picture =
                Picture::Bytes { sha256: format!("{minute}"), bytes: 9, media_type: "image/jpeg".to_owned() };
            let (lot, role) = (lot().code, PhotoRole::from(direction));
            Report::Photo(Photo {
                lot,
                record_id: id.as_str().into(),
                role,
                slot: Some(1),
                taken_at: None,
                picture,
            })
        } else {
            let plate = (car > 0).then(|| plate(car));
            Report::Passage(Passage { vacant: Some(90), ..passage_of(&id, direction, moment, plate) })
        };
        statement(report, moment + s(late * 60 + late % 7))
    });
    proptest::collection::vec(drawn, 0..60)
}

fn passage_of(id: &str, direction: Direction, at: Timestamp, plate: Option<bowei_model::Plate>) -> Passage {
    passage(id, direction, at, plate)
}

/// The evidence that statements make, in the order in which they come.
fn evidence(statements: &[Statement]) -> Evidence {
    let mut sessions = BTreeMap::<RecordId, ParkingSession>::new();
    let mut counts = Vec::new();
    for statement in statements {
        let (lot, id) = match &statement.report {
            Report::Passage(passage) => (&passage.lot, &passage.record_id),
            Report::Photo(photo) => (&photo.lot, &photo.record_id),
            _ => continue,
        };
        let session = sessions
            .entry(id.clone())
            .or_insert_with(|| ParkingSession::new(lot.clone(), id.clone(), statement));
        match &statement.report {
            Report::Passage(passage) => {
                session.absorb_passage(passage, statement);
                let count = bowei_model::SpaceCount::of_passage(passage).unwrap();
                counts.push(Reported::new(&count, statement.sent_at, statement.received_at));
            }
            Report::Photo(photo) => _ = session.absorb_photo(photo, statement),
            _ => {}
        }
    }
    day(|evidence| {
        evidence.sessions = sessions.into_values().collect();
        evidence.counts = counts;
        evidence.now = t("+2 00:00");
    })
}

fn moment() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        8 => (-4_000..4_000_i64).prop_map(at),
        1 => Just(Timestamp::MIN),
        1 => Just(Timestamp::MAX),
    ]
}

fn minutes() -> impl Strategy<Value = Minutes> {
    prop_oneof![
        Just(Minutes::NONE),
        Just(Minutes::ALL),
        (moment(), moment()).prop_map(|(from, to)| Minutes::between(DAY, from, to)),
    ]
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), -200..200_i64]
}

/// Evidence that no lot would send.
fn odd() -> impl Strategy<Value = Evidence> {
    let words = proptest::collection::vec((moment(), moment(), number()), 0..30);
    let lists = proptest::collection::vec((moment(), moment(), 0..9_usize), 0..6);
    let declared = proptest::collection::vec((moment(), 0..9_usize, any::<u64>()), 0..4);
    let there = proptest::collection::vec((0..9_usize, moment(), proptest::option::of(moment())), 0..5);
    let presence = (minutes(), minutes(), minutes(), prop_oneof![Just(0), Just(5), Just(u32::MAX)]);
    let base_data =
        (proptest::option::of(number()), proptest::option::of(moment()), proptest::option::of(moment()));
    let past = (any::<u32>(), any::<u32>(), proptest::collection::vec(any::<f64>(), 0..200));
    let spaces = prop_oneof![Just(0), Just(100), Just(u32::MAX)];
    let odd = (words, lists, declared, there, presence, base_data, past, spaces, moment(), number());
    (odd, proptest::collection::vec((0..12_usize, any::<bool>(), moment(), moment(), 0..4_usize), 0..30))
        .prop_map(
            |(
                (words, lists, declared, there, presence, base_data, past, spaces, now, open_before),
                passages,
            )| {
                let mut sessions = BTreeMap::<String, Vec<_>>::new();
                for (record, exit, at, received_at, car) in passages {
                    let (id, direction) =
                        (format!("R{record}"), if exit { Direction::Exit } else { Direction::Entry });
                    let plate = (car > 0).then(|| plate(car));
                    sessions
                        .entry(id.clone())
                        .or_default()
                        .push((passage(&id, direction, at, plate), received_at));
                }
                let record = |number: usize| RecordId::from(format!("R{number}"));
                day(|evidence| {
                    evidence.sessions = sessions.into_values().map(|passages| session(&passages)).collect();
                    (evidence.now, evidence.open_before, evidence.lot.spaces_total) =
                        (now, open_before, spaces);
                    evidence.counts = words
                        .into_iter()
                        .map(|(as_of, sent_at, vacant)| Reported {
                            as_of,
                            sent_at,
                            vacant,
                            charging_vacant: None,
                        })
                        .collect();
                    evidence.lists = lists
                        .into_iter()
                        .map(|(at, received_at, cars)| Version {
                            sent_at: received_at,
                            content: CarsInside {
                                lot: lot().code,
                                at,
                                plates: (0..cars).map(plate).collect(),
                            },
                            received_at,
                            doubts: Vec::new(),
                        })
                        .collect();
                    evidence.declarations = declared
                        .into_iter()
                        .map(|(received_at, records, charges)| DayDeclaration {
                            received_at,
                            entries: (0..records).map(record).collect(),
                            exits: BTreeSet::new(),
                            photos: 0,
                            charges,
                        })
                        .collect();
                    evidence.elsewhere = there
                        .into_iter()
                        .map(|(number, from, to)| Elsewhere {
                            record_id: record(number),
                            plate: plate(1),
                            other_lot: "L2".into(),
                            other_record_id: record(number),
                            from,
                            to,
                            received_at: from,
                        })
                        .collect();
                    (
                        evidence.heard,
                        evidence.platform_away,
                        evidence.maintenance,
                        evidence.heartbeat_minutes,
                    ) = presence;
                    let (reported_total, changed_at, reported_at) = base_data;
                    evidence.base_data =
                        BaseDataFacts { metres_outside: Some(1), reported_total, changed_at, reported_at };
                    let (weeks, days, passages) = past;
                    evidence.profile =
                        Profile { weeks, days, passages, ..std::mem::take(&mut evidence.profile) };
                })
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_order_and_batching_of_statements_change_nothing(
        (once, again) in statements().prop_flat_map(|once| {
            let told: Vec<_> = once.iter().chain(once.iter().step_by(3)).cloned().collect();
            (Just(once), Just(told).prop_shuffle())
        })
    ) {
        let rules = RuleSet::default();
        let (once, mut again) = (evidence(&once), evidence(&again));
        again.sessions.reverse();
        prop_assert_eq!(evaluate(&once, &rules), evaluate(&again, &rules));
    }

    #[test]
    fn no_evidence_is_too_odd(odd in odd()) {
        let rules = RuleSet::default();
        let evaluation = evaluate(&odd, &rules);
        for rate in Rate::ALL {
            let at_close = evaluation.at_close.as_ref().map(|rates| (rates, odd.closes_at()));
            for (rates, known_at) in [(&evaluation.rates, odd.now)].into_iter().chain(at_close) {
                let of_part = |part| records(&odd, &rules, (rate, part), known_at);
                let sum = |part| of_part(part).iter().map(|record| record.counts).sum::<u64>();
                let ratio = rates.ratio(rate);
                prop_assert!(ratio.num <= ratio.den);
                prop_assert_eq!((sum(Part::Num), sum(Part::Num) + sum(Part::Missing)), (ratio.num, ratio.den));
            }
        }
        let keys: BTreeSet<_> =
            evaluation.findings.iter().map(|found| (found.kind, &found.subject, &found.which)).collect();
        prop_assert_eq!(keys.len(), evaluation.findings.len());
        let score = evaluation.rates.score(&rules);
        prop_assert!(score.is_none_or(|score| (0.0..=100.0).contains(&score)));
        for found in &evaluation.findings {
            let words = (bowei_model::words::chinese(found.kind, &found.facts), found.facts.cause());
            prop_assert!(!words.0.is_empty());
        }
    }
}
