//! Words on free spaces, and counts said on their own.

use super::Text;
use crate::Result;
use crate::plan::Plan;
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{millis, text, to_json};
use deadpool_postgres::Client;
use futures::try_join;
use std::collections::BTreeMap;

/// Words on free spaces, and counts said on their own.
#[derive(Default)]
pub(in crate::postgres) struct Counts<'p> {
    lots: Vec<Text<'p>>,
    as_of: Vec<i64>,
    reported: Vec<i64>,
    vacant: Vec<i64>,
    charging: Vec<Option<i64>>,
    reports: (Vec<Text<'p>>, Vec<i64>, Vec<String>, Vec<String>),
}

impl<'p> Counts<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let mut rows = Self::default();
        // A statement cannot change a row twice: of the newest of one millisecond the greatest counts.
        let mut newest = BTreeMap::new();
        for ((lot, as_of), word) in &plan.reported_counts {
            let this = (millis(word.sent_at), word.vacant, word.charging_vacant);
            let kept = newest.entry((lot, millis(*as_of))).or_insert(this);
            *kept = (*kept).max(this);
        }
        for ((lot, as_of), (reported, vacant, charging)) in newest {
            rows.lots.push(text(lot.as_str()));
            rows.as_of.push(as_of);
            rows.reported.push(reported);
            rows.vacant.push(vacant);
            rows.charging.push(charging);
        }
        let mut reports = BTreeMap::new();
        for change in &plan.counts {
            let count = &change.count;
            reports.insert((&count.lot, millis(count.at), count.numbers()), &change.first);
        }
        for ((lot, at, numbers), first) in reports {
            rows.reports.0.push(text(lot.as_str()));
            rows.reports.1.push(at);
            rows.reports.2.push(numbers);
            rows.reports.3.push(to_json(first)?);
        }
        Ok(rows)
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, as_of, reported, vacant, charging, reports } = self;
        try_join!(
            write(
                client,
                &statements.reported_counts,
                [lots, as_of, reported, vacant, charging],
                !lots.is_empty()
            ),
            write(
                client,
                &statements.counts_now,
                [&reports.0, &reports.1, &reports.2, &reports.3],
                !reports.0.is_empty()
            ),
        )?;
        Ok(())
    }
}
