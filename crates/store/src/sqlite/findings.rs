//! Findings, newest first.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text};
use super::values::{millis, moment};
use crate::cursor::{page, page_size};
use crate::{FindingQuery, Findings, Page, Result, StoreError, cursor};
use async_trait::async_trait;
use bowei_model::{Finding, FindingKind, LotCode};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

#[async_trait]
impl Findings for SqliteStore {
    async fn findings(&self, query: FindingQuery) -> Result<Page<Finding>> {
        self.readers.ask(move |connection| findings(connection, &query)).await
    }

    async fn findings_count(&self, query: FindingQuery) -> Result<u64> {
        self.readers.ask(move |connection| findings_count(connection, &query)).await
    }
}

const LIST: &str = "findings";

/// A finding's key: moment, lot, subject, kind, words.
type Place = (i64, String, String, String, String);

/// A page of findings.
fn findings(connection: &Connection, query: &FindingQuery) -> Result<Page<Finding>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = conditions(query);
    if let Some((at, lot, subject, kind, detail)) = after {
        let place = [Value::Integer(at), text(&lot), text(&subject), text(&kind), text(&detail)];
        conditions.and("(at, lot, subject, kind, detail) < (?, ?, ?, ?, ?)", place);
    }
    conditions.values.push(rows_for(size));
    let sql = format!(
        "SELECT at, lot, subject, kind, detail, record_id FROM findings {}
         ORDER BY at DESC, lot DESC, subject DESC, kind DESC, detail DESC LIMIT ?",
        conditions.sql
    );
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query(params_from_iter(conditions.values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    page(LIST, size, found)
}

fn read(row: &Row<'_>) -> Result<(Place, Finding)> {
    let place: Place = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
    let kind = FindingKind::from_name(&place.3).ok_or_else(|| {
        StoreError::Unreadable(format!("a finding of the unknown kind {:?}: start a newer Bowei", place.3))
    })?;
    let finding = Finding {
        kind,
        lot: LotCode::from(place.1.as_str()),
        record_id: row.get(5)?,
        at: moment(place.0)?,
        detail: place.4.clone(),
    };
    Ok((place, finding))
}

/// How many findings there are.
fn findings_count(connection: &Connection, query: &FindingQuery) -> Result<u64> {
    let conditions = conditions(query);
    let mut count =
        connection.prepare_cached(&format!("SELECT count(*) FROM findings {}", conditions.sql))?;
    let count: i64 = count.query_row(params_from_iter(conditions.values), |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

fn conditions(query: &FindingQuery) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.of_lots(query.lots.as_deref());
    if let Some(kind) = query.kind {
        conditions.and("kind = ?", [text(kind.name())]);
    }
    if let Some(from) = query.from {
        conditions.and("at >= ?", [Value::Integer(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and("at < ?", [Value::Integer(millis(to))]);
    }
    if let Some((kind, at)) = query.not_yet_due() {
        conditions.and("(kind <> ? OR at <= ?)", [text(kind.name()), Value::Integer(millis(at))]);
    }
    conditions
}
