//! What supervision goes by: signs of life, tallies of findings, days and their rates, cases.

use super::Kind::{Bool, Clean, Int, Text};
use super::{Column, Table, may, must};

const fn of_lots(name: &'static str, columns: &'static [Column]) -> Table {
    Table { name, columns, lot: Some("lot"), filed: None }
}

pub(super) const HEARD: Table = Table {
    name: "heard",
    columns: &[must("hour", Int), must("subject", Text), must("minutes", Int)],
    lot: None,
    filed: None,
};

pub(super) const FINDING_TALLIES: Table = of_lots(
    "finding_tallies",
    &[
        must("lot", Text),
        must("kind", Clean),
        must("cause", Text),
        must("hour", Int),
        must("found", Int),
        must("open", Int),
    ],
);

pub(super) const CHANGED_FINDINGS: Table =
    of_lots("changed_findings", &[must("lot", Text), must("kind", Clean), must("seq", Int)]);

pub(super) const DIRTY_DAYS: Table =
    of_lots("dirty_days", &[must("lot", Text), must("day", Int), must("seq", Int)]);

pub(super) const DAY_RATES: Table = of_lots(
    "day_rates",
    &[
        must("lot", Text),
        must("day", Int),
        must("evaluated_at", Int),
        must("rates", Clean),
        may("at_close", Clean),
        may("found_from", Int),
        may("found_to", Int),
    ],
);

pub(super) const MONTH_RATES: Table = of_lots(
    "month_rates",
    &[must("lot", Text), must("month", Int), must("rates", Clean), may("at_close", Clean)],
);

pub(super) const PASSAGE_HOURS: Table = of_lots(
    "passage_hours",
    &[must("lot", Text), must("hour", Int), must("entries", Int), must("exits", Int)],
);

pub(super) const DECLARATIONS: Table = of_lots(
    "declarations",
    &[must("lot", Text), must("day", Int), must("received_at", Int), must("doc", Text)],
);

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
