//! The rule that a record shows no more than so many photos.

use crate::{LotCode, ParkingSession, PhotoRole, RecordId};

/// The condition that a record shows fewer than so many photos of one role, whatever came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotosAtMost {
    /// The lot.
    pub lot: LotCode,
    /// The record.
    pub record_id: RecordId,
    /// What the photos show.
    pub role: PhotoRole,
    /// The slot of the photo that comes: in a slot that is taken it is no further photo.
    pub slot: Option<u32>,
    /// The most photos, the one that comes among them.
    pub max: usize,
}

impl PhotosAtMost {
    /// Whether it holds of a record's session as it is kept.
    pub fn holds(&self, session: Option<&ParkingSession>) -> bool {
        let Self { role, slot, max, .. } = self;
        let others = session.into_iter().flat_map(ParkingSession::photos_shown).filter(|version| {
            let photo = &version.content;
            photo.role == *role && (slot.is_none() || photo.slot != *slot)
        });
        others.count() < *max
    }
}
