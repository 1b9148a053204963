//! Pages, and places in lists, as handed out and taken back: opaque outside, checked when they return, the same for every
//! engine.

use crate::{Cursor, Page, Result, StoreError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest cursor that is looked at. The longest that is handed out carries a finding's key, whose longest part is
/// its words: well under this.
const CURSOR_BYTES_MAX: usize = 16 * 1024;

/// Longest page. Who wants more asks for the next.
const PAGE_MAX: usize = 10_000;

/// How many items a page of `asked` has.
pub(crate) fn page_size(asked: usize) -> usize {
    asked.clamp(1, PAGE_MAX)
}

/// Makes a page of `size` out of rows with their places in the list; a row more shows that there is a next page.
pub(crate) fn page<T, P: Serialize>(list: &str, size: usize, mut rows: Vec<(P, T)>) -> Result<Page<T>> {
    let more = rows.len() > size;
    rows.truncate(size);
    let next = match rows.last() {
        Some((place, _)) if more => Some(write(list, place)?),
        _ => None,
    };
    Ok(Page { items: rows.into_iter().map(|(_, item)| item).collect(), next })
}

/// The cursor for `place` in the list called `list`.
pub(crate) fn write(list: &str, place: impl Serialize) -> Result<Cursor> {
    let json = serde_json::to_vec(&(list, place))
        .map_err(|error| StoreError::Unreadable(format!("a place in the list of {list}: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// The place that `cursor` stands for in the list called `list`; `None` for the list's beginning.
pub(crate) fn read<T: DeserializeOwned>(list: &str, cursor: Option<&Cursor>) -> Result<Option<T>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let place = (cursor.len() <= CURSOR_BYTES_MAX)
        .then(|| URL_SAFE_NO_PAD.decode(cursor).ok())
        .flatten()
        .and_then(|json| serde_json::from_slice::<(String, T)>(&json).ok())
        .filter(|(of, _)| of == list);
    match place {
        Some((_, place)) => Ok(Some(place)),
        None => Err(StoreError::Conflict(format!(
            "the cursor is none of the list of {list}: hand back `next` of its last page as it came, or leave the \
             cursor out to begin anew"
        ))),
    }
}
