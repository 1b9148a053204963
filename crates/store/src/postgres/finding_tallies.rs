//! Tallies of findings, and which have changed.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{plain, read_kind, text};
use crate::{ChangedFindings, FindingTallies, HourTally, Result};
use async_trait::async_trait;
use bowei_model::{FindingKind, LotCode};
use deadpool_postgres::Client;

#[async_trait]
impl FindingTallies for PostgresStore {
    async fn finding_tallies(
        &self,
        of: Vec<(LotCode, FindingKind)>,
        from_hour: i64,
    ) -> Result<Vec<HourTally>> {
        ask!(self.readers, client => tallies(client, &of, from_hour))
    }

    async fn changed_findings(&self, limit: usize) -> Result<Vec<ChangedFindings>> {
        ask!(self.readers, client => changed(client, limit))
    }
}

async fn tallies(client: &Client, of: &[(LotCode, FindingKind)], from: i64) -> Result<Vec<HourTally>> {
    let lots: Vec<_> = of.iter().map(|(lot, _)| text(lot.as_str())).collect();
    let kinds: Vec<_> = of.iter().map(|(_, kind)| kind.name()).collect();
    let find = "SELECT tally.lot, tally.kind, tally.cause, tally.hour, tally.found, tally.open
                FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS wanted (lot, kind)
                CROSS JOIN LATERAL (
                  SELECT * FROM finding_tallies
                  WHERE lot = wanted.lot AND kind = wanted.kind AND (hour >= $3 OR open > 0) AND found > 0
                  OFFSET 0) AS tally";
    let rows = client.query(find, &[&lots, &kinds, &from]).await.map_err(refused)?;
    let read = |row: &tokio_postgres::Row| {
        Ok(HourTally {
            lot: LotCode::from(plain(row.get(0)).as_ref()),
            kind: read_kind(row.get(1))?,
            cause: plain(row.get(2)).into_owned(),
            hour: row.get(3),
            found: row.get(4),
            open: row.get(5),
        })
    };
    let mut found = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    found.sort_unstable();
    Ok(found)
}

async fn changed(client: &Client, limit: usize) -> Result<Vec<ChangedFindings>> {
    let find = "SELECT lot, kind, seq FROM changed_findings ORDER BY seq, lot, kind LIMIT $1";
    let rows = client.query(find, &[&i64::try_from(limit).unwrap_or(i64::MAX)]).await.map_err(refused)?;
    let read = |row: &tokio_postgres::Row| {
        let lot = LotCode::from(plain(row.get(0)).as_ref());
        Ok(ChangedFindings { lot, kind: read_kind(row.get(1))?, seq: row.get(2) })
    };
    rows.iter().map(read).collect()
}
