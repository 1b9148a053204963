//! Passages without a record id: finding the sessions around one, and keeping where each belongs.

use super::commit::write;
use super::errors::refused;
use super::load::{rows, wanted};
use super::statements::Statements;
use super::values::{millis, plain, text};
use crate::Result;
use crate::plan::{Keys, UnpairedPassageRow};
use bowei_model::pairing::{CLUSTER_MAX, NEAR, PairingGroup, UnpairedPassage};
use bowei_model::{Direction, Plate, RecordId};
use deadpool_postgres::Client;
use futures::try_join;
use std::collections::BTreeMap;
use tokio_postgres::Row;

/// What is asked for the neighbours of a batch's legs.
pub(super) struct Around<'k> {
    plated: Vec<&'k UnpairedPassage>,
    plateless: Vec<&'k UnpairedPassage>,
}

/// What the first answers are: records around legs with plates, and where legs without stand.
pub(super) struct FirstAnswers {
    plated: Vec<Row>,
    kept_places: Vec<Row>,
}

impl<'k> Around<'k> {
    /// The questions about a batch's legs.
    pub(super) fn of(keys: &'k Keys) -> Self {
        let (plated, plateless) = keys.unpaired.iter().partition(|leg| leg.chain.plate.is_some());
        Self { plated, plateless }
    }

    /// Asks what can be asked at once.
    pub(super) async fn ask(&self, client: &Client, statements: &Statements) -> Result<FirstAnswers> {
        let lots: Vec<_> = self.plated.iter().map(|leg| text(leg.chain.lot.as_str())).collect();
        let plates: Vec<_> = self.plated.iter().map(|leg| text(plate(leg))).collect();
        let places: Vec<_> = self.plated.iter().map(|leg| millis(leg.pairing_time)).collect();
        let other_lots: Vec<_> = self.plateless.iter().map(|leg| text(leg.chain.lot.as_str())).collect();
        let ids: Vec<_> = self.plateless.iter().map(|leg| text(leg.id.as_str())).collect();
        let (plated, kept_places) = try_join!(
            rows(
                client,
                &statements.legs_between_entries,
                [&lots, &plates, &places],
                !self.plated.is_empty()
            ),
            rows(client, &statements.legs_kept_places, [&other_lots, &ids], !self.plateless.is_empty()),
        )?;
        Ok(FirstAnswers { plated, kept_places })
    }

    /// The records that must be put together anew, each with its chain.
    pub(super) async fn neighbours(
        &self,
        client: &Client,
        statements: &Statements,
        first: FirstAnswers,
    ) -> Result<Vec<(PairingGroup, RecordId)>> {
        let mut found: Vec<_> = first.plated.iter().filter_map(|row| neighbour(&self.plated, row)).collect();
        if self.plateless.is_empty() {
            return Ok(found);
        }
        let mut places: Vec<_> = self.plateless.iter().map(|leg| (*leg, millis(leg.pairing_time))).collect();
        for row in &first.kept_places {
            if let Some(leg) = wanted(&self.plateless, row) {
                places.push((*leg, row.get(1)));
            }
        }
        let lots: Vec<_> = places.iter().map(|(leg, _)| text(leg.chain.lot.as_str())).collect();
        let stands: Vec<_> = places.iter().map(|(_, place)| *place).collect();
        let near = i64::try_from(NEAR.as_millis()).unwrap_or(i64::MAX);
        let legs_max = i64::try_from(CLUSTER_MAX).unwrap_or(i64::MAX);
        let legs: Vec<_> = places.iter().map(|(leg, _)| *leg).collect();
        let clusters =
            rows(client, &statements.legs_cluster, [&lots, &stands, &near, &legs_max], true).await?;
        found.extend(clusters.iter().filter_map(|row| neighbour(&legs, row)));
        Ok(found)
    }
}

fn neighbour(legs: &[&UnpairedPassage], row: &Row) -> Option<(PairingGroup, RecordId)> {
    let leg = wanted(legs, row)?;
    Some((leg.chain.clone(), RecordId::from(plain(row.get(1)).as_ref())))
}

fn plate(leg: &UnpairedPassage) -> &str {
    leg.chain.plate.as_ref().map_or("", Plate::as_str)
}

/// Forgets legs by their plates and places.
pub(super) async fn forget(client: &Client, legs: &[UnpairedPassage]) -> Result<()> {
    if legs.is_empty() {
        return Ok(());
    }
    let lots: Vec<_> = legs.iter().map(|leg| text(leg.chain.lot.as_str())).collect();
    let plates: Vec<_> = legs.iter().map(|leg| text(plate(leg))).collect();
    let places: Vec<_> = legs.iter().map(|leg| millis(leg.pairing_time)).collect();
    let entries: Vec<_> = legs.iter().map(|leg| leg.direction == Direction::Entry).collect();
    let ids: Vec<_> = legs.iter().map(|leg| text(leg.id.as_str())).collect();
    let delete = "
        DELETE FROM legs USING unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::text[])
          AS gone (lot, plate, stands_at, is_entry, id)
        WHERE legs.lot = gone.lot AND legs.plate = gone.plate AND legs.stands_at = gone.stands_at
          AND legs.is_entry = gone.is_entry AND legs.id = gone.id";
    client.execute(delete, &[&lots, &plates, &places, &entries, &ids]).await.map_err(refused)?;
    Ok(())
}

/// Keeps where legs belong now.
pub(super) async fn keep(
    client: &Client,
    statements: &Statements,
    legs: &[UnpairedPassageRow],
) -> Result<()> {
    if legs.is_empty() {
        return Ok(());
    }
    // A statement cannot change a row twice: of two words on one leg the later counts.
    let mut by_key = BTreeMap::new();
    for UnpairedPassageRow { leg, record_id } in legs {
        let is_entry = leg.direction == Direction::Entry;
        let key = (
            text(leg.chain.lot.as_str()),
            text(plate(leg)),
            millis(leg.pairing_time),
            is_entry,
            text(leg.id.as_str()),
        );
        by_key.insert(key, text(record_id.as_str()));
    }
    let (mut lots, mut plates, mut places) = (Vec::new(), Vec::new(), Vec::new());
    let (mut entries, mut ids, mut records) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gone_lots, mut gone_ids) = (Vec::new(), Vec::new());
    for ((lot, plate, place, is_entry, id), record_id) in by_key {
        if plate.is_empty() {
            gone_lots.push(lot.clone());
            gone_ids.push(id.clone());
        }
        lots.push(lot);
        plates.push(plate);
        places.push(place);
        entries.push(is_entry);
        ids.push(id);
        records.push(record_id);
    }
    try_join!(
        write(client, &statements.legs_forgotten, [&gone_lots, &gone_ids], !gone_lots.is_empty()),
        write(client, &statements.legs_now, [&lots, &plates, &places, &entries, &ids, &records], true),
    )?;
    Ok(())
}
