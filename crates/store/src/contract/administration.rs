//! Changes that people are answerable for. A change and what the audit says of it are kept together or not at all.

use super::{
    AuditHead, CaseRow, ExportRow, HoldRow, NewAuditEntry, OfficeRecord, RegistryChange, Result, UserRow,
    UserSessionRow,
};
use async_trait::async_trait;
use jiff::Timestamp;

/// One change. Those of one call are done whole or not at all.
#[derive(Clone, Debug)]
pub enum Change {
    /// The registry's.
    Registry(Box<RegistryChange>),
    /// Creates an account (`revision` 0) or replaces the one whose revision `row.revision` is. Its revision grows by one.
    /// Another revision is [`StoreError::Outdated`](super::StoreError::Outdated); a name that is taken, one that nobody
    /// has, an identity of another account, and one more than [`USERS_MAX`](super::USERS_MAX) are
    /// [`StoreError::Conflict`](super::StoreError::Conflict).
    User(Box<UserRow>),
    /// Begins a session. Of a person's sessions beyond [`SESSIONS_PER_USER_MAX`](super::SESSIONS_PER_USER_MAX) those
    /// longest unused end. A digest or an id that there is already is a
    /// [`StoreError::Conflict`](super::StoreError::Conflict).
    SessionBegin(Box<UserSessionRow>),
    /// Notes that a session's person gave the password once more. One that has ended stays so.
    SessionConfirmed {
        /// The session's digest.
        sha256: Vec<u8>,
        /// When.
        at: Timestamp,
    },
    /// Ends a person's session. One that has ended already stays so.
    SessionEnd {
        /// Whose.
        login: String,
        /// Which.
        id: String,
    },
    /// Ends all of a person's sessions but one.
    SessionsEnd {
        /// Whose.
        login: String,
        /// The id of the one that stays.
        but: Option<String>,
    },
    /// Removes a token. The registry's version grows, so that every node hears of it.
    TokenRemove {
        /// Its public id. One that does not exist is a [`StoreError::Conflict`](super::StoreError::Conflict).
        id: String,
    },
    /// Creates an export (`revision` 0) and gives it its number, or replaces the one whose revision `row.revision` is; its
    /// revision grows by one. What was made of it is read by its id. Another revision is
    /// [`StoreError::Outdated`](super::StoreError::Outdated); an id that is taken, and one that there is not, are
    /// [`StoreError::Conflict`](super::StoreError::Conflict).
    Export(Box<ExportRow>),
    /// Creates a record of the office (`revision` 0) or replaces the one whose revision `row.revision` is; its revision
    /// grows by one. Another revision is [`StoreError::Outdated`](super::StoreError::Outdated); an id that is taken, and one
    /// that there is not, are [`StoreError::Conflict`](super::StoreError::Conflict).
    Office(Box<OfficeRecord>),
    /// Changes the handling of the case whose revision `row.revision` is; its revision grows by one, and its condition stays
    /// as it is kept. Another revision is [`StoreError::Outdated`](super::StoreError::Outdated); a case that there is not is
    /// a [`StoreError::Conflict`](super::StoreError::Conflict).
    Case(Box<CaseRow>),
    /// Removes a record of the office. One that is not there is gone already.
    OfficeRemove {
        /// Its kind.
        kind: String,
        /// Its id.
        id: String,
    },
    /// Creates a hold (`revision` 0), or replaces the one whose revision `row.revision` is, to lift it; its revision grows
    /// by one. What a lifted one held is gone through once more. Another revision is
    /// [`StoreError::Outdated`](super::StoreError::Outdated); an id that is taken, one that there is not, and one more than
    /// [`HOLDS_OPEN_MAX`](super::HOLDS_OPEN_MAX) are [`StoreError::Conflict`](super::StoreError::Conflict).
    Hold(Box<HoldRow>),
    /// Moves the audit's anchor: entries up to `upto` were put away. Where it is not `anchor`, or the entry `upto` is another,
    /// it is a [`StoreError::Conflict`](super::StoreError::Conflict).
    AuditArchived {
        /// Where it was.
        anchor: AuditHead,
        /// Where it goes.
        upto: AuditHead,
    },
    /// Forgets failed attempts under a key.
    FailuresClear(String),
}

/// What people change.
#[async_trait]
pub trait Administration {
    /// Does the changes and appends the entries, all in one transaction; answers when both are safe. Either part may be
    /// empty: a read that is answerable for is an entry alone. Nodes that append at once do not fork the chain.
    ///
    /// An entry beyond [`AUDIT_WORDS_MAX`](super::AUDIT_WORDS_MAX) or [`AUDIT_DETAIL_MAX`](super::AUDIT_DETAIL_MAX) is a
    /// [`StoreError::Conflict`](super::StoreError::Conflict), and nothing is done. After
    /// [`StoreError::Unavailable`](super::StoreError::Unavailable) it is not known whether all of it was done or none.
    async fn administer(&self, changes: Vec<Change>, entries: Vec<NewAuditEntry>) -> Result<()>;
}
