//! What of a refused message is noted for the inspector. The standards have cut secrets and pictures out of what
//! they say; here it is tied to providers and lots, and bounded.

use super::Seen;
use crate::registry::Snapshot;
use bowei_model::Lot;
use bowei_standards::platform_side::Claim;
use bowei_standards::{Refusal, Standard};
use bowei_store::RefusedMessage;
use jiff::Timestamp;
use std::sync::Arc;

/// Characters of any one text that are kept.
const TEXT_MAX_CHARS: usize = 4_096;

pub(super) fn note(
    standard: &dyn Standard,
    path: &str,
    seen: &Seen,
    refusal: &Refusal,
    snapshot: &Snapshot,
    at: Timestamp,
) -> RefusedMessage {
    let name = standard.card().name;
    let called = refusal.lot_id.as_deref().map(|id| snapshot.lots_by_id(name, id)).unwrap_or_default();
    // Where several are called the same, the speaker's own is meant.
    let own = |lot: &&Arc<Lot>| seen.account.as_ref().is_some_and(|account| account.provider == lot.provider);
    let lot = called.iter().find(own).or(called.first()).map(|lot| lot.code.clone());
    // Never a token: whoever reads the inspector must not be able to speak with it.
    let account = match (&seen.account, &seen.claim) {
        (Some(account), _) => Some(cut(&account.name)),
        (None, Some(Claim::Account(account))) => Some(cut(account)),
        (None, Some(Claim::Token(_)) | None) => None,
    };
    RefusedMessage {
        at,
        standard: name.to_owned(),
        path: cut(path),
        account,
        provider: seen.account.as_ref().map(|account| account.provider.clone()),
        lot,
        record_id: refusal.record_id.as_deref().map(cut),
        code: refusal.code.clone(),
        message: cut(&refusal.fault.message()),
        field: refusal.fault.field().map(cut),
        expected: cut(&refusal.fault.expected()),
        came: refusal.fault.came().as_deref().map(cut),
        steps: serde_json::to_string(&refusal.steps).unwrap_or_else(|_| "[]".to_owned()),
        read_as: refusal.read_as.as_deref().map(cut),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_MAX_CHARS).collect()
}
