//! Charging records, latest end first, each with the parking it belongs to.

use super::PostgresStore;
use super::conditions::{Conditions, number, text_value};
use super::day_ranges;
use super::errors::refused;
use super::readers::ask;
use super::values::{from_json, millis, plain, text};
use crate::charging::{Stay, stay_of};
use crate::cursor::{page, page_size};
use crate::{ChargingQuery, ChargingRecords, ChargingRow, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::{ChargingRecord, Plate, ProviderCode};
use deadpool_postgres::Client;
use std::collections::HashMap;

#[async_trait]
impl ChargingRecords for PostgresStore {
    async fn charging_records(&self, query: ChargingQuery) -> Result<Page<ChargingRow>> {
        ask!(self.readers, client => charging_records(client, &query))
    }

    async fn is_charged(&self, operator: &ProviderCode, order_no: &str) -> Result<bool> {
        ask!(self.readers, client => is_charged(client, operator, order_no))
    }
}

const LIST: &str = "charging records";

/// End, and the row's number.
type Place = (i64, i64);

/// Whether the order is kept.
async fn is_charged(client: &Client, operator: &ProviderCode, order_no: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM charging_records WHERE order_no = $1 AND operator = $2";
    let find = client.prepare_cached(sql).await.map_err(refused)?;
    let found =
        client.query_opt(&find, &[&text(order_no), &text(operator.as_str())]).await.map_err(refused)?;
    Ok(found.is_some())
}

/// A page of charging records.
async fn charging_records(client: &Client, query: &ChargingQuery) -> Result<Page<ChargingRow>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.of_lots(query.lots.as_deref());
    if let Some(order_no) = &query.order_no {
        conditions.and("order_no = ?", [text_value(order_no)]);
    }
    if let Some(from) = query.ended_from {
        conditions.and("ended_at >= ?", [number(millis(from))]);
    }
    if let Some(to) = query.ended_to {
        conditions.and("ended_at < ?", [number(millis(to))]);
    }
    if let Some((ended_at, id)) = after {
        conditions.and("(ended_at, id) < (?, ?)", [number(ended_at), number(id)]);
    }
    let order = "ended_at DESC, id DESC";
    let (mut places, mut records): (Vec<Place>, Vec<ChargingRecord>) = (Vec::new(), Vec::new());
    for row in conditions.rows(client, "ended_at, id, doc", "charging_records", order, size).await? {
        places.push((row.get(0), row.get(1)));
        records.push(from_json("a charging record", row.get(2))?);
    }
    let sessions = sessions_of(client, &records).await?;
    let rows = records.into_iter().zip(sessions).map(|(record, session)| ChargingRow { record, session });
    page(LIST, size, places.into_iter().zip(rows).collect())
}

/// The stay that each charge belongs to.
async fn sessions_of(client: &Client, records: &[ChargingRecord]) -> Result<Vec<Option<String>>> {
    // Without a plate no stay is found; no plate is empty.
    let plates: Vec<_> =
        records.iter().map(|record| text(record.plate.as_ref().map_or("", Plate::as_str))).collect();
    let lots: Vec<_> = records.iter().map(|record| text(record.lot.as_str())).collect();
    let spans = records.iter().map(|record| (millis(record.started_at), millis(record.ended_at)));
    let (started, ended): (Vec<_>, Vec<_>) = spans.unzip();
    let mut stays = HashMap::<i64, Vec<Stay>>::new();
    let latest = ended.iter().max().map_or(i64::MIN, |ended| ended.saturating_add(1));
    for (begin, end) in day_ranges::of(client, "sessions", i64::MIN, latest).await? {
        let sql = format!(
            "SELECT wanted.number, session.record_id, session.entered_at, session.exited_at
             FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) WITH ORDINALITY
               AS wanted (plate, lot, started, ended, number)
             JOIN sessions AS session
               ON session.plate = wanted.plate AND session.lot = wanted.lot AND session.entered_at <= wanted.ended
              AND (session.exited_at IS NULL
                   OR (session.exited_at >= wanted.started AND session.exited_at >= session.entered_at))
             WHERE session.stands_at >= {begin} AND session.stands_at < {end}"
        );
        for row in client.query(&sql, &[&plates, &lots, &started, &ended]).await.map_err(refused)? {
            let record_id = plain(row.get(1)).into_owned();
            let stay = Stay { record_id, entered_at: row.get(2), exited_at: row.get(3) };
            stays.entry(row.get(0)).or_default().push(stay);
        }
    }
    let of_each = (1..).zip(started.into_iter().zip(ended)).map(|(number, (started, ended))| {
        let mut stays = stays.remove(&number).unwrap_or_default();
        stays.sort_by(|a, b| (a.entered_at, &a.record_id).cmp(&(b.entered_at, &b.record_id)));
        stay_of(started, ended, stays.into_iter())
    });
    Ok(of_each.collect())
}
