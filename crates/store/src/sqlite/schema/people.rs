//! What is kept of people and of what they did.

/// Accounts, sessions, failed attempts, and the audit.
pub(super) const PEOPLE: &str = "
-- An account, whole in `doc`. It is never removed, so that its name is nobody else's.
CREATE TABLE users (
    login    TEXT    PRIMARY KEY,
    revision INTEGER NOT NULL,
    doc      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user_sessions (
    sha256           BLOB    PRIMARY KEY,
    id               TEXT    NOT NULL UNIQUE,
    login            TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    last_seen_at     INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    address          TEXT    NOT NULL,
    user_agent       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX user_sessions_by_login ON user_sessions (login, last_seen_at);

-- Failed attempts to sign in, by account and by address.
CREATE TABLE sign_in_failures (
    key          TEXT    PRIMARY KEY,
    failures     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    locked_until INTEGER
) STRICT, WITHOUT ROWID;

-- Appended to, and nothing else. Each row's hash covers the one before.
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    source TEXT    NOT NULL,
    action TEXT    NOT NULL,
    object TEXT    NOT NULL,
    ok     INTEGER NOT NULL,
    before TEXT    NOT NULL,
    after  TEXT    NOT NULL,
    hash   BLOB    NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at, seq);
CREATE INDEX audit_by_actor ON audit (actor, at, seq);
CREATE INDEX audit_by_object ON audit (object, at, seq);

-- One row: where the audit ends, whatever rows it has.
CREATE TABLE audit_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    hash BLOB    NOT NULL
) STRICT;
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, zeroblob(32));
";

/// Exports.
pub(super) const EXPORTS: &str = "
-- An export, whole in `doc`. It is never removed: `seq` goes on from the last.
CREATE TABLE exports (
    id           TEXT    PRIMARY KEY,
    seq          INTEGER NOT NULL UNIQUE,
    number       TEXT    NOT NULL UNIQUE,
    requested_by TEXT    NOT NULL,
    revision     INTEGER NOT NULL,
    doc          TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX exports_by_person ON exports (requested_by, seq);
";

/// Whom the identity provider knows, and how sessions were begun.
pub(super) const SINGLE_SIGN_ON: &str = "
-- Issuer and subject, which `doc` has too: nobody is two accounts.
ALTER TABLE users ADD COLUMN identity TEXT;
CREATE UNIQUE INDEX users_by_identity ON users (identity) WHERE identity IS NOT NULL;
-- Null: by a password.
ALTER TABLE user_sessions ADD COLUMN method TEXT;
";
