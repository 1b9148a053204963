//! A lot's curve: walked backwards from how full it is now to how full it was, then forwards point by point.

use super::states::lot_state;
use crate::sqlite::values::{millis, moment};
use crate::{CountPoint, Result};
use bowei_model::LotCode;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// What happens at a moment of the curve.
#[derive(Clone, Copy, Default)]
struct Step {
    reported: Option<i64>,
    moved: i64,
}

/// The curve of `lot` from `from` to `to`.
pub(in crate::sqlite) fn counts(
    connection: &Connection,
    lot: &LotCode,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<CountPoint>> {
    let (from, to) = (millis(from), millis(to));
    let state = lot_state(connection, lot)?;
    let mut steps = BTreeMap::<i64, Step>::new();
    let mut inside = state.inside;
    // A car never counts from before its session began, so that whoever came after `from` lies in this range.
    let came = "SELECT present_from FROM sessions
                WHERE lot = ?1 AND begun_at > ?2 AND begun_at IS NOT NULL AND present_from > ?2";
    let went = "SELECT present_to FROM sessions
                WHERE lot = ?1 AND present_to > ?2 AND present_to IS NOT NULL";
    for (sql, moved) in [(came, 1), (went, -1)] {
        each_moment(connection, sql, lot, from, |at| {
            inside -= moved;
            if at <= to {
                steps.entry(at).or_default().moved += moved;
            }
        })?;
    }
    let mut reported = before(connection, lot, from)?;
    let mut words = connection.prepare_cached(
        "SELECT as_of, vacant FROM space_counts WHERE lot = ?1 AND as_of > ?2 AND as_of <= ?3",
    )?;
    let mut rows = words.query(params![lot.as_str(), from, to])?;
    while let Some(row) = rows.next()? {
        steps.entry(row.get(0)?).or_default().reported = Some(row.get(1)?);
    }
    // Of words of one millisecond the kept state knows the last to the nanosecond.
    if let Some(last) = state.reported {
        match millis(last.as_of) {
            at if at <= from => reported = Some(last.vacant),
            at if at <= to => steps.entry(at).or_default().reported = Some(last.vacant),
            _ => {}
        }
    }
    let mut points = vec![CountPoint { at: moment(from)?, reported, inside }];
    for (at, step) in steps {
        reported = step.reported.or(reported);
        inside += step.moved;
        points.push(CountPoint { at: moment(at)?, reported, inside });
    }
    Ok(thinned(points, limit))
}

fn each_moment(
    connection: &Connection,
    sql: &str,
    lot: &LotCode,
    from: i64,
    mut each: impl FnMut(i64),
) -> Result<()> {
    let mut find = connection.prepare_cached(sql)?;
    let mut rows = find.query(params![lot.as_str(), from])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?);
    }
    Ok(())
}

/// The lot's last word at `from` or before.
fn before(connection: &Connection, lot: &LotCode, from: i64) -> Result<Option<i64>> {
    let mut find = connection.prepare_cached(
        "SELECT vacant FROM space_counts WHERE lot = ?1 AND as_of <= ?2 ORDER BY as_of DESC LIMIT 1",
    )?;
    let mut rows = find.query(params![lot.as_str(), from])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

/// No more than `limit` of the points, evenly, the first and the last among them.
fn thinned(points: Vec<CountPoint>, limit: usize) -> Vec<CountPoint> {
    let limit = limit.max(2);
    let last = points.len().saturating_sub(1);
    if points.len() <= limit {
        return points;
    }
    let spaces = limit - 1;
    (0..limit).filter_map(|i| points.get(i * last / spaces).copied()).collect()
}
