//! Refused messages: noted for the message inspector, and forgotten in time.

use super::connection::PooledClient;
use super::errors::refused;
use super::queue::{Handed, Noted, parted};
use super::readers;
use super::values::{day, millis, text, to_json};
use crate::contract::{Ring, Surplus};
use crate::{InspectorBounds, Result};
use bowei_model::moment;
use deadpool_postgres::{Client, Pool};
use futures::try_join;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};

/// Rows that one transaction forgets.
pub(super) const FORGOTTEN_AT_ONCE: u64 = 1_000;

/// Refusals written at once.
const AT_ONCE: usize = 256;

/// How long writing some may take. They are notes for people, and wait for nobody.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Refusals add to tallies of their own: one row a node would be enough, and all nodes may share these.
const TALLY_ROW: i16 = -1;

/// Its name among the parts that are watched.
pub(super) const NOTES: &str = "refusal-writer";

/// Writes what is handed over, until the queue is closed.
pub(super) async fn write_all(pool: Pool, handed: Arc<Mutex<mpsc::Receiver<Handed<Noted>>>>) {
    let mut handed = handed.lock().await;
    let (mut taken, mut surplus) = (Vec::new(), Surplus::default());
    while handed.recv_many(&mut taken, AT_ONCE).await > 0 {
        bowei_watch::injection_point(NOTES);
        let (messages, flushes) = parted(std::mem::take(&mut taken));
        if let Err(error) = readers::within(TIMEOUT, write(&pool, &messages, &mut surplus)).await {
            metrics::counter!("bowei_refusals_dropped_total").increment(messages.len() as u64);
            tracing::warn!(%error, count = messages.len(), "refused messages could not be noted");
        }
        for done in flushes {
            let _ = done.send(());
        }
    }
}

async fn write(pool: &Pool, messages: &[Noted], surplus: &mut Surplus) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let session = PooledClient::from(pool).await?;
    let client = session.client()?;
    keep(client, messages).await?;
    for (ring, rows_max) in surplus.note(messages) {
        cut(client, &ring, rows_max).await?;
    }
    session.done();
    Ok(())
}

/// Notes refused messages.
async fn keep(client: &Client, noted: &[Noted]) -> Result<()> {
    let messages: Vec<_> = noted.iter().map(|(message, _)| message).collect();
    let at: Vec<_> = messages.iter().map(|message| millis(message.at)).collect();
    let providers: Vec<_> =
        messages.iter().map(|message| message.provider.as_ref().map(|code| text(code.as_str()))).collect();
    let lots: Vec<_> =
        messages.iter().map(|message| message.lot.as_ref().map(|code| text(code.as_str()))).collect();
    let docs = noted.iter().map(|(message, _)| to_json(message)).collect::<Result<Vec<_>>>()?;
    let claimed: Vec<_> = messages.iter().map(|message| message.claimed).collect();
    let mut tallies = BTreeMap::<_, i64>::new();
    for message in &messages {
        *tallies.entry((moment::day(message.at), &message.standard, text(&message.code))).or_default() += 1;
    }
    let days: Vec<_> = tallies.keys().map(|(of, ..)| day(*of)).collect();
    let standards: Vec<_> = tallies.keys().map(|(_, standard, _)| standard.as_str()).collect();
    let codes: Vec<_> = tallies.keys().map(|(.., code)| code.as_ref()).collect();
    let counts: Vec<_> = tallies.values().copied().collect();
    let insert = client
        .prepare_cached(
            "INSERT INTO refusals (at, provider, lot, doc, claimed)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[])",
        )
        .await
        .map_err(refused)?;
    let tally = client
        .prepare_cached(
            "INSERT INTO tallies AS kept (day, writer, standard, outcome, kind, count)
             SELECT day, $1::smallint, standard, 'refused', code, count
             FROM unnest($2::integer[], $3::text[], $4::text[], $5::bigint[]) AS new (day, standard, code, count)
             ON CONFLICT (day, writer, standard, outcome, kind) DO UPDATE SET count = kept.count + excluded.count",
        )
        .await
        .map_err(refused)?;
    let begin = async { client.batch_execute("BEGIN").await.map_err(refused) };
    let rows =
        async { client.execute(&insert, &[&at, &providers, &lots, &docs, &claimed]).await.map_err(refused) };
    let tallied = async {
        client.execute(&tally, &[&TALLY_ROW, &days, &standards, &codes, &counts]).await.map_err(refused)
    };
    let commit = async { client.batch_execute("COMMIT").await.map_err(refused) };
    try_join!(begin, rows, tallied, commit)?;
    Ok(())
}

/// Forgets the oldest rows of a ring beyond `rows_max`, or as many of them as go at once.
async fn cut(client: &Client, ring: &Ring, rows_max: u64) -> Result<u64> {
    let rows_max = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let at_once = i64::try_from(FORGOTTEN_AT_ONCE).unwrap_or(i64::MAX);
    let gone = match &ring.of {
        None => {
            let sql = "DELETE FROM refusals WHERE id IN
                         (SELECT id FROM refusals WHERE claimed = $1
                          ORDER BY at DESC, id DESC LIMIT $3 OFFSET $2)";
            client.execute(sql, &[&ring.claimed, &rows_max, &at_once]).await
        }
        Some(None) => {
            let sql = "DELETE FROM refusals WHERE id IN
                         (SELECT id FROM refusals WHERE claimed = $1 AND provider IS NULL
                          ORDER BY at DESC, id DESC LIMIT $3 OFFSET $2)";
            client.execute(sql, &[&ring.claimed, &rows_max, &at_once]).await
        }
        Some(Some(provider)) => {
            let sql = "DELETE FROM refusals WHERE id IN
                         (SELECT id FROM refusals WHERE claimed = $1 AND provider = $4
                          ORDER BY at DESC, id DESC LIMIT $3 OFFSET $2)";
            client.execute(sql, &[&ring.claimed, &rows_max, &at_once, &text(provider.as_str())]).await
        }
    };
    gone.map_err(refused)
}

/// When the oldest was received.
pub(super) async fn oldest(client: &Client) -> Result<Option<i64>> {
    let row = client.query_one("SELECT min(at) FROM refusals", &[]).await.map_err(refused)?;
    Ok(row.get(0))
}

/// Forgets some of what need not be kept, but for what is too old and a hold covers: by words that it has in it, for what a
/// refused message is about is not known better. A ring's bound goes before a hold, or whoever is under one could be made
/// to fill the disk. Fewer than [`FORGOTTEN_AT_ONCE`] means that nothing is left to forget.
pub(super) async fn trim(client: &Client, now: Timestamp, bounds: InspectorBounds) -> Result<u64> {
    let age = i64::try_from(bounds.age_max.as_millis()).unwrap_or(i64::MAX);
    let too_old = millis(now).saturating_sub(age);
    let at_once = i64::try_from(FORGOTTEN_AT_ONCE).unwrap_or(i64::MAX);
    let sql = "DELETE FROM refusals WHERE id IN
                 (SELECT id FROM refusals WHERE at < $1 AND NOT EXISTS (
                    SELECT FROM holds WHERE open AND (holds.lot IS NULL OR holds.lot = refusals.lot)
                      AND (from_at IS NULL OR from_at <= at) AND (to_at IS NULL OR at < to_at)
                      AND (plate IS NULL OR strpos(refusals.doc, plate) > 0)
                      AND (record_id IS NULL OR strpos(refusals.doc, record_id) > 0))
                  ORDER BY at, id LIMIT $2)";
    client.batch_execute("BEGIN").await.map_err(refused)?;
    client.batch_execute(super::holds::KEEP_OUT_NEW_ONES).await.map_err(refused)?;
    let old = client.execute(sql, &[&too_old, &at_once]).await.map_err(refused)?;
    client.batch_execute("COMMIT").await.map_err(refused)?;
    let proved = cut(client, &Ring { claimed: false, of: None }, bounds.rows_max).await?;
    let claimed = cut(client, &Ring { claimed: true, of: None }, bounds.claimed_rows_max).await?;
    Ok(old + proved + claimed)
}
