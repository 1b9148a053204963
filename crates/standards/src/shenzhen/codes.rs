//! Which code of annex A a fault is answered with.

use super::annexes::a_codes::Code;
use crate::{Fault, Refusal, Step};

/// A fault with its code. Most faults have one code wherever they occur; those that do not are made with it.
#[derive(Debug)]
pub(super) struct Coded {
    pub(super) code: Code,
    pub(super) fault: Fault,
}

/// What reading gives.
pub(super) type Read<T> = Result<T, Coded>;

impl Coded {
    pub(super) fn new(code: Code, fault: Fault) -> Self {
        Self { code, fault }
    }

    /// A fault of table 28: whatever is wrong, the body is not of its form.
    pub(super) fn form(fault: Fault) -> Self {
        Self::new(Code::Form, fault)
    }
}

impl From<Fault> for Coded {
    fn from(fault: Fault) -> Self {
        let code = match fault {
            Fault::Unreadable { .. } | Fault::Unserved { .. } => Code::Form,
            Fault::Missing { .. } => Code::Parameter,
            Fault::WrongType { .. } => Code::WrongType,
            Fault::TooLong { .. } => Code::TooLong,
            Fault::OutsideList { .. } => Code::OutsideRange,
            // Whose a lot is, is told in words: the text has one code for both.
            Fault::UnknownLot { .. } | Fault::NotYourLot { .. } | Fault::TooManyLots { .. } => {
                Code::NoSuchLot
            }
            Fault::WrongSignature { .. } => Code::Sign,
            Fault::UnknownAccount { .. } => Code::WrongUserOrPassword,
            Fault::OutsideWindow { .. } | Fault::CannotOpen { .. } | Fault::Mismatch { .. } => Code::Other,
        };
        Self { code, fault }
    }
}

/// Why a message was refused after its envelope was found right, with as much as was read of it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) coded: Coded,
    pub(super) lot_id: Option<String>,
    pub(super) record_id: Option<String>,
}

impl From<Coded> for Refused {
    fn from(coded: Coded) -> Self {
        Self { coded, lot_id: None, record_id: None }
    }
}

/// The refusal, with what is known around it.
pub(super) fn refusal(refused: impl Into<Refused>, read_as: Option<String>, steps: Vec<Step>) -> Refusal {
    let Refused { coded, lot_id, record_id } = refused.into();
    let code = coded.code.number().to_string();
    Refusal { fault: coded.fault, code, lot_id, record_id, read_as, steps }
}
