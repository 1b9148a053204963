//! Refused messages: noted for the message inspector, and forgotten in time.

use super::commit::tally;
use super::values::{document, millis};
use crate::{InspectorBounds, RefusedMessage, Result};
use bowei_model::moment;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// Rows that one transaction forgets: a few milliseconds, for which deliveries wait.
pub(super) const FORGOTTEN_AT_ONCE: u64 = 1_000;

/// Notes refused messages.
pub(super) fn keep(connection: &Connection, refused: &[RefusedMessage]) -> Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT INTO refusals (at, provider, lot, doc) VALUES (?1, ?2, ?3, ?4)")?;
    for message in refused {
        let provider = message.provider.as_ref().map(|provider| provider.as_str());
        let lot = message.lot.as_ref().map(|lot| lot.as_str());
        insert.execute(params![millis(message.at), provider, lot, document(message)?])?;
        tally(connection, moment::day(message.at), &message.standard, "refused", &message.code, 1)?;
    }
    Ok(())
}

/// Forgets some of what need not be kept; fewer than [`FORGOTTEN_AT_ONCE`] means that nothing is left to forget.
pub(super) fn trim(connection: &Connection, now: Timestamp, bounds: InspectorBounds) -> Result<u64> {
    let age = i64::try_from(bounds.age_max.as_millis()).unwrap_or(i64::MAX);
    let too_old = millis(now).saturating_sub(age);
    let too_many: Option<(i64, i64)> = connection
        .prepare_cached("SELECT at, id FROM refusals ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?1")?
        .query_row([i64::try_from(bounds.rows_max).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (at, id) = too_many.unwrap_or((i64::MIN, 0));
    let gone = connection
        .prepare_cached(
            "DELETE FROM refusals WHERE id IN
               (SELECT id FROM refusals WHERE at < ?1 OR (at, id) <= (?2, ?3) ORDER BY at, id LIMIT ?4)",
        )?
        .execute(params![too_old, at, id, i64::try_from(FORGOTTEN_AT_ONCE).unwrap_or(i64::MAX)])?;
    Ok(gone as u64)
}
