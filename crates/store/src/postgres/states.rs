//! How things stand: lots and accounts.

use super::errors::refused;
use super::readers::ask;
use super::values::{from_json, moment, plain, text};
use super::{PostgresStore, prepared};
use crate::{AccountLastSeen, LotRevisions, LotRow, LotStates, Result};
use async_trait::async_trait;
use bowei_model::{LotCode, ProviderCode};
use deadpool_postgres::Client;
use tokio_postgres::Row;

#[async_trait]
impl LotStates for PostgresStore {
    async fn lot_revisions(&self, since: Option<i64>) -> Result<LotRevisions> {
        ask!(self.readers, client => lot_revisions(client, since))
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

/// The revisions of lots whose row was written by a transaction that had not ended at an earlier look, or began after it.
/// The horizon is asked for before the rows: every transaction below it has ended by then, and these rows show it.
async fn lot_revisions(client: &Client, since: Option<i64>) -> Result<LotRevisions> {
    let horizon = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    let horizon = prepared::query(client, horizon, &[]).await?.first().map_or(0, |row| row.get(0));
    let find = "SELECT lot, revision FROM lot_states
                WHERE revision > 0 AND ($1::bigint IS NULL OR age(xmin) <= (SELECT age($1::text::xid8::xid)))";
    let rows = prepared::query(client, find, &[&since]).await?;
    let lots = rows.iter().map(|row| (LotCode::from(plain(row.get(0)).as_ref()), row.get(1))).collect();
    Ok(LotRevisions { lots, horizon })
}

/// The states of some lots.
pub(super) async fn lot_states_of(client: &Client, lots: &[LotCode]) -> Result<Vec<LotRow>> {
    let codes: Vec<_> = lots.iter().map(|lot| text(lot.as_str())).collect();
    let find = "SELECT lot, doc, revision FROM lot_states WHERE lot = ANY($1::text[]) AND revision > 0";
    prepared::query(client, find, &[&codes]).await?.iter().map(row).collect()
}

fn row(row: &Row) -> Result<LotRow> {
    let state = from_json("a lot's state", row.get(1))?;
    Ok(LotRow { lot: LotCode::from(plain(row.get(0)).as_ref()), state, revision: row.get(2) })
}

/// When each account was last heard.
async fn accounts_last_seen(client: &Client) -> Result<Vec<AccountLastSeen>> {
    let find = "SELECT provider, standard, at FROM accounts_heard ORDER BY 1, 2";
    let rows = prepared::query(client, find, &[]).await?;
    let heard = |row: &Row| {
        let provider = ProviderCode::from(plain(row.get(0)).as_ref());
        Ok(AccountLastSeen { provider, standard: row.get(1), at: moment(row.get(2))? })
    };
    rows.iter().map(heard).collect()
}
