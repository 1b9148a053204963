//! The one thread that writes.

use super::disk::{Disk, is_full};
use super::frame;
use super::index::Mark;
use super::journal::Journal;
use super::letters::Letter;
use super::marks::{self, Event};
use super::record::{Fields, known, report};
use super::state::{DiskFault, Shared};
use super::types::Seq;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The writer's name among the parts that are watched.
pub(super) const WRITER: &str = "outbox-writer";

/// Journals are synced at least so often. What a power loss takes of them is delivered again, which platforms take
/// as the same report.
const JOURNALS_SYNCED_EVERY: Duration = Duration::from_secs(1);

/// A segment of records, by the number of its first.
pub(super) fn segment_path(first: Seq) -> String {
    format!("log/{first:020}.seg")
}

/// A file that is being appended to.
pub(super) struct Tail {
    pub(super) id: u32,
    pub(super) path: String,
    /// What is synced.
    pub(super) bytes: u64,
    named: bool,
}

/// An append that did not come to a sync.
pub(super) struct Failure {
    pub(super) error: io::Error,
    /// The file is not to be written to again.
    pub(super) abandon: bool,
}

impl Tail {
    pub(super) fn new(id: u32, path: String) -> Self {
        Self { id, path, bytes: 0, named: false }
    }

    /// Appends and syncs, or leaves the file as it was as far as the disk lets it.
    pub(super) fn append(&mut self, disk: &dyn Disk, folder: &str, bytes: &[u8]) -> Result<(), Failure> {
        let written = disk.append(&self.path, bytes);
        let synced = written.is_ok();
        let result = written
            .and_then(|()| disk.sync_data(&self.path))
            .and_then(|()| if self.named { Ok(()) } else { disk.sync_dir(folder) });
        let Err(error) = result else {
            self.named = true;
            self.bytes += bytes.len() as u64;
            return Ok(());
        };
        if !self.named {
            let _ = disk.remove(&self.path);
            return Err(Failure { error, abandon: true });
        }
        let cut = disk.truncate(&self.path, self.bytes).is_ok();
        // Only a write that found no room has left the file in a state that is known.
        let abandon = synced || !cut || !is_full(&error);
        Err(Failure { error, abandon })
    }
}

/// The writer's own.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) log: Option<Tail>,
    pub(super) log_first: Seq,
    pub(super) pictures: Option<Tail>,
    pub(super) journals: Vec<Journal>,
    pub(super) letters: Journal,
    pub(super) next_seq: Seq,
    pub(super) next_segment: u32,
    pub(super) next_picture: u32,
    /// The last segment that counts, and up to where.
    pub(super) previous: Option<(Seq, u64)>,
    pub(super) looked_ms: i64,
    pub(super) tidied_ms: i64,
}

impl Writer {
    pub(super) fn run(mut self) {
        let mut synced = Instant::now();
        loop {
            let turn = self.shared.turn();
            bowei_watch::injection_point(WRITER);
            self.takes(turn.takes);
            let sync = turn.closed
                || turn.asks.iter().any(|ask| ask.sync)
                || synced.elapsed() >= JOURNALS_SYNCED_EVERY;
            let mut written = self.journal(sync || !turn.asks.is_empty());
            if sync {
                synced = Instant::now();
                written = written.and(self.sync_journals());
            }
            self.say(written);
            self.look(turn.asks.iter().any(|ask| ask.tidy));
            for ask in turn.asks {
                let _ = ask.answer.send(());
            }
            if turn.closed {
                return;
            }
        }
    }

    /// Writes the journals of uplinks that have none, and anew what was found spoiled, as far as the disk lets it.
    pub(super) fn begin(&mut self, new: &[bool]) -> io::Result<()> {
        for (uplink, _) in new.iter().enumerate().filter(|(_, new)| **new) {
            while let Err(error) = self.write_marks(uplink, &[], true) {
                if !is_full(&error) || !self.drop_one_for_room() {
                    return Err(error);
                }
            }
        }
        let written = self.journal(true);
        self.say(written);
        Ok(())
    }

    fn say(&self, written: io::Result<()>) {
        let spoiled = self.letters.spoiled || self.journals.iter().any(|journal| journal.spoiled);
        let mut state = self.shared.state();
        match written {
            Err(error) => {
                let trouble = DiskFault::of(&error);
                if state.journal_trouble != trouble {
                    tracing::warn!(%error, "what is delivered cannot be written down: a restart delivers it again");
                }
                state.journal_trouble = trouble;
            }
            Ok(()) if !spoiled => state.journal_trouble = DiskFault::None,
            Ok(()) => {}
        }
    }

    /// Writes down what changed. A journal that failed is written anew only when `again`, once a second, not at every
    /// event.
    fn journal(&mut self, again: bool) -> io::Result<()> {
        let events = std::mem::take(&mut self.shared.state().events);
        for event in events.iter().filter(|event| event.mark == Mark::Refused) {
            self.dead(event);
        }
        let lettered = self.write_letters(again);
        if !matches!(lettered, Ok(true)) {
            // A refusal is not written down before its dead letter is: then it would be neither.
            for event in &events {
                self.spoil(event.uplink);
            }
            return lettered.map(drop);
        }
        let mut result = Ok(());
        let mut written = self.letters.bytes;
        for uplink in 0..self.journals.len() {
            if let Err(error) = self.write_marks(uplink, &events, again) {
                result = Err(error);
            }
            written += self.journals.get(uplink).map_or(0, |journal| journal.bytes);
        }
        self.shared.state().other_bytes = written;
        result
    }

    fn spoil(&mut self, uplink: usize) {
        if let Some(journal) = self.journals.get_mut(uplink) {
            journal.spoiled = true;
        }
    }

    /// Makes a dead letter of a refused record.
    fn dead(&self, event: &Event) {
        let Some((code, why)) = event.refusal.clone() else { return };
        let record = self.shared.state().index.record(event.seq).copied();
        let Some(record) = record else { return };
        let bytes = match super::reading::frame_bytes(&self.shared, &record) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(seq = event.seq, %error, "a refused record cannot be read for its dead letter");
                return;
            }
        };
        let frame = frame::single(&bytes);
        let found = frame.and_then(|frame| Fields::read(frame.payload)).and_then(|(fields, json)| {
            // As it was sent: that is what the platform speaks of.
            let mut report = report(json)?;
            known(json, fields.kind).complete(&mut report);
            Some((fields, report))
        });
        let mut state = self.shared.state();
        let uplink =
            state.index.uplinks.get(event.uplink).map(|uplink| uplink.name.clone()).unwrap_or_default();
        match found {
            Some((fields, report)) => state.letters.add(Letter {
                id: 0,
                uplink,
                seq: event.seq,
                refused_ms: event.at_ms,
                code,
                why,
                report,
                picture: fields.picture,
            }),
            None => {
                drop(state);
                self.shared.give_up(event.seq);
            }
        }
    }

    /// Writes down and syncs dead letters; false where that waits for another time.
    fn write_letters(&mut self, again: bool) -> io::Result<bool> {
        let disk = &*self.shared.disk;
        let unwritten = self.shared.state().letters.take_unwritten();
        match unwritten {
            Some(unwritten) if !self.letters.spoiled && !self.letters.grown() => {
                if unwritten.is_empty() {
                    return Ok(true);
                }
                let written = self.letters.append(disk, &unwritten).and_then(|()| self.letters.sync(disk));
                if written.is_ok() {
                    return Ok(true);
                }
            }
            Some(_) if self.letters.spoiled && !again => return Ok(false),
            _ => {}
        }
        self.letters.spoiled = true;
        let whole = self.shared.state().letters.checkpoint();
        self.letters.rewrite(disk, &whole).map(|()| true)
    }

    fn write_marks(&mut self, uplink: usize, events: &[Event], again: bool) -> io::Result<()> {
        let Some(journal) = self.journals.get_mut(uplink) else { return Ok(()) };
        let disk = &*self.shared.disk;
        let mut bytes = Vec::new();
        for event in events.iter().filter(|event| event.uplink == uplink) {
            event.write(&mut bytes);
        }
        let due = self.shared.state().due.get(uplink).copied().unwrap_or_default();
        if !due && !journal.spoiled && !journal.grown() {
            return if bytes.is_empty() { Ok(()) } else { journal.append(disk, &bytes) };
        }
        if (due || journal.spoiled) && !again {
            journal.spoiled = true;
            return Ok(());
        }
        let newest = self.next_seq.saturating_sub(1);
        let whole = {
            let mut state = self.shared.state();
            // Refusals that came just now have no dead letter yet; what else came just now is in the sum.
            let ours = |event: &Event| event.uplink == uplink;
            let early: BTreeSet<Seq> = state
                .events
                .iter()
                .filter(|event| ours(event) && event.mark == Mark::Refused)
                .map(|event| event.seq)
                .collect();
            state.events.retain(|event| !ours(event) || event.mark == Mark::Refused);
            if let Some(due) = state.due.get_mut(uplink) {
                *due = false;
            }
            marks::checkpoint(&state.index, uplink, newest, &early)
        };
        journal.spoiled = true;
        journal.rewrite(disk, &whole)
    }

    fn sync_journals(&mut self) -> io::Result<()> {
        let disk = &*self.shared.disk;
        let mut result = self.letters.sync(disk);
        for journal in &mut self.journals {
            if let Err(error) = journal.sync(disk) {
                result = Err(error);
            }
        }
        result
    }
}
