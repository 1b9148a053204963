//! Findings, newest first.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text};
use super::values::{millis, moment, read_facts, read_kind};
use crate::cursor::{page, page_size};
use crate::{FindingQuery, FindingStates, Findings, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::{Finding, LotCode};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

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

const COLUMNS: &str = "at, lot, subject, kind, which, detail, record_id, facts, opened_at, resolved_at";

/// A finding's key: moment, lot, subject, kind, which.
type Place = (i64, String, String, String, String);

/// A page of findings.
fn findings(connection: &Connection, query: &FindingQuery) -> Result<Page<Finding>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = conditions(query);
    if let Some((at, lot, subject, kind, which)) = after {
        let place = [Value::Integer(at), text(&lot), text(&subject), text(&kind), text(&which)];
        conditions.and("(at, lot, subject, kind, which) < (?, ?, ?, ?, ?)", place);
    }
    conditions.values.push(rows_for(size));
    let sql = format!(
        "SELECT {COLUMNS} FROM findings {}
         ORDER BY at DESC, lot DESC, subject DESC, kind DESC, which DESC LIMIT ?",
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
    let (at, lot, subject, kind, which) = place.clone();
    let (sentence, facts): (String, Option<String>) = (row.get(5)?, row.get(7)?);
    let resolved_at: Option<i64> = row.get(9)?;
    let finding = Finding {
        kind: read_kind(&kind)?,
        lot: LotCode::from(lot),
        subject,
        which,
        record_id: row.get(6)?,
        at: moment(at)?,
        facts: read_facts(facts.as_deref(), &sentence)?,
        opened_at: moment(row.get(8)?)?,
        resolved_at: resolved_at.map(moment).transpose()?,
    };
    Ok((place, finding))
}

/// Findings that the evaluation of a day found.
pub(super) fn of_day(connection: &Connection, lot: &LotCode, day: u32) -> Result<Vec<Finding>> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM findings WHERE lot = ?1 AND evaluated_day = ?2 AND evaluated_day IS NOT NULL"
    ))?;
    let mut rows = find.query(params![lot.as_str(), day])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?.1);
    }
    Ok(found)
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
    if let Some(cause) = &query.cause {
        conditions.and("cause = ?", [text(cause)]);
    }
    match query.states {
        FindingStates::Open => conditions.and("resolved_at IS NULL", []),
        FindingStates::Resolved => conditions.and("resolved_at IS NOT NULL", []),
        FindingStates::All => {}
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
