//! The words for what is doubted, in Chinese and in English: the one place where facts become a sentence. What is kept, and
//! by what a finding is known, has no part in them, so that a sentence can be changed in any release.

mod chinese;
mod english;

pub(crate) use chinese::item_in_chinese;
pub use chinese::{chinese, chinese_with};
pub use english::english;
pub(crate) use english::item_in_english;

use crate::Doubt;
use rust_decimal::Decimal;

impl Doubt {
    /// In Chinese, for people.
    pub fn in_chinese(&self) -> String {
        chinese(self.kind, &self.facts)
    }
}

/// `text` as it stands after a Chinese character: Latin letters, digits and quotes are set off by a blank.
pub fn after_han(text: &str) -> String {
    let blank = if text.starts_with(|c: char| c.is_ascii() && !c.is_ascii_whitespace()) { " " } else { "" };
    format!("{blank}{text}")
}

fn difference(entries: u64, exits: u64) -> i128 {
    i128::from(entries) - i128::from(exits)
}

/// Thousandths as per cent.
fn percent(permille: u32) -> Decimal {
    Decimal::new(i64::from(permille), 1).normalize()
}
