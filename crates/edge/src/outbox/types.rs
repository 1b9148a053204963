//! What goes in and what comes out.

use super::identity::Kind;
use crate::known::Known;
use bowei_model::Report;
use bytes::Bytes;
use jiff::Timestamp;
use std::time::Duration;

/// The number of a record: from 1, in the order of taking, and never used twice.
pub type Seq = u64;

/// The code of a dead letter whose standard cannot say the report: no platform has seen it.
pub const NOT_SENT: &str = "not sent";

/// A report to be kept.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// What is said.
    pub report: Report,
    /// The bytes of its picture.
    pub picture: Option<Bytes>,
    /// Only this uplink is to have it; otherwise all are.
    pub only: Option<String>,
}

/// Where a report that was taken is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Under a new number.
    New(Seq),
    /// It was there already, with the same content.
    Duplicate(Seq),
}

impl Taken {
    /// The number, either way.
    pub fn seq(self) -> Seq {
        match self {
            Self::New(seq) | Self::Duplicate(seq) => seq,
        }
    }
}

/// A report as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: Seq,
    /// When it was taken, to the millisecond.
    pub taken_at: Timestamp,
    /// What is said.
    pub report: Report,
    /// What was known beside it when it was taken.
    pub known: Known,
    /// Only this uplink is to have it.
    pub only: Option<String>,
    /// A picture came with it, which may be gone by now.
    pub has_picture: bool,
}

/// What is known of a record without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: Seq,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Records with the same number here are delivered one after the other.
    pub session: u64,
    /// Bytes of the report as JSON, about.
    pub bytes: u32,
    /// Bytes of its picture; 0 for none.
    pub picture_bytes: u32,
    /// What it is about.
    pub kind: Kind,
}

/// How a record was settled with an uplink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The platform has it.
    Delivered,
    /// The platform's standard has no place for it.
    Unsupported,
    /// The platform will not have it: it becomes a dead letter.
    Refused {
        /// The platform's code for that.
        code: String,
        /// Its words.
        why: String,
    },
}

/// How a record stands with an uplink, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is to be delivered.
    Waiting,
    /// The platform has it.
    Delivered,
    /// The platform's standard has no place for it.
    Unsupported,
    /// The platform refused it.
    Refused,
    /// It is not this uplink's: another's alone, or taken before the uplink was there; or the record is gone or
    /// damaged.
    Unknown,
}

/// A record that a platform refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its own number: from 1, never used twice.
    pub id: u64,
    /// Who was to have it.
    pub uplink: String,
    /// The record's number.
    pub seq: Seq,
    /// When it was refused.
    pub refused_at: Timestamp,
    /// The platform's code.
    pub code: String,
    /// The platform's words.
    pub why: String,
    /// The report.
    pub report: Report,
    /// A picture came with it, which may be gone by now.
    pub has_picture: bool,
}

/// How much is kept, and how long.
#[derive(Clone, Debug)]
pub struct Limits {
    /// What all files together may take. Pictures go when it is reached; records never do.
    pub max_bytes: u64,
    /// How long a record stays after every platform has it: what a platform asks for again at midnight is of the day
    /// before, and a week lets people look.
    pub keep_delivered: Duration,
    /// How long a picture stays after every platform has it.
    pub keep_delivered_photos: Duration,
    /// How long a picture waits for a platform.
    pub photos_keep: Duration,
    /// A segment of records ends at this length: deleting goes by segments.
    pub log_segment_bytes: u64,
    /// A segment of pictures ends at this length: so much goes at once when room is needed.
    pub picture_segment_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const DAY: u64 = 86_400;
        Self {
            max_bytes: 8 << 30,
            keep_delivered: Duration::from_secs(7 * DAY),
            keep_delivered_photos: Duration::from_secs(DAY),
            photos_keep: Duration::from_secs(30 * DAY),
            log_segment_bytes: 8 << 20,
            picture_segment_bytes: 8 << 20,
        }
    }
}
