//! Moving what an engine keeps to another: a small city to the engine for many nodes, a copy to put away, and back.
//!
//! Rows are read from one end and written to the other in a form that belongs to neither engine ([`tables`]). Both ends
//! are summed up unit by unit ([`sums`]), and only units that differ are replaced; so that a transfer that was broken
//! off is run again, and verifying is the same as copying with nothing left to copy. No SQL here.

#[cfg(feature = "cluster")]
mod backup;
mod ends;
mod marks;
#[cfg(feature = "cluster")]
mod migration;
#[cfg(feature = "cluster")]
mod parquet;
mod pictures;
mod procedure;
mod progress;
mod sums;
mod tables;

#[cfg(feature = "cluster")]
pub use backup::{RowCounts, back_up_database, back_up_folder, restore_database, restore_folder};
pub use ends::{Destination, Pages, Rows};
#[cfg(feature = "cluster")]
pub use migration::{Migrated, Migration, migrate};
#[cfg(feature = "cluster")]
pub use parquet::{read_parquet, write_parquet};
pub use pictures::{Copied, Pictures, Surplus, copy_pictures, refuse_other_pictures};
pub use procedure::{TableCopy, compare, copy};
pub use progress::{NoProgress, Progress, Step};
pub use sums::{Row, Slice, Sum, Sums, Value};
pub use tables::{Column, Filed, Kind, TABLES, Table, table};

pub(crate) use ends::{PAGES_WAITING, Paging};
pub(crate) use marks::{ARRIVING, MIGRATION, MOVED, OWN_MARKS};
