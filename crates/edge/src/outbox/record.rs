//! A record's payload: what must be known when the log is opened, as fixed fields, then the report as JSON.
//!
//! Opening reads the fixed fields alone, so that a hundred thousand records are there in a moment.

use super::identity::Kind;
use crate::known::Known;
use bowei_model::Report;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The first byte of a record.
const RECORD: u8 = 1;
/// The first byte of a segment's opening frame.
pub(super) const OPENING: u8 = 2;

/// Bytes of a payload's fixed fields.
pub(super) const FIXED: usize = 52;
const HAS_PICTURE: u8 = 1;

/// Where a picture lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Pointer {
    pub(super) segment: u32,
    pub(super) offset: u32,
    pub(super) bytes: u32,
    pub(super) crc: u32,
}

/// The fixed fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) kind: Kind,
    pub(super) taken_ms: i64,
    pub(super) session: u64,
    pub(super) identity: u64,
    pub(super) content: u64,
    pub(super) picture: Option<Pointer>,
    pub(super) only: Option<String>,
}

impl Fields {
    /// The whole payload.
    pub(super) fn payload(&self, json: &[u8]) -> Vec<u8> {
        let only = self.only.as_deref().unwrap_or_default().as_bytes();
        let mut bytes = Vec::with_capacity(FIXED + only.len() + json.len());
        let flags = if self.picture.is_some() { HAS_PICTURE } else { 0 };
        // A name has at most 64 bytes.
        let only_bytes = u8::try_from(only.len()).unwrap_or(u8::MAX);
        bytes.extend_from_slice(&[RECORD, self.kind as u8, flags, only_bytes]);
        bytes.extend_from_slice(&self.taken_ms.to_le_bytes());
        for number in [self.session, self.identity, self.content] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let pointer = self.picture.unwrap_or(Pointer { segment: 0, offset: 0, bytes: 0, crc: 0 });
        for number in [pointer.segment, pointer.offset, pointer.bytes, pointer.crc] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(only);
        bytes.extend_from_slice(json);
        bytes
    }

    /// The fields of a payload, and its JSON; `None` for one that this version does not know.
    pub(super) fn read(payload: &[u8]) -> Option<(Self, &[u8])> {
        let [RECORD, kind, flags, only_bytes, ..] = payload else { return None };
        let picture = Pointer {
            segment: short(payload, 36)?,
            offset: short(payload, 40)?,
            bytes: short(payload, 44)?,
            crc: short(payload, 48)?,
        };
        let only_end = FIXED + usize::from(*only_bytes);
        let only = std::str::from_utf8(payload.get(FIXED..only_end)?).ok()?;
        let fields = Self {
            kind: Kind::from_number(*kind)?,
            taken_ms: long(payload, 4)?.cast_signed(),
            session: long(payload, 12)?,
            identity: long(payload, 20)?,
            content: long(payload, 28)?,
            picture: (flags & HAS_PICTURE != 0).then_some(picture),
            only: (!only.is_empty()).then(|| only.to_owned()),
        };
        Some((fields, payload.get(only_end..)?))
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// A record's report.
pub(super) fn report(json: &[u8]) -> Option<Report> {
    serde_json::from_slice(json).ok()
}

/// What was known beside it.
#[derive(Default, Serialize, Deserialize)]
struct StoredContext {
    #[serde(default)]
    known: Known,
}

/// The JSON of a report with what was known beside it, as one more field: who does not know it passes over it.
pub(super) fn with_known(json: Vec<u8>, known: &Known) -> Vec<u8> {
    let context = StoredContext { known: known.clone() };
    match (json.strip_suffix(b"}"), serde_json::to_vec(&context)) {
        (Some(begins), Ok(ends)) if !known.is_nothing() => {
            [begins, b",", ends.strip_prefix(b"{").unwrap_or(b"}")].concat()
        }
        _ => json,
    }
}

/// What was known beside a record's report.
pub(super) fn known(json: &[u8], kind: Kind) -> Known {
    if !kind.is_passage() && kind != Kind::Photo {
        return Known::default();
    }
    serde_json::from_slice(json).map(|StoredContext { known }| known).unwrap_or_default()
}

/// A moment of the log.
pub(super) fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
