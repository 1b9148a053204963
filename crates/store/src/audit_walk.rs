//! Walking the audit's chain from its beginning to its end, to see that it is what was appended.

use crate::{Audit, AuditEntry, AuditHead, Result, StoreError};

/// Entries read at once: at their usual size some hundred kilobytes, at the largest 16 MiB.
const PAGE_ENTRIES: usize = 500;

/// What walking the audit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAudit {
    /// After which entry it was walked: those up to it were put away.
    pub anchor: AuditHead,
    /// Up to where it holds.
    pub head: AuditHead,
    /// The first place at which it does not.
    pub fault: Option<AuditFault>,
}

/// The first place at which the audit is not what was appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// Entries were removed from the midst of it.
    #[error("audit entry {seq} is missing: after entry {} comes {next}", seq - 1)]
    Missing {
        /// The first that is missing.
        seq: i64,
        /// The one that there is instead.
        next: i64,
    },
    /// An entry is not what was appended: it, or its hash, was changed, or it stood elsewhere.
    #[error(
        "audit entry {seq} is not what was appended: its hash does not follow from it and the entry before it"
    )]
    Altered {
        /// Which.
        seq: i64,
    },
    /// An entry holds what no entry can hold.
    #[error("audit entry {seq}, or one soon after it, cannot be read: {why}")]
    Unreadable {
        /// The first that was not read.
        seq: i64,
        /// Why.
        why: String,
    },
    /// The last entries were removed.
    #[error("audit entries {seq} to {noted} are missing: the audit's end was cut off")]
    TailMissing {
        /// The first that is missing.
        seq: i64,
        /// The last, as the store or somebody else noted it.
        noted: i64,
    },
    /// The audit does not end, or did not pass, where it was noted to.
    #[error(
        "the audit's end was noted as entry {seq} with a hash that this entry does not have, or before the last entry"
    )]
    OtherHead {
        /// The number that was noted.
        seq: i64,
    },
}

impl AuditFault {
    /// The number of the first entry that is not what it was.
    pub fn seq(&self) -> i64 {
        match *self {
            Self::Missing { seq, .. }
            | Self::Altered { seq }
            | Self::Unreadable { seq, .. }
            | Self::TailMissing { seq, .. }
            | Self::OtherHead { seq } => seq,
        }
    }
}

/// Walks the whole audit, page by page, and names the first place at which it does not hold. `noted` are ends that were
/// noted elsewhere, in a log or on paper: they show an end that was cut off and noted anew by whoever did.
///
/// # Errors
///
/// Where the store cannot be asked.
pub async fn verify_audit<A: Audit + Sync + ?Sized>(audit: &A, noted: &[AuditHead]) -> Result<VerifiedAudit> {
    loop {
        let verified = verify_after(audit, audit.audit_anchor().await?, noted).await?;
        // What was put away while it was walked is missing for no other reason.
        if verified.fault.is_none() || audit.audit_anchor().await? == verified.anchor {
            return Ok(verified);
        }
    }
}

/// Walks what comes after the anchor: what was put away is not here, and the archive shows it.
async fn verify_after<A: Audit + Sync + ?Sized>(
    audit: &A,
    anchor: AuditHead,
    noted: &[AuditHead],
) -> Result<VerifiedAudit> {
    let noted: Vec<_> = noted.iter().copied().filter(|noted| noted.seq >= anchor.seq).collect();
    let noted = noted.as_slice();
    if noted.iter().any(|noted| noted.seq == anchor.seq && noted.hash != anchor.hash) {
        let fault = Some(AuditFault::OtherHead { seq: anchor.seq });
        return Ok(VerifiedAudit { anchor, head: anchor, fault });
    }
    let mut head = anchor;
    let mut limit = PAGE_ENTRIES;
    loop {
        let page = match audit.audit_after(head.seq, limit).await {
            // Read one by one up to the one that cannot be.
            Err(StoreError::Unreadable(_)) if limit > 1 => {
                limit = 1;
                continue;
            }
            Err(StoreError::Unreadable(why)) => {
                return Ok(VerifiedAudit {
                    anchor,
                    head,
                    fault: Some(AuditFault::Unreadable { seq: head.seq + 1, why }),
                });
            }
            page => page?,
        };
        if page.is_empty() {
            // An entry and the end that is noted with it become visible together, and so the end is never behind.
            let end = audit.audit_head().await?;
            if end.seq > head.seq && !audit.audit_after(head.seq, 1).await?.is_empty() {
                // More was appended meanwhile.
                continue;
            }
            let fault = std::iter::once(&end).chain(noted).find_map(|noted| {
                let (seq, noted_seq) = (head.seq + 1, noted.seq);
                (noted_seq > head.seq).then_some(AuditFault::TailMissing { seq, noted: noted_seq })
            });
            let other = (end != head).then_some(AuditFault::OtherHead { seq: end.seq });
            return Ok(VerifiedAudit { anchor, head, fault: fault.or(other) });
        }
        let noted = noted.to_vec();
        // Up to 16 MiB to hash.
        let walk = tokio::task::spawn_blocking(move || walk(head, page, &noted));
        let fault;
        (head, fault) = walk.await.map_err(|error| StoreError::ours(&error))?;
        if fault.is_some() {
            return Ok(VerifiedAudit { anchor, head, fault });
        }
    }
}

/// Walks a page that comes after `head`: how far it holds, and what comes there.
fn walk(mut head: AuditHead, page: Vec<AuditEntry>, noted: &[AuditHead]) -> (AuditHead, Option<AuditFault>) {
    for AuditEntry { seq, entry, hash } in page {
        let expected = head.chain(entry);
        if seq != expected.seq {
            return (head, Some(AuditFault::Missing { seq: expected.seq, next: seq }));
        }
        if hash != expected.hash {
            return (head, Some(AuditFault::Altered { seq }));
        }
        if noted.iter().any(|noted| noted.seq == seq && noted.hash != hash) {
            return (head, Some(AuditFault::OtherHead { seq }));
        }
        head = expected.head();
    }
    (head, None)
}
