//! What proves an order, frozen when it is issued: kept as a file of its own, which no retention reaches. And the package
//! that is signed for whoever asks.

use super::KeptOrder;
use crate::office::Kept;
use crate::office::files::{self, File};
use crate::seal::{MasterKey, SealError};
use crate::supervision::Supervision;
use bowei_encoding::hex;
use bowei_evidence::{
    AuditRecord, EvidenceFiles, KeptRules, KeptStatement, KeyError, LotSince, PublicKey, SigningKey,
    WriteError, Writer,
};
use bowei_model::supervision::rule;
use bowei_model::{FindingKind, Lot, LotCode, ParkingSession, moment};
use bowei_store::{AuditQuery, InspectedOutcome, PhotoStore, ReportQuery, SessionQuery, Store, StoreError};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Moments of reception whose statements are put together: of each finding some few.
const MOMENTS_MAX: usize = 3_000;

/// Statements of one lot that are received within a millisecond.
const AT_ONCE_MAX: usize = 1_000;

/// Days of which all that is known goes along: a case that goes on for longer is proved by these.
const DAYS_MAX: usize = 31;

/// Entries of the audit about an order, at most.
const AUDIT_MAX: usize = 1_000;

/// The mark under which the key that packages are signed with is kept, sealed.
const KEY_MARK: &str = "evidence-key";

/// Frozen evidence.
pub(crate) struct Frozen {
    pub(crate) file: Kept<File>,
    pub(crate) sha256: String,
}

/// Why evidence is not to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoEvidence {
    #[error("the evidence of order {0} cannot be written: {1}")]
    Unwritable(String, String),
    #[error("the evidence of order {0} is gone")]
    Gone(String),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Freezes what an order rests on.
pub(crate) async fn freeze(
    (store, photos): (&dyn Store, &dyn PhotoStore),
    kept: &KeptOrder,
    lot: &Lot,
    supervision: &Supervision,
    now: Timestamp,
) -> Result<Frozen, NoEvidence> {
    let order = &kept.order;
    let unwritable =
        |error: &dyn std::fmt::Display| NoEvidence::Unwritable(order.id.clone(), error.to_string());
    let mut evidence = EvidenceFiles::new();
    let since = Timestamp::UNIX_EPOCH;
    evidence.lots(&[LotSince { since, lot: lot.clone() }]).map_err(|error| unwritable(&error))?;
    let statements = statements(store, kept).await?;
    evidence.statements(&statements).map_err(|error| unwritable(&error))?;
    let current = supervision.book.current();
    let rules =
        KeptRules { version: current.version.version.into(), rules: current.settings.as_ref().clone() };
    evidence.rules(&rules).map_err(|error| unwritable(&error))?;
    let by_day = order.content.findings.iter().filter(|finding| rule(finding.kind).by_day);
    let days: BTreeSet<u32> = by_day.map(|finding| day_of(&finding.subject, finding.at)).collect();
    for day in days.into_iter().rev().take(DAYS_MAX) {
        if let Some(known) = supervision.days.evidence(lot, day, now).await? {
            evidence.day(&known).map_err(|error| unwritable(&error))?;
        }
    }
    let sha256 = evidence.sha256();
    let bytes = Bytes::from(evidence.to_zip().map_err(|error| unwritable(&error))?);
    let owner = (format!("order-evidence:{}", order.id), None);
    let file = files::keep(photos, owner, ("evidence.zip", "application/zip"), bytes, now).await?;
    Ok(Frozen { file, sha256 })
}

/// The day whose evaluation found something: its subject says so, or its moment.
fn day_of(subject: &str, at: Timestamp) -> u32 {
    let named = subject.strip_prefix("day:").and_then(|day| day.replace('-', "").parse().ok());
    named.unwrap_or_else(|| moment::day(at))
}

/// What the lot said of the records that the findings are about, as the ledger has it.
async fn statements(store: &dyn Store, kept: &KeptOrder) -> Result<Vec<KeptStatement>, StoreError> {
    let content = &kept.order.content;
    let mut moments: BTreeSet<Timestamp> = BTreeSet::new();
    let note = |session: &ParkingSession, moments: &mut BTreeSet<Timestamp>| {
        let passages = session.entries.iter().chain(&session.exits).map(|version| version.received_at);
        moments.extend(passages.chain(session.photos.iter().map(|version| version.received_at)));
    };
    for finding in &content.findings {
        if moments.len() >= MOMENTS_MAX {
            break;
        }
        moments.insert(finding.opened_at);
        moments.extend(finding.resolved_at);
        if let Some(record_id) = &finding.record_id
            && let Some(session) = store.session(&content.lot, record_id).await?
        {
            note(&session, &mut moments);
        }
        // What a passage is a double of has another record.
        if finding.kind == FindingKind::DuplicateRecord {
            for session in at_once(store, &content.lot, finding.at).await? {
                note(&session, &mut moments);
            }
        }
    }
    let mut found: BTreeMap<(Timestamp, String), KeptStatement> = BTreeMap::new();
    for at in moments.into_iter().take(MOMENTS_MAX) {
        let query = ReportQuery {
            lots: Some(vec![content.lot.clone()]),
            accepted: true,
            from: Some(at),
            to: Some(at.saturating_add(SignedDuration::from_millis(1)).unwrap_or(at)),
            limit: AT_ONCE_MAX,
            ..ReportQuery::default()
        };
        for report in store.reports(query).await?.items {
            if let InspectedOutcome::Accepted { statement, unnamed_fields, message_sha256, .. } =
                report.outcome
            {
                let kept = KeptStatement { message_sha256, statement: *statement, unnamed_fields };
                found.insert((report.at, report.id), kept);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Sessions that began within a second.
async fn at_once(store: &dyn Store, lot: &LotCode, at: Timestamp) -> Result<Vec<ParkingSession>, StoreError> {
    let second = SignedDuration::from_secs(1);
    let query = SessionQuery {
        lot: Some(lot.clone()),
        from: Some(at.saturating_sub(second).unwrap_or(at)),
        to: Some(at.saturating_add(second).unwrap_or(at)),
        limit: AT_ONCE_MAX,
        ..SessionQuery::default()
    };
    Ok(store.sessions(query).await?.items)
}

/// The key that packages are signed with: made once for all nodes, and sealed.
pub(crate) async fn signing_key(store: &dyn Store, master: &MasterKey) -> Result<SigningKey, NoEvidence> {
    let (_, made) = SigningKey::generate()?;
    let sealed = store.mark_once(KEY_MARK, master.seal(KEY_MARK, &made)?).await?;
    Ok(SigningKey::from_pkcs8(&master.open(KEY_MARK, &sealed)?)?)
}

/// The public half of it, which is published.
pub(crate) async fn public_key(store: &dyn Store, master: &MasterKey) -> Result<PublicKey, NoEvidence> {
    Ok(signing_key(store, master).await?.public()?)
}

/// The signed package of an order.
pub(crate) async fn package(
    (store, photos): (&dyn Store, &dyn PhotoStore),
    master: &MasterKey,
    kept: &Kept<KeptOrder>,
    now: Timestamp,
) -> Result<Vec<u8>, NoEvidence> {
    let gone = || NoEvidence::Gone(kept.id.clone());
    let id = kept.document.evidence.as_deref().ok_or_else(gone)?;
    let file: Kept<File> = crate::office::one(store, id).await?.ok_or_else(gone)?;
    let bytes = files::bytes(photos, &file.document).await?.ok_or_else(gone)?;
    let evidence = EvidenceFiles::from_zip(&bytes).ok_or_else(gone)?;
    let key = signing_key(store, master).await?;
    let audit = audit(store, &kept.id).await?;
    let order = kept.document.order.clone();
    let written = tokio::task::spawn_blocking(move || {
        let mut package = Vec::new();
        Writer::new(&order, &evidence)?.audit(&audit)?.write(&key, now, &mut package)?;
        Ok::<_, WriteError>(package)
    });
    let died = |error: tokio::task::JoinError| NoEvidence::Unwritable(kept.id.clone(), error.to_string());
    Ok(written.await.map_err(died)??)
}

/// What the audit says of an order, each with the hash before it.
async fn audit(store: &dyn Store, id: &str) -> Result<Vec<AuditRecord>, StoreError> {
    let query = AuditQuery { object: Some(format!("order:{id}")), limit: AUDIT_MAX, ..AuditQuery::default() };
    let mut found = store.audit(query).await?.items;
    found.sort_by_key(|entry| entry.seq);
    let mut records = Vec::with_capacity(found.len());
    for one in found {
        let before = store.audit_after(one.seq.saturating_sub(2), 1).await?.into_iter().next();
        let former = before.filter(|before| before.seq == one.seq - 1).map_or([0; 32], |before| before.hash);
        records.push(AuditRecord {
            seq: one.seq,
            at: one.entry.at.as_millisecond(),
            user: one.entry.user,
            source: one.entry.source,
            action: one.entry.action,
            object: one.entry.object,
            ok: one.entry.ok,
            before: one.entry.before,
            after: one.entry.after,
            former_hash: hex(&former),
            hash: hex(&one.hash),
        });
    }
    Ok(records)
}
