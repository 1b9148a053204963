//! Plates past their time: a piece of the ledger at a time, in a transaction that locks the lots that it is about, as a
//! batch of reports does.

use super::connection::PooledClient;
use super::day_statements::by_day;
use super::errors::refused;
use super::load::{self, Loaded};
use super::readers::{ask, within};
use super::statements::Statements;
use super::values::{from_json, millis, moment, plain, text, to_json};
use super::{PostgresStore, commit, days, evaluations, findings, holds};
use crate::contract::PLATES_AT_ONCE;
use crate::plan::{OldStatement, Pseudonymising, day_findings};
use crate::{HOLDS_OPEN_MAX, PlatesPiece, Pseudonyms, Result, Retention, StoreError};
use async_trait::async_trait;
use bowei_model::moment as calendar;
use deadpool_postgres::Client;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long a piece may take: it holds the locks of its lots, whose reports wait six seconds at most.
const TIMEOUT: Duration = Duration::from_secs(4);

#[async_trait]
impl Retention for PostgresStore {
    async fn pseudonymise_plates(
        &self,
        before: Timestamp,
        pseudonyms: Arc<dyn Pseudonyms>,
    ) -> Result<PlatesPiece> {
        let session: PooledClient = self.readers.session().await?;
        let done = within(TIMEOUT, piece(session.client()?, millis(before), pseudonyms.as_ref())).await?;
        session.done();
        Ok(done)
    }

    async fn plates_gone_through(&self) -> Result<Option<Timestamp>> {
        let until: Result<_> = ask!(self.readers, client => progress(client));
        until?.map(|(received_at, _)| moment(received_at)).transpose()
    }

    async fn oldest_plates(&self) -> Result<Option<Timestamp>> {
        let oldest: Result<_> = ask!(self.readers, client => oldest(client));
        oldest?.map(moment).transpose()
    }
}

async fn oldest(client: &Client) -> Result<Option<i64>> {
    let find = "SELECT held_received_at FROM plates_progress WHERE id = 1";
    let held = client.query_opt(find, &[]).await.map_err(refused)?;
    if let Some(held) = held.and_then(|row| row.get::<_, Option<i64>>(0)) {
        return Ok(Some(held));
    }
    let (received_at, seq) = progress(client).await?.unwrap_or((i64::MIN, -1));
    let next = "SELECT received_at FROM ledger WHERE (received_at, seq) > ($1, $2)
                ORDER BY received_at, seq LIMIT 1";
    let next = client.query_opt(next, &[&received_at, &seq]).await.map_err(refused)?;
    Ok(next.map(|row| row.get(0)))
}

async fn progress(client: &Client) -> Result<Option<(i64, i64)>> {
    let find = "SELECT received_at, seq FROM plates_progress WHERE id = 1";
    let row = client.query_opt(find, &[]).await.map_err(refused)?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// Goes through the next statements of a day. A connection on which this fails does not go back into its pool, and its
/// transaction ends with it.
async fn piece(client: &Client, before: i64, pseudonyms: &dyn Pseudonyms) -> Result<PlatesPiece> {
    let kept = progress(client).await?;
    let after = match kept {
        Some(after) => after,
        None => (beginning(client, before).await?, -1),
    };
    let Some(day) = by_day([after.0], |at| *at).into_keys().next() else {
        return Ok(PlatesPiece { is_last: true, ..PlatesPiece::default() });
    };
    let day_ends = day.saturating_add(24 * 60 * 60 * 1_000);
    let until = day_ends.min(before);
    let old = old_statements(client, after, until).await?;
    // Beyond the day's last statement goes on with the next day, as long as that is old enough.
    let day_is_over = (old.len() as i64) < PLATES_AT_ONCE;
    let last = match old.last() {
        _ if day_is_over && day_ends <= before => (day_ends, -1),
        Some(row) => (row.received_at, row.seq),
        None => return Ok(PlatesPiece { is_last: true, ..PlatesPiece::default() }),
    };
    let work = Pseudonymising::of(old, pseudonyms)?;
    let mut done = PlatesPiece { is_last: day_is_over && day_ends >= before, ..PlatesPiece::default() };
    if work.is_empty() {
        client.batch_execute("BEGIN").await.map_err(refused)?;
        advance(client, kept, last, None).await?;
        client.batch_execute("COMMIT").await.map_err(refused)?;
        return Ok(done);
    }
    let statements = Statements::prepare(client).await?;
    let Loaded { known, mut filed } = load::load(client, &statements, &work.keys(), &work.deliveries).await?;
    client.batch_execute(holds::KEEP_OUT_NEW_ONES).await.map_err(refused)?;
    let open = holds::holds(client, true, HOLDS_OPEN_MAX).await?;
    let sorted = work.sorted(&known, &open)?;
    let further = load::load_further(client, &statements, &sorted.keys(), &sorted.deliveries).await?;
    filed.extend(further.filed);
    let plan = sorted.plan(further.known);
    advance(client, kept, last, sorted.first_held).await?;
    rewrite(client, &sorted.ledger, day, day_ends).await?;
    let charging = "
        UPDATE charging_records AS kept SET doc = now.doc
        FROM unnest($1::text[], $2::text[], $3::text[]) AS now (operator, order_no, doc)
        WHERE kept.operator = now.operator AND kept.order_no = now.order_no";
    let operators: Vec<_> = sorted.charging.iter().map(|(operator, _)| text(operator.as_str())).collect();
    let orders: Vec<_> = sorted.charging.iter().map(|(_, charge)| text(&charge.order_no)).collect();
    let docs = sorted.charging.iter().map(|(_, charge)| to_json(charge)).collect::<Result<Vec<_>>>()?;
    client.execute(charging, &[&operators, &orders, &docs]).await.map_err(refused)?;
    for (lot, day) in sorted.days() {
        let found = findings::of_evaluation(client, &lot, day).await?;
        let changed = day_findings(&found, day, &open, pseudonyms)?;
        evaluations::change_findings(client, &statements, &changed).await?;
    }
    commit::write_plan(client, &statements, &plan, &filed, NO_TALLY_ROW).await?;
    done.statements = sorted.ledger.len() as u64;
    (done.sessions, done.held) = (sorted.sessions, sorted.held);
    Ok(done)
}

/// Nothing is counted: nothing was received.
const NO_TALLY_ROW: i16 = 0;

/// The first moment of the ledger, or `before` where there is none earlier.
async fn beginning(client: &Client, before: i64) -> Result<i64> {
    let row = client.query_one("SELECT min(received_at) FROM ledger_other", &[]).await.map_err(refused)?;
    let other: Option<i64> = row.get(0);
    let oldest = days::of_table(client, "ledger").await?.last().copied();
    let oldest = oldest.and_then(calendar::span_of_day).map(|(from, _)| millis(from));
    Ok(other.into_iter().chain(oldest).min().unwrap_or(before).min(before))
}

/// The next statements of a day. The day is part of the statement's words, so that no other day is locked.
async fn old_statements(client: &Client, after: (i64, i64), until: i64) -> Result<Vec<OldStatement>> {
    let rows = client
        .query(
            &format!(
                "SELECT received_at, seq, statement, unnamed_fields FROM ledger
                 WHERE received_at >= {} AND received_at < {until} AND (received_at, seq) > ($1, $2)
                 ORDER BY received_at, seq LIMIT $3",
                after.0
            ),
            &[&after.0, &after.1, &PLATES_AT_ONCE],
        )
        .await
        .map_err(refused)?;
    let read = |row: &tokio_postgres::Row| {
        let unnamed_fields = row.get::<_, Option<&str>>(3).map(|text| plain(text).into_owned());
        let statement = from_json("a statement", row.get(2))?;
        Ok(OldStatement { received_at: row.get(0), seq: row.get(1), statement, unnamed_fields })
    };
    rows.iter().map(read).collect()
}

/// Notes how far it has come, unless another node, or a hold that was lifted, has moved it meanwhile.
async fn advance(
    client: &Client,
    from: Option<(i64, i64)>,
    to: (i64, i64),
    first_held: Option<(i64, i64)>,
) -> Result<()> {
    let (held_at, held_seq) = first_held.unzip();
    let moved = match from {
        None => {
            let first = "
                INSERT INTO plates_progress (id, received_at, seq, held_received_at, held_seq) VALUES (1, $1, $2, $3, $4)
                ON CONFLICT (id) DO NOTHING";
            client.execute(first, &[&to.0, &to.1, &held_at, &held_seq]).await
        }
        Some((received_at, seq)) => {
            let next = "
                UPDATE plates_progress
                SET received_at = $1, seq = $2,
                    held_seq = CASE WHEN held_received_at IS NULL THEN $4 ELSE held_seq END,
                    held_received_at = coalesce(held_received_at, $3)
                WHERE id = 1 AND received_at = $5 AND seq = $6";
            client.execute(next, &[&to.0, &to.1, &held_at, &held_seq, &received_at, &seq]).await
        }
    };
    match moved.map_err(refused)? {
        1 => Ok(()),
        _ => Err(StoreError::Contended("another node goes through the plates".to_owned())),
    }
}

/// Writes statements of a day of the ledger anew.
async fn rewrite(client: &Client, statements: &[OldStatement], from: i64, to: i64) -> Result<()> {
    let at: Vec<_> = statements.iter().map(|row| row.received_at).collect();
    let seqs: Vec<_> = statements.iter().map(|row| row.seq).collect();
    let lots: Vec<_> = statements
        .iter()
        .map(|row| text(row.statement.report.lot().map_or("", |lot| lot.as_str())))
        .collect();
    let docs = statements.iter().map(|row| to_json(&row.statement)).collect::<Result<Vec<_>>>()?;
    let unnamed: Vec<_> = statements.iter().map(|row| row.unnamed_fields.as_deref().map(text)).collect();
    let update = format!(
        "UPDATE ledger SET statement = now.statement, unnamed_fields = now.unnamed_fields
         FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
           AS now (lot, received_at, seq, statement, unnamed_fields)
         WHERE ledger.lot = now.lot AND ledger.received_at = now.received_at AND ledger.seq = now.seq
           AND ledger.received_at >= {from} AND ledger.received_at < {to}"
    );
    client.execute(&update, &[&lots, &at, &seqs, &docs, &unnamed]).await.map_err(refused)?;
    Ok(())
}
