//! A lot's curve, from the moments of its sessions and what was reported.

use super::PostgresStore;
use super::conditions::{Conditions, number, text_value};
use super::day_ranges;
use super::readers::ask;
use super::states::lot_states_of;
use super::values::millis;
use crate::curve::Curve;
use crate::values::moment;
use crate::{CountPoint, Counts, LotRow, Result, WORDS_EVERY};
use async_trait::async_trait;
use bowei_model::LotCode;
use deadpool_postgres::Client;
use jiff::Timestamp;

#[async_trait]
impl Counts for PostgresStore {
    async fn counts(
        &self,
        lot: &LotCode,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<CountPoint>> {
        ask!(self.readers, client => counts(client, lot, from, to, limit))
    }

    async fn words(&self, lot: &LotCode, from: Timestamp, to: Timestamp) -> Result<Vec<(Timestamp, i64)>> {
        ask!(self.readers, client => words(client, lot, from, to))
    }
}

/// How often a curve is read anew because its lot has changed meanwhile. After that it may be a car off at its beginning.
const TRIES_MAX: usize = 4;

/// The curve of `lot` from `from` to `to`, all of it of one moment: the lot's revision is the same before and after.
async fn counts(
    client: &Client,
    lot: &LotCode,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<CountPoint>> {
    let mut row = state(client, lot).await?;
    let mut tries = 0;
    loop {
        tries += 1;
        let points = read(client, lot, row.clone(), millis(from), millis(to), limit).await?;
        let after = state(client, lot).await?;
        let revision = |row: &Option<LotRow>| row.as_ref().map(|row| row.revision);
        if revision(&after) == revision(&row) || tries == TRIES_MAX {
            return Ok(points);
        }
        row = after;
    }
}

async fn state(client: &Client, lot: &LotCode) -> Result<Option<LotRow>> {
    Ok(lot_states_of(client, std::slice::from_ref(lot)).await?.into_iter().next())
}

async fn read(
    client: &Client,
    lot: &LotCode,
    row: Option<LotRow>,
    from: i64,
    to: i64,
    limit: usize,
) -> Result<Vec<CountPoint>> {
    let state = row.map(|row| row.state).unwrap_or_default();
    let of_lot = || {
        let mut conditions = Conditions::default();
        conditions.and("lot = ?", [text_value(lot.as_str())]);
        conditions
    };
    let (mut came, mut went) = (of_lot(), of_lot());
    // A car never counts from before its session began, so that whoever came after `from` is filed after it too.
    came.and("parking AND present_from > ?", [number(from)]);
    went.and("present_to > ? AND present_to IS NOT NULL", [number(from)]);
    let (all, after) = ((i64::MIN, i64::MAX), from.saturating_add(1));
    let reported = ("space_counts", "as_of");
    let before = of_lot().rows_of_days(client, "vacant", reported, "as_of DESC", 0, (all.0, after)).await?;
    let mut curve = Curve::new(&state, from, to, before.first().map(|row| row.get(0)));
    for (conditions, column, cars, since) in
        [(came, "present_from", 1, after), (went, "present_to", -1, all.0)]
    {
        for (begin, end) in day_ranges::of(client, "sessions", since, all.1).await? {
            let sql = format!("SELECT {column} FROM sessions {}", conditions.within("stands_at", begin, end));
            for row in conditions.ask(client, &sql).await? {
                curve.moved(row.get(0), cars);
            }
        }
    }
    let meanwhile = of_lot();
    for (begin, end) in day_ranges::of(client, reported.0, after, to.saturating_add(1)).await? {
        let sql =
            format!("SELECT as_of, vacant FROM space_counts {}", meanwhile.within(reported.1, begin, end));
        for row in meanwhile.ask(client, &sql).await? {
            curve.report(row.get(0), row.get(1));
        }
    }
    curve.points(&state, limit)
}

/// Its words, of each stretch the last.
async fn words(
    client: &Client,
    lot: &LotCode,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, i64)>> {
    let mut of_lot = Conditions::default();
    of_lot.and("lot = ?", [text_value(lot.as_str())]);
    let every = WORDS_EVERY.as_secs() * 1_000;
    let (from, to) = (millis(from).saturating_add(1), millis(to).saturating_add(1));
    let mut words = Vec::new();
    // The newest stretch of days comes first.
    for (begin, end) in day_ranges::of(client, "space_counts", from, to).await?.into_iter().rev() {
        let sql = format!(
            "SELECT DISTINCT ON ((as_of + {every} - 1) / {every}) as_of, vacant FROM space_counts {}
             ORDER BY (as_of + {every} - 1) / {every}, as_of DESC",
            of_lot.within("as_of", begin, end)
        );
        for row in of_lot.ask(client, &sql).await? {
            words.push((moment(row.get(0))?, row.get(1)));
        }
    }
    Ok(words)
}
