//! The state of a city is a function of the set of statements made in it: every order and every repetition of the
//! same statements ends in the same sessions, counts and findings.

use bowei_model::{
    Direction, Doubt, Facts, Finding, FindingKind, LotCode, LotState, ParkingSession, Passage, PassageKey,
    Photo, PhotoRole, Picture, Plate, RecordId, Report, SpaceCount, Statement, Vehicle, pairing,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that follows from statements, as the store keeps it.
#[derive(Clone, Debug, Default, PartialEq)]
struct City {
    sessions: BTreeMap<(LotCode, RecordId), ParkingSession>,
    lots: BTreeMap<LotCode, LotState>,
}

impl City {
    fn of(statements: &[Statement]) -> Self {
        let mut city = Self::default();
        for statement in statements {
            city.observe(statement);
        }
        city
    }

    fn observe(&mut self, statement: &Statement) {
        let Some(lot) = statement.report.lot().cloned() else { return };
        let state = self.lots.entry(lot.clone()).or_default();
        state.observe(statement.received_at);
        match &statement.report {
            Report::Passage(passage) if passage.without_record_id => {
                let plate = |session: &ParkingSession| session.plate().cloned();
                let chain = self.sessions.extract_if(.., |(l, _), session| {
                    *l == lot && session.without_record_id && plate(session) == passage.plate
                });
                let around: Vec<_> = chain.map(|(_, session)| session).collect();
                let open = |sessions: &[ParkingSession]| sessions.iter().filter(|s| s.is_open()).count();
                let before = open(&around);
                let (after, _) = pairing::absorb(around, passage, statement);
                state.inside += i64::try_from(open(&after)).unwrap() - i64::try_from(before).unwrap();
                for session in after {
                    self.sessions.insert((lot.clone(), session.record_id.clone()), session);
                }
            }
            Report::Passage(passage) => {
                if let Some(count) = SpaceCount::of_passage(passage) {
                    state.absorb_count(&count, statement.sent_at, statement.received_at);
                }
                let key = (lot.clone(), passage.record_id.clone());
                let session = self
                    .sessions
                    .entry(key)
                    .or_insert_with_key(|(l, r)| ParkingSession::new(l.clone(), r.clone(), statement));
                let open = session.is_open();
                session.absorb_passage(passage, statement);
                state.inside += i64::from(session.is_open()) - i64::from(open);
            }
            Report::Photo(photo) => {
                let key = (lot.clone(), photo.record_id.clone());
                let session = self
                    .sessions
                    .entry(key)
                    .or_insert_with_key(|(l, r)| ParkingSession::new(l.clone(), r.clone(), statement));
                session.absorb_photo(photo, statement);
            }
            Report::SpaceCount(count) => state.absorb_count(count, statement.sent_at, statement.received_at),
            _ => {}
        }
    }
}

impl City {
    /// Whose passage is another record's too, of those that count now.
    fn doubles(&self) -> BTreeSet<(RecordId, Timestamp, Option<Plate>)> {
        let passages = || {
            self.sessions
                .values()
                .flat_map(|session| session.passages().map(move |version| (session, &version.content)))
        };
        let known = passages().filter(|(session, passage)| {
            passages().any(|(other, again)| {
                other.record_id != session.record_id
                    && passage.plate.is_some()
                    && (&passage.plate, passage.direction, passage.at)
                        == (&again.plate, again.direction, again.at)
            })
        });
        known
            .map(|(session, passage)| (session.record_id.clone(), passage.at, passage.plate.clone()))
            .collect()
    }

    /// What is and was found of such, by the intervals in which each record had each passage.
    fn duplicates(&self) -> BTreeSet<Finding> {
        let mut passages = BTreeMap::<PassageKey, BTreeMap<_, _>>::new();
        for session in self.sessions.values() {
            for (key, intervals) in PassageKey::of_session(session) {
                passages.entry(key).or_default().insert(session.record_id.clone(), intervals);
            }
        }
        passages.iter().flat_map(|(key, records)| key.history(records)).collect()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_775_000_000 + second).unwrap()
}

fn passage() -> impl Strategy<Value = Report> {
    let plates = prop_oneof![Just(None), Just(Plate::read("浙E12345")), Just(Plate::read("浙ED12345"))];
    (any::<bool>(), 0..2u8, 0..3u8, 0..900i64, plates, 0..40i64, proptest::option::of(0..20i64)).prop_map(
        |(exit, lot, record, second, plate, vacant, minutes)| {
            let direction = if exit { Direction::Exit } else { Direction::Entry };
            let record_id = RecordId::from(format!("R{record}"));
            Report::Passage(Passage {
                plate,
                gate: Some("东门".to_owned()),
                entered_at: exit.then(|| at(second - 60)),
                minutes: minutes.filter(|_| exit),
                vacant: Some(vacant),
                charging_vacant: (vacant % 2 == 0).then_some(vacant / 4),
                ..Passage::new(LotCode::from(format!("L{lot}")), record_id, direction, at(second))
            })
        },
    )
}

/// A passage that carries no record id, on a few plates and many moments close by one another.
fn without_record_id() -> impl Strategy<Value = Report> {
    let plates = prop_oneof![Just(None), Just(Plate::read("浙E12345"))];
    (any::<bool>(), 0..2u8, 0..15i64, plates, 0..9i64, proptest::option::of(0..3u8)).prop_map(
        |(exit, lot, moment, plate, minutes, brand)| {
            let direction = if exit { Direction::Exit } else { Direction::Entry };
            let (lot, at) = (LotCode::from(format!("L{lot}")), at(moment * 60));
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
    (0..2u8, 0..900i64, 0..40i64).prop_map(|(lot, second, vacant)| {
        Report::SpaceCount(SpaceCount::new(LotCode::from(format!("L{lot}")), at(second), vacant))
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    let report = prop_oneof![4 => passage(), 5 => without_record_id(), 2 => photo(), 1 => count()];
    (report, 0..1200i64, any::<bool>(), any::<bool>()).prop_map(|(report, second, doubtful, other)| {
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
            received_at: at(second),
            report,
            doubts: doubtful
                .then(|| Doubt::from(Facts::FieldUnset { field: format!("{second}") }))
                .into_iter()
                .collect(),
        }
    })
}

/// A set of statements in some order, some of them sealed anew at another moment, and the same with repetitions in
/// another order.
fn told_twice() -> impl Strategy<Value = (Vec<Statement>, Vec<Statement>)> {
    proptest::collection::vec((statement(), proptest::option::of(0..1200i64)), 0..14)
        .prop_map(|drawn| {
            let mut statements = Vec::new();
            for (statement, again) in drawn {
                if let Some(second) = again {
                    let mut resealed = statement.clone();
                    (resealed.sent_at, resealed.received_at) = (at(second), at(second));
                    statements.push(resealed);
                }
                statements.push(statement);
            }
            statements
        })
        .prop_flat_map(|statements| {
            let repeats = proptest::sample::subsequence(statements.clone(), 0..=statements.len());
            let told = (Just(statements.clone()), repeats)
                .prop_map(|(all, repeats)| all.into_iter().chain(repeats).collect::<Vec<_>>())
                .prop_shuffle();
            (Just(statements), told)
        })
}

/// Passages of few cars in two seconds under three record ids, which are amended again and again; the same with
/// repetitions in another order.
fn doubles_told() -> impl Strategy<Value = (Vec<Statement>, Vec<Statement>)> {
    let drawn = (0..3u8, any::<bool>(), 0..3u8, 0..12i64, 0..12i64);
    let statement = drawn.prop_map(|(record, other_second, plate, sent_at, received_at)| {
        let (lot, record) = (LotCode::from("L0"), RecordId::from(format!("R{record}")));
        let passage = Passage {
            // One in three is a third car, or none that can be told.
            plate: [Plate::read("浙E12345"), Plate::read("浙ED12345"), None][usize::from(plate)].clone(),
            // Said at two moments it would be of the earlier, and not of that order.
            gate: Some(format!("{sent_at}/{received_at}")),
            ..Passage::new(lot, record, Direction::Entry, at(if other_second { 1 } else { 0 }))
        };
        Statement {
            standard: "huzhou".to_owned(),
            provider: "p".into(),
            sent_at: at(100 + sent_at),
            received_at: at(100 + received_at),
            report: Report::Passage(passage),
            doubts: Vec::new(),
        }
    });
    proptest::collection::vec(statement, 0..14).prop_flat_map(|once| {
        let told = once.iter().chain(once.iter().step_by(3)).cloned().collect::<Vec<_>>();
        (Just(once), Just(told).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_duplicates_past_is_what_would_have_been_found_in_the_order_of_reception((once, told) in doubles_told()) {
        let city = City::of(&told);
        let (mut growing, mut seen) = (City::default(), BTreeMap::<_, (Timestamp, Option<Timestamp>)>::new());
        // The plates that each record had in a second, in the order in which it had them.
        let mut plates = BTreeMap::<_, Vec<Option<Plate>>>::new();
        let mut in_order = once;
        in_order.sort_by_key(|statement| statement.received_at);
        for group in in_order.chunk_by(|a, b| a.received_at == b.received_at) {
            group.iter().for_each(|statement| growing.observe(statement));
            for (session, version) in growing.sessions.values().filter_map(|session| Some((session, session.entry()?))) {
                let Passage { at, plate, .. } = &version.content;
                let had = plates.entry((session.record_id.clone(), *at)).or_default();
                if plate.is_some() && !had.contains(plate) {
                    had.push(plate.clone());
                }
            }
            let (moment, mut now) = (group[0].received_at, growing.doubles());
            for (key, (opened_at, resolved_at)) in &mut seen {
                if !now.remove(key) {
                    *resolved_at = resolved_at.or(Some(moment));
                } else if resolved_at.take().is_some() {
                    *opened_at = moment;
                }
            }
            seen.extend(now.into_iter().map(|key| (key, (moment, None))));
        }
        let expected: BTreeSet<_> = seen
            .into_iter()
            .map(|((record, at, plate), (opened_at, resolved_at))| {
                let facts = Facts::DuplicateRecord { direction: Direction::Entry };
                let before = plates[&(record.clone(), at)].iter().position(|had| *had == plate).unwrap();
                let number = if before == 0 { String::new() } else { format!("#{}", before + 1) };
                let which = format!("entry {}{number}", at.as_millisecond());
                (format!("record:{record}"), which, at, facts, opened_at, resolved_at)
            })
            .collect();
        let found: BTreeSet<_> = city
            .duplicates()
            .into_iter()
            .map(|found| (found.subject, found.which, found.at, found.facts, found.opened_at, found.resolved_at))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn every_order_and_repetition_of_a_set_of_reports_ends_in_the_same_state((once, again) in told_twice()) {
        let (a, b) = (City::of(&once), City::of(&again));
        prop_assert_eq!(&a, &b);
        for (key, session) in &a.sessions {
            prop_assert_eq!(session.findings(), b.sessions[key].findings());
            prop_assert_eq!(session.history(), b.sessions[key].history());
        }
    }

    #[test]
    fn the_past_is_what_would_have_been_found_in_the_order_of_reception((once, told) in told_twice()) {
        let city = City::of(&told);
        let mut in_order = once;
        in_order.sort_by_key(|statement| statement.received_at);
        let mut growing = City::default();
        let mut seen = BTreeMap::<_, BTreeMap<(FindingKind, String), Finding>>::new();
        for group in in_order.chunk_by(|a, b| a.received_at == b.received_at) {
            group.iter().for_each(|statement| growing.observe(statement));
            let moment = group[0].received_at;
            // Of passages without a record id, what is one session today may have been two.
            for (key, session) in growing.sessions.iter().filter(|(_, session)| !session.without_record_id) {
                let seen = seen.entry(key.clone()).or_default();
                let mut now: BTreeMap<_, _> =
                    session.findings().into_iter().map(|found| ((found.kind, found.which.clone()), found)).collect();
                for (key, past) in seen.iter_mut() {
                    match now.remove(key) {
                        Some(found) => {
                            let opened_at = if past.is_open() { past.opened_at } else { moment };
                            *past = Finding { opened_at, ..found };
                        }
                        None => past.resolved_at = past.resolved_at.or(Some(moment)),
                    }
                }
                seen.extend(now.into_iter().map(|(key, found)| (key, Finding { opened_at: moment, ..found })));
            }
        }
        for (key, seen) in seen {
            let due = |found: &Finding| found.resolved_at.is_none_or(|end| found.is_due(end));
            let expected: BTreeSet<_> = seen.into_values().filter(due).collect();
            let history: BTreeSet<_> = city.sessions[&key].history().into_iter().collect();
            prop_assert_eq!(history, expected);
        }
    }

    #[test]
    fn cars_inside_are_the_sessions_with_an_entry_and_no_exit((once, _) in told_twice()) {
        let city = City::of(&once);
        for (lot, state) in &city.lots {
            let open = city.sessions.iter().filter(|((l, _), s)| l == lot && s.is_open()).count();
            prop_assert_eq!(state.inside, i64::try_from(open).unwrap());
        }
    }
}

/// A record amended and photographed far more often than is kept, every word at a moment of its own.
fn beyond_bounds() -> Vec<Statement> {
    let statement = |second: i64, report: Report| Statement {
        standard: "huzhou".to_owned(),
        provider: "p".into(),
        sent_at: at(second),
        received_at: at(second),
        report,
        doubts: Vec::new(),
    };
    let passages = (0..60).map(|i| {
        let direction = if i % 3 == 0 { Direction::Exit } else { Direction::Entry };
        let gate = Some(format!("{i} 号门"));
        let passage = Passage::new("L0".into(), "R0".into(), direction, at(0));
        statement(i, Report::Passage(Passage { gate, ..passage }))
    });
    let photos = (0..80).map(|i| {
        let picture =
            Picture::Bytes { sha256: format!("{i:064x}"), bytes: 1, media_type: "image/jpeg".to_owned() };
        let role = if i % 5 == 4 { PhotoRole::Exit } else { PhotoRole::Entry };
        let (lot, record_id) = (LotCode::from("L0".to_owned()), RecordId::from("R0".to_owned()));
        let slot = (i % 2 == 0).then_some(1);
        statement(i, Report::Photo(Photo { lot, record_id, role, slot, taken_at: None, picture }))
    });
    passages.chain(photos).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn beyond_the_bounds_too_every_order_ends_in_the_same_state(
        told in Just(beyond_bounds().into_iter().chain(beyond_bounds().into_iter().step_by(4)).collect::<Vec<_>>())
            .prop_shuffle()
    ) {
        let (a, b) = (City::of(&beyond_bounds()), City::of(&told));
        prop_assert_eq!(&a, &b);
        let session = a.sessions.values().next().unwrap();
        prop_assert_eq!(session.entries[0].sent_at, at(1));
        prop_assert_eq!(session.exits[0].sent_at, at(0));
        prop_assert_eq!((session.photos[0].sent_at, session.photos[1].sent_at), (at(0), at(4)));
    }
}
