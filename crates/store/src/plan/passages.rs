//! Which records a batch gives passages to, or takes them from, and what is found of those told twice.

use super::findings::differ;
use super::{PassageRow, Plan};
use crate::pseudonyms::{self, Pseudonyms};
use bowei_model::{ParkingSession, PassageHistory, PassageKey, RecordId};
use std::collections::{BTreeMap, HashMap};

/// The passages that records have, or had, at other times than was known.
#[derive(Default)]
pub(super) struct MovedPassages(BTreeMap<PassageKey, Vec<Moved>>);

struct Moved {
    record_id: RecordId,
    before: Option<PassageHistory>,
    now: Option<PassageHistory>,
}

impl MovedPassages {
    /// Takes in a session that changes.
    pub(super) fn session(&mut self, before: Option<&ParkingSession>, after: &ParkingSession) {
        let mut had = before.map(PassageKey::of_session).unwrap_or_default();
        let mut moved = |key, before: Option<PassageHistory>, now: Option<PassageHistory>| {
            if before != now {
                let record_id = after.record_id.clone();
                self.0.entry(key).or_default().push(Moved { record_id, before, now });
            }
        };
        for (key, now) in PassageKey::of_session(after) {
            let before = had.remove(&key);
            moved(key, before, Some(now));
        }
        had.into_iter().for_each(|(key, before)| moved(key, Some(before), None));
    }

    /// Notes the rows that change, and what is found: `known` are the records that are kept.
    pub(super) fn finish(
        self,
        plan: &mut Plan<'_>,
        known: &mut HashMap<PassageKey, BTreeMap<RecordId, PassageHistory>>,
    ) {
        for (key, moved) in self.0 {
            let mut records = known.remove(&key).unwrap_or_default();
            // What the session itself tells goes before what is loaded: of very many records not all are.
            for Moved { record_id, before, .. } in &moved {
                records.remove(record_id);
                records.extend(before.clone().map(|before| (record_id.clone(), before)));
            }
            let before = key.history(&records);
            for Moved { record_id, now, .. } in moved {
                records.remove(&record_id);
                if let Some(had) = now {
                    records.insert(record_id.clone(), had.clone());
                    plan.passages.push(PassageRow { key: key.clone(), record_id, had });
                } else {
                    plan.passages_gone.push((key.clone(), record_id));
                }
            }
            differ(plan, &before, &key.history(&records));
        }
    }

    /// The same, where all that has moved is that pseudonyms stand for plates. Records of the same car and second may be
    /// under the plate still while others are under its pseudonym: what is found of them is found of all together.
    pub(super) fn finish_pseudonymised(
        self,
        plan: &mut Plan<'_>,
        known: &HashMap<PassageKey, BTreeMap<RecordId, PassageHistory>>,
        pseudonyms: &dyn Pseudonyms,
    ) {
        let of =
            |key: &PassageKey| PassageKey { plate: pseudonyms::plate(&key.plate, pseudonyms), ..key.clone() };
        let mut before = BTreeMap::<PassageKey, BTreeMap<RecordId, PassageHistory>>::new();
        for (key, records) in known {
            before.entry(of(key)).or_default().extend(records.clone());
        }
        for (key, moved) in &self.0 {
            let was = moved.iter().filter_map(|moved| Some((moved.record_id.clone(), moved.before.clone()?)));
            before.entry(of(key)).or_default().extend(was);
        }
        let mut after = before.clone();
        for (key, moved) in self.0 {
            let group = after.entry(of(&key)).or_default();
            for Moved { record_id, now, .. } in moved {
                if let Some(had) = now {
                    group.insert(record_id.clone(), had.clone());
                    plan.passages.push(PassageRow { key: key.clone(), record_id, had });
                } else {
                    plan.passages_gone.push((key.clone(), record_id));
                }
            }
        }
        plan.findings_unsure = true;
        for (key, records) in &after {
            let was = before.get(key).map(|records| key.history(records)).unwrap_or_default();
            let is = key.history(records);
            plan.findings_gone.extend(was.into_iter().filter(|finding| !is.contains(finding)));
            // All of them: of records that were told when others had a pseudonym already none was found so far.
            plan.findings_new.extend(is);
        }
    }
}
