//! Every table as both engines have it, in the words of neither.
//!
//! Columns that follow from others (where a session is filed, a finding's mark) are the engine's own affair, and so is
//! what a table is called inside. What says which schema a database has stays where it is.

mod office;
mod people;
mod supervision;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number, a moment in milliseconds among them.
    Int,
    /// Yes or no.
    Bool,
    /// Words from outside, which may have any character.
    Text,
    /// Words of Bowei's own, and JSON: they have no NUL.
    Clean,
    /// Bytes.
    Bytes,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may hold nothing.
    pub optional: bool,
    /// What it holds in a file of an older version, which has no such column.
    pub before: Option<&'static str>,
}

/// By what a table is filed by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filed {
    /// A moment in milliseconds; a row without one is of no day.
    ByMoment(&'static str),
    /// The day itself, `yyyymmdd`.
    ByDay(&'static str),
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns, in the order in which rows have them.
    pub columns: &'static [Column],
    /// The column with the lot, where rows are compared lot by lot.
    pub lot: Option<&'static str>,
    /// By what it is filed by day, where rows are compared day by day.
    pub filed: Option<Filed>,
}

impl Table {
    /// Where in a row a column stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// The table of that name.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

const fn must(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: false, before: None }
}

const fn may(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: true, before: None }
}

/// A column that came later, and must hold something.
const fn later(name: &'static str, before: &'static str) -> Column {
    Column { name, kind: Kind::Text, optional: false, before: Some(before) }
}

use Kind::{Bool, Bytes, Clean, Int, Text};

/// All tables, in an order in which rows may be added: providers before what belongs to them.
pub static TABLES: &[Table] = &[
    Table {
        name: "kept_marks",
        columns: &[must("name", Text), must("value", Bytes)],
        lot: None,
        filed: None,
    },
    Table {
        name: "providers",
        columns: &[must("code", Text), must("name", Text), may("contact", Text), must("doc", Clean)],
        lot: None,
        filed: None,
    },
    Table {
        name: "lots",
        columns: &[must("code", Text), must("provider", Text), must("doc", Clean)],
        lot: None,
        filed: None,
    },
    Table {
        name: "lot_ids",
        columns: &[must("standard", Text), must("id", Text), must("lot", Text)],
        lot: None,
        filed: None,
    },
    Table {
        name: "credentials",
        columns: &[
            must("id", Text),
            must("provider", Text),
            must("standard", Text),
            must("account", Text),
            must("sealed", Bytes),
            must("issued_at", Int),
            may("expires_at", Int),
        ],
        lot: None,
        filed: None,
    },
    Table {
        name: "tokens",
        columns: &[
            must("id", Clean),
            must("sha256", Bytes),
            must("role", Clean),
            may("district", Clean),
            must("issued_at", Int),
            may("expires_at", Int),
        ],
        lot: None,
        filed: None,
    },
    Table {
        name: "marks",
        columns: &[must("id", Int), must("registry_version", Int)],
        lot: None,
        filed: None,
    },
    Table {
        name: "logins",
        columns: &[
            must("standard", Clean),
            must("account", Text),
            must("sha256", Bytes),
            must("sealed", Bytes),
            must("issued_at", Int),
            must("lives_ms", Int),
            must("dies_at", Int),
        ],
        lot: None,
        filed: None,
    },
    Table {
        name: "jobs",
        columns: &[
            must("job", Clean),
            must("period", Int),
            must("holder", Clean),
            must("lease_ends", Int),
            must("done", Bool),
        ],
        lot: None,
        filed: None,
    },
    Table {
        name: "accounts_heard",
        columns: &[must("provider", Text), must("standard", Clean), must("at", Int)],
        lot: None,
        filed: None,
    },
    Table {
        name: "tallies",
        columns: &[
            must("day", Int),
            must("standard", Clean),
            must("outcome", Clean),
            must("kind", Text),
            must("count", Int),
        ],
        lot: None,
        filed: None,
    },
    people::USERS,
    people::USER_SESSIONS,
    people::SIGN_IN_FAILURES,
    people::AUDIT,
    people::AUDIT_HEAD,
    people::AUDIT_ANCHOR,
    people::EXPORTS,
    office::OFFICE_RECORDS,
    office::REGISTRY_HISTORY,
    people::HOLDS,
    people::PLATES_PROGRESS,
    supervision::HEARD,
    supervision::CASES,
    supervision::FINDING_TALLIES,
    supervision::CHANGED_FINDINGS,
    supervision::DIRTY_DAYS,
    supervision::DAY_RATES,
    supervision::MONTH_RATES,
    supervision::PASSAGE_HOURS,
    supervision::DECLARATIONS,
    Table {
        name: "lot_states",
        columns: &[must("lot", Text), must("revision", Int), must("doc", Clean)],
        lot: Some("lot"),
        filed: None,
    },
    Table {
        name: "legs",
        columns: &[
            must("lot", Text),
            must("plate", Text),
            must("stands_at", Int),
            must("is_entry", Bool),
            must("id", Text),
            must("record_id", Text),
        ],
        lot: Some("lot"),
        filed: None,
    },
    Table {
        name: "documents",
        columns: &[must("lot", Text), must("kind", Clean), must("name", Text), must("doc", Clean)],
        lot: Some("lot"),
        filed: None,
    },
    Table {
        name: "charging_records",
        columns: &[
            must("id", Int),
            must("order_no", Text),
            must("operator", Text),
            must("lot", Text),
            must("ended_at", Int),
            must("doc", Clean),
            may("station", Text),
            may("device", Text),
            may("started_at", Int),
            may("received_at", Int),
        ],
        lot: Some("lot"),
        filed: None,
    },
    Table {
        name: "refusals",
        columns: &[
            must("id", Int),
            must("at", Int),
            may("provider", Text),
            may("lot", Text),
            must("doc", Clean),
            must("claimed", Bool),
        ],
        lot: None,
        filed: None,
    },
    Table {
        name: "sessions",
        columns: &[
            must("lot", Text),
            must("record_id", Text),
            may("begun_at", Int),
            may("entered_at", Int),
            may("exited_at", Int),
            may("present_from", Int),
            may("present_to", Int),
            must("open", Bool),
            may("plate", Text),
            must("doc", Clean),
        ],
        lot: Some("lot"),
        filed: Some(Filed::ByMoment("begun_at")),
    },
    Table {
        name: "passages",
        columns: &[
            must("lot", Text),
            must("at", Int),
            must("plate", Text),
            must("is_entry", Bool),
            must("record_id", Text),
            may("number", Int),
            may("since", Int),
            may("until", Int),
            may("earlier", Clean),
        ],
        lot: Some("lot"),
        filed: Some(Filed::ByMoment("at")),
    },
    Table {
        name: "space_counts",
        columns: &[
            must("lot", Text),
            must("as_of", Int),
            must("said_at", Int),
            must("vacant", Int),
            may("charging_vacant", Int),
        ],
        lot: Some("lot"),
        filed: Some(Filed::ByMoment("as_of")),
    },
    Table {
        name: "space_count_reports",
        columns: &[must("lot", Text), must("at", Int), must("said", Clean), must("doc", Clean)],
        lot: Some("lot"),
        filed: Some(Filed::ByMoment("at")),
    },
    Table {
        name: "findings",
        columns: &[
            must("lot", Text),
            must("at", Int),
            must("subject", Text),
            must("kind", Clean),
            must("detail", Text),
            may("record_id", Text),
            may("which", Text),
            may("facts", Clean),
            may("opened_at", Int),
            may("resolved_at", Int),
            later("cause", ""),
            may("evaluated_day", Int),
        ],
        lot: Some("lot"),
        filed: Some(Filed::ByMoment("at")),
    },
    Table {
        name: "photo_refs",
        columns: &[
            must("lot", Text),
            must("day", Int),
            must("sha256", Text),
            must("record_id", Text),
            must("role", Clean),
            must("media_type", Text),
        ],
        lot: Some("lot"),
        filed: Some(Filed::ByDay("day")),
    },
    // A row of no lot has an empty one.
    Table {
        name: "ledger",
        columns: &[
            must("seq", Int),
            must("lot", Text),
            must("received_at", Int),
            must("provider", Text),
            must("standard", Clean),
            must("kind", Clean),
            must("amended", Bool),
            must("message_sha256", Bytes),
            must("statement", Clean),
            may("unnamed_fields", Text),
        ],
        lot: Some("lot"),
        filed: Some(Filed::ByMoment("received_at")),
    },
];
