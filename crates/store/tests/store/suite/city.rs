//! The state that follows from statements by the model's rules alone: what every engine is held against.

use bowei_model::finding::{Subject, of_doubts};
use bowei_model::occupancy::Reported;
use bowei_model::{
    ChargingRecord, Doubt, Facts, Finding, FindingKind, LotCode, LotState, NamedRecord, NamedRecordKey,
    ParkingSession, Passage, Plate, ProviderCode, RecordId, Report, SpaceCount, Statement, Version, pairing,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that follows from statements.
#[derive(Default)]
pub(crate) struct City {
    pub(crate) sessions: BTreeMap<(LotCode, RecordId), ParkingSession>,
    pub(crate) lots: BTreeMap<LotCode, LotState>,
    pub(crate) documents: BTreeMap<NamedRecordKey, NamedRecord>,
    /// Charging records by operator and order, as first said, with when that was received.
    charging: BTreeMap<(ProviderCode, String), (Timestamp, ChargingRecord)>,
    words: Vec<(LotCode, Reported)>,
    /// Counts on their own with when they were first said and the doubts of then.
    counts: BTreeMap<SpaceCount, (Timestamp, Timestamp, Vec<Doubt>)>,
}

impl City {
    pub(crate) fn of<'a>(statements: impl IntoIterator<Item = &'a Statement>) -> Self {
        let mut city = Self::default();
        for statement in statements {
            city.observe(statement);
        }
        city
    }

    fn observe(&mut self, statement: &Statement) {
        let Some(lot) = statement.report.lot().cloned() else { return };
        self.lots.entry(lot.clone()).or_default().observe(statement.received_at);
        match &statement.report {
            Report::Passage(passage) if passage.without_record_id => {
                let plate = |session: &ParkingSession| session.plate().cloned();
                let chain = self.sessions.extract_if(.., |(l, _), session| {
                    *l == lot && session.without_record_id && plate(session) == passage.plate
                });
                let around: Vec<_> = chain.map(|(_, session)| session).collect();
                let open = |sessions: &[ParkingSession]| sessions.iter().filter(|s| s.is_open()).count();
                let before = i64::try_from(open(&around)).unwrap();
                let (after, _) = pairing::absorb(around, passage, statement);
                let moved = i64::try_from(open(&after)).unwrap() - before;
                self.lots.entry(lot.clone()).or_default().inside += moved;
                for session in after {
                    self.sessions.insert((lot.clone(), session.record_id.clone()), session);
                }
            }
            Report::Passage(passage) => {
                if let Some(count) = SpaceCount::of_passage(passage) {
                    self.word(&count, statement);
                }
                let session = self.session(&lot, &passage.record_id, statement);
                let open = session.is_open();
                session.absorb_passage(passage, statement);
                let moved = i64::from(session.is_open()) - i64::from(open);
                self.lots.entry(lot).or_default().inside += moved;
            }
            Report::Photo(photo) => {
                self.session(&lot, &photo.record_id, statement).absorb_photo(photo, statement);
            }
            Report::SpaceCount(count) => {
                self.word(count, statement);
                let this = (statement.effective_at(), statement.received_at, statement.doubts.clone());
                let first = self.counts.entry(count.clone()).or_insert_with(|| this.clone());
                if (this.0, this.1) < (first.0, first.1) {
                    *first = this;
                }
            }
            Report::ChargingRecord(record) => {
                let order = (statement.provider.clone(), record.order_no.clone());
                self.charging.entry(order).or_insert_with(|| (statement.received_at, record.clone()));
            }
            Report::Heartbeat(_) => {}
            report => {
                let key = NamedRecordKey::of(report).unwrap();
                self.documents.entry(key).or_default().absorb(statement);
            }
        }
    }

    fn session(&mut self, lot: &LotCode, record: &RecordId, statement: &Statement) -> &mut ParkingSession {
        self.sessions
            .entry((lot.clone(), record.clone()))
            .or_insert_with_key(|(lot, record)| ParkingSession::new(lot.clone(), record.clone(), statement))
    }

    fn word(&mut self, count: &SpaceCount, statement: &Statement) {
        let (sent_at, received_at) = (statement.sent_at, statement.received_at);
        self.lots.entry(count.lot.clone()).or_default().absorb_count(count, sent_at, received_at);
        self.words.push((count.lot.clone(), Reported::new(count, sent_at, received_at)));
    }

    /// All findings, resolved ones among them, sorted.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> = self.sessions.values().flat_map(ParkingSession::history).collect();
        for (count, (_, received_at, doubts)) in &self.counts {
            let name = format!("count:{}", count.numbers());
            let subject = Subject { lot: count.lot.clone(), name, record_id: None };
            let part = count.at.as_millisecond().to_string();
            found.extend(of_doubts(&subject, (&part, count.at), *received_at, doubts));
        }
        found.extend(self.duplicates());
        found.extend(self.overlaps());
        found.extend(self.documents.iter().flat_map(|(key, document)| document.history(key)));
        found.sort();
        found
    }

    /// Every record with every other one, as known at every moment: by the words of the rule, not by keys.
    fn duplicates(&self) -> Vec<Finding> {
        let sessions = || self.sessions.values().filter(|session| !session.without_record_id);
        let ways = || {
            sessions()
                .flat_map(|session| [&session.entries, &session.exits].map(|ways| (&session.record_id, ways)))
        };
        let moments: BTreeSet<_> =
            ways().flat_map(|(_, ways)| ways).map(|version| version.received_at).collect();
        let mut found = BTreeMap::<_, Finding>::new();
        // Of each record the plates that it had one way in one second, in the order in which it had them.
        let mut plates = BTreeMap::<_, Vec<Option<Plate>>>::new();
        for moment in moments {
            let received = |version: &&Version<Passage>| version.received_at <= moment;
            let known = || {
                ways()
                    .filter_map(|(record, ways)| Some((record, &ways.iter().filter(received).max()?.content)))
            };
            let of = |passage: &Passage| {
                let second = passage.at.as_second();
                (passage.lot.clone(), passage.plate.clone(), passage.direction, second)
            };
            for (record, passage) in known().filter(|(_, passage)| passage.plate.is_some()) {
                let (lot, plate, direction, second) = of(passage);
                let had = plates.entry((record.clone(), lot, direction, second)).or_default();
                if !had.contains(&plate) {
                    had.push(plate);
                }
            }
            let mut holds: BTreeMap<_, _> = known()
                .filter(|(record, passage)| {
                    let alike =
                        |(other, again): (&RecordId, &Passage)| other != *record && of(again) == of(passage);
                    passage.plate.is_some() && known().any(alike)
                })
                .map(|(record, passage)| ((record.clone(), of(passage)), passage))
                .collect();
            for (key, past) in &mut found {
                if holds.remove(key).is_none() {
                    past.resolved_at = past.resolved_at.or(Some(moment));
                } else if past.resolved_at.take().is_some() {
                    past.opened_at = moment;
                }
            }
            found.extend(holds.into_iter().map(|(key, passage)| {
                let (direction, second) =
                    (passage.direction, Timestamp::from_second(passage.at.as_second()).unwrap());
                let had = &plates[&(key.0.clone(), passage.lot.clone(), direction, passage.at.as_second())];
                let which = format!("{} {}", direction.name(), second.as_millisecond());
                let which = match had.iter().position(|plate| *plate == passage.plate).unwrap() {
                    0 => which,
                    before => format!("{which}#{}", before + 1),
                };
                let finding = Finding {
                    kind: FindingKind::DuplicateRecord,
                    lot: passage.lot.clone(),
                    subject: format!("record:{}", key.0),
                    which,
                    record_id: Some(key.0.to_string()),
                    at: second,
                    facts: Facts::DuplicateRecord { direction },
                    opened_at: moment,
                    resolved_at: None,
                };
                (key, finding)
            }));
        }
        found.into_values().collect()
    }

    /// Every charge with every other one: found once the later of the two is received.
    fn overlaps(&self) -> Vec<Finding> {
        let charges = || {
            self.charging
                .iter()
                .map(|((operator, _), (received_at, record))| (record, record.charge(operator, *received_at)))
        };
        let found = charges().filter_map(|(record, charge)| {
            let over = charges().filter(|(other, its)| {
                *its != charge && other.place() == record.place() && its.overlaps(&charge)
            });
            let found = over.map(|(_, other)| record.place().overlap(&charge, &other));
            found.min_by_key(|found| found.opened_at)
        });
        found.collect()
    }

    /// Free spaces as the lot had last said at `at`.
    pub(crate) fn reported(&self, lot: &LotCode, at: Timestamp) -> Option<i64> {
        let words = self.words.iter().filter(|(of, word)| of == lot && word.as_of <= at);
        words.map(|(_, word)| word).max().map(|word| word.vacant)
    }

    /// Cars known inside at `at`: come, and not gone, by their own clocks as far as those do not run ahead.
    pub(crate) fn inside(&self, lot: &LotCode, at: Timestamp) -> i64 {
        let present = self.sessions.values().filter(|session| {
            let Some(entered) = session.entered_at() else { return false };
            let told = session.entry().or(session.exit()).map_or(entered, |version| version.received_at);
            let came = entered.min(told) <= at;
            let went = session.exit().is_some_and(|exit| exit.content.at.min(exit.received_at) <= at);
            let backwards = session.exited_at().is_some_and(|exited| exited < entered);
            session.lot == *lot && came && !went && !backwards
        });
        i64::try_from(present.count()).unwrap()
    }
}
