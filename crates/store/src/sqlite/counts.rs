//! A lot's curve, from the moments of its sessions and what was reported.

use super::SqliteStore;
use super::states::lot_state;
use super::values::millis;
use crate::curve::Curve;
use crate::values::moment;
use crate::{CountPoint, Counts, Result, WORDS_EVERY};
use async_trait::async_trait;
use bowei_model::LotCode;
use jiff::Timestamp;
use rusqlite::{Connection, params};

#[async_trait]
impl Counts for SqliteStore {
    async fn counts(
        &self,
        lot: &LotCode,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<CountPoint>> {
        let lot = lot.clone();
        self.readers.ask(move |connection| counts(connection, &lot, from, to, limit)).await
    }

    async fn words(&self, lot: &LotCode, from: Timestamp, to: Timestamp) -> Result<Vec<(Timestamp, i64)>> {
        let lot = lot.clone();
        self.readers.ask(move |connection| words(connection, &lot, from, to)).await
    }
}

/// The curve of `lot` from `from` to `to`.
fn counts(
    connection: &Connection,
    lot: &LotCode,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<CountPoint>> {
    let (from, to) = (millis(from), millis(to));
    let state = lot_state(connection, lot)?;
    let mut curve = Curve::new(&state, from, to, before(connection, lot, from)?);
    // A car never counts from before its session began, so that whoever came after `from` lies in this range.
    let came = "SELECT present_from FROM sessions
                WHERE lot = ?1 AND begun_at > ?2 AND begun_at IS NOT NULL AND present_from > ?2";
    let went = "SELECT present_to FROM sessions
                WHERE lot = ?1 AND present_to > ?2 AND present_to IS NOT NULL";
    for (sql, cars) in [(came, 1), (went, -1)] {
        let mut find = connection.prepare_cached(sql)?;
        let mut rows = find.query(params![lot.as_str(), from])?;
        while let Some(row) = rows.next()? {
            curve.moved(row.get(0)?, cars);
        }
    }
    let mut reported = connection.prepare_cached(
        "SELECT as_of, vacant FROM space_counts WHERE lot = ?1 AND as_of > ?2 AND as_of <= ?3",
    )?;
    let mut rows = reported.query(params![lot.as_str(), from, to])?;
    while let Some(row) = rows.next()? {
        curve.report(row.get(0)?, row.get(1)?);
    }
    curve.points(&state, limit)
}

/// Its words, of each stretch the last: `vacant` is that of the row with the maximum.
fn words(
    connection: &Connection,
    lot: &LotCode,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, i64)>> {
    let mut find = connection.prepare_cached(
        "SELECT max(as_of), vacant FROM space_counts WHERE lot = ?1 AND as_of > ?2 AND as_of <= ?3
         GROUP BY (as_of + ?4 - 1) / ?4 ORDER BY 1",
    )?;
    let every = WORDS_EVERY.as_secs() * 1_000;
    let mut rows = find.query(params![lot.as_str(), millis(from), millis(to), every])?;
    let mut words = Vec::new();
    while let Some(row) = rows.next()? {
        words.push((moment(row.get(0)?)?, row.get(1)?));
    }
    Ok(words)
}

/// The lot's last word at `from` or before.
fn before(connection: &Connection, lot: &LotCode, from: i64) -> Result<Option<i64>> {
    let mut find = connection.prepare_cached(
        "SELECT vacant FROM space_counts WHERE lot = ?1 AND as_of <= ?2 ORDER BY as_of DESC LIMIT 1",
    )?;
    let mut rows = find.query(params![lot.as_str(), from])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}
