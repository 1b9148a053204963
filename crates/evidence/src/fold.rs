//! What follows from statements about single records, as the store folds them in: sessions, pairing, charges, counts, named
//! records, duplicates. All of it is the model's; here is only who is held against whom.

use crate::bounds::{ALIKE_MAX, CHARGES_MAX, PAIRING_STEPS_MAX};
use bowei_model::finding::{Subject, of_doubts};
use bowei_model::pairing::{self, PairingGroup, UnpairedPassage};
use bowei_model::{
    Charge, ChargingRecord, Device, Finding, FindingKind, LotCode, NamedRecord, NamedRecordKey,
    ParkingSession, PassageHistory, PassageKey, ProviderCode, RecordId, Report, SpaceCount, Statement,
    Version,
};
use std::collections::BTreeMap;

/// How a finding is known: lot, subject, kind, and which of them.
pub(crate) type Identity = (LotCode, String, FindingKind, String);

/// How that finding is known.
pub(crate) fn identity(finding: &Finding) -> Identity {
    (finding.lot.clone(), finding.subject.clone(), finding.kind, finding.which.clone())
}

/// What follows from a set of statements.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) sessions: BTreeMap<(LotCode, RecordId), ParkingSession>,
    pub(crate) findings: BTreeMap<Identity, Finding>,
}

/// Folds them; or says what there is too much of.
pub(crate) fn fold<'a>(statements: impl Iterator<Item = &'a Statement>) -> Result<Folded, String> {
    let mut folded = Folded::default();
    let mut unpaired = BTreeMap::<PairingGroup, Vec<ParkingSession>>::new();
    let mut steps = 0_usize;
    let mut counts = BTreeMap::<SpaceCount, Version<()>>::new();
    let mut charging = BTreeMap::<(ProviderCode, String), &Statement>::new();
    let mut named = BTreeMap::<NamedRecordKey, NamedRecord>::new();
    for statement in statements {
        let mut session = |lot: &LotCode, record_id: &RecordId| {
            let key = (lot.clone(), record_id.clone());
            let new = || ParkingSession::new(lot.clone(), record_id.clone(), statement);
            folded.sessions.remove(&key).unwrap_or_else(new)
        };
        let done = match &statement.report {
            Report::Passage(passage) if passage.without_record_id => {
                let around = unpaired.entry(UnpairedPassage::of(passage).chain).or_default();
                steps += around.len();
                if steps > PAIRING_STEPS_MAX {
                    return Err("too many passages without a record id".to_owned());
                }
                *around = pairing::absorb(std::mem::take(around), passage, statement).0;
                None
            }
            Report::Passage(passage) => {
                let mut session = session(&passage.lot, &passage.record_id);
                session.absorb_passage(passage, statement);
                Some(session)
            }
            Report::Photo(photo) => {
                let mut session = session(&photo.lot, &photo.record_id);
                session.absorb_photo(photo, statement);
                Some(session)
            }
            Report::SpaceCount(count) => {
                let this = Version {
                    sent_at: statement.effective_at(),
                    content: (),
                    received_at: statement.received_at,
                    doubts: statement.doubts.clone(),
                };
                let first = counts.entry(count.clone()).or_insert_with(|| this.clone());
                if (this.sent_at, this.received_at) < (first.sent_at, first.received_at) {
                    *first = this;
                }
                None
            }
            Report::ChargingRecord(record) => {
                // The first to be received counts, whatever later ones say.
                let key = (statement.provider.clone(), record.order_no.clone());
                let first = charging.entry(key).or_insert(statement);
                if statement.received_at < first.received_at {
                    *first = statement;
                }
                None
            }
            report => {
                if let Some(key) = NamedRecordKey::of(report) {
                    named.entry(key).or_default().absorb(statement);
                }
                None
            }
        };
        folded
            .sessions
            .extend(done.map(|session| ((session.lot.clone(), session.record_id.clone()), session)));
    }
    let unpaired = unpaired.into_values().flatten();
    folded
        .sessions
        .extend(unpaired.map(|session| ((session.lot.clone(), session.record_id.clone()), session)));
    let mut found: Vec<Finding> = folded.sessions.values().flat_map(ParkingSession::history).collect();
    found.extend(duplicates(folded.sessions.values())?);
    found.extend(counts.iter().flat_map(|(count, first)| of_count(count, first)));
    found.extend(charges(charging.into_values())?);
    found.extend(named.iter().flat_map(|(key, record)| record.history(key)));
    folded.findings = found.into_iter().map(|finding| (identity(&finding), finding)).collect();
    Ok(folded)
}

fn duplicates<'a>(sessions: impl Iterator<Item = &'a ParkingSession>) -> Result<Vec<Finding>, String> {
    let mut alike = BTreeMap::<PassageKey, BTreeMap<RecordId, PassageHistory>>::new();
    for session in sessions {
        for (key, had) in PassageKey::of_session(session) {
            let records = alike.entry(key).or_default();
            records.insert(session.record_id.clone(), had);
            if records.len() > ALIKE_MAX {
                return Err(format!("more than {ALIKE_MAX} records of one passage"));
            }
        }
    }
    Ok(alike.iter().flat_map(|(key, records)| key.history(records)).collect())
}

/// What is doubted of a count on its own: its subject is its numbers, and the moment tells those of the same numbers apart.
fn of_count(count: &SpaceCount, first: &Version<()>) -> Vec<Finding> {
    let name = format!("count:{}", count.numbers());
    let subject = Subject { lot: count.lot.clone(), name, record_id: None };
    let part = count.at.as_millisecond().to_string();
    of_doubts(&subject, (&part, count.at), first.received_at, &first.doubts)
}

fn charges<'a>(first: impl Iterator<Item = &'a Statement>) -> Result<Vec<Finding>, String> {
    let mut found = Vec::new();
    let mut at_devices = BTreeMap::<(LotCode, String, String), (Device, Vec<Charge>)>::new();
    for statement in first {
        let Report::ChargingRecord(record) = &statement.report else { continue };
        let (operator, received_at) = (&statement.provider, statement.received_at);
        let subject = Subject {
            lot: record.lot.clone(),
            name: ChargingRecord::subject(operator, &record.order_no),
            record_id: Some(record.order_no.clone()),
        };
        found.extend(of_doubts(&subject, ("", record.ended_at), received_at, &statement.doubts));
        let charge = record.charge(operator, received_at);
        if charge.is_comparable() {
            let device = record.place();
            let key = (device.lot.clone(), device.station.clone(), device.device.clone());
            let (_, charges) = at_devices.entry(key).or_insert_with(|| (device, Vec::new()));
            charges.push(charge);
            if charges.len() > CHARGES_MAX {
                return Err(format!("more than {CHARGES_MAX} charges at one device"));
            }
        }
    }
    for (device, charges) in at_devices.into_values() {
        for charge in &charges {
            let over = charges.iter().filter(|other| *other != charge && other.overlaps(charge));
            // Of several that lie over it the one that was received first counts.
            found.extend(over.map(|other| device.overlap(charge, other)).min_by_key(|found| found.opened_at));
        }
    }
    Ok(found)
}
