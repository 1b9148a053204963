//! The shapes of `/open/v1/reservations`.

use crate::http::enums;
use crate::reservations::NotReservable;
use bowei_model::SpaceKind;
use bowei_model::reservation::OrderState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether and how a lot's spaces can be reserved. It tells nothing of who has reserved any.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ReservableLot {
    pub(super) code: String,
    pub(super) name: String,
    /// Whether an order is taken now.
    pub(super) reservable: bool,
    /// Why not, where none is.
    pub(super) why: Option<NotReservable>,
    /// The kinds of spaces that it grants.
    #[schema(value_type = Vec<enums::SpaceKind>)]
    pub(super) spaces: Vec<SpaceKind>,
    /// The rules that count now.
    pub(super) rules: DriverRules,
}

/// The city's rules, as far as a driver goes by them.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct DriverRules {
    /// So many minutes ahead at most.
    pub(super) ahead_minutes: u32,
    /// The same for spaces with a charger.
    pub(super) charging_ahead_minutes: u32,
    /// The car may come so many minutes before `enter_at`.
    pub(super) early_minutes: u32,
    /// The space is kept so many minutes from `enter_at` on.
    pub(super) keep_minutes: u32,
    /// Orders of a plate on one day.
    pub(super) per_day: u32,
    /// Cancelling is free until so many minutes before `enter_at`.
    pub(super) free_cancel_minutes: u32,
    /// After so many late cancellations a plate reserves no more that day; 0: any number.
    pub(super) late_cancels_per_day: u32,
    /// And that month.
    pub(super) late_cancels_per_month: u32,
    /// So many no-shows suspend a plate until the end of the month; 0: none do.
    pub(super) no_shows: u32,
    /// The waitlist closes so many minutes before `enter_at`.
    pub(super) waitlist_closes_minutes: u32,
}

/// A reservation that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewReservation {
    /// The lot's code.
    pub(super) lot: String,
    /// The car's plate: 浙E12345, blanks and the dot allowed.
    pub(super) plate: String,
    /// What kind of space.
    #[schema(value_type = enums::SpaceKind)]
    pub(super) space: SpaceKind,
    /// When the car comes, RFC 3339.
    #[schema(format = DateTime)]
    pub(super) enter_at: String,
    /// For notices by SMS, kept sealed: a mainland mobile number, 11 digits; +86 before it is understood.
    pub(super) phone: Option<String>,
    /// Whether to wait for a space where none is free.
    #[serde(default)]
    pub(super) wait: bool,
}

/// A reservation that was taken down. What becomes of it is followed by its token.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ReservationCreated {
    /// 32 characters; the lot knows it as bookCode.
    pub(super) code: String,
    #[schema(value_type = enums::ReservationState)]
    pub(super) state: OrderState,
    /// Opens it, shown this once: the page is `/reservation#TOKEN`.
    pub(super) token: String,
    /// The place in the queue, from 1, of one that waits.
    pub(super) place: Option<usize>,
}

/// What is to be changed: a field left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ReservationChange {
    /// When the car comes, RFC 3339.
    #[schema(format = DateTime)]
    pub(super) enter_at: Option<String>,
    /// What kind of space.
    #[schema(value_type = Option<enums::SpaceKind>)]
    pub(super) space: Option<SpaceKind>,
    /// The version that was looked at: 409 where it has changed meanwhile.
    pub(super) version: u64,
}

/// An objection to a no-show or a suspension.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct AppealRequest {
    /// Why, 1 to 1,000 characters.
    pub(super) text: String,
}

/// A reservation as its own page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct ReservationItem {
    pub(super) code: String,
    pub(super) lot: String,
    pub(super) lot_name: Option<String>,
    /// Masked: 浙E·**345.
    pub(super) plate: String,
    /// Masked: 138****5678; null where none was given, or it is past its time.
    pub(super) phone: Option<String>,
    #[schema(value_type = enums::SpaceKind)]
    pub(super) space: SpaceKind,
    pub(super) enter_at: String,
    /// The car may come from then on.
    pub(super) from: String,
    /// And until then: the space is not kept any longer.
    pub(super) until: String,
    #[schema(value_type = enums::ReservationState)]
    pub(super) state: OrderState,
    /// Why it is so, as the last step has it.
    pub(super) reason: Option<ReservationReason>,
    /// Grows with every change; a change names the one that it was made on.
    pub(super) version: u64,
    /// The place in the queue, from 1, of one that waits.
    pub(super) place: Option<usize>,
    /// Minutes until a space may be expected, of one that waits; null where nobody can tell.
    pub(super) estimate_minutes: Option<i64>,
    /// When the queue closes, of one that waits.
    pub(super) queue_closes_at: Option<String>,
    /// Whether a change is on its way to the lot: the space that it has stays until the lot answers.
    pub(super) changing: bool,
    pub(super) can_change: bool,
    pub(super) can_cancel: bool,
    /// Cancelling is free until then.
    pub(super) free_cancel_until: String,
    pub(super) entered_at: Option<String>,
    pub(super) left_at: Option<String>,
    pub(super) created_at: String,
    /// The link ends then.
    pub(super) link_ends_at: String,
    /// What happened, the oldest first.
    pub(super) steps: Vec<ReservationStep>,
    /// Of a no-show that counts: what it rests on.
    pub(super) no_show: Option<NoShowItem>,
    /// Until when the plate may not reserve, where it is suspended.
    pub(super) suspended_until: Option<String>,
    /// The objection to it, where there is one.
    pub(super) appeal: Option<AppealItem>,
    pub(super) can_appeal: bool,
}

/// Why, in a word and in sentences.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct ReservationReason {
    /// The word: `no-space`, `lot-refused`, `driver`, …
    pub(super) reason: &'static str,
    pub(super) zh: String,
    pub(super) en: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct ReservationStep {
    pub(super) at: String,
    #[schema(value_type = enums::ReservationState)]
    pub(super) state: OrderState,
    #[serde(flatten)]
    pub(super) reason: ReservationReason,
}

/// What a no-show rests on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct NoShowItem {
    pub(super) counted_at: String,
    /// Minutes of the window, and of these those in which the lot was heard.
    pub(super) minutes: u32,
    pub(super) heard: u32,
    /// Cars that the lot reported within it, none of them this one.
    pub(super) passages: u32,
    /// Whether the lot had settled that day's records.
    pub(super) settled: bool,
    /// When it was taken back, where it was.
    pub(super) revoked_at: Option<String>,
}

/// An objection.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct AppealItem {
    pub(super) at: String,
    pub(super) text: String,
    /// `open`, `sustained`, `rejected`.
    pub(super) state: &'static str,
    pub(super) decided_at: Option<String>,
    pub(super) reason: Option<String>,
}
