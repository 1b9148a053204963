//! An uplink's journal: how each record was settled with it, and from time to time the sum of that.

use super::frame::{self, Frame};
use super::index::{Index, Mark};
use super::types::Seq;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

const EVENT: u8 = 1;
const HEAD: u8 = 2;
const RUNS: u8 = 3;

/// Runs in one frame: damage to a frame costs so many.
const RUNS_IN_FRAME: usize = 512;

/// A change of one record's standing with one uplink.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) uplink: usize,
    pub(super) seq: Seq,
    pub(super) mark: Mark,
    pub(super) at_ms: i64,
    /// Code and words of a refusal.
    pub(super) refusal: Option<(String, String)>,
}

impl Event {
    pub(super) fn write(&self, into: &mut Vec<u8>) {
        let mut payload = vec![EVENT, self.mark as u8];
        payload.extend_from_slice(&self.at_ms.to_le_bytes());
        frame::write(into, self.seq, &payload);
    }
}

/// What an uplink has done ever, and where it began.
#[derive(Default, Serialize, Deserialize)]
struct Head {
    begins: Seq,
    /// The newest record there was: numbers are not used twice even where the log is gone.
    newest: Seq,
    accepted: u64,
    refused: u64,
    not_carried: u64,
    last_accepted_ms: Option<i64>,
}

/// The whole of an uplink's journal as it would be written now, but for some records.
pub(super) fn checkpoint(index: &Index, uplink: usize, newest: Seq, without: &BTreeSet<Seq>) -> Vec<u8> {
    let Some(uplink) = index.uplinks.get(uplink) else { return Vec::new() };
    let head = Head {
        begins: uplink.begins,
        newest,
        accepted: uplink.accepted,
        refused: uplink.refused.saturating_sub(without.len() as u64),
        not_carried: uplink.not_carried,
        last_accepted_ms: uplink.last_accepted_ms,
    };
    let mut payload = vec![HEAD];
    payload.extend(serde_json::to_vec(&head).unwrap_or_default());
    let mut bytes = Vec::new();
    frame::write(&mut bytes, 0, &payload);

    let mut runs: Vec<(Seq, Seq, Mark)> = Vec::new();
    for (record, mark) in index.records.iter().zip(&uplink.marks) {
        // What the record itself tells is not written.
        if without.contains(&record.seq) {
            continue;
        }
        if *mark == Mark::NotIts || (*mark == Mark::Waiting && record.seq > uplink.begins) {
            continue;
        }
        match runs.last_mut() {
            // Never over a gap: a record that could not be read today may be readable tomorrow, and nothing was said
            // of it.
            Some((_, to, last)) if *last == *mark && *to + 1 == record.seq => *to = record.seq,
            _ => runs.push((record.seq, record.seq, *mark)),
        }
    }
    for runs in runs.chunks(RUNS_IN_FRAME) {
        let mut payload = vec![RUNS];
        for (from, to, mark) in runs {
            payload.extend_from_slice(&from.to_le_bytes());
            payload.extend_from_slice(&to.to_le_bytes());
            payload.push(*mark as u8);
        }
        frame::write(&mut bytes, 0, &payload);
    }
    bytes
}

/// What an uplink's journal says, in its order.
#[derive(Default)]
pub(super) struct Read {
    pub(super) begins: Seq,
    /// The highest number spoken of.
    pub(super) newest: Seq,
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) not_carried: u64,
    pub(super) last_accepted_ms: Option<i64>,
    pub(super) marks: Vec<(Seq, Seq, Mark)>,
    /// What was to be delivered once more, though later ones of its session had been.
    pub(super) again: HashSet<Seq>,
}

impl Read {
    /// Takes one frame; frames of later versions are passed over.
    pub(super) fn frame(&mut self, frame: Frame<'_>) {
        match frame.payload {
            [EVENT, mark, at @ ..] => {
                let Some(mark) = Mark::from_number(*mark) else { return };
                match mark {
                    Mark::Delivered => {
                        self.accepted += 1;
                        self.last_accepted_ms = at.try_into().ok().map(i64::from_le_bytes);
                    }
                    Mark::Unsupported => self.not_carried += 1,
                    Mark::Refused => self.refused += 1,
                    Mark::Waiting | Mark::NotIts => {}
                }
                if mark == Mark::Waiting {
                    self.again.insert(frame.number);
                } else {
                    self.again.remove(&frame.number);
                }
                self.newest = self.newest.max(frame.number);
                self.marks.push((frame.number, frame.number, mark));
            }
            [HEAD, json @ ..] => {
                let Ok(head) = serde_json::from_slice::<Head>(json) else { return };
                self.begins = head.begins;
                self.newest = self.newest.max(head.newest);
                self.accepted = head.accepted;
                self.refused = head.refused;
                self.not_carried = head.not_carried;
                self.last_accepted_ms = head.last_accepted_ms;
            }
            [RUNS, runs @ ..] => {
                for run in runs.chunks_exact(17) {
                    let number = |at: usize| run.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
                    let (Some(from), Some(to)) = (number(0), number(8)) else { continue };
                    let Some(mark) = run.get(16).and_then(|mark| Mark::from_number(*mark)) else { continue };
                    self.newest = self.newest.max(to);
                    self.marks.push((from, to, mark));
                }
            }
            _ => {}
        }
    }

    /// Puts the marks on the records that are there.
    pub(super) fn apply(&self, index: &mut Index, uplink: usize) {
        for (from, to, mark) in &self.marks {
            let first = index.records.partition_point(|record| record.seq < *from);
            let seqs: Vec<Seq> = index
                .records
                .iter()
                .skip(first)
                .map(|record| record.seq)
                .take_while(|seq| seq <= to)
                .collect();
            for seq in seqs {
                index.set(uplink, seq, *mark);
            }
        }
        self.pass_on(index, uplink);
        if let Some(uplink) = index.uplinks.get_mut(uplink) {
            uplink.accepted = self.accepted;
            uplink.refused = self.refused;
            uplink.not_carried = self.not_carried;
            uplink.last_accepted_ms = self.last_accepted_ms;
        }
    }

    /// Versions of a report are delivered in order. So where a later one is settled an earlier one was too, and only its
    /// line is lost: delivered alone now, it would come after the newer one and count for it. What is the last version
    /// of its report waits whatever else of its session is settled: pictures may go before their record, and a report
    /// that stands aside lets others pass.
    fn pass_on(&self, index: &mut Index, uplink: usize) {
        let current: HashSet<Seq> = index.identities.values().map(|(seq, _)| *seq).collect();
        let mut settled = HashSet::new();
        let mut lost = Vec::new();
        for record in index.records.iter().rev() {
            match index.mark(uplink, record.seq) {
                Some(Mark::Delivered | Mark::Unsupported | Mark::Refused) => {
                    settled.insert((record.session, record.kind));
                }
                Some(Mark::Waiting)
                    if !current.contains(&record.seq)
                        && settled.contains(&(record.session, record.kind))
                        && !self.again.contains(&record.seq) =>
                {
                    lost.push(record.seq);
                }
                _ => {}
            }
        }
        for seq in lost {
            index.set(uplink, seq, Mark::Delivered);
        }
    }
}
