//! A store that has moved: nothing is kept in it any more, whoever has it open.
//!
//! The mark is looked for in every transaction that writes, so that a platform that was running when the store moved
//! cannot acknowledge anything that nobody will find. A trigger would not say where to.

use crate::transfer::MOVED;
use crate::{Result, StoreError};
use rusqlite::{Connection, OptionalExtension};

/// Refuses a store that has moved, in words that say where to.
pub(super) fn refuse(connection: &Connection) -> Result<()> {
    match moved_to(connection)? {
        None => Ok(()),
        Some(place) => Err(StoreError::Unavailable(format!(
            "this store has moved to {place}, and nothing is kept here any more: start Bowei with --database and that \
             database's address"
        ))),
    }
}

/// Where the store has moved, if it has.
pub(super) fn moved_to(connection: &Connection) -> Result<Option<String>> {
    let mut find = connection.prepare_cached("SELECT value FROM kept_marks WHERE name = ?1")?;
    let place: Option<Vec<u8>> = find.query_row([MOVED], |row| row.get(0)).optional()?;
    Ok(place.map(|place| String::from_utf8_lossy(&place).into_owned()))
}
