//! A parking (停车记录): one car, in and out, put together from whatever statements came, in whatever order.
//!
//! A session keeps every version of its entry, its exit and its photos, in an order that their content fixes.
//! Taking the same statement in twice changes nothing, and any order of statements ends in the same value: the
//! platform can be told late, doubly and shuffled. Which version counts, how long the car stayed and what is
//! doubtful are computed from that value.

mod findings;

use crate::version::{Seen, absorb};
use crate::{
    Direction, Effect, LotCode, Passage, Photo, PhotoRole, Plate, PlateKind, ProviderCode, RecordId,
    Statement, Version,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Versions of one entry, or of one exit, that a session keeps: the first and the newest. Nobody corrects a record this
/// often; a lot that does is looping, or wants what it said first out of view. What it said between is in the ledger.
pub const PASSAGE_VERSIONS_MAX: usize = 16;
/// Photos that a session keeps, the first of its entry and the first of its exit always among them: no text allows more
/// than four.
pub const PHOTOS_MAX: usize = 32;

/// How far an exit's word on when the car came in may be from the entry's: clocks at two gates differ, and minutes are
/// rounded.
pub(crate) const ENTRY_TIME_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// One parking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkingSession {
    /// The lot.
    pub lot: LotCode,
    /// The lot's id of it; of one that the lot gives none, see [`crate::pairing`].
    pub record_id: RecordId,
    /// The lot gives no record ids: the session is put together by [`crate::pairing`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[serde(rename = "unnumbered")]
    pub without_record_id: bool,
    /// Who reports it, and under which standard.
    pub provider: ProviderCode,
    /// The standard's name.
    pub standard: String,
    /// Versions of the entry, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Version<Passage>>,
    /// Versions of the exit, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exits: Vec<Version<Passage>>,
    /// Photos and their versions, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Version<Photo>>,
    /// How many versions of the entry there were, once there were more than are kept.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub entries_seen: Seen,
    /// The same of the exit.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub exits_seen: Seen,
    /// The same of photos.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub photos_seen: Seen,
}

impl ParkingSession {
    /// An empty session, to take statements in.
    pub fn new(lot: LotCode, record_id: RecordId, statement: &Statement) -> Self {
        Self {
            lot,
            record_id,
            without_record_id: false,
            provider: statement.provider.clone(),
            standard: statement.standard.clone(),
            entries: Vec::new(),
            exits: Vec::new(),
            photos: Vec::new(),
            entries_seen: Seen::default(),
            exits_seen: Seen::default(),
            photos_seen: Seen::default(),
        }
    }

    /// Takes a passage in.
    pub fn absorb_passage(&mut self, passage: &Passage, statement: &Statement) -> Effect {
        self.attribute(statement);
        let (versions, seen) = match passage.direction {
            Direction::Entry => (&mut self.entries, &mut self.entries_seen),
            Direction::Exit => (&mut self.exits, &mut self.exits_seen),
        };
        let amends = !versions.is_empty();
        absorb((versions, seen), passage, statement, PASSAGE_VERSIONS_MAX, |_| (), amends)
    }

    /// Takes a photo in.
    pub fn absorb_photo(&mut self, photo: &Photo, statement: &Statement) -> Effect {
        self.attribute(statement);
        let amends = photo.slot.is_some()
            && self.photos.iter().any(|v| v.content.role == photo.role && v.content.slot == photo.slot);
        let photos = (&mut self.photos, &mut self.photos_seen);
        absorb(photos, photo, statement, PHOTOS_MAX, |photo| photo.role, amends)
    }

    /// Should two standards ever speak of one record, the alphabet decides under which it is filed, not chance.
    fn attribute(&mut self, statement: &Statement) {
        if (&statement.standard, &statement.provider) < (&self.standard, &self.provider) {
            self.standard.clone_from(&statement.standard);
            self.provider.clone_from(&statement.provider);
        }
    }

    /// The entry that counts: the newest.
    pub fn entry(&self) -> Option<&Version<Passage>> {
        self.entries.last()
    }

    /// The exit that counts: the newest.
    pub fn exit(&self) -> Option<&Version<Passage>> {
        self.exits.last()
    }

    /// The passages that count: the entry, then the exit.
    pub fn passages(&self) -> impl Iterator<Item = &Version<Passage>> {
        self.entry().into_iter().chain(self.exit())
    }

    /// The photos that count: of those in the same slot, the newest.
    pub fn photos_shown(&self) -> impl Iterator<Item = &Version<Photo>> {
        self.photos.iter().enumerate().filter_map(|(i, version)| {
            let photo = &version.content;
            let replaced = photo.slot.is_some()
                && self
                    .photos
                    .iter()
                    .skip(i + 1)
                    .any(|later| later.content.role == photo.role && later.content.slot == photo.slot);
            (!replaced).then_some(version)
        })
    }

    /// Of either way the first photo, where another has taken its place since.
    pub fn first_photos_replaced(&self) -> impl Iterator<Item = &Version<Photo>> {
        [PhotoRole::Entry, PhotoRole::Exit].into_iter().filter_map(|role| {
            let first = self.photos.iter().find(|version| version.content.role == role)?;
            (!self.photos_shown().any(|shown| shown == first)).then_some(first)
        })
    }

    /// Whether a passage has come at all; a photo may come first.
    pub fn is_parking(&self) -> bool {
        !(self.entries.is_empty() && self.exits.is_empty())
    }

    /// Whether the car is inside, as far as is known: an entry and no exit.
    pub fn is_open(&self) -> bool {
        !self.entries.is_empty() && self.exits.is_empty()
    }

    /// When the car came in: the entry's word, or else the exit's.
    pub fn entered_at(&self) -> Option<Timestamp> {
        self.entry()
            .map(|entry| entry.content.at)
            .or_else(|| self.exit().and_then(|exit| exit.content.entered_at))
    }

    /// When the car went out.
    pub fn exited_at(&self) -> Option<Timestamp> {
        self.exit().map(|exit| exit.content.at)
    }

    /// Whole minutes between entry and exit; `None` while either is unknown, or where the exit lies before the
    /// entry.
    pub fn minutes(&self) -> Option<i64> {
        let stay = self.exited_at()?.duration_since(self.entered_at()?);
        (!stay.is_negative()).then(|| stay.as_mins())
    }

    /// The plate: the exit's, which is read at rest and checked for payment, or else the entry's.
    pub fn plate(&self) -> Option<&Plate> {
        let exit = self.exit().and_then(|v| v.content.plate.as_ref());
        exit.or_else(|| self.entry().and_then(|v| v.content.plate.as_ref()))
    }

    /// The plate's kind, from the exit or else from the entry.
    pub fn plate_kind(&self) -> Option<PlateKind> {
        let of = |version: Option<&Version<Passage>>| version.and_then(|v| v.content.plate_kind);
        of(self.exit()).or_else(|| of(self.entry()))
    }

    /// The berth, from the entry or else from the exit.
    pub fn berth(&self) -> Option<&str> {
        let entry = self.entry().and_then(|v| v.content.berth.as_deref());
        entry.or_else(|| self.exit().and_then(|v| v.content.berth.as_deref()))
    }
}
