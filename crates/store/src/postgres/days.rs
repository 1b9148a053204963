//! Partitions: what grows without end is filed by day, so that a day can be put away whole.
//!
//! Days are made ahead. A row of a day that has none (a lot whose clock is years off, a year-old backlog) lies in the
//! table's `_other` partition; should its day be made after all, it moves there. Days are those of UTC+08:00.

use super::errors::refused;
use crate::{Result, StoreError};
use bowei_model::moment;
use deadpool_postgres::Client;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashSet};

/// Days made ahead: a week, in which whoever watches over the platform will notice that none are made any more.
const AHEAD: i64 = 7;

/// Days made behind: what began yesterday still comes.
const BEHIND: i64 = 2;

/// The tables that are filed by day, each with what it is filed by.
pub(super) const BY_DAY: [(&str, Filed); 6] = [
    ("ledger", Filed::ByMoment("received_at")),
    ("sessions", Filed::ByMoment("stands_at")),
    ("space_counts", Filed::ByMoment("as_of")),
    ("space_count_reports", Filed::ByMoment("at")),
    ("photo_refs", Filed::ByDay("day")),
    ("passages", Filed::ByMoment("at")),
];

/// What tells the day of a row.
#[derive(Clone, Copy)]
pub(super) enum Filed {
    /// A moment in milliseconds.
    ByMoment(&'static str),
    /// The day itself, `yyyymmdd`.
    ByDay(&'static str),
}

impl Filed {
    /// The column.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::ByMoment(column) | Self::ByDay(column) => column,
        }
    }

    /// The first value of a day and the first of the next.
    pub(super) fn span(self, day: u32) -> Result<(i64, i64)> {
        let (from, to) = moment::span_of_day(day)
            .ok_or_else(|| StoreError::Conflict(format!("{day} is no day: write it as yyyymmdd")))?;
        Ok(match self {
            Self::ByMoment(_) => (from.as_millisecond(), to.as_millisecond()),
            Self::ByDay(_) => (i64::from(day), i64::from(moment::day(to))),
        })
    }
}

/// The name of a table's partition of a day.
pub(super) fn partition(table: &str, day: u32) -> String {
    format!("{table}_{day:08}")
}

/// The days around `now`.
pub(super) fn around(now: Timestamp) -> BTreeSet<u32> {
    let near = |days: i64| now.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
    (-BEHIND..=AHEAD).map(|days| moment::day(near(days))).collect()
}

/// Makes those of `days` that are not there.
pub(super) async fn prepare(client: &mut Client, days: &BTreeSet<u32>) -> Result<()> {
    let there = present(client).await?;
    for day in days {
        for (table, filed) in BY_DAY {
            let name = partition(table, *day);
            if !there.contains(&name) {
                make(client, table, filed, *day, &name).await?;
            }
        }
    }
    Ok(())
}

/// The partitions that are there, by name.
pub(super) async fn present(client: &Client) -> Result<HashSet<String>> {
    Ok(partitions(client, &BY_DAY.map(|(table, _)| table)).await?.into_iter().collect())
}

/// The days that have a table's partition, newest first.
pub(super) async fn of_table(client: &Client, table: &str) -> Result<Vec<u32>> {
    let names = partitions(client, &[table]).await?;
    let day = |name: &String| name.rsplit('_').next().and_then(|day| day.parse::<u32>().ok());
    let mut days: Vec<_> = names.iter().filter_map(day).collect();
    days.sort_unstable_by(|a, b| b.cmp(a));
    Ok(days)
}

async fn partitions(client: &Client, tables: &[&str]) -> Result<Vec<String>> {
    let find = client
        .prepare_cached(
            "SELECT child.relname::text FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
             WHERE inhparent = ANY (SELECT unnest($1::text[])::regclass::oid)",
        )
        .await
        .map_err(refused)?;
    let rows = client.query(&find, &[&tables]).await.map_err(refused)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Makes one day of one table. It is filled from the rows that wait for it before it is put in its place, so that the
/// whole table is never locked for longer than that takes.
async fn make(client: &mut Client, table: &str, filed: Filed, day: u32, name: &str) -> Result<()> {
    let (from, to) = filed.span(day)?;
    let column = filed.column();
    let transaction = client.transaction().await.map_err(refused)?;
    // One node makes days at a time; the lock is the one under which the schema changes.
    transaction
        .execute("SELECT number FROM schema_migrations WHERE number = 0 FOR UPDATE", &[])
        .await
        .map_err(refused)?;
    let made =
        transaction.query_one("SELECT to_regclass($1) IS NOT NULL", &[&name]).await.map_err(refused)?;
    if made.get(0) {
        return Ok(());
    }
    transaction
        .batch_execute(&format!(
            "LOCK TABLE {table}_other IN ACCESS EXCLUSIVE MODE;
             CREATE TABLE {name} (LIKE {table} INCLUDING ALL);
             WITH moved AS (DELETE FROM {table}_other WHERE {column} >= {from} AND {column} < {to} RETURNING *)
               INSERT INTO {name} SELECT * FROM moved;
             ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to});"
        ))
        .await
        .map_err(refused)?;
    transaction.commit().await.map_err(refused)
}
