//! Lots whose gateway asks: what each is still to be told, and what it answers. Whose calls go out to them, see
//! [`caller`](super::caller); both are the same calls of the same book, and whichever answers first answers for good.

use super::{NotDone, Reservations};
use bowei_model::LotCode;
use bowei_standards::downlink::Directive;
use std::time::Duration;

/// What a lot is still to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenCall {
    /// What it is answered under: the same however often it is asked for, another for the next call of the same
    /// reservation. Letters, digits and `-`.
    pub(crate) id: String,
    /// What it says. `Reservation::changes` tells a change from a new one.
    pub(crate) directive: Directive,
}

/// What a gateway says became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    /// Done.
    Taken,
    /// No space is free.
    NoSpace,
    /// Refused for good.
    Refused {
        /// The lot's code.
        code: String,
        /// The lot's words.
        why: String,
    },
}

impl Reservations {
    /// What `lots` are still to be told, the oldest first, [`CALLS_MAX`](super::CALLS_MAX) at most. That they have asked is
    /// noted: a lot whose gateway asks can be reserved.
    pub(crate) async fn open_calls(&self, lots: &[LotCode]) -> Result<Vec<OpenCall>, NotDone>;

    /// The same; where there is none, waits for one up to `wait`.
    pub(crate) async fn wait_for_calls(
        &self,
        lots: &[LotCode],
        wait: Duration,
    ) -> Result<Vec<OpenCall>, NotDone>;

    /// Takes the answer to the call of that id, of one of `lots`; `false`: these lots have none of it. A call that was
    /// answered already, or is not open any more, is `true`: the answer came late, and is heard as a late one.
    pub(crate) async fn answer_call(
        &self,
        lots: &[LotCode],
        id: &str,
        outcome: CallOutcome,
    ) -> Result<bool, NotDone>;

    /// Cancels a reservation for the lot, which cannot keep it; `false`: these lots have none of that code that could be
    /// cancelled.
    pub(crate) async fn cancel_by_lot(
        &self,
        lots: &[LotCode],
        code: &str,
        reason: &str,
    ) -> Result<bool, NotDone>;
}
