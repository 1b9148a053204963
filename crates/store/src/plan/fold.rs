//! Taking statements in one after another, and telling what changed at the end.

use super::findings::{changed_pairs, differ, of_count};
use super::passages::MovedPassages;
use super::supervision::{session_touches, touches};
use super::{
    ChargingRecordRow, CountChange, Known, LedgerRow, PhotoRef, Plan, SessionChange, TallyKey,
    UnpairedPassageRow,
};
use crate::values::millis;
use crate::{AccountLastSeen, Committed, LotRow, NewDelivery, Pseudonyms};
use bowei_model::finding::{Subject, of_doubts};
use bowei_model::occupancy::Reported;
use bowei_model::pairing::{self, UnpairedPassage};
use bowei_model::version::Version;
use bowei_model::{
    Charge, ChargingRecord, Device, Effect, Finding, LotCode, LotState, NamedPhoto, NamedRecord,
    NamedRecordKey, ParkingSession, Passage, Photo, Picture, ProviderCode, RecordId, Report, SpaceCount,
    Statement, moment,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The batch as far as it has been taken in.
pub(super) struct Fold<'a> {
    pub(super) known: Known,
    /// The sessions touched so far, as they are now.
    pub(super) sessions: BTreeMap<(LotCode, RecordId), ParkingSession>,
    /// Sessions that passages without a record id have left empty.
    pub(super) gone: BTreeSet<(LotCode, RecordId)>,
    /// The documents touched so far, as they are now.
    pub(super) documents: BTreeMap<NamedRecordKey, NamedRecord>,
    /// The lots touched so far, as they are now.
    lots: BTreeMap<LotCode, LotState>,
    /// The counts on their own that are new or were said earlier than is kept.
    counts: BTreeMap<SpaceCount, Version<()>>,
    pub(super) accounts: BTreeMap<(ProviderCode, String), Timestamp>,
    /// What is found about charges that lie over one another, by its subject.
    overlaps: BTreeMap<String, Finding>,
    /// When the batch last said something of a lot.
    pub(super) received: BTreeMap<LotCode, Timestamp>,
    /// For each delivery, whether it was kept, what it did and the lots it touched.
    done: Vec<(bool, Vec<Effect>, BTreeSet<LotCode>)>,
    pub(super) plan: Plan<'a>,
    /// Set where plates become pseudonyms, and nothing new is said.
    pub(super) pseudonyms: Option<&'a dyn Pseudonyms>,
}

impl<'a> Fold<'a> {
    pub(super) fn new(known: Known) -> Self {
        Self {
            known,
            sessions: BTreeMap::new(),
            gone: BTreeSet::new(),
            documents: BTreeMap::new(),
            lots: BTreeMap::new(),
            counts: BTreeMap::new(),
            accounts: BTreeMap::new(),
            overlaps: BTreeMap::new(),
            received: BTreeMap::new(),
            done: Vec::new(),
            plan: Plan::default(),
            pseudonyms: None,
        }
    }

    /// Takes a delivery in.
    pub(super) fn delivery(&mut self, delivery: &'a NewDelivery) {
        if let Some(condition) = &delivery.condition {
            let key = (condition.lot.clone(), condition.record_id.clone());
            let session = self.sessions.get(&key).or_else(|| self.known.sessions.get(&key));
            if !condition.holds(session) {
                self.done.push((false, Vec::new(), BTreeSet::new()));
                return;
            }
        }
        let mut effects = Vec::with_capacity(delivery.statements.len());
        let mut lots = BTreeSet::new();
        for reported in delivery.statements.iter() {
            let statement = &reported.statement;
            self.plan.received_at = self.plan.received_at.max(millis(statement.received_at));
            if let Some(lot) = statement.report.lot() {
                self.observe(lot, statement.received_at);
                lots.insert(lot.clone());
            }
            touches(&mut self.plan, statement);
            let effect = match &statement.report {
                Report::Passage(passage) if passage.without_record_id => {
                    self.without_record_id(passage, statement)
                }
                Report::Passage(passage) => self.passage(passage, statement),
                Report::Photo(photo) => self.photo(photo, statement),
                Report::SpaceCount(count) => self.space_count(count, statement),
                Report::ChargingRecord(record) => self.charging_record(record, statement),
                Report::Heartbeat(heartbeat) => {
                    // A heartbeat that names a lot is that lot's: it must not keep silent lots of the account
                    // looking alive.
                    if heartbeat.lot.is_none() {
                        self.account_heard(statement);
                    }
                    Effect::New
                }
                Report::NamedPhoto(photo) => {
                    self.named_photo(photo, statement);
                    self.document(statement)
                }
                Report::Lot(_)
                | Report::LotClosed(_)
                | Report::Gate(_)
                | Report::CarsInside(_)
                | Report::OffPeakPackage(_)
                | Report::OffPeakOrder(_) => self.document(statement),
            };
            let amended = effect == Effect::Amended;
            if effect != Effect::Duplicate && !matches!(statement.report, Report::Heartbeat(_)) {
                self.plan.ledger.push(LedgerRow { delivery, reported, amended });
            }
            self.tally(statement, effect);
            effects.push(effect);
        }
        self.done.push((true, effects, lots));
    }

    fn passage(&mut self, passage: &Passage, statement: &Statement) -> Effect {
        let session = self.session(&passage.lot, &passage.record_id, statement);
        let open = session.is_open();
        let effect = session.absorb_passage(passage, statement);
        let moved = i64::from(session.is_open()) - i64::from(open);
        self.lot(&passage.lot).inside += moved;
        if let Some(count) = SpaceCount::of_passage(passage) {
            self.word(&count, statement);
        }
        effect
    }

    fn without_record_id(&mut self, passage: &Passage, statement: &Statement) -> Effect {
        let effect = self.paired(passage, statement);
        if let Some(count) = SpaceCount::of_passage(passage) {
            self.word(&count, statement);
        }
        effect
    }

    /// A passage without a record id: the sessions of its chain around it are put together anew.
    pub(super) fn paired(&mut self, passage: &Passage, statement: &Statement) -> Effect {
        let chain = UnpairedPassage::of(passage).chain;
        let key = |id: &RecordId| (passage.lot.clone(), id.clone());
        let around = self.known.chains.remove(&chain).unwrap_or_default();
        let before: Vec<_> = around
            .iter()
            .filter_map(|id| {
                let now = self.sessions.get(&key(id));
                now.or_else(|| self.known.sessions.get(&key(id))).cloned()
            })
            .collect();
        let inside = |sessions: &[ParkingSession]| {
            i64::try_from(sessions.iter().filter(|session| session.is_open()).count()).unwrap_or(i64::MAX)
        };
        let was_inside = inside(&before);
        let (after, effect) = pairing::absorb(before, passage, statement);
        self.lot(&passage.lot).inside += inside(&after) - was_inside;
        let ids: BTreeSet<_> = after.iter().map(|session| session.record_id.clone()).collect();
        for id in around.difference(&ids) {
            self.sessions.remove(&key(id));
            self.gone.insert(key(id));
        }
        for session in after {
            let key = key(&session.record_id);
            self.gone.remove(&key);
            self.sessions.insert(key, session);
        }
        self.known.chains.insert(chain, ids);
        effect
    }

    fn document(&mut self, statement: &Statement) -> Effect {
        let Some(key) = NamedRecordKey::of(&statement.report) else { return Effect::New };
        let known = &self.known.documents;
        let document =
            self.documents.entry(key).or_insert_with_key(|key| known.get(key).cloned().unwrap_or_default());
        document.absorb(statement)
    }

    fn named_photo(&mut self, photo: &NamedPhoto, statement: &Statement) {
        if let Picture::Bytes { sha256, media_type, .. } = &photo.picture {
            self.plan.photos.insert(PhotoRef {
                day: moment::day(statement.received_at),
                sha256: sha256.clone(),
                lot: photo.lot.clone(),
                record_id: RecordId::from(photo.photo_id.as_str()),
                role: photo.shows.name(),
                media_type: media_type.clone(),
            });
        }
    }

    fn photo(&mut self, photo: &Photo, statement: &Statement) -> Effect {
        let session = self.session(&photo.lot, &photo.record_id, statement);
        let effect = session.absorb_photo(photo, statement);
        // The session's version may stay the one of another reception, whose day the picture is filed under then.
        let received_now = session
            .photos
            .iter()
            .any(|version| version.content == *photo && version.received_at == statement.received_at);
        if let Picture::Bytes { sha256, media_type, .. } = &photo.picture
            && received_now
        {
            self.plan.photos.insert(PhotoRef {
                day: moment::day(statement.received_at),
                sha256: sha256.clone(),
                lot: photo.lot.clone(),
                record_id: photo.record_id.clone(),
                role: photo.role.name(),
                media_type: media_type.clone(),
            });
        }
        effect
    }

    /// A count is known when the lot has said the same numbers for the same moment. When it said so is no part of
    /// that: a retransmission sealed anew is the same count.
    fn space_count(&mut self, count: &SpaceCount, statement: &Statement) -> Effect {
        self.word(count, statement);
        let this = Version {
            sent_at: statement.effective_at(),
            content: (),
            received_at: statement.received_at,
            doubts: statement.doubts.clone(),
        };
        let known = self.counts.get(count).or_else(|| self.known.counts.get(count));
        let effect = if known.is_some() { Effect::Duplicate } else { Effect::New };
        if known.is_none_or(|known| (this.sent_at, this.received_at) < (known.sent_at, known.received_at)) {
            self.counts.insert(count.clone(), this);
        }
        effect
    }

    fn charging_record(&mut self, record: &ChargingRecord, statement: &Statement) -> Effect {
        let (operator, received_at) = (&statement.provider, statement.received_at);
        if !self.known.charging.insert((operator.clone(), record.order_no.clone())) {
            return Effect::Duplicate;
        }
        let row = ChargingRecordRow { operator: operator.clone(), received_at, record: record.clone() };
        self.plan.charging.push(row);
        let subject = Subject {
            lot: record.lot.clone(),
            name: ChargingRecord::subject(operator, &record.order_no),
            record_id: Some(record.order_no.clone()),
        };
        let found = of_doubts(&subject, ("", record.ended_at), received_at, &statement.doubts);
        differ(&mut self.plan, &[], &found);
        self.charge(record.place(), record.charge(operator, received_at));
        Effect::New
    }

    /// Holds a charge against the others at its device.
    fn charge(&mut self, device: Device, charge: Charge) {
        if !charge.is_comparable() {
            return;
        }
        let at_device = self.known.charges.entry(device.clone()).or_default();
        for other in at_device.iter().filter(|other| other.overlaps(&charge)) {
            for found in [device.overlap(&charge, other), device.overlap(other, &charge)] {
                let first = self.overlaps.entry(found.subject.clone()).or_insert_with(|| found.clone());
                first.opened_at = first.opened_at.min(found.opened_at);
            }
        }
        at_device.insert(charge);
    }

    /// Takes a word on free spaces in, as the lot's state and for its curve. Repeats too: said later, the same
    /// word can outrank another of the same moment.
    fn word(&mut self, count: &SpaceCount, statement: &Statement) {
        let (sent_at, received_at) = (statement.sent_at, statement.received_at);
        self.lot(&count.lot).absorb_count(count, sent_at, received_at);
        let word = Reported::new(count, sent_at, received_at);
        let kept = self.plan.reported_counts.entry((count.lot.clone(), word.as_of)).or_insert(word);
        *kept = (*kept).max(word);
    }

    fn session(&mut self, lot: &LotCode, record_id: &RecordId, statement: &Statement) -> &mut ParkingSession {
        let known = &self.known.sessions;
        self.sessions.entry((lot.clone(), record_id.clone())).or_insert_with_key(|key| {
            known
                .get(key)
                .cloned()
                .unwrap_or_else(|| ParkingSession::new(key.0.clone(), key.1.clone(), statement))
        })
    }

    pub(super) fn lot(&mut self, lot: &LotCode) -> &mut LotState {
        let known = &self.known.lots;
        self.lots
            .entry(lot.clone())
            .or_insert_with_key(|lot| known.get(lot).map(|row| row.state.clone()).unwrap_or_default())
    }

    fn tally(&mut self, statement: &'a Statement, effect: Effect) {
        let key = TallyKey {
            day: moment::day(statement.received_at),
            standard: &statement.standard,
            outcome: effect.outcome(),
            kind: statement.report.kind(),
        };
        *self.plan.tallies.entry(key).or_default() += 1;
    }

    /// Everything that changed.
    pub(super) fn finish(mut self) -> Plan<'a> {
        let mut plan = self.plan;
        let mut passages = MovedPassages::default();
        for (key, after) in self.sessions {
            let before = self.known.sessions.remove(&key);
            if before.as_ref() == Some(&after) {
                continue;
            }
            let old = before.as_ref().map(ParkingSession::history).unwrap_or_default();
            differ(&mut plan, &old, &after.history());
            if let Some(received_at) = self.received.get(&after.lot) {
                session_touches(&mut plan, before.as_ref(), Some(&after), *received_at);
            }
            passages.session(before.as_ref(), &after);
            if after.without_record_id {
                let record_id = &after.record_id;
                plan.unpaired.extend(
                    UnpairedPassage::of_session(&after)
                        .map(|leg| UnpairedPassageRow { leg, record_id: record_id.clone() }),
                );
            }
            plan.sessions.push(SessionChange { before, after });
        }
        match self.pseudonyms {
            None => passages.finish(&mut plan, &mut self.known.alike),
            Some(pseudonyms) => passages.finish_pseudonymised(&mut plan, &self.known.alike, pseudonyms),
        }
        plan.findings_new.extend(self.overlaps.into_values());
        for key in self.gone {
            // One that was made and unmade within the batch was never kept.
            if let Some(session) = self.known.sessions.remove(&key) {
                differ(&mut plan, &session.history(), &[]);
                if let Some(received_at) = self.received.get(&session.lot) {
                    session_touches(&mut plan, Some(&session), None, *received_at);
                }
                if self.pseudonyms.is_some() {
                    plan.unpaired_gone.extend(UnpairedPassage::of_session(&session));
                }
                plan.sessions_gone.push(session);
            }
        }
        for (key, after) in self.documents {
            let before = self.known.documents.remove(&key);
            if before.as_ref() == Some(&after) {
                continue;
            }
            let old = before.map(|before| before.history(&key)).unwrap_or_default();
            differ(&mut plan, &old, &after.history(&key));
            plan.documents.push((key, after));
        }
        for (count, first) in self.counts {
            let old = self.known.counts.remove(&count).map(|known| of_count(&count, &known));
            differ(&mut plan, &old.unwrap_or_default(), &of_count(&count, &first));
            plan.counts.push(CountChange { count, first });
        }
        let mut rows = HashMap::new();
        for (lot, state) in self.lots {
            let row = match self.known.lots.remove(&lot) {
                Some(known) if known.state == state => known,
                known => {
                    let revision = known.map_or(0, |known| known.revision) + 1;
                    let row = LotRow { lot: lot.clone(), state, revision };
                    plan.lots.push(row.clone());
                    row
                }
            };
            rows.insert(lot, row);
        }
        plan.accounts = self
            .accounts
            .into_iter()
            .map(|((provider, standard), at)| AccountLastSeen { provider, standard, at })
            .collect();
        let changed = changed_pairs(&plan);
        plan.committed = self
            .done
            .into_iter()
            .map(|(kept, effects, lots)| Committed {
                kept,
                effects,
                findings_changed: changed.iter().filter(|(lot, _)| lots.contains(lot)).cloned().collect(),
                lots: lots.iter().filter_map(|lot| rows.get(lot).cloned()).collect(),
            })
            .collect();
        plan
    }
}
