//! What an engine has to load before a batch can be planned.

use crate::{LotRow, NewDelivery};
use bowei_model::pairing::{Chain, Leg};
use bowei_model::session::Version;
use bowei_model::{
    Document, DocumentKey, LotCode, ParkingSession, ProviderCode, RecordId, Report, SpaceCount,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The keys that a batch touches, in an order that is the same for every writer: engines that lock rows one by
/// one cannot deadlock on them.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Sessions.
    pub sessions: BTreeSet<(LotCode, RecordId)>,
    /// Lots.
    pub lots: BTreeSet<LotCode>,
    /// Counts that were said on their own.
    pub counts: BTreeSet<SpaceCount>,
    /// Charging records by operator and order number: two operators may count alike.
    pub charging: BTreeSet<(ProviderCode, String)>,
    /// Documents.
    pub documents: BTreeSet<DocumentKey>,
    /// Passages without a record id: the sessions around them are wanted, see [`bowei_model::pairing`].
    pub legs: BTreeSet<Leg>,
}

impl Keys {
    /// The keys that `deliveries` touch.
    pub fn of(deliveries: &[NewDelivery]) -> Self {
        let mut keys = Self::default();
        for condition in deliveries.iter().filter_map(|delivery| delivery.condition.as_ref()) {
            keys.lots.insert(condition.lot.clone());
            keys.sessions.insert((condition.lot.clone(), condition.record_id.clone()));
        }
        for said in deliveries.iter().flat_map(|delivery| &delivery.statements) {
            let report = &said.statement.report;
            if let Some(lot) = report.lot()
                && !keys.lots.contains(lot)
            {
                keys.lots.insert(lot.clone());
            }
            if let Some(key) = DocumentKey::of(report) {
                keys.documents.insert(key);
            }
            match report {
                Report::Passage(passage) if passage.unnumbered => {
                    keys.legs.insert(Leg::of(passage));
                }
                Report::Passage(passage) => {
                    keys.sessions.insert((passage.lot.clone(), passage.record_id.clone()));
                }
                Report::Photo(photo) => {
                    keys.sessions.insert((photo.lot.clone(), photo.record_id.clone()));
                }
                Report::SpaceCount(count) => {
                    keys.counts.insert(count.clone());
                }
                Report::ChargingRecord(record) => {
                    let operator = said.statement.provider.clone();
                    keys.charging.insert((operator, record.order_no.clone()));
                }
                _ => {}
            }
        }
        keys
    }
}

/// What is kept under a batch's [`Keys`]. A key that is absent here is not kept yet.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Sessions, those around passages without a record id included.
    pub sessions: HashMap<(LotCode, RecordId), ParkingSession>,
    /// Lot states.
    pub lots: HashMap<LotCode, LotRow>,
    /// Counts that were said on their own, as first said.
    pub counts: HashMap<SpaceCount, Version<()>>,
    /// Charging records: that there is one is all that matters.
    pub charging: HashSet<(ProviderCode, String)>,
    /// Documents.
    pub documents: HashMap<DocumentKey, Document>,
    /// Of each chain, the records among `sessions` that lie around the batch's passages.
    pub chains: HashMap<Chain, BTreeSet<RecordId>>,
}
