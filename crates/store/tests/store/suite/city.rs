//! The state that follows from statements by the model's rules alone: what every engine is held against.

use bowei_model::finding::{Subject, of_doubts};
use bowei_model::occupancy::Reported;
use bowei_model::{
    Charge, ChargingRecord, Doubt, Finding, LotCode, LotState, NamedRecord, NamedRecordKey, ParkingSession,
    PassageKey, ProviderCode, RecordId, Report, SpaceCount, Statement, pairing,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that follows from statements.
#[derive(Default)]
pub(crate) struct City {
    pub(crate) sessions: BTreeMap<(LotCode, RecordId), ParkingSession>,
    pub(crate) lots: BTreeMap<LotCode, LotState>,
    pub(crate) documents: BTreeMap<NamedRecordKey, NamedRecord>,
    /// Charging records by operator and order, as first said.
    charging: BTreeMap<(ProviderCode, String), ChargingRecord>,
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
                self.charging.entry(order).or_insert_with(|| record.clone());
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

    /// Every record with every other one: by the words of the rule, not by keys.
    fn duplicates(&self) -> BTreeSet<Finding> {
        let passages = || {
            let numbered = self.sessions.values().filter(|session| !session.without_record_id);
            numbered.flat_map(|session| session.passages().map(move |version| (session, &version.content)))
        };
        let mut found = BTreeSet::new();
        for (session, passage) in passages() {
            let alike = passages().any(|(other, again)| {
                session.record_id != other.record_id
                    && passage.plate.is_some()
                    && (&passage.lot, &passage.plate, passage.direction, passage.at.as_second())
                        == (&again.lot, &again.plate, again.direction, again.at.as_second())
            });
            if alike {
                found.insert(PassageKey::of(passage).unwrap().finding(&session.record_id));
            }
        }
        found
    }

    fn overlaps(&self) -> Vec<Finding> {
        let charges =
            || self.charging.iter().map(|((operator, _), record)| (record, record.charge(operator)));
        let over = |record: &ChargingRecord, charge: &Charge| {
            charges()
                .any(|(other, its)| its != *charge && other.place() == record.place() && its.overlaps(charge))
        };
        let found = charges().filter(|(record, charge)| over(record, charge));
        found.map(|(record, charge)| record.place().overlap(&charge)).collect()
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
