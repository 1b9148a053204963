//! What a camera tells more than once: pictures after the plate, two readings of one car, events that it kept, and by
//! which clock.

use super::{at, comes, event, lane, lot, of_looks, one, passages, see, tracker};
use bowei_edge::devices::{CameraEvent, Picture, Shows};
use bowei_edge::sessions::{Made, OccupancyTracker};
use bowei_model::{Direction, Passage, Plate, RecordId, Report};
use jiff::Timestamp;
use std::collections::BTreeSet;

fn shot(shows: Shows, tail: &str) -> Picture {
    Picture { bytes: [b"\xff\xd8\xff\xe0", tail.as_bytes()].concat().into(), shows }
}

fn slots(made: &[Made]) -> Vec<Option<u32>> {
    let photo = |made: &Made| match &made.report {
        Report::Photo(photo) => Some(photo.slot),
        _ => None,
    };
    made.iter().filter_map(photo).collect()
}

#[test]
fn pictures_that_come_after_the_plate_are_added_once() {
    let quick = event("浙E12345", 0);
    let whole =
        CameraEvent { pictures: vec![shot(Shows::Scene, "a"), shot(Shows::Plate, "b")], ..quick.clone() };
    let plate_alone = CameraEvent { pictures: vec![shot(Shows::Plate, "b")], ..quick.clone() };
    let mut tracker = tracker();
    let mut log = see(&mut tracker, Direction::Entry, &quick, 1);
    let record_id = one(log.clone()).record_id;
    let mut split = tracker.clone();
    let photos = see(&mut tracker, Direction::Entry, &whole, 2);
    assert!(passages(&photos).is_empty());
    assert_eq!(slots(&photos), [Some(1), Some(2)]);
    assert!(
        photos
            .iter()
            .all(|made| matches!(&made.report, Report::Photo(photo) if photo.record_id == record_id))
    );
    assert!(see(&mut tracker, Direction::Entry, &whole, 3600).is_empty());
    assert_eq!(tracker.inside().count(), 1);
    // One picture now, the other later; and the same after a restart, by the log.
    assert_eq!(slots(&see(&mut split, Direction::Entry, &plate_alone, 2)), [Some(1)]);
    assert_eq!(slots(&see(&mut split, Direction::Entry, &whole, 3)), [Some(2)]);
    log.extend(photos);
    let mut after = super::tracker();
    log.iter().for_each(|made| after.observe(&made.report));
    assert!(see(&mut after, Direction::Entry, &whole, 20).is_empty());
    // Read again at the barrier, as an event of its own: its pictures are those of the car that has none.
    let again = CameraEvent { pictures: vec![shot(Shows::Scene, "c")], ..event("浙E12345", 9) };
    assert!(see(&mut after, Direction::Entry, &again, 20).is_empty());
}

#[test]
fn the_same_message_is_the_same_car_however_late() {
    let mut tracker = tracker();
    let nameless = |at: Option<Timestamp>, fingerprint| CameraEvent {
        event_id: None,
        at,
        fingerprint,
        ..event("浙E12345", 0)
    };
    let told = nameless(None, Some(7));
    assert_eq!(see(&mut tracker, Direction::Entry, &told, 1).len(), 1);
    assert!(see(&mut tracker, Direction::Entry, &told, 3_000).is_empty());
    assert_eq!(see(&mut tracker, Direction::Entry, &nameless(None, Some(8)), 6_000).len(), 1);
}

/// A reading of a car by the camera of an entry, as sure as said.
fn reading(plate: &str, seconds: i64, confidence: u8) -> CameraEvent {
    CameraEvent { confidence: Some(confidence), channel: Some("1".to_owned()), ..event(plate, seconds) }
}

#[test]
fn two_readings_of_one_car_are_one_car_by_the_better() {
    for (first, second, kept) in [
        (reading("", 0, 96), reading("浙E12345", 1, 96), "浙E12345"),
        (reading("浙E12345", 0, 96), reading("", 1, 96), "浙E12345"),
        (reading("浙E1I345", 0, 96), reading("浙E11345", 2, 90), "浙E11345"),
        (reading("浙E12345", 0, 96), reading("浙E12346", 1, 90), "浙E12345"),
        (reading("浙E12346", 0, 90), reading("浙E12345", 1, 96), "浙E12345"),
        (reading("浙E12346", 0, 96), reading("浙E12345", 1, 96), "浙E12345"),
    ] {
        let mut tracker = tracker();
        let mut log = see(&mut tracker, Direction::Entry, &first, 1);
        let record_id = one(log.clone()).record_id;
        log.extend(see(&mut tracker, Direction::Entry, &second, 2));
        let told = passages(&log);
        assert!(told.iter().all(|passage| passage.record_id == record_id), "{kept}");
        let last = told.last().unwrap();
        assert_eq!((last.plate.as_ref().unwrap().as_str(), last.vacant), (kept, Some(99)));
        if let Some(other) =
            [&first, &second].into_iter().find_map(|it| it.plate.as_ref().filter(|it| it.as_str() != kept))
        {
            assert!(last.memo.as_ref().is_some_and(|memo| memo.contains(other.as_str())), "{last:?}");
        }
        let inside: Vec<_> =
            tracker.inside().map(|car| car.plate.clone().unwrap().as_str().to_owned()).collect();
        assert_eq!(inside, [kept]);
        // Whichever is told again, now or after a restart, it is known.
        let mut after = super::tracker();
        log.iter().for_each(|made| after.observe(&made.report));
        assert_eq!(after.inside().count(), 1);
        for told in [&first, &second] {
            assert!(see(&mut tracker, Direction::Entry, told, 9).is_empty(), "{kept}: {told:?}");
        }
        assert!(see(&mut after, Direction::Entry, &first, 9).is_empty(), "{kept}");
    }
}

#[test]
fn a_better_reading_of_an_exit_finds_the_right_entry() {
    let mut tracker = tracker();
    let plateless = one(see(&mut tracker, Direction::Entry, &of_looks(None, None, 0), 1));
    let own = comes(&mut tracker, "浙E12345", 60);
    let first = CameraEvent { pictures: vec![shot(Shows::Scene, "a")], ..of_looks(None, None, 3_600) };
    assert_eq!(one(see(&mut tracker, Direction::Exit, &first, 3_600)).record_id, plateless.record_id);
    let made = see(&mut tracker, Direction::Exit, &event("浙E12345", 3_601), 3_601);
    let told = passages(&made);
    assert_eq!(told.len(), 2, "the mistaken exit is marked, the right one told");
    assert_eq!((&told[0].record_id, told[0].abnormal), (&plateless.record_id, Some(true)));
    assert!(told[0].memo.as_ref().unwrap().contains(own.record_id.as_str()));
    assert_eq!((&told[1].record_id, told[1].entered_at), (&own.record_id, Some(at(60))));
    let left: Vec<_> = tracker.inside().map(|car| car.record_id.clone()).collect();
    assert_eq!((left, tracker.vacant()), (vec![plateless.record_id.clone()], Some(99)));
    // A plate of which no entry is known leaves the car that was found, and is told.
    let out = of_looks(None, None, 4_000);
    see(&mut tracker, Direction::Exit, &out, 4_000);
    let read = one(see(&mut tracker, Direction::Exit, &event("浙E99999", 4_001), 4_001));
    assert_eq!((read.record_id, read.entered_at), (plateless.record_id, Some(at(0))));
    assert_eq!((tracker.inside().count(), read.plate), (0, Plate::read("浙E99999")));
}

#[test]
fn two_cars_stay_two() {
    let apart = |first: CameraEvent, second: CameraEvent, told: i64| {
        let mut tracker = tracker();
        let mut made = see(&mut tracker, Direction::Entry, &first, 1);
        made.extend(see(&mut tracker, Direction::Entry, &second, 1 + told));
        passages(&made).iter().map(|passage| &passage.record_id).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(apart(reading("浙E12345", 0, 90), reading("浙E67890", 3, 90), 3), 2, "three seconds");
    assert_eq!(apart(reading("浙E12345", 0, 90), reading("浙E67890", 2, 90), 2), 2, "two, and not alike");
    let other_lane = CameraEvent { channel: Some("2".to_owned()), ..reading("浙E67890", 0, 90) };
    assert_eq!(apart(reading("浙E12345", 0, 90), other_lane, 1), 2, "in two lanes");
    let mut tracker = tracker();
    let lane = lane(Direction::Entry);
    let mut made = tracker.see("in-1", &reading("浙E12345", 0, 90), &lane, at(1));
    made.extend(tracker.see("in-2", &reading("浙E67890", 0, 90), &lane, at(1)));
    assert_eq!(passages(&made).len(), 2, "before two cameras");
}

#[test]
fn what_a_camera_kept_is_put_right_by_what_was_seen_of_its_clock() {
    // Its clock shows UTC as if it were ours.
    let off = -8 * 3_600;
    let live = |plate, seconds| CameraEvent { at: Some(at(seconds + off)), ..event(plate, seconds) };
    let kept = |plate, seconds| CameraEvent { retold: true, ..live(plate, seconds) };
    let mut tracker = tracker();
    let unknown = one(see(&mut tracker, Direction::Entry, &kept("浙E00001", 0), 100));
    assert_eq!(unknown.at, at(off), "nothing is known of the clock yet");
    assert_eq!(one(see(&mut tracker, Direction::Entry, &live("浙E00002", 200), 201)).at, at(201));
    assert_eq!(tracker.clock("in").unwrap().offset.map(|(millis, _)| millis), Some((off - 1) * 1_000));
    let right = one(see(&mut tracker, Direction::Entry, &kept("浙E00003", 150), 300));
    assert_eq!(right.at, at(151));
    assert!(right.memo.is_some_and(|memo| memo.contains("慢 28801 秒")));
    // Told again it is known, by its event and by the log alone.
    assert!(see(&mut tracker, Direction::Entry, &kept("浙E00003", 150), 900).is_empty());
    // Another camera's clock is another clock, and a clock that was set is right.
    let other = one(tracker.see("out", &kept("浙E00004", 0), &lane(Direction::Exit), at(300)));
    assert_eq!(other.at, at(off));
    // One event that is off where the clock was right may be late; two are the clock.
    comes(&mut tracker, "浙E00005", 1_000);
    see(&mut tracker, Direction::Entry, &live("浙E00007", 1_100), 1_101);
    assert_eq!(one(see(&mut tracker, Direction::Entry, &kept("浙E00008", 1_050), 1_150)).at, at(1_050 + off));
    see(&mut tracker, Direction::Entry, &live("浙E00009", 1_200), 1_201);
    assert_eq!(one(see(&mut tracker, Direction::Entry, &kept("浙E00010", 1_050), 1_250)).at, at(1_051));
    comes(&mut tracker, "浙E00011", 1_300);
    let set = CameraEvent { retold: true, ..event("浙E00006", 900) };
    assert_eq!(one(see(&mut tracker, Direction::Entry, &set, 2_000)).at, at(900));
}

#[test]
fn a_time_that_is_not_understood_is_said() {
    let mut tracker = tracker();
    let unread =
        CameraEvent { at: None, unread_time: Some("soon".to_owned()), retold: true, ..event("浙E00001", 0) };
    let passage = one(see(&mut tracker, Direction::Entry, &unread, 10));
    assert_eq!(passage.at, at(10));
    assert!(passage.memo.is_some_and(|memo| memo.contains("“soon”无法识别")));
    assert_eq!(tracker.clock("in").unwrap().unread.as_deref(), Some("soon"));
    let none = CameraEvent { at: None, ..event("浙E00002", 0) };
    assert!(
        one(see(&mut tracker, Direction::Entry, &none, 60))
            .memo
            .is_some_and(|memo| memo.contains("未报时间"))
    );
    // The same words a day later are another passage.
    let later = CameraEvent { event_id: None, ..unread };
    assert_eq!(passages(&see(&mut tracker, Direction::Entry, &later, 86_400)).len(), 1);
    assert!(tracker.clock("in").unwrap().unread.is_some());
    comes(&mut tracker, "浙E00003", 90_000);
    assert_eq!(tracker.clock("in").unwrap().unread, None);
}

#[test]
fn an_event_told_again_after_thousands_of_others_is_known_still() {
    let mut tracker = tracker();
    let (entry, exit) = (event("浙E12345", 0), event("浙E12345", 600));
    see(&mut tracker, Direction::Entry, &entry, 1);
    see(&mut tracker, Direction::Exit, &exit, 601);
    for car in 0..4_200 {
        let passage =
            Passage::new(lot(), RecordId::from(format!("R-{car}")), Direction::Entry, at(700 + car));
        tracker.observe(&Report::Passage(passage));
    }
    let copy = OccupancyTracker::restore(lot(), None, &tracker.snapshot()).unwrap();
    for mut tracker in [tracker, copy] {
        assert!(see(&mut tracker, Direction::Entry, &entry, 9_000).is_empty());
        assert!(see(&mut tracker, Direction::Exit, &exit, 9_001).is_empty());
    }
}
