//! Two readings of one car. A camera reads a car as it comes near, and once more, better, when it stands; each is an
//! event of its own. A lane passes no two cars within a second or so: what its camera reads in that time is one car.

use super::inside::Inside;
use super::made::{note, photos};
use super::recent::Past;
use super::{Lane, Made, OccupancyTracker, plate_match};
use crate::devices::CameraEvent;
use bowei_model::{Direction, Passage, Plate, Report, Vehicle};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whole seconds, by the camera's clock, within which two readings are one car, whatever was read.
const ONE_CAR_SECONDS: i64 = 1;
/// The same, where one of them is without a plate or the plates are alike.
const LIKELY_ONE_CAR_SECONDS: i64 = 2;
/// Within so long both are told. Cameras tell a reading at once, or all that they kept one after the other.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// A camera's last reading that made a passage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reading {
    /// When, as the camera says, and when it was told.
    reported: Option<Timestamp>,
    told_at: Timestamp,
    retold: bool,
    channel: Option<String>,
    confidence: Option<u8>,
    /// The passage that was made of it.
    passage: Passage,
    /// The car that it let out.
    left: Option<Inside>,
}

impl Reading {
    pub(super) fn of(event: &CameraEvent, passage: Passage, left: Option<Inside>, now: Timestamp) -> Self {
        let (channel, confidence) = (event.channel.clone(), event.confidence);
        Self { reported: event.at, told_at: now, retold: event.retold, channel, confidence, passage, left }
    }

    /// Whether the event is another reading of the same car.
    fn is_of_same_car(&self, event: &CameraEvent, lane: &Lane, now: Timestamp) -> bool {
        // One camera can look at two lanes.
        let two_lanes = matches!((&self.channel, &event.channel), (Some(one), Some(other)) if one != other);
        let told_apart = now.duration_since(self.told_at);
        if two_lanes
            || self.passage.direction != lane.direction
            || self.retold != event.retold
            || told_apart.abs() > TOLD_WITHIN
        {
            return false;
        }
        let apart = match (self.reported, event.at) {
            (Some(one), Some(other)) => (other.as_second() - one.as_second()).abs(),
            _ => told_apart.as_secs().abs(),
        };
        let alike = match (&self.passage.plate, &event.plate) {
            (Some(one), Some(other)) => plate_match::differ_by_one(one, other),
            _ => true,
        };
        apart <= ONE_CAR_SECONDS || apart <= LIKELY_ONE_CAR_SECONDS && alike
    }

    /// Whether the event is the better reading: a plate goes before none, one of a shape that authorities issue before
    /// another, the surer before the less sure, and then the later one, to which the camera has settled.
    fn is_worse_than(&self, event: &CameraEvent) -> bool {
        let worth = |plate: Option<&Plate>, confidence: Option<u8>| {
            (plate.is_some(), plate.is_some_and(|plate| plate.shape().is_some()), confidence.unwrap_or(0))
        };
        let first = worth(self.passage.plate.as_ref(), self.confidence);
        event.plate.is_some() && worth(event.plate.as_ref(), event.confidence) >= first
    }
}

/// The last reading of each camera, by its name; as many as the configuration has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Readings(BTreeMap<String, Reading>);

impl Readings {
    pub(super) fn note(&mut self, device: &str, reading: Reading) {
        self.0.insert(device.to_owned(), reading);
    }
}

impl OccupancyTracker {
    /// What another reading of the car that `device` read last makes; `None` where it is another car.
    pub(super) fn read_again(
        &mut self,
        device: &str,
        event: &CameraEvent,
        lane: &Lane,
        key: Option<u64>,
        now: Timestamp,
    ) -> Option<Vec<Made>> {
        let first =
            self.readings.0.get(device).filter(|first| first.is_of_same_car(event, lane, now))?.clone();
        let first_id = first.passage.record_id.clone();
        let before = self.recent.of_record(&first_id, lane.direction)?;
        before.mark(key);
        before.mark(event.fingerprint);
        let mut past = before.clone();
        let mut made = Vec::new();
        if first.is_worse_than(event) {
            made.extend(self.put_right(device, first, event, &mut past));
        } else if let Some(other) =
            event.plate.as_ref().filter(|plate| Some(*plate) != first.passage.plate.as_ref())
        {
            // The car keeps its plate, and the memo says what else was read.
            let mut passage = first.passage.clone();
            note(&mut passage, format!("同一辆车又识别为 {other}，未采用"));
            made.push(Made { report: Report::Passage(passage.clone()), picture: None });
            self.readings.note(device, Reading { passage, ..first });
        }
        made.extend(photos(&mut past, &self.lot, event));
        if let Some(before) = self.recent.of_record(&first_id, lane.direction) {
            if past.record_id == first_id {
                *before = past;
            } else {
                (before.unmatched, before.made_room) = (false, false);
                self.recent.note(past);
            }
        }
        Some(made)
    }

    /// Makes the passage of the first reading that of the better one: what the first did to the lot is undone, and done
    /// anew.
    fn put_right(&mut self, device: &str, first: Reading, event: &CameraEvent, past: &mut Past) -> Vec<Made> {
        let was = &first.passage;
        let read = was.plate.as_ref().map_or("无牌", Plate::as_str);
        let better = event.plate.as_ref().map_or("无牌", Plate::as_str);
        let mut passage = Passage {
            plate: event.plate.clone(),
            plate_kind: event.plate_kind.or(was.plate_kind.filter(|_| was.plate.is_some())),
            vehicle: seen_by_both(event.vehicle.clone(), was.vehicle.as_ref()).or_none(),
            entered_at: None,
            minutes: None,
            ..was.clone()
        };
        note(&mut passage, format!("同一辆车先识别为 {read}，后识别为 {better}，以后者为准"));
        let mut left = None;
        match was.direction {
            Direction::Entry => {
                self.cars.leave(&was.record_id);
                self.let_in(&mut passage);
            }
            Direction::Exit => {
                if let Some(car) = first.left.clone() {
                    self.cars.enter(car);
                }
                if past.made_room {
                    self.counted = self.counted.map(|all| all.saturating_sub(1));
                }
                left = self.leave(&mut passage).or_else(|| {
                    // Of the better plate no entry is known: the car may have come in unread, as the first one found.
                    (passage.entered_at, passage.minutes) = (was.entered_at, was.minutes);
                    self.cars.leave(&first.left.as_ref()?.record_id)
                });
                past.unmatched = left.is_none();
                past.made_room = past.unmatched && self.unknown_left();
            }
        }
        passage.vacant = self.vacant();
        let mut made = Vec::new();
        if passage.record_id != was.record_id {
            // The exit belongs to another parking than the first reading had said: that one did not happen.
            let mut mistaken = was.clone();
            mistaken.abnormal = Some(true);
            note(&mut mistaken, format!("误识别：与记录 {} 的出场是同一辆车", passage.record_id));
            made.push(Made { report: Report::Passage(mistaken), picture: None });
            past.record_id.clone_from(&passage.record_id);
            past.shots.clear();
        }
        past.plate.clone_from(&passage.plate);
        made.push(Made { report: Report::Passage(passage.clone()), picture: None });
        let confidence = event.confidence.or(first.confidence);
        self.readings.note(device, Reading { confidence, passage, left, ..first });
        made
    }
}

/// Looks by the later reading, and where it says nothing by the earlier.
fn seen_by_both(later: Vehicle, earlier: Option<&Vehicle>) -> Vehicle {
    let Some(earlier) = earlier else { return later };
    let or = |later: Option<String>, earlier: &Option<String>| later.or_else(|| earlier.clone());
    Vehicle {
        color: or(later.color, &earlier.color),
        plate_color: or(later.plate_color, &earlier.plate_color),
        brand: or(later.brand, &earlier.brand),
        sub_brand: or(later.sub_brand, &earlier.sub_brand),
    }
}
