//! Sessions, newest beginning first.

use super::{Conditions, number, page, page_size, words};
use crate::postgres::errors::refused;
use crate::postgres::values::{millis, plain, read_document, text};
use crate::{Page, Result, SessionQuery, cursor};
use bowei_model::{LotCode, ParkingSession};
use deadpool_postgres::Client;

const LIST: &str = "sessions";

/// Beginning, lot and record.
type Place = (i64, String, String);

/// One session, with a passage or without.
pub(in crate::postgres) async fn session(
    client: &Client,
    lot: &LotCode,
    record_id: &str,
) -> Result<Option<ParkingSession>> {
    let find = client
        .prepare_cached(
            "SELECT session.doc FROM session_keys AS key
             JOIN sessions AS session ON session.lot = key.lot AND session.record_id = key.record_id
                                     AND session.stands_at = key.stands_at
             WHERE key.lot = $1 AND key.record_id = $2",
        )
        .await
        .map_err(refused)?;
    let row = client.query_opt(&find, &[&text(lot.as_str()), &text(record_id)]).await.map_err(refused)?;
    row.map(|row| read_document("a session", row.get(0))).transpose()
}

/// A page of sessions.
pub(in crate::postgres) async fn sessions(
    client: &Client,
    query: &SessionQuery,
) -> Result<Page<ParkingSession>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.and("parking", []);
    if let Some(lot) = &query.lot {
        conditions.and("lot = ?", [words(lot.as_str())]);
    }
    if let Some(plate) = &query.plate {
        conditions.and("plate = ?", [words(plate)]);
    }
    match (query.open, query.closed) {
        (true, false) => conditions.and("open", []),
        (false, true) => conditions.and("NOT open", []),
        _ => {}
    }
    if let Some(from) = query.from {
        conditions.and("stands_at >= ?", [number(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and("stands_at < ?", [number(millis(to))]);
    }
    if let Some((stands_at, lot, record_id)) = after {
        let place = [number(stands_at), words(&lot), words(&record_id)];
        conditions.and("(stands_at, lot, record_id) < (?, ?, ?)", place);
    }
    let columns = "stands_at, lot, record_id, doc";
    let order = "stands_at DESC, lot DESC, record_id DESC";
    let mut found = Vec::new();
    for row in conditions.rows(client, columns, "sessions", order, size).await? {
        let place: Place = (row.get(0), plain(row.get(1)).into_owned(), plain(row.get(2)).into_owned());
        found.push((place, read_document("a session", row.get(3))?));
    }
    page(LIST, size, found)
}
