//! What a batch changes, without an engine: kept in maps, every batching ends in what the model says.

use crate::suite::city::City;
use crate::suite::order::{deliveries, told};
use bowei_model::version::Version;
use bowei_model::{
    Charge, Device, Finding, FindingKind, LotCode, NamedRecord, NamedRecordKey, ParkingSession,
    PassageHistory, PassageKey, RecordId, SpaceCount,
};
use bowei_store::plan::{ChargingRecordRow, Keys, Known, PassageRow, plan};
use bowei_store::{LotRow, NewDelivery};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// An engine of maps.
#[derive(Default)]
struct Maps {
    sessions: BTreeMap<(LotCode, RecordId), ParkingSession>,
    lots: BTreeMap<LotCode, LotRow>,
    counts: BTreeMap<SpaceCount, Version<()>>,
    documents: BTreeMap<NamedRecordKey, NamedRecord>,
    passages: BTreeMap<PassageKey, BTreeMap<RecordId, PassageHistory>>,
    charges: BTreeMap<Device, BTreeSet<Charge>>,
    findings: BTreeSet<Finding>,
    ledger: usize,
}

impl Maps {
    fn keep(&mut self, batch: &[NewDelivery]) -> Result<(), TestCaseError> {
        let keys = Keys::of(batch);
        let mut known = Known::default();
        for key in &keys.sessions {
            if let Some(session) = self.sessions.get(key) {
                known.sessions.insert(key.clone(), session.clone());
            }
        }
        for leg in &keys.unpaired {
            // The whole chain is more than is asked for, and must make no difference.
            for (key, session) in &self.sessions {
                let of_chain = session.without_record_id && session.plate() == leg.chain.plate.as_ref();
                if of_chain && key.0 == leg.chain.lot {
                    known.sessions.insert(key.clone(), session.clone());
                    known.chains.entry(leg.chain.clone()).or_default().insert(key.1.clone());
                }
            }
        }
        for key in &keys.documents {
            if let Some(document) = self.documents.get(key) {
                known.documents.insert(key.clone(), document.clone());
            }
        }
        for lot in &keys.lots {
            if let Some(row) = self.lots.get(lot) {
                known.lots.insert(lot.clone(), row.clone());
            }
        }
        for count in &keys.counts {
            if let Some(first) = self.counts.get(count) {
                known.counts.insert(count.clone(), first.clone());
            }
        }
        for key in keys.former_passages(batch, &known).iter().chain(&keys.passages) {
            if let Some(records) = self.passages.get(key) {
                known.alike.insert(key.clone(), records.clone());
            }
        }
        for (device, charge) in keys.charges {
            let near = |other: &&Charge| other.overlaps(&charge);
            let others = self.charges.get(&device).into_iter().flatten().filter(near).cloned();
            known.charges.entry(device.clone()).or_default().extend(others);
        }
        for (operator, order_no) in keys.charging {
            let of = |charge: &Charge| charge.operator == operator && charge.order_no == order_no;
            if self.charges.values().flatten().any(of) {
                known.charging.insert((operator, order_no));
            }
        }
        let plan = plan(batch, known);
        prop_assert_eq!(plan.committed.len(), batch.len());
        self.ledger += plan.ledger.len();
        for change in plan.sessions {
            let (lot, record) = change.key();
            let key = (lot.clone(), record.clone());
            prop_assert_eq!(self.sessions.get(&key), change.before.as_ref());
            self.sessions.insert(key, change.after);
        }
        for session in plan.sessions_gone {
            let key = (session.lot.clone(), session.record_id.clone());
            prop_assert_eq!(self.sessions.remove(&key), Some(session));
        }
        for (key, document) in plan.documents {
            prop_assert_ne!(self.documents.get(&key), Some(&document));
            self.documents.insert(key, document);
        }
        for row in plan.lots {
            let before = self.lots.get(&row.lot);
            prop_assert_eq!(before.map_or(0, |before| before.revision) + 1, row.revision);
            prop_assert_ne!(before.map(|before| &before.state), Some(&row.state));
            self.lots.insert(row.lot.clone(), row);
        }
        self.counts.extend(plan.counts.into_iter().map(|change| (change.count, change.first)));
        for (key, record_id) in plan.passages_gone {
            let records = self.passages.entry(key).or_default();
            prop_assert!(records.remove(&record_id).is_some(), "{} had no such passage", record_id);
        }
        for PassageRow { key, record_id, had } in plan.passages {
            let before = self.passages.entry(key).or_default().insert(record_id, had.clone());
            prop_assert_ne!(before, Some(had), "a passage twice");
        }
        for ChargingRecordRow { operator, received_at, record } in plan.charging {
            let charge = record.charge(&operator, received_at);
            prop_assert!(self.charges.entry(record.place()).or_default().insert(charge), "an order twice");
        }
        for row in plan.findings_gone {
            prop_assert!(self.findings.remove(&row), "{:?} was not there", row);
        }
        for row in plan.findings_new {
            // That a charge lies over others is said again with each further one.
            let again = row.kind == FindingKind::ChargingOverlap;
            let same = |kept: &&Finding| again && (&kept.subject, kept.kind) == (&row.subject, row.kind);
            let kept = self.findings.iter().find(same).cloned();
            if let Some(kept) = &kept {
                self.findings.remove(kept);
            }
            let first = kept.filter(|kept| kept.opened_at < row.opened_at).unwrap_or(row);
            prop_assert!(self.findings.insert(first), "a finding twice");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn a_plan_changes_what_differs_and_nothing_else(
        (once, again, sizes) in told(),
        batches in proptest::collection::vec(1..6usize, 100),
    ) {
        let deliveries = deliveries(&again, &sizes);
        let mut maps = Maps::default();
        let mut rest = deliveries.as_slice();
        for size in batches {
            let (batch, after) = rest.split_at(rest.len().min(size));
            maps.keep(batch)?;
            rest = after;
        }
        let city = City::of(&once);
        prop_assert_eq!(&maps.sessions, &city.sessions);
        prop_assert_eq!(&maps.documents, &city.documents);
        let states: BTreeMap<_, _> = maps.lots.into_iter().map(|(lot, row)| (lot, row.state)).collect();
        prop_assert_eq!(states, city.lots.clone());
        let mut findings: Vec<_> = maps.findings.into_iter().collect();
        findings.sort();
        prop_assert_eq!(findings, city.findings());
        // All of it once more: nothing is new.
        let ledger = maps.ledger;
        let mut maps = Maps {
            sessions: maps.sessions,
            counts: maps.counts,
            documents: maps.documents,
            charges: maps.charges,
            ..Maps::default()
        };
        maps.keep(&deliveries)?;
        prop_assert_eq!(maps.ledger, 0, "after {} rows", ledger);
    }
}
