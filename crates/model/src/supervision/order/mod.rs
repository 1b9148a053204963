//! An order to correct (责令限期改正) from its draft to its end.
//!
//! An [`Order`] is what [`Action`]s make of a draft, one after the other, and nothing else: what is legal in which state is
//! [`TRANSITIONS`], and whatever is not is refused with what would be. What it says does not change once it is issued, for
//! no action touches it and nothing outside of this module can. It is read back from data only where the data is what its
//! own log gives.

mod action;
mod content;
mod deadline;
mod record;
mod refused;
mod transition;

pub use action::{ATTACHMENTS_MAX, Action, ActionKind, Attachment, Manner, OrderState, Service, Severity};
pub use content::{Content, DocumentNumber, Due, ORDER_FINDINGS_MAX, OrderFinding, Party, Term};
pub use deadline::{Deadline, WARNINGS_PERCENT};
pub use record::{
    Answer, Decision, Entry, Escalation, Extension, ExtensionAsked, ExtensionDecision, Issue, IssuedOrder,
    IssuedReview, Objected, Objection, OrderRecord, Verification, VoidNumber, Withdrawal,
};
pub use refused::{ORDER_TEXT_MAX, Refused, Why};
pub use transition::{TRANSITIONS, legal};

use crate::working_days::Calendar;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// Who lets terms pass, in the log.
pub const CLOCK: &str = "clock";

/// An order that is what its log makes of it. Reads as the [`OrderRecord`] that it holds, in JSON too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OrderRecord")]
pub struct Order(OrderRecord);

impl Deref for Order {
    type Target = OrderRecord;

    fn deref(&self) -> &OrderRecord {
        &self.0
    }
}

impl Order {
    /// A draft.
    ///
    /// # Errors
    ///
    /// Where a part of it is beyond its bounds. Parts may be empty until it is issued, but for its findings.
    pub fn draft(id: String, content: Content, by: String, at: Timestamp) -> Result<Self, Refused> {
        let draft = Self(OrderRecord {
            id,
            state: OrderState::Draft,
            drafted_at: at,
            drafted_by: by,
            content,
            void_numbers: Vec::new(),
            issue: None,
            service: None,
            due_at: None,
            extensions: Vec::new(),
            answers: Vec::new(),
            objections: Vec::new(),
            verification: None,
            reviews: Vec::new(),
            withdrawal: None,
            escalations: Vec::new(),
            log: Vec::new(),
        });
        let checked = draft.content.check(false);
        checked.map_err(|why| draft.refused(ActionKind::Revise, why))?;
        Ok(draft)
    }

    /// Has a draft say something else.
    ///
    /// # Errors
    ///
    /// Where it is no draft any more, or a part is beyond its bounds. It is as it was then.
    pub fn revise(&mut self, content: Content, by: String, at: Timestamp) -> Result<(), Refused> {
        let checked = content.check(false);
        checked.map_err(|why| self.refused(ActionKind::Revise, why))?;
        self.act(Action::Revise {}, by, at)?;
        self.0.content = content;
        Ok(())
    }

    /// Does `action`, at the moment `at` by the platform's clock. Terms that are over by then pass first.
    ///
    /// # Errors
    ///
    /// Where it is not legal: nothing of it is done then.
    pub fn act(&mut self, action: Action, by: String, at: Timestamp) -> Result<(), Refused> {
        self.pass(at);
        let kind = action.kind();
        if kind == ActionKind::Expire {
            return Err(self.refused(kind, Why::State));
        }
        self.0.step(Entry { at, by, done: action }).map_err(|why| self.refused(kind, why))
    }

    /// Lets the clock pass: whether that made it overdue.
    pub fn pass(&mut self, now: Timestamp) -> bool {
        let over =
            self.deadline().filter(|deadline| self.state == OrderState::Served && deadline.is_over(now));
        let Some(Deadline { due_at, .. }) = over else { return false };
        // Service may have been noted when its term was over already.
        let at = self.log.last().map_or(due_at, |last| last.at.max(due_at));
        self.0.step(Entry { at, by: CLOCK.to_owned(), done: Action::Expire {} }).is_ok()
    }

    /// The action that notes this service, with the deadline that it sets going.
    ///
    /// # Errors
    ///
    /// Where the term ends beyond the range of time.
    pub fn serve(&self, service: Service, calendar: &Calendar) -> Result<Action, Refused> {
        let due = self.content.term.due(service.at, calendar);
        let Some(due) = due else {
            let why = Why::field(
                "service.at",
                "可计算期限的日期",
                "a day that a term can be counted from",
                service.at,
            );
            return Err(self.refused(ActionKind::Serve, why));
        };
        Ok(Action::Serve { service, due_at: due.at })
    }

    /// Whether a decision on an objection would strike the last finding: it needs a document then that withdraws the order.
    pub fn decision_withdraws(&self, objection: u32, findings: &[u32], sustained: bool) -> bool {
        self.chosen(objection, findings).is_ok_and(|chosen| sustained && self.is_all(&chosen))
    }

    /// What may be done now, but for what the clock does.
    pub fn legal(&self) -> Vec<ActionKind> {
        legal(self.state).collect()
    }

    fn refused(&self, action: ActionKind, why: Why) -> Refused {
        Refused { action, state: self.state, why, legal: self.legal() }
    }
}

/// Data that its own log does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inconsistent {
    /// An entry of the log is not legal after those before it.
    Entry(usize, Box<Refused>),
    /// The log gives something else.
    Differs,
}

impl std::fmt::Display for Inconsistent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entry(place, refused) => {
                write!(
                    f,
                    "文书的办理记录第 {} 条不合规 entry {} of the log is not legal: {refused}",
                    place + 1,
                    place + 1
                )
            }
            Self::Differs => f.write_str("文书与其办理记录不符 the order is not what its log gives"),
        }
    }
}

impl std::error::Error for Inconsistent {}

impl TryFrom<OrderRecord> for Order {
    type Error = Inconsistent;

    /// Replays the log.
    fn try_from(record: OrderRecord) -> Result<Self, Inconsistent> {
        let OrderRecord { id, drafted_at, drafted_by, content, log, .. } = record.clone();
        let draft = Self::draft(id, content, drafted_by, drafted_at);
        let mut order = draft.map_err(|refused| Inconsistent::Entry(0, Box::new(refused)))?;
        for (place, entry) in log.into_iter().enumerate() {
            let kind = entry.done.kind();
            let done = order.0.step(entry);
            done.map_err(|why| Inconsistent::Entry(place, Box::new(order.refused(kind, why))))?;
        }
        if order.0 != record {
            return Err(Inconsistent::Differs);
        }
        Ok(order)
    }
}
