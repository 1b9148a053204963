//! Cases follow from findings. A lot's cases of a rule are judged within a second of a finding, and whatever a node was told
//! of and died over once a minute: what is to be judged is kept with the findings, and a case's condition follows from the
//! tallies alone, whichever node judges and however often.

mod condition;

pub(crate) use condition::{HOLDS, QUIET};

use super::rule_book::RuleBook;
use crate::after_commit::{AfterCommit, Commit};
use crate::clock::Clock;
use crate::jobs::Words;
use crate::registry::Registry;
use async_trait::async_trait;
use bowei_model::finding::RECORD_AWAITED_FOR;
use bowei_model::supervision::{HourTally, Inhibitors, Minutes, conditions, rule, vendor_wide};
use bowei_model::{FindingKind, LotCode};
use bowei_store::{
    CaseQuery, CaseRow, Change, ChangedFindings, ConditionRow, FindingQuery, FindingStates, HEARD_PLATFORM,
    Store, StoreError,
};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// What gathers for so long is judged at once: ten thousand passages with one fault are one case, and one judgement.
const COALESCED_FOR: Duration = Duration::from_millis(250);

/// Lots and kinds that wait to be judged: beyond them the sweep of the minute does it.
const PENDING_MAX: usize = 20_000;

/// Lots and kinds that are judged at once.
const AT_ONCE: usize = 500;

/// Conditions that are written at once: reports wait for it.
const WRITTEN_AT_ONCE: usize = 50;

/// Cases of a page where all that hold are gone through.
const PAGE: usize = 1_000;

/// Pages that one sweep goes through: cases beyond them are the next minute's.
const PAGES_MAX: usize = 50;

/// How far back an absence explains anything: quiet times and the 30 days of a relapse lie within.
const ABSENCES_FOR: SignedDuration = SignedDuration::from_hours(24 * 40);

/// Absences of a lot that are looked at.
const ABSENCES_MAX: usize = 1_000;

/// What judging and evaluating need.
pub(super) type Parts = (Arc<dyn Store>, Arc<Registry>, Arc<RuleBook>);

/// A lot and a kind of finding.
pub(crate) type Pair = (LotCode, FindingKind);

/// Who judges.
pub(crate) struct Judge {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    book: Arc<RuleBook>,
    clock: Arc<dyn Clock>,
    pending: Mutex<BTreeSet<Pair>>,
    wake: Notify,
}

impl Judge {
    pub(super) fn new((store, registry, book): Parts, clock: Arc<dyn Clock>) -> Self {
        Self { store, registry, book, clock, pending: Mutex::default(), wake: Notify::new() }
    }

    /// Notes whose findings have changed.
    pub(crate) fn note(&self, changed: impl Iterator<Item = Pair>) {
        let mut pending = self.pending.lock();
        let before = pending.len();
        for pair in changed {
            if pending.len() >= PENDING_MAX {
                break;
            }
            pending.insert(pair);
        }
        if pending.len() > before {
            self.wake.notify_one();
        }
    }

    /// Judges what is noted, for ever.
    pub(crate) async fn run(&self) {
        loop {
            self.wake.notified().await;
            tokio::time::sleep(COALESCED_FOR).await;
            let pending: Vec<_> = std::mem::take(&mut *self.pending.lock()).into_iter().collect();
            for pairs in pending.chunks(AT_ONCE) {
                if let Err(error) = self.judge(pairs, Vec::new(), self.clock.now()).await {
                    tracing::warn!(%error, "cases could not be judged at once; the minute's sweep does it");
                }
            }
        }
    }

    /// Judges what nobody has judged since it changed, what may have grown quiet, and which faults are a vendor's.
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<Words, StoreError> {
        let mut judged = 0;
        for _ in 0..PAGES_MAX {
            let changed = self.store.changed_findings(AT_ONCE).await?;
            let is_last = changed.len() < AT_ONCE;
            let pairs: Vec<_> = changed.iter().map(|one| (one.lot.clone(), one.kind)).collect();
            judged += pairs.len();
            self.judge(&pairs, changed, now).await?;
            if is_last {
                break;
            }
        }
        let holding = self.holding(now).await?;
        let rules = self.book.settings();
        let quieting: Vec<_> = holding
            .iter()
            .filter_map(|case| {
                let kind = FindingKind::from_name(&case.condition.rule)?;
                let quiet = SignedDuration::from_hours(i64::from(rules.case(kind).quiet_hours));
                let is_old = now.duration_since(case.condition.last_at) >= quiet;
                case.condition.lot.clone().filter(|_| is_old).map(|lot| (lot, kind))
            })
            .collect();
        for pairs in quieting.chunks(AT_ONCE) {
            self.judge(pairs, Vec::new(), now).await?;
        }
        self.judge_vendors(&holding).await?;
        Ok(Words::when(
            judged > 0,
            format!("按停车场与规则判定案件 {judged} 组"),
            format!("{judged} lots and rules judged"),
        ))
    }

    /// Judges the cases of lots and kinds.
    async fn judge(
        &self,
        pairs: &[Pair],
        mut judged: Vec<ChangedFindings>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if pairs.is_empty() {
            return Ok(());
        }
        let snapshot = self.registry.snapshot();
        let supervised: Vec<Pair> =
            pairs.iter().filter(|(lot, _)| snapshot.live_lot(lot).is_some()).cloned().collect();
        let of = supervised.iter().map(|(lot, kind)| (Some(lot.clone()), *kind)).collect();
        let known = self.store.cases_of(of).await?;
        let mut tallies: BTreeMap<(LotCode, FindingKind, String), Vec<_>> = BTreeMap::new();
        // A picture may overtake its record by some minutes: what is found of it within them is not due yet.
        let due = Minutes::hour_and_bit(now.saturating_sub(RECORD_AWAITED_FOR).unwrap_or(now)).0;
        for tally in self.store.finding_tallies(supervised.clone(), 0).await? {
            if tally.kind == FindingKind::PhotoWithoutRecord && tally.hour >= due {
                judged.retain(|one| one.kind != tally.kind || one.lot != tally.lot);
                continue;
            }
            tallies.entry((tally.lot, tally.kind, tally.cause)).or_default().push(HourTally {
                hour: tally.hour,
                found: u32::try_from(tally.found).unwrap_or(u32::MAX),
                open: u32::try_from(tally.open).unwrap_or(0),
            });
        }
        let inhibitors = self.inhibitors(&supervised, now).await?;
        let (none, rules) = (Inhibitors::NONE, self.book.settings());
        let mut found: HashMap<String, ConditionRow> = HashMap::new();
        for ((lot, kind, cause), tallies) in &tallies {
            let Some(lot) = snapshot.live_lot(lot) else { continue };
            let settings = (&rules.case(*kind), &rules.handling);
            let explains = inhibitors.get(&lot.code).unwrap_or(&none);
            for one in conditions(*kind, tallies, explains, settings, now) {
                let row = condition::row(lot, *kind, cause, &one);
                found.insert(row.id.clone(), row);
            }
        }
        let mut changed = Vec::new();
        let mut relapsed = Vec::new();
        for case in &known {
            let before = &case.condition;
            match found.remove(&before.id) {
                Some(after) => {
                    let after = ConditionRow { parent: before.parent.clone(), ..after };
                    relapsed.extend(condition::relapsed(case, &after, now)?);
                    changed.extend((after != *before).then_some(after));
                }
                // All that it was made of is gone: said anew, it would not be found.
                None if before.condition != condition::QUIET => {
                    changed.push(ConditionRow { condition: condition::QUIET.to_owned(), ..before.clone() });
                }
                None => {}
            }
        }
        changed.extend(found.into_values());
        self.write(&changed, judged).await?;
        for change in relapsed {
            match self.store.administer(vec![Change::Case(Box::new(change))], Vec::new()).await {
                // Somebody handles it at this moment: the next judgement looks again.
                Err(StoreError::Outdated { .. }) => {}
                done => done?,
            }
        }
        Ok(())
    }

    /// What explains the findings of lots, of those that something can explain.
    async fn inhibitors(
        &self,
        pairs: &[Pair],
        now: Timestamp,
    ) -> Result<HashMap<LotCode, Inhibitors>, StoreError> {
        let since = now.saturating_sub(ABSENCES_FOR).unwrap_or(Timestamp::MIN);
        let mut away = Inhibitors::NONE;
        for (from, to) in self.platform_away(since, now).await? {
            away.add_platform_away(from, to);
        }
        let mut all = HashMap::new();
        for (lot, kind) in pairs {
            let explains = all.entry(lot.clone()).or_insert_with(|| (away.clone(), false));
            if !rule(*kind).inhibited_by_offline || explains.1 {
                continue;
            }
            explains.1 = true;
            let query = FindingQuery {
                lots: Some(vec![lot.clone()]),
                kind: Some(FindingKind::HeartbeatMissed),
                from: Some(since),
                states: FindingStates::All,
                limit: ABSENCES_MAX,
                ..FindingQuery::default()
            };
            for finding in self.store.findings(query).await?.items {
                explains.0.add_finding(&finding);
            }
        }
        Ok(all.into_iter().map(|(lot, (explains, _))| (lot, explains)).collect())
    }

    /// The stretches in which no node of the platform was there, in whole hours and more.
    async fn platform_away(
        &self,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>, StoreError> {
        let (first, last) = (Minutes::hour_and_bit(since).0, Minutes::hour_and_bit(now).0);
        let heard = self.store.heard(vec![HEARD_PLATFORM.to_owned()], first, last).await?;
        Ok(condition::absences(&heard, last))
    }

    /// Cases that hold, lots' own.
    async fn holding(&self, now: Timestamp) -> Result<Vec<CaseRow>, StoreError> {
        let mut all = Vec::new();
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let query = CaseQuery {
                condition: Some(condition::HOLDS.to_owned()),
                now,
                limit: PAGE,
                cursor,
                ..CaseQuery::default()
            };
            let page = self.store.cases(query).await?;
            all.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// Puts a case above those of one vendor's lots that have the same fault at about the same time.
    async fn judge_vendors(&self, holding: &[CaseRow]) -> Result<(), StoreError> {
        let members = holding.iter().filter_map(condition::member).collect::<Vec<_>>();
        let mut changed = Vec::new();
        let mut parents: BTreeMap<String, ConditionRow> = BTreeMap::new();
        for wide in vendor_wide(&members, &self.book.settings().handling) {
            let of_it = |case: &&CaseRow| condition::is_of(case, &wide);
            let children: Vec<_> = holding.iter().filter(of_it).collect();
            let parent = condition::parent(&wide, &children);
            for child in children.iter().filter(|child| child.condition.parent.as_ref() != Some(&parent.id)) {
                changed.push(ConditionRow { parent: Some(parent.id.clone()), ..child.condition.clone() });
            }
            parents.insert(parent.id.clone(), parent);
        }
        for case in holding.iter().filter(|case| case.condition.lot.is_none()) {
            match parents.remove(&case.condition.id) {
                Some(parent) if parent != case.condition => changed.push(parent),
                Some(_) => {}
                None => changed
                    .push(ConditionRow { condition: condition::QUIET.to_owned(), ..case.condition.clone() }),
            }
        }
        changed.extend(parents.into_values());
        self.write(&changed, Vec::new()).await
    }

    /// In parts. What was judged is forgotten with the last: broken off, it is judged again.
    async fn write(&self, changed: &[ConditionRow], judged: Vec<ChangedFindings>) -> Result<(), StoreError> {
        let mut parts = changed.chunks(WRITTEN_AT_ONCE).map(<[_]>::to_vec);
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            self.store.write_conditions(part, Vec::new()).await?;
        }
        if last.is_empty() && judged.is_empty() {
            return Ok(());
        }
        self.store.write_conditions(last, judged).await
    }
}

#[async_trait]
impl AfterCommit for Judge {
    fn name(&self) -> &'static str {
        "cases"
    }

    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        self.note(commit.committed.findings_changed.iter().cloned());
        Ok(())
    }
}
