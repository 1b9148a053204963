//! Sessions, newest beginning first.

use super::PostgresStore;
use super::conditions::{Conditions, number, text_value};
use super::day_statements::{OfADay, by_day};
use super::errors::refused;
use super::readers::ask;
use super::values::{from_json, millis, plain, text};
use crate::cursor::{page, page_size};
use crate::{Page, Result, SessionQuery, Sessions, cursor};
use async_trait::async_trait;
use bowei_model::{LotCode, ParkingSession};
use deadpool_postgres::Client;

#[async_trait]
impl Sessions for PostgresStore {
    async fn sessions(&self, query: SessionQuery) -> Result<Page<ParkingSession>> {
        ask!(self.readers, client => sessions(client, &query))
    }

    async fn lots_with_record(
        &self,
        record_id: &str,
        lots: Vec<LotCode>,
        limit: usize,
    ) -> Result<Vec<LotCode>> {
        ask!(self.readers, client => lots_with_record(client, record_id, &lots, limit))
    }

    async fn session(&self, lot: &LotCode, record_id: &str) -> Result<Option<ParkingSession>> {
        ask!(self.readers, client => session(client, lot, record_id))
    }
}

const LIST: &str = "sessions";

/// Beginning, lot and record.
type Place = (i64, String, String);

async fn lots_with_record(
    client: &Client,
    record_id: &str,
    lots: &[LotCode],
    limit: usize,
) -> Result<Vec<LotCode>> {
    let lots: Vec<_> = lots.iter().map(|lot| text(lot.as_str())).collect();
    let find = "SELECT lot FROM session_keys WHERE record_id = $1 AND lot = ANY($2) ORDER BY lot LIMIT $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = client.query(find, &[&text(record_id), &lots, &limit]).await.map_err(refused)?;
    Ok(rows.iter().map(|row| LotCode::from(plain(row.get(0)).as_ref())).collect())
}

/// One session, with a passage or without.
async fn session(client: &Client, lot: &LotCode, record_id: &str) -> Result<Option<ParkingSession>> {
    let find = client
        .prepare_cached("SELECT stands_at FROM session_keys WHERE lot = $1 AND record_id = $2")
        .await
        .map_err(refused)?;
    let (lot, record_id) = (text(lot.as_str()), text(record_id));
    let place = client.query_opt(&find, &[&lot, &record_id]).await.map_err(refused)?;
    let Some(place) = place.map(|row| row.get::<_, i64>(0)) else { return Ok(None) };
    for from in by_day([place], |place| *place).into_keys() {
        let statement = OfADay::Sessions.prepared(client, from).await?;
        let row = client.query_opt(&statement, &[&vec![&lot], &vec![&record_id], &vec![place]]).await;
        if let Some(row) = row.map_err(refused)? {
            return Ok(Some(from_json("a session", row.get(1))?));
        }
    }
    Ok(None)
}

/// A page of sessions.
async fn sessions(client: &Client, query: &SessionQuery) -> Result<Page<ParkingSession>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.and("parking", []);
    if let Some(lot) = &query.lot {
        conditions.and("lot = ?", [text_value(lot.as_str())]);
    }
    if let Some(plate) = &query.plate {
        let pseudonym = query.pseudonym.as_deref().unwrap_or(plate);
        conditions.and("plate IN (?, ?)", [text_value(plate), text_value(pseudonym)]);
    }
    match (query.open, query.closed) {
        (true, false) => conditions.and("open", []),
        (false, true) => conditions.and("NOT open", []),
        _ => {}
    }
    let from = query.from.map_or(i64::MIN, millis);
    let mut to = query.to.map_or(i64::MAX, millis);
    if let Some((pairing_time, lot, record_id)) = after {
        to = to.min(pairing_time.saturating_add(1));
        let place = [number(pairing_time), text_value(&lot), text_value(&record_id)];
        conditions.and("(stands_at, lot, record_id) < (?, ?, ?)", place);
    }
    let columns = "stands_at, lot, record_id, doc";
    let order = "stands_at DESC, lot DESC, record_id DESC";
    let mut found = Vec::new();
    let filed = ("sessions", "stands_at");
    for row in conditions.rows_of_days(client, columns, filed, order, size, (from, to)).await? {
        let place: Place = (row.get(0), plain(row.get(1)).into_owned(), plain(row.get(2)).into_owned());
        found.push((place, from_json("a session", row.get(3))?));
    }
    page(LIST, size, found)
}
