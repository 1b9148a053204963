//! What is known in memory: of every record where it lies and how it stands with every uplink, of no record what it
//! says.

use super::identity::Kind;
use super::record::{Fields, moment};
use super::types::{Head, Seq, Standing};
use std::collections::HashMap;

/// So many records more at a time: doubling would leave half of the memory unused at the worst moment.
const GROWTH: usize = 4096;

/// What a frame has besides its report.
const OVERHEAD: u32 = 24 + 52;
const _: () = assert!(OVERHEAD as usize == super::frame::HEADER + super::record::FIXED);

/// What is held of a record: 48 bytes, and one for every uplink.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) seq: Seq,
    pub(super) session: u64,
    pub(super) taken_ms: i64,
    /// The segment's number in this run.
    pub(super) segment: u32,
    /// Where its frame begins.
    pub(super) offset: u32,
    /// Bytes of the frame.
    pub(super) frame_bytes: u32,
    pub(super) picture_segment: u32,
    /// 0: none came along.
    pub(super) picture_bytes: u32,
    pub(super) kind: Kind,
    pub(super) damaged: bool,
    pub(super) picture_damaged: bool,
}

const _: () = assert!(size_of::<Record>() <= 48);

impl Record {
    pub(super) fn head(&self) -> Head {
        Head {
            seq: self.seq,
            taken_at: moment(self.taken_ms),
            session: self.session,
            bytes: self.report_bytes(),
            picture_bytes: self.picture_bytes,
            kind: self.kind,
        }
    }

    /// Bytes of the report; of an entry for one uplink alone, its name is counted with them.
    fn report_bytes(&self) -> u32 {
        self.frame_bytes.saturating_sub(OVERHEAD)
    }

    pub(super) fn weight(&self) -> u64 {
        u64::from(self.report_bytes()) + u64::from(self.picture_bytes)
    }
}

/// How a record stands with an uplink, in one byte, as the journal has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mark {
    Waiting = 0,
    Delivered = 1,
    Unsupported = 2,
    Refused = 3,
    /// Another uplink's, or from before this uplink was there.
    NotIts = 4,
}

impl Mark {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Unsupported, Self::Refused, Self::NotIts]
            .into_iter()
            .find(|mark| *mark as u8 == number)
    }

    pub(super) fn standing(self) -> Standing {
        match self {
            Self::Waiting => Standing::Waiting,
            Self::Delivered => Standing::Delivered,
            Self::Unsupported => Standing::Unsupported,
            Self::Refused => Standing::Refused,
            Self::NotIts => Standing::Unknown,
        }
    }
}

/// One uplink's part of the index.
#[derive(Debug, Default)]
pub(super) struct Uplink {
    pub(super) name: String,
    /// Records up to here are from before it.
    pub(super) begins: Seq,
    /// In the order of the records.
    pub(super) marks: Vec<Mark>,
    /// No record before this place waits.
    pub(super) first_waiting: usize,
    pub(super) backlog: u64,
    pub(super) backlog_bytes: u64,
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) not_carried: u64,
    pub(super) last_accepted_ms: Option<i64>,
}

/// The index.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By number.
    pub(super) records: Vec<Record>,
    /// By identity, the newest record and what it says.
    pub(super) identities: HashMap<u64, (Seq, u64)>,
    pub(super) uplinks: Vec<Uplink>,
}

impl Index {
    /// Adds a record, whose number must be higher than all that are there.
    pub(super) fn push(&mut self, record: Record, fields: &Fields) {
        if self.records.len() == self.records.capacity() {
            self.records.reserve_exact(GROWTH);
        }
        for uplink in &mut self.uplinks {
            let its =
                record.seq > uplink.begins && fields.only.as_ref().is_none_or(|only| *only == uplink.name);
            uplink.marks.push(if its { Mark::Waiting } else { Mark::NotIts });
            if its {
                uplink.backlog += 1;
                uplink.backlog_bytes += record.weight();
            }
        }
        if fields.identity != 0 && fields.only.is_none() {
            self.identities.insert(fields.identity, (record.seq, fields.content));
        }
        self.records.push(record);
    }

    pub(super) fn place(&self, seq: Seq) -> Option<usize> {
        self.records.binary_search_by_key(&seq, |record| record.seq).ok()
    }

    pub(super) fn record(&self, seq: Seq) -> Option<&Record> {
        self.records.get(self.place(seq)?)
    }

    pub(super) fn uplink(&self, name: &str) -> Option<usize> {
        self.uplinks.iter().position(|uplink| uplink.name == name)
    }

    pub(super) fn mark(&self, uplink: usize, seq: Seq) -> Option<Mark> {
        self.uplinks.get(uplink)?.marks.get(self.place(seq)?).copied()
    }

    /// Changes a mark; false where there is nothing to change.
    pub(super) fn set(&mut self, uplink: usize, seq: Seq, to: Mark) -> bool {
        let Some(place) = self.place(seq) else { return false };
        let (Some(record), Some(uplink)) = (self.records.get(place), self.uplinks.get_mut(uplink)) else {
            return false;
        };
        let Some(mark) = uplink.marks.get_mut(place) else { return false };
        if *mark == to || (to == Mark::Waiting && record.damaged) {
            return false;
        }
        if *mark == Mark::Waiting {
            uplink.backlog = uplink.backlog.saturating_sub(1);
            uplink.backlog_bytes = uplink.backlog_bytes.saturating_sub(record.weight());
        }
        *mark = to;
        if to == Mark::Waiting {
            uplink.backlog += 1;
            uplink.backlog_bytes += record.weight();
            uplink.first_waiting = uplink.first_waiting.min(place);
        }
        while uplink.marks.get(uplink.first_waiting).is_some_and(|mark| *mark != Mark::Waiting) {
            uplink.first_waiting += 1;
        }
        true
    }

    /// What waits for an uplink behind `after`.
    pub(super) fn pending(&self, uplink: usize, after: Seq, max: usize) -> Vec<Head> {
        let Some(uplink) = self.uplinks.get(uplink) else { return Vec::new() };
        let from = self.records.partition_point(|record| record.seq <= after).max(uplink.first_waiting);
        let waiting = self.records.iter().zip(&uplink.marks).skip(from);
        waiting
            .filter(|(_, mark)| **mark == Mark::Waiting)
            .map(|(record, _)| record.head())
            .take(max)
            .collect()
    }

    /// Nobody waits for a record any more that cannot be read, and the same report is taken anew.
    pub(super) fn give_up(&mut self, seq: Seq) -> bool {
        let Some(place) = self.place(seq) else { return false };
        match self.records.get_mut(place) {
            Some(record) if !record.damaged => record.damaged = true,
            _ => return false,
        }
        for uplink in 0..self.uplinks.len() {
            self.set(uplink, seq, Mark::NotIts);
        }
        self.identities.retain(|_, (known, _)| *known != seq);
        true
    }

    /// No uplink waits for the record at `place`.
    pub(super) fn settled(&self, place: usize) -> bool {
        self.uplinks.iter().all(|uplink| uplink.marks.get(place) != Some(&Mark::Waiting))
    }

    /// Forgets the records of a segment.
    pub(super) fn forget(&mut self, segment: u32) {
        let from = self.records.iter().position(|record| record.segment == segment);
        let Some(from) = from else { return };
        let to = self.records.iter().rposition(|record| record.segment == segment).unwrap_or(from);
        let gone: Vec<Seq> = self.records.drain(from..=to).map(|record| record.seq).collect();
        for uplink in &mut self.uplinks {
            let marks = uplink.marks.drain(from..=to);
            debug_assert!(
                marks.as_slice().iter().all(|mark| *mark != Mark::Waiting),
                "waited for and deleted"
            );
            drop(marks);
            uplink.first_waiting = 0;
        }
        self.identities.retain(|_, (seq, _)| gone.binary_search(seq).is_err());
    }
}
