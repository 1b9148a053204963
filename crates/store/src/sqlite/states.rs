//! How things stand: lots and accounts.

use super::SqliteStore;
use super::values::{from_json, moment, text};
use crate::{AccountLastSeen, LotRevisions, LotRow, LotStates, Result};
use async_trait::async_trait;
use bowei_model::{LotCode, LotState, ProviderCode};
use rusqlite::Connection;

#[async_trait]
impl LotStates for SqliteStore {
    async fn lot_revisions(&self, _: Option<i64>) -> Result<LotRevisions> {
        self.readers.ask(lot_revisions).await
    }

    async fn lot_states_of(&self, lots: Vec<LotCode>) -> Result<Vec<LotRow>> {
        self.readers.ask(move |connection| lot_states_of(connection, &lots)).await
    }

    async fn lot_states(&self) -> Result<Vec<LotRow>> {
        self.readers.ask(lot_states).await
    }

    async fn accounts_last_seen(&self) -> Result<Vec<AccountLastSeen>> {
        self.readers.ask(accounts_last_seen).await
    }
}

/// Every lot's state.
fn lot_states(connection: &Connection) -> Result<Vec<LotRow>> {
    let mut find = connection.prepare_cached("SELECT lot, doc, revision FROM lot_states ORDER BY lot")?;
    let mut rows = find.query([])?;
    let mut states = Vec::new();
    while let Some(row) = rows.next()? {
        let state = from_json("a lot's state", text(row, 1)?)?;
        states.push(LotRow { lot: LotCode::from(text(row, 0)?), state, revision: row.get(2)? });
    }
    Ok(states)
}

/// Every lot's revision: here is one node alone, which follows nobody.
fn lot_revisions(connection: &Connection) -> Result<LotRevisions> {
    let mut find = connection.prepare_cached("SELECT lot, revision FROM lot_states ORDER BY lot")?;
    let mut rows = find.query([])?;
    let mut revisions = LotRevisions::default();
    while let Some(row) = rows.next()? {
        revisions.lots.push((LotCode::from(text(row, 0)?), row.get(1)?));
    }
    Ok(revisions)
}

/// The states of some lots.
fn lot_states_of(connection: &Connection, lots: &[LotCode]) -> Result<Vec<LotRow>> {
    let mut find = connection.prepare_cached("SELECT doc, revision FROM lot_states WHERE lot = ?1")?;
    let mut states = Vec::new();
    for lot in lots {
        let mut rows = find.query([lot.as_str()])?;
        if let Some(row) = rows.next()? {
            let state = from_json("a lot's state", text(row, 0)?)?;
            states.push(LotRow { lot: lot.clone(), state, revision: row.get(1)? });
        }
    }
    Ok(states)
}

/// One lot's state; that of a lot never heard is empty.
pub(super) fn lot_state(connection: &Connection, lot: &LotCode) -> Result<LotState> {
    let mut find = connection.prepare_cached("SELECT doc FROM lot_states WHERE lot = ?1")?;
    let mut rows = find.query([lot.as_str()])?;
    let state = rows.next()?.map(|row| from_json("a lot's state", text(row, 0)?)).transpose()?;
    Ok(state.unwrap_or_default())
}

/// When each account was last heard.
fn accounts_last_seen(connection: &Connection) -> Result<Vec<AccountLastSeen>> {
    let mut find =
        connection.prepare_cached("SELECT provider, standard, at FROM accounts_heard ORDER BY 1, 2")?;
    let mut rows = find.query([])?;
    let mut accounts = Vec::new();
    while let Some(row) = rows.next()? {
        accounts.push(AccountLastSeen {
            provider: ProviderCode::from(text(row, 0)?),
            standard: row.get(1)?,
            at: moment(row.get(2)?)?,
        });
    }
    Ok(accounts)
}
