//! Following what is reported by others, or was reported by the keeper itself before a restart.

use super::inside::{INSIDE_AT_MOST, Inside};
use super::recent::{Past, Shot};
use super::{OccupancyTracker, identity};
use crate::devices::{PICTURES_MAX, Shows};
use bowei_model::{CarsInside, Direction, Passage, Photo, PhotoRole, Picture, RecordId, Report};
use jiff::Timestamp;

/// Another record of the same plate.
pub(super) enum SamePlate {
    /// One that began before; it is inside no longer.
    Earlier(RecordId),
    /// One that began after; it is inside.
    Later(RecordId),
}

impl OccupancyTracker {
    /// Takes a report of the lot's own system into the view, or one of ours read back from the log at the start. The
    /// same one twice changes nothing. Reports of another lot are not ours to follow.
    pub fn observe(&mut self, report: &Report) {
        self.hear_at(report, Timestamp::MAX);
    }

    /// The same of a report that came at `received_at`: what it says is not of later than that, whatever its clock.
    pub(crate) fn hear_at(&mut self, report: &Report, received_at: Timestamp) {
        if report.lot().is_some_and(|lot| *lot != self.lot) {
            return;
        }
        match report {
            Report::Passage(passage) => self.hear_passage(passage, received_at),
            Report::SpaceCount(count) => self.count_from(count.vacant, count.at.min(received_at)),
            Report::CarsInside(cars) => self.hear_list(cars),
            Report::Lot(profile) => {
                self.spaces_total = profile.spaces_total.or(self.spaces_total);
            }
            Report::Photo(photo) => self.hear_photo(photo),
            Report::Heartbeat(_)
            | Report::ChargingRecord(_)
            | Report::LotClosed(_)
            | Report::Gate(_)
            | Report::NamedPhoto(_)
            | Report::OffPeakPackage(_)
            | Report::OffPeakOrder(_) => {}
        }
    }

    fn hear_passage(&mut self, passage: &Passage, received_at: Timestamp) {
        if let Some(past) = self.recent.of_record(&passage.record_id, passage.direction) {
            // Said again, and perhaps said better: a plate put right is the plate.
            past.plate.clone_from(&passage.plate);
            if passage.direction == Direction::Entry && self.cars.leave(&passage.record_id).is_some() {
                self.cars.enter(Inside::of(passage));
            }
            return;
        }
        if self.recent.had(&passage.record_id, passage.direction) {
            return;
        }
        // What the lot counted later has this passage in it already.
        let is_counted = self.counted_at.is_some_and(|counted| passage.at < counted);
        let inside_before = self.cars.len();
        let (mut unmatched, mut made_room) = (false, false);
        match passage.direction {
            Direction::Entry => {
                // An exit can be told before its entry.
                let gone = self.recent.has_exit(&passage.record_id);
                self.cars.leave(&passage.record_id);
                let stayed_too_long =
                    received_at != Timestamp::MAX && received_at.duration_since(passage.at) > INSIDE_AT_MOST;
                let is_earlier = matches!(self.end_twin(passage), Some(SamePlate::Later(_)));
                if !gone && !stayed_too_long && !is_earlier {
                    self.cars.enter(Inside::of(passage));
                }
                if gone {
                    self.take_awaited(passage);
                }
            }
            Direction::Exit => {
                let by_plate = || {
                    let plate = passage.plate.as_ref()?;
                    self.cars
                        .latest_of(plate)
                        .filter(|car| car.entered_at <= passage.at)
                        .map(|car| car.record_id.clone())
                };
                let record_id = if self.cars.iter().any(|car| car.record_id == passage.record_id) {
                    Some(passage.record_id.clone())
                } else {
                    by_plate()
                };
                unmatched = record_id.and_then(|record_id| self.cars.leave(&record_id)).is_none();
                made_room = unmatched && !is_counted && self.unknown_left();
            }
        }
        if is_counted {
            let more = self.cars.len().saturating_sub(inside_before);
            self.counted = self.counted.map(|all| all.saturating_add(more));
        }
        self.recent.note(Past { unmatched, made_room, ..Past::of(passage, None) });
        // What ours say of free spaces came from here, when other spaces were reserved.
        if let Some(vacant) = passage.vacant.filter(|_| !identity::is_ours(&passage.record_id)) {
            self.count_from(vacant, passage.at.min(received_at));
        }
        self.known_at = self.known_at.max(Some(passage.at.min(received_at)));
    }

    /// When the car of an exit came in: by its record, or else by its plate.
    pub fn entered_at(&self, exit: &Passage) -> Option<Timestamp> {
        let inside = self.cars.iter().find(|car| car.record_id == exit.record_id).map(|car| car.entered_at);
        inside.or_else(|| self.recent.entered_at(&exit.record_id)).or_else(|| {
            let car = self.cars.latest_of(exit.plate.as_ref()?)?;
            (car.entered_at <= exit.at).then_some(car.entered_at)
        })
    }

    /// A passage's picture, by which the same one told again is known.
    fn hear_photo(&mut self, photo: &Photo) {
        let direction = match photo.role {
            PhotoRole::Entry => Direction::Entry,
            PhotoRole::Exit => Direction::Exit,
        };
        let Picture::Bytes { sha256, .. } = &photo.picture else { return };
        let Some(past) = self.recent.of_record(&photo.record_id, direction) else { return };
        let shows = if past.shots.is_empty() { Shows::Scene } else { Shows::Plate };
        let shot = Shot::of(shows, sha256);
        if past.shots.len() < PICTURES_MAX && past.shots.iter().all(|other| other.digest != shot.digest) {
            past.shots.push(shot);
        }
    }

    /// One plate is inside once: the exit of the earlier record was missed, and that record ends. Where the entry at
    /// hand is itself the earlier one, told late, it has ended already.
    pub(super) fn end_twin(&mut self, entry: &Passage) -> Option<SamePlate> {
        let twin = self.cars.latest_of(entry.plate.as_ref()?)?;
        let record_id = twin.record_id.clone();
        if twin.entered_at > entry.at {
            return Some(SamePlate::Later(record_id));
        }
        self.cars.leave(&record_id).map(|car| SamePlate::Earlier(car.record_id))
    }

    /// A car went out of which no entry is known. Where the lot has counted, it was among those counted then: whether
    /// there is one space more for it.
    pub(super) fn unknown_left(&mut self) -> bool {
        let most = self.spaces_total.map_or(i64::MAX, i64::from);
        let Some(all) = self.counted.as_mut().filter(|all| **all < most) else { return false };
        *all = all.saturating_add(1);
        true
    }

    /// The record of the exit that an entry told late belongs to. Its car came after the lot had counted, after all.
    pub(super) fn take_awaited(&mut self, entry: &Passage) -> Option<RecordId> {
        let (record_id, made_room) = self.recent.take_awaited(entry.plate.as_ref()?, entry.at)?;
        if made_room {
            self.counted = self.counted.map(|all| all.saturating_sub(1));
        }
        Some(record_id)
    }

    /// The lot lists the plates inside: others that had come before are gone. Cars in the list of which no entry is
    /// known have no record to be kept under, and stay unknown.
    fn hear_list(&mut self, list: &CarsInside) {
        let listed: std::collections::BTreeSet<_> = list.plates.iter().collect();
        self.cars.retain(|car| {
            car.entered_at > list.at || car.plate.as_ref().is_none_or(|plate| listed.contains(plate))
        });
    }
}
