//! Following what is reported by others, or was reported by the keeper itself before a restart.

use super::inside::Inside;
use super::recent::Past;
use super::{Keeper, identity};
use bowei_model::{CarsInside, Direction, Passage, Report};

impl Keeper {
    /// Takes a report of the lot's own system into the view, or one of ours read back from the log at the start. The
    /// same one twice changes nothing. Reports of another lot are not ours to follow.
    pub fn hear(&mut self, report: &Report) {
        if report.lot().is_some_and(|lot| *lot != self.lot) {
            return;
        }
        match report {
            Report::Passage(passage) => self.hear_passage(passage),
            Report::SpaceCount(count) => self.count_from(count.vacant),
            Report::CarsInside(cars) => self.hear_list(cars),
            Report::Lot(profile) => {
                self.spaces_total = profile.spaces_total.or(self.spaces_total);
            }
            Report::Heartbeat(_)
            | Report::Photo(_)
            | Report::ChargingRecord(_)
            | Report::LotClosed(_)
            | Report::Gate(_)
            | Report::NamedPhoto(_)
            | Report::OffPeakPackage(_)
            | Report::OffPeakOrder(_) => {}
        }
    }

    fn hear_passage(&mut self, passage: &Passage) {
        if self.recent.has(passage) {
            // Said again, and perhaps said better: a plate put right is the plate.
            if passage.direction == Direction::Entry && self.cars.leave(&passage.record_id).is_some() {
                self.cars.enter(Inside::of(passage));
            }
            return;
        }
        let mut unmatched = false;
        match passage.direction {
            Direction::Entry => {
                // An exit can be told before its entry.
                let gone = self.recent.has_exit(&passage.record_id);
                self.cars.leave(&passage.record_id);
                if !gone {
                    self.drop_twin(passage);
                    self.cars.enter(Inside::of(passage));
                }
                if let (true, Some(plate)) = (gone, &passage.plate) {
                    self.recent.take_awaited(plate, passage.at);
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
            }
        }
        self.recent.note(Past::of(passage, None, unmatched));
        // What ours say of free spaces came from here, when other spaces were reserved.
        if let Some(vacant) = passage.vacant.filter(|_| !identity::is_ours(&passage.record_id)) {
            self.count_from(vacant);
        }
    }

    /// One plate is inside once: the earlier record's exit was missed.
    pub(super) fn drop_twin(&mut self, passage: &Passage) -> Option<Inside> {
        let twin = self.cars.latest_of(passage.plate.as_ref()?).map(|car| car.record_id.clone())?;
        self.cars.leave(&twin)
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
