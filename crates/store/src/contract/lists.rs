//! Lists, a page at a time.

/// A place in a list, opaque outside the store: hand it back to get the next page.
pub type Cursor = String;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}
