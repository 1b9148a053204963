//! Passages without a record id: finding the sessions around one, and keeping where each belongs.

use super::values::{millis, text};
use crate::Result;
use crate::plan::UnpairedPassageRow;
use bowei_model::pairing::{CLUSTER_MAX, NEAR, UnpairedPassage};
use bowei_model::{Plate, RecordId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// The records that must be put together anew when `leg` comes.
pub(super) fn around(connection: &Connection, leg: &UnpairedPassage) -> Result<BTreeSet<RecordId>> {
    let lot = leg.chain.lot.as_str();
    let mut places = vec![millis(leg.pairing_time)];
    if leg.chain.plate.is_none() {
        // A known passage may be said again to stand elsewhere: then both places matter.
        let kept: Option<i64> = connection
            .prepare_cached("SELECT stands_at FROM legs WHERE lot = ?1 AND plate = '' AND id = ?2")?
            .query_row(params![lot, leg.id.as_str()], |row| row.get(0))
            .optional()?;
        places.extend(kept.filter(|kept| !places.contains(kept)));
    }
    let mut records = BTreeSet::new();
    for place in places {
        let (from, to) = match &leg.chain.plate {
            Some(plate) => between_entries(connection, lot, plate, place)?,
            None => cluster(connection, lot, place)?,
        };
        let mut find = connection.prepare_cached(
            "SELECT DISTINCT record_id FROM legs WHERE lot = ?1 AND plate = ?2 AND stands_at BETWEEN ?3 AND ?4",
        )?;
        let plate = leg.chain.plate.as_ref().map_or("", Plate::as_str);
        let mut rows = find.query(params![lot, plate, from, to])?;
        while let Some(row) = rows.next()? {
            records.insert(RecordId::from(text(row, 0)?));
        }
    }
    Ok(records)
}

/// From the latest entry not after `place` to just before the next one: what lies further away pairs by itself.
fn between_entries(connection: &Connection, lot: &str, plate: &Plate, place: i64) -> Result<(i64, i64)> {
    let key = params![lot, plate.as_str(), place];
    let before: Option<i64> = connection
        .prepare_cached(
            "SELECT max(stands_at) FROM legs WHERE lot = ?1 AND plate = ?2 AND stands_at <= ?3 AND is_entry",
        )?
        .query_row(key, |row| row.get(0))?;
    let after: Option<i64> = connection
        .prepare_cached(
            "SELECT min(stands_at) FROM legs WHERE lot = ?1 AND plate = ?2 AND stands_at > ?3 AND is_entry",
        )?
        .query_row(key, |row| row.get(0))?;
    Ok((before.unwrap_or(place), after.map_or(i64::MAX, |after| after - 1)))
}

/// As far either way as legs without a plate follow one another closely enough to be taken for one another.
fn cluster(connection: &Connection, lot: &str, place: i64) -> Result<(i64, i64)> {
    let near = i64::try_from(NEAR.as_millis()).unwrap_or(i64::MAX);
    let reach = |sql: &str, way: i64| -> Result<i64> {
        let mut find = connection.prepare_cached(sql)?;
        let mut rows = find.query(params![lot, place])?;
        let (mut edge, mut legs) = (place, 0);
        while let Some(row) = rows.next()? {
            let next: i64 = row.get(0)?;
            if (next - edge) * way > near || legs == CLUSTER_MAX {
                break;
            }
            (edge, legs) = (next, legs + 1);
        }
        Ok(edge)
    };
    let back = "SELECT stands_at FROM legs WHERE lot = ?1 AND plate = '' AND stands_at <= ?2
                ORDER BY stands_at DESC";
    let on =
        "SELECT stands_at FROM legs WHERE lot = ?1 AND plate = '' AND stands_at >= ?2 ORDER BY stands_at";
    Ok((reach(back, -1)?, reach(on, 1)?))
}

/// Forgets legs by their plates and places.
pub(super) fn forget(connection: &Connection, legs: &[UnpairedPassage]) -> Result<()> {
    let mut forget = connection.prepare_cached(
        "DELETE FROM legs WHERE lot = ?1 AND plate = ?2 AND stands_at = ?3 AND is_entry = ?4 AND id = ?5",
    )?;
    for leg in legs {
        forget.execute(params![
            leg.chain.lot.as_str(),
            leg.chain.plate.as_ref().map_or("", Plate::as_str),
            millis(leg.pairing_time),
            leg.direction == bowei_model::Direction::Entry,
            leg.id.as_str(),
        ])?;
    }
    Ok(())
}

/// Keeps where legs belong now.
pub(super) fn keep(connection: &Connection, legs: &[UnpairedPassageRow]) -> Result<()> {
    let mut forget =
        connection.prepare_cached("DELETE FROM legs WHERE lot = ?1 AND plate = '' AND id = ?2")?;
    let mut replace = connection.prepare_cached(
        "INSERT INTO legs (lot, plate, stands_at, is_entry, id, record_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (lot, plate, stands_at, is_entry, id) DO UPDATE SET record_id = excluded.record_id",
    )?;
    for UnpairedPassageRow { leg, record_id } in legs {
        let lot = leg.chain.lot.as_str();
        if leg.chain.plate.is_none() {
            forget.execute(params![lot, leg.id.as_str()])?;
        }
        replace.execute(params![
            lot,
            leg.chain.plate.as_ref().map_or("", Plate::as_str),
            millis(leg.pairing_time),
            leg.direction == bowei_model::Direction::Entry,
            leg.id.as_str(),
            record_id.as_str(),
        ])?;
    }
    Ok(())
}
