//! What has arrived of a lot that is on trial: noted as it arrives, so that nobody asks by telephone whether it did.

use super::{Document, Kept};
use crate::after_commit::{AfterCommit, Commit};
use crate::registry::Registry;
use async_trait::async_trait;
use bowei_model::{Direction, Effect, Lot, LotCode, ProviderCode, Report, Standing, Statement};
use bowei_store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// Signs of life in a row, none late, that make a rhythm.
const RHYTHM: u32 = 3;

/// A sign of life is in rhythm that comes within one and a half intervals of the one before.
fn in_rhythm(interval: SignedDuration, since: SignedDuration) -> bool {
    since <= interval + interval / 2
}

/// How often a note is tried again that another node's overtook.
const TRIES_MAX: usize = 4;

/// What has to arrive before a lot is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Step {
    /// Signs of life in their rhythm.
    Heartbeat,
    /// A car that went in.
    Entry,
    /// A car that went out.
    Exit,
    /// A picture.
    Photo,
    /// A charge, of a charging operator.
    ChargingRecord,
    /// Free spaces.
    Count,
    /// A record that was sent once more with other words.
    Correction,
    /// A record that was sent twice, as after an outage, and was taken once.
    Repeat,
    /// A message that was refused, and one that was accepted after it.
    RefusalMended,
}

impl Step {
    /// The steps of a standard, in the order in which they are taken.
    pub(crate) fn of(standard: &dyn bowei_standards::Standard) -> &'static [Self] {
        use Step as S;
        if standard.speaks_of_any_lot() {
            &[S::ChargingRecord, S::Correction, S::Repeat, S::RefusalMended]
        } else {
            &[S::Heartbeat, S::Entry, S::Exit, S::Photo, S::Count, S::Correction, S::Repeat, S::RefusalMended]
        }
    }

    /// How often it has to be seen.
    fn needed(self) -> u32 {
        if self == Self::Heartbeat { RHYTHM } else { 1 }
    }
}

/// How often something was seen, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SeenStep {
    pub(crate) count: u32,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
}

/// What was seen of a lot: by standard and step. It is noted until it is done; what comes after is not counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Checklist {
    pub(crate) provider: ProviderCode,
    pub(crate) at: Timestamp,
    pub(crate) steps: BTreeMap<String, BTreeMap<Step, SeenStep>>,
}

impl Document for Checklist {
    const KIND: &'static str = "checklist";

    fn state(&self) -> String {
        "open".to_owned()
    }

    fn provider(&self) -> Option<ProviderCode> {
        Some(self.provider.clone())
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

impl Checklist {
    fn new(provider: ProviderCode, at: Timestamp) -> Self {
        Self { provider, at, steps: BTreeMap::new() }
    }

    /// Whether a step is done.
    pub(crate) fn is_done(&self, standard: &str, step: Step) -> bool {
        self.seen(standard, step).is_some_and(|seen| seen.count >= step.needed())
    }

    pub(crate) fn seen(&self, standard: &str, step: Step) -> Option<&SeenStep> {
        self.steps.get(standard)?.get(&step)
    }

    /// Notes that a step was seen.
    fn note(&mut self, standard: &str, step: Step, interval: SignedDuration, at: Timestamp) {
        self.at = at;
        let steps = self.steps.entry(standard.to_owned()).or_default();
        let seen = steps.entry(step).or_insert(SeenStep { count: 0, first_at: at, last_at: at });
        let late = step == Step::Heartbeat
            && seen.count > 0
            && !in_rhythm(interval, at.duration_since(seen.last_at));
        if late {
            *seen = SeenStep { count: 0, first_at: at, last_at: at };
        }
        seen.count += 1;
        seen.last_at = at;
    }
}

/// What a statement shows.
fn shown(statement: &Statement, effect: Effect) -> Vec<Step> {
    let mut steps = match &statement.report {
        Report::Heartbeat(_) => vec![Step::Heartbeat],
        Report::Passage(passage) => {
            let way = if passage.direction == Direction::Entry { Step::Entry } else { Step::Exit };
            let count = passage.vacant.map(|_| Step::Count);
            [way].into_iter().chain(count).collect()
        }
        // Where a standard has no heartbeat, its counts are the sign of life.
        Report::SpaceCount(_) => vec![Step::Heartbeat, Step::Count],
        Report::Photo(_) | Report::NamedPhoto(_) => vec![Step::Photo],
        Report::ChargingRecord(_) => vec![Step::ChargingRecord],
        _ => Vec::new(),
    };
    if !matches!(statement.report, Report::Heartbeat(_)) {
        match effect {
            Effect::Amended => steps.push(Step::Correction),
            Effect::Duplicate => steps.push(Step::Repeat),
            _ => {}
        }
    }
    steps
}

/// A step of a lot under a standard.
type Done = (LotCode, String, Step);

/// Fills the checklists of lots on trial.
pub(crate) struct Checklists {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    /// What is known to be done, so that nothing is looked up for it: lots on trial times steps.
    done: Mutex<HashSet<Done>>,
}

impl Checklists {
    pub(crate) fn new(store: Arc<dyn Store>, registry: Arc<Registry>) -> Self {
        Self { store, registry, done: Mutex::default() }
    }

    async fn note(&self, lot: &Lot, statement: &Statement, steps: &[Step]) -> Result<(), StoreError> {
        let standard = &statement.standard;
        let interval = bowei_standards::by_name(standard).map(|known| known.card().heartbeat);
        let interval = interval.unwrap_or(SignedDuration::from_mins(5));
        for _ in 0..TRIES_MAX {
            let known: Option<Kept<Checklist>> = super::one(self.store.as_ref(), lot.code.as_str()).await?;
            let blank = || Checklist::new(lot.provider.clone(), statement.received_at);
            let mut kept = known.unwrap_or_else(|| Kept::new(lot.code.to_string(), blank()));
            let open = steps.iter().filter(|step| !kept.document.is_done(standard, **step));
            let open: Vec<Step> = open.copied().collect();
            for step in &open {
                kept.document.note(standard, *step, interval, statement.received_at);
            }
            let written = if open.is_empty() {
                Ok(())
            } else {
                self.store.administer(vec![kept.change()?], Vec::new()).await
            };
            match written {
                Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => {}
                written => {
                    let done = steps.iter().filter(|step| kept.document.is_done(standard, **step));
                    let done = done.map(|step| (lot.code.clone(), standard.clone(), *step));
                    self.done.lock().extend(done);
                    return written;
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl AfterCommit for Checklists {
    fn name(&self) -> &'static str {
        "checklists"
    }

    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let snapshot = self.registry.snapshot();
        if !snapshot.has_trials() {
            return Ok(());
        }
        for (new, effect) in commit.statements.iter().zip(&commit.committed.effects) {
            let statement = &new.statement;
            let steps = shown(statement, *effect);
            // A sign of life that names no lot is one of all lots of the account.
            let lots: Vec<&Arc<Lot>> = match statement.report.lot() {
                Some(code) => snapshot.lots.get(code).into_iter().collect(),
                None => snapshot.lots_of(&statement.provider).iter().collect(),
            };
            for lot in lots.into_iter().filter(|lot| lot.standing == Standing::Trial) {
                let open: Vec<Step> = {
                    let done = self.done.lock();
                    let is_open = |step: &&Step| {
                        !done.contains(&(lot.code.clone(), statement.standard.clone(), **step))
                    };
                    steps.iter().filter(is_open).copied().collect()
                };
                if !open.is_empty() {
                    self.note(lot, statement, &open).await?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_is_broken_by_a_sign_that_is_late() {
        let interval = SignedDuration::from_mins(5);
        let at = |minute: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        let mut list = Checklist::new("p".into(), at(0));
        for minute in [0, 5, 13] {
            list.note("huzhou", Step::Heartbeat, interval, at(minute));
        }
        assert!(!list.is_done("huzhou", Step::Heartbeat));
        for minute in [18, 25] {
            list.note("huzhou", Step::Heartbeat, interval, at(minute));
        }
        assert!(list.is_done("huzhou", Step::Heartbeat) && !list.is_done("isp", Step::Heartbeat));
        list.note("huzhou", Step::Entry, interval, at(30));
        assert!(list.is_done("huzhou", Step::Entry));
    }
}
