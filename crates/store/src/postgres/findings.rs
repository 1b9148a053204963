//! Findings, newest first by either of their times.

use super::conditions::{Conditions, number, text_value};
use super::readers::ask;
use super::values::{day as column, hex, millis, moment, plain, read_facts, read_kind, text};
use super::{PostgresStore, prepared};
use crate::cursor::{page, page_size};
use crate::{FindingQuery, FindingStates, FindingTime, Findings, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::{Finding, LotCode};
use deadpool_postgres::Client;
use std::collections::BTreeSet;
use tokio_postgres::Row;

#[async_trait]
impl Findings for PostgresStore {
    async fn findings(&self, query: FindingQuery) -> Result<Page<Finding>> {
        ask!(self.readers, client => findings(client, &query))
    }

    async fn findings_count(&self, query: FindingQuery) -> Result<u64> {
        ask!(self.readers, client => findings_count(client, &query))
    }
}

/// A list as its cursors know it, and the words for the time that orders it: a place in the one order is none in the other.
fn order(by: FindingTime) -> (&'static str, &'static str) {
    match by {
        FindingTime::At => ("findings", "at"),
        FindingTime::Received => ("findings by reception", RECEIVED),
    }
}

/// When a finding was received, as the indexes have it. One of a node that knew no such moment has none.
const RECEIVED: &str = "coalesce(opened_at, at)";

/// Which of its subject's findings of its kind a row is. One that was kept before that was, or by a node of an older version,
/// has none: it is then what the model gives a finding of that sentence or, where the model works the finding out anew,
/// what it gives that one.
pub(super) const WHICH: &str = "coalesce(which, CASE
    WHEN kind IN ('unmatched-exit', 'plate-mismatch', 'entry-time-mismatch', 'duration-mismatch', 'too-many-photos',
                  'charging-overlap') THEN ''
    WHEN kind = 'exit-before-entry' AND detail LIKE '出场时间%' THEN ''
    WHEN kind = 'duplicate-record' THEN CASE WHEN detail LIKE '%入场%' THEN 'entry ' ELSE 'exit ' END || at
    WHEN kind IN ('photo-without-record', 'amended-report') THEN
      CASE WHEN detail LIKE '%入场%' THEN 'entry' WHEN detail LIKE '%出场%' THEN 'exit'
           WHEN detail LIKE '%照片%' THEN 'photo' ELSE '' END
    ELSE at || ' ' || detail END)";

/// The time that orders the list, then a finding's key: moment, lot and mark in hex.
type Place = (i64, i64, String, String);

fn columns() -> String {
    format!(
        "at, lot, mark, subject, kind, {WHICH} AS which, detail, record_id, facts, {RECEIVED} AS opened_at, resolved_at"
    )
}

/// A page of findings.
async fn findings(client: &Client, query: &FindingQuery) -> Result<Page<Finding>> {
    let (list, time) = order(query.by);
    let after: Option<Place> = cursor::read(list, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = conditions(query);
    if let Some((first, at, lot, mark)) = after {
        let place = [number(first), number(at), text_value(&lot), text_value(&mark)];
        conditions.and(&format!("{time} <= ?"), [number(first)]);
        conditions.and(&format!("({time}, at, lot, mark) < (?, ?, ?, decode(?, 'hex'))"), place);
    }
    let sql = question(query, &mut conditions, size);
    let found = conditions.ask(client, &sql).await?;
    let found = found.iter().map(|row| {
        let ((at, lot, mark), finding) = read(row)?;
        let first = if query.by == FindingTime::At { at } else { row.get(9) };
        Ok(((first, at, lot, mark), finding))
    });
    page(list, size, found.collect::<Result<_>>()?)
}

/// The question for a page and one row more.
fn question(query: &FindingQuery, conditions: &mut Conditions, size: usize) -> String {
    let (_, time) = order(query.by);
    let rows = size.saturating_add(1);
    let ordered = |time: &str| format!("ORDER BY {time} DESC, at DESC, lot DESC, mark DESC LIMIT");
    // As the rows that were found call it.
    let last = format!("{} {rows}", ordered(if time == RECEIVED { "opened_at" } else { time }));
    let codes = query.lots.as_ref().map(|lots| {
        let codes: BTreeSet<_> = lots.iter().map(|lot| text(lot.as_str()).into_owned()).collect();
        conditions.values.push(Box::new(Vec::from_iter(codes)));
        conditions.values.len()
    });
    // What one index answers in its order: what holds, what is resolved.
    let parts = |columns: &str, more: &[&str], rows: usize| {
        let parts = states(query).into_iter().map(|state| {
            let conditions = conditions.with(&[&[state], more].concat().join(" AND "));
            format!("(SELECT {columns} FROM findings {conditions} {} {rows})", ordered(time))
        });
        parts.collect::<Vec<_>>().join(" UNION ALL ")
    };
    let Some(codes) = codes else {
        return format!("SELECT * FROM ({}) AS found {last}", parts(&columns(), &[], rows));
    };
    // Each lot's latest first, by which no more of any lot is read than can be on the page: lots without any cost a look
    // into an index each.
    let latest = parts(&format!("{time} AS first"), &["lot = wanted.lot"], 1);
    let in_reach = format!("{time} >= (SELECT first FROM reach)");
    let found = parts(&columns(), &["lot = latest.lot", &in_reach], rows);
    format!(
        "WITH latest AS MATERIALIZED (
           SELECT wanted.lot, max(of_lot.first) AS first FROM unnest(${codes}::text[]) AS wanted (lot)
           CROSS JOIN LATERAL ({latest}) AS of_lot GROUP BY wanted.lot),
         reach AS MATERIALIZED (
           SELECT coalesce((SELECT first FROM latest ORDER BY first DESC OFFSET {size} LIMIT 1), {}) AS first)
         SELECT found.* FROM latest CROSS JOIN LATERAL ({found}) AS found
         WHERE latest.first >= (SELECT first FROM reach) {last}",
        i64::MIN
    )
}

fn states(query: &FindingQuery) -> Vec<&'static str> {
    let (open, resolved) = ("resolved_at IS NULL", "resolved_at IS NOT NULL");
    match query.states {
        FindingStates::Open => vec![open],
        FindingStates::Resolved => vec![resolved],
        FindingStates::All => vec![open, resolved],
    }
}

fn read(row: &Row) -> Result<((i64, String, String), Finding)> {
    let place = (row.get(0), plain(row.get(1)).into_owned(), hex(row.get(2)));
    let resolved_at: Option<i64> = row.get(10);
    let finding = Finding {
        kind: read_kind(row.get(4))?,
        lot: LotCode::from(place.1.as_str()),
        subject: plain(row.get(3)).into_owned(),
        which: plain(row.get(5)).into_owned(),
        record_id: row.get::<_, Option<&str>>(7).map(|record_id| plain(record_id).into_owned()),
        at: moment(place.0)?,
        facts: read_facts(row.get(8), &plain(row.get(6)))?,
        opened_at: moment(row.get(9))?,
        resolved_at: resolved_at.map(moment).transpose()?,
    };
    Ok((place, finding))
}

/// Findings that the evaluation of a day found; where they lie is noted with its rates.
pub(super) async fn of_evaluation(client: &Client, lot: &LotCode, day: u32) -> Result<Vec<Finding>> {
    let find = format!(
        "WITH day AS (SELECT lot, day, found_from, found_to FROM day_rates WHERE lot = $1 AND day = $2)
         SELECT found.* FROM day CROSS JOIN LATERAL (
           SELECT {} FROM findings WHERE lot = day.lot AND at >= found_from AND at < found_to AND evaluated_day = day.day
         ) AS found",
        columns()
    );
    let rows = prepared::query(client, &find, &[&text(lot.as_str()), &column(day)]).await?;
    rows.iter().map(|row| Ok(read(row)?.1)).collect()
}

/// How many findings there are.
async fn findings_count(client: &Client, query: &FindingQuery) -> Result<u64> {
    let mut conditions = conditions(query);
    conditions.of_lots(query.lots.as_deref());
    let counts = states(query)
        .into_iter()
        .map(|state| format!("SELECT count(*) FROM findings {}", conditions.with(state)));
    let rows = conditions.ask(client, &counts.collect::<Vec<_>>().join(" UNION ALL ")).await?;
    Ok(rows.iter().map(|row| row.get::<_, i64>(0).unsigned_abs()).sum())
}

/// Everything but the lots, and whether it holds.
fn conditions(query: &FindingQuery) -> Conditions {
    let mut conditions = Conditions::default();
    let (_, time) = order(query.by);
    if let Some(kind) = query.kind {
        conditions.and("kind = ?", [text_value(kind.name())]);
    }
    if let Some(cause) = &query.cause {
        conditions.and("cause = ?", [text_value(cause)]);
    }
    if let Some(from) = query.from {
        conditions.and(&format!("{time} >= ?"), [number(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and(&format!("{time} < ?"), [number(millis(to))]);
    }
    if let Some((kind, at)) = query.not_yet_due() {
        conditions.and("(kind <> ? OR at <= ?)", [text_value(kind.name()), number(millis(at))]);
    }
    conditions
}
