//! What another rule set would change: the last days evaluated once more under both, before it is put in force.

use super::evidence::{City, Lots};
use super::rule_book::NotApplied;
use crate::office::settings::Settings as _;
use bowei_model::supervision::{Evidence, HourTally, Inhibitors, RuleSet, conditions, evaluate, rule};
use bowei_model::{Finding, FindingKind, Lot, LotCode, moment};
use bowei_store::{Store, StoreError, finding_hour, finding_id};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use utoipa::ToSchema;

/// Days that are replayed at most: a quarter.
pub const DAYS_MAX: u32 = 92;

/// Lots that are replayed at once: as many as a small machine has cores.
const AT_ONCE: usize = 2;

/// Lots that are named for each rule.
const NAMED_MAX: usize = 50;

/// What another rule set would change of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleChange {
    /// The rule.
    pub rule: String,
    /// Findings under the rules in force.
    pub findings_before: u64,
    /// Findings under the draft.
    pub findings_after: u64,
    /// Of these, those that the rules in force do not find.
    pub findings_new: u64,
    /// Of the first, those that the draft does not find.
    pub findings_gone: u64,
    /// Cases under the rules in force.
    pub cases_before: u64,
    /// Cases under the draft.
    pub cases_after: u64,
    /// Lots with cases under the draft alone, 50 at most.
    pub lots_new: Vec<String>,
    /// Lots with cases under the rules in force alone, 50 at most.
    pub lots_gone: Vec<String>,
}

/// What another rule set would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Replayed {
    /// Days that were replayed.
    pub days: u32,
    /// Lots.
    pub lots: u64,
    /// Passages of them.
    pub passages: u64,
    /// The rules of which anything would change, in their order.
    pub rules: Vec<RuleChange>,
}

/// How far a replay is.
#[derive(Debug, Default)]
pub struct Progress {
    /// Days of lots that are done.
    pub done: AtomicU64,
    /// Days of lots in all.
    pub all: AtomicU64,
}

/// What a draft would change of the last days before `now`.
pub async fn replay(
    store: Arc<dyn Store>,
    lots: Vec<Lot>,
    (current, draft): (Arc<RuleSet>, Arc<RuleSet>),
    days: u32,
    now: Timestamp,
    progress: &Progress,
) -> Result<Replayed, NotApplied> {
    if days == 0 || days > DAYS_MAX {
        let why = format!("days is {days}: 1 to {DAYS_MAX} are expected");
        return Err(NotApplied::Unfit { name: RuleSet::NAME, why });
    }
    let lots: Lots = lots.into_iter().map(|lot| (lot.code.clone(), Arc::new(lot))).collect();
    let mut cities = Vec::new();
    for back in (1..=days).rev() {
        let at = now.saturating_sub(SignedDuration::from_hours(24 * i64::from(back))).unwrap_or(now);
        cities.extend(City::of(store.as_ref(), &lots, moment::day(at), now).await?);
    }
    let lots: Vec<_> = lots.into_values().filter(|lot| lot.is_live() && !lot.closed).collect();
    progress.all.store((lots.len() * cities.len()) as u64, Ordering::Relaxed);
    let both = (current, draft);
    let of_lots: Vec<OfLot> = stream::iter(lots)
        .map(|lot| of_lot(store.as_ref(), lot, &cities, &both, progress, now))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut sums: BTreeMap<FindingKind, RuleChange> = BTreeMap::new();
    let mut passages = 0;
    for of in &of_lots {
        passages += of.passages;
        for (kind, change) in &of.rules {
            let sum = sums
                .entry(*kind)
                .or_insert_with(|| RuleChange { rule: kind.name().to_owned(), ..Default::default() });
            sum.findings_before += change.findings_before;
            sum.findings_after += change.findings_after;
            sum.findings_new += change.findings_new;
            sum.findings_gone += change.findings_gone;
            sum.cases_before += change.cases_before;
            sum.cases_after += change.cases_after;
            let named = match (change.cases_before, change.cases_after) {
                (0, after) if after > 0 => Some(&mut sum.lots_new),
                (before, 0) if before > 0 => Some(&mut sum.lots_gone),
                _ => None,
            };
            if let Some(named) = named.filter(|named| named.len() < NAMED_MAX) {
                named.push(of.lot.to_string());
            }
        }
    }
    let changed = |change: &RuleChange| {
        let same = change.findings_new == 0
            && change.findings_gone == 0
            && change.cases_before == change.cases_after;
        !same || !change.lots_new.is_empty() || !change.lots_gone.is_empty()
    };
    let mut rules: Vec<_> = sums.into_values().filter(changed).collect();
    for change in &mut rules {
        change.lots_new.sort();
        change.lots_gone.sort();
    }
    Ok(Replayed { days, lots: of_lots.len() as u64, passages, rules })
}

/// What would change of one lot.
struct OfLot {
    lot: LotCode,
    passages: u64,
    rules: BTreeMap<FindingKind, RuleChange>,
}

type Tallies = BTreeMap<(FindingKind, String), BTreeMap<i64, HourTally>>;

async fn of_lot(
    store: &dyn Store,
    lot: Arc<Lot>,
    cities: &[City],
    (current, draft): &(Arc<RuleSet>, Arc<RuleSet>),
    progress: &Progress,
    now: Timestamp,
) -> Result<OfLot, StoreError> {
    let mut of = OfLot { lot: lot.code.clone(), passages: 0, rules: BTreeMap::new() };
    let (mut before, mut after) = (Tallies::new(), Tallies::new());
    for city in cities {
        let kept = store.day_evidence(&lot.code, city.day).await?;
        let evidence = city.evidence(store, &lot, kept).await?;
        let rules = (Arc::clone(current), Arc::clone(draft));
        let evaluated = tokio::task::spawn_blocking(move || evaluated(&evidence, &rules));
        let (passages, by_both) = evaluated
            .await
            .map_err(|error| StoreError::Unreadable(format!("a fault of Bowei's: {error}")))?;
        of.passages += passages;
        note(&mut of, by_both, &mut before, &mut after);
        progress.done.fetch_add(1, Ordering::Relaxed);
    }
    // What is found of records as they are received is the same under both; when a case of it opens may not be.
    let by_record: Vec<_> = FindingKind::ALL
        .into_iter()
        .filter(|kind| !rule(*kind).by_day)
        .map(|kind| (lot.code.clone(), kind))
        .collect();
    let since = cities.first().map_or(0, |city| city.hours().0);
    for tally in
        store.finding_tallies(by_record, since).await?.into_iter().filter(|tally| tally.hour >= since)
    {
        let one = HourTally {
            hour: tally.hour,
            found: u32::try_from(tally.found).unwrap_or(u32::MAX),
            open: u32::try_from(tally.open).unwrap_or(0),
        };
        for tallies in [&mut before, &mut after] {
            tallies.entry((tally.kind, tally.cause.clone())).or_default().insert(tally.hour, one);
        }
    }
    for (tallies, rules, is_draft) in [(&before, current, false), (&after, draft, true)] {
        for ((kind, _), hours) in tallies {
            let hours: Vec<_> = hours.values().copied().collect();
            let settings = (&rules.case(*kind), &rules.handling);
            let cases = conditions(*kind, &hours, &Inhibitors::NONE, settings, now).len() as u64;
            let change = of.rules.entry(*kind).or_default();
            *(if is_draft { &mut change.cases_after } else { &mut change.cases_before }) += cases;
        }
    }
    Ok(of)
}

/// What is found of a day by both.
fn evaluated(
    evidence: &Evidence,
    (current, draft): &(Arc<RuleSet>, Arc<RuleSet>),
) -> (u64, [Vec<Finding>; 2]) {
    let before = evaluate(evidence, current);
    let passages = before.passages.iter().map(|hour| u64::from(hour.entries + hour.exits)).sum();
    (passages, [before.findings, evaluate(evidence, draft).findings])
}

fn note(
    of: &mut OfLot,
    [found_before, found_after]: [Vec<Finding>; 2],
    before: &mut Tallies,
    after: &mut Tallies,
) {
    let ids = |found: &[Finding]| found.iter().map(finding_id).collect::<BTreeSet<_>>();
    let (known, drafted) = (ids(&found_before), ids(&found_after));
    for finding in &found_before {
        let change = of.rules.entry(finding.kind).or_default();
        change.findings_before += 1;
        change.findings_gone += u64::from(!drafted.contains(&finding_id(finding)));
        tally(before, finding);
    }
    for finding in &found_after {
        let change = of.rules.entry(finding.kind).or_default();
        change.findings_after += 1;
        change.findings_new += u64::from(!known.contains(&finding_id(finding)));
        tally(after, finding);
    }
}

fn tally(tallies: &mut Tallies, finding: &Finding) {
    let hours = tallies.entry((finding.kind, finding.facts.cause().to_owned())).or_default();
    let hour = finding_hour(finding);
    let tally = hours.entry(hour).or_insert(HourTally { hour, found: 0, open: 0 });
    tally.found += 1;
    tally.open += u32::from(finding.is_open());
}
