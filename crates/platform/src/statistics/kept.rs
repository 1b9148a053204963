//! Reports that are made by the clock, and kept as they were: a day's each morning, a week's each Monday, a month's on its
//! first day.

use super::figures::{Group, Table, gather};
use super::orders::{OrderFigures, of_period};
use super::period::{Period, PeriodKind};
use crate::jobs::{Job, Schedule, Words};
use crate::office::{self, Document, Kept};
use crate::registry::Registry;
use crate::supervision::rule_book::RuleBook;
use bowei_model::moment;
use bowei_store::{Store, StoreError};
use jiff::Timestamp;
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// After the day is closed, at 04:00.
const HOUR: u8 = 5;

/// A report as it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeptReport {
    pub(crate) kind: PeriodKind,
    pub(crate) made_at: Timestamp,
    /// The city, then its districts, then its providers.
    pub(crate) tables: Vec<(Group, Table)>,
    pub(crate) orders: OrderFigures,
    pub(crate) orders_before: OrderFigures,
}

impl Document for KeptReport {
    const KIND: &'static str = "report";

    fn state(&self) -> String {
        match self.kind {
            PeriodKind::Day => "day",
            PeriodKind::Week => "week",
            PeriodKind::Month => "month",
        }
        .to_owned()
    }

    fn at(&self) -> Timestamp {
        self.made_at
    }
}

/// The job.
pub(crate) fn job(store: Arc<dyn Store>, registry: Arc<Registry>, book: Arc<RuleBook>) -> Job {
    Job::new("reports", Schedule::Daily { hour: HOUR }, move |turn| {
        let (store, registry, book) = (Arc::clone(&store), Arc::clone(&registry), Arc::clone(&book));
        async move {
            let today = moment::to_wall(turn.from).date();
            let mut kinds = vec![PeriodKind::Day];
            kinds.extend((today.weekday() == Weekday::Monday).then_some(PeriodKind::Week));
            kinds.extend((today.day() == 1).then_some(PeriodKind::Month));
            let mut made = Vec::new();
            for kind in kinds {
                let period = Period::of(kind, today).before();
                keep(store.as_ref(), (&registry, &book), period, turn.from).await?;
                made.push(period.to_string());
            }
            Ok(Words::new(format!("已生成报表：{}", made.join("、")), format!("made: {}", made.join(", "))))
        }
    })
    .catching_up()
}

async fn keep(
    store: &dyn Store,
    (registry, book): (&Registry, &RuleBook),
    period: Period,
    now: Timestamp,
) -> Result<(), StoreError> {
    let snapshot = registry.snapshot();
    let lots: Vec<_> = snapshot.live_lots().cloned().collect();
    let names: HashMap<_, _> =
        snapshot.providers.values().map(|one| (one.code.to_string(), one.name.clone())).collect();
    let mut tables = Vec::new();
    for group in [Group::City, Group::District, Group::Provider] {
        let names = if group == Group::Provider { names.clone() } else { HashMap::new() };
        let table = gather(store, lots.clone(), names, (period, group), book.settings()).await?;
        tables.push((group, table));
    }
    let report = KeptReport {
        kind: period.kind,
        made_at: now,
        tables,
        orders: of_period(store, period, |_| true).await?,
        orders_before: of_period(store, period.before(), |_| true).await?,
    };
    match store.administer(vec![Kept::new(period.to_string(), report).change()?], Vec::new()).await {
        // It was made before, and stays as it was.
        Err(StoreError::Conflict(_)) => Ok(()),
        kept => kept,
    }
}

/// The report of a period, if it was made.
pub(crate) async fn one(store: &dyn Store, period: &str) -> Result<Option<Kept<KeptReport>>, StoreError> {
    office::one(store, period).await
}
