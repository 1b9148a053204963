//! What must stay, and how far plates past their time are gone through.

pub(super) const RETENTION: &str = "
-- A legal hold, whole in `doc`; the columns beside it are what it is about.
CREATE TABLE holds (
    id        TEXT    PRIMARY KEY,
    open      INTEGER NOT NULL,
    made_at   INTEGER NOT NULL,
    lot       TEXT,
    from_at   INTEGER,
    to_at     INTEGER,
    plate     TEXT,
    record_id TEXT,
    revision  INTEGER NOT NULL,
    doc       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_by_time ON holds (open, made_at);

-- One row: the last statement of the ledger whose plates were gone through, and the first that a hold has kept since.
CREATE TABLE plates_progress (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    received_at      INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    held_received_at INTEGER,
    held_seq         INTEGER
) STRICT;

-- One row: the last entry of the audit that was put away.
CREATE TABLE audit_anchor (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    hash BLOB    NOT NULL
) STRICT;
INSERT INTO audit_anchor (id, seq, hash) VALUES (1, 0, zeroblob(32));
";
