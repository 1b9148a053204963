//! The tables of the first schema.

pub(super) const FIRST: &str = r#"
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
