//! Days: what they are evaluated by, and what came of it.

use super::SqliteStore;
use super::queue::About;
use super::values::{from_json, millis, moment, text};
use super::{commit, day_records, findings, heard};
use crate::cursor::{self, page};
use crate::day_evidence::{Day, OtherStay, elsewhere, month_of, sum};
use crate::plan::{Plan, changed_pairs, differ};
use crate::{
    DayEvidence, DirtyDay, ELSEWHERE_DAYS, EVIDENCE_SESSIONS_MAX, EvaluationRow, Evaluations, PROFILE_HOURS,
    Page, PassageHour, RATES_PAGE_MAX, RatePeriod, RateQuery, RateRow, ReceivedCharge, Result, heard_lot,
};
use async_trait::async_trait;
use bowei_model::occupancy::Reported;
use bowei_model::supervision::Minutes;
use bowei_model::{
    FindingKind, LotCode, NamedRecord, ParkingSession, Plate, ProviderCode, moment as model_moment,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};
use std::collections::BTreeSet;

#[async_trait]
impl Evaluations for SqliteStore {
    async fn dirty_days(&self, limit: usize) -> Result<Vec<DirtyDay>> {
        self.readers.ask(move |connection| dirty_days(connection, limit)).await
    }

    async fn day_evidence(&self, lot: &LotCode, day: u32) -> Result<DayEvidence> {
        let lot = lot.clone();
        self.readers.ask(move |connection| evidence(connection, &lot, day)).await
    }

    async fn write_evaluation(&self, evaluation: EvaluationRow) -> Result<Vec<FindingKind>> {
        let write = move |connection: &_| write(connection, &evaluation);
        self.committer.execute(About::Upkeep, write, self.options.lock_timeout).await
    }

    async fn rates(&self, query: RateQuery) -> Result<Page<RateRow>> {
        self.readers.ask(move |connection| rates(connection, &query)).await
    }
}

fn dirty_days(connection: &Connection, limit: usize) -> Result<Vec<DirtyDay>> {
    let mut find =
        connection.prepare_cached("SELECT lot, day, seq FROM dirty_days ORDER BY seq, lot, day LIMIT ?1")?;
    let rows = find.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        let lot: String = row.get(0)?;
        Ok(DirtyDay { lot: LotCode::from(lot), day: row.get(1)?, seq: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn evidence(connection: &Connection, lot: &LotCode, number: u32) -> Result<DayEvidence> {
    let day = Day::of(number)?;
    let (from, to) = (millis(day.from), millis(day.to));
    let dirty = connection
        .prepare_cached("SELECT seq FROM dirty_days WHERE lot = ?1 AND day = ?2")?
        .query_row(params![lot.as_str(), number], |row| row.get(0))
        .optional()?;
    let mut sessions = day_records::sessions(connection, lot, day)?;
    let truncated = sessions.len() > EVIDENCE_SESSIONS_MAX;
    sessions.truncate(EVIDENCE_SESSIONS_MAX);
    // Cars that have been inside for longer than sessions are looked for are inside still.
    let longer: i64 = connection
        .prepare_cached("SELECT count(*) FROM sessions WHERE lot = ?1 AND open AND begun_at < ?2")?
        .query_row(params![lot.as_str(), millis(day.sessions_from())], |row| row.get(0))?;
    let inside = sessions.iter().filter(|session| day.is_inside_before(session)).count();
    let (first_hour, _) = Minutes::hour_and_bit(day.from);
    Ok(DayEvidence {
        dirty,
        truncated,
        open_before: longer + i64::try_from(inside).unwrap_or(i64::MAX),
        counts: counts(connection, lot, from, to)?,
        lists: lists(connection, lot, day)?,
        charges: charges(connection, lot, from, to)?,
        heard: minutes(connection, lot, first_hour)?,
        passage_hours: passage_hours(connection, lot, first_hour)?,
        declarations: day_records::declarations(connection, lot, number)?,
        elsewhere: elsewhere(day, &sessions, others(connection, lot, day, &sessions)?)?,
        base_data: document(connection, lot, "lot", "", "\u{1}")?.pop(),
        sessions,
    })
}

fn counts(connection: &Connection, lot: &LotCode, from: i64, to: i64) -> Result<Vec<Reported>> {
    let mut find = connection.prepare_cached(
        "SELECT as_of, said_at, vacant, charging_vacant FROM space_counts
         WHERE lot = ?1 AND as_of < ?3
           AND as_of >= ifnull((SELECT max(as_of) FROM space_counts WHERE lot = ?1 AND as_of < ?2), ?2)
         ORDER BY as_of",
    )?;
    let mut rows = find.query(params![lot.as_str(), from, to])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (as_of, sent_at) = (moment(row.get(0)?)?, moment(row.get(1)?)?);
        found.push(Reported { as_of, sent_at, vacant: row.get(2)?, charging_vacant: row.get(3)? });
    }
    Ok(found)
}

fn lists(connection: &Connection, lot: &LotCode, day: Day) -> Result<Vec<NamedRecord>> {
    let (from, to) = (model_moment::rfc3339(day.from), model_moment::rfc3339(day.to));
    document(connection, lot, "cars-inside", &from, &to)
}

/// A lot's documents of a kind with names from one to before another.
fn document(
    connection: &Connection,
    lot: &LotCode,
    kind: &str,
    from: &str,
    to: &str,
) -> Result<Vec<NamedRecord>> {
    let mut find = connection.prepare_cached(
        "SELECT doc FROM documents WHERE kind = ?1 AND lot = ?2 AND name >= ?3 AND name < ?4 ORDER BY name",
    )?;
    let mut rows = find.query(params![kind, lot.as_str(), from, to])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(from_json("a document", text(row, 0)?)?);
    }
    Ok(found)
}

fn charges(connection: &Connection, lot: &LotCode, from: i64, to: i64) -> Result<Vec<ReceivedCharge>> {
    let mut find = connection.prepare_cached(
        "SELECT operator, ifnull(received_at, ended_at), doc FROM charging_records
         WHERE ended_at >= ?2 AND ended_at < ?3 AND lot = ?1 ORDER BY ended_at, operator, order_no",
    )?;
    let mut rows = find.query(params![lot.as_str(), from, to])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(ReceivedCharge {
            operator: ProviderCode::from(text(row, 0)?),
            received_at: moment(row.get(1)?)?,
            record: from_json("a charging record", text(row, 2)?)?,
        });
    }
    Ok(found)
}

fn minutes(connection: &Connection, lot: &LotCode, first_hour: i64) -> Result<Minutes> {
    let mut minutes = Minutes::NONE;
    for hour in heard::heard(connection, &[heard_lot(lot)], first_hour, first_hour + 24)? {
        minutes.add_hour(usize::try_from(hour.hour - first_hour).unwrap_or(usize::MAX), hour.minutes);
    }
    Ok(minutes)
}

fn passage_hours(connection: &Connection, lot: &LotCode, first_hour: i64) -> Result<Vec<PassageHour>> {
    let mut find = connection.prepare_cached(
        "SELECT hour, entries, exits FROM passage_hours WHERE lot = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour",
    )?;
    let rows = find.query_map(params![lot.as_str(), first_hour - PROFILE_HOURS, first_hour], |row| {
        Ok(PassageHour { hour: row.get(0)?, entries: row.get(1)?, exits: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stays of the day's cars at other lots.
fn others(
    connection: &Connection,
    lot: &LotCode,
    day: Day,
    sessions: &[ParkingSession],
) -> Result<Vec<OtherStay>> {
    let plates: BTreeSet<_> =
        sessions.iter().filter_map(|session| session.plate()).map(Plate::as_str).collect();
    let mut find = connection.prepare_cached(
        "SELECT lot, record_id, present_from, present_to, doc FROM sessions
         WHERE plate = ?1 AND begun_at >= ?2 AND begun_at < ?3 AND lot <> ?4 AND present_from IS NOT NULL",
    )?;
    let since = millis(day.before(ELSEWHERE_DAYS));
    let mut found = Vec::new();
    for plate in plates {
        let mut rows = find.query(params![plate, since, millis(day.to), lot.as_str()])?;
        while let Some(row) = rows.next()? {
            let to: Option<i64> = row.get(3)?;
            found.push(OtherStay {
                plate: plate.to_owned(),
                lot: row.get(0)?,
                record_id: row.get(1)?,
                from: moment(row.get(2)?)?,
                to: to.map(moment).transpose()?,
                doc: text(row, 4)?.to_owned(),
            });
        }
    }
    Ok(found)
}

fn write(connection: &Connection, row: &EvaluationRow) -> Result<Vec<FindingKind>> {
    let day = Day::of(row.day)?;
    let seq = millis(row.evaluated_at);
    let mut plan = Plan { evaluated_day: Some(row.day), received_at: seq, ..Plan::default() };
    differ(&mut plan, &findings::of_day(connection, &row.lot, row.day)?, &row.findings);
    commit::change_findings(connection, &plan)?;
    // In which days the day's findings lie: what an engine that files them by day looks in.
    let moments = || row.findings.iter().map(|finding| millis(finding.at));
    let (found_from, found_to) = (moments().min(), moments().max().map(|last| last.saturating_add(1)));
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO day_rates (lot, day, evaluated_at, rates, at_close, found_from, found_to)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![row.lot.as_str(), row.day, seq, row.rates, row.at_close, found_from, found_to])?;
    month(connection, &row.lot, row.day)?;
    let (first_hour, _) = Minutes::hour_and_bit(day.from);
    connection
        .prepare_cached("DELETE FROM passage_hours WHERE lot = ?1 AND hour >= ?2 AND hour < ?3")?
        .execute(params![row.lot.as_str(), first_hour, first_hour + 24])?;
    let mut count = connection.prepare_cached(
        "INSERT OR REPLACE INTO passage_hours (lot, hour, entries, exits) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for PassageHour { hour, entries, exits } in &row.passages {
        count.execute(params![row.lot.as_str(), hour, entries, exits])?;
    }
    let mut evaluated = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM day_rates WHERE lot = ?1 AND day = ?2 AND evaluated_at < ?3)",
    )?;
    for (lot, known_at) in &row.elsewhere {
        let known_at = millis(*known_at);
        if evaluated.query_row(params![lot.as_str(), row.day, known_at], |row| row.get(0))? {
            day_records::touch(connection, lot, row.day, known_at)?;
        }
    }
    if let Some(dirty) = row.dirty {
        connection
            .prepare_cached("DELETE FROM dirty_days WHERE lot = ?1 AND day = ?2 AND seq = ?3")?
            .execute(params![row.lot.as_str(), row.day, dirty])?;
    }
    Ok(changed_pairs(&plan).into_iter().map(|(_, kind)| kind).collect())
}

/// Sums a month up, of its days in their order: the same whichever of them was evaluated last.
fn month(connection: &Connection, lot: &LotCode, day: u32) -> Result<()> {
    let (first, last) = month_of(day);
    let mut find = connection.prepare_cached(
        "SELECT rates, at_close FROM day_rates WHERE lot = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day",
    )?;
    let rows = find.query_map(params![lot.as_str(), first, last], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let days: Vec<(String, Option<String>)> = rows.collect::<rusqlite::Result<_>>()?;
    let rates = sum(days.iter().map(|(rates, _)| rates.as_str()))?;
    let at_close = sum(days.iter().filter_map(|(_, at_close)| at_close.as_deref()))?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO month_rates (lot, month, rates, at_close) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![lot.as_str(), day / 100, rates, at_close])?;
    Ok(())
}

const RATES: &str = "rates";

fn rates(connection: &Connection, query: &RateQuery) -> Result<Page<RateRow>> {
    let after: Option<(u32, String)> = cursor::read(RATES, query.cursor.as_ref())?;
    let size = query.limit.clamp(1, RATES_PAGE_MAX);
    let (table, period) = match query.by {
        RatePeriod::Day => ("day_rates", "day"),
        RatePeriod::Month => ("month_rates", "month"),
    };
    let mut conditions = super::conditions::Conditions::default();
    conditions.and(
        &format!("{period} >= ? AND {period} <= ?"),
        [Value::Integer(query.from.into()), Value::Integer(query.to.into())],
    );
    conditions.of_lots(query.lots.as_deref());
    if let Some((at, lot)) = after {
        conditions.and(&format!("({period}, lot) > (?, ?)"), [Value::Integer(at.into()), Value::Text(lot)]);
    }
    conditions.values.push(super::conditions::rows_for(size));
    let sql = format!(
        "SELECT {period}, lot, rates, at_close FROM {table} {} ORDER BY {period}, lot LIMIT ?",
        conditions.sql
    );
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query(params_from_iter(conditions.values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (period, lot): (u32, String) = (row.get(0)?, row.get(1)?);
        let rates =
            RateRow { lot: LotCode::from(lot.as_str()), period, rates: row.get(2)?, at_close: row.get(3)? };
        found.push(((period, lot), rates));
    }
    page(RATES, size, found)
}
