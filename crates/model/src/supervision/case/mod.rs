//! Cases (案件): the findings of one lot, rule and cause. Whether the fault is still there (the condition) follows from the
//! findings alone; who has it and what was done (the handling) is people's.

mod condition;
mod handling;
mod handling_state;
mod inhibition;
mod refused;
mod vendor;

pub use condition::{Condition, ConditionState, HourTally, condition, conditions};
pub use handling::{Action, ActionKind, Handling, HistoryEntry, Pause, Standing};
pub use handling_state::HandlingState;
pub use inhibition::Inhibitors;
pub use refused::Refused;
pub use vendor::{VendorMember, VendorWide, vendor_wide};

use crate::{Finding, FindingKind, LotCode};
use serde::{Deserialize, Serialize};

/// By what a case is known, but for its ordinal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseKey {
    /// The lot.
    pub lot: LotCode,
    /// The rule.
    pub kind: FindingKind,
    /// The cause, as [`crate::Facts::cause`]; empty where the rule says it all.
    pub cause: String,
}

impl CaseKey {
    /// The case that a finding belongs to.
    pub fn of(finding: &Finding) -> Self {
        Self { lot: finding.lot.clone(), kind: finding.kind, cause: finding.facts.cause().to_owned() }
    }
}
