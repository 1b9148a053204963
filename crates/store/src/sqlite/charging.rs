//! Charging records, latest end first, each with the parking it belongs to.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text as value};
use super::values::{from_json, millis, text};
use crate::charging::{Stay, stay_of};
use crate::cursor::{page, page_size};
use crate::{ChargingQuery, ChargingRecords, ChargingRow, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::{ChargingRecord, ProviderCode};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

#[async_trait]
impl ChargingRecords for SqliteStore {
    async fn charging_records(&self, query: ChargingQuery) -> Result<Page<ChargingRow>> {
        self.readers.ask(move |connection| charging_records(connection, &query)).await
    }

    async fn is_charged(&self, operator: &ProviderCode, order_no: &str) -> Result<bool> {
        let (operator, order_no) = (operator.clone(), order_no.to_owned());
        self.readers.ask(move |connection| is_charged(connection, &operator, &order_no)).await
    }
}

const LIST: &str = "charging records";

/// End, and the row's number.
type Place = (i64, i64);

/// Whether the order is kept.
fn is_charged(connection: &Connection, operator: &ProviderCode, order_no: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM charging_records WHERE operator = ?1 AND order_no = ?2";
    Ok(connection.prepare_cached(sql)?.exists(params![operator.as_str(), order_no])?)
}

/// A page of charging records.
fn charging_records(connection: &Connection, query: &ChargingQuery) -> Result<Page<ChargingRow>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.of_lots(query.lots.as_deref());
    if let Some(order_no) = &query.order_no {
        conditions.and("order_no = ?", [value(order_no)]);
    }
    if let Some(from) = query.ended_from {
        conditions.and("ended_at >= ?", [Value::Integer(millis(from))]);
    }
    if let Some(to) = query.ended_to {
        conditions.and("ended_at < ?", [Value::Integer(millis(to))]);
    }
    if let Some((ended_at, id)) = after {
        conditions.and("(ended_at, id) < (?, ?)", [Value::Integer(ended_at), Value::Integer(id)]);
    }
    conditions.values.push(rows_for(size));
    let sql = format!(
        "SELECT ended_at, id, doc FROM charging_records {}
         ORDER BY ended_at DESC, id DESC LIMIT ?",
        conditions.sql
    );
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query(params_from_iter(conditions.values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let place: Place = (row.get(0)?, row.get(1)?);
        let record: ChargingRecord = from_json("a charging record", text(row, 2)?)?;
        let session = session_of(connection, &record)?;
        found.push((place, ChargingRow { record, session }));
    }
    page(LIST, size, found)
}

fn session_of(connection: &Connection, record: &ChargingRecord) -> Result<Option<String>> {
    let Some(plate) = &record.plate else { return Ok(None) };
    let (started, ended) = (millis(record.started_at), millis(record.ended_at));
    let mut find = connection.prepare_cached(
        "SELECT record_id, entered_at, exited_at FROM sessions
         WHERE plate = ?1 AND +lot = ?2 AND begun_at <= ?4 AND entered_at <= ?4
           AND (exited_at IS NULL OR (exited_at >= ?3 AND exited_at >= entered_at))
         ORDER BY begun_at",
    )?;
    let mut rows = find.query(params![plate.as_str(), record.lot.as_str(), started, ended])?;
    let mut stays = Vec::new();
    while let Some(row) = rows.next()? {
        stays.push(Stay { record_id: row.get(0)?, entered_at: row.get(1)?, exited_at: row.get(2)? });
    }
    Ok(stay_of(started, ended, stays.into_iter()))
}
