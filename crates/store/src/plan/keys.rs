//! What an engine has to load before a batch can be planned.

use crate::{LotRow, NewDelivery};
use bowei_model::session::Version;
use bowei_model::{LotCode, ParkingSession, RecordId, Report, SpaceCount};
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
    /// Charging records by lot and order number.
    pub charging: BTreeSet<(LotCode, String)>,
}

impl Keys {
    /// The keys that `deliveries` touch.
    pub fn of(deliveries: &[NewDelivery]) -> Self {
        let mut keys = Self::default();
        for said in deliveries.iter().flat_map(|delivery| &delivery.statements) {
            let report = &said.statement.report;
            if let Some(lot) = report.lot()
                && !keys.lots.contains(lot)
            {
                keys.lots.insert(lot.clone());
            }
            match report {
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
                    keys.charging.insert((record.lot.clone(), record.order_no.clone()));
                }
                Report::Heartbeat(_) => {}
            }
        }
        keys
    }
}

/// What is kept under a batch's [`Keys`]. A key that is absent here is not kept yet.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Sessions.
    pub sessions: HashMap<(LotCode, RecordId), ParkingSession>,
    /// Lot states.
    pub lots: HashMap<LotCode, LotRow>,
    /// Counts that were said on their own, as first said.
    pub counts: HashMap<SpaceCount, Version<()>>,
    /// Charging records: that there is one is all that matters.
    pub charging: HashSet<(LotCode, String)>,
}
