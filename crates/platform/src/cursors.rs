//! Places in lists, sealed: what a place is made of (a plate within a record's id) is nobody's to read, and what comes
//! back is as it was handed out.

use crate::seal::{MasterKey, SealError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Longest cursor that is looked at: the longest that is handed out carries a finding's words, which are well under it.
const CURSOR_BYTES_MAX: usize = 32 * 1024;

/// Seals and opens cursors. Every node of a store has the same key.
pub(crate) struct Cursors(MasterKey);

impl Cursors {
    /// Under a key of their own.
    pub(crate) fn new(master: &MasterKey) -> Result<Self, SealError> {
        Ok(Self(master.derived("cursors")?))
    }

    /// What is handed out as `next` of a page of `list`.
    pub(crate) fn seal(&self, list: &str, place: Option<String>) -> Result<Option<String>, SealError> {
        let Some(place) = place else { return Ok(None) };
        Ok(Some(URL_SAFE_NO_PAD.encode(self.0.seal(list, place.as_bytes())?)))
    }

    /// The place that a cursor of `list` stands for.
    pub(crate) fn open(&self, list: &str, cursor: Option<String>) -> Result<Option<String>, UnknownCursor> {
        let Some(cursor) = cursor else { return Ok(None) };
        let sealed =
            (cursor.len() <= CURSOR_BYTES_MAX).then(|| URL_SAFE_NO_PAD.decode(&cursor).ok()).flatten();
        let place = sealed.and_then(|sealed| self.0.open(list, &sealed).ok());
        let place = place.and_then(|place| String::from_utf8(place).ok());
        place.map(Some).ok_or_else(|| UnknownCursor { list: list.to_owned() })
    }
}

/// A cursor that was not handed out for this list.
#[derive(Debug, thiserror::Error)]
#[error(
    "the cursor is none of the list of {list}: hand back `next` of its last page as it came, or leave the cursor out to \
     begin anew"
)]
pub(crate) struct UnknownCursor {
    list: String,
}
