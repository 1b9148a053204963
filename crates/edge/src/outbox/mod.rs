//! What the lot said, kept until every platform has it.
//!
//! A report is on disk, synced, before the lot is answered. From then on no crash, power loss, full or failing disk
//! may lose it; one damaged record may cost itself and no other. Each uplink has a standing with each record, and
//! delivers in whatever order it likes: the outbox gives what waits in the order of taking, and says which records
//! belong to one session.
//!
//! # On disk
//!
//! ```text
//! log/00000000000000000001.seg   records, in frames with sums of their own; named by the first number in it
//! pictures/0000000001.seg        pictures, one after the other; the record says where, how long and the sum
//! uplinks/NAME.journal           how each record was settled with that uplink
//! dead/letters.journal           what platforms refused, with a copy of the report
//! documents/NAME.doc             small documents of other modules
//! damaged/…                      bytes that could not be read, for people
//! lock                           held while the folder is in use
//! ```
//!
//! Segment files and not a database: a damaged record stays alone, because every frame has its own sum and reading
//! goes on at the next; the oldest goes by deleting a file; and there are ten kinds of call to the disk, each of
//! which tests make fail in every place ([`sim`]). Speed is no reason. `cargo run --release -p bowei-bench outbox DIR`
//! holds it against SQLite (write-ahead log, synced at every transaction) in one folder, in turns. On a shared virtual
//! disk with some 270 syncs a second, two runs gave, in times SQLite's rate: one record at a time 1.0 to 1.4, eight
//! 0.8 to 1.0, sixty-four 0.8 to 1.3: both wait for the disk. One record with a picture of 30 KiB gave 0.5 to 0.6, some
//! hundred a second, as pictures and records are two files and two syncs; what arrives together shares them.
//!
//! # Who writes
//!
//! One thread. Whatever waits is written together: the pictures and a sync of their file, then the
//! records and a sync of theirs, then all answers. A repetition is recognised there, so it is not answered before what
//! it repeats is safe. Journals are appended to without a sync and synced within a second: what a power loss takes of
//! them is delivered again, which platforms take as the same report. Only a refusal waits for its dead letter to be
//! synced before it is journaled, or a power loss could leave neither. Opening files, new names and renamed files are
//! followed by a sync of their folder before anything relies on them.
//!
//! # Who deletes
//!
//! - A segment of records goes when no configured uplink waits for any of it and its newest record is older than
//!   [`Limits::keep_delivered`]. What waits never expires. The newest segment stays: it knows the numbers given.
//! - A segment of pictures goes when nobody waits for any of it for [`Limits::keep_delivered_photos`], or after
//!   [`Limits::photos_keep`] whoever waits, or to make room: those that nobody waits for first, then the oldest.
//! - Of dead letters the oldest go beyond `DEAD_LETTERS_MAX`, and are counted.
//! - At [`Limits::max_bytes`] pictures go, then new ones are refused ([`EnqueueError::PhotosRefused`]); records are taken
//!   until the disk itself has no room ([`EnqueueError::Full`]).
//!
//! Ages count from the newest record of a segment. A clock that leaps forward by more than an hour between two looks
//! ages nothing by the leap; a machine that was off so long looks the same and is treated the same: late is harmless.
//! What was written by a clock that ran ahead counts as new from the moment this is seen. What was written by a clock
//! that had fallen back years, and lived through a restart after it was set right, is older than it should be: then
//! photos that nobody took for delivered may go early, records never.
//!
//! # After a fault
//!
//! - **kill -9**: all that was written is there, answered or not. It may be in the machine's memory alone, so the newest
//!   segment and the journals are written anew and synced when the outbox is opened, before anything is said to be
//!   repeated.
//! - **Power loss**: what was synced is there. What the last write left half done is cut off by saying so: the next
//!   segment's first frame says up to where the one before counts.
//! - **A sync fails**: what the system then says about that file cannot be believed, so it is never written again. The
//!   batch goes to a new segment once; if that fails too, the take is refused. The next take tries again, so it
//!   mends by itself when the disk does.
//! - **The disk is full**: pictures are dropped; then the take is refused whole and the file cut back.
//! - **A bit flips**: the frame's sum shows it. Its bytes are copied to `damaged`, it is counted, nobody waits for
//!   it, and the same report sent once more is taken as new. A damaged line of a journal means delivering again.
//! - **Numbers**: those of refused takes are not used again. Where the end of the log is damaged some are passed over,
//!   so that a journal's words about a lost record are never taken for words about a new one.
//!
//! # Bounds
//!
//! 256 takes wait for the writer, and callers beyond wait with them. A batch ends at 8 MiB, a take at
//! [`TAKE_ENTRIES_MAX`], a report at [`REPORT_BYTES_MAX`], a picture at [`PICTURE_BYTES_MAX`], a document at
//! [`DOCUMENT_BYTES_MAX`](documents::DOCUMENT_BYTES_MAX). In memory a record takes 48 bytes and one for each uplink, and about 33 in the map that
//! recognises repetitions; reports are not held.

mod batch;
mod disk;
mod documents;
mod faults;
mod frame;
mod handle;
mod identity;
mod index;
mod journal;
mod letters;
mod marks;
mod opening;
mod reading;
mod real;
mod record;
mod retention;
pub mod sim;
mod siphash;
mod state;
mod status;
mod types;
mod writer;

pub use disk::Disk;
pub use faults::{EnqueueError, NoPicture, NotSaved, OutboxError, RetryFault, Unreadable};
pub use handle::Outbox;
pub use identity::{Kind, session_of};
pub use real::RealDisk;
pub use status::{DiskState, Status, UplinkStatus};
pub use types::{DeadLetter, Entry, Head, Limits, NOT_SENT, NewEntry, Seq, Settled, Standing, Taken};

/// The largest report, as JSON: the cars inside a lot of a hundred thousand spaces.
pub(crate) const REPORT_BYTES_MAX: usize = 4 << 20;

/// The largest picture: far more than a camera at a gate makes.
pub(crate) const PICTURE_BYTES_MAX: usize = 8 << 20;

/// The most entries taken together: a day of a small lot's catching up, and no more than is written in a second.
pub const TAKE_ENTRIES_MAX: usize = 1_000;
