//! What a lot has to say and when: a passage, a picture to be drawn of one, a charge. A source of traffic is an
//! iterator of these, in the order in which they fall due.

use crate::picture::Scene;
use crate::plan::CityLot;
use bowei_model::{ChargingRecord, Passage, Report};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Something that a lot says, or the operator of its chargers.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// When it is said, in simulated time. Never before what it speaks of.
    pub due: Timestamp,
    /// The lot.
    pub lot: Arc<CityLot>,
    /// What is said.
    pub says: Says,
    /// What the passage's own picture shows, in standards that have it within the record.
    pub within: Option<Scene>,
    /// What is wrong with the message itself, and not with what it says.
    pub twist: Option<Twist>,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "the largest, a passage, is also by far the commonest")]
pub enum Says {
    /// A car went in or out.
    Passage(Passage),
    /// A picture of it, drawn only when it is sent: a queue of scenes is small, one of pictures is not.
    Photo(Scene),
    /// A car has been charged.
    Charge(ChargingRecord),
    /// The lot on itself: its base data, a gate, the cars inside on the hour, a sign of life.
    OfLot(Report),
    /// The lot on the records that it has of a day.
    DayDeclared(DeclaredDay),
    /// Its provider on what has changed about the lot, and since when.
    LotChanged(Timestamp),
}

/// The records that a lot has of a day, as it declares them after midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredDay {
    /// The day, by the wall clock of UTC+08:00.
    pub day: Date,
    /// The records that were entered on it.
    pub entries: BTreeSet<String>,
    /// The records that were left on it.
    pub exits: BTreeSet<String>,
    /// How many pictures were taken.
    pub photos: u64,
    /// How many charges ended.
    pub charges: u64,
}

/// What is wrong with a message on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    /// A field that the text requires has nothing in it.
    FieldBlank,
    /// A value that an open list does not have.
    ValueUnlisted,
    /// JSON as nobody writes it.
    JsonMalformed,
    /// It goes to the interface for lots of the other kind.
    OtherLotKind,
    /// The picture is smaller than the text asks.
    PictureSmall,
    /// The picture is another one than the record's others: the number of it.
    PictureNumber(u8),
}

impl Message {
    /// A message that is no more than what it says.
    pub fn new(due: Timestamp, lot: Arc<CityLot>, says: Says) -> Self {
        Self { due, lot, says, within: None, twist: None }
    }

    /// The record spoken of.
    pub fn record_id(&self) -> &str {
        match &self.says {
            Says::Passage(passage) => passage.record_id.as_str(),
            Says::Photo(scene) => scene.record_id.as_str(),
            Says::Charge(charge) => &charge.order_no,
            // What a lot says of itself goes one after the other.
            Says::OfLot(_) | Says::DayDeclared(_) | Says::LotChanged(_) => self.lot.code.as_str(),
        }
    }

    /// The passage, where it is one.
    pub fn passage(&self) -> Option<&Passage> {
        match &self.says {
            Says::Passage(passage) => Some(passage),
            Says::Photo(_)
            | Says::Charge(_)
            | Says::OfLot(_)
            | Says::DayDeclared(_)
            | Says::LotChanged(_) => None,
        }
    }
}
