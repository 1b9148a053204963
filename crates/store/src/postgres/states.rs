//! How things stand: lots and accounts.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{from_json, moment, plain, text};
use crate::{AccountLastSeen, LotRow, LotStates, Result};
use async_trait::async_trait;
use bowei_model::{LotCode, ProviderCode};
use deadpool_postgres::Client;
use tokio_postgres::Row;

#[async_trait]
impl LotStates for PostgresStore {
    async fn lot_revisions(&self) -> Result<Vec<(LotCode, i64)>> {
        ask!(self.readers, client => lot_revisions(client))
    }

    async fn lot_states_of(&self, lots: Vec<LotCode>) -> Result<Vec<LotRow>> {
        ask!(self.readers, client => lot_states_of(client, &lots))
    }

    async fn lot_states(&self) -> Result<Vec<LotRow>> {
        ask!(self.readers, client => lot_states(client))
    }

    async fn accounts_last_seen(&self) -> Result<Vec<AccountLastSeen>> {
        ask!(self.readers, client => accounts_last_seen(client))
    }
}

/// Every lot's state.
async fn lot_states(client: &Client) -> Result<Vec<LotRow>> {
    let sql = "SELECT lot, doc, revision FROM lot_states WHERE revision > 0 ORDER BY lot";
    client.query(sql, &[]).await.map_err(refused)?.iter().map(row).collect()
}

/// Every lot's revision.
async fn lot_revisions(client: &Client) -> Result<Vec<(LotCode, i64)>> {
    let find = client
        .prepare_cached("SELECT lot, revision FROM lot_states WHERE revision > 0")
        .await
        .map_err(refused)?;
    let rows = client.query(&find, &[]).await.map_err(refused)?;
    Ok(rows.iter().map(|row| (LotCode::from(plain(row.get(0)).as_ref()), row.get(1))).collect())
}

/// The states of some lots.
pub(super) async fn lot_states_of(client: &Client, lots: &[LotCode]) -> Result<Vec<LotRow>> {
    let codes: Vec<_> = lots.iter().map(|lot| text(lot.as_str())).collect();
    let find = client
        .prepare_cached(
            "SELECT lot, doc, revision FROM lot_states WHERE lot = ANY($1::text[]) AND revision > 0",
        )
        .await
        .map_err(refused)?;
    client.query(&find, &[&codes]).await.map_err(refused)?.iter().map(row).collect()
}

fn row(row: &Row) -> Result<LotRow> {
    let state = from_json("a lot's state", row.get(1))?;
    Ok(LotRow { lot: LotCode::from(plain(row.get(0)).as_ref()), state, revision: row.get(2) })
}

/// When each account was last heard.
async fn accounts_last_seen(client: &Client) -> Result<Vec<AccountLastSeen>> {
    let find = client
        .prepare_cached("SELECT provider, standard, at FROM accounts_heard ORDER BY 1, 2")
        .await
        .map_err(refused)?;
    let rows = client.query(&find, &[]).await.map_err(refused)?;
    let heard = |row: &Row| {
        let provider = ProviderCode::from(plain(row.get(0)).as_ref());
        Ok(AccountLastSeen { provider, standard: row.get(1), at: moment(row.get(2))? })
    };
    rows.iter().map(heard).collect()
}
