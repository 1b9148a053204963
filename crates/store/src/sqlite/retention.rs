//! Plates past their time: the writer goes through the ledger a piece at a time, between two batches.

use super::SqliteStore;
use super::load::{self, Loaded};
use super::queue::About;
use super::values::{from_json, millis, moment, text, to_json};
use super::{commit, findings, holds};
use crate::contract::PLATES_AT_ONCE;
use crate::plan::{OldStatement, Pseudonymising, day_findings};
use crate::{HOLDS_OPEN_MAX, PlatesPiece, Pseudonyms, Result, Retention};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::sync::Arc;

#[async_trait]
impl Retention for SqliteStore {
    async fn pseudonymise_plates(
        &self,
        before: Timestamp,
        pseudonyms: Arc<dyn Pseudonyms>,
    ) -> Result<PlatesPiece> {
        let work = move |connection: &_| piece(connection, before, pseudonyms.as_ref());
        self.committer.execute(About::Upkeep, work, self.options.lock_timeout).await
    }

    async fn plates_gone_through(&self) -> Result<Option<Timestamp>> {
        let until = self.readers.ask(|connection| Ok(progress(connection)?.map(|(at, _)| at))).await?;
        until.map(moment).transpose()
    }

    async fn oldest_plates(&self) -> Result<Option<Timestamp>> {
        let oldest = self.readers.ask(|connection| {
            let mut find = connection.prepare_cached(
                "SELECT coalesce((SELECT held_received_at FROM plates_progress WHERE id = 1),
                                 (SELECT received_at FROM ledger
                                  WHERE seq > coalesce((SELECT seq FROM plates_progress WHERE id = 1), 0)
                                  ORDER BY seq LIMIT 1))",
            )?;
            Ok(find.query_row([], |row| row.get::<_, Option<i64>>(0))?)
        });
        oldest.await?.map(moment).transpose()
    }
}

fn progress(connection: &Connection) -> Result<Option<(i64, i64)>> {
    let mut find = connection.prepare_cached("SELECT received_at, seq FROM plates_progress WHERE id = 1")?;
    Ok(find.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Goes through the next statements, in the transaction that `connection` is in: a hold that is made meanwhile waits.
fn piece(connection: &Connection, before: Timestamp, pseudonyms: &dyn Pseudonyms) -> Result<PlatesPiece> {
    let (_, after) = progress(connection)?.unwrap_or((0, 0));
    let old = old_statements(connection, after, millis(before))?;
    let Some(last) = old.last().map(|row| (row.received_at, row.seq)) else {
        return Ok(PlatesPiece { is_last: true, ..PlatesPiece::default() });
    };
    let is_last = (old.len() as i64) < PLATES_AT_ONCE;
    let work = Pseudonymising::of(old, pseudonyms)?;
    let mut done = PlatesPiece { is_last, ..PlatesPiece::default() };
    let mut first_held = None;
    if !work.is_empty() {
        let open = holds::holds(connection, true, HOLDS_OPEN_MAX)?;
        let Loaded { known, mut ids } = load::load(connection, &work.keys(), &work.deliveries)?;
        let sorted = work.sorted(&known, &open)?;
        let further = load::load(connection, &sorted.keys(), &sorted.deliveries)?;
        ids.extend(further.ids);
        let plan = sorted.plan(further.known);
        commit::write(connection, &plan, &ids)?;
        for (lot, day) in sorted.days() {
            let found = findings::of_day(connection, &lot, day)?;
            let changed = day_findings(&found, day, &open, pseudonyms)?;
            commit::change_findings(connection, &changed)?;
        }
        rewrite(connection, &sorted.ledger)?;
        for (operator, charge) in &sorted.charging {
            connection
                .prepare_cached("UPDATE charging_records SET doc = ?3 WHERE operator = ?1 AND order_no = ?2")?
                .execute(params![operator.as_str(), charge.order_no, to_json(charge)?])?;
        }
        done.statements = sorted.ledger.len() as u64;
        (done.sessions, done.held) = (sorted.sessions, sorted.held);
        first_held = sorted.first_held;
    }
    connection
        .prepare_cached(
            "INSERT INTO plates_progress (id, received_at, seq, held_received_at, held_seq) VALUES (1, ?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE
               SET received_at = excluded.received_at, seq = excluded.seq,
                   held_seq = CASE WHEN held_received_at IS NULL THEN excluded.held_seq ELSE held_seq END,
                   held_received_at = coalesce(held_received_at, excluded.held_received_at)",
        )?
        .execute(params![last.0, last.1, first_held.map(|held| held.0), first_held.map(|held| held.1)])?;
    Ok(done)
}

/// The next statements, as far as they are old enough.
fn old_statements(connection: &Connection, after: i64, before: i64) -> Result<Vec<OldStatement>> {
    let mut find = connection.prepare_cached(
        "SELECT seq, received_at, statement, unnamed_fields FROM ledger WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = find.query([after, PLATES_AT_ONCE])?;
    let mut old = Vec::new();
    while let Some(row) = rows.next()? {
        let received_at: i64 = row.get(1)?;
        if received_at >= before {
            break;
        }
        let statement = from_json("a statement", text(row, 2)?)?;
        old.push(OldStatement { received_at, seq: row.get(0)?, statement, unnamed_fields: row.get(3)? });
    }
    Ok(old)
}

/// Writes statements of the ledger anew.
fn rewrite(connection: &Connection, statements: &[OldStatement]) -> Result<()> {
    let mut update =
        connection.prepare_cached("UPDATE ledger SET statement = ?2, unnamed_fields = ?3 WHERE seq = ?1")?;
    for row in statements {
        update.execute(params![row.seq, to_json(&row.statement)?, row.unnamed_fields])?;
    }
    Ok(())
}
