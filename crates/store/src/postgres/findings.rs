//! Findings, newest first by either of their times.

use super::PostgresStore;
use super::conditions::{Conditions, number, text_value};
use super::day_ranges;
use super::errors::refused;
use super::readers::ask;
use super::values::{day as column, hex, millis, moment, plain, read_facts, read_kind, text};
use crate::cursor::{page, page_size};
use crate::{FindingQuery, FindingStates, FindingTime, Findings, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::{Finding, LotCode};
use deadpool_postgres::Client;
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

/// A list as its cursors know it: a place in the one order is none in the other.
const LIST: &str = "findings";
const LIST_BY_RECEPTION: &str = "findings by reception";

/// When a finding was received, as its index has it. One of a node that knew no such moment has none.
const RECEIVED: &str = "coalesce(opened_at, at)";

/// Lots that are looked for by their own index at most. Of more a list is read in its own order: with each lot weighed against
/// the statistics of each day, planning would take several times as long as reading.
const LOTS_BY_INDEX_MAX: usize = 100;

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

/// A finding's key: moment, lot and mark in hex.
type Place = (i64, String, String);

/// When a finding was received, and its key.
type ReceivedPlace = (i64, i64, String, String);

fn columns() -> String {
    format!("at, lot, mark, subject, kind, {WHICH}, detail, record_id, facts, {RECEIVED}, resolved_at")
}

/// A page of findings.
async fn findings(client: &Client, query: &FindingQuery) -> Result<Page<Finding>> {
    match query.by {
        FindingTime::At => by_moment(client, query).await,
        FindingTime::Received => by_reception(client, query).await,
    }
}

/// By the moment that they are filed by: the newest days have the newest.
async fn by_moment(client: &Client, query: &FindingQuery) -> Result<Page<Finding>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = conditions(query);
    let from = query.from.map_or(i64::MIN, millis);
    let mut to = query.to.map_or(i64::MAX, millis);
    if let Some((at, lot, mark)) = after {
        to = to.min(at.saturating_add(1));
        let place = [number(at), text_value(&lot), text_value(&mark)];
        conditions.and("(at, lot, mark) < (?, ?, decode(?, 'hex'))", place);
    }
    let mut found = Vec::new();
    let (filed, order) = (("findings", "at"), "at DESC, lot DESC, mark DESC");
    for row in conditions.rows_of_days(client, &columns(), filed, order, size, (from, to)).await? {
        found.push(read(&row)?);
    }
    page(LIST, size, found)
}

/// By when they were received. What is received today may lie in any day, past or to come: each is asked, and once there are
/// enough for a page, only for what was received later than the last of them.
async fn by_reception(client: &Client, query: &FindingQuery) -> Result<Page<Finding>> {
    let after: Option<ReceivedPlace> = cursor::read(LIST_BY_RECEPTION, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = conditions(query);
    received_within(query, &mut conditions);
    if let Some((received, at, lot, mark)) = after {
        let place = [number(received), number(at), text_value(&lot), text_value(&mark)];
        conditions.and(&format!("{RECEIVED} <= ?"), [number(received)]);
        conditions.and(&format!("({RECEIVED}, at, lot, mark) < (?, ?, ?, decode(?, 'hex'))"), place);
    }
    let mut found: Vec<(ReceivedPlace, Finding)> = Vec::new();
    for (begin, end) in day_ranges::of(client, "findings", i64::MIN, i64::MAX).await? {
        let mut within = conditions.within("at", begin, end);
        if let Some(((earliest, ..), _)) = found.get(size) {
            within.push_str(&format!(" AND {RECEIVED} >= {earliest}"));
        }
        let sql = format!(
            "SELECT {} FROM findings {within} ORDER BY {RECEIVED} DESC, at DESC, lot DESC, mark DESC LIMIT {}",
            columns(),
            size.saturating_add(1)
        );
        for row in conditions.ask(client, &sql).await? {
            let ((at, lot, mark), finding) = read(&row)?;
            found.push(((row.get(9), at, lot, mark), finding));
        }
        found.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        found.truncate(size.saturating_add(1));
    }
    page(LIST_BY_RECEPTION, size, found)
}

/// That they were received within what is asked for.
fn received_within(query: &FindingQuery, conditions: &mut Conditions) {
    if let Some(from) = query.from {
        conditions.and(&format!("{RECEIVED} >= ?"), [number(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and(&format!("{RECEIVED} < ?"), [number(millis(to))]);
    }
}

fn read(row: &Row) -> Result<(Place, Finding)> {
    let place: Place = (row.get(0), plain(row.get(1)).into_owned(), hex(row.get(2)));
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
    let span =
        "SELECT found_from, found_to FROM day_rates WHERE lot = $1 AND day = $2 AND found_from IS NOT NULL";
    let span = client.query_opt(span, &[&text(lot.as_str()), &column(day)]).await.map_err(refused)?;
    let Some((from, to)) = span.map(|row| (row.get(0), row.get(1))) else { return Ok(Vec::new()) };
    let mut conditions = Conditions::default();
    conditions.and(&format!("lot = ? AND evaluated_day = {day}"), [text_value(lot.as_str())]);
    let mut found = Vec::new();
    for (begin, end) in day_ranges::of(client, "findings", from, to).await? {
        let within = conditions.within("at", begin, end);
        let sql = format!("SELECT {} FROM findings {within}", columns());
        for row in conditions.ask(client, &sql).await? {
            found.push(read(&row)?.1);
        }
    }
    Ok(found)
}

/// How many findings there are.
async fn findings_count(client: &Client, query: &FindingQuery) -> Result<u64> {
    let mut conditions = conditions(query);
    let (from, to) = match query.by {
        FindingTime::At => (query.from.map_or(i64::MIN, millis), query.to.map_or(i64::MAX, millis)),
        FindingTime::Received => {
            received_within(query, &mut conditions);
            (i64::MIN, i64::MAX)
        }
    };
    let mut found = 0;
    for (begin, end) in day_ranges::of(client, "findings", from, to).await? {
        let within = conditions.within("at", begin, end);
        let rows = conditions.ask(client, &format!("SELECT count(*) FROM findings {within}")).await?;
        found += rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs());
    }
    Ok(found)
}

/// Everything but the days.
fn conditions(query: &FindingQuery) -> Conditions {
    let mut conditions = Conditions::default();
    match &query.lots {
        Some(lots) if lots.len() > LOTS_BY_INDEX_MAX => {
            let codes: Vec<_> = lots.iter().map(|lot| text(lot.as_str()).into_owned()).collect();
            // Nothing is known of an expression's values, so that nothing is weighed.
            conditions.and("lot || '' = ANY(?::text[])", [Box::new(codes) as _]);
        }
        lots => conditions.of_lots(lots.as_deref()),
    }
    if let Some(kind) = query.kind {
        conditions.and("kind = ?", [text_value(kind.name())]);
    }
    if let Some(cause) = &query.cause {
        conditions.and("cause = ?", [text_value(cause)]);
    }
    match query.states {
        FindingStates::Open => conditions.and("resolved_at IS NULL", []),
        FindingStates::Resolved => conditions.and("resolved_at IS NOT NULL", []),
        FindingStates::All => {}
    }
    if let Some((kind, at)) = query.not_yet_due() {
        conditions.and("(kind <> ? OR at <= ?)", [text_value(kind.name()), number(millis(at))]);
    }
    conditions
}
