//! Values as the tables hold them: those of every engine, and text as SQLite hands it out.

pub(in crate::sqlite) use crate::values::{
    HistoryColumns, from_json, hex, kept_facts, millis, moment, read_facts, read_kind, to_json,
};

use crate::{Result, StoreError};
use rusqlite::Row;

/// A column's text, not copied.
pub(in crate::sqlite) fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str> {
    row.get_ref(column)?
        .as_str()
        .map_err(|error| StoreError::Unreadable(format!("column {column} of a row: {error}")))
}
