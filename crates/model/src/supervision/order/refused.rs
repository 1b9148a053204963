//! Why an action is refused, and what would be legal instead, in Chinese and English.

use super::{ActionKind, OrderState};
use std::fmt;

/// Characters of each part of an order's text: some pages.
pub const ORDER_TEXT_MAX: usize = 20_000;

/// An action that was not done. The order is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What was to be done.
    pub action: ActionKind,
    /// The state of the order.
    pub state: OrderState,
    /// Why not.
    pub why: Why,
    /// What would be legal now.
    pub legal: Vec<ActionKind>,
}

/// Why an action is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is not legal in this state.
    State,
    /// A field of it is not what it can be.
    Field {
        /// Which.
        field: &'static str,
        /// What was expected, in Chinese.
        expected: &'static str,
        /// The same in English.
        expected_en: &'static str,
        /// What was received.
        received: String,
    },
}

impl Why {
    /// A field that is not what it can be.
    pub(super) fn field(
        field: &'static str,
        expected: &'static str,
        expected_en: &'static str,
        received: impl ToString,
    ) -> Self {
        Self::Field { field, expected, expected_en, received: received.to_string() }
    }
}

/// Refuses a text with nothing in it, and one that is longer than can be printed.
pub(super) fn text(field: &'static str, text: &str) -> Result<(), Why> {
    let characters = text.chars().take(ORDER_TEXT_MAX + 1).count();
    if text.trim().is_empty() {
        return Err(Why::field(field, "不能为空", "some text", "空 nothing"));
    }
    if characters > ORDER_TEXT_MAX {
        let expected = ("不超过 20000 字", "20,000 characters at most");
        return Err(Why::field(field, expected.0, expected.1, format!("{} bytes", text.len())));
    }
    Ok(())
}

/// Refuses none, and more than `max`.
pub(super) fn positive(field: &'static str, number: u64, max: u64) -> Result<(), Why> {
    match (1..=max).contains(&number) {
        true => Ok(()),
        false => Err(Why::field(
            field,
            "至少为 1，且不超过上限",
            "one at least, and no more than there may be",
            format!("{number} (max {max})"),
        )),
    }
}

impl Refused {
    /// In Chinese.
    pub fn in_chinese(&self) -> String {
        let Self { action, state, why, legal } = self;
        let (action, state) = (action.in_chinese(), state.in_chinese());
        let why = match why {
            Why::State => format!("文书状态为“{state}”，不能“{action}”"),
            Why::Field { field, expected, received, .. } => {
                format!("不能“{action}”：{field} 不符合要求（{expected}），收到 {received}")
            }
        };
        let legal: Vec<_> = legal.iter().map(|kind| kind.in_chinese()).collect();
        match legal.is_empty() {
            true => format!("{why}；该文书已办结，不能再作任何操作"),
            false => format!("{why}；目前可以：{}", legal.join("、")),
        }
    }

    /// In English.
    pub fn in_english(&self) -> String {
        let Self { action, state, why, legal } = self;
        let (action, state) = (action.name(), state.name());
        let why = match why {
            Why::State => format!("{action} is not possible while the order is {state}"),
            Why::Field { field, expected_en, received, .. } => {
                format!("{action} is refused: {field} has to be {expected_en}, and {received} was received")
            }
        };
        let legal: Vec<_> = legal.iter().map(|kind| kind.name()).collect();
        match legal.is_empty() {
            true => format!("{why}; nothing can be done with it any more"),
            false => format!("{why}; possible now: {}", legal.join(", ")),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.in_chinese(), self.in_english())
    }
}

impl std::error::Error for Refused {}
