//! Charges as a day's declaration counts them. What cannot be of a single charge, or of two at one device, is found as they
//! are received ([`crate::charging`]).

use super::super::day::Day;
use super::Found;
use crate::Facts;
use std::collections::BTreeSet;

/// More charges declared than received.
pub(super) fn charges_missing(day: &Day<'_>) -> Vec<Found> {
    let last = day.evidence.declarations.iter().max();
    let orders: BTreeSet<_> = day
        .evidence
        .charges
        .iter()
        .map(|charge| (&charge.charge.operator, &charge.record.order_no))
        .collect();
    let received = orders.len() as u64;
    let found = last.filter(|last| last.charges > received).map(|last| {
        let facts = Facts::ChargesMissing { expected: last.charges, received };
        Found::of_day("charges", day.end, last.received_at, facts)
    });
    found.into_iter().collect()
}
