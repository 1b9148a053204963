//! What a package may have at most: a hostile one must not take more of a machine than a large one.

/// Bytes of a package. It is held in memory while it is verified.
pub const PACKAGE_MAX: u64 = 256 * 1024 * 1024;
/// Files in a package: an order's findings with a message and two pictures each, some thousand times.
pub const ENTRIES_MAX: usize = 20_000;
/// Bytes of a file that is read as JSON: a day of a very large lot has some megabytes.
pub const FILE_MAX: usize = 64 * 1024 * 1024;
/// Bytes of a line: a list of all cars inside a large lot has some hundred kilobytes.
pub(crate) const LINE_MAX: usize = 4 * 1024 * 1024;
/// Statements of a package.
pub const STATEMENTS_MAX: usize = 200_000;
/// Steps of pairing passages without a record id: each of a plate is held against all others of it. Some ten seconds.
pub(crate) const PAIRING_STEPS_MAX: usize = 10_000_000;
/// Records that have one passage in common: each is held against all the others at each moment.
pub(crate) const ALIKE_MAX: usize = 200;
/// Charges at one device: each is held against all the others.
pub(crate) const CHARGES_MAX: usize = 2_000;
/// Days of which a package has the evidence: an order looks back a quarter at most.
pub(crate) const DAYS_MAX: usize = 100;
/// Bytes of a path in a package.
pub(crate) const PATH_MAX: usize = 128;
