//! The tables, and how they came to be.
//!
//! A migration is never changed once released: a new one is added. Nodes of two versions run side by side while a city
//! is upgraded, and so what a running older node could not live with comes in two: an *expanding* migration adds what
//! the new version needs, and, a version later, a *contracting* one takes away what no version uses any more. Each
//! migration says which schema a node must know at least to live with it ([`Migration::oldest`]): a node accepts a
//! database that is newer than itself as long as none of its migrations asks for more.
//!
//! What grows without end is filed by day in partitions: `ledger`, `sessions`, `space_counts`, `space_count_reports`,
//! `photo_refs`, `passages`. Keys begin with the lot, so that an engine that distributes tables can do so by it. There
//! is no trigger, no stored procedure, and no foreign key across tables of different keys.
//!
//! Moments are whole milliseconds since 1970. Whole values are kept as JSON text in `doc`, exactly as the model has
//! them. Names compare byte by byte (`COLLATE "C"`), as they do in the embedded engine.

mod first;
mod office;
mod people;
mod retention;
mod supervision;

use super::errors::refused;
use crate::{Result, StoreError};
use deadpool_postgres::Client;
use first::FIRST;
use std::time::Duration;

/// A step of the schema.
struct Migration {
    /// What it does.
    sql: &'static str,
    /// The oldest schema that a node must know to live with a database that has it: its own number if it takes
    /// something away, and 1 if it only adds.
    oldest: i32,
}

/// The migrations, oldest first; the first has number 1.
const MIGRATIONS: &[Migration] = &[
    Migration { sql: FIRST, oldest: 1 },
    Migration { sql: ALIKE, oldest: 1 },
    Migration { sql: CLAIMED, oldest: 1 },
    Migration { sql: IDENTITY, oldest: 1 },
    Migration { sql: JOB_RUNS, oldest: 1 },
    Migration { sql: people::PEOPLE, oldest: 1 },
    Migration { sql: MOMENTS, oldest: 1 },
    Migration { sql: people::EXPORTS, oldest: 1 },
    Migration { sql: people::SINGLE_SIGN_ON, oldest: 1 },
    Migration { sql: office::OFFICE, oldest: 1 },
    Migration { sql: retention::RETENTION, oldest: 1 },
    Migration { sql: supervision::SUPERVISION, oldest: 1 },
    Migration { sql: supervision::BY_RECEPTION, oldest: 1 },
    // A node that made days of findings cannot.
    Migration { sql: supervision::FINDINGS_IN_ONE_TABLE, oldest: 14 },
    Migration { sql: supervision::CASES_IN_ORDER, oldest: 1 },
];

/// How often a schema change is tried again that met another node's.
const TRIES_MAX: usize = 10;

/// How long before the next try.
const BEFORE_NEXT_TRY: Duration = Duration::from_millis(200);

const ALIKE: &str = r#"
-- Passages that carry a record id and a plate, by what makes two of them the same.
CREATE TABLE passages (
    lot       text    COLLATE "C" NOT NULL,
    at        bigint  NOT NULL,
    plate     text    COLLATE "C" NOT NULL,
    is_entry  boolean NOT NULL,
    record_id text    COLLATE "C" NOT NULL,
    PRIMARY KEY (lot, at, plate, is_entry, record_id)
) PARTITION BY RANGE (at);
CREATE TABLE passages_other PARTITION OF passages DEFAULT;

-- Where and from when a charge took place: what finds those that lie over it. Charges kept before, and by a node of an
-- older version, have none.
ALTER TABLE charging_records ADD COLUMN station text COLLATE "C";
ALTER TABLE charging_records ADD COLUMN device text COLLATE "C";
ALTER TABLE charging_records ADD COLUMN started_at bigint;
CREATE INDEX charging_records_by_device ON charging_records (lot, station, device, ended_at);
"#;

const CLAIMED: &str = r#"
-- Refused messages that only claim to be from their account are bounded by themselves. What was refused before, and what a
-- node of an older version notes, is taken for what it says.
ALTER TABLE refusals ADD COLUMN claimed boolean NOT NULL DEFAULT false;
CREATE INDEX refusals_by_claim ON refusals (claimed, at, id);
CREATE INDEX refusals_by_provider ON refusals (claimed, provider, at, id);
"#;

const IDENTITY: &str = r#"
-- A finding is known by subject, kind and `which`, and by no word that is said of it. What was kept before, and what a
-- node of an older version keeps, has a sentence (`detail`) and none of these: it is read as what follows from the sentence
-- (see `WHICH`), and is found and replaced as any other. The columns are null for its sake; once no such node runs, a
-- contracting migration may fill them in and let `detail` go where there are facts.
ALTER TABLE findings ADD COLUMN which text COLLATE "C";
ALTER TABLE findings ADD COLUMN facts text;
ALTER TABLE findings ADD COLUMN opened_at bigint;
ALTER TABLE findings ADD COLUMN resolved_at bigint;
"#;

const JOB_RUNS: &str = r#"
-- How often a period's job was begun: what always fails is given up one day. A node of an older version does not count.
ALTER TABLE jobs ADD COLUMN attempts integer NOT NULL DEFAULT 0;

-- What ran, and what came of it. While it goes on nothing has come of it.
CREATE TABLE job_runs (
    job        text    COLLATE "C" NOT NULL,
    period     bigint  NOT NULL,
    attempt    integer NOT NULL,
    holder     text    NOT NULL,
    started_at bigint  NOT NULL,
    ended_at   bigint,
    outcome    text,
    message    text,
    PRIMARY KEY (job, period, attempt)
);
"#;

const MOMENTS: &str = r#"
-- When a record had a passage, by the moments of reception: the last time, which has no end while it has it, and in
-- `earlier` the times before as JSON; `number` counts a record's plates of one way and second. One kept before, or by a node of an older version, has none, and is taken to be had
-- since the car passed.
ALTER TABLE passages ADD COLUMN number bigint;
ALTER TABLE passages ADD COLUMN since bigint;
ALTER TABLE passages ADD COLUMN until bigint;
ALTER TABLE passages ADD COLUMN earlier text;

-- When a charge was received; one kept before, or by a node of an older version, has none, and is taken to have been when it
-- ended.
ALTER TABLE charging_records ADD COLUMN received_at bigint;
"#;

/// Brings the database to this version's schema, or says why it cannot be.
pub(super) async fn migrate(client: &mut Client) -> Result<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_migrate(client).await {
            // Two nodes may start on a new database at once, and even `IF NOT EXISTS` fails for the second then.
            Err(why @ (StoreError::Conflict(_) | StoreError::Contended(_))) if tries < TRIES_MAX => {
                tracing::debug!(%why, "another node changes the schema; trying again");
                tokio::time::sleep(BEFORE_NEXT_TRY).await;
            }
            done => return done,
        }
    }
}

async fn try_migrate(client: &mut Client) -> Result<()> {
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (
                 number     integer PRIMARY KEY,
                 oldest     integer NOT NULL,
                 applied_at timestamptz NOT NULL DEFAULT now()
             );
             INSERT INTO schema_migrations (number, oldest) VALUES (0, 0) ON CONFLICT DO NOTHING",
        )
        .await
        .map_err(refused)?;
    let transaction = client.transaction().await.map_err(refused)?;
    // Row 0 is there to be locked: one node changes the schema at a time.
    transaction
        .execute("SELECT number FROM schema_migrations WHERE number = 0 FOR UPDATE", &[])
        .await
        .map_err(refused)?;
    let row = transaction
        .query_one("SELECT max(number), max(oldest) FROM schema_migrations", &[])
        .await
        .map_err(refused)?;
    let (applied, oldest): (i32, i32) = (row.get(0), row.get(1));
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    if oldest > known {
        return Err(StoreError::Unreadable(format!(
            "the database needs a Bowei that knows schema {oldest}, and this one knows schemas up to {known}: it was \
             written by a newer version; start that version or a later one"
        )));
    }
    // A step may have all to go through that a city ever kept: it is not given up for its length, as a question is.
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await.map_err(refused)?;
    for (number, migration) in (1..).zip(MIGRATIONS).skip(usize::try_from(applied).unwrap_or(usize::MAX)) {
        transaction.batch_execute(migration.sql).await.map_err(refused)?;
        let row = "INSERT INTO schema_migrations (number, oldest) VALUES ($1, $2)";
        transaction.execute(row, &[&number, &migration.oldest]).await.map_err(refused)?;
    }
    transaction.commit().await.map_err(refused)
}
