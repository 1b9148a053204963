//! Passages by what makes two of them the same.

use super::Text;
use crate::Result;
use crate::plan::{PassageRow, Plan};
use crate::postgres::commit::write;
use crate::postgres::day_statements::{OfADay, by_day};
use crate::postgres::statements::Statements;
use crate::postgres::values::{HistoryColumns, millis, text};
use bowei_model::{Direction, PassageKey, RecordId};
use deadpool_postgres::Client;
use tokio_postgres::types::ToSql;

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

/// Passages that records never had, and those that they have or had, with when.
pub(in crate::postgres) struct Passages<'p> {
    gone: &'p [(PassageKey, RecordId)],
    now: &'p [PassageRow],
    numbers: Vec<Option<i64>>,
    since: Vec<Option<i64>>,
    until: Vec<Option<i64>>,
    earlier: Vec<Option<String>>,
}

impl<'p> Passages<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let (mut numbers, mut since, mut until, mut earlier) = (vec![], vec![], vec![], vec![]);
        for row in &plan.passages {
            let columns = HistoryColumns::of(&row.had)?;
            numbers.push(columns.number);
            since.push(columns.since);
            until.push(columns.until);
            earlier.push(columns.earlier);
        }
        Ok(Self { gone: &plan.passages_gone, now: &plan.passages, numbers, since, until, earlier })
    }

    /// Deletes those that go. Day by day, and so before everything that is said at once.
    pub(in crate::postgres) async fn clear(&self, client: &Client) -> Result<()> {
        for (from, of_the_day) in by_day(self.gone, |(key, _)| millis(key.second)) {
            let statement = OfADay::PassagesGone.prepared(client, from).await?;
            let PassageColumns { lots, at, plates, entries } =
                PassageColumns::of(of_the_day.iter().map(|(key, _)| key));
            let records: Vec<_> = of_the_day.iter().map(|(_, record_id)| text(record_id.as_str())).collect();
            write(client, &statement, [&lots, &at, &plates, &entries, &records], true).await?;
        }
        Ok(())
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let PassageColumns { lots, at, plates, entries } =
            PassageColumns::of(self.now.iter().map(|row| &row.key));
        let records: Vec<_> = self.now.iter().map(|row| text(row.record_id.as_str())).collect();
        let values: [&(dyn ToSql + Sync); 9] =
            [&lots, &at, &plates, &entries, &records, &self.numbers, &self.since, &self.until, &self.earlier];
        write(client, &statements.passages_now, values, !lots.is_empty()).await
    }
}
