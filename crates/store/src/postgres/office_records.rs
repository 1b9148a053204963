//! What the office keeps of its own.

use super::conditions::{Conditions, number, text_value};
use super::errors::refused;
use super::readers::ask;
use super::values::{millis, moment, plain, text};
use super::{PostgresStore, prepared};
use crate::cursor::{page, page_size};
use crate::{DistrictCount, OfficeQuery, OfficeRecord, OfficeRecords, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::ProviderCode;
use deadpool_postgres::{Client, Transaction};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

#[async_trait]
impl OfficeRecords for PostgresStore {
    async fn office_record(&self, kind: &str, id: &str) -> Result<Option<OfficeRecord>> {
        ask!(self.readers, client => one(client, kind, id))
    }

    async fn office_records(&self, query: OfficeQuery) -> Result<Page<OfficeRecord>> {
        ask!(self.readers, client => list(client, &query))
    }

    async fn office_counts(&self, kind: &str, district: Option<&str>) -> Result<Vec<(String, u64)>> {
        ask!(self.readers, client => counts(client, kind, district.unwrap_or_default()))
    }

    async fn office_districts(
        &self,
        kind: &str,
        district: Option<&str>,
        within: (Timestamp, Timestamp),
    ) -> Result<Vec<DistrictCount>> {
        ask!(self.readers, client => districts(client, kind, district.unwrap_or_default(), within))
    }
}

const LIST: &str = "office-records";

const COLUMNS: &str = "kind, id, state, provider, district, at, words, doc, revision";

/// When it is of, and its id.
type Place = (i64, String);

async fn one(client: &Client, kind: &str, id: &str) -> Result<Option<OfficeRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM office_records WHERE kind = $1 AND id = $2");
    prepared::query(client, &sql, &[&text(kind), &text(id)]).await?.first().map(record).transpose()
}

async fn list(client: &Client, query: &OfficeQuery) -> Result<Page<OfficeRecord>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.and("kind = ?", [text_value(&query.kind)]);
    if !query.states.is_empty() {
        let states: Vec<String> = query.states.iter().map(|state| text(state).into_owned()).collect();
        conditions.and("state = ANY(?::text[])", [Box::new(states) as _]);
    }
    if let Some(provider) = &query.provider {
        conditions.and("provider = ?", [text_value(provider.as_str())]);
    }
    if let Some(district) = &query.district {
        conditions.and("starts_with(district, ?)", [text_value(district)]);
    }
    for words in [&query.words, &query.and_words].into_iter().flatten() {
        conditions.and("strpos(words, ?) > 0", [text_value(&words.to_lowercase())]);
    }
    if let Some(from) = query.from {
        conditions.and("at >= ?", [number(millis(from))]);
    }
    if let Some(before) = query.before {
        conditions.and("at < ?", [number(millis(before))]);
    }
    if let Some((at, id)) = after {
        conditions.and("(at, id) < (?, ?)", [number(at), text_value(&id)]);
    }
    let rows = conditions.rows(client, COLUMNS, "office_records", "at DESC, id DESC", size).await?;
    let found = rows
        .iter()
        .map(record)
        .map(|record| record.map(|record| ((millis(record.at), record.id.clone()), record)));
    page(LIST, size, found.collect::<Result<_>>()?)
}

async fn counts(client: &Client, kind: &str, district: &str) -> Result<Vec<(String, u64)>> {
    let count = "SELECT state, count(*) FROM office_records WHERE kind = $1 AND starts_with(district, $2)
                 GROUP BY state ORDER BY state";
    let rows = client.query(count, &[&text(kind), &text(district)]).await.map_err(refused)?;
    let counted = rows.iter().map(|row| {
        let number: i64 = row.get(1);
        (plain(row.get(0)).into_owned(), u64::try_from(number).unwrap_or_default())
    });
    Ok(counted.collect())
}

async fn districts(
    client: &Client,
    kind: &str,
    district: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<DistrictCount>> {
    let count = "SELECT district, state, count(*), count(*) FILTER (WHERE at >= $3 AND at < $4)
                 FROM office_records WHERE kind = $1 AND starts_with(district, $2)
                 GROUP BY district, state ORDER BY district, state";
    let rows = client
        .query(count, &[&text(kind), &text(district), &millis(from), &millis(to)])
        .await
        .map_err(refused)?;
    let counted = rows.iter().map(|row| {
        let number = |column: usize| u64::try_from(row.get::<_, i64>(column)).unwrap_or_default();
        DistrictCount {
            district: plain(row.get(0)).into_owned(),
            state: plain(row.get(1)).into_owned(),
            count: number(2),
            within: number(3),
        }
    });
    Ok(counted.collect())
}

fn record(row: &Row) -> Result<OfficeRecord> {
    let words = |column: usize| plain(row.get(column)).into_owned();
    Ok(OfficeRecord {
        kind: words(0),
        id: words(1),
        state: words(2),
        provider: row.get::<_, Option<&str>>(3).map(|code| ProviderCode::from(plain(code).as_ref())),
        district: words(4),
        at: moment(row.get(5))?,
        words: words(6),
        doc: words(7),
        revision: row.get(8),
    })
}

/// Creates or replaces a record.
pub(super) async fn keep(transaction: &Transaction<'_>, record: &OfficeRecord) -> Result<()> {
    let (kind, id) = (text(&record.kind), text(&record.id));
    let find = "SELECT revision FROM office_records WHERE kind = $1 AND id = $2";
    let found = prepared::query(transaction, find, &[&kind, &id]).await?;
    let revision = record.kept(found.first().map(|row| row.get(0)))?;
    let insert = format!(
        "INSERT INTO office_records ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, provider = excluded.provider,
           district = excluded.district, at = excluded.at, words = excluded.words, doc = excluded.doc,
           revision = excluded.revision"
    );
    let provider = record.provider.as_ref().map(|code| text(code.as_str()));
    let words = record.words.to_lowercase();
    let values: [&(dyn ToSql + Sync); 9] = [
        &kind,
        &id,
        &text(&record.state),
        &provider,
        &text(&record.district),
        &millis(record.at),
        &text(&words),
        &text(&record.doc),
        &revision,
    ];
    prepared::execute(transaction, &insert, &values).await.map(drop)
}

/// Removes a record.
pub(super) async fn remove(transaction: &Transaction<'_>, kind: &str, id: &str) -> Result<()> {
    let remove = "DELETE FROM office_records WHERE kind = $1 AND id = $2";
    prepared::execute(transaction, remove, &[&text(kind), &text(id)]).await.map(drop)
}
