//! What may be wanted of a lot's book, beside the model's own commands, and what is said of it.

use bowei_model::SpaceKind;
use bowei_model::reservation::{Command, Order, OrderCode, OrderState};
use bowei_store::NewAuditEntry;
use jiff::Timestamp;

/// Something that is wanted of a book.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) command: Command,
    /// The phone number of a new order, sealed.
    pub(super) phone: Option<String>,
    /// What the audit says of it, where somebody is answerable.
    pub(super) audited: Option<NewAuditEntry>,
    /// What is done with an order that only pretends to wait; the command is [`Command::Tick`].
    pub(super) pretended: Option<(OrderCode, PretendedAct)>,
}

impl From<Command> for Ask {
    fn from(command: Command) -> Self {
        Self { command, phone: None, audited: None, pretended: None }
    }
}

/// What is done with an order that only pretends to wait.
#[derive(Clone, Debug)]
pub(super) enum PretendedAct {
    /// It does so no longer.
    End,
    /// It is for another time or kind of space.
    Change(Option<Timestamp>, Option<SpaceKind>),
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Done {
    /// Of an order that pretends to wait: as it is now.
    pub(super) pretended: Option<Order>,
    /// What is shown of the order that it was about.
    pub(super) state: Option<OrderState>,
    /// Its place in the queue, from 1.
    pub(super) place: Option<usize>,
}
