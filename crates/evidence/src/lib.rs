//! The signed package of an order's evidence (证据包): what a lot, an officer and a court can each check by themselves.
//!
//! [`EvidenceFiles`] is what is frozen when an order is issued; its digest is part of the order. A [`Writer`] puts it
//! together with the order into one file, signed with the platform's key. [`verify`] reads such a file, trusts nothing in
//! it, and finds anew what the order says was found. The format is in `docs/supervision/evidence.md`.
//!
//! Pure but for the reader and the writer that are handed in: no network, no clock, no store.

mod audit;
mod bounds;
mod files;
mod fold;
mod json;
mod keys;
mod layout;
mod manifest;
mod package;
mod recompute;
mod verdict;
mod verify;
mod writer;

pub use audit::AuditRecord;
pub use bounds::{ENTRIES_MAX, FILE_MAX, PACKAGE_MAX, STATEMENTS_MAX};
pub use files::{ClockReading, EvidenceFiles, KeptRules, KeptStatement, LotSince};
pub use keys::{KeyError, PublicKey, SigningKey};
pub use verdict::{Outcome, Step, Verdict};
pub use verify::verify;
pub use writer::{WriteError, Writer};
