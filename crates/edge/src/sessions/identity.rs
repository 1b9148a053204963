//! Record ids of parkings that the keeper makes.
//!
//! `20260401081530-9f86d081884c7d65`: the wall clock in UTC+08:00 at which the parking's first passage was, by the
//! camera where it said so, and sixteen hex digits of a SHA-256 over the lot, the camera, its id of the event, that
//! time and the plate. Nothing else goes in, so that the same event told again makes the same id, after a restart as
//! well. 31 characters of `[0-9a-f-]`: every standard takes that. Whether the passage is an entry or an exit does not
//! go in either: an exit whose entry was missed begins a record in the same way.

use crate::devices::CameraEvent;
use bowei_encoding::sha256_hex;
use bowei_model::{LotCode, Plate, RecordId, moment};
use jiff::Timestamp;

/// Hex digits of the digest. Sixty-four bits: of a lot's hundred million passages no two are likely to share them, and
/// the second before them would have to be the same as well.
const DIGITS: usize = 16;
/// Digits of the wall clock.
const WALL: usize = 14;

/// The id of a parking that begins with `event`, seen at `now` where the camera has no time.
pub(super) fn record_id(lot: &LotCode, device: &str, event: &CameraEvent, now: Timestamp) -> RecordId {
    let reported = event.at.unwrap_or(now);
    let plate = event.plate.as_ref().map_or("", Plate::as_str);
    let id = event.event_id.as_deref().unwrap_or("");
    // To the nanosecond where the camera is, since two cars without a plate can share a second, but not a lane.
    let made_of = format!("{}\0{device}\0{id}\0{}\0{plate}", lot.as_str(), reported.as_nanosecond());
    let digest: String = sha256_hex(made_of.as_bytes()).chars().take(DIGITS).collect();
    let wall = moment::to_wall(reported);
    let wall = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        wall.year().unsigned_abs(),
        wall.month(),
        wall.day(),
        wall.hour(),
        wall.minute(),
        wall.second()
    );
    RecordId::from(format!("{wall}-{digest}"))
}

/// Whether an id is of this making: then a report heard is one of ours, read back.
pub(super) fn is_ours(record_id: &RecordId) -> bool {
    record_id.as_str().split_once('-').is_some_and(|(wall, digest)| {
        wall.len() == WALL
            && wall.bytes().all(|byte| byte.is_ascii_digit())
            && digest.len() == DIGITS
            && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The digest in an id of this making.
pub(super) fn digest_in(record_id: &RecordId) -> Option<u64> {
    let (_, digest) = record_id.as_str().split_once('-').filter(|_| is_ours(record_id))?;
    u64::from_str_radix(digest, 16).ok()
}

/// What tells a camera's event from every other: its id and time, where it has an id. Cameras that give all events
/// the same id exist, so that the id alone does not count.
pub(super) fn event_key(device: &str, event: &CameraEvent) -> Option<u64> {
    let id = event.event_id.as_deref()?;
    let at = event.at.map(|at| at.as_nanosecond());
    let digest = sha256_hex(format!("{device}\0{id}\0{at:?}").as_bytes());
    u64::from_str_radix(digest.get(..DIGITS)?, 16).ok()
}
