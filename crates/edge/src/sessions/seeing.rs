//! Making passages of what cameras see.

use super::following::Twin;
use super::inside::Inside;
use super::recent::{CLOCK_MEMO, Past, Sighting};
use super::{Keeper, Lane, Made, identity, likeness};
use crate::devices::{CameraEvent, Shows};
use bowei_model::{Direction, Passage, Photo, PhotoRole, Picture, RecordId, Report, moment};
use bowei_standards::shared::encoding::sha256_hex;
use bowei_standards::shared::picture::media_type;
use jiff::{SignedDuration, Timestamp};

/// How far a camera's clock may be from ours before ours is believed: what platforms tolerate
/// ([`bowei_model::rules::FUTURE_TOLERANCE`]).
const CLOCK_TOLERANCE: SignedDuration = bowei_model::rules::FUTURE_TOLERANCE;
/// How old an event may be that its camera says it kept: longer than any repair of a network takes.
const RETOLD_AT_MOST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How far an entry may lie after its exit, where two cameras' clocks differ within [`CLOCK_TOLERANCE`].
const SKEW: SignedDuration = SignedDuration::from_mins(2);

impl Keeper {
    /// Takes in what the camera `device` saw in its lane, at `now`: the passage that it makes, then its photos.
    /// Nothing for an event that was seen before.
    pub fn see(&mut self, device: &str, event: &CameraEvent, lane: &Lane, now: Timestamp) -> Vec<Made> {
        self.cars.forget_the_gone(now);
        let (at, memo) = moment_of(event, now);
        let own_id = identity::record_id(&self.lot, device, event, now);
        let key = identity::event_key(device, event);
        let seen = Sighting {
            direction: lane.direction,
            plate: event.plate.as_ref(),
            gate: lane.gate.as_deref().or(lane.gate_name.as_deref()),
            at,
            said: event.at,
            event: key,
            memo: memo.as_deref(),
            record_id: &own_id,
        };
        // Told again it is what it was, however many have passed since: its id and its time stand.
        if self.recent.knows(&seen) || event.at.is_some() && self.recent.has_event(&own_id) {
            return Vec::new();
        }
        self.recent.note_event(&own_id);
        let mut passage = Passage {
            plate: event.plate.clone(),
            plate_kind: event.plate_kind,
            vehicle: event.vehicle.clone().or_none(),
            gate_code: lane.gate.clone(),
            gate: lane.gate_name.clone(),
            memo,
            ..Passage::new(self.lot.clone(), own_id, lane.direction, at)
        };
        let (mut unmatched, mut made_room) = (false, false);
        match lane.direction {
            Direction::Entry => self.enter(&mut passage),
            Direction::Exit => {
                unmatched = !self.leave(&mut passage);
                made_room = unmatched && self.unknown_left();
            }
        }
        passage.vacant = self.vacant();
        self.recent.note(Past { unmatched, made_room, ..Past::of(&passage, key) });
        made(passage, event)
    }

    fn enter(&mut self, passage: &mut Passage) {
        if let Some(record_id) = self.take_awaited(passage) {
            // The camera tells late; the car has gone meanwhile.
            passage.record_id = record_id;
            return;
        }
        // A car cannot come in twice. The exit between was missed, and none is made up: when it was nobody knows.
        match self.end_twin(passage) {
            None => {}
            Some(Twin::Earlier(record_id)) => {
                note(passage, format!("同车牌此前的入场记录 {record_id} 未见出场"));
                passage.abnormal = Some(true);
            }
            Some(Twin::Later(record_id)) => {
                note(passage, format!("未见出场，同车牌此后另有入场记录 {record_id}"));
                passage.abnormal = Some(true);
                return;
            }
        }
        self.cars.enter(Inside::of(passage));
    }

    /// Whether the exit found its entry.
    fn leave(&mut self, passage: &mut Passage) -> bool {
        let car = self.entry_of(passage).and_then(|record_id| self.cars.leave(&record_id));
        let Some(car) = car else { return false };
        if let (Some(read), Some(entered)) = (&passage.plate, &car.plate)
            && read != entered
        {
            let memo = format!("出场识别为 {read}，按相近车牌 {entered} 匹配入场记录");
            note(passage, memo);
        }
        passage.record_id = car.record_id;
        passage.entered_at = Some(car.entered_at);
        // Whole minutes, as `ParkingSession::minutes` counts them.
        passage.minutes = Some(passage.at.duration_since(car.entered_at).as_mins().max(0));
        true
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
                .or_else(|| likeness::misread(plate, before())),
            None => {
                let cars: Vec<&Inside> = before().filter(|car| car.plate.is_none()).collect();
                likeness::without_plate(passage.vehicle.as_ref(), &cars)
            }
        };
        found.map(|car| car.record_id.clone())
    }
}

/// When the car passed: by the camera's clock where it can be right, by ours where not. Then the memo says so, for
/// whoever wonders why picture and record differ.
fn moment_of(event: &CameraEvent, now: Timestamp) -> (Timestamp, Option<String>) {
    let Some(said) = event.at else { return (now, None) };
    let late = now.duration_since(said);
    let oldest = if event.retold { RETOLD_AT_MOST } else { CLOCK_TOLERANCE };
    if (-CLOCK_TOLERANCE..=oldest).contains(&late) {
        return (said, None);
    }
    (now, Some(format!("{CLOCK_MEMO} {} 与网关相差过大，以网关时间为准", moment::rfc3339(said))))
}

/// Adds to a passage's memo.
fn note(passage: &mut Passage, text: String) {
    passage.memo = Some(match passage.memo.take() {
        Some(memo) => format!("{memo}；{text}"),
        None => text,
    });
}

/// The passage and its photos, numbered from 1: the scene, then the plate.
fn made(passage: Passage, event: &CameraEvent) -> Vec<Made> {
    let role = PhotoRole::from(passage.direction);
    let mut pictures: Vec<_> = event.pictures.iter().collect();
    pictures.sort_by_key(|picture| picture.shows == Shows::Plate);
    let photos: Vec<Made> = pictures
        .into_iter()
        .filter_map(|picture| media_type(&picture.bytes).map(|media_type| (picture, media_type)))
        .zip(1..)
        .map(|((picture, media_type), slot)| Made {
            report: Report::Photo(Photo {
                lot: passage.lot.clone(),
                record_id: passage.record_id.clone(),
                role,
                slot: Some(slot),
                taken_at: Some(passage.at),
                picture: Picture::Bytes {
                    sha256: sha256_hex(&picture.bytes),
                    bytes: picture.bytes.len() as u64,
                    media_type: media_type.to_owned(),
                },
            }),
            picture: Some(picture.bytes.clone()),
        })
        .collect();
    let mut all = vec![Made { report: Report::Passage(passage), picture: None }];
    all.extend(photos);
    all
}
