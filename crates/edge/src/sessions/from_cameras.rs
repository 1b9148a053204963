//! Making passages of what cameras see.

use super::from_reports::SamePlate;
use super::inside::Inside;
use super::made::{note, photos};
use super::readings::Reading;
use super::recent::{Past, Sighting};
use super::{Lane, Made, OccupancyTracker, identity, plate_match};
use crate::devices::CameraEvent;
use bowei_model::{Direction, Passage, RecordId, Report};
use jiff::{SignedDuration, Timestamp};

/// How far an entry may lie after its exit, where two cameras' clocks differ a little.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

impl OccupancyTracker {
    /// Takes in what the camera `device` saw in its lane, at `now`: the passage that it makes, then its photos. Of an
    /// event that was seen before, the pictures that had not come then. Of another reading of a car that was just read,
    /// the passage of that car once more, where this reading is the better one.
    pub fn see(&mut self, device: &str, event: &CameraEvent, lane: &Lane, now: Timestamp) -> Vec<Made> {
        self.cars.forget_the_gone(now);
        let (at, memo) = self.clocks.moment_of(device, event, now);
        let own_id = identity::record_id(&self.lot, device, event, now);
        let key = identity::event_key(device, event);
        let seen = Sighting {
            direction: lane.direction,
            plate: event.plate.as_ref(),
            gate: lane.gate.as_deref().or(lane.gate_name.as_deref()),
            at,
            reported: event.at,
            event: key,
            fingerprint: event.fingerprint,
            memo: memo.as_deref(),
            record_id: &own_id,
        };
        if let Some(past) = self.recent.knows(&seen) {
            return photos(past, &self.lot, event);
        }
        if self.recent.knew(&seen) {
            return Vec::new();
        }
        self.clocks.note(device, event, now);
        if let Some(made) = self.read_again(device, event, lane, key, now) {
            return made;
        }
        let mut passage = Passage {
            plate: event.plate.clone(),
            plate_kind: event.plate_kind,
            vehicle: event.vehicle.clone().or_none(),
            gate_code: lane.gate.clone(),
            gate: lane.gate_name.clone(),
            memo,
            ..Passage::new(self.lot.clone(), own_id, lane.direction, at)
        };
        let mut left = None;
        match lane.direction {
            Direction::Entry => self.enter(&mut passage),
            Direction::Exit => left = self.leave(&mut passage),
        }
        let unmatched = lane.direction == Direction::Exit && left.is_none();
        let made_room = unmatched && self.unknown_left();
        self.known_at = self.known_at.max(Some(at));
        passage.vacant = self.vacant();
        let mut past = Past { unmatched, made_room, ..Past::of(&passage, key) };
        past.mark(event.fingerprint);
        let photos = photos(&mut past, &self.lot, event);
        self.recent.note(past);
        self.readings.note(device, Reading::of(event, passage.clone(), left, now));
        let mut made = vec![Made { report: Report::Passage(passage), picture: None }];
        made.extend(photos);
        made
    }

    fn enter(&mut self, passage: &mut Passage) {
        if let Some(record_id) = self.take_awaited(passage) {
            // The camera tells late; the car has gone meanwhile.
            passage.record_id = record_id;
            return;
        }
        self.let_in(passage);
    }

    /// Lets the car of an entry in, whose record is settled.
    pub(super) fn let_in(&mut self, passage: &mut Passage) {
        // A car cannot come in twice. The exit between was missed, and none is made up: when it was nobody knows.
        match self.end_twin(passage) {
            None => {}
            Some(SamePlate::Earlier(record_id)) => {
                note(passage, format!("同车牌此前的入场记录 {record_id} 未见出场"));
                passage.abnormal = Some(true);
            }
            Some(SamePlate::Later(record_id)) => {
                note(passage, format!("未见出场，同车牌此后另有入场记录 {record_id}"));
                passage.abnormal = Some(true);
                return;
            }
        }
        self.cars.enter(Inside::of(passage));
    }

    /// The car that the exit lets out, where its entry is found.
    pub(super) fn leave(&mut self, passage: &mut Passage) -> Option<Inside> {
        let car = self.entry_of(passage).and_then(|record_id| self.cars.leave(&record_id))?;
        if let (Some(read), Some(entered)) = (&passage.plate, &car.plate)
            && read != entered
        {
            let memo = format!("出场识别为 {read}，按相近车牌 {entered} 匹配入场记录");
            note(passage, memo);
        }
        passage.record_id = car.record_id.clone();
        passage.entered_at = Some(car.entered_at);
        // Whole minutes, as `ParkingSession::minutes` counts them.
        passage.minutes = Some(passage.at.duration_since(car.entered_at).as_mins().max(0));
        Some(car)
    }

    /// Which entry an exit belongs to: that of its plate, else that of the one plate like it, and for a car without a
    /// plate that of the car that looks like it.
    fn entry_of(&self, passage: &Passage) -> Option<RecordId> {
        let latest = passage.at.checked_add(SKEW).unwrap_or(passage.at);
        let before = || self.cars.iter().filter(move |car| car.entered_at <= latest);
        let found = match &passage.plate {
            Some(plate) => before()
                .rev()
                .find(|car| car.plate.as_ref() == Some(plate))
                .or_else(|| plate_match::misread(plate, before())),
            None => {
                let cars: Vec<&Inside> = before().filter(|car| car.plate.is_none()).collect();
                plate_match::without_plate(passage.vehicle.as_ref(), &cars)
            }
        };
        found.map(|car| car.record_id.clone())
    }
}
