//! Refused messages: noted for the message inspector, and forgotten in time.

use super::connection::Session;
use super::errors::refused;
use super::queue::{Handed, parted};
use super::readers;
use super::values::{day, document, millis, text};
use crate::{InspectorBounds, RefusedMessage, Result};
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
const PATIENCE: Duration = Duration::from_secs(5);

/// Refusals add to tallies of their own: one row a node would be enough, and all nodes may share these.
const TALLY_ROW: i16 = -1;

/// Its name among the parts that are watched.
pub(super) const NOTES: &str = "refusal-writer";

/// Writes what is handed over, until the queue is closed.
pub(super) async fn write_all(pool: Pool, handed: Arc<Mutex<mpsc::Receiver<Handed<RefusedMessage>>>>) {
    let mut handed = handed.lock().await;
    let mut taken = Vec::new();
    while handed.recv_many(&mut taken, AT_ONCE).await > 0 {
        bowei_watch::injection_point(NOTES);
        let (messages, flushes) = parted(std::mem::take(&mut taken));
        if let Err(error) = readers::within(PATIENCE, write(&pool, &messages)).await {
            metrics::counter!("bowei_refusals_dropped_total").increment(messages.len() as u64);
            tracing::warn!(%error, count = messages.len(), "refused messages could not be noted");
        }
        for done in flushes {
            let _ = done.send(());
        }
    }
}

async fn write(pool: &Pool, messages: &[RefusedMessage]) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let session = Session::from(pool).await?;
    keep(session.client()?, messages).await?;
    session.done();
    Ok(())
}

/// Notes refused messages.
async fn keep(client: &Client, messages: &[RefusedMessage]) -> Result<()> {
    let at: Vec<_> = messages.iter().map(|message| millis(message.at)).collect();
    let providers: Vec<_> =
        messages.iter().map(|message| message.provider.as_ref().map(|code| text(code.as_str()))).collect();
    let lots: Vec<_> =
        messages.iter().map(|message| message.lot.as_ref().map(|code| text(code.as_str()))).collect();
    let docs = messages.iter().map(document).collect::<Result<Vec<_>>>()?;
    let mut tallies = BTreeMap::<_, i64>::new();
    for message in messages {
        *tallies.entry((moment::day(message.at), &message.standard, text(&message.code))).or_default() += 1;
    }
    let days: Vec<_> = tallies.keys().map(|(of, ..)| day(*of)).collect();
    let standards: Vec<_> = tallies.keys().map(|(_, standard, _)| standard.as_str()).collect();
    let codes: Vec<_> = tallies.keys().map(|(.., code)| code.as_ref()).collect();
    let counts: Vec<_> = tallies.values().copied().collect();
    let insert = client
        .prepare_cached(
            "INSERT INTO refusals (at, provider, lot, doc)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])",
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
    let rows = async { client.execute(&insert, &[&at, &providers, &lots, &docs]).await.map_err(refused) };
    let tallied = async {
        client.execute(&tally, &[&TALLY_ROW, &days, &standards, &codes, &counts]).await.map_err(refused)
    };
    let commit = async { client.batch_execute("COMMIT").await.map_err(refused) };
    try_join!(begin, rows, tallied, commit)?;
    Ok(())
}

/// Forgets some of what need not be kept; fewer than [`FORGOTTEN_AT_ONCE`] means that nothing is left to forget.
pub(super) async fn trim(client: &Client, now: Timestamp, bounds: InspectorBounds) -> Result<u64> {
    let age = i64::try_from(bounds.age_max.as_millis()).unwrap_or(i64::MAX);
    let too_old = millis(now).saturating_sub(age);
    let rows_max = i64::try_from(bounds.rows_max).unwrap_or(i64::MAX);
    let too_many = client
        .query_opt("SELECT at, id FROM refusals ORDER BY at DESC, id DESC LIMIT 1 OFFSET $1", &[&rows_max])
        .await
        .map_err(refused)?;
    let (at, id) = too_many.map_or((i64::MIN, 0i64), |row| (row.get(0), row.get(1)));
    let at_once = i64::try_from(FORGOTTEN_AT_ONCE).unwrap_or(i64::MAX);
    client
        .execute(
            "DELETE FROM refusals WHERE id IN
               (SELECT id FROM refusals WHERE at < $1 OR (at, id) <= ($2::bigint, $3::bigint)
                ORDER BY at, id LIMIT $4)",
            &[&too_old, &at, &id, &at_once],
        )
        .await
        .map_err(refused)
}
