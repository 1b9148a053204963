//! What the audit says of who did what.

use super::Principal;
use bowei_store::{AUDIT_DETAIL_MAX, AUDIT_WORDS_MAX, NewAuditEntry};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Who does something, and from where.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// A login, a token's id, or the name of whoever runs a command.
    pub user: String,
    /// An address, or `command`.
    pub address: String,
}

impl Source {
    pub(crate) fn of(principal: &Principal, address: impl Into<String>) -> Self {
        Self { user: principal.id().to_owned(), address: address.into() }
    }
}

/// An entry on something that was done: what there was before, and what there is after it or was asked for.
pub fn entry(
    source: &Source,
    at: Timestamp,
    (action, object): (&str, String),
    (before, after): (Option<Value>, Option<Value>),
) -> NewAuditEntry {
    NewAuditEntry {
        at,
        user: cut(&source.user),
        source: cut(&source.address),
        action: action.to_owned(),
        object: cut(&object),
        ok: true,
        before: detail(before),
        after: detail(after),
    }
}

/// The fields of two objects that differ, as they were and as they are.
pub(crate) fn differing(
    before: Map<String, Value>,
    after: Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let differs = |one: &Map<String, Value>, other: &Map<String, Value>| {
        let fields = one.iter().filter(|(field, value)| other.get(*field) != Some(value));
        fields.map(|(field, value)| (field.clone(), value.clone())).collect()
    };
    (differs(&before, &after), differs(&after, &before))
}

/// As much of a word as is kept: strangers type what they like.
fn cut(word: &str) -> String {
    let end = word.floor_char_boundary(AUDIT_WORDS_MAX);
    word.get(..end).unwrap_or_default().to_owned()
}

/// A detail as it is kept. One that is too long says so in its place: half a detail proves nothing.
fn detail(value: Option<Value>) -> String {
    let text = value.map(|value| value.to_string()).unwrap_or_default();
    if text.len() <= AUDIT_DETAIL_MAX { text } else { format!("{{\"left_out_bytes\":{}}}", text.len()) }
}
