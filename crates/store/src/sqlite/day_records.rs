//! Which records a lot has of a day, and what it declares of it.

use super::SqliteStore;
use super::queue::About;
use super::values::{from_json, millis, text, to_json};
use crate::cursor::{page, page_size};
use crate::day_evidence::{Day, Declared, declared, record_set};
use crate::{
    DayRecordKind, DayRecordQuery, DayRecords, DaySummary, DeclarationRow, EVIDENCE_SESSIONS_MAX, Page,
    Result, cursor,
};
use async_trait::async_trait;
use bowei_model::{LotCode, ParkingSession};
use rusqlite::{Connection, params};

#[async_trait]
impl DayRecords for SqliteStore {
    async fn day_records(&self, query: DayRecordQuery) -> Result<Page<String>> {
        self.readers.ask(move |connection| records(connection, &query)).await
    }

    async fn day_summary(&self, lot: &LotCode, day: u32) -> Result<DaySummary> {
        let lot = lot.clone();
        self.readers.ask(move |connection| summary(connection, &lot, day)).await
    }

    async fn declarations(&self, lot: &LotCode, day: u32) -> Result<Vec<DeclarationRow>> {
        let lot = lot.clone();
        self.readers.ask(move |connection| declarations(connection, &lot, day)).await
    }

    async fn declare_day(&self, lot: &LotCode, day: u32, declaration: DeclarationRow) -> Result<bool> {
        let lot = lot.clone();
        let declare = move |connection: &_| declare(connection, &lot, day, &declaration.normal());
        self.committer.execute(About::Upkeep, declare, self.options.lock_timeout).await
    }
}

const LIST: &str = "day-records";

fn records(connection: &Connection, query: &DayRecordQuery) -> Result<Page<String>> {
    let after: Option<(String, usize)> = cursor::read(LIST, query.cursor.as_ref())?;
    let ids = ids(connection, &query.lot, query.day, query.kind)?;
    // One id may stand there more than once, for each of its photos.
    let numbered = ids.into_iter().enumerate().map(|(number, id)| ((id.clone(), number), id));
    let size = page_size(query.limit);
    let rows = numbered.filter(|(place, _)| after.as_ref().is_none_or(|after| place > after));
    page(LIST, size, rows.take(size + 1).collect())
}

fn ids(connection: &Connection, lot: &LotCode, day: u32, kind: DayRecordKind) -> Result<Vec<String>> {
    let day = Day::of(day)?;
    match kind {
        DayRecordKind::Charges => charges(connection, lot, day),
        kind => Ok(day.ids(&sessions(connection, lot, day)?, kind)),
    }
}

fn summary(connection: &Connection, lot: &LotCode, day: u32) -> Result<DaySummary> {
    let day = Day::of(day)?;
    let sessions = sessions(connection, lot, day)?;
    let of = |kind| record_set(&day.ids(&sessions, kind));
    Ok(DaySummary {
        entries: of(DayRecordKind::Entries),
        exits: of(DayRecordKind::Exits),
        photos: of(DayRecordKind::Photos),
        charges: record_set(&charges(connection, lot, day)?),
    })
}

/// A lot's sessions of a day, by beginning and record; one more than may be handed out shows that there are more. The `+` has
/// those that began before looked up by when they were left: of a day that is just over these are few.
pub(super) fn sessions(connection: &Connection, lot: &LotCode, day: Day) -> Result<Vec<ParkingSession>> {
    let mut find = connection.prepare_cached(
        "SELECT doc FROM sessions WHERE id IN (
           SELECT id FROM sessions WHERE lot = ?1 AND begun_at IS NOT NULL AND begun_at >= ?2 AND begun_at < ?3
           UNION SELECT id FROM sessions
             WHERE lot = ?1 AND present_to IS NOT NULL AND present_to >= ?4 AND +begun_at >= ?5 AND +begun_at < ?2
           UNION SELECT id FROM sessions WHERE lot = ?1 AND open AND begun_at >= ?5 AND begun_at < ?2)
         ORDER BY begun_at, record_id",
    )?;
    let (from, to, left_from) = (millis(day.from), millis(day.to), millis(day.left_from()));
    let mut rows = find.query(params![lot.as_str(), from, to, left_from, millis(day.sessions_from())])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let session: ParkingSession = from_json("a session", text(row, 0)?)?;
        if day.touches(&session) {
            found.push(session);
        }
        if found.len() > EVIDENCE_SESSIONS_MAX {
            break;
        }
    }
    Ok(found)
}

fn charges(connection: &Connection, lot: &LotCode, day: Day) -> Result<Vec<String>> {
    let mut find = connection.prepare_cached(
        "SELECT order_no FROM charging_records WHERE ended_at >= ?2 AND ended_at < ?3 AND lot = ?1 ORDER BY order_no",
    )?;
    let rows = find.query_map(params![lot.as_str(), millis(day.from), millis(day.to)], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A lot's declarations of a day, the oldest first.
pub(super) fn declarations(connection: &Connection, lot: &LotCode, day: u32) -> Result<Vec<DeclarationRow>> {
    let mut find = connection
        .prepare_cached("SELECT doc FROM declarations WHERE lot = ?1 AND day = ?2 ORDER BY received_at")?;
    let mut rows = find.query(params![lot.as_str(), day])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(from_json("a declaration", text(row, 0)?)?);
    }
    Ok(found)
}

fn declare(connection: &Connection, lot: &LotCode, day: u32, new: &DeclarationRow) -> Result<bool> {
    Day::of(day)?;
    let kept = declarations(connection, lot, day)?;
    let Declared::New { gone } = declared(&kept, new) else { return Ok(false) };
    if let Some(gone) = gone {
        connection
            .prepare_cached("DELETE FROM declarations WHERE lot = ?1 AND day = ?2 AND received_at = ?3")?
            .execute(params![lot.as_str(), day, millis(gone)])?;
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO declarations (lot, day, received_at, doc) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![lot.as_str(), day, millis(new.received_at), to_json(new)?])?;
    touch(connection, lot, day, millis(new.received_at))?;
    Ok(true)
}

/// Notes that a day is to be evaluated anew.
pub(super) fn touch(connection: &Connection, lot: &LotCode, day: u32, seq: i64) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO dirty_days (lot, day, seq) VALUES (?1, ?2, ?3)
             ON CONFLICT (lot, day) DO UPDATE SET seq = max(seq + 1, excluded.seq)",
        )?
        .execute(params![lot.as_str(), day, seq])?;
    Ok(())
}
