//! Sessions, newest beginning first.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text as value};
use super::values::{from_json, millis, text};
use crate::cursor::{page, page_size};
use crate::{Page, Result, SessionQuery, Sessions, cursor};
use async_trait::async_trait;
use bowei_model::{LotCode, ParkingSession};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

#[async_trait]
impl Sessions for SqliteStore {
    async fn sessions(&self, query: SessionQuery) -> Result<Page<ParkingSession>> {
        self.readers.ask(move |connection| sessions(connection, &query)).await
    }

    async fn lots_with_record(
        &self,
        record_id: &str,
        lots: Vec<LotCode>,
        limit: usize,
    ) -> Result<Vec<LotCode>> {
        let record_id = record_id.to_owned();
        self.readers.ask(move |connection| lots_with_record(connection, &record_id, &lots, limit)).await
    }

    async fn session(&self, lot: &LotCode, record_id: &str) -> Result<Option<ParkingSession>> {
        let (lot, record_id) = (lot.clone(), record_id.to_owned());
        self.readers.ask(move |connection| session(connection, &lot, &record_id)).await
    }
}

const LIST: &str = "sessions";

/// Beginning and row number.
type Place = (i64, i64);

/// One session, with a passage or without.
fn lots_with_record(
    connection: &Connection,
    record_id: &str,
    lots: &[LotCode],
    limit: usize,
) -> Result<Vec<LotCode>> {
    let mut find = connection.prepare_cached("SELECT 1 FROM sessions WHERE lot = ?1 AND record_id = ?2")?;
    let mut found = Vec::new();
    for lot in lots {
        if found.len() < limit && find.exists(params![lot.as_str(), record_id])? {
            found.push(lot.clone());
        }
    }
    Ok(found)
}

fn session(connection: &Connection, lot: &LotCode, record_id: &str) -> Result<Option<ParkingSession>> {
    let mut find = connection.prepare_cached("SELECT doc FROM sessions WHERE lot = ?1 AND record_id = ?2")?;
    let mut rows = find.query(params![lot.as_str(), record_id])?;
    rows.next()?.map(|row| from_json("a session", text(row, 0)?)).transpose()
}

/// A page of sessions.
fn sessions(connection: &Connection, query: &SessionQuery) -> Result<Page<ParkingSession>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut rows = Vec::new();
    match (&query.lot, &query.plate) {
        // Each lot's sessions lie in order, all lots' together do not: the newest of all are among the newest of
        // each.
        (None, None) => {
            let mut lots = connection.prepare_cached("SELECT lot FROM lot_states")?;
            let lots: Vec<String> = lots.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            for lot in lots {
                rows.extend(places(connection, query, Some(&lot), after, size)?);
            }
            rows.sort_unstable_by(|a, b| b.cmp(a));
            rows.truncate(size.saturating_add(1));
        }
        (lot, _) => rows = places(connection, query, lot.as_ref().map(LotCode::as_str), after, size)?,
    }
    let mut read = connection.prepare_cached("SELECT doc FROM sessions WHERE id = ?1")?;
    let mut found = Vec::with_capacity(rows.len());
    for place in rows {
        let mut row = read.query([place.1])?;
        if let Some(row) = row.next()? {
            found.push((place, from_json("a session", text(row, 0)?)?));
        }
    }
    page(LIST, size, found)
}

/// What else a plate may be kept as.
fn pseudonym<'q>(query: &'q SessionQuery, plate: &'q str) -> &'q str {
    query.pseudonym.as_deref().unwrap_or(plate)
}

/// The places of the sessions of a page and one more.
fn places(
    connection: &Connection,
    query: &SessionQuery,
    lot: Option<&str>,
    after: Option<Place>,
    size: usize,
) -> Result<Vec<Place>> {
    let mut conditions = Conditions::default();
    conditions.and("begun_at IS NOT NULL", []);
    match (lot, &query.plate) {
        (Some(lot), Some(plate)) => {
            // A plate has fewer sessions than a lot has.
            conditions.and("plate IN (?, ?)", [value(plate), value(pseudonym(query, plate))]);
            conditions.and("+lot = ?", [value(lot)]);
        }
        (Some(lot), None) => conditions.and("lot = ?", [value(lot)]),
        (None, Some(plate)) => {
            conditions.and("plate IN (?, ?)", [value(plate), value(pseudonym(query, plate))]);
        }
        (None, None) => {}
    }
    match (query.open, query.closed) {
        (true, false) => conditions.and("open", []),
        (false, true) => conditions.and("NOT open", []),
        _ => {}
    }
    if let Some(from) = query.from {
        conditions.and("begun_at >= ?", [Value::Integer(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and("begun_at < ?", [Value::Integer(millis(to))]);
    }
    if let Some((begun_at, id)) = after {
        conditions.and("(begun_at, id) < (?, ?)", [Value::Integer(begun_at), Value::Integer(id)]);
    }
    conditions.values.push(rows_for(size));
    let sql = format!(
        "SELECT begun_at, id FROM sessions {} ORDER BY begun_at DESC, id DESC LIMIT ?",
        conditions.sql
    );
    let mut find = connection.prepare_cached(&sql)?;
    let rows = find.query_map(params_from_iter(conditions.values), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
