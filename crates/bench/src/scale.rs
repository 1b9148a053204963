//! How throughput holds as the ledger grows: reports kept a second by a store with 1, 10 and 50 million ledger rows, held
//! against a new store of the same engine, in turns. `make bench-scale` runs it; it takes some 30 GB and half an hour.
//!
//! The rows that make the ledger deep are written past the store, by the server's own means, and their documents are
//! short: what depth costs is the height of indexes and what no longer fits into memory, and the indexes are as they
//! would be. Two rows make a session; a day has some hundred thousand rows, so that the deepest is a year.

use crate::bare::kept_per_second;
use crate::{Failure, median, say};
use bowei_store::{PostgresStore, SqliteStore, Store, Upkeep, postgres, sqlite};
use bowei_test_servers::Postgres;
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::Arc;

/// Sizes, in millions of ledger rows.
const SIZES: [usize; 3] = [1, 10, 50];
/// Rows of a day.
const ROWS_A_DAY: usize = 137_000;
/// Lots among which the rows are shared out.
const LOTS: usize = 400;
/// Reports of a round, and who waits for an answer.
const REPORTS: usize = 20_000;
const WAITING: usize = 120;
/// Rounds at each size: odd, so that a median is a round.
const ROUNDS: usize = 5;

struct Round {
    deep: f64,
    new: f64,
}

pub(crate) async fn rows(largest: Option<&str>) -> Result<(), Failure> {
    let largest: usize = largest.map_or(Ok(50), str::parse)?;
    say(&format!("{ROUNDS} rounds of {REPORTS} reports at each size, in turns with a new store; medians:"));
    say("  engine      ledger rows   reports/s   a new store's   ratio");
    embedded(largest).await?;
    served(largest).await
}

async fn embedded(largest: usize) -> Result<(), Failure> {
    let (deep_folder, new_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let new: Arc<dyn Store> = Arc::new(SqliteStore::open(new_folder.path(), sqlite::Options::default())?);
    let mut filled = 0;
    for millions in SIZES.into_iter().filter(|size| *size <= largest) {
        drop(SqliteStore::open(deep_folder.path(), sqlite::Options::default())?);
        fill_embedded(&deep_folder.path().join(sqlite::DATABASE), filled, millions * 1_000_000)?;
        filled = millions * 1_000_000;
        let deep: Arc<dyn Store> =
            Arc::new(SqliteStore::open(deep_folder.path(), sqlite::Options::default())?);
        measure("SQLite", millions, &deep, &new).await?;
    }
    Ok(())
}

async fn served(largest: usize) -> Result<(), Failure> {
    let server = Postgres::options()
        .durable()
        .setting("shared_buffers", "2GB")
        .setting("max_wal_size", "8GB")
        .start()?;
    let (deep_url, new_url) = (server.create_database(), server.create_database());
    let mut filled = 0;
    for millions in SIZES.into_iter().filter(|size| *size <= largest) {
        let rows = millions * 1_000_000;
        fill_served(&server, &deep_url, filled, rows).await?;
        filled = rows;
        let (deep, new) = (opened(&deep_url).await?, opened(&new_url).await?);
        measure("PostgreSQL", millions, &deep, &new).await?;
    }
    Ok(())
}

async fn opened(url: &str) -> Result<Arc<dyn Store>, Failure> {
    let store = PostgresStore::open(url, postgres::Options::default()).await?;
    store.prepare_days(Timestamp::now()).await?;
    Ok(Arc::new(store))
}

async fn measure(
    engine: &str,
    millions: usize,
    deep: &Arc<dyn Store>,
    new: &Arc<dyn Store>,
) -> Result<(), Failure> {
    let mut rounds = Vec::new();
    // The first round warms both up and is not counted.
    for number in 0..=ROUNDS {
        let round = millions * 100 + number;
        rounds.push(Round {
            deep: kept_per_second(Arc::clone(deep), LOTS, round, REPORTS, WAITING).await?,
            new: kept_per_second(Arc::clone(new), LOTS, round, REPORTS, WAITING).await?,
        });
    }
    rounds.remove(0);
    say(&format!(
        "  {engine:<10} {millions:>9} million {:>9.0} {:>15.0} {:>6.1}%",
        median(&rounds, |r| r.deep),
        median(&rounds, |r| r.new),
        median(&rounds, |r| r.deep / r.new) * 100.0
    ));
    Ok(())
}

/// The day of a row, counted back from today: the ledger ends yesterday.
fn day_of(row: usize, rows: usize) -> i64 {
    i64::try_from((rows - row) / ROWS_A_DAY + 1).unwrap_or(i64::MAX)
}

fn millis(days_ago: i64) -> i64 {
    (Timestamp::now() - SignedDuration::from_hours(24 * days_ago)).as_millisecond()
}

/// Appends rows `from..to` to an embedded store that nobody has open.
fn fill_embedded(path: &Path, from: usize, to: usize) -> Result<(), Failure> {
    let database = rusqlite::Connection::open(path)?;
    database.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;")?;
    // Indexes are made anew over everything, which is faster than growing them row by row.
    let indexes: Vec<(String, String)> = database
        .prepare(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
                  AND tbl_name IN ('ledger', 'sessions')",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (name, _) in &indexes {
        database.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    for begin in (from..to).step_by(ROWS_A_DAY) {
        let end = (begin + ROWS_A_DAY).min(to);
        let at = millis(day_of(begin, to));
        database.execute_batch(&format!(
            "BEGIN;
             WITH RECURSIVE n (n) AS (SELECT {begin} UNION ALL SELECT n + 1 FROM n WHERE n + 1 < {end})
             INSERT INTO ledger (received_at, provider, standard, lot, kind, amended, message_sha256, statement)
             SELECT {at} + (n - {begin}) * 600, 'bench', 'huzhou', printf('330502-%03d', n % {LOTS}), 'exit', 0,
                    zeroblob(32), '{{\"filler\":' || n || '}}' FROM n;
             WITH RECURSIVE n (n) AS (SELECT {begin} UNION ALL SELECT n + 2 FROM n WHERE n + 2 < {end})
             INSERT INTO sessions (lot, record_id, begun_at, entered_at, exited_at, present_from, present_to, open,
                                   plate, doc)
             SELECT printf('330502-%03d', n % {LOTS}), 'f' || n, t, t, t + 3600000, t, t + 3600000, 0,
                    '浙E' || printf('%05d', n % 100000), '{{\"filler\":' || n || '}}'
             FROM (SELECT n, {at} + (n - {begin}) * 600 AS t FROM n);
             COMMIT;"
        ))?;
    }
    for (_, sql) in &indexes {
        database.execute_batch(sql)?;
    }
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")?;
    // What the fill left to be written must not be waited for by the first commits that are measured.
    std::fs::File::open(path)?.sync_all()?;
    Ok(())
}

/// Appends rows `from..to` to a database.
async fn fill_served(server: &Postgres, url: &str, from: usize, to: usize) -> Result<(), Failure> {
    let store = PostgresStore::open(url, postgres::Options::default()).await?;
    for begin in (from..to).step_by(ROWS_A_DAY) {
        let end = (begin + ROWS_A_DAY).min(to);
        let at = millis(day_of(begin, to));
        store.prepare_days(Timestamp::from_millisecond(at)?).await?;
        let last = end - 1;
        // Within a day the rows of one lot come one after the other: what is measured is what comes after them.
        server.sql(
            url,
            &format!(
                "SET synchronous_commit = off;
                 INSERT INTO ledger (received_at, provider, standard, lot, kind, amended, message_sha256, statement)
                 SELECT {at} + (n - {begin}) * 600, 'bench', 'huzhou', '330502-' || lpad((n % {LOTS})::text, 3, '0'),
                        'exit', false, decode(repeat('00', 32), 'hex'), '{{\"filler\":' || n || '}}'
                 FROM generate_series({begin}, {last}) AS n;
                 INSERT INTO session_keys (lot, record_id, stands_at)
                 SELECT '330502-' || lpad((n % {LOTS})::text, 3, '0'), 'f' || n, {at} + (n - {begin}) * 600
                 FROM generate_series({begin}, {last}, 2) AS n ORDER BY n % {LOTS}, n;
                 INSERT INTO sessions (lot, record_id, stands_at, parking, entered_at, exited_at, present_from,
                                       present_to, open, plate, doc)
                 SELECT '330502-' || lpad((n % {LOTS})::text, 3, '0'), 'f' || n, t, true, t, t + 3600000, t,
                        t + 3600000, false, '浙E' || lpad((n % 100000)::text, 5, '0'), '{{\"filler\":' || n || '}}'
                 FROM generate_series({begin}, {last}, 2) AS n,
                      LATERAL (SELECT {at} + (n - {begin}) * 600 AS t) AS moment ORDER BY n % {LOTS}, n;"
            ),
        );
    }
    server.sql(url, "VACUUM (ANALYZE)");
    // What the fill left to be written must not be waited for by the first commits that are measured.
    server.sql(url, "CHECKPOINT");
    Ok(())
}
