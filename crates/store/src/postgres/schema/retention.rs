//! What must stay, and how far plates past their time are gone through.

pub(super) const RETENTION: &str = r#"
-- A legal hold, whole in `doc`; the columns beside it are what it is about.
CREATE TABLE holds (
    id        text    COLLATE "C" PRIMARY KEY,
    open      boolean NOT NULL,
    made_at   bigint  NOT NULL,
    lot       text    COLLATE "C",
    from_at   bigint,
    to_at     bigint,
    plate     text    COLLATE "C",
    record_id text    COLLATE "C",
    revision  bigint  NOT NULL,
    doc       text    NOT NULL
);
CREATE INDEX holds_by_time ON holds (open, made_at);

-- One row: the last statement of the ledger whose plates were gone through, and the first that a hold has kept since.
CREATE TABLE plates_progress (
    id               bigint PRIMARY KEY,
    received_at      bigint NOT NULL,
    seq              bigint NOT NULL,
    held_received_at bigint,
    held_seq         bigint
);

-- One row: the last entry of the audit that was put away.
CREATE TABLE audit_anchor (
    id   integer PRIMARY KEY CHECK (id = 1),
    seq  bigint  NOT NULL,
    hash bytea   NOT NULL
);
INSERT INTO audit_anchor (id, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
"#;
