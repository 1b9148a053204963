//! Lots whose counts contradict what follows from their passages, as supervision has found it: by its own rules, which know
//! that a lot's first days prove nothing and that one odd hour does not either.

use bowei_model::{Facts, FindingKind, Lot, LotCode, LotState};
use bowei_store::{FindingQuery, FindingStates, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// The kinds of findings that say so.
const KINDS: [FindingKind; 2] = [FindingKind::VacancyDrift, FindingKind::FrozenCount];

/// What was found about counts before that says nothing of now.
const FOUND_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Findings that are read at once.
const PAGE: usize = 1_000;

/// Findings that are read at most: two of each of 50,000 lots.
const FOUND_MAX: usize = 100_000;

/// What was found of lots' counts within a day, and holds.
#[derive(Default)]
pub(super) struct Contradictions(HashMap<LotCode, Vec<Facts>>);

impl Contradictions {
    pub(super) async fn read(store: &dyn Store, now: Timestamp) -> Result<Self, StoreError> {
        let mut found = Self::default();
        for kind in KINDS {
            let (mut cursor, mut read) = (None, 0);
            while read < FOUND_MAX / KINDS.len() {
                let query = FindingQuery {
                    kind: Some(kind),
                    from: Some(now.saturating_sub(FOUND_WITHIN).unwrap_or(Timestamp::MIN)),
                    states: FindingStates::Open,
                    limit: PAGE,
                    cursor,
                    ..FindingQuery::default()
                };
                let page = store.findings(query).await?;
                read += page.items.len();
                for finding in page.items {
                    found.0.entry(finding.lot).or_default().push(finding.facts);
                }
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Whether a lot's last count still is what was found to be wrong. One that has been put right is believed at once,
    /// though the finding about the day stands.
    pub(super) fn of(&self, lot: &Lot, state: &LotState) -> bool {
        let (Some(found), Some(word)) = (self.0.get(&lot.code), state.reported) else { return false };
        let derived = state.derived(lot.spaces_total);
        found.iter().any(|facts| match facts {
            Facts::VacancyDrift { tolerance, .. } => {
                word.vacant.saturating_sub(derived).saturating_abs() > *tolerance
            }
            Facts::FrozenCount { received, .. } => word.vacant == *received && word.vacant != derived,
            _ => false,
        })
    }
}
