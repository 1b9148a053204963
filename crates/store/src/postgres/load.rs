//! Loading what a batch's keys name: in one go with the locks on its lots, and once more for the sessions around
//! passages without a record id.

use super::day_statements::{OfADay, by_day};
use super::errors::refused;
use super::rows::PassageColumns;
use super::statements::Statements;
use super::unpaired;
use super::values::{HistoryColumns, from_json, millis, moment, plain, text};
use crate::plan::{CHARGES_NEAR_MAX, Keys, Known};
use crate::{LotRow, NewDelivery, Result};
use bowei_model::{
    Charge, Device, LotCode, ParkingSession, PassageHistory, PassageKey, ProviderCode, RecordId,
};
use deadpool_postgres::Client;
use futures::try_join;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

/// What is kept, and where the sessions among it are filed.
pub(super) struct Loaded {
    pub(super) known: Known,
    pub(super) filed: HashMap<(LotCode, RecordId), i64>,
}

/// Begins a transaction, locks the batch's lots in their order, and loads what its keys name. The lots must have rows.
///
/// All of it is asked at once: the server does one thing after the other, so that whatever comes after the locks sees
/// what their former holders have kept.
pub(super) async fn load(
    client: &Client,
    statements: &Statements,
    keys: &Keys,
    deliveries: &[NewDelivery],
) -> Result<Loaded> {
    let ((), loaded) = try_join!(begin(client), load_further(client, statements, keys, deliveries))?;
    Ok(loaded)
}

/// The same within a transaction that has begun, for lots that it has locked.
pub(super) async fn load_further(
    client: &Client,
    statements: &Statements,
    keys: &Keys,
    deliveries: &[NewDelivery],
) -> Result<Loaded> {
    let lots: Vec<_> = keys.lots.iter().map(|lot| text(lot.as_str())).collect();
    let sessions: Vec<_> = keys.sessions.iter().collect();
    let session_columns = record_columns(&sessions);
    let charging: Vec<_> = keys.charging.iter().collect();
    let charging_columns: (Vec<_>, Vec<_>) =
        charging.iter().map(|(operator, order_no)| (text(operator.as_str()), text(order_no))).unzip();
    let documents: Vec<_> = keys.documents.iter().collect();
    let document_columns: (Vec<_>, Vec<_>, Vec<_>) = (
        documents.iter().map(|key| text(key.lot.as_str())).collect(),
        documents.iter().map(|key| key.kind).collect(),
        documents.iter().map(|key| text(&key.name)).collect(),
    );
    let around = unpaired::Around::of(keys);
    let charges: Vec<_> = keys.charges.iter().collect();
    let (locked, places, charged, charges_found, documented, legs) = try_join!(
        rows(client, &statements.lots, [&lots], !lots.is_empty()),
        rows(client, &statements.places, [&session_columns.0, &session_columns.1], !sessions.is_empty()),
        rows(client, &statements.charging, [&charging_columns.0, &charging_columns.1], !charging.is_empty()),
        charges_near(client, statements, &charges),
        rows(
            client,
            &statements.documents,
            [&document_columns.0, &document_columns.1, &document_columns.2],
            !documents.is_empty()
        ),
        around.ask(client, statements),
    )?;
    let mut loaded = Loaded { known: Known::default(), filed: HashMap::new() };
    let known = &mut loaded.known;
    for row in locked {
        let (lot, revision) = (LotCode::from(plain(row.get(0)).as_ref()), row.get(2));
        if revision > 0 {
            let state = from_json("a lot's state", row.get(1))?;
            known.lots.insert(lot.clone(), LotRow { lot, state, revision });
        }
    }
    known.charging =
        charged.iter().filter_map(|row| wanted(&charging, row)).map(|key| (*key).clone()).collect();
    for row in charges_found {
        let Some((device, _)) = wanted(&charges, &row) else { continue };
        known.charges.entry(device.clone()).or_default().insert(Charge {
            started_at: moment(row.get(1))?,
            ended_at: moment(row.get(2))?,
            operator: ProviderCode::from(plain(row.get(3)).as_ref()),
            order_no: plain(row.get(4)).into_owned(),
            received_at: moment(row.get(5))?,
        });
    }
    for row in documented {
        if let Some(key) = wanted(&documents, &row) {
            known.documents.insert((*key).clone(), from_json("a document", row.get(1))?);
        }
    }
    let ((), alike) =
        try_join!(loaded.sessions(client, &sessions, places), records_alike(client, &keys.passages))?;
    loaded.known.alike = alike;
    let former = keys.former_passages(deliveries, &loaded.known);
    loaded.known.alike.extend(records_alike(client, &former).await?);
    loaded.counts(client, keys).await?;
    let mut neighbours = BTreeSet::new();
    for (chain, record_id) in around.neighbours(client, statements, legs).await? {
        let key = (chain.lot.clone(), record_id.clone());
        if !loaded.known.sessions.contains_key(&key) {
            neighbours.insert(key);
        }
        loaded.known.chains.entry(chain).or_default().insert(record_id);
    }
    let neighbours: Vec<_> = neighbours.iter().collect();
    let columns = record_columns(&neighbours);
    let places = rows(client, &statements.places, [&columns.0, &columns.1], !neighbours.is_empty()).await?;
    loaded.sessions(client, &neighbours, places).await?;
    Ok(loaded)
}

impl Loaded {
    /// Loads those of the records that have a place, day by day.
    async fn sessions(
        &mut self,
        client: &Client,
        records: &[&(LotCode, RecordId)],
        places: Vec<Row>,
    ) -> Result<()> {
        let placed = places.iter().filter_map(|row| Some((*wanted(records, row)?, row.get::<_, i64>(1))));
        for (from, of_the_day) in by_day(placed, |(_, pairing_time)| *pairing_time) {
            let statement = OfADay::Sessions.prepared(client, from).await?;
            let keys: Vec<_> = of_the_day.iter().map(|(key, _)| *key).collect();
            let (lots, ids) = record_columns(&keys);
            let stands: Vec<_> = of_the_day.iter().map(|(_, pairing_time)| *pairing_time).collect();
            for row in rows(client, &statement, [&lots, &ids, &stands], true).await? {
                let Some((key, pairing_time)) = wanted(&of_the_day, &row) else { continue };
                let session: ParkingSession = from_json("a session", row.get(1))?;
                self.filed.insert((*key).clone(), *pairing_time);
                self.known.sessions.insert((*key).clone(), session);
            }
        }
        Ok(())
    }

    /// Loads the counts that are kept already, day by day.
    async fn counts(&mut self, client: &Client, keys: &Keys) -> Result<()> {
        for (from, of_the_day) in by_day(&keys.counts, |count| millis(count.at)) {
            let statement = OfADay::Counts.prepared(client, from).await?;
            let lots: Vec<_> = of_the_day.iter().map(|count| text(count.lot.as_str())).collect();
            let at: Vec<_> = of_the_day.iter().map(|count| millis(count.at)).collect();
            let reported: Vec<_> = of_the_day.iter().map(|count| count.numbers()).collect();
            for row in rows(client, &statement, [&lots, &at, &reported], true).await? {
                if let Some(count) = wanted(&of_the_day, &row) {
                    let first = from_json("a space count", row.get(1))?;
                    self.known.counts.insert((*count).clone(), first);
                }
            }
        }
        Ok(())
    }
}

/// The records that have or had each of the passages, and when, day by day.
async fn records_alike(
    client: &Client,
    keys: &BTreeSet<PassageKey>,
) -> Result<HashMap<PassageKey, BTreeMap<RecordId, PassageHistory>>> {
    let mut alike = HashMap::<_, BTreeMap<_, _>>::new();
    for (from, of_the_day) in by_day(keys, |key| millis(key.second)) {
        let statement = OfADay::Passages.prepared(client, from).await?;
        let PassageColumns { lots, at, plates, entries } = PassageColumns::of(of_the_day.iter().copied());
        for row in rows(client, &statement, [&lots, &at, &plates, &entries], true).await? {
            let Some(key) = wanted(&of_the_day, &row) else { continue };
            let columns = HistoryColumns {
                number: row.get(2),
                since: row.get(3),
                until: row.get(4),
                earlier: row.get(5),
            };
            let record_id = RecordId::from(plain(row.get(1)).as_ref());
            alike.entry((*key).clone()).or_default().insert(record_id, columns.read(key.second)?);
        }
    }
    Ok(alike)
}

/// Charges that may lie over the batch's.
async fn charges_near(
    client: &Client,
    statements: &Statements,
    charges: &[&(Device, Charge)],
) -> Result<Vec<Row>> {
    let lots: Vec<_> = charges.iter().map(|(device, _)| text(device.lot.as_str())).collect();
    let stations: Vec<_> = charges.iter().map(|(device, _)| text(&device.station)).collect();
    let devices: Vec<_> = charges.iter().map(|(device, _)| text(&device.device)).collect();
    let (mut after, mut before, mut upto) = (Vec::new(), Vec::new(), Vec::new());
    for (_, charge) in charges {
        let near = crate::charging::charges_near(charge);
        after.push(near.0);
        before.push(near.1);
        upto.push(near.2);
    }
    let values: [&(dyn ToSql + Sync); 7] =
        [&lots, &stations, &devices, &after, &before, &upto, &CHARGES_NEAR_MAX];
    rows(client, &statements.charges_near, values, !charges.is_empty()).await
}

/// Which of the things asked for a row is about.
pub(super) fn wanted<'k, K>(keys: &'k [K], row: &Row) -> Option<&'k K> {
    usize::try_from(row.get::<_, i64>(0)).ok().and_then(|number| keys.get(number.checked_sub(1)?))
}

fn record_columns<'k>(keys: &[&'k (LotCode, RecordId)]) -> (Vec<Cow<'k, str>>, Vec<Cow<'k, str>>) {
    keys.iter().map(|(lot, record_id)| (text(lot.as_str()), text(record_id.as_str()))).unzip()
}

async fn begin(client: &Client) -> Result<()> {
    client.batch_execute("BEGIN").await.map_err(refused)
}

/// The rows of a question that is asked only where there is something to ask for.
pub(super) async fn rows<const N: usize>(
    client: &Client,
    statement: &Statement,
    values: [&(dyn ToSql + Sync); N],
    asked: bool,
) -> Result<Vec<Row>> {
    if !asked {
        return Ok(Vec::new());
    }
    client.query(statement, &values).await.map_err(refused)
}
