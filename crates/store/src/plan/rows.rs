//! What a plan asks an engine to write.

use crate::{AccountLastSeen, Committed, LotRow, NewDelivery, NewStatement};
use bowei_model::occupancy::Reported;
use bowei_model::pairing::UnpairedPassage;
use bowei_model::version::Version;
use bowei_model::{
    ChargingRecord, Finding, LotCode, NamedRecord, NamedRecordKey, ParkingSession, PassageHistory,
    PassageKey, ProviderCode, RecordId, SpaceCount,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything to write for a batch, in one transaction.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// Rows to append to the ledger, in this order.
    pub ledger: Vec<LedgerRow<'a>>,
    /// Sessions to create or replace.
    pub sessions: Vec<SessionChange>,
    /// Sessions to delete: exits that have found their entry, and entries that are part of another session now.
    pub sessions_gone: Vec<ParkingSession>,
    /// Legs to create or replace, by lot and id.
    pub unpaired: Vec<UnpairedPassageRow>,
    /// Passages without a record id to delete: those whose plates are pseudonyms now.
    pub unpaired_gone: Vec<UnpairedPassage>,
    /// Passages to delete: those that records turn out never to have had.
    pub passages_gone: Vec<(PassageKey, RecordId)>,
    /// Passages to create or replace, by key and record.
    pub passages: Vec<PassageRow>,
    /// Documents to create or replace.
    pub documents: Vec<(NamedRecordKey, NamedRecord)>,
    /// Lot states to create or replace, their revisions grown already.
    pub lots: Vec<LotRow>,
    /// For a lot and a moment, the word on free spaces that counts among the batch's. It replaces a kept one that
    /// is less, in the order of [`Reported`].
    pub reported_counts: BTreeMap<(LotCode, Timestamp), Reported>,
    /// Counts that were said on their own, to create or replace.
    pub counts: Vec<CountChange>,
    /// Pictures by day and digest, with the records that show them; those that are kept already stay.
    pub photos: BTreeSet<PhotoRef>,
    /// Charging records to create.
    pub charging: Vec<ChargingRecordRow>,
    /// Findings to delete, before the new ones come: what is now known of them otherwise, and what turns out never to
    /// have been. One that is resolved stays, and says since when.
    pub findings_gone: Vec<Finding>,
    /// Findings to insert. Those about overlapping charges may be kept already, and of the two moments at which such a one
    /// was opened the earlier counts.
    pub findings_new: Vec<Finding>,
    /// Whether any of `findings_new` may be kept already, and not those about overlapping charges and duplicates alone.
    pub findings_unsure: bool,
    /// The day whose evaluation found `findings_new`; `None` of a batch.
    pub evaluated_day: Option<u32>,
    /// Minutes in which lots and accounts were heard, by hour and subject, to add to those that are kept.
    pub heard: BTreeMap<(i64, String), u64>,
    /// Days that are to be evaluated anew, each with the least number that it gets.
    pub dirty: BTreeMap<(LotCode, u32), i64>,
    /// The moment of the batch, in milliseconds: the last at which something of it was received.
    pub received_at: i64,
    /// What to add to the tallies.
    pub tallies: BTreeMap<TallyKey<'a>, i64>,
    /// Signs of life of whole accounts; a later one that is kept stays.
    pub accounts: Vec<AccountLastSeen>,
    /// The answer for each delivery, in the order of the batch.
    pub committed: Vec<Committed>,
}

/// A row to append to the ledger.
#[derive(Clone, Copy, Debug)]
pub struct LedgerRow<'a> {
    /// The delivery that it came in.
    pub delivery: &'a NewDelivery,
    /// What was said.
    pub reported: &'a NewStatement,
    /// Whether it amends what was said of the same record before.
    pub amended: bool,
}

/// A session that changes.
#[derive(Clone, Debug)]
pub struct SessionChange {
    /// As it is kept; `None` where it is new.
    pub before: Option<ParkingSession>,
    /// As it is to be kept.
    pub after: ParkingSession,
}

impl SessionChange {
    /// Its key.
    pub fn key(&self) -> (&LotCode, &RecordId) {
        (&self.after.lot, &self.after.record_id)
    }
}

/// A passage without a record id, and the session that it is part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpairedPassageRow {
    /// The leg.
    pub leg: UnpairedPassage,
    /// The session.
    pub record_id: RecordId,
}

/// A passage by what makes it the same as another, and a record that has or had it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassageRow {
    /// The passage.
    pub key: PassageKey,
    /// The record.
    pub record_id: RecordId,
    /// When the record had it.
    pub had: PassageHistory,
}

/// A charging record, and who said so when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargingRecordRow {
    /// The operator.
    pub operator: ProviderCode,
    /// When it was received.
    pub received_at: Timestamp,
    /// The record.
    pub record: ChargingRecord,
}

/// A count said on its own, that is new or turns out to have been said earlier than was known.
#[derive(Clone, Debug)]
pub struct CountChange {
    /// The count.
    pub count: SpaceCount,
    /// When it was first said, and what was doubted about it then.
    pub first: Version<()>,
}

/// A picture that a record shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhotoRef {
    /// The day of its reception, by which its bytes are filed.
    pub day: u32,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// The lot.
    pub lot: LotCode,
    /// The record.
    pub record_id: RecordId,
    /// What it shows, in one word.
    pub role: &'static str,
    /// The media type of its bytes.
    pub media_type: String,
}

/// What is tallied together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TallyKey<'a> {
    /// The day of reception, `yyyymmdd` in UTC+08:00.
    pub day: u32,
    /// The standard's name.
    pub standard: &'a str,
    /// `accepted`, `repeated` or `amended`.
    pub outcome: &'static str,
    /// The report's kind.
    pub kind: &'static str,
}
