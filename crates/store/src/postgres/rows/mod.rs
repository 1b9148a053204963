//! A plan's changes as columns: what a statement takes in one go, whole tables at a time.

mod counts;
mod findings;
mod ledger;
mod others;
mod passages;
mod sessions;

pub(super) use counts::Counts;
pub(super) use findings::{Findings, mark};
pub(super) use ledger::{Ledger, Lots};
pub(super) use others::{Accounts, Charging, Documents, Photos, Tallies};
pub(super) use passages::{PassageColumns, Passages};
pub(super) use sessions::{Sessions, pairing_time};

use std::borrow::Cow;

/// A column's text.
type Text<'p> = Cow<'p, str>;
