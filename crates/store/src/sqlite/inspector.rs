//! The message inspector: what was accepted and what was refused in one list, newest first.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text as value};
use super::queue::About;
use super::refusals;
use super::states::lot_state;
use super::values::{from_json, hex, millis, moment, text};
use crate::cursor::{page, page_size};
use crate::{
    InspectedOutcome, InspectedReport, Inspector, InspectorBounds, Page, RefusedMessage, ReportQuery, Result,
    cursor,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

#[async_trait]
impl Inspector for SqliteStore {
    fn note_refusal(&self, refused: RefusedMessage, bounds: InspectorBounds) {
        self.committer.note_refusal((refused, bounds));
    }

    async fn reports(&self, query: ReportQuery) -> Result<Page<InspectedReport>> {
        self.readers.ask(move |connection| reports(connection, &query)).await
    }

    async fn oldest_refusal(&self) -> Result<Option<Timestamp>> {
        let oldest = self.readers.ask(|connection| {
            let mut find = connection.prepare_cached("SELECT min(at) FROM refusals")?;
            Ok(find.query_row([], |row| row.get::<_, Option<i64>>(0))?)
        });
        oldest.await?.map(moment).transpose()
    }

    async fn trim_inspector(&self, now: Timestamp, bounds: InspectorBounds) -> Result<u64> {
        let mut gone = 0;
        loop {
            // Some at a time, so that deliveries get their turn in between.
            let timeout = self.options.lock_timeout;
            let some = self.committer.execute(
                About::Upkeep,
                move |connection| refusals::trim(connection, now, bounds),
                timeout,
            );
            let some = some.await?;
            gone += some;
            if some < refusals::FORGOTTEN_AT_ONCE {
                return Ok(gone);
            }
        }
    }
}

const LIST: &str = "reports";

/// Moment, list and row number. Of one millisecond, refused messages come first.
type Place = (i64, Source, i64);
type Source = u8;
const ACCEPTED: Source = 0;
const REFUSED: Source = 1;

/// A page of the inspector.
fn reports(connection: &Connection, query: &ReportQuery) -> Result<Page<InspectedReport>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let both = query.accepted == query.refused;
    let mut found = Vec::new();
    if both || query.accepted {
        let columns = "received_at, seq, statement, unnamed_fields, amended, message_sha256";
        let (sql, values) =
            question(query, after, size, ACCEPTED, "ledger", columns, last_heard(connection, query)?);
        let mut find = connection.prepare_cached(&sql)?;
        let mut rows = find.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            found.push(accepted(row)?);
        }
    }
    if both || query.refused {
        let (sql, values) = question(query, after, size, REFUSED, "refusals", "at, id, doc", None);
        let mut find = connection.prepare_cached(&sql)?;
        let mut rows = find.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            found.push(refused(row)?);
        }
    }
    found.sort_by(|(a, _), (b, _)| b.cmp(a));
    page(LIST, size, found)
}

/// The statement that reads one of the two lists from `after` on.
fn question(
    query: &ReportQuery,
    after: Option<Place>,
    size: usize,
    source: Source,
    table: &str,
    columns: &str,
    newest: Option<i64>,
) -> (String, Vec<Value>) {
    let (at, id) = if source == ACCEPTED { ("received_at", "seq") } else { ("at", "id") };
    let mut conditions = Conditions::default();
    conditions.of_lots(query.lots.as_deref());
    if let Some(provider) = &query.provider {
        conditions.and("provider = ?", [value(provider.as_str())]);
    }
    if let Some(from) = query.from {
        conditions.and(&format!("{at} >= ?"), [Value::Integer(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and(&format!("{at} < ?"), [Value::Integer(millis(to))]);
    }
    if let Some(newest) = newest {
        conditions.and(&format!("{at} <= ?"), [Value::Integer(newest)]);
    }
    if let Some((moment, of, row)) = after {
        // The rows of the same moment follow if their list comes later than the cursor's, and in the same list from
        // the cursor's row on.
        let below = match source.cmp(&of) {
            std::cmp::Ordering::Less => i64::MAX,
            std::cmp::Ordering::Equal => row,
            std::cmp::Ordering::Greater => i64::MIN,
        };
        conditions.and(&format!("({at}, {id}) < (?, ?)"), [Value::Integer(moment), Value::Integer(below)]);
    }
    conditions.values.push(rows_for(size));
    let sql =
        format!("SELECT {columns} FROM {table} {} ORDER BY {at} DESC, {id} DESC LIMIT ?", conditions.sql);
    (sql, conditions.values)
}

/// When the one lot asked for was last heard: nothing of it in the ledger is newer, so that the rows of all others
/// since a silent lot fell silent need not be looked at.
fn last_heard(connection: &Connection, query: &ReportQuery) -> Result<Option<i64>> {
    let Some([lot]) = query.lots.as_deref() else { return Ok(None) };
    let heard = lot_state(connection, lot)?.last_heard_at;
    Ok(Some(heard.map_or(i64::MIN, millis)))
}

fn accepted(row: &Row<'_>) -> Result<(Place, InspectedReport)> {
    let (at, seq): (i64, i64) = (row.get(0)?, row.get(1)?);
    let sha256: Vec<u8> = row.get(5)?;
    let outcome = InspectedOutcome::Accepted {
        statement: Box::new(from_json("a statement of the ledger", text(row, 2)?)?),
        unnamed_fields: row.get(3)?,
        amended: row.get(4)?,
        message_sha256: hex(&sha256),
    };
    Ok(((at, ACCEPTED, seq), InspectedReport { id: format!("a{seq}"), at: moment(at)?, outcome }))
}

fn refused(row: &Row<'_>) -> Result<(Place, InspectedReport)> {
    let (at, id): (i64, i64) = (row.get(0)?, row.get(1)?);
    let message: RefusedMessage = from_json("a refused message", text(row, 2)?)?;
    let report = InspectedReport {
        id: format!("r{id}"),
        at: message.at,
        outcome: InspectedOutcome::Refused(Box::new(message)),
    };
    Ok(((at, REFUSED, id), report))
}
