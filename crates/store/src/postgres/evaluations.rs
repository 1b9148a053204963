//! Days: what they are evaluated by, and what came of it.

use super::conditions::{Conditions, text_value};
use super::errors::refused;
use super::readers::ask;
use super::statements::Statements;
use super::states::lot_states_of;
use super::values::{day as column, from_json, millis, moment, plain, text};
use super::{PostgresStore, day_records, findings, heard, prepared, rows};
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
    FindingKind, LotCode, LotState, NamedRecord, ParkingSession, Plate, ProviderCode, moment as model_moment,
};
use deadpool_postgres::Client;
use std::collections::BTreeSet;
use tokio_postgres::Row;

#[async_trait]
impl Evaluations for PostgresStore {
    async fn dirty_days(&self, limit: usize) -> Result<Vec<DirtyDay>> {
        ask!(self.readers, client => dirty_days(client, limit))
    }

    async fn day_evidence(&self, lot: &LotCode, day: u32) -> Result<DayEvidence> {
        ask!(self.readers, client => evidence(client, lot, day))
    }

    async fn write_evaluation(&self, evaluation: EvaluationRow) -> Result<Vec<FindingKind>> {
        ask!(self.readers, client => write(client, &evaluation))
    }

    async fn rates(&self, query: RateQuery) -> Result<Page<RateRow>> {
        ask!(self.readers, client => rates(client, &query))
    }
}

async fn dirty_days(client: &Client, limit: usize) -> Result<Vec<DirtyDay>> {
    let find = "SELECT lot, day, seq FROM dirty_days ORDER BY seq, lot, day LIMIT $1";
    let rows = client.query(find, &[&i64::try_from(limit).unwrap_or(i64::MAX)]).await.map_err(refused)?;
    let read = |row: &Row| DirtyDay {
        lot: LotCode::from(plain(row.get(0)).as_ref()),
        day: row.get::<_, i32>(1).unsigned_abs(),
        seq: row.get(2),
    };
    Ok(rows.iter().map(read).collect())
}

/// What is kept of a day. It is not all of one moment, but whether the day is dirty is asked first: whatever is kept after
/// that makes it so again.
async fn evidence(client: &Client, lot: &LotCode, number: u32) -> Result<DayEvidence> {
    let day = Day::of(number)?;
    let code = text(lot.as_str());
    let dirty = "SELECT seq FROM dirty_days WHERE lot = $1 AND day = $2";
    let dirty = prepared::query(client, dirty, &[&code, &column(number)]).await?;
    let mut sessions = day_records::sessions(client, lot, day).await?;
    let truncated = sessions.len() > EVIDENCE_SESSIONS_MAX;
    sessions.truncate(EVIDENCE_SESSIONS_MAX);
    let inside = sessions.iter().filter(|session| day.is_inside_before(session)).count();
    let (first_hour, _) = Minutes::hour_and_bit(day.from);
    let mut minutes = Minutes::NONE;
    for hour in heard::heard(client, &[heard_lot(lot)], first_hour, first_hour + 24).await? {
        minutes.add_hour(usize::try_from(hour.hour - first_hour).unwrap_or(usize::MAX), hour.minutes);
    }
    let (list_from, list_to) = (model_moment::rfc3339(day.from), model_moment::rfc3339(day.to));
    Ok(DayEvidence {
        dirty: dirty.first().map(|row| row.get(0)),
        truncated,
        open_before: longer(client, lot, day).await? + i64::try_from(inside).unwrap_or(i64::MAX),
        counts: counts(client, lot, day).await?,
        lists: documents(client, lot, "cars-inside", (&list_from, &list_to)).await?,
        charges: charges(client, lot, day).await?,
        heard: minutes,
        passage_hours: passage_hours(client, lot, first_hour).await?,
        declarations: day_records::declarations(client, lot, number).await?,
        elsewhere: elsewhere(day, &sessions, others(client, lot, day, &sessions).await?)?,
        base_data: documents(client, lot, "lot", ("", "\u{1}")).await?.pop(),
        sessions,
    })
}

/// Cars that have been inside for longer than sessions are looked for, and are so still: all that are inside but for those
/// that came since. In one statement, so that both are of one moment; where nobody is inside it need not be asked.
async fn longer(client: &Client, lot: &LotCode, day: Day) -> Result<i64> {
    let states = lot_states_of(client, std::slice::from_ref(lot)).await?;
    if states.iter().all(|row| row.state.inside <= 0) {
        return Ok(0);
    }
    let since = millis(day.sessions_from());
    let count = format!(
        "SELECT (SELECT doc FROM lot_states WHERE lot = $1 AND revision > 0),
                (SELECT count(*) FROM sessions WHERE lot = $1 AND open AND stands_at >= {since})"
    );
    let row = client.query_one(&count, &[&text(lot.as_str())]).await.map_err(refused)?;
    let Some(state) = row.get::<_, Option<&str>>(0) else { return Ok(0) };
    let state: LotState = from_json("a lot's state", state)?;
    Ok((state.inside - row.get::<_, i64>(1)).max(0))
}

async fn counts(client: &Client, lot: &LotCode, day: Day) -> Result<Vec<Reported>> {
    let mut conditions = Conditions::default();
    conditions.and("lot = ?", [text_value(lot.as_str())]);
    let (columns, filed) = ("as_of, said_at, vacant, charging_vacant", ("space_counts", "as_of"));
    let (from, to) = (millis(day.from), millis(day.to));
    let before = conditions.rows_of_days(client, columns, filed, "as_of DESC", 0, (i64::MIN, from)).await?;
    let within = conditions.within("as_of", from, to);
    let of_the_day = conditions
        .ask(client, &format!("SELECT {columns} FROM space_counts {within} ORDER BY as_of"))
        .await?;
    let read = |row: &Row| {
        let (as_of, sent_at) = (moment(row.get(0))?, moment(row.get(1))?);
        Ok(Reported { as_of, sent_at, vacant: row.get(2), charging_vacant: row.get(3) })
    };
    before.first().into_iter().chain(&of_the_day).map(read).collect()
}

/// A lot's documents of a kind with names from one to before another.
async fn documents(
    client: &Client,
    lot: &LotCode,
    kind: &str,
    (from, to): (&str, &str),
) -> Result<Vec<NamedRecord>> {
    let find =
        "SELECT doc FROM documents WHERE lot = $1 AND kind = $2 AND name >= $3 AND name < $4 ORDER BY name";
    let rows = prepared::query(client, find, &[&text(lot.as_str()), &kind, &from, &to]).await?;
    rows.iter().map(|row| from_json("a document", row.get(0))).collect()
}

async fn charges(client: &Client, lot: &LotCode, day: Day) -> Result<Vec<ReceivedCharge>> {
    let find = "SELECT operator, coalesce(received_at, ended_at), doc FROM charging_records
                WHERE lot = $1 AND ended_at >= $2 AND ended_at < $3 ORDER BY ended_at, operator, order_no";
    let moments = (millis(day.from), millis(day.to));
    let rows = prepared::query(client, find, &[&text(lot.as_str()), &moments.0, &moments.1]).await?;
    let read = |row: &Row| {
        Ok(ReceivedCharge {
            operator: ProviderCode::from(plain(row.get(0)).as_ref()),
            received_at: moment(row.get(1))?,
            record: from_json("a charging record", row.get(2))?,
        })
    };
    rows.iter().map(read).collect()
}

async fn passage_hours(client: &Client, lot: &LotCode, first_hour: i64) -> Result<Vec<PassageHour>> {
    let find = "SELECT hour, entries, exits FROM passage_hours WHERE lot = $1 AND hour >= $2 AND hour < $3
                ORDER BY hour";
    let since = first_hour - PROFILE_HOURS;
    let rows = prepared::query(client, find, &[&text(lot.as_str()), &since, &first_hour]).await?;
    let read = |row: &Row| PassageHour { hour: row.get(0), entries: row.get(1), exits: row.get(2) };
    Ok(rows.iter().map(read).collect())
}

/// Stays of the day's cars at other lots.
async fn others(
    client: &Client,
    lot: &LotCode,
    day: Day,
    sessions: &[ParkingSession],
) -> Result<Vec<OtherStay>> {
    let plates: BTreeSet<_> =
        sessions.iter().filter_map(|session| session.plate()).map(Plate::as_str).collect();
    if plates.is_empty() {
        return Ok(Vec::new());
    }
    let plates: Vec<String> = plates.into_iter().map(|plate| text(plate).into_owned()).collect();
    let mut conditions = Conditions::default();
    conditions.and("plate = ANY(?::text[])", [Box::new(plates) as _]);
    conditions.and("lot <> ? AND present_from IS NOT NULL AND parking", [text_value(lot.as_str())]);
    let within = conditions.within("stands_at", millis(day.before(ELSEWHERE_DAYS)), millis(day.to));
    let sql = format!("SELECT plate, lot, record_id, present_from, present_to, doc FROM sessions {within}");
    let read = |row: &Row| {
        Ok(OtherStay {
            plate: plain(row.get(0)).into_owned(),
            lot: plain(row.get(1)).into_owned(),
            record_id: plain(row.get(2)).into_owned(),
            from: moment(row.get(3))?,
            to: row.get::<_, Option<i64>>(4).map(moment).transpose()?,
            doc: row.get(5),
        })
    };
    conditions.ask(client, &sql).await?.iter().map(read).collect()
}

/// A connection on which this fails does not go back into its pool, and its transaction ends with it.
async fn write(client: &Client, row: &EvaluationRow) -> Result<Vec<FindingKind>> {
    let day = Day::of(row.day)?;
    let seq = millis(row.evaluated_at);
    let (lot, number) = (text(row.lot.as_str()), column(row.day));
    let statements = Statements::prepare(client).await?;
    touch_elsewhere(client, row).await?;
    day_records::begin(client, &row.lot).await?;
    let before = findings::of_evaluation(client, &row.lot, row.day).await?;
    let mut plan =
        Plan { evaluated_day: Some(row.day), received_at: seq, findings_unsure: true, ..Plan::default() };
    differ(&mut plan, &before, &row.findings);
    change_findings(client, &statements, &plan).await?;
    // In which days' tables the day's findings lie.
    let moments = || row.findings.iter().map(|finding| millis(finding.at));
    let (found_from, found_to) = (moments().min(), moments().max().map(|last| last.saturating_add(1)));
    let keep = "INSERT INTO day_rates (lot, day, evaluated_at, rates, at_close, found_from, found_to)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (lot, day) DO UPDATE
                  SET evaluated_at = excluded.evaluated_at, rates = excluded.rates, at_close = excluded.at_close,
                      found_from = excluded.found_from, found_to = excluded.found_to";
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&lot, &number, &seq, &row.rates, &row.at_close, &found_from, &found_to];
    prepared::execute(client, keep, &values).await?;
    month(client, &row.lot, row.day).await?;
    passages(client, row, Minutes::hour_and_bit(day.from).0).await?;
    if let Some(dirty) = row.dirty {
        let clean = "DELETE FROM dirty_days WHERE lot = $1 AND day = $2 AND seq = $3";
        prepared::execute(client, clean, &[&lot, &number, &dirty]).await?;
    }
    client.batch_execute("COMMIT").await.map_err(refused)?;
    Ok(changed_pairs(&plan).into_iter().map(|(_, kind)| kind).collect())
}

/// Before the transaction: two lots that touch each other's days in theirs would wait for each other.
async fn touch_elsewhere(client: &Client, row: &EvaluationRow) -> Result<()> {
    let lots: Vec<_> = row.elsewhere.keys().map(|lot| text(lot.as_str())).collect();
    let known_at: Vec<_> = row.elsewhere.values().map(|at| millis(*at)).collect();
    let touch = "INSERT INTO dirty_days AS kept (lot, day, seq)
                 SELECT lot, day, known_at FROM unnest($1::text[], $2::bigint[]) AS elsewhere (lot, known_at)
                   JOIN day_rates USING (lot) WHERE day = $3 AND evaluated_at < known_at
                 ON CONFLICT (lot, day) DO UPDATE SET seq = greatest(kept.seq + 1, excluded.seq)";
    if !lots.is_empty() {
        prepared::execute(client, touch, &[&lots, &known_at, &column(row.day)]).await?;
    }
    Ok(())
}

/// Takes findings away and adds others, and tallies what really went and came; in a transaction that holds the lot's lock.
pub(super) async fn change_findings(client: &Client, statements: &Statements, plan: &Plan<'_>) -> Result<()> {
    let rows = rows::Findings::of(plan)?;
    let changes = rows.clear(client).await?;
    rows.write(client, statements).await?;
    rows::FindingTallies::of(&changes).write(client, statements).await
}

async fn passages(client: &Client, row: &EvaluationRow, first_hour: i64) -> Result<()> {
    let lot = text(row.lot.as_str());
    let forget = "DELETE FROM passage_hours WHERE lot = $1 AND hour >= $2 AND hour < $3";
    prepared::execute(client, forget, &[&lot, &first_hour, &(first_hour + 24)]).await?;
    let hours: Vec<_> = row.passages.iter().map(|of| of.hour).collect();
    let entries: Vec<_> = row.passages.iter().map(|of| of.entries).collect();
    let exits: Vec<_> = row.passages.iter().map(|of| of.exits).collect();
    let count = "INSERT INTO passage_hours (lot, hour, entries, exits)
                 SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[])
                 ON CONFLICT (lot, hour) DO UPDATE SET entries = excluded.entries, exits = excluded.exits";
    prepared::execute(client, count, &[&lot, &hours, &entries, &exits]).await.map(drop)
}

/// Sums a month up, of its days in their order: the same whichever of them was evaluated last.
async fn month(client: &Client, lot: &LotCode, day: u32) -> Result<()> {
    let (first, last) = month_of(day);
    let lot = text(lot.as_str());
    let find = "SELECT rates, at_close FROM day_rates WHERE lot = $1 AND day BETWEEN $2 AND $3 ORDER BY day";
    let days = prepared::query(client, find, &[&lot, &column(first), &column(last)]).await?;
    let rates = sum(days.iter().map(|row| row.get(0)))?;
    let at_close = sum(days.iter().filter_map(|row| row.get(1)))?;
    let keep = "INSERT INTO month_rates (lot, month, rates, at_close) VALUES ($1, $2, $3, $4)
                ON CONFLICT (lot, month) DO UPDATE SET rates = excluded.rates, at_close = excluded.at_close";
    prepared::execute(client, keep, &[&lot, &column(day / 100), &rates, &at_close]).await.map(drop)
}

const RATES: &str = "rates";

async fn rates(client: &Client, query: &RateQuery) -> Result<Page<RateRow>> {
    let after: Option<(u32, String)> = cursor::read(RATES, query.cursor.as_ref())?;
    let size = query.limit.clamp(1, RATES_PAGE_MAX);
    let (table, period) = match query.by {
        RatePeriod::Day => ("day_rates", "day"),
        RatePeriod::Month => ("month_rates", "month"),
    };
    let mut conditions = Conditions::default();
    // Written out, so that the index is used whatever type a number is sent as.
    let (from, to) = (query.from, query.to);
    conditions.and(&format!("{period} BETWEEN {from} AND {to}"), []);
    conditions.of_lots(query.lots.as_deref());
    if let Some((at, lot)) = after {
        conditions.and(&format!("({period}, lot) > ({at}, ?)"), [text_value(&lot)]);
    }
    let columns = format!("{period}, lot, rates, at_close");
    let rows = conditions.rows(client, &columns, table, &format!("{period}, lot"), size).await?;
    let found = rows.iter().map(|row| {
        let (period, lot) = (row.get::<_, i32>(0).unsigned_abs(), plain(row.get(1)).into_owned());
        let rates =
            RateRow { lot: LotCode::from(lot.as_str()), period, rates: row.get(2), at_close: row.get(3) };
        ((period, lot), rates)
    });
    page(RATES, size, found.collect())
}
