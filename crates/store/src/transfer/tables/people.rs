//! What is kept of people and of what they did.

use super::Filed;
use super::Kind::{Bool, Bytes, Clean, Int, Text};
use super::{Table, may, must};

pub(super) const USERS: Table = Table {
    name: "users",
    columns: &[must("login", Text), must("revision", Int), must("doc", Clean), may("identity", Text)],
    lot: None,
    filed: None,
};

pub(super) const USER_SESSIONS: Table = Table {
    name: "user_sessions",
    columns: &[
        must("sha256", Bytes),
        must("id", Text),
        must("login", Text),
        must("created_at", Int),
        must("last_seen_at", Int),
        must("expires_at", Int),
        must("authenticated_at", Int),
        must("address", Text),
        must("user_agent", Text),
        may("method", Clean),
    ],
    lot: None,
    filed: None,
};

pub(super) const SIGN_IN_FAILURES: Table = Table {
    name: "sign_in_failures",
    columns: &[must("key", Text), must("failures", Int), must("last_at", Int), may("locked_until", Int)],
    lot: None,
    filed: None,
};

pub(super) const AUDIT: Table = Table {
    name: "audit",
    columns: &[
        must("seq", Int),
        must("at", Int),
        must("actor", Text),
        must("source", Text),
        must("action", Text),
        must("object", Text),
        must("ok", Bool),
        must("before", Text),
        must("after", Text),
        must("hash", Bytes),
    ],
    lot: None,
    filed: Some(Filed::ByMoment("at")),
};

/// Where the audit ends, which travels with it: a tail that was cut off before shows afterwards too.
pub(super) const AUDIT_HEAD: Table = Table {
    name: "audit_head",
    columns: &[must("id", Int), must("seq", Int), must("hash", Bytes)],
    lot: None,
    filed: None,
};

/// Where the audit begins here, after what was put away.
pub(super) const AUDIT_ANCHOR: Table = Table {
    name: "audit_anchor",
    columns: &[must("id", Int), must("seq", Int), must("hash", Bytes)],
    lot: None,
    filed: None,
};

pub(super) const HOLDS: Table = Table {
    name: "holds",
    columns: &[
        must("id", Text),
        must("open", Bool),
        must("made_at", Int),
        may("lot", Text),
        may("from_at", Int),
        may("to_at", Int),
        may("plate", Text),
        may("record_id", Text),
        must("revision", Int),
        must("doc", Clean),
    ],
    lot: None,
    filed: None,
};

/// How far the ledger's plates are gone through, whose numbers travel with them.
pub(super) const PLATES_PROGRESS: Table = Table {
    name: "plates_progress",
    columns: &[
        must("id", Int),
        must("received_at", Int),
        must("seq", Int),
        may("held_received_at", Int),
        may("held_seq", Int),
    ],
    lot: None,
    filed: None,
};

pub(super) const EXPORTS: Table = Table {
    name: "exports",
    columns: &[
        must("id", Text),
        must("seq", Int),
        must("number", Clean),
        must("requested_by", Text),
        must("revision", Int),
        must("doc", Clean),
    ],
    lot: None,
    filed: None,
};
