//! Evaluating days of lots: what is known of them is held against the rules, and what comes of it is kept.

use super::evidence::City;
use super::judge::{Judge, Parts};
use super::rule_book::RuleBook;
use crate::registry::{Registry, Snapshot};
use bowei_model::supervision::{
    ChargingSum, Evidence, HourCounts, HourPassages, KeptDay, Minutes, RuleSet, evaluate,
};
use bowei_model::{Lot, LotCode, ParkingSession, moment};
use bowei_store::{EvaluationRow, PassageHour, Store, StoreError};
use futures::{TryStreamExt as _, stream};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Lots that are evaluated at once: what the store reads for one while another is worked out, and no more, for lots
/// report meanwhile.
const AT_ONCE: usize = 2;

/// Dirty days that are looked at at once.
const DIRTY_AT_ONCE: usize = 2_000;

/// Of which lots a day is evaluated.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    All,
    /// Of those that nobody has evaluated since they were found dirty: the day's close may have been here first.
    Dirty,
}

/// Who evaluates.
pub(crate) struct Days {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    judge: Arc<Judge>,
    book: Arc<RuleBook>,
}

impl Days {
    pub(super) fn new((store, registry, book): Parts, judge: Arc<Judge>) -> Self {
        Self { store, registry, judge, book }
    }

    /// Evaluates a day of every lot in service, as of `now`; how many lots.
    pub(crate) async fn evaluate(&self, day: u32, now: Timestamp) -> Result<usize, StoreError> {
        let snapshot = self.registry.snapshot();
        let lots = snapshot.live_lots().filter(|lot| is_supervised(lot)).cloned().collect();
        self.evaluate_lots(day, lots, now, Which::All).await
    }

    /// Evaluates days of lots that were asked for, of those that are in service.
    pub(crate) async fn evaluate_requested(
        &self,
        requested: BTreeSet<(LotCode, Date)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut by_day: BTreeMap<u32, Vec<Arc<Lot>>> = BTreeMap::new();
        let snapshot = self.registry.snapshot();
        for (code, date) in requested {
            let day = moment::day_of_date(date);
            let lot = snapshot.live_lot(&code).filter(|lot| is_supervised(lot)).cloned();
            by_day.entry(day).or_default().extend(lot);
        }
        for (day, lots) in by_day {
            self.evaluate_lots(day, lots, now, Which::All).await?;
        }
        Ok(())
    }

    /// Evaluates anew what was touched since; how many days of lots.
    pub(crate) async fn evaluate_dirty(&self, now: Timestamp) -> Result<usize, StoreError> {
        let dirty = self.store.dirty_days(DIRTY_AT_ONCE).await?;
        let mut by_day: BTreeMap<u32, BTreeSet<LotCode>> = BTreeMap::new();
        for day in dirty {
            by_day.entry(day.day).or_default().insert(day.lot);
        }
        let mut done = 0;
        for (day, codes) in by_day {
            let snapshot = self.registry.snapshot();
            // A lot that nobody supervises any more is evaluated all the same: otherwise its day stays dirty.
            let lots = codes.iter().filter_map(|code| snapshot.lots.get(code)).cloned().collect();
            done += self.evaluate_lots(day, lots, now, Which::Dirty).await?;
        }
        Ok(done)
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.registry.snapshot()
    }

    /// What all lots share of a day; `None` where it is no day yet.
    pub(super) async fn city(&self, day: u32, now: Timestamp) -> Result<Option<City>, StoreError> {
        City::of(self.store.as_ref(), &self.registry.snapshot().lots, day, now).await
    }

    /// What is known of a lot's day; `None` where it is no day yet.
    pub(crate) async fn evidence(
        &self,
        lot: &Lot,
        day: u32,
        now: Timestamp,
    ) -> Result<Option<Evidence>, StoreError> {
        let Some(city) = self.city(day, now).await? else { return Ok(None) };
        let kept = self.store.day_evidence(&lot.code, day).await?;
        city.evidence(self.store.as_ref(), lot, kept).await.map(Some)
    }

    async fn evaluate_lots(
        &self,
        day: u32,
        lots: Vec<Arc<Lot>>,
        now: Timestamp,
        which: Which,
    ) -> Result<usize, StoreError> {
        let Some(city) = self.city(day, now).await? else { return Ok(0) };
        let count = lots.len();
        stream::iter(lots.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |lot| self.evaluate_lot(&city, lot, now, which))
            .await?;
        Ok(count)
    }

    async fn evaluate_lot(
        &self,
        city: &City,
        lot: Arc<Lot>,
        now: Timestamp,
        which: Which,
    ) -> Result<(), StoreError> {
        let kept = self.store.day_evidence(&lot.code, city.day).await?;
        let dirty = kept.dirty;
        if which == Which::Dirty && dirty.is_none() {
            return Ok(());
        }
        let evidence = city.evidence(self.store.as_ref(), &lot, kept).await?;
        let (rules, day) = (self.book.settings(), city.day);
        let code = lot.code.clone();
        let row = tokio::task::spawn_blocking(move || evaluated(code, day, &evidence, &rules, dirty, now));
        let row =
            row.await.map_err(|error| StoreError::Unreadable(format!("a fault of Bowei's: {error}")))??;
        let changed = self.store.write_evaluation(row).await?;
        self.judge.note(changed.into_iter().map(|kind| (lot.code.clone(), kind)));
        Ok(())
    }
}

/// Whether a lot's days are evaluated: it is in service.
fn is_supervised(lot: &Lot) -> bool {
    !lot.closed
}

fn evaluated(
    lot: LotCode,
    day: u32,
    evidence: &Evidence,
    rules: &RuleSet,
    dirty: Option<i64>,
    now: Timestamp,
) -> Result<EvaluationRow, StoreError> {
    let evaluation = evaluate(evidence, rules);
    let stays = evaluation.stays;
    let hours = HourCounts::of(evidence, evaluation.passages.iter().map(|hour| (hour.entries, hour.exits)));
    let charging = ChargingSum::of(evidence);
    let text = |kept: KeptDay| {
        serde_json::to_string(&kept)
            .map_err(|error| StoreError::Unreadable(format!("rates of {lot} on {day}: {error}")))
    };
    let at_close = evaluation.at_close.map(|rates| text(KeptDay { rates, ..KeptDay::default() }));
    Ok(EvaluationRow {
        rates: text(KeptDay { rates: evaluation.rates, stays, hours, charging })?,
        at_close: at_close.transpose()?,
        passages: passages(evidence.day, &evaluation.passages),
        findings: evaluation.findings,
        evaluated_at: now,
        elsewhere: elsewhere(evidence),
        lot,
        day,
        dirty,
    })
}

/// At which other lots cars of the day were at the same time, and when the last of it was received here.
fn elsewhere(evidence: &Evidence) -> BTreeMap<LotCode, Timestamp> {
    let of = |session: &ParkingSession| {
        session.entries.iter().chain(&session.exits).map(|version| version.received_at).max()
    };
    let known: HashMap<_, _> =
        evidence.sessions.iter().map(|session| (&session.record_id, of(session))).collect();
    let mut lots = BTreeMap::new();
    for there in &evidence.elsewhere {
        if let Some(at) = known.get(&there.record_id).copied().flatten() {
            let last = lots.entry(there.other_lot.clone()).or_insert(at);
            *last = at.max(*last);
        }
    }
    lots
}

/// The day's passages by hour, as the store has hours.
fn passages(day: Date, hours: &[HourPassages]) -> Vec<PassageHour> {
    let first = Minutes::first_hour(day);
    let of_day = (first..).zip(hours).filter(|(_, of)| of.entries + of.exits > 0);
    let row = |(hour, of): (i64, &HourPassages)| PassageHour {
        hour,
        entries: of.entries.into(),
        exits: of.exits.into(),
    };
    of_day.map(row).collect()
}
