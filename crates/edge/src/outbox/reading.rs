//! Reading what is kept.

use super::faults::{NoPicture, Unreadable};
use super::frame;
use super::index::Record;
use super::record::{Fields, known, moment, report};
use super::state::Shared;
use super::types::{Entry, Seq};
use crate::known::Known;
use bytes::Bytes;
use jiff::Timestamp;
use std::io;

/// Damaged pieces that are set aside, each a file: for someone to look at what happened, not to keep them all.
const SET_ASIDE_MAX: usize = 256;

/// The bytes of a record's frame.
pub(super) fn frame_bytes(shared: &Shared, record: &Record) -> io::Result<Vec<u8>> {
    let path = {
        let state = shared.state();
        state.segments.get(&record.segment).map(|segment| segment.path.clone())
    };
    let path = path.ok_or(io::ErrorKind::NotFound)?;
    let mut bytes = vec![0; record.frame_bytes as usize];
    shared.disk.read(&path, u64::from(record.offset), &mut bytes)?;
    Ok(bytes)
}

fn fields_and_report(bytes: &[u8], seq: Seq) -> Option<(Fields, bowei_model::Report, Known)> {
    let frame = frame::single(bytes).filter(|frame| frame.number == seq)?;
    let (fields, json) = Fields::read(frame.payload)?;
    let known = known(json, fields.kind);
    Some((fields, report(json)?, known))
}

/// A record, its sum checked.
pub(super) fn entry(shared: &Shared, seq: Seq) -> Result<Entry, Unreadable> {
    let record = shared.state().index.record(seq).copied().ok_or(Unreadable::Unknown)?;
    if record.damaged {
        return Err(Unreadable::Damaged);
    }
    let bytes = match frame_bytes(shared, &record) {
        Ok(bytes) => bytes,
        Err(_) if shared.state().index.record(seq).is_none() => return Err(Unreadable::Unknown),
        // What is shorter than it was will not come back.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Vec::new(),
        Err(error) => return Err(Unreadable::Disk { why: error.to_string() }),
    };
    let Some((fields, report, known)) = fields_and_report(&bytes, seq) else {
        tracing::error!(seq, "a record is damaged: it is set aside, the others go on");
        set_aside(shared, &format!("record-{seq}.bin"), &bytes);
        shared.give_up(seq);
        return Err(Unreadable::Damaged);
    };
    Ok(Entry {
        seq,
        taken_at: moment(fields.taken_ms),
        report,
        known,
        only: fields.only,
        has_picture: fields.picture.is_some(),
    })
}

/// A record's picture, its sum checked.
pub(super) fn picture(shared: &Shared, seq: Seq) -> Result<Bytes, NoPicture> {
    let record = shared.state().index.record(seq).copied().ok_or(NoPicture::None)?;
    if record.picture_bytes == 0 {
        return Err(NoPicture::None);
    }
    if record.picture_damaged || record.damaged {
        return Err(NoPicture::Damaged);
    }
    let path = shared.state().pictures.get(&record.picture_segment).map(|segment| segment.path.clone());
    let path = path.ok_or(NoPicture::Dropped)?;
    let failing = |error: io::Error| NoPicture::Disk { why: error.to_string() };
    let frame = frame_bytes(shared, &record).map_err(failing)?;
    let pointer = frame::single(&frame).and_then(|frame| Fields::read(frame.payload)?.0.picture);
    let Some(pointer) = pointer else {
        shared.give_up(seq);
        return Err(NoPicture::Damaged);
    };
    let mut bytes = vec![0; pointer.bytes as usize];
    match shared.disk.read(&path, u64::from(pointer.offset), &mut bytes) {
        Ok(()) => {}
        Err(_) if !shared.state().pictures.contains_key(&record.picture_segment) => {
            return Err(NoPicture::Dropped);
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => bytes.clear(),
        Err(error) => return Err(failing(error)),
    }
    if crc32fast::hash(&bytes) == pointer.crc && bytes.len() == pointer.bytes as usize {
        return Ok(bytes.into());
    }
    tracing::error!(seq, "a photo is damaged: it is set aside, its report goes on without it");
    set_aside(shared, &format!("picture-{seq}.bin"), &bytes);
    let mut state = shared.state();
    if let Some(place) = state.index.place(seq)
        && let Some(record) = state.index.records.get_mut(place)
        && !record.picture_damaged
    {
        record.picture_damaged = true;
        state.damaged += 1;
    }
    Err(NoPicture::Damaged)
}

/// Keeps bytes that nobody can read, as far as there is room for them.
fn set_aside(shared: &Shared, name: &str, bytes: &[u8]) {
    put_aside(&*shared.disk, name, bytes);
}

pub(super) fn put_aside(disk: &dyn super::Disk, name: &str, bytes: &[u8]) {
    let aside = disk.list("damaged").and_then(|names| {
        if names.iter().any(|known| known == name) || names.len() >= SET_ASIDE_MAX {
            return Ok(());
        }
        disk.append(&format!("damaged/{name}"), bytes)
    });
    if let Err(error) = aside {
        tracing::warn!(name, %error, "damaged bytes cannot be set aside");
    }
}

/// The numbers of what was taken between two moments and is wanted.
pub(super) fn find(
    shared: &Shared,
    from: Timestamp,
    to: Timestamp,
    wanted: impl Fn(&Entry) -> bool,
) -> Vec<Seq> {
    let (from, to) = (from.as_millisecond(), to.as_millisecond());
    let seqs: Vec<Seq> = {
        let state = shared.state();
        let within = state.index.records.iter().filter(|record| (from..=to).contains(&record.taken_ms));
        within.filter(|record| !record.damaged).map(|record| record.seq).collect()
    };
    seqs.into_iter().filter(|seq| entry(shared, *seq).is_ok_and(|entry| wanted(&entry))).collect()
}

/// Shows every record behind `after`, in order.
pub(super) fn visit(shared: &Shared, after: Seq, mut each: impl FnMut(Entry)) {
    let seqs: Vec<Seq> = {
        let state = shared.state();
        let from = state.index.records.partition_point(|record| record.seq <= after);
        state
            .index
            .records
            .iter()
            .skip(from)
            .filter(|record| !record.damaged)
            .map(|record| record.seq)
            .collect()
    };
    for seq in seqs {
        if let Ok(entry) = entry(shared, seq) {
            each(entry);
        }
    }
}
