//! Findings, newest first.

use super::{Conditions, number, page, page_size, words};
use crate::postgres::values::{hex, millis, moment, plain};
use crate::{FindingQuery, Page, Result, StoreError, cursor};
use bowei_model::{Finding, FindingKind, LotCode};
use deadpool_postgres::Client;
use jiff::Timestamp;
use tokio_postgres::Row;

const LIST: &str = "findings";

/// A finding's key: moment, lot and mark in hex.
type Place = (i64, String, String);

/// A page of findings.
pub(in crate::postgres) async fn findings(client: &Client, query: &FindingQuery) -> Result<Page<Finding>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.of_lots(query.lots.as_deref());
    if let Some(kind) = query.kind {
        conditions.and("kind = ?", [words(kind.name())]);
    }
    if let Some(from) = query.from {
        conditions.and("at >= ?", [number(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and("at < ?", [number(millis(to))]);
    }
    if let Some((at, lot, mark)) = after {
        let place = [number(at), words(&lot), words(&mark)];
        conditions.and("(at, lot, mark) < (?, ?, decode(?, 'hex'))", place);
    }
    let columns = "at, lot, mark, kind, detail, record_id";
    let mut found = Vec::new();
    for row in conditions.rows(client, columns, "findings", "at DESC, lot DESC, mark DESC", size).await? {
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

/// How many findings there are since `from`.
pub(in crate::postgres) async fn findings_since(
    client: &Client,
    from: Timestamp,
    lots: Option<&[LotCode]>,
) -> Result<u64> {
    let mut conditions = Conditions::default();
    conditions.of_lots(lots);
    conditions.and("at >= ?", [number(millis(from))]);
    let rows = conditions.ask(client, &format!("SELECT count(*) FROM findings {}", conditions.sql)).await?;
    Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
}
