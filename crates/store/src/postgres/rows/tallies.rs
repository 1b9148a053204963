//! What to add to a writer's tallies.

use crate::Result;
use crate::plan::Plan;
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::day;
use deadpool_postgres::Client;

/// What to add to a writer's tallies.
#[derive(Default)]
pub(in crate::postgres) struct Tallies<'p> {
    days: Vec<i32>,
    writers: Vec<i16>,
    standards: Vec<&'p str>,
    outcomes: Vec<&'p str>,
    kinds: Vec<&'p str>,
    counts: Vec<i64>,
}

impl<'p> Tallies<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>, writer: i16) -> Self {
        let mut rows = Self::default();
        for (key, count) in &plan.tallies {
            rows.days.push(day(key.day));
            rows.writers.push(writer);
            rows.standards.push(key.standard);
            rows.outcomes.push(key.outcome);
            rows.kinds.push(key.kind);
            rows.counts.push(*count);
        }
        rows
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { days, writers, standards, outcomes, kinds, counts } = self;
        write(
            client,
            &statements.tallies,
            [days, writers, standards, outcomes, kinds, counts],
            !days.is_empty(),
        )
        .await
    }
}
