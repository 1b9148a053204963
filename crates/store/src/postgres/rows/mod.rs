//! A plan's changes as columns: what a statement takes in one go, whole tables at a time.

mod accounts;
mod charging;
mod counts;
mod documents;
mod findings;
mod ledger;
mod passages;
mod photos;
mod sessions;
mod supervision;
mod tallies;

pub(super) use accounts::Accounts;
pub(super) use charging::Charging;
pub(super) use counts::Counts;
pub(super) use documents::Documents;
pub(super) use findings::{Findings, mark};
pub(super) use ledger::{Ledger, Lots};
pub(super) use passages::{PassageColumns, Passages};
pub(super) use photos::Photos;
pub(super) use sessions::{Sessions, pairing_time};
pub(super) use supervision::{DirtyDays, FindingTallies, Heard};
pub(super) use tallies::Tallies;

use std::borrow::Cow;

/// A column's text.
type Text<'p> = Cow<'p, str>;
