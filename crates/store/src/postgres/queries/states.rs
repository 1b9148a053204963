//! How things stand: lots, accounts, and what came on a day.

use crate::postgres::errors::refused;
use crate::postgres::values::{day as column, moment, plain, read_document, text};
use crate::{AccountHeard, LotRow, Result, Tally};
use bowei_model::{LotCode, ProviderCode};
use deadpool_postgres::Client;
use tokio_postgres::Row;

/// Every lot's state.
pub(in crate::postgres) async fn lot_states(client: &Client) -> Result<Vec<LotRow>> {
    let sql = "SELECT lot, doc, revision FROM lot_states WHERE revision > 0 ORDER BY lot";
    client.query(sql, &[]).await.map_err(refused)?.iter().map(row).collect()
}

/// Every lot's revision.
pub(in crate::postgres) async fn lot_revisions(client: &Client) -> Result<Vec<(LotCode, i64)>> {
    let find = client
        .prepare_cached("SELECT lot, revision FROM lot_states WHERE revision > 0")
        .await
        .map_err(refused)?;
    let rows = client.query(&find, &[]).await.map_err(refused)?;
    Ok(rows.iter().map(|row| (LotCode::from(plain(row.get(0)).as_ref()), row.get(1))).collect())
}

/// The states of some lots.
pub(in crate::postgres) async fn lot_states_of(client: &Client, lots: &[LotCode]) -> Result<Vec<LotRow>> {
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
    let state = read_document("a lot's state", row.get(1))?;
    Ok(LotRow { lot: LotCode::from(plain(row.get(0)).as_ref()), state, revision: row.get(2) })
}

/// When each account was last heard.
pub(in crate::postgres) async fn accounts_heard(client: &Client) -> Result<Vec<AccountHeard>> {
    let find = client
        .prepare_cached("SELECT provider, standard, at FROM accounts_heard ORDER BY 1, 2")
        .await
        .map_err(refused)?;
    let rows = client.query(&find, &[]).await.map_err(refused)?;
    let heard = |row: &Row| {
        let provider = ProviderCode::from(plain(row.get(0)).as_ref());
        Ok(AccountHeard { provider, standard: row.get(1), at: moment(row.get(2))? })
    };
    rows.iter().map(heard).collect()
}

/// What came on a day, or ever.
pub(in crate::postgres) async fn tallies(client: &Client, day: Option<u32>) -> Result<Vec<Tally>> {
    let rows = client
        .query(
            "SELECT standard, outcome, kind, sum(count)::bigint FROM tallies WHERE $1::integer IS NULL OR day = $1
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            &[&day.map(column)],
        )
        .await
        .map_err(refused)?;
    let tally = |row: &Row| Tally {
        standard: row.get(0),
        outcome: row.get(1),
        kind: plain(row.get(2)).into_owned(),
        count: row.get(3),
    };
    Ok(rows.iter().map(tally).collect())
}
