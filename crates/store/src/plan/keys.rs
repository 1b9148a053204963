//! What an engine has to load before a batch can be planned.

use crate::{LotRow, NewDelivery};
use bowei_model::pairing::{PairingGroup, UnpairedPassage};
use bowei_model::version::Version;
use bowei_model::{
    Charge, Device, Direction, LotCode, NamedRecord, NamedRecordKey, ParkingSession, PassageHistory,
    PassageKey, ProviderCode, RecordId, Report, SpaceCount,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Records of one car and second that are looked at, besides those of the batch itself: whether there is a second one, and
/// since when, is all that matters, and a few more so that some can have gone. A lot that gives every retransmission a new
/// id must not make each cost more than the one before.
pub(crate) const RECORDS_ALIKE_MAX: i64 = 64;
/// Charges at one device within three days that are looked at.
pub(crate) const CHARGES_NEAR_MAX: i64 = 1_000;

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
    pub documents: BTreeSet<NamedRecordKey>,
    /// Passages without a record id: the sessions around them are wanted, see [`bowei_model::pairing`].
    pub unpaired: BTreeSet<UnpairedPassage>,
    /// Passages: which records have the same one is wanted.
    pub passages: BTreeSet<PassageKey>,
    /// Charges: which others lie over them at their devices is wanted, see [`Charge::overlaps`].
    pub charges: BTreeSet<(Device, Charge)>,
}

impl Keys {
    /// The keys that `deliveries` touch.
    pub fn of(deliveries: &[NewDelivery]) -> Self {
        let mut keys = Self::default();
        for condition in deliveries.iter().filter_map(|delivery| delivery.condition.as_ref()) {
            keys.lots.insert(condition.lot.clone());
            keys.sessions.insert((condition.lot.clone(), condition.record_id.clone()));
        }
        for reported in deliveries.iter().flat_map(|delivery| delivery.statements.iter()) {
            let report = &reported.statement.report;
            if let Some(lot) = report.lot()
                && !keys.lots.contains(lot)
            {
                keys.lots.insert(lot.clone());
            }
            if let Some(key) = NamedRecordKey::of(report) {
                keys.documents.insert(key);
            }
            match report {
                Report::Passage(passage) if passage.without_record_id => {
                    keys.unpaired.insert(UnpairedPassage::of(passage));
                }
                Report::Passage(passage) => {
                    keys.passages.extend(PassageKey::of(passage));
                    keys.sessions.insert((passage.lot.clone(), passage.record_id.clone()));
                }
                Report::Photo(photo) => {
                    keys.sessions.insert((photo.lot.clone(), photo.record_id.clone()));
                }
                Report::SpaceCount(count) => {
                    keys.counts.insert(count.clone());
                }
                Report::ChargingRecord(record) => {
                    let operator = reported.statement.provider.clone();
                    let charge = record.charge(&operator, reported.statement.received_at);
                    if charge.is_comparable() {
                        keys.charges.insert((record.place(), charge));
                    }
                    keys.charging.insert((operator, record.order_no.clone()));
                }
                _ => {}
            }
        }
        keys
    }

    /// Of the records that `deliveries` speak of, the passages as they are kept among `known`: who has the same ones is
    /// wanted too, for these records may have them no more, or again. For a version said earlier than was known makes
    /// another one the newest.
    pub fn former_passages(&self, deliveries: &[NewDelivery], known: &Known) -> BTreeSet<PassageKey> {
        let reported = deliveries.iter().flat_map(|delivery| delivery.statements.iter());
        let versions = reported.filter_map(|reported| {
            let Report::Passage(passage) = &reported.statement.report else { return None };
            let session = known.sessions.get(&(passage.lot.clone(), passage.record_id.clone()))?;
            Some(match passage.direction {
                Direction::Entry => &session.entries,
                Direction::Exit => &session.exits,
            })
        });
        let keys = versions.flatten().filter_map(|version| PassageKey::of(&version.content));
        keys.filter(|key| !self.passages.contains(key)).collect()
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
    pub documents: HashMap<NamedRecordKey, NamedRecord>,
    /// Of each chain, the records among `sessions` that lie around the batch's passages.
    pub chains: HashMap<PairingGroup, BTreeSet<RecordId>>,
    /// The records that have or had a passage, and when; `RECORDS_ALIKE_MAX` of them at most.
    pub alike: HashMap<PassageKey, BTreeMap<RecordId, PassageHistory>>,
    /// Charges at a device, those that lie over the batch's among them.
    pub charges: HashMap<Device, BTreeSet<Charge>>,
}
