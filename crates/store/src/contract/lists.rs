//! What is asked of the store in lists, and what the lists hold.

use super::RefusedMessage;
use bowei_model::finding::RECORD_AWAITED_FOR;
use bowei_model::{ChargingRecord, Document, FindingKind, LotCode, ProviderCode, Statement};
use jiff::Timestamp;

/// A row of the message inspector.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectedReport {
    /// Its id, unique in the inspector.
    pub id: String,
    /// When it was received.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: InspectedOutcome,
}

/// What became of an inspected message.
#[derive(Clone, Debug, PartialEq)]
pub enum InspectedOutcome {
    /// It is in the ledger.
    Accepted {
        /// The statement as kept.
        statement: Box<Statement>,
        /// Fields the text does not name, as a JSON object.
        unnamed_fields: Option<String>,
        /// Whether it was the first of its record and kind.
        amended: bool,
        /// SHA-256 of the message it came in, lower-case hex.
        message_sha256: String,
    },
    /// It was refused.
    Refused(Box<RefusedMessage>),
}

/// A place in a list, opaque outside the store: hand it back to get the next page.
pub type Cursor = String;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}

/// Which sessions to list: newest entry (or, without one, exit) first.
#[derive(Clone, Debug, Default)]
pub struct SessionQuery {
    /// The lot.
    pub lot: Option<LotCode>,
    /// Exactly this plate, as [`bowei_model::Plate`] writes it.
    pub plate: Option<String>,
    /// Open sessions.
    pub open: bool,
    /// Closed sessions. Neither `open` nor `closed` means both.
    pub closed: bool,
    /// Begun at this moment or later.
    pub from: Option<Timestamp>,
    /// Begun before this moment.
    pub to: Option<Timestamp>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// Which findings to list: newest first.
#[derive(Clone, Debug, Default)]
pub struct FindingQuery {
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// Of this kind.
    pub kind: Option<FindingKind>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Only those that are due at this moment, see [`bowei_model::Finding::is_due`]; `None`: all.
    pub due_at: Option<Timestamp>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

impl FindingQuery {
    /// The kind of finding that is due only some time after its moment, with the latest moment that is due: what
    /// [`bowei_model::Finding::is_due`] says of one finding, for a list.
    pub(crate) fn not_yet_due(&self) -> Option<(FindingKind, Timestamp)> {
        let due = self.due_at?.saturating_sub(RECORD_AWAITED_FOR).unwrap_or(Timestamp::MIN);
        Some((FindingKind::PhotoWithoutRecord, due))
    }
}

/// Which messages to inspect: newest first.
#[derive(Clone, Debug, Default)]
pub struct ReportQuery {
    /// Of this provider.
    pub provider: Option<ProviderCode>,
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// Accepted ones.
    pub accepted: bool,
    /// Refused ones. Neither means both.
    pub refused: bool,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// Which charging records to list: latest end first.
#[derive(Clone, Debug, Default)]
pub struct ChargingQuery {
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// Of this order.
    pub order_no: Option<String>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// A charging record with the parking it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargingRow {
    /// The record.
    pub record: ChargingRecord,
    /// The session of the same lot and plate whose span covers most of the charge.
    pub session: Option<String>,
}

/// Which documents to list: by lot, and of a lot the last name first.
#[derive(Clone, Debug, Default)]
pub struct DocumentQuery {
    /// Their kind, as [`bowei_model::DocumentKey`] has it.
    pub kind: String,
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// With this name or one before it.
    pub name_upto: Option<String>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// A document with what it goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// The lot.
    pub lot: LotCode,
    /// Its name.
    pub name: String,
    /// The document.
    pub document: Document,
}

/// A point of a lot's curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountPoint {
    /// When.
    pub at: Timestamp,
    /// Free spaces as the lot had last said; `None` before its first word.
    pub reported: Option<i64>,
    /// Cars known inside.
    pub inside: i64,
}

/// Where a photo belongs, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoRow {
    /// The lot.
    pub lot: LotCode,
    /// The record.
    pub record_id: String,
    /// The media type of its bytes.
    pub media_type: String,
}

/// How many of something came on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The standard's name.
    pub standard: String,
    /// `accepted`, `repeated`, `amended` or `refused`.
    pub outcome: String,
    /// The report's kind; for what was refused, the answer's code.
    pub kind: String,
    /// How many.
    pub count: i64,
}
