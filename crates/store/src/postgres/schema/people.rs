//! What is kept of people and of what they did.

/// Accounts, sessions, failed attempts, and the audit. A node of an older version knows nothing of them.
pub(super) const PEOPLE: &str = r#"
-- An account, whole in `doc`. It is never removed, so that its name is nobody else's.
CREATE TABLE users (
    login    text   COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    doc      text   NOT NULL
);

CREATE TABLE user_sessions (
    sha256           bytea  PRIMARY KEY,
    id               text   COLLATE "C" NOT NULL UNIQUE,
    login            text   COLLATE "C" NOT NULL,
    created_at       bigint NOT NULL,
    last_seen_at     bigint NOT NULL,
    expires_at       bigint NOT NULL,
    authenticated_at bigint NOT NULL,
    address          text   NOT NULL,
    user_agent       text   NOT NULL
);
CREATE INDEX user_sessions_by_login ON user_sessions (login);

-- Failed attempts to sign in, by account and by address.
CREATE TABLE sign_in_failures (
    key          text   COLLATE "C" PRIMARY KEY,
    failures     bigint NOT NULL,
    last_at      bigint NOT NULL,
    locked_until bigint
);

-- Appended to, and nothing else. Each row's hash covers the one before.
CREATE TABLE audit (
    seq    bigint  PRIMARY KEY,
    at     bigint  NOT NULL,
    actor  text    COLLATE "C" NOT NULL,
    source text    COLLATE "C" NOT NULL,
    action text    COLLATE "C" NOT NULL,
    object text    COLLATE "C" NOT NULL,
    ok     boolean NOT NULL,
    before text    NOT NULL,
    after  text    NOT NULL,
    hash   bytea   NOT NULL
);
CREATE INDEX audit_by_time ON audit (at, seq);
CREATE INDEX audit_by_actor ON audit (actor, at, seq);
CREATE INDEX audit_by_object ON audit (object, at, seq);

-- One row: where the audit ends, whatever rows it has. Whoever appends locks it, so that the chain does not fork; changed
-- by every transaction that does, it has a page to itself.
CREATE TABLE audit_head (
    id   integer PRIMARY KEY CHECK (id = 1),
    seq  bigint  NOT NULL,
    hash bytea   NOT NULL
) WITH (fillfactor = 10);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
"#;

/// Exports. A node of an older version knows nothing of them.
pub(super) const EXPORTS: &str = r#"
-- An export, whole in `doc`. It is never removed: `seq` goes on from the last.
CREATE TABLE exports (
    id           text   COLLATE "C" PRIMARY KEY,
    seq          bigint NOT NULL UNIQUE,
    number       text   COLLATE "C" NOT NULL UNIQUE,
    requested_by text   COLLATE "C" NOT NULL,
    revision     bigint NOT NULL,
    doc          text   NOT NULL
);
CREATE INDEX exports_by_person ON exports (requested_by, seq);
"#;

/// Whom the identity provider knows, and how sessions were begun. A node of an older version writes neither: whoever it
/// signs in has given a password, and an account that it changes is tied to its identity anew.
pub(super) const SINGLE_SIGN_ON: &str = r#"
-- Issuer and subject, which `doc` has too: nobody is two accounts.
ALTER TABLE users ADD COLUMN identity text COLLATE "C";
CREATE UNIQUE INDEX users_by_identity ON users (identity) WHERE identity IS NOT NULL;
-- Null: by a password.
ALTER TABLE user_sessions ADD COLUMN method text COLLATE "C";
"#;
