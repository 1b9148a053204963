//! What is found on disk when the outbox is opened.

use super::batch::{Opening, record};
use super::disk::{Disk, read_whole};
use super::faults::OutboxError;
use super::frame::{Piece, Scan};
use super::index::Uplink;
use super::journal::{Journal, file_name, replace};
use super::marks::Read;
use super::reading::put_aside;
use super::record::{Fields, OPENING};
use super::state::{Segment, Shared, State};
use super::types::{Limits, Seq};
use super::writer::{Writer, segment_path};
use crate::Clock;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// Numbers passed over where the end of the log is damaged: the journals may speak of records that were there, and
/// what is new must not be taken for them.
const PASSED_OVER: Seq = 1 << 16;

/// The longest name of an uplink.
const NAME_BYTES_MAX: usize = 64;

const FOLDERS: [&str; 6] = ["log", "pictures", "uplinks", "dead", "documents", "damaged"];

fn failed(what: &str) -> impl FnOnce(io::Error) -> OutboxError {
    move |error| OutboxError::Disk { what: what.to_owned(), error }
}

/// What the log's files say.
#[derive(Default)]
struct Log {
    newest: Seq,
    next_picture: u32,
    previous: Option<(Seq, u64)>,
    spoiled_end: bool,
}

pub(super) fn open(
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    uplinks: &[String],
) -> Result<(Arc<Shared>, Writer), OutboxError> {
    for (place, name) in uplinks.iter().enumerate() {
        let twice = uplinks.iter().take(place).any(|known| known == name);
        if twice || name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(OutboxError::Name(name.clone()));
        }
    }
    for folder in FOLDERS {
        disk.create_dir(folder).map_err(failed(folder))?;
    }
    let pictures = pictures(&*disk).map_err(failed("pictures"))?;
    let mut state = State { pictures, ..State::default() };
    let mut journals = Vec::new();
    let mut positions = Vec::new();
    for name in uplinks {
        let mut journal = Journal::new("uplinks", &file_name(name));
        let mut read = Read::default();
        let (damaged, there) = journal.read(&*disk, |frame| read.frame(frame)).map_err(failed("uplinks"))?;
        state.damaged += damaged;
        journals.push(journal);
        positions.push(there.then_some(read));
    }
    let mut letters = Journal::new("dead", "letters");
    let (damaged, _) = letters.read(&*disk, |frame| state.letters.frame(frame)).map_err(failed("dead"))?;
    state.damaged += damaged;

    // The marks are put on when all records are there: until then every record is every uplink's.
    for (name, read) in uplinks.iter().zip(&positions) {
        let begins = read.as_ref().map_or(Seq::MAX, |read| read.begins);
        state.index.uplinks.push(Uplink { name: name.clone(), begins, ..Uplink::default() });
    }
    let mut log = read_log(&*disk, &mut state).map_err(failed("log"))?;
    for pictures in state.pictures.values_mut() {
        // Nothing points to it.
        pictures.born_ms = pictures.born_ms.max(0);
    }
    for read in positions.iter().flatten() {
        log.newest = log.newest.max(read.newest);
    }
    for letter in state.letters.open.values() {
        log.newest = log.newest.max(letter.seq);
        log.next_picture = log.next_picture.max(letter.picture.map_or(0, |pointer| pointer.segment + 1));
    }
    if log.spoiled_end {
        log.newest += PASSED_OVER;
    }
    for (uplink, read) in positions.iter().enumerate() {
        if let Some(read) = read {
            read.apply(&mut state.index, uplink);
        } else if let Some(new) = state.index.uplinks.get_mut(uplink) {
            // A platform that is new today has no business with what was there before.
            new.begins = log.newest;
        }
    }
    let said_nothing: Vec<bool> = positions.iter().map(Option::is_none).collect();
    state.due = vec![false; uplinks.len()];
    state.other_bytes = letters.bytes + journals.iter().map(|journal| journal.bytes).sum::<u64>();
    let next_picture = state.pictures.keys().next_back().map_or(1, |newest| newest + 1).max(log.next_picture);
    let looked = state.index.records.last().map(|record| record.taken_ms);
    let next_segment = state.segments.keys().next_back().map_or(1, |newest| newest + 1);
    let shared = Arc::new(Shared::new(disk, clock, limits, state));
    let now = shared.now_ms();
    let mut writer = Writer {
        shared: Arc::clone(&shared),
        log: None,
        log_first: 0,
        pictures: None,
        journals,
        letters,
        next_seq: log.newest + 1,
        next_segment,
        next_picture,
        previous: log.previous,
        looked_ms: looked.unwrap_or(now).min(now),
        tidied_ms: now,
    };
    // Where a new uplink begins must last before anything is taken for it.
    writer.begin(&said_nothing).map_err(failed("uplinks"))?;
    Ok((shared, writer))
}

fn pictures(disk: &dyn Disk) -> io::Result<BTreeMap<u32, Segment>> {
    let mut pictures = BTreeMap::new();
    for name in disk.list("pictures")? {
        let Some(id) = name.strip_suffix(".seg").and_then(|id| id.parse().ok()) else { continue };
        let path = format!("pictures/{name}");
        let bytes = disk.len(&path)?;
        // Its age is known from the records that point to it.
        pictures.insert(id, Segment { path, bytes, born_ms: i64::MIN });
    }
    Ok(pictures)
}

/// A segment's file: what its opening frame says, and what it holds.
struct Found {
    first: Seq,
    path: String,
    bytes: Vec<u8>,
}

fn read_log(disk: &dyn Disk, state: &mut State) -> io::Result<Log> {
    let names = disk.list("log")?;
    for name in names.iter().filter(|name| name.ends_with(".seg.new")) {
        let _ = disk.remove(&format!("log/{name}"));
    }
    let mut firsts: Vec<Seq> = names
        .iter()
        .filter_map(|name| {
            let first = name.strip_suffix(".seg")?.parse().ok()?;
            (segment_path(first) == format!("log/{name}")).then_some(first)
        })
        .collect();
    firsts.sort_unstable();
    let mut log = Log { next_picture: 1, ..Log::default() };
    // Looked at from the newest: each says how much of those before it counts.
    let mut bounds: Vec<(Seq, Option<u64>, bool)> = Vec::new();
    let mut limit: Option<Opening> = None;
    for first in firsts.iter().rev() {
        let count = match &limit {
            Some(Opening { previous: Some(previous), valid_bytes }) if previous == first => {
                Some(*valid_bytes)
            }
            Some(Opening { previous: Some(previous), .. }) if previous < first => Some(0),
            _ => None,
        };
        bounds.push((*first, count, limit.is_none()));
        if count != Some(0)
            && let Some(opening) = opening(disk, &segment_path(*first))
        {
            limit = Some(opening);
        }
    }
    let newest = firsts.last().copied();
    for (first, bound, mut unsure) in bounds.into_iter().rev() {
        // The next file is named by the next number: not like one that is there, be it empty.
        log.newest = log.newest.max(first);
        let path = segment_path(first);
        if bound == Some(0) {
            // Nothing in it was promised.
            let _ = disk.remove(&path);
            continue;
        }
        let mut bytes = read_whole(disk, &path)?;
        if let Some(bound) = bound {
            unsure |= bytes.len() as u64 > bound;
            bytes.truncate(usize::try_from(bound).unwrap_or(usize::MAX));
        }
        let found = Found { first, path, bytes };
        read_segment(disk, state, &mut log, &found, Some(first) == newest);
        if unsure {
            make_sure(disk, state, &log, &found);
        }
    }
    Ok(log)
}

/// What was read need not be safe: a process that was killed between write and sync has left it in the machine's
/// memory alone, and one whose sync failed has left what no later sync saves. Whoever repeats it would be told that it
/// is kept. So the file is written anew and synced; where that fails, what is repeated counts as new.
fn make_sure(disk: &dyn Disk, state: &mut State, log: &Log, found: &Found) {
    let valid = log.previous.map_or(0, |(_, valid)| usize::try_from(valid).unwrap_or(usize::MAX));
    let bytes = found.bytes.get(..valid).unwrap_or(&found.bytes);
    if let Err(error) = replace(disk, "log", &found.path, bytes) {
        tracing::warn!(path = found.path, %error, "the newest records cannot be made safe again: repetitions are kept");
        state.index.identities.retain(|_, (seq, _)| *seq < found.first);
    }
}

fn opening(disk: &dyn Disk, path: &str) -> Option<Opening> {
    let length = usize::try_from(disk.len(path).ok()?).ok()?.min(512);
    let mut bytes = vec![0; length];
    disk.read(path, 0, &mut bytes).ok()?;
    match Scan::new(&bytes).next()? {
        Piece::Frame { frame, .. } => {
            let json = frame.payload.strip_prefix(&[OPENING])?;
            serde_json::from_slice(json).ok()
        }
        _ => None,
    }
}

fn read_segment(disk: &dyn Disk, state: &mut State, log: &mut Log, found: &Found, last: bool) {
    let id = state.segments.keys().next_back().map_or(1, |newest| newest + 1);
    let mut valid = found.bytes.len();
    let mut born_ms = i64::MIN;
    log.spoiled_end = false;
    for piece in Scan::new(&found.bytes) {
        log.spoiled_end = !matches!(piece, Piece::Frame { .. });
        match piece {
            Piece::Frame { at, frame } => {
                log.newest = log.newest.max(frame.number);
                let Some((fields, _)) = Fields::read(frame.payload) else { continue };
                if state.index.records.last().is_some_and(|newest| newest.seq >= frame.number) {
                    continue;
                }
                born_ms = born_ms.max(fields.taken_ms);
                if let Some(pointer) = fields.picture {
                    log.next_picture = log.next_picture.max(pointer.segment + 1);
                    if let Some(pictures) = state.pictures.get_mut(&pointer.segment) {
                        pictures.born_ms = pictures.born_ms.max(fields.taken_ms);
                    }
                }
                let length = super::frame::HEADER + frame.payload.len();
                let record = record(frame.number, id, at as u64, length, &fields);
                state.index.push(record, &fields);
            }
            Piece::Damaged { from, to } => {
                state.damaged += 1;
                tracing::error!(
                    path = found.path,
                    from,
                    to,
                    "a record is damaged: it is set aside, the others go on"
                );
                let bytes = found.bytes.get(from..to).unwrap_or_default();
                put_aside(disk, &format!("log-{:020}-{from}.bin", found.first), bytes);
            }
            Piece::Torn { from } => {
                valid = from;
                if !last {
                    state.damaged += 1;
                }
                let bytes = found.bytes.get(from..).unwrap_or_default();
                put_aside(disk, &format!("log-{:020}-{from}-end.bin", found.first), bytes);
            }
        }
    }
    log.previous = Some((found.first, valid as u64));
    if born_ms == i64::MIN {
        born_ms = 0;
    }
    state.segments.insert(id, Segment { path: found.path.clone(), bytes: valid as u64, born_ms });
}
