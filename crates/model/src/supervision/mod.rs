//! Supervision: what a city holds against its lots, from the findings of one record to the rates of a month.
//!
//! Everything here is pure: the same evidence gives the same findings, cases' conditions and rates.

pub mod attribution;
mod case;
mod catalogue;
mod day;
mod durations;
mod evaluation;
mod evidence;
mod kept_day;
mod minutes;
pub mod order;
mod rates;
mod rules;
mod settings;

pub use case::{
    Action, ActionKind, CaseKey, Condition, ConditionState, Handling, HandlingState, HistoryEntry, HourTally,
    Inhibitors, Pause, Refused, Standing, VendorMember, VendorWide, condition, conditions, vendor_wide,
};
pub use catalogue::{RULES, Rule, Severity, Words, rule};
pub use durations::Durations;
pub use evaluation::{Evaluation, HourPassages, evaluate};
pub use evidence::{BaseDataFacts, CLOSES_AFTER, ChargeRecord, DayDeclaration, Elsewhere, Evidence, Profile};
pub use kept_day::{ChargingSum, HourCounts, KeptDay};
pub use minutes::Minutes;
pub use rates::{DayRates, Part, Rate, RateRecord, Ratio, RecordWords, records};
pub use rules::metres_outside;
pub use settings::*;

/// How long passages took to be received: a histogram that adds up.
pub type Delays = Durations;
