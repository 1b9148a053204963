//! How things stand: lots, accounts, and what came on a day.

use crate::sqlite::values::{moment, read_document, text};
use crate::{AccountHeard, LotRow, Result, Tally};
use bowei_model::{LotCode, LotState, ProviderCode};
use rusqlite::{Connection, Row};

/// Every lot's state.
pub(in crate::sqlite) fn lot_states(connection: &Connection) -> Result<Vec<LotRow>> {
    let mut find = connection.prepare_cached("SELECT lot, doc, revision FROM lot_states ORDER BY lot")?;
    let mut rows = find.query([])?;
    let mut states = Vec::new();
    while let Some(row) = rows.next()? {
        let state = read_document("a lot's state", text(row, 1)?)?;
        states.push(LotRow { lot: LotCode::from(text(row, 0)?), state, revision: row.get(2)? });
    }
    Ok(states)
}

/// Every lot's revision.
pub(in crate::sqlite) fn lot_revisions(connection: &Connection) -> Result<Vec<(LotCode, i64)>> {
    let mut find = connection.prepare_cached("SELECT lot, revision FROM lot_states ORDER BY lot")?;
    let mut rows = find.query([])?;
    let mut revisions = Vec::new();
    while let Some(row) = rows.next()? {
        revisions.push((LotCode::from(text(row, 0)?), row.get(1)?));
    }
    Ok(revisions)
}

/// The states of some lots.
pub(in crate::sqlite) fn lot_states_of(connection: &Connection, lots: &[LotCode]) -> Result<Vec<LotRow>> {
    let mut find = connection.prepare_cached("SELECT doc, revision FROM lot_states WHERE lot = ?1")?;
    let mut states = Vec::new();
    for lot in lots {
        let mut rows = find.query([lot.as_str()])?;
        if let Some(row) = rows.next()? {
            let state = read_document("a lot's state", text(row, 0)?)?;
            states.push(LotRow { lot: lot.clone(), state, revision: row.get(1)? });
        }
    }
    Ok(states)
}

/// One lot's state; that of a lot never heard is empty.
pub(super) fn lot_state(connection: &Connection, lot: &LotCode) -> Result<LotState> {
    let mut find = connection.prepare_cached("SELECT doc FROM lot_states WHERE lot = ?1")?;
    let mut rows = find.query([lot.as_str()])?;
    let state = rows.next()?.map(|row| read_document("a lot's state", text(row, 0)?)).transpose()?;
    Ok(state.unwrap_or_default())
}

/// When each account was last heard.
pub(in crate::sqlite) fn accounts_heard(connection: &Connection) -> Result<Vec<AccountHeard>> {
    let mut find =
        connection.prepare_cached("SELECT provider, standard, at FROM accounts_heard ORDER BY 1, 2")?;
    let mut rows = find.query([])?;
    let mut accounts = Vec::new();
    while let Some(row) = rows.next()? {
        accounts.push(AccountHeard {
            provider: ProviderCode::from(text(row, 0)?),
            standard: row.get(1)?,
            at: moment(row.get(2)?)?,
        });
    }
    Ok(accounts)
}

/// What came on a day, or ever.
pub(in crate::sqlite) fn tallies(connection: &Connection, day: Option<u32>) -> Result<Vec<Tally>> {
    let read = |row: &Row<'_>| {
        Ok(Tally { standard: row.get(0)?, outcome: row.get(1)?, kind: row.get(2)?, count: row.get(3)? })
    };
    let rows = match day {
        Some(day) => connection
            .prepare_cached(
                "SELECT standard, outcome, kind, count FROM tallies WHERE day = ?1 ORDER BY 1, 2, 3",
            )?
            .query_map([day], read)?
            .collect::<rusqlite::Result<_>>()?,
        None => connection
            .prepare_cached(
                "SELECT standard, outcome, kind, sum(count) FROM tallies GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            )?
            .query_map([], read)?
            .collect::<rusqlite::Result<_>>()?,
    };
    Ok(rows)
}
