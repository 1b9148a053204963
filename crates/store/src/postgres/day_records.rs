//! Which records a lot has of a day, and what it declares of it.

use super::conditions::{Conditions, number, text_value};
use super::errors::refused;
use super::readers::ask;
use super::values::{day as column, from_json, millis, plain, text, to_json};
use super::{PostgresStore, day_ranges, prepared};
use crate::cursor::{page, page_size};
use crate::day_evidence::{Day, Declared, declared, record_set};
use crate::{
    DayRecordKind, DayRecordQuery, DayRecords, DaySummary, DeclarationRow, EVIDENCE_SESSIONS_MAX, Page,
    Result, cursor,
};
use async_trait::async_trait;
use bowei_model::{LotCode, ParkingSession};
use deadpool_postgres::Client;

#[async_trait]
impl DayRecords for PostgresStore {
    async fn day_records(&self, query: DayRecordQuery) -> Result<Page<String>> {
        ask!(self.readers, client => records(client, &query))
    }

    async fn day_summary(&self, lot: &LotCode, day: u32) -> Result<DaySummary> {
        ask!(self.readers, client => summary(client, lot, day))
    }

    async fn declarations(&self, lot: &LotCode, day: u32) -> Result<Vec<DeclarationRow>> {
        ask!(self.readers, client => declarations(client, lot, day))
    }

    async fn declare_day(&self, lot: &LotCode, day: u32, declaration: DeclarationRow) -> Result<bool> {
        let declaration = declaration.normal();
        ask!(self.readers, client => declare(client, lot, day, &declaration))
    }
}

const LIST: &str = "day-records";

async fn records(client: &Client, query: &DayRecordQuery) -> Result<Page<String>> {
    let after: Option<(String, usize)> = cursor::read(LIST, query.cursor.as_ref())?;
    let day = Day::of(query.day)?;
    let ids = match query.kind {
        DayRecordKind::Charges => charges(client, &query.lot, day).await?,
        kind => day.ids(&sessions(client, &query.lot, day).await?, kind),
    };
    // One id may stand there more than once, for each of its photos.
    let numbered = ids.into_iter().enumerate().map(|(number, id)| ((id.clone(), number), id));
    let size = page_size(query.limit);
    let rows = numbered.filter(|(place, _)| after.as_ref().is_none_or(|after| place > after));
    page(LIST, size, rows.take(size + 1).collect())
}

async fn summary(client: &Client, lot: &LotCode, day: u32) -> Result<DaySummary> {
    let day = Day::of(day)?;
    let sessions = sessions(client, lot, day).await?;
    let of = |kind| record_set(&day.ids(&sessions, kind));
    Ok(DaySummary {
        entries: of(DayRecordKind::Entries),
        exits: of(DayRecordKind::Exits),
        photos: of(DayRecordKind::Photos),
        charges: record_set(&charges(client, lot, day).await?),
    })
}

/// A lot's sessions of a day, by beginning and record; one more than may be handed out shows that there are more.
pub(super) async fn sessions(client: &Client, lot: &LotCode, day: Day) -> Result<Vec<ParkingSession>> {
    let of_lot = || {
        let mut conditions = Conditions::default();
        conditions.and("lot = ? AND parking", [text_value(lot.as_str())]);
        conditions
    };
    let (mut earlier, within) = (of_lot(), of_lot());
    earlier.and("(present_to IS NOT NULL AND present_to >= ? OR open)", [number(millis(day.left_from()))]);
    let (since, from, to) = (millis(day.sessions_from()), millis(day.from), millis(day.to));
    let mut rows = Vec::new();
    for (conditions, from, to) in [(earlier, since, from), (within, from, to)] {
        for (begin, end) in day_ranges::of(client, "sessions", from, to).await? {
            let within = conditions.within("stands_at", begin, end);
            let sql = format!("SELECT stands_at, record_id, doc FROM sessions {within}");
            rows.extend(conditions.ask(client, &sql).await?);
        }
    }
    rows.sort_by(|a, b| {
        let place = |row: &tokio_postgres::Row| (row.get::<_, i64>(0), plain(row.get(1)).into_owned());
        place(a).cmp(&place(b))
    });
    let mut found = Vec::new();
    for row in rows {
        let session: ParkingSession = from_json("a session", row.get(2))?;
        if day.touches(&session) {
            found.push(session);
        }
        if found.len() > EVIDENCE_SESSIONS_MAX {
            break;
        }
    }
    Ok(found)
}

async fn charges(client: &Client, lot: &LotCode, day: Day) -> Result<Vec<String>> {
    let find = "SELECT order_no FROM charging_records WHERE lot = $1 AND ended_at >= $2 AND ended_at < $3
                ORDER BY order_no";
    let rows =
        prepared::query(client, find, &[&text(lot.as_str()), &millis(day.from), &millis(day.to)]).await?;
    Ok(rows.iter().map(|row| plain(row.get(0)).into_owned()).collect())
}

/// A lot's declarations of a day, the oldest first.
pub(super) async fn declarations(client: &Client, lot: &LotCode, day: u32) -> Result<Vec<DeclarationRow>> {
    let find = "SELECT doc FROM declarations WHERE lot = $1 AND day = $2 ORDER BY received_at";
    let rows = prepared::query(client, find, &[&text(lot.as_str()), &column(day)]).await?;
    rows.iter().map(|row| from_json("a declaration", &plain(row.get(0)))).collect()
}

async fn declare(client: &Client, lot: &LotCode, day: u32, new: &DeclarationRow) -> Result<bool> {
    Day::of(day)?;
    // A connection on which this fails does not go back into its pool, and its transaction ends with it.
    begin(client, lot).await?;
    let kept = declarations(client, lot, day).await?;
    let declared = declared(&kept, new);
    if let Declared::New { gone } = declared {
        let (lot, number, doc) = (text(lot.as_str()), column(day), to_json(new)?);
        if let Some(gone) = gone {
            let delete = "DELETE FROM declarations WHERE lot = $1 AND day = $2 AND received_at = $3";
            client.execute(delete, &[&lot, &number, &millis(gone)]).await.map_err(refused)?;
        }
        let insert = "INSERT INTO declarations (lot, day, received_at, doc) VALUES ($1, $2, $3, $4)
                      ON CONFLICT (lot, day, received_at) DO UPDATE SET doc = excluded.doc";
        let at = millis(new.received_at);
        client.execute(insert, &[&lot, &number, &at, &text(&doc)]).await.map_err(refused)?;
        let touch = "INSERT INTO dirty_days AS kept (lot, day, seq) VALUES ($1, $2, $3)
                     ON CONFLICT (lot, day) DO UPDATE SET seq = greatest(kept.seq + 1, excluded.seq)";
        client.execute(touch, &[&lot, &number, &at]).await.map_err(refused)?;
    }
    client.batch_execute("COMMIT").await.map_err(refused)?;
    Ok(matches!(declared, Declared::New { .. }))
}

/// Begins a transaction that holds a lot's lock: what is kept of it meanwhile waits, as for a batch.
pub(super) async fn begin(client: &Client, lot: &LotCode) -> Result<()> {
    let code = text(lot.as_str());
    let make =
        "INSERT INTO lot_states (lot, revision, doc) VALUES ($1, 0, '{}') ON CONFLICT (lot) DO NOTHING";
    prepared::execute(client, make, &[&code]).await?;
    client.batch_execute("BEGIN").await.map_err(refused)?;
    prepared::query(client, "SELECT FROM lot_states WHERE lot = $1 FOR UPDATE", &[&code]).await.map(drop)
}
