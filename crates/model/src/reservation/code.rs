//! An order's code.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Characters of a code.
const CHARACTERS: usize = 32;

/// An order's code, 32 lower-case hexadecimal digits (表 19 bookCode, String(32), 必填): the first 16 bytes of SHA-256 over the
/// token of the driver's private link. The token proves the code; the code tells nothing of the token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderCode(Arc<str>);

impl OrderCode {
    /// The code of a token with this SHA-256.
    pub fn of_digest(digest: &[u8; 32]) -> Self {
        let hex: String = digest.iter().take(CHARACTERS / 2).map(|byte| format!("{byte:02x}")).collect();
        Self(hex.into())
    }

    /// Reads a code; `None` where it is not of this form.
    pub fn read(text: &str) -> Option<Self> {
        let fits = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == CHARACTERS && text.bytes().all(fits)).then(|| Self(text.into()))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OrderCode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::read(&text).ok_or("an order's code has 32 lower-case hexadecimal digits")
    }
}

impl From<OrderCode> for String {
    fn from(code: OrderCode) -> Self {
        code.0.as_ref().to_owned()
    }
}

impl fmt::Display for OrderCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
