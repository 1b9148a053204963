//! What supervision goes by: tallies of findings, days to be evaluated anew, minutes in which somebody was heard.

use super::Text;
use crate::Result;
use crate::plan::{Plan, TallyChanges};
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{day, text};
use deadpool_postgres::Client;
use futures::try_join;

/// What changes about the tallies of findings, and which findings have changed.
#[derive(Default)]
pub(in crate::postgres) struct FindingTallies<'c> {
    lots: Vec<Text<'c>>,
    kinds: Vec<&'c str>,
    causes: Vec<Text<'c>>,
    hours: Vec<i64>,
    found: Vec<i64>,
    open: Vec<i64>,
    changed: (Vec<Text<'c>>, Vec<&'c str>),
    seq: i64,
}

impl<'c> FindingTallies<'c> {
    pub(in crate::postgres) fn of(changes: &'c TallyChanges) -> Self {
        let mut rows = Self { seq: changes.seq(), ..Self::default() };
        for (key, by) in changes.tallies() {
            rows.lots.push(text(&key.lot));
            rows.kinds.push(&key.kind);
            rows.causes.push(text(&key.cause));
            rows.hours.push(key.hour);
            rows.found.push(by.found);
            rows.open.push(by.open);
        }
        for (lot, kind) in changes.pairs() {
            rows.changed.0.push(text(lot));
            rows.changed.1.push(kind);
        }
        rows
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, kinds, causes, hours, found, open, changed, seq } = self;
        let tallies: [_; 6] = [lots as _, kinds as _, causes as _, hours as _, found as _, open as _];
        try_join!(
            write(client, &statements.finding_tallies, tallies, !lots.is_empty()),
            write(client, &statements.changed_findings, [&changed.0, &changed.1, seq], !changed.0.is_empty()),
        )?;
        Ok(())
    }
}

/// Days to be evaluated anew.
#[derive(Default)]
pub(in crate::postgres) struct DirtyDays<'p> {
    lots: Vec<Text<'p>>,
    days: Vec<i32>,
    seqs: Vec<i64>,
}

impl<'p> DirtyDays<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Self {
        let mut rows = Self::default();
        for ((lot, number), seq) in &plan.dirty {
            rows.lots.push(text(lot.as_str()));
            rows.days.push(day(*number));
            rows.seqs.push(*seq);
        }
        rows
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, days, seqs } = self;
        write(client, &statements.dirty_days, [lots, days, seqs], !lots.is_empty()).await
    }
}

/// Minutes in which somebody was heard.
#[derive(Default)]
pub(in crate::postgres) struct Heard<'p> {
    hours: Vec<i64>,
    subjects: Vec<Text<'p>>,
    minutes: Vec<i64>,
}

impl<'p> Heard<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Self {
        let mut rows = Self::default();
        for ((hour, subject), minutes) in &plan.heard {
            rows.hours.push(*hour);
            rows.subjects.push(text(subject));
            rows.minutes.push(minutes.cast_signed());
        }
        rows
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { hours, subjects, minutes } = self;
        write(client, &statements.heard, [hours, subjects, minutes], !hours.is_empty()).await
    }
}
