//! The audit's entries in a package: each with the hash of the one before it, so that each can be checked though those
//! between are not shown.

use crate::bounds::STATEMENTS_MAX;
use crate::json;
use bowei_encoding::{from_hex, hex};
use serde::{Deserialize, Serialize};
use sm3::{Digest as _, Sm3};

/// An entry of the platform's audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// Its number.
    pub seq: i64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Who.
    pub user: String,
    /// From where.
    pub source: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
    /// Whether it was done.
    pub ok: bool,
    /// What there was.
    pub before: String,
    /// What there is.
    pub after: String,
    /// The hash of the entry before it, SM3 in lower-case hex.
    pub former_hash: String,
    /// Its own.
    pub hash: String,
}

/// What walking them came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuditWalk {
    pub(crate) entries: usize,
    /// Places at which entries between are not shown.
    pub(crate) gaps: usize,
}

impl AuditRecord {
    /// The hash that follows from it and the entry before: SM3 over the former hash and each field as its length in bytes in
    /// decimal digits, a colon and its bytes; numbers in decimal digits, a truth as `1` or `0`.
    pub fn expected_hash(&self) -> Option<String> {
        let Self { seq, at, user, source, action, object, ok, before, after, former_hash, hash: _ } = self;
        let former = from_hex::<32>(former_hash)?;
        let (seq, at) = (seq.to_string(), at.to_string());
        let fields: [&str; 9] =
            [&seq, &at, user, source, action, object, if *ok { "1" } else { "0" }, before, after];
        let mut sm3 = Sm3::new();
        sm3.update(former);
        for field in fields {
            sm3.update(field.len().to_string());
            sm3.update(b":");
            sm3.update(field);
        }
        Some(hex(&sm3.finalize()))
    }
}

/// Walks the entries; or says which does not hold.
pub(crate) fn walk(bytes: &[u8]) -> Result<AuditWalk, String> {
    let records: Vec<AuditRecord> = json::lines(bytes, STATEMENTS_MAX)?;
    for record in &records {
        if record.expected_hash().as_ref() != Some(&record.hash) {
            return Err(format!(
                "entry {}: its hash does not follow from it and the entry before",
                record.seq
            ));
        }
    }
    let mut gaps = 0;
    for (former, next) in records.iter().zip(records.iter().skip(1)) {
        if next.seq <= former.seq {
            return Err(format!("entry {} comes after entry {}", next.seq, former.seq));
        }
        let is_next = next.seq == former.seq + 1;
        if is_next && next.former_hash != former.hash {
            return Err(format!("entry {} does not follow entry {}", next.seq, former.seq));
        }
        gaps += usize::from(!is_next);
    }
    Ok(AuditWalk { entries: records.len(), gaps })
}
