//! How the lots of the city speak under each standard: what an account and a lot are called, and whether a
//! heartbeat is the account's or each lot's. A further standard is one more line.

/// What the city must know of a standard beyond sealing and reading.
#[derive(Debug)]
pub struct Speaks {
    /// The standard's name.
    pub standard: &'static str,
    /// What the standard would call the `number`th lot of a district.
    pub lot_id: fn(district: &str, number: usize) -> String,
    /// The fields of the `number`th account that are no secret.
    pub account: fn(number: usize) -> Vec<(&'static str, String)>,
    /// Who shows a sign of life.
    pub heartbeat: HeartbeatOf,
}

/// Who shows a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeartbeatOf {
    /// The account, for all its lots at once.
    Account,
    /// Every lot for itself.
    EachLot,
}

static SPEAKS: [Speaks; 1] = [Speaks {
    standard: "huzhou",
    lot_id: |district, number| format!("HZ{district}{number:03}"),
    account: |number| vec![("app_id", format!("hz-{number:04}"))],
    heartbeat: HeartbeatOf::Account,
}];

/// What the city knows of the standard of that name.
pub fn speaks(standard: &str) -> Option<&'static Speaks> {
    SPEAKS.iter().find(|speaks| speaks.standard == standard)
}

/// The standards' names, for people.
pub(super) fn known() -> String {
    let names: Vec<&str> = SPEAKS.iter().map(|speaks| speaks.standard).collect();
    names.join(", ")
}
