//! Dead letters: what platforms refused, with a copy of the report, so that the log need not be kept for them.

use super::frame::{self, Frame};
use super::record::{Pointer, moment};
use super::types::{DeadLetter, Seq};
use bowei_model::Report;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Dead letters that are kept, with all uplinks together. They are held in memory, at about a kilobyte each; more than
/// this no person goes through, and one mistake in a lot's system makes thousands of the same.
pub(crate) const DEAD_LETTERS_MAX: usize = 2_000;

/// A dead letter as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Letter {
    pub(super) id: u64,
    pub(super) uplink: String,
    pub(super) seq: Seq,
    pub(super) refused_ms: i64,
    pub(super) code: String,
    pub(super) why: String,
    pub(super) report: Report,
    pub(super) picture: Option<Pointer>,
}

impl Letter {
    pub(super) fn shown(&self) -> DeadLetter {
        DeadLetter {
            id: self.id,
            uplink: self.uplink.clone(),
            seq: self.seq,
            refused_at: moment(self.refused_ms),
            code: self.code.clone(),
            why: self.why.clone(),
            report: self.report.clone(),
            has_picture: self.picture.is_some(),
        }
    }
}

/// A line of the journal.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Head { next: u64, dropped: u64 },
    Letter(Box<Letter>),
    Closed(u64),
}

/// All open dead letters.
#[derive(Default)]
pub(super) struct Letters {
    pub(super) open: BTreeMap<u64, Letter>,
    next: u64,
    /// How many went because there were too many.
    pub(super) dropped: u64,
    /// Lines that the journal does not have yet.
    unwritten: Vec<u8>,
    /// There were more of them than are kept: the journal is to be written anew.
    overflowed: bool,
}

/// Lines that may wait to be written: beyond, the journal is written anew from memory, which has no more than
/// `DEAD_LETTERS_MAX`.
const UNWRITTEN_BYTES_MAX: usize = 4 << 20;

impl Letters {
    /// Adds one; a second refusal of the same record by the same platform takes the place of the first.
    pub(super) fn add(&mut self, mut letter: Letter) {
        let before =
            self.open.values().find(|known| known.uplink == letter.uplink && known.seq == letter.seq);
        if let Some(before) = before.map(|known| known.id) {
            self.close(before);
        }
        self.next = self.next.max(1);
        letter.id = self.next;
        self.next += 1;
        self.line(&Line::Letter(Box::new(letter.clone())));
        self.open.insert(letter.id, letter);
        self.bound();
    }

    fn bound(&mut self) {
        while self.open.len() > DEAD_LETTERS_MAX
            && let Some(oldest) = self.open.keys().next().copied()
        {
            self.dropped += 1;
            self.close(oldest);
        }
    }

    pub(super) fn close(&mut self, id: u64) {
        if self.open.remove(&id).is_some() {
            self.line(&Line::Closed(id));
        }
    }

    fn line(&mut self, line: &Line) {
        if !self.overflowed {
            write(&mut self.unwritten, line);
        }
        if self.unwritten.len() > UNWRITTEN_BYTES_MAX {
            self.unwritten = Vec::new();
            self.overflowed = true;
        }
    }

    /// What is to be appended; `None` where the journal is to be written anew.
    pub(super) fn take_unwritten(&mut self) -> Option<Vec<u8>> {
        (!self.overflowed).then(|| std::mem::take(&mut self.unwritten))
    }

    /// The whole journal as it would be written now.
    pub(super) fn checkpoint(&mut self) -> Vec<u8> {
        self.unwritten.clear();
        self.overflowed = false;
        let mut bytes = Vec::new();
        write(&mut bytes, &Line::Head { next: self.next, dropped: self.dropped });
        for letter in self.open.values() {
            write(&mut bytes, &Line::Letter(Box::new(letter.clone())));
        }
        bytes
    }

    /// Takes one frame of the journal.
    pub(super) fn frame(&mut self, frame: Frame<'_>) {
        match serde_json::from_slice(frame.payload) {
            Ok(Line::Head { next, dropped }) => {
                self.next = self.next.max(next);
                self.dropped = dropped;
            }
            Ok(Line::Letter(letter)) => {
                self.next = self.next.max(letter.id + 1);
                self.open.insert(letter.id, *letter);
            }
            Ok(Line::Closed(id)) => {
                self.open.remove(&id);
            }
            Err(error) => tracing::warn!(%error, "a line of the dead letters is of another version"),
        }
    }
}

fn write(into: &mut Vec<u8>, line: &Line) {
    match serde_json::to_vec(line) {
        Ok(json) => {
            frame::write(into, 0, &json);
        }
        Err(error) => tracing::error!(%error, "a dead letter cannot be written"),
    }
}
