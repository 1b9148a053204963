//! What the office keeps of its own, and what became of providers and lots.

use super::Kind::{Clean, Int, Text};
use super::{Table, may, must};

pub(super) const OFFICE_RECORDS: Table = Table {
    name: "office_records",
    columns: &[
        must("kind", Text),
        must("id", Text),
        must("state", Text),
        may("provider", Text),
        must("district", Text),
        must("at", Int),
        must("words", Text),
        must("doc", Text),
        must("revision", Int),
    ],
    lot: None,
    filed: None,
};

pub(super) const REGISTRY_HISTORY: Table = Table {
    name: "registry_history",
    columns: &[must("seq", Int), must("object", Text), must("doc", Clean)],
    lot: None,
    filed: None,
};
