//! What supervision goes by: signs of life, tallies of findings, days and their rates, cases.

use super::Kind::{Bool, Clean, Int, Text};
use super::{Table, may, must};

// Compared subject by subject, most of which are lots: whoever speaks changes his own hours and not everybody's.
pub(super) const HEARD: Table = Table {
    name: "heard",
    columns: &[must("hour", Int), must("subject", Text), must("minutes", Int)],
    lot: Some("subject"),
    filed: None,
};

pub(super) const FINDING_TALLIES: Table = Table {
    name: "finding_tallies",
    columns: &[
        must("lot", Text),
        must("kind", Clean),
        must("cause", Text),
        must("hour", Int),
        must("found", Int),
        must("open", Int),
    ],
    lot: Some("lot"),
    filed: None,
};

pub(super) const CHANGED_FINDINGS: Table = Table {
    name: "changed_findings",
    columns: &[must("lot", Text), must("kind", Clean), must("seq", Int)],
    lot: Some("lot"),
    filed: None,
};

pub(super) const DIRTY_DAYS: Table = Table {
    name: "dirty_days",
    columns: &[must("lot", Text), must("day", Int), must("seq", Int)],
    lot: Some("lot"),
    filed: None,
};

pub(super) const DAY_RATES: Table = Table {
    name: "day_rates",
    columns: &[
        must("lot", Text),
        must("day", Int),
        must("evaluated_at", Int),
        must("rates", Clean),
        may("at_close", Clean),
        may("found_from", Int),
        may("found_to", Int),
    ],
    lot: Some("lot"),
    filed: None,
};

pub(super) const MONTH_RATES: Table = Table {
    name: "month_rates",
    columns: &[must("lot", Text), must("month", Int), must("rates", Clean), may("at_close", Clean)],
    lot: Some("lot"),
    filed: None,
};

pub(super) const PASSAGE_HOURS: Table = Table {
    name: "passage_hours",
    columns: &[must("lot", Text), must("hour", Int), must("entries", Int), must("exits", Int)],
    lot: Some("lot"),
    filed: None,
};

pub(super) const DECLARATIONS: Table = Table {
    name: "declarations",
    columns: &[must("lot", Text), must("day", Int), must("received_at", Int), must("doc", Text)],
    lot: Some("lot"),
    filed: None,
};

pub(super) const CASES: Table = Table {
    name: "cases",
    columns: &[
        must("id", Text),
        may("lot", Text),
        must("rule", Text),
        must("cause", Text),
        must("ordinal", Int),
        may("parent", Text),
        may("provider", Text),
        must("district", Text),
        must("vendor", Text),
        must("condition", Text),
        must("inhibited", Bool),
        must("count", Int),
        must("first_at", Int),
        must("last_at", Int),
        must("opened_at", Int),
        must("condition_doc", Text),
        must("state", Text),
        may("assignee", Text),
        may("due_at", Int),
        may("paused_until", Int),
        may("order_id", Text),
        must("doc", Text),
        must("revision", Int),
    ],
    lot: None,
    filed: None,
};
