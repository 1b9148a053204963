//! Tables that people open in a spreadsheet.

use std::borrow::Cow;

/// A cell that a spreadsheet takes for the text that it is: words come from others, and what begins like a formula would be
/// worked out by whoever opens the table.
pub fn cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return Cow::Owned(format!("'{text}"));
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_is_text() {
        for formula in ["=HYPERLINK(\"http://x\")", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(cell(formula), format!("'{formula}"));
        }
        for text in ["", "R1", "1=1", "400 = 参数错误", "浙E12345"] {
            assert_eq!(cell(text), text);
        }
    }
}
