//! Refused messages: noted for the message inspector, and forgotten in time.

use super::commit::tally;
use super::values::{millis, to_json};
use crate::contract::{Ring, Surplus};
use crate::{InspectorBounds, RefusedMessage, Result};
use bowei_model::moment;
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// Rows that one transaction forgets: a few milliseconds, for which deliveries wait.
pub(super) const FORGOTTEN_AT_ONCE: u64 = 1_000;

/// Notes refused messages, and cuts the rings that have got more rows than they may.
pub(super) fn keep(
    connection: &Connection,
    noted: &[(RefusedMessage, InspectorBounds)],
    surplus: &mut Surplus,
) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO refusals (at, provider, lot, doc, claimed) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (message, _) in noted {
        let provider = message.provider.as_ref().map(|provider| provider.as_str());
        let lot = message.lot.as_ref().map(|lot| lot.as_str());
        insert.execute(params![millis(message.at), provider, lot, to_json(message)?, message.claimed])?;
        tally(connection, moment::day(message.at), &message.standard, "refused", &message.code, 1)?;
    }
    for (ring, rows_max) in surplus.note(noted) {
        cut(connection, &ring, rows_max)?;
    }
    Ok(())
}

/// Forgets the oldest rows of a ring beyond `rows_max`, or as many of them as go at once.
fn cut(connection: &Connection, ring: &Ring, rows_max: u64) -> Result<u64> {
    let rows_max = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let at_once = i64::try_from(FORGOTTEN_AT_ONCE).unwrap_or(i64::MAX);
    let gone = match &ring.of {
        None => connection
            .prepare_cached(
                "DELETE FROM refusals WHERE id IN
                   (SELECT id FROM refusals WHERE claimed = ?1
                    ORDER BY at DESC, id DESC LIMIT ?3 OFFSET ?2)",
            )?
            .execute(params![ring.claimed, rows_max, at_once])?,
        Some(provider) => connection
            .prepare_cached(
                "DELETE FROM refusals WHERE id IN
                   (SELECT id FROM refusals WHERE claimed = ?1 AND provider IS ?4
                    ORDER BY at DESC, id DESC LIMIT ?3 OFFSET ?2)",
            )?
            .execute(params![
                ring.claimed,
                rows_max,
                at_once,
                provider.as_ref().map(|provider| provider.as_str())
            ])?,
    };
    Ok(gone as u64)
}

/// Forgets some of what need not be kept, but for what is too old and a hold covers: by words that it has in it, for what a
/// refused message is about is not known better. A ring's bound goes before a hold, or whoever is under one could be made
/// to fill the disk. Fewer than [`FORGOTTEN_AT_ONCE`] means that nothing is left to forget.
pub(super) fn trim(connection: &Connection, now: Timestamp, bounds: InspectorBounds) -> Result<u64> {
    let age = i64::try_from(bounds.age_max.as_millis()).unwrap_or(i64::MAX);
    let too_old = millis(now).saturating_sub(age);
    let at_once = i64::try_from(FORGOTTEN_AT_ONCE).unwrap_or(i64::MAX);
    let old = connection
        .prepare_cached(
            "DELETE FROM refusals WHERE id IN
               (SELECT id FROM refusals WHERE at < ?1 AND NOT EXISTS (
                  SELECT 1 FROM holds WHERE open AND (holds.lot IS NULL OR holds.lot = refusals.lot)
                    AND (from_at IS NULL OR from_at <= at) AND (to_at IS NULL OR at < to_at)
                    AND (plate IS NULL OR instr(refusals.doc, plate) > 0)
                    AND (record_id IS NULL OR instr(refusals.doc, record_id) > 0))
                ORDER BY at, id LIMIT ?2)",
        )?
        .execute(params![too_old, at_once])?;
    let proved = cut(connection, &Ring { claimed: false, of: None }, bounds.rows_max)?;
    let claimed = cut(connection, &Ring { claimed: true, of: None }, bounds.claimed_rows_max)?;
    Ok(old as u64 + proved + claimed)
}
