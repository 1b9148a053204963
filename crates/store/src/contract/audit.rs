//! The audit (审计): what people and programs changed and read that somebody must answer for. Appended to, and nothing
//! else; each entry is chained to the one before it, so that a changed, missing or exchanged one shows.

use super::{Cursor, Page, Result, StoreError};
use crate::values::hex;
use async_trait::async_trait;
use jiff::Timestamp;
use sm3::{Digest as _, Sm3};

/// Bytes that an entry's `user`, `source`, `action` and `object` may each have: what an index takes, with room. What was
/// typed in by strangers is cut by whoever makes the entry.
pub const AUDIT_WORDS_MAX: usize = 512;

/// Bytes that an entry's `before` and `after` may each have. Longer ones are cut by whoever makes the entry.
pub const AUDIT_DETAIL_MAX: usize = 16 * 1024;

/// Entries that one transaction removes: a few milliseconds, for which others wait.
pub(crate) const AUDIT_FORGOTTEN_AT_ONCE: i64 = 1_000;

/// What the first entry is chained to.
pub const AUDIT_GENESIS: [u8; 32] = [0; 32];

/// An entry to append. It has no secrets: neither passwords nor keys nor, but for a reveal's record, plates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// When, by the node's clock.
    pub at: Timestamp,
    /// Who: a login, or a token's id; empty where nobody is known.
    pub user: String,
    /// From where: an address, or `command`.
    pub source: String,
    /// What was done: `user.create`, `plate.reveal`, …
    pub action: String,
    /// To what: `lot:330502-001`, `user:zhang`, …
    pub object: String,
    /// Whether it was done; refused attempts are entries too.
    pub ok: bool,
    /// What there was, in JSON; empty where nothing was.
    pub before: String,
    /// What there is, or what was asked for and why, in JSON; empty where there is nothing to say.
    pub after: String,
}

impl NewAuditEntry {
    /// Refuses an entry that is beyond its bounds.
    pub(crate) fn check(&self) -> Result<()> {
        let Self { at: _, user, source, action, object, ok: _, before, after } = self;
        let words = [("user", user), ("source", source), ("action", action), ("object", object)];
        let words = words.into_iter().map(|(field, text)| (field, text, AUDIT_WORDS_MAX));
        let details = [("before", before), ("after", after)];
        let details = details.into_iter().map(|(field, text)| (field, text, AUDIT_DETAIL_MAX));
        for (field, text, max) in words.chain(details) {
            if text.len() > max {
                let bytes = text.len();
                return Err(StoreError::Conflict(format!(
                    "the {field} of an audit entry has {bytes} bytes, and {max} are the most that it may have: cut it"
                )));
            }
        }
        Ok(())
    }
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    pub seq: i64,
    /// What it says.
    pub entry: NewAuditEntry,
    /// SM3 over the hash of the entry before and this one's canonical form.
    pub hash: [u8; 32],
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The number of the last entry; 0 where there is none.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl AuditHead {
    /// Of a chain without entries.
    pub const EMPTY: Self = Self { seq: 0, hash: AUDIT_GENESIS };

    /// The entry that comes next, chained to this one.
    pub fn chain(&self, entry: NewAuditEntry) -> AuditEntry {
        let seq = self.seq + 1;
        AuditEntry { seq, hash: hash(&self.hash, seq, &entry), entry }
    }
}

/// `NUMBER:HASH`, the hash in hex.
impl std::fmt::Display for AuditHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, hex(&self.hash))
    }
}

impl AuditEntry {
    /// The head of a chain that ends with it.
    pub fn head(&self) -> AuditHead {
        AuditHead { seq: self.seq, hash: self.hash }
    }
}

/// The hash of an entry: SM3 of the former hash and of the canonical form, in which each field is its length in bytes in
/// decimal digits, a colon and the bytes, so that no two entries have one form. The order of the fields is that of
/// [`NewAuditEntry`], the number first; a moment is its milliseconds since 1970, a truth `1` or `0`.
fn hash(former: &[u8; 32], seq: i64, entry: &NewAuditEntry) -> [u8; 32] {
    let NewAuditEntry { at, user, source, action, object, ok, before, after } = entry;
    let (seq, at) = (seq.to_string(), at.as_millisecond().to_string());
    let fields: [&str; 9] =
        [&seq, &at, user, source, action, object, if *ok { "1" } else { "0" }, before, after];
    let mut sm3 = Sm3::new();
    sm3.update(former);
    for field in fields {
        sm3.update(field.len().to_string());
        sm3.update(b":");
        sm3.update(field);
    }
    sm3.finalize().into()
}

/// The hash of a column, that of the entry `seq`.
pub(crate) fn audit_hash(seq: i64, column: Vec<u8>) -> Result<[u8; 32]> {
    let found = column.len();
    let words =
        || StoreError::Unreadable(format!("the hash of audit entry {seq} has {found} bytes and not 32"));
    column.try_into().map_err(|_| words())
}

/// Whoever else put entries away meanwhile was first.
pub(crate) fn archived_elsewhere() -> StoreError {
    StoreError::Conflict("the audit does not begin where it did: somebody else puts it away".to_owned())
}

/// Which entries are wanted. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Done at or after.
    pub from: Option<Timestamp>,
    /// Done at or before.
    pub to: Option<Timestamp>,
    /// By whom.
    pub user: Option<String>,
    /// What, or with a `.` at its end all that begin so (`user.`).
    pub action: Option<String>,
    /// To what, or with a `:` at its end all that begin so (`lot:`).
    pub object: Option<String>,
    /// How many in a page.
    pub limit: usize,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
}

impl AuditQuery {
    /// From where (inclusive) to where (exclusive) words lie that a filter asks for, byte by byte: those that are `wanted`
    /// itself are `None`, those that begin with it, where it ends with `mark`, a range.
    pub(crate) fn range(wanted: &str, mark: char) -> Option<(String, String)> {
        let stem = wanted.strip_suffix(mark)?;
        let next = char::from_u32(u32::from(mark) + 1)?;
        Some((wanted.to_owned(), format!("{stem}{next}")))
    }
}

/// The audit. It is appended to by [`Administration`](super::Administration) alone.
#[async_trait]
pub trait Audit {
    /// Entries, the newest first by their moments, and of one moment by their numbers.
    async fn audit(&self, query: AuditQuery) -> Result<Page<AuditEntry>>;

    /// Entries after `seq` in their order, `limit` at most: to walk the chain.
    async fn audit_after(&self, seq: i64, limit: usize) -> Result<Vec<AuditEntry>>;

    /// The end of the chain as the store notes it, which is not looked up among the entries: with the tail cut off, the
    /// two differ.
    async fn audit_head(&self) -> Result<AuditHead>;

    /// The last entry that was put away, after which the chain goes on here; [`AuditHead::EMPTY`] where none was.
    async fn audit_anchor(&self) -> Result<AuditHead>;

    /// Removes some of the entries that were put away, up to the anchor; how many went. They are nothing's part any more.
    async fn forget_archived_audit(&self) -> Result<u64>;
}
