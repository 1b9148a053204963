//! The tables, and how they came to be.
//!
//! A migration is never changed once released: a new one is added. Those that a running older Bowei could not live
//! with come in two: one that adds what the new version needs, and, a version later, one that takes away what no
//! version uses any more.
//!
//! Moments are whole milliseconds since 1970. Whole values are kept as JSON in `doc`, exactly as the model has
//! them; a column beside it exists only where a query goes by it, for every index that a passage touches costs.

mod office;
mod people;
mod retention;
mod supervision;

use crate::{Result, StoreError};
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// The migrations, oldest first. The number of those that were applied is the database's `user_version`.
const MIGRATIONS: &[&str] = &[
    FIRST,
    OTHER_STANDARDS,
    MANY_NODES,
    ALIKE,
    CLAIMED,
    IDENTITY,
    JOB_RUNS,
    people::PEOPLE,
    MOMENTS,
    people::EXPORTS,
    people::SINGLE_SIGN_ON,
    office::OFFICE,
    retention::RETENTION,
    supervision::SUPERVISION,
    supervision::BY_RECEPTION,
    supervision::CASES_IN_ORDER,
];

const FIRST: &str = "
-- What was accepted, in the order in which it was: appended to, and nothing else.
CREATE TABLE ledger (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at    INTEGER NOT NULL,
    provider       TEXT    NOT NULL,
    standard       TEXT    NOT NULL,
    lot            TEXT,
    kind           TEXT    NOT NULL,
    amended        INTEGER NOT NULL,
    message_sha256 BLOB    NOT NULL,
    statement      TEXT    NOT NULL,
    unnamed_fields TEXT
) STRICT;
-- Provider and lot ride along so that a filter need not look the row up. An index by lot would touch one more page
-- for every passage; a lot's rows are looked for from the moment at which it was last heard.
CREATE INDEX ledger_by_time ON ledger (received_at, provider, lot);

-- Documents lie in the order in which the sessions began, so that a batch of entries fills one page after another
-- wherever the lots' own record ids fall; only the narrow unique index takes the ids' disorder.
CREATE TABLE sessions (
    id           INTEGER PRIMARY KEY,
    lot          TEXT    NOT NULL,
    record_id    TEXT    NOT NULL,
    begun_at     INTEGER,
    entered_at   INTEGER,
    exited_at    INTEGER,
    present_from INTEGER,
    present_to   INTEGER,
    open         INTEGER NOT NULL,
    plate        TEXT,
    doc          TEXT    NOT NULL,
    UNIQUE (lot, record_id)
) STRICT;
CREATE INDEX sessions_by_beginning ON sessions (lot, begun_at, present_from) WHERE begun_at IS NOT NULL;
CREATE INDEX sessions_by_leaving ON sessions (lot, present_to) WHERE present_to IS NOT NULL;
CREATE INDEX sessions_by_plate ON sessions (plate, begun_at) WHERE plate IS NOT NULL;
CREATE INDEX sessions_open ON sessions (lot, begun_at) WHERE open;

CREATE TABLE lot_states (
    lot      TEXT    PRIMARY KEY,
    doc      TEXT    NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For every moment of a lot the word on its free spaces that counts.
CREATE TABLE space_counts (
    lot             TEXT    NOT NULL,
    as_of           INTEGER NOT NULL,
    said_at         INTEGER NOT NULL,
    vacant          INTEGER NOT NULL,
    charging_vacant INTEGER,
    PRIMARY KEY (lot, as_of)
) STRICT, WITHOUT ROWID;

-- Counts said on their own, by what they say: what tells a repeated one from a new one.
CREATE TABLE space_count_reports (
    lot  TEXT    NOT NULL,
    at   INTEGER NOT NULL,
    said TEXT    NOT NULL,
    doc  TEXT    NOT NULL,
    PRIMARY KEY (lot, at, said)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
    at        INTEGER NOT NULL,
    lot       TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    detail    TEXT    NOT NULL,
    record_id TEXT,
    PRIMARY KEY (at, lot, subject, kind, detail)
) STRICT, WITHOUT ROWID;
CREATE INDEX findings_by_lot ON findings (lot, at);

CREATE TABLE photo_refs (
    day        INTEGER NOT NULL,
    sha256     TEXT    NOT NULL,
    lot        TEXT    NOT NULL,
    record_id  TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    PRIMARY KEY (day, sha256, lot, record_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE charging_records (
    lot        TEXT    NOT NULL,
    order_no   TEXT    NOT NULL,
    ended_at   INTEGER NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (lot, order_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX charging_records_by_end ON charging_records (ended_at, lot, order_no);
CREATE INDEX charging_records_by_order ON charging_records (order_no);

CREATE TABLE accounts_heard (
    provider TEXT    NOT NULL,
    standard TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (provider, standard)
) STRICT, WITHOUT ROWID;

CREATE TABLE tallies (
    day      INTEGER NOT NULL,
    standard TEXT    NOT NULL,
    outcome  TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (day, standard, outcome, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE refusals (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    provider TEXT,
    lot      TEXT,
    doc      TEXT    NOT NULL
) STRICT;
CREATE INDEX refusals_by_time ON refusals (at, provider, lot);

CREATE TABLE providers (
    code    TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    contact TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE lots (
    code     TEXT PRIMARY KEY,
    provider TEXT NOT NULL REFERENCES providers (code),
    doc      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lot_ids (
    standard TEXT NOT NULL,
    id       TEXT NOT NULL,
    lot      TEXT NOT NULL REFERENCES lots (code),
    PRIMARY KEY (standard, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lot_ids_by_lot ON lot_ids (lot);

CREATE TABLE credentials (
    id         TEXT    PRIMARY KEY,
    provider   TEXT    NOT NULL REFERENCES providers (code),
    standard   TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_by_account ON credentials (standard, account);

CREATE TABLE tokens (
    id         TEXT    PRIMARY KEY,
    sha256     BLOB    NOT NULL,
    role       TEXT    NOT NULL,
    district   TEXT,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;

-- One row: the registry's version, and a number that is written to see whether writing works.
CREATE TABLE marks (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    registry_version INTEGER NOT NULL,
    probe            INTEGER NOT NULL
) STRICT;
INSERT INTO marks (id, registry_version, probe) VALUES (1, 0, 0);
";

const OTHER_STANDARDS: &str = "
-- Passages that carry no record id, with the sessions that they are part of: what finds the neighbours of a further
-- one. An empty plate is none.
CREATE TABLE legs (
    lot       TEXT    NOT NULL,
    plate     TEXT    NOT NULL,
    stands_at INTEGER NOT NULL,
    is_entry  INTEGER NOT NULL,
    id        TEXT    NOT NULL,
    record_id TEXT    NOT NULL,
    PRIMARY KEY (lot, plate, stands_at, is_entry, id)
) STRICT, WITHOUT ROWID;
-- Those without a plate alone may come to stand elsewhere: an exit that says otherwise how long the car was in.
CREATE UNIQUE INDEX legs_without_plate ON legs (lot, id) WHERE plate = '';

-- What is known by a name and said again and again: base data, gates, lists, offers, pictures with names. Rows lie in
-- the order of their first saying; only the narrow index takes the names' disorder.
CREATE TABLE documents (
    id   INTEGER PRIMARY KEY,
    kind TEXT    NOT NULL,
    lot  TEXT    NOT NULL,
    name TEXT    NOT NULL,
    doc  TEXT    NOT NULL,
    UNIQUE (kind, lot, name)
) STRICT;

-- An order is known by its operator and number: two operators may count alike. No standard gave any before.
CREATE TABLE charging_records_by_operator (
    id         INTEGER PRIMARY KEY,
    operator   TEXT    NOT NULL,
    lot        TEXT    NOT NULL,
    order_no   TEXT    NOT NULL,
    ended_at   INTEGER NOT NULL,
    doc        TEXT    NOT NULL,
    UNIQUE (order_no, operator)
) STRICT;
INSERT INTO charging_records_by_operator (operator, lot, order_no, ended_at, doc)
    SELECT 'lot:' || lot, lot, order_no, ended_at, doc FROM charging_records;
DROP TABLE charging_records;
ALTER TABLE charging_records_by_operator RENAME TO charging_records;
CREATE INDEX charging_records_by_end ON charging_records (ended_at, id, lot);

-- Tokens that standards hand out at login: by digest to recognise them, sealed to present them on the way down. An
-- account has one at a time.
CREATE TABLE logins (
    standard  TEXT    NOT NULL,
    account   TEXT    NOT NULL,
    sha256    BLOB    NOT NULL,
    sealed    BLOB    NOT NULL,
    issued_at INTEGER NOT NULL,
    lives_ms  INTEGER NOT NULL,
    dies_at   INTEGER NOT NULL,
    PRIMARY KEY (standard, account)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX logins_by_token ON logins (standard, sha256);
";

const MANY_NODES: &str = "
-- Who does a job of a period, until when nobody else may, and whether it is done.
CREATE TABLE jobs (
    job        TEXT    PRIMARY KEY,
    period     INTEGER NOT NULL,
    holder     TEXT    NOT NULL,
    lease_ends INTEGER NOT NULL,
    done       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Words that are said once, such as which master key the secrets are sealed with.
CREATE TABLE kept_marks (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
";

const ALIKE: &str = "
-- Passages that carry a record id and a plate, by what makes two of them the same. Ordered by time: an index ordered by
-- lot would cost a page for every lot of a batch, and this is only ever asked for one lot, plate and second.
CREATE TABLE passages (
    at        INTEGER NOT NULL,
    lot       TEXT    NOT NULL,
    plate     TEXT    NOT NULL,
    is_entry  INTEGER NOT NULL,
    record_id TEXT    NOT NULL,
    PRIMARY KEY (at, lot, plate, is_entry, record_id)
) STRICT, WITHOUT ROWID;

-- Where and from when a charge took place: what finds those that lie over it. Charges kept before have none.
ALTER TABLE charging_records ADD COLUMN station TEXT;
ALTER TABLE charging_records ADD COLUMN device TEXT;
ALTER TABLE charging_records ADD COLUMN started_at INTEGER;
CREATE INDEX charging_records_by_device ON charging_records (lot, station, device, ended_at);
";

const CLAIMED: &str = "
-- Refused messages that only claim to be from their account are bounded by themselves. What was refused before is taken
-- for what it says.
ALTER TABLE refusals ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX refusals_by_claim ON refusals (claimed, at);
CREATE INDEX refusals_by_provider ON refusals (claimed, provider, at);
";

const IDENTITY: &str = "
-- A finding is known by what it is about and by no word that is said of it; what it is about is kept as facts, with its
-- beginning and its end. Of what was kept before a sentence is all there is, and its beginning is taken to be its moment.
-- `which` is what the model gives a finding of that sentence; where the model works the finding out anew, what it gives
-- that one.
CREATE TABLE findings_by_identity (
    at          INTEGER NOT NULL,
    lot         TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    which       TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    record_id   TEXT,
    facts       TEXT,
    opened_at   INTEGER NOT NULL,
    resolved_at INTEGER,
    PRIMARY KEY (at, lot, subject, kind, which)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO findings_by_identity
    SELECT at, lot, subject, kind,
           CASE
             WHEN kind IN ('unmatched-exit', 'plate-mismatch', 'entry-time-mismatch', 'duration-mismatch',
                           'too-many-photos', 'charging-overlap') THEN ''
             WHEN kind = 'exit-before-entry' AND detail LIKE '出场时间%' THEN ''
             WHEN kind = 'duplicate-record' THEN CASE WHEN detail LIKE '%入场%' THEN 'entry ' ELSE 'exit ' END || at
             WHEN kind IN ('photo-without-record', 'amended-report') THEN
               CASE WHEN detail LIKE '%入场%' THEN 'entry' WHEN detail LIKE '%出场%' THEN 'exit'
                    WHEN detail LIKE '%照片%' THEN 'photo' ELSE '' END
             ELSE at || ' ' || detail
           END,
           detail, record_id, NULL, at, NULL
    FROM findings;
DROP TABLE findings;
ALTER TABLE findings_by_identity RENAME TO findings;
CREATE INDEX findings_by_lot ON findings (lot, at);
";

const JOB_RUNS: &str = "
-- How often a period's job was begun: what always fails is given up one day.
ALTER TABLE jobs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;

-- What ran, and what came of it. While it goes on nothing has come of it.
CREATE TABLE job_runs (
    job        TEXT    NOT NULL,
    period     INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    holder     TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT,
    message    TEXT,
    PRIMARY KEY (job, period, attempt)
) STRICT, WITHOUT ROWID;
";

const MOMENTS: &str = "
-- When a record had a passage, by the moments of reception: the last time, which has no end while it has it, and in
-- `earlier` the times before as JSON; `number` counts a record's plates of one way and second. One kept before has none, and is taken to be had since the car passed.
ALTER TABLE passages ADD COLUMN number INTEGER;
ALTER TABLE passages ADD COLUMN since INTEGER;
ALTER TABLE passages ADD COLUMN until INTEGER;
ALTER TABLE passages ADD COLUMN earlier TEXT;

-- When a charge was received; one kept before has none, and is taken to have been when it ended.
ALTER TABLE charging_records ADD COLUMN received_at INTEGER;
";

/// Brings the database to this version's schema, or says why it cannot be.
pub(super) fn migrate(connection: &Connection) -> Result<()> {
    // Two processes may open a new database at once: the second finds the work done.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let applied: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = MIGRATIONS.len();
    let applied = usize::try_from(applied).ok().filter(|applied| *applied <= known).ok_or_else(|| {
        StoreError::Unreadable(format!(
            "the database has schema {applied} and this Bowei knows schemas up to {known}: it was written by a \
             newer version; start that version or a later one"
        ))
    })?;
    for migration in MIGRATIONS.iter().skip(applied) {
        transaction.execute_batch(migration)?;
    }
    if applied < known {
        transaction.execute_batch(&format!("PRAGMA user_version = {known}"))?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_the_first_schema_keeps_what_it_holds() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(FIRST).unwrap();
        connection.execute_batch("PRAGMA user_version = 1").unwrap();
        for lot in ["L1", "L2"] {
            connection.execute("INSERT INTO charging_records VALUES (?1, 'O1', 5, '{}')", [lot]).unwrap();
        }
        migrate(&connection).unwrap();
        migrate(&connection).unwrap();
        let kept: i64 =
            connection.query_row("SELECT count(*) FROM charging_records", [], |row| row.get(0)).unwrap();
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!((kept, usize::try_from(version)), (2, Ok(MIGRATIONS.len())));
    }
}
