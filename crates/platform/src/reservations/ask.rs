//! What may be wanted of a lot's book, beside the model's own commands, and what is said of it.

use bowei_model::reservation::{Command, OrderState};
use bowei_store::NewAuditEntry;

/// Something that is wanted of a book.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) command: Command,
    /// The phone number of a new order, sealed.
    pub(super) phone: Option<String>,
    /// What the audit says of it, where somebody is answerable.
    pub(super) audited: Option<NewAuditEntry>,
}

impl From<Command> for Ask {
    fn from(command: Command) -> Self {
        Self { command, phone: None, audited: None }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Done {
    /// The state of the order that it was about.
    pub(super) state: Option<OrderState>,
    /// Its place in the queue, from 1.
    pub(super) place: Option<usize>,
}
