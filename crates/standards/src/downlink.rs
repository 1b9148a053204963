//! What a platform asks of lots, where a standard has such a thing: to keep a space for a car, and to keep it no
//! longer. The platform seals and reads the answer, the lot's gateway opens and answers.

use crate::Refusal;
use crate::lot_side::{CannotSeal, Sealed};
use crate::platform_side::{Credential, LotLookup, Route};
use bowei_model::{Cancellation, Reservation, SpaceKind};
use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The way down, both ends of it.
pub trait Downlink: Send + Sync {
    /// What a lot's gateway listens to.
    fn routes(&self) -> &'static [Route];

    /// Where the account's lots are called: an address without a slash at its end, which the sealed request's path is
    /// put behind. `None` where the account has none, and cannot be asked.
    fn callback<'a>(&self, credential: &'a dyn Credential) -> Option<&'a str>;

    /// Seals a reservation for the lot that the standard calls `lot_id`. `token` is the one that the lot was given
    /// when it last logged in.
    fn seal_reservation(
        &self,
        reservation: &Reservation,
        lot_id: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Sealed, CannotSeal>;

    /// Seals a cancellation.
    fn seal_cancellation(
        &self,
        cancellation: &Cancellation,
        lot_id: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Sealed, CannotSeal>;

    /// Opens what came to a lot's gateway that was given `token`, and has `lots`.
    fn open(&self, request: Request<Bytes>, token: &str, lots: &dyn LotLookup) -> Result<Directive, Refusal>;

    /// The lot's answer: the reservation's code where it was taken.
    fn answer(&self, outcome: Result<&str, &DownlinkRefusal>, now: Timestamp) -> Response<Bytes>;

    /// What a lot's answer means for what was asked.
    fn read_answer(&self, answer: &Response<Bytes>) -> DownlinkReading;

    /// What a code of [`DownlinkReading::Refused`] says of the reservation; `None`: nothing, or not of one.
    fn refusal(&self, code: &str) -> Option<DownlinkRefusal>;

    /// How many spaces of each kind a lot lets be reserved, by what it says of itself (the details of its base data); none
    /// where it lets none be, or has not said.
    fn reservable(&self, details: &BTreeMap<String, String>) -> BTreeMap<SpaceKind, u32>;
}

/// What a platform asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// Keep a space.
    Reservation(Reservation),
    /// Keep it no longer.
    Cancellation(Cancellation),
}

impl Directive {
    /// Which reservation it is about.
    pub fn reservation_code(&self) -> &str {
        match self {
            Self::Reservation(reservation) => &reservation.reservation_code,
            Self::Cancellation(cancellation) => &cancellation.reservation_code,
        }
    }
}

/// Why a lot does not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownlinkRefusal {
    /// No space that can be reserved is free (没有可预约车位).
    NoSpace,
    /// A new reservation has the code of one that exists already (预约编码已存在).
    BookingExists,
    /// There is no such reservation (预约订单不存在).
    NoSuchBooking,
    /// The reservation has run out (预约已过期).
    Expired,
    /// The reservation has been called off (预约已取消).
    Cancelled,
    /// Its times cannot be right (预约时间有误).
    WrongTime,
    /// The car is not let in (黑名单).
    Blacklisted,
    /// The message itself is at fault.
    Message(Box<Refusal>),
}

/// What a lot's answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownlinkReading {
    /// Done.
    Taken {
        /// The reservation's code as the lot repeats it; `None` where it does not.
        reservation_code: Option<String>,
    },
    /// No space is free: the reservation may wait for one.
    NoSpace,
    /// Refused for good.
    Refused {
        /// The lot's code.
        code: String,
        /// The lot's words.
        why: String,
    },
    /// No answer that can be relied on: ask again, with the same code.
    TryLater {
        /// When the lot says to come back.
        after: Option<SignedDuration>,
        /// What it said, as far as it can be read.
        why: String,
    },
}
