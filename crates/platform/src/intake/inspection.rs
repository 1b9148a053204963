//! What of a refused message is noted for the inspector. The standards have cut secrets and pictures out of what
//! they say; here it is tied to providers and lots, and bounded in bytes as it is stored.

use super::Seen;
use crate::registry::Snapshot;
use bowei_encoding::shown::cut;
use bowei_model::Lot;
use bowei_standards::platform_side::Claim;
use bowei_standards::{Refusal, Standard, Step};
use bowei_store::RefusedMessage;
use jiff::Timestamp;
use std::sync::Arc;

/// Bytes of a refused message as it is stored, everything escaped: the longest string to sign in its three places, and as
/// much of the message.
const NOTE_MAX_BYTES: usize = 16 * 1024;

/// The same of a message that anybody may have sent.
const CLAIMED_NOTE_MAX_BYTES: usize = 8 * 1024;

/// Bytes of any one text that are kept; less where all of it would be too much.
const TEXT_MAX_BYTES: usize = 4_096;

/// Less is not told from anything else any more: then the steps go.
const TEXT_MIN_BYTES: usize = 64;

/// Steps of opening a message that are kept: no standard has more.
const STEPS_MAX: usize = 32;

/// What is noted, and how many bytes of it are stored.
pub(super) fn note(
    standard: &dyn Standard,
    path: &str,
    seen: &Seen,
    refusal: &Refusal,
    snapshot: &Snapshot,
    at: Timestamp,
) -> (RefusedMessage, usize) {
    let name = standard.card().name;
    let called = refusal.lot_id.as_deref().map(|id| snapshot.lots_by_id(name, id)).unwrap_or_default();
    // Where several are called the same, the speaker's own is meant.
    let own = |lot: &&Arc<Lot>| seen.account.as_ref().is_some_and(|account| account.provider == lot.provider);
    let lot = called.iter().find(own).or(called.first()).map(|lot| lot.code.clone());
    // Never a token: whoever reads the inspector must not be able to speak with it.
    let account = match (&seen.account, &seen.claim) {
        (Some(account), _) => Some(account.name.as_str()),
        (None, Some(Claim::Account(account))) => Some(account.as_str()),
        (None, Some(Claim::Token(_)) | None) => None,
    };
    let (message, expected, received) =
        (refusal.fault.message(), refusal.fault.expected(), refusal.fault.received());
    let within = |text_max: usize, steps_max: usize| {
        let text = |text: &str| cut(text, text_max).to_owned();
        let steps = refusal.steps.iter().take(steps_max);
        let steps: Vec<_> = steps.map(|step| Step::new(text(&step.name), text(&step.value))).collect();
        RefusedMessage {
            at,
            standard: name.to_owned(),
            path: text(path),
            account: account.map(text),
            provider: seen.account.as_ref().map(|account| account.provider.clone()),
            claimed: !seen.is_authentic,
            lot: lot.clone(),
            record_id: refusal.record_id.as_deref().map(text),
            code: text(&refusal.code),
            message: text(&message),
            field: refusal.fault.field().map(text),
            expected: text(&expected),
            received: received.as_deref().map(text),
            steps: serde_json::to_string(&steps).unwrap_or_else(|_| "[]".to_owned()),
            read_as: refusal.read_as.as_deref().map(text),
        }
    };
    let max = if seen.is_authentic { NOTE_MAX_BYTES } else { CLAIMED_NOTE_MAX_BYTES };
    let mut text_max = TEXT_MAX_BYTES;
    loop {
        let noted = within(text_max, STEPS_MAX);
        let stored = stored_bytes(&noted);
        if stored <= max {
            return (noted, stored);
        }
        if text_max <= TEXT_MIN_BYTES {
            let noted = within(text_max, 0);
            let stored = stored_bytes(&noted);
            return (noted, stored);
        }
        text_max /= 2;
    }
}

/// As the store keeps it: JSON, in which what is no plain character takes up to six bytes.
fn stored_bytes(noted: &RefusedMessage) -> usize {
    serde_json::to_vec(noted).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_standards::fault::SignatureForm;
    use bowei_standards::{Fault, by_name};

    #[test]
    fn whatever_comes_is_stored_within_its_bound() {
        let standard = by_name("yunkuaichong").unwrap();
        for piece in ["\u{202e}", "\u{1}", "\\", "\"", "车", "a"] {
            for chars in [1, 4_000, 200_000] {
                let text = piece.repeat(chars);
                let fault = Fault::WrongSignature {
                    field: "sign",
                    signed: text.clone(),
                    form: &SignatureForm { what: "", check: "" },
                };
                let refusal = Refusal {
                    fault,
                    code: text.clone(),
                    lot_id: Some(text.clone()),
                    record_id: Some(text.clone()),
                    read_as: Some(text.clone()),
                    steps: vec![Step::new(text.clone(), text.clone()); 100],
                };
                let claim = Some(Claim::Account(text.clone()));
                for (is_authentic, max) in [(true, NOTE_MAX_BYTES), (false, CLAIMED_NOTE_MAX_BYTES)] {
                    let seen = Seen { claim: claim.clone(), account: None, is_authentic };
                    let snapshot = Snapshot::default();
                    let (noted, bytes) =
                        note(standard, &text, &seen, &refusal, &snapshot, Timestamp::UNIX_EPOCH);
                    assert!(bytes <= max && bytes == stored_bytes(&noted), "{bytes} of {piece:?} × {chars}");
                    assert_eq!(noted.claimed, !is_authentic);
                }
            }
        }
    }
}
