//! What may be asked of a book.

use super::call::CallKind;
use super::capacity::Granted;
use super::code::OrderCode;
use super::directive::SpaceKind;
use super::reason::Limit;
use crate::{Direction, Plate, RecordId};
use jiff::Timestamp;

/// A new order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Its code.
    pub code: OrderCode,
    /// The car.
    pub plate: Plate,
    /// What kind of space.
    pub space: SpaceKind,
    /// When the car is to come.
    pub enter_at: Timestamp,
    /// Whether it goes on the waitlist where there is no place.
    pub wait: bool,
    /// Whether the driver left a phone number for notices.
    pub notify: bool,
    /// What keeps its plate from booking, as its [`super::PlateRecord`] says: see [`super::Order::barred`].
    pub limit: Option<Limit>,
    /// What keeps its plate from the waitlist, likewise.
    pub wait_limit: Option<Limit>,
}

/// Who calls an order off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// Who has the private link.
    Driver,
    /// The lot.
    Lot,
    /// The city's office.
    Office,
}

/// What came of an attempt to tell the lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LotAnswer {
    /// Yes. Also where the lot says that it has this code already: it took an attempt whose answer was lost.
    Taken,
    /// No space of that kind (1501).
    NoSpace,
    /// No, for another reason.
    Refused {
        /// The lot's code for why, as its standard numbers them.
        code: i64,
        /// The lot's words.
        why: String,
    },
    /// None in time, or none that can be relied on.
    Silent,
    /// The attempt certainly did not reach the lot.
    NotReachable,
}

/// A car that passed at the book's lot, as far as orders go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarPassage {
    /// Its plate, where it was read.
    pub plate: Option<Plate>,
    /// The order that the lot names for it.
    pub reservation_code: Option<OrderCode>,
    /// In or out.
    pub direction: Direction,
    /// When it passed.
    pub at: Timestamp,
    /// Of an exit: when it came in, as the exit says.
    pub entered_at: Option<Timestamp>,
    /// The parking.
    pub record_id: RecordId,
}

/// One thing that is asked of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A driver wants a space. The same again is the same order.
    Request(NewOrder),
    /// A driver wants another time or kind of space.
    Change {
        /// Which order.
        code: OrderCode,
        /// When the car is to come; `None`: as it is.
        enter_at: Option<Timestamp>,
        /// What kind of space; `None`: as it is.
        space: Option<SpaceKind>,
        /// The version that the driver saw.
        version: u64,
    },
    /// An order is called off.
    Cancel {
        /// Which.
        code: OrderCode,
        /// By whom.
        by: Party,
        /// The version that he saw, where he saw one.
        version: Option<u64>,
    },
    /// An attempt is on its way to the lot. Need not be said: an answer says as much.
    Sent {
        /// Of which order.
        code: OrderCode,
        /// Which attempt, of [`super::Effect::Call`].
        attempt: u32,
    },
    /// What came of an attempt.
    Answer {
        /// Of which order.
        code: OrderCode,
        /// What the lot was told.
        what: CallKind,
        /// Which attempt, of [`super::Effect::Call`].
        attempt: u32,
        /// How the answer is read.
        reading: LotAnswer,
    },
    /// What the lot grants now.
    Granted(Granted),
    /// A car passed.
    Passage(CarPassage),
    /// A plate is suspended, or no longer.
    Suspend {
        /// Which.
        plate: Plate,
        /// Until when; `None`: no longer.
        until: Option<Timestamp>,
    },
    /// Time has passed.
    Tick,
}

/// What a command is, with a lot's answer to a first call by what it says: as [`super::TRANSITIONS`] has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommandKind {
    /// [`Command::Request`].
    Request,
    /// [`Command::Change`].
    Change,
    /// [`Command::Cancel`].
    Cancel,
    /// [`Command::Sent`].
    Sent,
    /// [`LotAnswer::Taken`].
    Taken,
    /// [`LotAnswer::NoSpace`].
    NoSpace,
    /// [`LotAnswer::Refused`].
    Refused,
    /// [`LotAnswer::Silent`].
    Silent,
    /// [`LotAnswer::NotReachable`].
    NotReachable,
    /// [`Command::Granted`].
    Granted,
    /// [`Command::Passage`] in.
    Entry,
    /// [`Command::Passage`] out.
    Exit,
    /// [`Command::Suspend`].
    Suspend,
    /// [`Command::Tick`].
    Tick,
}

impl CommandKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Request,
        Self::Change,
        Self::Cancel,
        Self::Sent,
        Self::Taken,
        Self::NoSpace,
        Self::Refused,
        Self::Silent,
        Self::NotReachable,
        Self::Granted,
        Self::Entry,
        Self::Exit,
        Self::Suspend,
        Self::Tick,
    ];

    /// The kind in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Change => "change",
            Self::Cancel => "cancel",
            Self::Sent => "sent",
            Self::Taken => "taken",
            Self::NoSpace => "no-space",
            Self::Refused => "refused",
            Self::Silent => "silent",
            Self::NotReachable => "not-reachable",
            Self::Granted => "granted",
            Self::Entry => "entry",
            Self::Exit => "exit",
            Self::Suspend => "suspend",
            Self::Tick => "tick",
        }
    }
}
