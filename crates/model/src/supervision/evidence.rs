//! What is known of one lot and day: all that its evaluation reads.

use super::{Durations, Minutes};
use crate::charging::Charge;
use crate::occupancy::Reported;
use crate::{CarsInside, ChargingRecord, Lot, LotCode, ParkingSession, Plate, RecordId, Version, moment};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// When a day is closed, counted from its end: what is received later cures completeness and leaves the day as it was
/// known at close as it is.
pub const CLOSES_AFTER: SignedDuration = SignedDuration::from_hours(4);

/// All that is known of one lot and day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// As the registry has it.
    pub lot: Lot,
    /// The day, of UTC+08:00.
    pub day: Date,
    /// Evaluated as of: a day in progress is evaluated up to here.
    pub now: Timestamp,
    /// All stays that overlap the day: present at any moment of it, or with an end in it. In any order.
    pub sessions: Vec<ParkingSession>,
    /// Cars inside at its first moment, by sessions: those of `sessions` and, where they are too many to be all there, the
    /// others.
    pub open_before: i64,
    /// Words on free spaces of the day, on their own or with a passage, and the last one before the day. In any order.
    pub counts: Vec<Reported>,
    /// The lot's own lists of the cars inside, of the day.
    pub lists: Vec<Version<CarsInside>>,
    /// Charges that ended on the day.
    pub charges: Vec<ChargeRecord>,
    /// Minutes with a sign of life of the lot itself.
    pub heard: Minutes,
    /// Minutes with a heartbeat of its provider's accounts that names no lot.
    pub account_heard: Minutes,
    /// Minutes in which the platform itself was away.
    pub platform_away: Minutes,
    /// Minutes of announced maintenance.
    pub maintenance: Minutes,
    /// Whether the lot's standard carries pictures.
    pub carries_photos: bool,
    /// Pictures with an id of their own that the day's passages name, with when each was first received.
    pub named_photos: BTreeMap<String, Timestamp>,
    /// A sign of life is due every so many minutes; 0 where the standard asks for none.
    pub heartbeat_minutes: u32,
    /// What the lot's own past says.
    pub profile: Profile,
    /// The lot's own words on which records it has of the day. In any order.
    pub declarations: Vec<DayDeclaration>,
    /// Stays at other lots of cars that were here at the same time.
    pub elsewhere: Vec<Elsewhere>,
    /// What is known of the lot's base data beyond the registry's row.
    pub base_data: BaseDataFacts,
}

/// A charge and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeRecord {
    /// The record.
    pub record: ChargingRecord,
    /// When the device was taken, who says so, and when that was received.
    pub charge: Charge,
}

/// What a lot's own past says: weeks before the day alone, so that a day evaluated again has the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Weeks that are counted; 0 where there is no past.
    pub weeks: u32,
    /// Days since the lot's first report, up to the day.
    pub days: u32,
    /// Passages, in and out together, that an hour of the week has on average: 168 of them, the first that from 00:00 on
    /// Monday. Of a shorter list what is not there is 0.
    pub passages: Vec<f64>,
    /// How long stays that ended were.
    pub stays: Durations,
    /// The same as the day before saw it, with one day less of past; `None` where it saw the same. What was plausible then and
    /// is not any more would be found on neither day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays_before: Option<Durations>,
}

impl Profile {
    /// Passages that an hour of a day has on average.
    pub fn passages_in(&self, day: Date, hour: usize) -> f64 {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        self.passages
            .get(weekday * 24 + hour)
            .copied()
            .filter(|mean| mean.is_finite())
            .unwrap_or(0.0)
            .max(0.0)
    }
}

/// The lot's own word on which records it has of a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayDeclaration {
    /// When it was received.
    pub received_at: Timestamp,
    /// Records with an entry on the day.
    pub entries: BTreeSet<RecordId>,
    /// Records with an exit on the day.
    pub exits: BTreeSet<RecordId>,
    /// Pictures of these.
    pub photos: u64,
    /// Charges that ended on the day.
    pub charges: u64,
}

/// A stay at another lot of a car that was here at the same time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// The record here.
    pub record_id: RecordId,
    /// The car.
    pub plate: Plate,
    /// The other lot.
    pub other_lot: LotCode,
    /// The record there.
    pub other_record_id: RecordId,
    /// When it came in there.
    pub from: Timestamp,
    /// When it went out there; `None` while that is not known.
    pub to: Option<Timestamp>,
    /// When that was received.
    pub received_at: Timestamp,
}

/// What is known of a lot's base data beyond the registry's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseDataFacts {
    /// How many metres outside its district it lies; `None` inside, or where that is not known: [`super::metres_outside`].
    pub metres_outside: Option<u64>,
    /// All spaces as the lot's own counts last said, where they say so.
    pub reported_total: Option<i64>,
    /// Since when it is known that something has changed that base data have not said.
    pub changed_at: Option<Timestamp>,
    /// When base data were last reported or registered.
    pub reported_at: Option<Timestamp>,
}

impl Evidence {
    /// The day's first moment, and the next day's.
    pub fn span(&self) -> (Timestamp, Timestamp) {
        let from = moment::start_of_date(self.day).unwrap_or(Timestamp::MIN);
        (from, self.day.tomorrow().ok().and_then(moment::start_of_date).unwrap_or(Timestamp::MAX))
    }

    /// When the day is closed.
    pub fn closes_at(&self) -> Timestamp {
        self.span().1.checked_add(CLOSES_AFTER).unwrap_or(Timestamp::MAX)
    }

    /// The same as it was known at a moment: without what was received later. Copied only where something was.
    #[must_use]
    pub fn known_at(&self, moment: Timestamp) -> Cow<'_, Self> {
        if self.now <= moment && self.last_received_at().is_none_or(|last| last <= moment) {
            return Cow::Borrowed(self);
        }
        fn keep<T: Clone>(versions: &mut Vec<Version<T>>, moment: Timestamp) {
            versions.retain(|version| version.received_at <= moment);
        }
        let (from, to) = self.span();
        let inside = |sessions: &[ParkingSession]| {
            let there = |session: &&ParkingSession| {
                session.entered_at().is_some_and(|at| at < from)
                    && session.exited_at().is_none_or(|at| at >= from)
            };
            i64::try_from(sessions.iter().filter(there).count()).unwrap_or(i64::MAX)
        };
        let mut known = self.clone();
        for session in &mut known.sessions {
            keep(&mut session.entries, moment);
            keep(&mut session.exits, moment);
            keep(&mut session.photos, moment);
        }
        known.sessions.retain(ParkingSession::is_parking);
        let unknown_yet = inside(&self.sessions).saturating_sub(inside(&known.sessions));
        known.open_before = self.open_before.saturating_sub(unknown_yet);
        known.counts.retain(|word| word.sent_at <= moment);
        keep(&mut known.lists, moment);
        known.charges.retain(|charge| charge.charge.received_at <= moment);
        known.named_photos.retain(|_, received_at| *received_at <= moment);
        known.declarations.retain(|declaration| declaration.received_at <= moment);
        known.elsewhere.retain(|stay| stay.received_at <= moment);
        if moment < to {
            let past = Minutes::between(self.day, from, moment);
            known.heard = known.heard & past;
            known.account_heard = known.account_heard & past;
        }
        known.now = known.now.min(moment);
        Cow::Owned(known)
    }

    /// When the last of it was received; `None` where nothing was.
    pub fn last_received_at(&self) -> Option<Timestamp> {
        fn of<T>(versions: &[Version<T>]) -> impl Iterator<Item = Timestamp> + '_ {
            versions.iter().map(|version| version.received_at)
        }
        let sessions = self
            .sessions
            .iter()
            .flat_map(|session| of(&session.entries).chain(of(&session.exits)).chain(of(&session.photos)));
        sessions
            .chain(self.counts.iter().map(|word| word.sent_at))
            .chain(of(&self.lists))
            .chain(self.charges.iter().map(|charge| charge.charge.received_at))
            .chain(self.named_photos.values().copied())
            .chain(self.declarations.iter().map(|declaration| declaration.received_at))
            .chain(self.elsewhere.iter().map(|stay| stay.received_at))
            .max()
    }
}
