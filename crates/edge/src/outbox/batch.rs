//! Taking: everything that waits, in one write and one sync.
//!
//! Pictures are synced before the records that point to them. What fails is cut off again; a file whose sync failed
//! is never written to again, as what the system then says of it cannot be believed. The next segment's opening frame
//! says up to where the one before it counts.

use super::disk::is_full;
use super::faults::EnqueueError;
use super::frame;
use super::index::Record;
use super::record::{Fields, OPENING, Pointer};
use super::state::{DiskFault, Picture, Prepared, Segment, State, Take};
use super::types::{Seq, Taken};
use super::writer::{Tail, Writer};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io;

/// What the first frame of a segment says: the segment before it counts up to a length, and those between them that
/// may be there do not count.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Opening {
    pub(super) previous: Option<Seq>,
    pub(super) valid_bytes: u64,
}

/// Entries of a batch that are new, with their numbers.
type New<'a> = Vec<(Seq, &'a Prepared)>;

impl Writer {
    /// Takes what has gathered, and answers.
    pub(super) fn takes(&mut self, takes: Vec<Take>) {
        let mut admitted = Vec::new();
        let mut bytes = 0;
        for take in takes {
            let photos = self.unknown_pictures(&take.entries);
            bytes += take.bytes() as u64;
            let room = self.make_room(bytes);
            if photos > 0 {
                self.shared.state().photos_refused = !room;
            }
            if photos > 0 && !room {
                bytes -= take.bytes() as u64;
                let _ = take.answer.send(Err(EnqueueError::PhotosRefused));
            } else {
                admitted.push(take);
            }
        }
        if admitted.is_empty() {
            return;
        }
        match self.write(&admitted) {
            Ok(answers) => {
                for (take, answer) in admitted.into_iter().zip(answers) {
                    // Whoever does not wait any more has lost interest in the answer, not in the entry.
                    let _ = take.answer.send(Ok(answer));
                }
            }
            // What is too much together may go in one by one.
            Err(EnqueueError::Full | EnqueueError::PhotosRefused) if admitted.len() > 1 => {
                for take in admitted {
                    let answer = self.write(std::slice::from_ref(&take));
                    let _ = take.answer.send(answer.map(|answers| answers.into_iter().flatten().collect()));
                }
            }
            Err(fault) => {
                for take in admitted {
                    let _ = take.answer.send(Err(fault.clone()));
                }
            }
        }
    }

    fn unknown_pictures(&self, entries: &[Prepared]) -> usize {
        let state = self.shared.state();
        entries
            .iter()
            .filter(|entry| known(&state, entry).is_none())
            .map(|entry| entry.picture.new_bytes())
            .sum()
    }

    /// Writes takes together, making room and going to new files where that helps.
    fn write(&mut self, takes: &[Take]) -> Result<Vec<Vec<Taken>>, EnqueueError> {
        let mut failed = false;
        loop {
            let error = match self.attempt(takes) {
                Ok(answers) => {
                    self.shared.state().trouble = DiskFault::None;
                    return Ok(answers);
                }
                Err(error) => error,
            };
            if is_full(&error) {
                if !self.drop_one_for_room() {
                    // A picture that finds no room says nothing of the records, which are a hundredth of it.
                    if takes.iter().any(|take| self.unknown_pictures(&take.entries) > 0) {
                        self.shared.state().photos_refused = true;
                        return Err(EnqueueError::PhotosRefused);
                    }
                    tracing::error!(%error, "the disk is full and there is no photo to drop");
                    self.shared.state().trouble = DiskFault::Full;
                    return Err(EnqueueError::Full);
                }
            } else if failed {
                tracing::error!(%error, "the disk fails: nothing is taken");
                self.shared.state().trouble = DiskFault::Failing(error.to_string());
                return Err(EnqueueError::Disk { why: error.to_string() });
            } else {
                tracing::warn!(%error, "the disk failed: trying once more in new files");
                failed = true;
            }
        }
    }

    fn attempt(&mut self, takes: &[Take]) -> io::Result<Vec<Vec<Taken>>> {
        let (answers, new) = self.decide(takes);
        if new.is_empty() {
            return Ok(answers);
        }
        let before = self.pictures.as_ref().map(|tail| (tail.path.clone(), tail.bytes));
        let pointers = self.write_pictures(&new)?;
        if let Err(error) = self.write_records(&new, &pointers) {
            self.undo_pictures(before);
            return Err(error);
        }
        Ok(answers)
    }

    /// Which entries are new, and what the others repeat. Numbers that are given and not used are lost: a record that
    /// was written but not promised may still turn up under its own.
    fn decide<'a>(&mut self, takes: &'a [Take]) -> (Vec<Vec<Taken>>, New<'a>) {
        let shared = std::sync::Arc::clone(&self.shared);
        let state = shared.state();
        let mut in_batch: HashMap<u64, (Seq, u64)> = HashMap::new();
        let mut new = Vec::new();
        let mut answers = Vec::with_capacity(takes.len());
        for take in takes {
            let mut answer = Vec::with_capacity(take.entries.len());
            for entry in &take.entries {
                let fields = &entry.fields;
                let counts = fields.identity != 0 && fields.only.is_none();
                let before = match in_batch.get(&fields.identity) {
                    Some((seq, content)) if counts => (*content == fields.content).then_some(*seq),
                    _ => known(&state, entry),
                };
                if let Some(seq) = before {
                    answer.push(Taken::Duplicate(seq));
                    continue;
                }
                let seq = self.next_seq;
                self.next_seq += 1;
                if counts {
                    in_batch.insert(fields.identity, (seq, fields.content));
                }
                new.push((seq, entry));
                answer.push(Taken::New(seq));
            }
            answers.push(answer);
        }
        (answers, new)
    }

    fn write_pictures(&mut self, new: &New<'_>) -> io::Result<Vec<Option<Pointer>>> {
        let limit = self.shared.limits.picture_segment_bytes;
        if self.pictures.as_ref().is_some_and(|tail| tail.bytes >= limit) {
            self.pictures = None;
        }
        let id = self.pictures.as_ref().map_or(self.next_picture, |tail| tail.id);
        let from = self.pictures.as_ref().map_or(0, |tail| tail.bytes);
        let mut bytes = Vec::new();
        let mut pointers = Vec::with_capacity(new.len());
        for (_, entry) in new {
            pointers.push(match &entry.picture {
                Picture::None => None,
                Picture::There(pointer) => Some(*pointer),
                Picture::Bytes { bytes: picture, crc } => {
                    let offset = from + bytes.len() as u64;
                    bytes.extend_from_slice(picture);
                    Some(Pointer {
                        segment: id,
                        offset: u32::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput)?,
                        bytes: u32::try_from(picture.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
                        crc: *crc,
                    })
                }
            });
        }
        if bytes.is_empty() {
            return Ok(pointers);
        }
        if self.pictures.is_none() {
            self.next_picture += 1;
            self.pictures = Some(Tail::new(id, format!("pictures/{id:010}.seg")));
        }
        self.append_to_pictures(&bytes)?;
        Ok(pointers)
    }

    fn append_to_pictures(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(tail) = &mut self.pictures else { return Ok(()) };
        if let Err(failure) = tail.append(&*self.shared.disk, "pictures", bytes) {
            if failure.abandon {
                self.pictures = None;
            }
            return Err(failure.error);
        }
        let (id, path, length) = (tail.id, tail.path.clone(), tail.bytes);
        let now = self.shared.now_ms();
        let mut state = self.shared.state();
        let segment = state.pictures.entry(id).or_insert(Segment { path, bytes: 0, born_ms: now });
        segment.bytes = length;
        segment.born_ms = segment.born_ms.max(now);
        Ok(())
    }

    /// Nothing points to the pictures that were written last.
    fn undo_pictures(&mut self, before: Option<(String, u64)>) {
        let Some(tail) = &mut self.pictures else { return };
        let length = before.filter(|(path, _)| *path == tail.path).map_or(0, |(_, bytes)| bytes);
        if tail.bytes == length || self.shared.disk.truncate(&tail.path, length).is_err() {
            return;
        }
        tail.bytes = length;
        let id = tail.id;
        if let Some(segment) = self.shared.state().pictures.get_mut(&id) {
            segment.bytes = length;
        }
        // An empty one is no room to be made.
        if length == 0 {
            self.drop_pictures(id);
        }
    }

    fn write_records(&mut self, new: &New<'_>, pointers: &[Option<Pointer>]) -> io::Result<()> {
        let limit = self.shared.limits.log_segment_bytes;
        if self.log.as_ref().is_some_and(|tail| tail.bytes >= limit) {
            self.log = None;
        }
        let mut bytes = Vec::new();
        if self.log.is_none() {
            let first = new.first().map_or(self.next_seq, |(seq, _)| *seq);
            self.log = Some(Tail::new(self.next_segment, super::writer::segment_path(first)));
            self.next_segment += 1;
            let opening = Opening {
                previous: self.previous.as_ref().map(|p| p.0),
                valid_bytes: self.previous.as_ref().map_or(0, |p| p.1),
            };
            let mut payload = vec![OPENING];
            payload.extend(serde_json::to_vec(&opening).map_err(io::Error::other)?);
            frame::write(&mut bytes, first, &payload);
            self.log_first = first;
        }
        let Some(tail) = &mut self.log else { return Ok(()) };
        let (id, from) = (tail.id, tail.bytes);
        let now = self.shared.now_ms();
        let mut records = Vec::with_capacity(new.len());
        for ((seq, entry), pointer) in new.iter().zip(pointers) {
            let fields = Fields { taken_ms: now, picture: *pointer, ..entry.fields.clone() };
            let offset = from + bytes.len() as u64;
            let length = frame::write(&mut bytes, *seq, &fields.payload(&entry.json));
            records.push((record(*seq, id, offset, length, &fields), fields));
        }
        if let Err(failure) = tail.append(&*self.shared.disk, "log", &bytes) {
            if failure.abandon {
                self.log = None;
            }
            return Err(failure.error);
        }
        let (path, length) = (tail.path.clone(), tail.bytes);
        self.previous = Some((self.log_first, length));
        let newest = records.last().map_or(0, |(record, _)| record.seq);
        {
            let mut state = self.shared.state();
            let segment = state.segments.entry(id).or_insert(Segment { path, bytes: 0, born_ms: now });
            segment.bytes = length;
            segment.born_ms = segment.born_ms.max(now);
            for (record, fields) in records {
                state.index.push(record, &fields);
            }
        }
        self.shared.newest.send_replace(newest);
        Ok(())
    }
}

/// The record that an entry repeats.
fn known(state: &State, entry: &Prepared) -> Option<Seq> {
    if entry.fields.only.is_some() || entry.fields.identity == 0 {
        return None;
    }
    let (seq, content) = state.index.identities.get(&entry.fields.identity)?;
    (*content == entry.fields.content).then_some(*seq)
}

/// What the index holds of a frame.
pub(super) fn record(seq: Seq, segment: u32, offset: u64, length: usize, fields: &Fields) -> Record {
    // Segments and payloads are far below what these numbers hold.
    Record {
        seq,
        session: fields.session,
        taken_ms: fields.taken_ms,
        segment,
        offset: u32::try_from(offset).unwrap_or(u32::MAX),
        frame_bytes: u32::try_from(length).unwrap_or(u32::MAX),
        picture_segment: fields.picture.map_or(0, |pointer| pointer.segment),
        picture_bytes: fields.picture.map_or(0, |pointer| pointer.bytes),
        kind: fields.kind,
        damaged: false,
        picture_damaged: false,
    }
}
