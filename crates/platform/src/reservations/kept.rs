//! What is kept of reservations, each kind a document of the office: a lot's book, its orders one by one, what a plate has
//! behind it, and on which terms a lot is reserved.

use crate::office::Document;
use bowei_model::reservation::{Book, Order, PlateRecord, Policy, Proof};
use bowei_model::{LotCode, ProviderCode, SpaceKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When a book is due of which nothing is: 2100, which every engine can order by.
const NEVER: i64 = 4_102_444_800;

/// A book's state while anything may still happen in it.
pub(super) const OPEN: &str = "open";

/// A lot's book, with its orders in short: their histories stand with the orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptBook {
    pub(crate) book: Book,
    /// When time alone changes something in it.
    pub(super) due_at: Timestamp,
    /// The lot's provider, and its district.
    pub(super) provider: Option<ProviderCode>,
    pub(super) district: String,
}

impl KeptBook {
    pub(super) fn new(lot: LotCode) -> Self {
        Self { book: Book::new(lot), due_at: never(), provider: None, district: String::new() }
    }

    /// The same, ready to be kept: due when the book says, and without histories.
    pub(super) fn shortened(mut self, policy: &Policy) -> Self {
        self.due_at = self.book.next_due(policy).unwrap_or_else(never).min(never());
        self.book.orders.values_mut().for_each(|order| order.steps.clear());
        self
    }

    /// Whether a passage, a count or the time may change anything in it.
    pub(super) fn is_open(&self) -> bool {
        !self.book.orders.is_empty()
    }
}

fn never() -> Timestamp {
    Timestamp::from_second(NEVER).unwrap_or(Timestamp::MAX)
}

impl Document for KeptBook {
    const KIND: &'static str = "reservation-book";

    fn state(&self) -> String {
        if self.is_open() { OPEN } else { "idle" }.to_owned()
    }

    fn provider(&self) -> Option<ProviderCode> {
        self.provider.clone()
    }

    fn district(&self) -> String {
        self.district.clone()
    }

    fn at(&self) -> Timestamp {
        self.due_at
    }
}

/// An order, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptOrder {
    /// The order, with its history.
    pub(crate) order: Order,
    pub(crate) provider: ProviderCode,
    pub(crate) district: String,
    /// The phone number, sealed for this order, base64; `None` where none was given, or it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
    /// Of a car that did not come: what is known of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) no_show: Option<NoShow>,
    /// When plate and phone were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) erased_at: Option<Timestamp>,
}

/// A car that did not come, as far as is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoShow {
    /// Since when it is suspected.
    pub(crate) suspected_at: Timestamp,
    /// When it was proven, and counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) counted_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_at: Option<Timestamp>,
    /// When it was found that it cannot be proven, for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dropped_at: Option<Timestamp>,
    /// What was found when it was last looked at, and when that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proof: Option<(Timestamp, Proof)>,
}

impl KeptOrder {
    /// Whether a no-show of its counts.
    pub(crate) fn is_counted(&self) -> bool {
        self.no_show
            .as_ref()
            .is_some_and(|no_show| no_show.counted_at.is_some() && no_show.revoked_at.is_none())
    }

    /// Whether a no-show is still to be looked at.
    pub(super) fn is_suspected(&self) -> bool {
        self.no_show.as_ref().is_some_and(|no_show| {
            no_show.counted_at.is_none() && no_show.revoked_at.is_none() && no_show.dropped_at.is_none()
        })
    }
}

impl Document for KeptOrder {
    const KIND: &'static str = "reservation";

    fn state(&self) -> String {
        self.order.state.name().to_owned()
    }

    fn provider(&self) -> Option<ProviderCode> {
        Some(self.provider.clone())
    }

    fn district(&self) -> String {
        self.district.clone()
    }

    fn at(&self) -> Timestamp {
        self.order.enter_at
    }

    fn words(&self) -> String {
        let order = &self.order;
        let mut words = format!("code:{}\nlot:{}\nplate:{}\n", order.code, order.lot, order.plate);
        for (holds, word) in [
            (self.is_suspected(), SUSPECTED),
            (self.is_counted(), COUNTED),
            (self.erased_at.is_none(), NOT_ERASED),
        ] {
            if holds {
                words.push_str(word);
            }
        }
        words
    }
}

/// Words by which orders are found that somebody still has to look at.
pub(super) const SUSPECTED: &str = "no-show:suspected\n";
pub(super) const COUNTED: &str = "no-show:counted\n";
pub(super) const NOT_ERASED: &str = "personal:kept\n";

/// What a plate has behind it, under its pseudonym.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptPlate {
    pub(crate) record: PlateRecord,
    /// Until when it is suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) suspended_until: Option<Timestamp>,
    /// When it was last changed.
    pub(crate) changed_at: Timestamp,
}

impl Document for KeptPlate {
    const KIND: &'static str = "reservation-plate";

    fn state(&self) -> String {
        if self.suspended_until.is_some() { SUSPENDED } else { "kept" }.to_owned()
    }

    fn at(&self) -> Timestamp {
        self.changed_at
    }

    fn words(&self) -> String {
        let is_open = self.record.appeals.iter().any(|appeal| appeal.decision.is_none());
        if is_open { APPEALED.to_owned() } else { String::new() }
    }
}

/// The word of a plate's record with an appeal that nobody has decided.
pub(crate) const APPEALED: &str = "appeal:open\n";

/// The state of a plate's record while it is suspended.
pub(crate) const SUSPENDED: &str = "suspended";

/// On which terms a lot is reserved, beyond its own word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LotTerms {
    /// What the office grants of a lot whose own reports say nothing of it.
    #[serde(default)]
    pub(crate) granted: BTreeMap<SpaceKind, u32>,
    /// Why no order is taken, where the office has stopped them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<String>,
    /// When its gateway last asked what it is to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked_at: Option<Timestamp>,
}

impl Document for LotTerms {
    const KIND: &'static str = "reservation-lot";

    fn state(&self) -> String {
        if self.stopped.is_some() { "stopped" } else { "kept" }.to_owned()
    }

    fn at(&self) -> Timestamp {
        self.asked_at.unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
