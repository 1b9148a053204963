//! Passages without a record id: which exit belongs to which entry.
//!
//! Some standards number no parking. Its entry is then known by lot, plate and time, its exit likewise.

use crate::{Direction, Plate, RecordId};
use jiff::Timestamp;

/// The identity of a passage that carries no record id, within its lot: `浙E12345-in-1588061331`,
/// `无牌-out-1588064871`.
pub fn leg_id(direction: Direction, plate: Option<&Plate>, at: Timestamp) -> RecordId {
    let way = match direction {
        Direction::Entry => "in",
        Direction::Exit => "out",
    };
    RecordId::from(format!("{}-{way}-{}", plate.map_or("无牌", Plate::as_str), at.as_second()))
}
