//! What the office keeps of its own.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text as value};
use super::values::{millis, moment, text};
use crate::cursor::{page, page_size};
use crate::{DistrictCount, OfficeQuery, OfficeRecord, OfficeRecords, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::ProviderCode;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};

#[async_trait]
impl OfficeRecords for SqliteStore {
    async fn office_record(&self, kind: &str, id: &str) -> Result<Option<OfficeRecord>> {
        let (kind, id) = (kind.to_owned(), id.to_owned());
        self.readers.ask(move |connection| one(connection, &kind, &id)).await
    }

    async fn office_records(&self, query: OfficeQuery) -> Result<Page<OfficeRecord>> {
        self.readers.ask(move |connection| list(connection, &query)).await
    }

    async fn office_counts(&self, kind: &str, district: Option<&str>) -> Result<Vec<(String, u64)>> {
        let (kind, district) = (kind.to_owned(), district.unwrap_or_default().to_owned());
        self.readers.ask(move |connection| counts(connection, &kind, &district)).await
    }

    async fn office_districts(
        &self,
        kind: &str,
        district: Option<&str>,
        within: (Timestamp, Timestamp),
    ) -> Result<Vec<DistrictCount>> {
        let (kind, district) = (kind.to_owned(), district.unwrap_or_default().to_owned());
        self.readers.ask(move |connection| districts(connection, &kind, &district, within)).await
    }
}

const LIST: &str = "office-records";

const COLUMNS: &str = "kind, id, state, provider, district, at, words, doc, revision";

/// When it is of, and its id.
type Place = (i64, String);

fn one(connection: &Connection, kind: &str, id: &str) -> Result<Option<OfficeRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM office_records WHERE kind = ?1 AND id = ?2");
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query([kind, id])?;
    rows.next()?.map(record).transpose()
}

fn list(connection: &Connection, query: &OfficeQuery) -> Result<Page<OfficeRecord>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.and("kind = ?", [value(&query.kind)]);
    if !query.states.is_empty() {
        let states = serde_json::Value::from(query.states.clone()).to_string();
        conditions.and("state IN (SELECT value FROM json_each(?))", [Value::Text(states)]);
    }
    if let Some(provider) = &query.provider {
        conditions.and("provider = ?", [value(provider.as_str())]);
    }
    if let Some(district) = &query.district {
        conditions.and("substr(district, 1, length(?)) = ?", [value(district), value(district)]);
    }
    for words in [&query.words, &query.and_words].into_iter().flatten() {
        conditions.and("instr(words, ?) > 0", [value(&words.to_lowercase())]);
    }
    if let Some(from) = query.from {
        conditions.and("at >= ?", [Value::Integer(millis(from))]);
    }
    if let Some(before) = query.before {
        conditions.and("at < ?", [Value::Integer(millis(before))]);
    }
    if let Some((at, id)) = after {
        conditions.and("(at, id) < (?, ?)", [Value::Integer(at), Value::Text(id)]);
    }
    conditions.values.push(rows_for(size));
    let sql =
        format!("SELECT {COLUMNS} FROM office_records {} ORDER BY at DESC, id DESC LIMIT ?", conditions.sql);
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query(params_from_iter(conditions.values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let record = record(row)?;
        found.push(((millis(record.at), record.id.clone()), record));
    }
    page(LIST, size, found)
}

fn counts(connection: &Connection, kind: &str, district: &str) -> Result<Vec<(String, u64)>> {
    let mut count = connection.prepare_cached(
        "SELECT state, count(*) FROM office_records
         WHERE kind = ?1 AND substr(district, 1, length(?2)) = ?2 GROUP BY state ORDER BY state",
    )?;
    let rows = count.query_map([kind, district], |row| {
        let number: i64 = row.get(1)?;
        Ok((row.get(0)?, u64::try_from(number).unwrap_or_default()))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn districts(
    connection: &Connection,
    kind: &str,
    district: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<DistrictCount>> {
    let mut count = connection.prepare_cached(
        "SELECT district, state, count(*), sum(at >= ?3 AND at < ?4) FROM office_records
         WHERE kind = ?1 AND substr(district, 1, length(?2)) = ?2
         GROUP BY district, state ORDER BY district, state",
    )?;
    let rows = count.query_map(params![kind, district, millis(from), millis(to)], |row| {
        let number = |column: usize| row.get::<_, i64>(column).map(|n| u64::try_from(n).unwrap_or_default());
        Ok(DistrictCount { district: row.get(0)?, state: row.get(1)?, count: number(2)?, within: number(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn record(row: &Row<'_>) -> Result<OfficeRecord> {
    let provider: Option<String> = row.get(3)?;
    Ok(OfficeRecord {
        kind: row.get(0)?,
        id: row.get(1)?,
        state: row.get(2)?,
        provider: provider.map(|code| ProviderCode::from(code.as_str())),
        district: row.get(4)?,
        at: moment(row.get(5)?)?,
        words: row.get(6)?,
        doc: text(row, 7)?.to_owned(),
        revision: row.get(8)?,
    })
}

/// Creates or replaces a record.
pub(super) fn keep(connection: &Connection, record: &OfficeRecord) -> Result<()> {
    let mut find =
        connection.prepare_cached("SELECT revision FROM office_records WHERE kind = ?1 AND id = ?2")?;
    let found = find.query_row([&record.kind, &record.id], |row| row.get(0)).optional()?;
    let revision = record.kept(found)?;
    let provider = record.provider.as_ref().map(ProviderCode::as_str);
    connection
        .prepare_cached(&format!(
            "INSERT INTO office_records ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, provider = excluded.provider,
               district = excluded.district, at = excluded.at, words = excluded.words, doc = excluded.doc,
               revision = excluded.revision"
        ))?
        .execute(params![
            record.kind,
            record.id,
            record.state,
            provider,
            record.district,
            millis(record.at),
            record.words.to_lowercase(),
            record.doc,
            revision
        ])?;
    Ok(())
}

/// Removes a record.
pub(super) fn remove(connection: &Connection, kind: &str, id: &str) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM office_records WHERE kind = ?1 AND id = ?2")?
        .execute([kind, id])?;
    Ok(())
}
