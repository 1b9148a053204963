//! Which rows change when plates become pseudonyms. As with a batch of deliveries, an engine loads what is asked for and
//! writes what comes of it; nothing here does I/O.
//!
//! A statement of the ledger leads to what was made of it. A session changes whole, with the first of its statements: it is
//! put together anew, of its versions with pseudonyms, among those of its chain that have pseudonyms already. So what is
//! kept stays a function of the statements.

use super::fold::Fold;
use super::{Keys, Known, Plan};
use crate::pseudonyms::{self, Pseudonyms};
use crate::{HoldRow, Holdable, NewDelivery, NewStatement, Result};
use bowei_model::pairing::UnpairedPassage;
use bowei_model::{
    ChargingRecord, Finding, LotCode, NamedRecord, NamedRecordKey, ParkingSession, ProviderCode, RecordId,
    Report, Statement, moment,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A statement of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct OldStatement {
    /// When it was received, as the column has it.
    pub(crate) received_at: i64,
    /// Its number.
    pub(crate) seq: i64,
    /// What was said.
    pub(crate) statement: Statement,
    /// Fields that the text does not name.
    pub(crate) unnamed_fields: Option<String>,
}

/// The work on some statements, before it is known what was made of them.
pub(crate) struct Pseudonymising<'p> {
    /// Those that have plates, each with what it becomes.
    rows: Vec<(OldStatement, OldStatement)>,
    /// The statements as they are, to ask [`Keys::of`] with.
    pub(crate) deliveries: Vec<NewDelivery>,
    pseudonyms: &'p dyn Pseudonyms,
}

/// The same, once it is known.
pub(crate) struct Pseudonymised<'p> {
    /// Rows of the ledger as they become.
    pub(crate) ledger: Vec<OldStatement>,
    /// Charges as they become, by operator.
    pub(crate) charging: Vec<(ProviderCode, ChargingRecord)>,
    /// How many statements a hold keeps as they are.
    pub(crate) held: u64,
    /// The first of these.
    pub(crate) first_held: Option<(i64, i64)>,
    /// How many sessions change.
    pub(crate) sessions: u64,
    /// What the sessions say once more, to ask [`Keys::of`] with.
    pub(crate) deliveries: Vec<NewDelivery>,
    before: BTreeMap<(LotCode, RecordId), ParkingSession>,
    /// Sessions of cars without a plate, as they become, and as they are.
    in_place: Vec<ParkingSession>,
    kept_as_they_are: BTreeMap<(LotCode, RecordId), ParkingSession>,
    documents: BTreeMap<NamedRecordKey, (NamedRecord, NamedRecord)>,
    pseudonyms: &'p dyn Pseudonyms,
}

fn delivery(statements: Vec<Statement>) -> NewDelivery {
    let statements = statements.into_iter().map(|statement| NewStatement { statement, unnamed_fields: None });
    NewDelivery { message_sha256: [0; 32], statements: statements.collect(), condition: None }
}

impl<'p> Pseudonymising<'p> {
    /// Of statements of the ledger.
    pub(crate) fn of(rows: Vec<OldStatement>, pseudonyms: &'p dyn Pseudonyms) -> Result<Self> {
        let mut changed = Vec::new();
        for row in rows {
            let statement = pseudonyms::pseudonymised(&row.statement, pseudonyms)?;
            let unnamed_fields = row.unnamed_fields.as_deref();
            let unnamed_fields = unnamed_fields.map(|text| pseudonyms::json_text(text, pseudonyms));
            if statement != row.statement || unnamed_fields != row.unnamed_fields {
                let now = OldStatement { statement, unnamed_fields, ..row };
                changed.push((row, now));
            }
        }
        let deliveries = vec![delivery(changed.iter().map(|(row, _)| row.statement.clone()).collect())];
        Ok(Self { rows: changed, deliveries, pseudonyms })
    }

    /// Whether nothing is to be done.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What to load first.
    pub(crate) fn keys(&self) -> Keys {
        let mut keys = Keys::of(&self.deliveries);
        keys.charges.clear();
        keys.counts.clear();
        keys
    }

    /// What becomes of the statements and of what is `known` of them, but for what open `holds` keep.
    pub(crate) fn sorted(&self, known: &Known, holds: &[HoldRow]) -> Result<Pseudonymised<'p>> {
        let mut done = Pseudonymised {
            ledger: Vec::new(),
            charging: Vec::new(),
            held: 0,
            first_held: None,
            sessions: 0,
            deliveries: Vec::new(),
            before: BTreeMap::new(),
            in_place: Vec::new(),
            kept_as_they_are: BTreeMap::new(),
            documents: BTreeMap::new(),
            pseudonyms: self.pseudonyms,
        };
        for (row, now) in &self.rows {
            let report = &row.statement.report;
            let session = session_of(report, known);
            if holds.iter().any(|hold| holds_it(hold, &row.statement, session)) {
                done.held += 1;
                done.first_held = done.first_held.or(Some((row.received_at, row.seq)));
                continue;
            }
            if let Some(session) = session {
                self.session(&mut done, session)?;
            }
            if let Report::ChargingRecord(charge) = &now.statement.report {
                done.charging.push((now.statement.provider.clone(), charge.clone()));
            }
            if let Some(key) = NamedRecordKey::of(report)
                && let Some(document) = known.documents.get(&key)
                && !done.documents.contains_key(&key)
            {
                let reported = document.words().map(|version| {
                    let reported = Statement {
                        standard: row.statement.standard.clone(),
                        provider: row.statement.provider.clone(),
                        sent_at: version.sent_at,
                        received_at: version.received_at,
                        report: version.content.clone(),
                        doubts: version.doubts.clone(),
                    };
                    pseudonyms::pseudonymised(&reported, self.pseudonyms)
                });
                let now = document.said_again(&reported.collect::<Result<Vec<_>>>()?);
                done.documents.insert(key, (document.clone(), now));
            }
            done.ledger.push(now.clone());
        }
        done.sessions = done.before.len() as u64;
        for session in done.before.values() {
            done.deliveries.push(delivery(said_again(session, self.pseudonyms)?));
        }
        Ok(done)
    }

    /// Notes a session, unless it has pseudonyms already.
    fn session(&self, done: &mut Pseudonymised<'_>, session: &ParkingSession) -> Result<()> {
        let key = (session.lot.clone(), session.record_id.clone());
        if done.before.contains_key(&key) || done.kept_as_they_are.contains_key(&key) {
            return Ok(());
        }
        let mut now: ParkingSession = pseudonyms::value("a session", session, self.pseudonyms)?;
        if now == *session {
            return Ok(());
        }
        let has_plate = UnpairedPassage::of_session(session).any(|leg| leg.chain.plate.is_some());
        if session.without_record_id && !has_plate {
            // It stays what it is, but for what was written on it.
            now.entries.sort();
            now.exits.sort();
            done.in_place.push(now);
            done.kept_as_they_are.insert(key, session.clone());
        } else {
            done.before.insert(key, session.clone());
        }
        Ok(())
    }
}

/// The session that a report is part of, as far as it is known under the plate.
fn session_of<'k>(report: &Report, known: &'k Known) -> Option<&'k ParkingSession> {
    let key = match report {
        Report::Passage(passage) if passage.without_record_id => {
            let leg = UnpairedPassage::of(passage);
            let around = known.chains.get(&leg.chain)?.iter();
            let sessions = around.filter_map(|id| known.sessions.get(&(passage.lot.clone(), id.clone())));
            return sessions
                .into_iter()
                .find(|session| UnpairedPassage::of_session(session).any(|part| part.id == leg.id));
        }
        Report::Passage(passage) => (passage.lot.clone(), passage.record_id.clone()),
        Report::Photo(photo) => (photo.lot.clone(), photo.record_id.clone()),
        _ => return None,
    };
    known.sessions.get(&key)
}

/// Whether a hold keeps a statement, or the session that it is part of.
fn holds_it(hold: &HoldRow, statement: &Statement, session: Option<&ParkingSession>) -> bool {
    let report = &statement.report;
    let (mut plates, mut moments) = (Vec::new(), vec![statement.received_at]);
    let passages = session.into_iter().flat_map(|session| session.entries.iter().chain(&session.exits));
    for version in passages {
        plates.extend(&version.content.plate);
        moments.extend([version.content.at, version.received_at]);
    }
    match report {
        Report::Passage(passage) => {
            plates.extend(&passage.plate);
            moments.push(passage.at);
        }
        Report::ChargingRecord(charge) => {
            plates.extend(&charge.plate);
            moments.extend([charge.started_at, charge.ended_at]);
        }
        Report::CarsInside(cars) => {
            plates.extend(&cars.plates);
            moments.push(cars.at);
        }
        Report::OffPeakOrder(order) => plates.extend(&order.plate),
        _ => {}
    }
    let first: Timestamp = moments.iter().min().copied().unwrap_or(statement.received_at);
    let last = moments.iter().max().copied().unwrap_or(statement.received_at);
    let session_id = session.map(|session| session.record_id.as_str());
    [report.record_id(), session_id].into_iter().any(|record_id| {
        hold.covers(&Holdable { lot: report.lot(), moments: (first, last), record_id, plates: &plates })
    })
}

/// The statements that a session's versions are of, with pseudonyms.
fn said_again(session: &ParkingSession, pseudonyms: &dyn Pseudonyms) -> Result<Vec<Statement>> {
    let statement = |sent_at, received_at, report, doubts: &[_]| Statement {
        standard: session.standard.clone(),
        provider: session.provider.clone(),
        sent_at,
        received_at,
        report,
        doubts: doubts.to_vec(),
    };
    let passages = session.entries.iter().chain(&session.exits).map(|version| {
        let report = Report::Passage(version.content.clone());
        statement(version.sent_at, version.received_at, report, &version.doubts)
    });
    let photos = session.photos.iter().map(|version| {
        let report = Report::Photo(version.content.clone());
        statement(version.sent_at, version.received_at, report, &version.doubts)
    });
    passages.chain(photos).map(|statement| pseudonyms::pseudonymised(&statement, pseudonyms)).collect()
}

impl Pseudonymised<'_> {
    /// The lots and days whose evaluations may have plates of these statements.
    pub(crate) fn days(&self) -> BTreeSet<(LotCode, u32)> {
        let rows = self.ledger.iter().filter_map(|row| {
            let statement = &row.statement;
            Some((statement.report.lot()?.clone(), moment::day(statement.received_at)))
        });
        let begun = |session: &ParkingSession| session.entered_at().or(session.exited_at());
        let sessions = self.before.values();
        let sessions =
            sessions.filter_map(|session| Some((session.lot.clone(), moment::day(begun(session)?))));
        rows.chain(sessions).collect()
    }

    /// What to load besides.
    pub(crate) fn keys(&self) -> Keys {
        Keys::of(&self.deliveries)
    }

    /// Works out what to write; `known` is what is kept under [`Self::keys`].
    pub(crate) fn plan(&self, mut known: Known) -> Plan<'_> {
        // Those that are known by a plate go; in their place come others.
        known.sessions.extend(self.before.clone());
        known.sessions.extend(self.kept_as_they_are.clone());
        for (key, (before, _)) in &self.documents {
            known.documents.insert(key.clone(), before.clone());
        }
        let mut fold = Fold::new(known);
        fold.pseudonyms = Some(self.pseudonyms);
        fold.documents.extend(self.documents.iter().map(|(key, (_, now))| (key.clone(), now.clone())));
        for (key, session) in self.before.iter().filter(|(_, session)| session.without_record_id) {
            fold.lot(&key.0).inside -= i64::from(session.is_open());
            fold.gone.insert(key.clone());
        }
        for session in &self.in_place {
            fold.sessions.insert((session.lot.clone(), session.record_id.clone()), session.clone());
        }
        for reported in self.deliveries.iter().flat_map(|delivery| delivery.statements.iter()) {
            let statement = &reported.statement;
            match &statement.report {
                Report::Passage(passage) if passage.without_record_id => {
                    fold.paired(passage, statement);
                }
                Report::Passage(passage) => {
                    let session = anew(&mut fold, &passage.lot, &passage.record_id, statement);
                    session.absorb_passage(passage, statement);
                }
                Report::Photo(photo) => {
                    let session = anew(&mut fold, &photo.lot, &photo.record_id, statement);
                    session.absorb_photo(photo, statement);
                }
                _ => {}
            }
        }
        // How many there were stays: those that are no longer kept cannot be said again.
        for (key, before) in self.before.iter().filter(|(_, before)| !before.without_record_id) {
            if let Some(session) = fold.sessions.get_mut(key) {
                session.entries_seen.clone_from(&before.entries_seen);
                session.exits_seen.clone_from(&before.exits_seen);
                session.photos_seen.clone_from(&before.photos_seen);
            }
        }
        fold.finish()
    }
}

/// What changes about the findings of a day's evaluation where pseudonyms take the place of their plates, but for what open
/// `holds` keep.
pub(crate) fn day_findings(
    found: &[Finding],
    day: u32,
    holds: &[HoldRow],
    pseudonyms: &dyn Pseudonyms,
) -> Result<Plan<'static>> {
    let mut plan = Plan { evaluated_day: Some(day), findings_unsure: true, ..Plan::default() };
    for finding in found {
        let facts = pseudonyms::value("a finding's facts", &finding.facts, pseudonyms)?;
        let which = pseudonyms::json_text(&finding.which, pseudonyms);
        if (&facts, &which) == (&finding.facts, &finding.which) {
            continue;
        }
        // Which plates it has only its facts tell, in whatever form: a hold on one keeps all that its other terms cover.
        let held = holds.iter().any(|hold| {
            let (lot, record_id) = (Some(&finding.lot), finding.record_id.as_deref());
            let plates: Vec<_> = hold.plate.iter().collect();
            hold.covers(&Holdable { lot, moments: (finding.at, finding.at), record_id, plates: &plates })
        });
        if !held {
            plan.findings_gone.push(finding.clone());
            plan.findings_new.push(Finding { facts, which, ..finding.clone() });
        }
    }
    Ok(plan)
}

/// The session of a record, which begins empty.
fn anew<'f>(
    fold: &'f mut Fold<'_>,
    lot: &LotCode,
    record_id: &RecordId,
    statement: &Statement,
) -> &'f mut ParkingSession {
    let key = (lot.clone(), record_id.clone());
    fold.sessions.entry(key).or_insert_with(|| ParkingSession::new(lot.clone(), record_id.clone(), statement))
}
