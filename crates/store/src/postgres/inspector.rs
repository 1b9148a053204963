//! The message inspector: what was accepted and what was refused in one list, newest first.

use super::PostgresStore;
use super::conditions::{Conditions, number, text_value};
use super::queue;
use super::readers::ask;
use super::refusals;
use super::values::{from_json, hex, millis, moment, plain};
use crate::cursor::{page, page_size};
use crate::{
    InspectedOutcome, InspectedReport, Inspector, InspectorBounds, Page, RefusedMessage, ReportQuery, Result,
    cursor,
};
use async_trait::async_trait;
use deadpool_postgres::Client;
use jiff::Timestamp;
use tokio_postgres::Row;

#[async_trait]
impl Inspector for PostgresStore {
    fn note_refusal(&self, refused: RefusedMessage, bounds: InspectorBounds) {
        queue::refuse(&self.refusals, (refused, bounds));
    }

    async fn reports(&self, query: ReportQuery) -> Result<Page<InspectedReport>> {
        ask!(self.readers, client => reports(client, &query))
    }

    async fn oldest_refusal(&self) -> Result<Option<Timestamp>> {
        let oldest: Result<_> = ask!(self.readers, client => refusals::oldest(client));
        oldest?.map(moment).transpose()
    }

    async fn trim_inspector(&self, now: Timestamp, bounds: InspectorBounds) -> Result<u64> {
        let mut gone = 0;
        loop {
            // Some at a time, so that nobody waits for long.
            let some: Result<u64> = ask!(self.readers, client => refusals::trim(client, now, bounds));
            let some = some?;
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
async fn reports(client: &Client, query: &ReportQuery) -> Result<Page<InspectedReport>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let both = query.accepted == query.refused;
    let mut found = Vec::new();
    if both || query.accepted {
        let columns = "received_at, seq, statement, unnamed_fields, amended, message_sha256";
        let conditions = conditions(query, after, ACCEPTED, "received_at", "seq");
        let order = "received_at DESC, seq DESC";
        let from = query.from.map_or(i64::MIN, millis);
        let to = after.map_or(i64::MAX, |(moment, ..)| moment.saturating_add(1));
        let to = query.to.map_or(to, |before| to.min(millis(before)));
        let filed = ("ledger", "received_at");
        for row in conditions.rows_of_days(client, columns, filed, order, size, (from, to)).await? {
            found.push(accepted(&row)?);
        }
    }
    if both || query.refused {
        let conditions = conditions(query, after, REFUSED, "at", "id");
        for row in conditions.rows(client, "at, id, doc", "refusals", "at DESC, id DESC", size).await? {
            found.push(refused(&row)?);
        }
    }
    found.sort_by(|(a, _), (b, _)| b.cmp(a));
    page(LIST, size, found)
}

/// What holds of the rows of one of the two lists from `after` on.
fn conditions(query: &ReportQuery, after: Option<Place>, source: Source, at: &str, id: &str) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.of_lots(query.lots.as_deref());
    if let Some(provider) = &query.provider {
        conditions.and("provider = ?", [text_value(provider.as_str())]);
    }
    if let Some(from) = query.from {
        conditions.and(&format!("{at} >= ?"), [number(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and(&format!("{at} < ?"), [number(millis(to))]);
    }
    if let Some((moment, of, row)) = after {
        // The rows of the same moment follow if their list comes later than the cursor's, and in the same list from
        // the cursor's row on.
        let below = match source.cmp(&of) {
            std::cmp::Ordering::Less => i64::MAX,
            std::cmp::Ordering::Equal => row,
            std::cmp::Ordering::Greater => i64::MIN,
        };
        conditions.and(&format!("({at}, {id}) < (?, ?)"), [number(moment), number(below)]);
    }
    conditions
}

fn accepted(row: &Row) -> Result<(Place, InspectedReport)> {
    let (at, seq): (i64, i64) = (row.get(0), row.get(1));
    let outcome = InspectedOutcome::Accepted {
        statement: Box::new(from_json("a statement of the ledger", row.get(2))?),
        unnamed_fields: row.get::<_, Option<&str>>(3).map(|fields| plain(fields).into_owned()),
        amended: row.get(4),
        message_sha256: hex(row.get(5)),
    };
    Ok(((at, ACCEPTED, seq), InspectedReport { id: format!("a{seq}"), at: moment(at)?, outcome }))
}

fn refused(row: &Row) -> Result<(Place, InspectedReport)> {
    let (at, id): (i64, i64) = (row.get(0), row.get(1));
    let message: RefusedMessage = from_json("a refused message", row.get(2))?;
    let report = InspectedReport {
        id: format!("r{id}"),
        at: message.at,
        outcome: InspectedOutcome::Refused(Box::new(message)),
    };
    Ok(((at, REFUSED, id), report))
}
