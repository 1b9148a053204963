//! Charging records, latest end first, each with the parking it belongs to.

use super::{Conditions, number, page, page_size, words};
use crate::charging::{Stay, stay_of};
use crate::postgres::errors::refused;
use crate::postgres::values::{millis, plain, read_document, text};
use crate::{ChargingQuery, ChargingRow, Page, Result, cursor};
use bowei_model::ChargingRecord;
use deadpool_postgres::Client;

const LIST: &str = "charging records";

/// End, and the row's number.
type Place = (i64, i64);

/// A page of charging records.
pub(in crate::postgres) async fn charging_records(
    client: &Client,
    query: &ChargingQuery,
) -> Result<Page<ChargingRow>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.of_lots(query.lots.as_deref());
    if let Some(order_no) = &query.order_no {
        conditions.and("order_no = ?", [words(order_no)]);
    }
    if let Some((ended_at, id)) = after {
        conditions.and("(ended_at, id) < (?, ?)", [number(ended_at), number(id)]);
    }
    let order = "ended_at DESC, id DESC";
    let mut found = Vec::new();
    for row in conditions.rows(client, "ended_at, id, doc", "charging_records", order, size).await? {
        let place: Place = (row.get(0), row.get(1));
        let record: ChargingRecord = read_document("a charging record", row.get(2))?;
        let session = session_of(client, &record).await?;
        found.push((place, ChargingRow { record, session }));
    }
    page(LIST, size, found)
}

async fn session_of(client: &Client, record: &ChargingRecord) -> Result<Option<String>> {
    let Some(plate) = &record.plate else { return Ok(None) };
    let (started, ended) = (millis(record.started_at), millis(record.ended_at));
    let find = client
        .prepare_cached(
            "SELECT record_id, entered_at, exited_at FROM sessions
             WHERE plate = $1 AND lot = $2 AND stands_at <= $4 AND entered_at <= $4
               AND (exited_at IS NULL OR (exited_at >= $3 AND exited_at >= entered_at))
             ORDER BY stands_at, record_id",
        )
        .await
        .map_err(refused)?;
    let rows = client
        .query(&find, &[&text(plate.as_str()), &text(record.lot.as_str()), &started, &ended])
        .await
        .map_err(refused)?;
    let stays = rows.iter().map(|row| Stay {
        record_id: plain(row.get(0)).into_owned(),
        entered_at: row.get(1),
        exited_at: row.get(2),
    });
    Ok(stay_of(started, ended, stays))
}
