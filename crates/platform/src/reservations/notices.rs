//! Who is told what of an order: by webhook, for an SMS to the number that the driver left. It is kept with what happened, in
//! one transaction. The number stays sealed until it is sent.

use super::kept::KeptOrder;
use crate::webhooks;
use bowei_model::reservation::Event;
use bowei_model::{Lot, moment};
use bowei_store::{Change, StoreError};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What a driver is told beyond what the book says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfficeEvent {
    /// A no-show counts.
    NoShow,
    /// It was taken back.
    NoShowRevoked,
    /// An appeal was decided.
    AppealDecided,
    /// A suspension was ended.
    SuspensionEnded,
}

impl OfficeEvent {
    fn name(self) -> &'static str {
        match self {
            Self::NoShow => "no-show",
            Self::NoShowRevoked => "no-show-revoked",
            Self::AppealDecided => "appeal-decided",
            Self::SuspensionEnded => "suspension-ended",
        }
    }
}

/// The change that has a driver told, where there is a number.
pub(super) fn told(
    kept: &KeptOrder,
    event: Event,
    lot: Option<&Lot>,
    now: Timestamp,
) -> Result<Option<Change>, StoreError> {
    let name = serde_json::to_value(event).ok();
    named(kept, name.as_ref().and_then(Value::as_str).unwrap_or("changed"), lot, now)
}

/// The same of what the office, or a proof, has done.
pub(super) fn told_by_office(
    kept: &KeptOrder,
    event: OfficeEvent,
    lot: Option<&Lot>,
    now: Timestamp,
) -> Result<Option<Change>, StoreError> {
    named(kept, event.name(), lot, now)
}

fn named(
    kept: &KeptOrder,
    event: &str,
    lot: Option<&Lot>,
    at: Timestamp,
) -> Result<Option<Change>, StoreError> {
    let Some(phone) = &kept.phone else { return Ok(None) };
    let order = &kept.order;
    let data = json!({
        "reservation": order.code,
        "state": order.state.name(),
        "lot": order.lot,
        "lot_name": lot.map(|lot| &lot.name),
        "plate": order.plate.masked(),
        "space": order.space,
        "enter_at": moment::rfc3339(order.enter_at),
        "until": moment::rfc3339(order.expires_at),
        webhooks::SEALED: {"phone": {"for": phone_label(order.code.as_str()), "sealed": phone}},
    });
    webhooks::told(&format!("reservation.{event}"), data, at).map(Some)
}

/// What a phone number is sealed for.
pub(super) fn phone_label(code: &str) -> String {
    format!("reservation-phone/{code}")
}
