//! Findings, newest first.

use super::PostgresStore;
use super::conditions::{Conditions, number, words};
use super::day_ranges;
use super::readers::ask;
use super::values::{hex, millis, moment, plain};
use crate::cursor::{page, page_size};
use crate::{FindingQuery, Findings, Page, Result, StoreError, cursor};
use async_trait::async_trait;
use bowei_model::{Finding, FindingKind, LotCode};
use deadpool_postgres::Client;
use tokio_postgres::Row;

#[async_trait]
impl Findings for PostgresStore {
    async fn findings(&self, query: FindingQuery) -> Result<Page<Finding>> {
        ask!(self.readers, client => findings(client, &query))
    }

    async fn findings_count(&self, query: FindingQuery) -> Result<u64> {
        ask!(self.readers, client => findings_count(client, &query))
    }
}

const LIST: &str = "findings";

/// A finding's key: moment, lot and mark in hex.
type Place = (i64, String, String);

/// A page of findings.
async fn findings(client: &Client, query: &FindingQuery) -> Result<Page<Finding>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = conditions(query);
    let from = query.from.map_or(i64::MIN, millis);
    let mut to = query.to.map_or(i64::MAX, millis);
    if let Some((at, lot, mark)) = after {
        to = to.min(at.saturating_add(1));
        let place = [number(at), words(&lot), words(&mark)];
        conditions.and("(at, lot, mark) < (?, ?, decode(?, 'hex'))", place);
    }
    let columns = "at, lot, mark, kind, detail, record_id";
    let mut found = Vec::new();
    let (filed, order) = (("findings", "at"), "at DESC, lot DESC, mark DESC");
    for row in conditions.rows_of_days(client, columns, filed, order, size, (from, to)).await? {
        found.push(read(&row)?);
    }
    page(LIST, size, found)
}

fn read(row: &Row) -> Result<(Place, Finding)> {
    let place: Place = (row.get(0), plain(row.get(1)).into_owned(), hex(row.get(2)));
    let name: &str = row.get(3);
    let kind = FindingKind::from_name(name).ok_or_else(|| {
        StoreError::Unreadable(format!("a finding of the unknown kind {name:?}: start a newer Bowei"))
    })?;
    let finding = Finding {
        kind,
        lot: LotCode::from(place.1.as_str()),
        record_id: row.get::<_, Option<&str>>(5).map(|record_id| plain(record_id).into_owned()),
        at: moment(place.0)?,
        detail: plain(row.get(4)).into_owned(),
    };
    Ok((place, finding))
}

/// How many findings there are.
async fn findings_count(client: &Client, query: &FindingQuery) -> Result<u64> {
    let conditions = conditions(query);
    let (from, to) = (query.from.map_or(i64::MIN, millis), query.to.map_or(i64::MAX, millis));
    let mut found = 0;
    for (begin, end) in day_ranges::of(client, "findings", from, to).await? {
        let within = conditions.within("at", begin, end);
        let rows = conditions.ask(client, &format!("SELECT count(*) FROM findings {within}")).await?;
        found += rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs());
    }
    Ok(found)
}

/// Everything but the days.
fn conditions(query: &FindingQuery) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.of_lots(query.lots.as_deref());
    if let Some(kind) = query.kind {
        conditions.and("kind = ?", [words(kind.name())]);
    }
    if let Some((kind, at)) = query.not_yet_due() {
        conditions.and("(kind <> ? OR at <= ?)", [words(kind.name()), number(millis(at))]);
    }
    conditions
}
