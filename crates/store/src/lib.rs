//! What the platform keeps, in the platform's own words ([`contract`]), and the engines that keep it.
//!
//! [`Store`] is the sum of its parts. A part is a trait in a file of `contract/`, and each engine does it in the file
//! of the same name in its own folder, so that knowing one is knowing all; nothing outside an engine's folder knows
//! its SQL. What an engine writes for a batch of deliveries is worked out by [`plan`],
//! which is pure and the same for all.

#![cfg_attr(not(feature = "cluster"), allow(dead_code, unused_imports, reason = "what only a cluster needs"))]

mod audit_archive;
mod audit_walk;
mod charging;
pub mod contract;
mod cursor;
mod curve;
mod day_evidence;
pub mod photos;
pub mod plan;
#[cfg(feature = "cluster")]
pub mod postgres;
mod pseudonyms;
pub mod sqlite;
pub mod transfer;
mod values;

pub use audit_archive::{
    AUDIT_KEPT_MIN, ArchivedAudit, AuditArchive, archive_audit, verify_audit_across, verify_audit_archive,
};
pub use audit_walk::{AuditFault, VerifiedAudit, verify_audit};
pub use contract::*;
pub use day_evidence::record_set;
pub use photos::{DayFiles, PhotoStore};
#[cfg(feature = "cluster")]
pub use postgres::PostgresStore;
pub use pseudonyms::{Pseudonyms, pseudonymised};
pub use sqlite::SqliteStore;
