//! The tables, and how they came to be.
//!
//! A migration is never changed once released: a new one is added. Nodes of two versions run side by side while a city
//! is upgraded, and so what a running older node could not live with comes in two: an *expanding* migration adds what
//! the new version needs, and, a version later, a *contracting* one takes away what no version uses any more. Each
//! migration says which schema a node must know at least to live with it ([`Migration::oldest`]): a node accepts a
//! database that is newer than itself as long as none of its migrations asks for more.
//!
//! What grows without end is filed by day in partitions: `ledger`, `sessions`, `space_counts`, `space_count_reports`,
//! `findings`, `photo_refs`, `passages`. Keys begin with the lot, so that an engine that distributes tables can do so by it. There
//! is no trigger, no stored procedure, and no foreign key across tables of different keys.
//!
//! Moments are whole milliseconds since 1970. Whole values are kept as JSON text in `doc`, exactly as the model has
//! them. Names compare byte by byte (`COLLATE "C"`), as they do in the embedded engine.

use super::errors::refused;
use crate::{Result, StoreError};
use deadpool_postgres::Client;
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
];

/// How often a schema change is tried again that met another node's.
const TRIES_MAX: usize = 10;

/// How long before the next try.
const BEFORE_NEXT_TRY: Duration = Duration::from_millis(200);

const FIRST: &str = r#"
CREATE SEQUENCE ledger_seq;

-- What was accepted, in the order in which it was: appended to, and nothing else. A row of no lot has an empty one.
CREATE TABLE ledger (
    lot            text   COLLATE "C" NOT NULL,
    seq            bigint NOT NULL DEFAULT nextval('ledger_seq'),
    received_at    bigint NOT NULL,
    provider       text   COLLATE "C" NOT NULL,
    standard       text   COLLATE "C" NOT NULL,
    kind           text   COLLATE "C" NOT NULL,
    amended        boolean NOT NULL,
    message_sha256 bytea  NOT NULL,
    statement      text   NOT NULL,
    unnamed_fields text,
    PRIMARY KEY (lot, received_at, seq)
) PARTITION BY RANGE (received_at);
CREATE TABLE ledger_other PARTITION OF ledger DEFAULT;
CREATE INDEX ledger_by_time ON ledger (received_at, seq);

-- Where a record's session is filed: what makes a record unique over all days. Narrow, for it takes the disorder of the
-- lots' own record ids.
CREATE TABLE session_keys (
    lot       text   COLLATE "C" NOT NULL,
    record_id text   COLLATE "C" NOT NULL,
    stands_at bigint NOT NULL,
    PRIMARY KEY (lot, record_id)
);

-- A session is filed where it began or, while only photos have come, where the first of them was received.
CREATE TABLE sessions (
    lot          text    COLLATE "C" NOT NULL,
    record_id    text    COLLATE "C" NOT NULL,
    stands_at    bigint  NOT NULL,
    parking      boolean NOT NULL,
    entered_at   bigint,
    exited_at    bigint,
    present_from bigint,
    present_to   bigint,
    open         boolean NOT NULL,
    plate        text    COLLATE "C",
    doc          text    NOT NULL,
    PRIMARY KEY (lot, record_id, stands_at)
) PARTITION BY RANGE (stands_at);
CREATE TABLE sessions_other PARTITION OF sessions DEFAULT;
CREATE INDEX sessions_by_beginning ON sessions (lot, stands_at, record_id) WHERE parking;
CREATE INDEX sessions_by_time ON sessions (stands_at, lot, record_id) WHERE parking;
CREATE INDEX sessions_by_leaving ON sessions (lot, present_to) WHERE present_to IS NOT NULL;
CREATE INDEX sessions_by_plate ON sessions (plate, stands_at) WHERE plate IS NOT NULL;
CREATE INDEX sessions_open ON sessions (lot, stands_at) WHERE open;

-- One row a lot, changed by nearly every passage: with room on its pages, so that a change need not touch the index.
-- A row of revision 0 is a lot that nothing is known of yet; it is there to be locked.
CREATE TABLE lot_states (
    lot      text   COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    doc      text   NOT NULL
) WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);

CREATE TABLE space_counts (
    lot             text   COLLATE "C" NOT NULL,
    as_of           bigint NOT NULL,
    said_at         bigint NOT NULL,
    vacant          bigint NOT NULL,
    charging_vacant bigint,
    PRIMARY KEY (lot, as_of)
) PARTITION BY RANGE (as_of);
CREATE TABLE space_counts_other PARTITION OF space_counts DEFAULT;

CREATE TABLE space_count_reports (
    lot  text   COLLATE "C" NOT NULL,
    at   bigint NOT NULL,
    said text   COLLATE "C" NOT NULL,
    doc  text   NOT NULL,
    PRIMARY KEY (lot, at, said)
) PARTITION BY RANGE (at);
CREATE TABLE space_count_reports_other PARTITION OF space_count_reports DEFAULT;

-- `mark` is a digest of subject, kind and words, which may be longer than an index takes.
CREATE TABLE findings (
    lot       text   COLLATE "C" NOT NULL,
    at        bigint NOT NULL,
    mark      bytea  NOT NULL,
    subject   text   COLLATE "C" NOT NULL,
    kind      text   COLLATE "C" NOT NULL,
    detail    text   NOT NULL,
    record_id text   COLLATE "C",
    PRIMARY KEY (lot, at, mark)
) PARTITION BY RANGE (at);
CREATE TABLE findings_other PARTITION OF findings DEFAULT;
CREATE INDEX findings_by_time ON findings (at, lot, mark);

CREATE TABLE photo_refs (
    lot        text    COLLATE "C" NOT NULL,
    day        integer NOT NULL,
    sha256     text    COLLATE "C" NOT NULL,
    record_id  text    COLLATE "C" NOT NULL,
    role       text    COLLATE "C" NOT NULL,
    media_type text    COLLATE "C" NOT NULL,
    PRIMARY KEY (lot, day, sha256, record_id, role)
) PARTITION BY RANGE (day);
CREATE TABLE photo_refs_other PARTITION OF photo_refs DEFAULT;
CREATE INDEX photo_refs_by_picture ON photo_refs (day, sha256);

CREATE TABLE legs (
    lot       text    COLLATE "C" NOT NULL,
    plate     text    COLLATE "C" NOT NULL,
    stands_at bigint  NOT NULL,
    is_entry  boolean NOT NULL,
    id        text    COLLATE "C" NOT NULL,
    record_id text    COLLATE "C" NOT NULL,
    PRIMARY KEY (lot, plate, stands_at, is_entry, id)
);
CREATE UNIQUE INDEX legs_without_plate ON legs (lot, id) WHERE plate = '';

CREATE TABLE documents (
    lot  text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    doc  text NOT NULL,
    PRIMARY KEY (lot, kind, name)
);
CREATE INDEX documents_by_kind ON documents (kind, lot, name DESC);

-- An order is known by its operator and number, whatever lot it names: this one key does not begin with the lot.
CREATE TABLE charging_records (
    id       bigint GENERATED BY DEFAULT AS IDENTITY,
    order_no text   COLLATE "C" NOT NULL,
    operator text   COLLATE "C" NOT NULL,
    lot      text   COLLATE "C" NOT NULL,
    ended_at bigint NOT NULL,
    doc      text   NOT NULL,
    PRIMARY KEY (order_no, operator)
);
CREATE INDEX charging_records_by_end ON charging_records (ended_at, id);
CREATE INDEX charging_records_by_lot ON charging_records (lot, ended_at, id);

CREATE TABLE accounts_heard (
    provider text   COLLATE "C" NOT NULL,
    standard text   COLLATE "C" NOT NULL,
    at       bigint NOT NULL,
    PRIMARY KEY (provider, standard)
) WITH (fillfactor = 50);

-- Every writer adds to rows of its own, for all would wait at one; a tally is their sum.
CREATE TABLE tallies (
    day      integer  NOT NULL,
    writer   smallint NOT NULL,
    standard text     COLLATE "C" NOT NULL,
    outcome  text     COLLATE "C" NOT NULL,
    kind     text     COLLATE "C" NOT NULL,
    count    bigint   NOT NULL,
    PRIMARY KEY (day, writer, standard, outcome, kind)
) WITH (fillfactor = 50);

CREATE TABLE refusals (
    id       bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at       bigint NOT NULL,
    provider text   COLLATE "C",
    lot      text   COLLATE "C",
    doc      text   NOT NULL
);
CREATE INDEX refusals_by_time ON refusals (at, id);

CREATE TABLE providers (
    code    text COLLATE "C" PRIMARY KEY,
    name    text NOT NULL,
    contact text
);

CREATE TABLE lots (
    code     text COLLATE "C" PRIMARY KEY,
    provider text COLLATE "C" NOT NULL,
    doc      text NOT NULL
);

CREATE TABLE lot_ids (
    standard text COLLATE "C" NOT NULL,
    id       text COLLATE "C" NOT NULL,
    lot      text COLLATE "C" NOT NULL,
    PRIMARY KEY (standard, id)
);
CREATE INDEX lot_ids_by_lot ON lot_ids (lot);

CREATE TABLE credentials (
    id         text   COLLATE "C" PRIMARY KEY,
    provider   text   COLLATE "C" NOT NULL,
    standard   text   COLLATE "C" NOT NULL,
    account    text   COLLATE "C" NOT NULL,
    sealed     bytea  NOT NULL,
    issued_at  bigint NOT NULL,
    expires_at bigint
);
CREATE INDEX credentials_by_account ON credentials (standard, account);

CREATE TABLE tokens (
    id         text   COLLATE "C" PRIMARY KEY,
    sha256     bytea  NOT NULL,
    role       text   NOT NULL,
    district   text,
    issued_at  bigint NOT NULL,
    expires_at bigint
);

CREATE TABLE logins (
    standard  text   COLLATE "C" NOT NULL,
    account   text   COLLATE "C" NOT NULL,
    sha256    bytea  NOT NULL,
    sealed    bytea  NOT NULL,
    issued_at bigint NOT NULL,
    lives_ms  bigint NOT NULL,
    dies_at   bigint NOT NULL,
    PRIMARY KEY (standard, account)
);
CREATE UNIQUE INDEX logins_by_token ON logins (standard, sha256);

CREATE TABLE jobs (
    job        text    COLLATE "C" PRIMARY KEY,
    period     bigint  NOT NULL,
    holder     text    NOT NULL,
    lease_ends bigint  NOT NULL,
    done       boolean NOT NULL
);

CREATE TABLE kept_marks (
    name  text  COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

-- One row: the registry's version, and a number that is written to see whether writing works.
CREATE TABLE marks (
    id               integer PRIMARY KEY CHECK (id = 1),
    registry_version bigint  NOT NULL,
    probe            bigint  NOT NULL
);
INSERT INTO marks (id, registry_version, probe) VALUES (1, 0, 0);
"#;

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
    for (number, migration) in (1..).zip(MIGRATIONS).skip(usize::try_from(applied).unwrap_or(usize::MAX)) {
        transaction.batch_execute(migration.sql).await.map_err(refused)?;
        let row = "INSERT INTO schema_migrations (number, oldest) VALUES ($1, $2)";
        transaction.execute(row, &[&number, &migration.oldest]).await.map_err(refused)?;
    }
    transaction.commit().await.map_err(refused)
}
