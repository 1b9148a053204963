//! Reservations (预约停车) and their waitlist (候补): what competes for a lot's reservable spaces is one [`Book`], and one pure
//! function, [`Book::apply`], changes it. First come, first served: unlike reports, what comes of commands depends on their
//! order, and the platform gives them one.
//!
//! [`TRANSITIONS`] says which command leads where. A plate's limits over all lots are its [`PlateRecord`]; whether a car
//! really did not come is [`proof`].

mod answer;
mod book;
mod call;
mod capacity;
mod code;
mod command;
mod deciding;
mod directive;
mod effect;
mod order;
mod passage;
mod plate_record;
mod policy;
mod proof;
mod queue;
mod reason;
mod request;
mod state;
mod sweep;
mod transitions;
mod turn;

pub use book::{Book, ORDERS_MAX};
pub use call::{Call, CallKind};
pub use capacity::{Grant, Granted};
pub use code::OrderCode;
pub use command::{CarPassage, Command, CommandKind, LotAnswer, NewOrder, Party};
pub use directive::{Cancellation, Reservation, SpaceKind};
pub use effect::{Applied, Declined, Effect, Event};
pub use order::{Order, STEPS_MAX, Step, Wanted};
pub use plate_record::{
    APPEAL_TEXT_MAX, Appeal, AppealDecision, AppealRefused, Mark, PlateRecord, Suspension,
};
pub use policy::{Policy, PolicyFault};
pub use proof::{Lack, PlateSeen, Proof, ProofFacts, Witnessed, WitnessedDay, is_alike, proof};
pub use queue::Estimate;
pub use reason::{Limit, Reason};
pub use state::OrderState;
pub use transitions::TRANSITIONS;
