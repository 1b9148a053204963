//! Telling an operator's own system what somebody waits for, by webhook. What is told is kept with what happened, in one
//! transaction, and sent until it is taken; receipts are kept.
//!
//! A delivery is `POST` with JSON `{"id","event","at","data"}` and the headers `x-bowei-delivery` (its id, the same each
//! time) and `x-bowei-signature: sha256=HEX`, HMAC-SHA-256 over the body. Any answer of 2xx takes it.

mod sending;

pub(crate) use sending::{WebhookError, Webhooks, job};

use crate::accounts::random;
use crate::office::{Document, Kept};
use bowei_encoding::hex;
use bowei_store::{Change, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is to be told, and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// What happened, such as `order.overdue`.
    pub(crate) event: String,
    /// When.
    pub(crate) at: Timestamp,
    /// What it is about.
    pub(crate) data: Value,
    /// How often it was sent.
    pub(crate) attempts: u32,
    /// When it is sent next.
    pub(crate) next_at: Timestamp,
    /// When it was taken, and with which status.
    pub(crate) delivered: Option<(Timestamp, u16)>,
    /// Why it was not, the last time.
    pub(crate) failure: Option<String>,
    /// It is not sent any more.
    pub(crate) is_given_up: bool,
}

impl Document for Delivery {
    const KIND: &'static str = "webhook";

    fn state(&self) -> String {
        match (self.delivered, self.is_given_up) {
            (Some(_), _) => "delivered",
            (None, true) => "given-up",
            (None, false) => WAITING,
        }
        .to_owned()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

/// Under which name of a delivery's data what is sealed stands: by name `{"for", "sealed"}`, what it was sealed for and the
/// sealed bytes in base64. It is opened when it is sent, and gone once it was taken.
pub(crate) const SEALED: &str = "sealed";

/// The state of those that are still to be sent.
pub(crate) const WAITING: &str = "waiting";

/// The change that has something told.
pub(crate) fn told(event: &str, data: Value, at: Timestamp) -> Result<Change, StoreError> {
    let no_randomness = |_| StoreError::Unavailable("the system gives no random numbers".to_owned());
    let id = hex(&random::<16>().map_err(no_randomness)?);
    let delivery = Delivery {
        event: event.to_owned(),
        at,
        data,
        attempts: 0,
        next_at: at,
        delivered: None,
        failure: None,
        is_given_up: false,
    };
    Kept::new(id, delivery).change()
}
