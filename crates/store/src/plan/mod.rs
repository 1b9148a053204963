//! What a batch of deliveries changes, worked out without any engine.
//!
//! An engine asks [`Keys::of`] what to load, loads it into [`Known`], and writes what [`plan`] returns, all in
//! one transaction. Nothing here does I/O or reads a clock: the same batch and the same known rows give the same
//! plan, so that every engine keeps the same state.
//!
//! What is kept is a function of the set of statements, not of their order. The one exception is the charging
//! record, of which the first to come counts whatever later ones say.

mod finding_tallies;
mod findings;
mod fold;
mod heard;
mod keys;
mod passages;
mod pseudonymising;
mod rows;
mod span;
mod supervision;

pub use finding_tallies::{FindingTallyChange, FindingTallyKey, TallyChanges};
pub(crate) use findings::{changed_pairs, differ};
pub(crate) use keys::{CHARGES_NEAR_MAX, RECORDS_ALIKE_MAX};
pub use keys::{Keys, Known};
pub(crate) use pseudonymising::{OldStatement, Pseudonymising, day_findings};
pub use rows::{
    ChargingRecordRow, CountChange, LedgerRow, PassageRow, PhotoRef, Plan, SessionChange, TallyKey,
    UnpairedPassageRow,
};
pub use span::SessionSpan;

use crate::NewDelivery;

/// Works out everything that keeping `deliveries`, in their order, changes about what is `known`.
pub fn plan<'a>(deliveries: &'a [NewDelivery], known: Known) -> Plan<'a> {
    let mut fold = fold::Fold::new(known);
    for delivery in deliveries {
        fold.delivery(delivery);
    }
    fold.finish()
}
