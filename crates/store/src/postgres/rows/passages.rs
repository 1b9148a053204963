//! Passages by what makes two of them the same.

use super::Text;
use crate::Result;
use crate::plan::{PassageRow, Plan};
use crate::postgres::commit::write;
use crate::postgres::day_statements::{OfADay, by_day};
use crate::postgres::statements::Statements;
use crate::postgres::values::{millis, text};
use bowei_model::{Direction, PassageKey};
use deadpool_postgres::Client;

/// Passages as columns.
#[derive(Default)]
pub(in crate::postgres) struct PassageColumns<'p> {
    pub(in crate::postgres) lots: Vec<Text<'p>>,
    pub(in crate::postgres) at: Vec<i64>,
    pub(in crate::postgres) plates: Vec<Text<'p>>,
    pub(in crate::postgres) entries: Vec<bool>,
}

impl<'p> PassageColumns<'p> {
    pub(in crate::postgres) fn of(keys: impl IntoIterator<Item = &'p PassageKey>) -> Self {
        let mut columns = Self::default();
        for key in keys {
            columns.lots.push(text(key.lot.as_str()));
            columns.at.push(millis(key.second));
            columns.plates.push(text(key.plate.as_str()));
            columns.entries.push(key.direction == Direction::Entry);
        }
        columns
    }
}

/// Passages that records no longer have, and those that they have now.
pub(in crate::postgres) struct Passages<'p> {
    gone: &'p [PassageRow],
    new: &'p [PassageRow],
}

impl<'p> Passages<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Self {
        Self { gone: &plan.passages_gone, new: &plan.passages_new }
    }

    /// Deletes those that go. Day by day, and so before everything that is said at once.
    pub(in crate::postgres) async fn clear(&self, client: &Client) -> Result<()> {
        for (from, of_the_day) in by_day(self.gone, |row| millis(row.key.second)) {
            let statement = OfADay::PassagesGone.prepared(client, from).await?;
            let PassageColumns { lots, at, plates, entries } =
                PassageColumns::of(of_the_day.iter().map(|row| &row.key));
            let records: Vec<_> = of_the_day.iter().map(|row| text(row.record_id.as_str())).collect();
            write(client, &statement, [&lots, &at, &plates, &entries, &records], true).await?;
        }
        Ok(())
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let PassageColumns { lots, at, plates, entries } =
            PassageColumns::of(self.new.iter().map(|row| &row.key));
        let records: Vec<_> = self.new.iter().map(|row| text(row.record_id.as_str())).collect();
        let values = [&lots as &(dyn tokio_postgres::types::ToSql + Sync), &at, &plates, &entries, &records];
        write(client, &statements.passages_new, values, !lots.is_empty()).await
    }
}
