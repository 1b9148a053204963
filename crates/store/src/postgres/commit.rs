//! Keeping a batch: lock its lots and load what its keys name, plan, write the plan and commit. Two or three journeys to
//! the server: one for the locks and whatever is not filed by day, one for each day whose sessions and counts are about,
//! and one for all the writing. More where passages without a record id are about, and where something goes.

use super::PostgresStore;
use super::errors::refused;
use super::load::{self, Loaded};
use super::statements::Statements;
use super::values::text;
use super::{rows, unpaired};
use crate::plan::{Keys, Plan, plan};
use crate::{Commit, Committed, NewDelivery, Result};
use async_trait::async_trait;
use bowei_model::{LotCode, RecordId};
use deadpool_postgres::Client;
use futures::try_join;
use std::collections::{HashMap, HashSet};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

#[async_trait]
impl Commit for PostgresStore {
    async fn commit(&self, delivery: NewDelivery) -> Result<Committed> {
        self.committers.commit(delivery).await
    }

    async fn flush(&self) -> Result<()> {
        self.committers.flush().await?;
        self.refusals.flush().await
    }
}

/// What a writer carries from batch to batch.
pub(super) struct WriterState {
    /// Which rows of the tallies it adds to.
    pub(super) tally_row: i16,
    /// Lots that are known to have a row in `lot_states`, which can be locked. As many as the registry has.
    pub(super) lots: HashSet<LotCode>,
}

/// Keeps `deliveries` in a transaction of their own.
pub(super) async fn keep(
    client: &Client,
    scene: &mut WriterState,
    deliveries: &[NewDelivery],
) -> Result<Vec<Committed>> {
    let keys = Keys::of(deliveries);
    make_lockable(client, scene, &keys).await?;
    // Everything is prepared before anything is asked: from here on, what is said first arrives first.
    let statements = Statements::prepare(client).await?;
    let Loaded { known, filed } = load::load(client, &statements, &keys, deliveries).await?;
    let plan = plan(deliveries, known);
    write_plan(client, &statements, &plan, &filed, scene.tally_row).await?;
    Ok(plan.committed)
}

/// Writes a plan and commits; `filed` tells where the sessions that it is about are kept, `tally_row` which rows of the
/// tallies are added to.
pub(super) async fn write_plan(
    client: &Client,
    statements: &Statements,
    plan: &Plan<'_>,
    filed: &HashMap<(LotCode, RecordId), i64>,
    tally_row: i16,
) -> Result<()> {
    let ledger = rows::Ledger::of(plan)?;
    let sessions = rows::Sessions::of(plan, filed)?;
    let passages = rows::Passages::of(plan)?;
    let lots = rows::Lots::of(plan)?;
    let counts = rows::Counts::of(plan)?;
    let findings = rows::Findings::of(plan)?;
    let photos = rows::Photos::of(plan);
    let charging = rows::Charging::of(plan)?;
    let documents = rows::Documents::of(plan)?;
    let accounts = rows::Accounts::of(plan);
    let dirty = rows::DirtyDays::of(plan);
    let heard = rows::Heard::of(plan);
    let tallies = rows::Tallies::of(plan, tally_row);
    unpaired::forget(client, &plan.unpaired_gone).await?;
    sessions.clear(client).await?;
    let changes = findings.clear(client).await?;
    passages.clear(client).await?;
    let finding_tallies = rows::FindingTallies::of(&changes);
    try_join!(
        ledger.write(client, statements),
        sessions.write(client, statements),
        unpaired::keep(client, statements, &plan.unpaired),
        passages.write(client, statements),
        lots.write(client, statements),
        counts.write(client, statements),
        findings.write(client, statements),
        photos.write(client, statements),
        charging.write(client, statements),
        documents.write(client, statements),
        finding_tallies.write(client, statements),
        dirty.write(client, statements),
        // What other writers may want too comes last, so that they wait for the commit alone.
        accounts.write(client, statements),
        heard.write(client, statements),
        tallies.write(client, statements),
        commit(client),
    )?;
    Ok(())
}

async fn commit(client: &Client) -> Result<()> {
    client.batch_execute("COMMIT").await.map_err(refused)
}

/// Writes rows of a statement, if there are any.
pub(super) async fn write<const N: usize>(
    client: &Client,
    statement: &Statement,
    values: [&(dyn ToSql + Sync); N],
    any: bool,
) -> Result<()> {
    if any {
        client.execute(statement, &values).await.map_err(refused)?;
    }
    Ok(())
}

/// Sees to it that every lot of the batch has a row to be locked. It is made outside the batch's transaction, so that a
/// transaction locks lots in one go and in their order, and no two can wait for each other.
async fn make_lockable(client: &Client, scene: &mut WriterState, keys: &Keys) -> Result<()> {
    let new: Vec<_> = keys.lots.iter().filter(|lot| !scene.lots.contains(*lot)).cloned().collect();
    if new.is_empty() {
        return Ok(());
    }
    let codes: Vec<_> = new.iter().map(|lot| text(lot.as_str())).collect();
    client
        .execute(
            "INSERT INTO lot_states (lot, revision, doc) SELECT lot, 0, '{}' FROM unnest($1::text[]) AS new (lot)
             ON CONFLICT (lot) DO NOTHING",
            &[&codes],
        )
        .await
        .map_err(refused)?;
    scene.lots.extend(new);
    Ok(())
}
