//! What lots say of themselves, taken into the registry: a lot is created, changed or closed by its own words. The
//! word said last counts; one that comes late changes nothing.
//!
//! A lot comes into being *before* the message that describes it is kept, with its id looked up where the change is
//! made: of two who describe one lot at once, one is told success. All later words are worked in after they are kept.

use super::profile::{closed, profiled, recounted};
use super::{Registry, Snapshot, new_lots};
use crate::after_commit::{AfterCommit, Commit};
use async_trait::async_trait;
use bowei_model::{Closure, Lot, LotCode, Report};
use bowei_store::{NewStatement, StoreError};
use std::collections::BTreeMap;

impl Registry {
    /// Has the lots that come into being by these statements in the registry. Where somebody else has taken a lot's id
    /// meanwhile, or the provider has as many as it may, nothing comes into being, and the message is to be said again:
    /// it is then refused in words.
    pub(crate) async fn admit(&self, statements: &[NewStatement]) -> Result<(), StoreError> {
        let snapshot = self.snapshot();
        let is_new = |new: &NewStatement| match &new.statement.report {
            Report::Lot(profile) => !snapshot.lots.contains_key(&profile.lot),
            _ => false,
        };
        if !statements.iter().any(is_new) {
            return Ok(());
        }
        self.change_lots(|snapshot| new_lots::of(snapshot, statements, &self.lots)).await
    }
}

#[async_trait]
impl AfterCommit for Registry {
    fn name(&self) -> &'static str {
        "describe-lots"
    }

    /// Takes in what lots say of themselves. On return it is durable, and the snapshot has it.
    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        // Most words say nothing of the lot itself, or what is known: the same base data every night.
        if changed(&self.snapshot(), commit.statements).is_empty() {
            return Ok(());
        }
        self.change_lots(|snapshot| Ok(changed(snapshot, commit.statements).into_values().collect())).await
    }
}

/// The lots that are other after these statements than in `snapshot`.
fn changed(snapshot: &Snapshot, statements: &[NewStatement]) -> BTreeMap<LotCode, Lot> {
    let mut lots: BTreeMap<LotCode, Lot> = BTreeMap::new();
    for NewStatement { statement, .. } in statements {
        let known = |code| lots.get(code).or_else(|| snapshot.lots.get(code).map(AsRef::as_ref));
        let (before, after) = match &statement.report {
            Report::Lot(profile) => {
                let before = known(&profile.lot);
                (before, before.and_then(|lot| profiled(lot, profile, statement.effective_at())))
            }
            Report::LotClosed(Closure { lot }) => {
                let before = known(lot);
                (before, before.and_then(|lot| closed(lot, statement.effective_at())))
            }
            Report::SpaceCount(count) if count.total.is_some() => {
                let before = known(&count.lot);
                (before, before.and_then(|lot| recounted(lot, count)))
            }
            _ => continue,
        };
        if let Some(after) = after.filter(|after| Some(after) != before) {
            lots.insert(after.code.clone(), after);
        }
    }
    lots
}
