//! Loading what a batch's keys name.

use super::unpaired;
use super::values::{HistoryColumns, from_json, millis, moment, text};
use crate::charging::charges_near;
use crate::plan::{CHARGES_NEAR_MAX, Keys, Known, RECORDS_ALIKE_MAX};
use crate::{LotRow, NewDelivery, Result};
use bowei_model::{Charge, Direction, LotCode, ProviderCode, RecordId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What is kept, with the row numbers of the sessions among it.
pub(super) struct Loaded {
    pub(super) known: Known,
    pub(super) ids: HashMap<(LotCode, RecordId), i64>,
}

pub(super) fn load(connection: &Connection, keys: &Keys, deliveries: &[NewDelivery]) -> Result<Loaded> {
    let mut known = Known::default();
    let mut ids = HashMap::new();
    let mut sessions =
        connection.prepare_cached("SELECT id, doc FROM sessions WHERE lot = ?1 AND record_id = ?2")?;
    for key in &keys.sessions {
        let mut rows = sessions.query(params![key.0.as_str(), key.1.as_str()])?;
        if let Some(row) = rows.next()? {
            ids.insert(key.clone(), row.get(0)?);
            known.sessions.insert(key.clone(), from_json("a session", text(row, 1)?)?);
        }
    }
    let mut lots = connection.prepare_cached("SELECT doc, revision FROM lot_states WHERE lot = ?1")?;
    for lot in &keys.lots {
        let mut rows = lots.query(params![lot.as_str()])?;
        if let Some(row) = rows.next()? {
            let state = from_json("a lot's state", text(row, 0)?)?;
            known.lots.insert(lot.clone(), LotRow { lot: lot.clone(), state, revision: row.get(1)? });
        }
    }
    let mut counts = connection
        .prepare_cached("SELECT doc FROM space_count_reports WHERE lot = ?1 AND at = ?2 AND said = ?3")?;
    for count in &keys.counts {
        let key = params![count.lot.as_str(), millis(count.at), count.numbers()];
        let doc: Option<String> = counts.query_row(key, |row| row.get(0)).optional()?;
        if let Some(doc) = doc {
            known.counts.insert(count.clone(), from_json("a space count", &doc)?);
        }
    }
    let mut charging =
        connection.prepare_cached("SELECT 1 FROM charging_records WHERE operator = ?1 AND order_no = ?2")?;
    for key in &keys.charging {
        if charging.exists(params![key.0.as_str(), key.1])? {
            known.charging.insert(key.clone());
        }
    }
    let mut documents =
        connection.prepare_cached("SELECT doc FROM documents WHERE lot = ?1 AND kind = ?2 AND name = ?3")?;
    for key in &keys.documents {
        let names = params![key.lot.as_str(), key.kind, key.name];
        let doc: Option<String> = documents.query_row(names, |row| row.get(0)).optional()?;
        if let Some(doc) = doc {
            known.documents.insert(key.clone(), from_json("a document", &doc)?);
        }
    }
    for leg in &keys.unpaired {
        for record_id in unpaired::around(connection, leg)? {
            let key = (leg.chain.lot.clone(), record_id.clone());
            if let Entry::Vacant(place) = known.sessions.entry(key) {
                let (lot, record_id) = place.key();
                let mut rows = sessions.query(params![lot.as_str(), record_id.as_str()])?;
                let Some(row) = rows.next()? else { continue };
                ids.insert(place.key().clone(), row.get(0)?);
                place.insert(from_json("a session", text(row, 1)?)?);
            }
            known.chains.entry(leg.chain.clone()).or_default().insert(record_id);
        }
    }
    let former = keys.former_passages(deliveries, &known);
    let mut alike = connection.prepare_cached(
        "SELECT record_id, number, since, until, earlier FROM passages
         WHERE at = ?1 AND lot = ?2 AND plate = ?3 AND is_entry = ?4 LIMIT ?5",
    )?;
    for key in keys.passages.iter().chain(&former) {
        let (lot, plate, is_entry) =
            (key.lot.as_str(), key.plate.as_str(), key.direction == Direction::Entry);
        let mut rows = alike.query(params![millis(key.second), lot, plate, is_entry, RECORDS_ALIKE_MAX])?;
        while let Some(row) = rows.next()? {
            let columns = HistoryColumns {
                number: row.get(1)?,
                since: row.get(2)?,
                until: row.get(3)?,
                earlier: row.get(4)?,
            };
            let record_id = RecordId::from(text(row, 0)?);
            known.alike.entry(key.clone()).or_default().insert(record_id, columns.read(key.second)?);
        }
    }
    let mut near = connection.prepare_cached(
        "SELECT started_at, ended_at, operator, order_no, ifnull(received_at, ended_at) FROM charging_records
         WHERE lot = ?1 AND station = ?2 AND device = ?3 AND ended_at > ?4 AND ended_at <= ?5 AND started_at < ?6
         LIMIT ?7",
    )?;
    for (device, charge) in &keys.charges {
        let (from, to, upto) = charges_near(charge);
        let place = (device.lot.as_str(), &device.station, &device.device);
        let mut rows = near.query(params![place.0, place.1, place.2, from, upto, to, CHARGES_NEAR_MAX])?;
        while let Some(row) = rows.next()? {
            known.charges.entry(device.clone()).or_default().insert(Charge {
                started_at: moment(row.get(0)?)?,
                ended_at: moment(row.get(1)?)?,
                operator: ProviderCode::from(text(row, 2)?),
                order_no: text(row, 3)?.to_owned(),
                received_at: moment(row.get(4)?)?,
            });
        }
    }
    Ok(Loaded { known, ids })
}
