//! The keeper of parkings: what comes of what cameras see.

mod readings;

use bowei_edge::devices::{CameraEvent, Picture, Shows};
use bowei_edge::sessions::{Lane, Made, OccupancyTracker, SnapshotFault};
use bowei_model::{
    CarsInside, Direction, LotCode, Passage, PhotoRole, Plate, PlateKind, RecordId, Report, SpaceCount,
    Vehicle,
};
use bytes::Bytes;
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const SPACES: u32 = 100;

fn lot() -> LotCode {
    LotCode::from("330502-001")
}

fn tracker() -> OccupancyTracker {
    OccupancyTracker::new(lot(), Some(SPACES))
}

/// A moment of 2026-04-01, in seconds after 08:00 in UTC+08:00.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_775_001_600 + seconds).unwrap()
}

const MINUTE: i64 = 60;

fn lane(direction: Direction) -> Lane {
    let (gate, name) =
        if direction == Direction::Entry { ("G1", "东门入口") } else { ("G2", "东门出口") };
    Lane { direction, gate: Some(gate.to_owned()), gate_name: Some(name.to_owned()) }
}

fn event(plate: &str, seconds: i64) -> CameraEvent {
    CameraEvent {
        event_id: Some(format!("{plate}/{seconds}")),
        plate: Plate::read(plate),
        at: Some(at(seconds)),
        ..CameraEvent::default()
    }
}

fn of_looks(color: Option<&str>, brand: Option<&str>, seconds: i64) -> CameraEvent {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let vehicle = Vehicle { color: text(color), brand: text(brand), ..Vehicle::default() };
    CameraEvent { vehicle, plate_kind: Some(PlateKind::NONE), ..event("", seconds) }
}

fn see(tracker: &mut OccupancyTracker, direction: Direction, event: &CameraEvent, seconds: i64) -> Vec<Made> {
    let device = if direction == Direction::Entry { "in" } else { "out" };
    tracker.see(device, event, &lane(direction), at(seconds))
}

fn passages(made: &[Made]) -> Vec<&Passage> {
    let passages = made.iter().filter_map(|made| match &made.report {
        Report::Passage(passage) => Some(passage),
        _ => None,
    });
    passages.collect()
}

fn one(made: Vec<Made>) -> Passage {
    match passages(&made).as_slice() {
        [passage] => (*passage).clone(),
        other => panic!("{other:?}"),
    }
}

/// A car comes in, or goes out, as its camera sees it a second before it is heard.
fn comes(tracker: &mut OccupancyTracker, plate: &str, seconds: i64) -> Passage {
    one(see(tracker, Direction::Entry, &event(plate, seconds), seconds + 1))
}

fn goes(tracker: &mut OccupancyTracker, plate: &str, seconds: i64) -> Passage {
    one(see(tracker, Direction::Exit, &event(plate, seconds), seconds + 1))
}

#[test]
fn a_car_comes_and_goes_under_one_record() {
    let mut tracker = tracker();
    let entry = comes(&mut tracker, "浙E12345", 0);
    assert_eq!((entry.direction, entry.at, entry.vacant), (Direction::Entry, at(0), Some(99)));
    assert_eq!((entry.gate_code.as_deref(), entry.gate.as_deref()), (Some("G1"), Some("东门入口")));
    assert_eq!(tracker.inside().count(), 1);
    let exit = goes(&mut tracker, "浙E12345", 90 * MINUTE + 59);
    assert_eq!(exit.record_id, entry.record_id);
    assert_eq!((exit.entered_at, exit.minutes, exit.vacant), (Some(at(0)), Some(90), Some(100)));
    assert_eq!(tracker.inside().count(), 0);
}

#[test]
fn a_record_id_is_short_and_made_of_what_the_camera_says() {
    let id = comes(&mut tracker(), "浙E12345", 0).record_id;
    assert_eq!(id, comes(&mut tracker(), "浙E12345", 0).record_id);
    assert!(id.as_str().starts_with("20260401080000-"));
    assert!(id.as_str().len() <= 32);
    assert!(id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')));
    assert_ne!(id, comes(&mut tracker(), "浙E12346", 0).record_id);
    let mut other = OccupancyTracker::new(LotCode::from("330502-002"), None);
    assert_ne!(id, comes(&mut other, "浙E12345", 0).record_id);
}

#[test]
fn an_event_told_again_after_thousands_of_others_stays_itself() {
    let mut tracker = tracker();
    let old = event("浙E12345", 0);
    let said = one(see(&mut tracker, Direction::Entry, &old, 1));
    for car in 0..5_000 {
        comes(&mut tracker, &format!("浙F{car:05}"), 60 + car);
    }
    let free = tracker.vacant();
    let again = |tracker: &mut OccupancyTracker| see(tracker, Direction::Entry, &old, 10_000);
    assert_eq!(again(&mut tracker), [], "its record is not said again with another time");
    let kept = tracker.snapshot();
    let mut tracker = OccupancyTracker::restore(lot(), None, &kept).unwrap();
    assert_eq!(again(&mut tracker), [], "after a restart as well");
    // Read back from the log it is known by its record.
    let gone = Passage { direction: Direction::Exit, at: at(9_000), ..said.clone() };
    tracker.observe(&Report::Passage(gone));
    for car in 5_000..10_000 {
        comes(&mut tracker, &format!("浙G{car:05}"), 5_060 + car);
    }
    let inside = tracker.inside().count();
    tracker.observe(&Report::Passage(said));
    assert_eq!(tracker.inside().count(), inside, "the car does not come in once more");
    assert_eq!(free, Some(0));
}

#[test]
fn an_event_told_twice_is_one_passage() {
    let mut tracker = tracker();
    let first = event("浙E12345", 0);
    assert_eq!(see(&mut tracker, Direction::Entry, &first, 1).len(), 1);
    assert!(see(&mut tracker, Direction::Entry, &first, 3).is_empty());
    assert!(see(&mut tracker, Direction::Entry, &first, 3 * 3600).is_empty(), "hours later as well");
    // The same car read once more at the barrier, as an event of its own.
    assert!(see(&mut tracker, Direction::Entry, &event("浙E12345", 12), 13).is_empty());
    let exit = event("浙E12345", 3600);
    assert_eq!(see(&mut tracker, Direction::Exit, &exit, 3601).len(), 1);
    for later in [3602, 3700, 7200] {
        assert!(see(&mut tracker, Direction::Exit, &exit, later).is_empty());
    }
    let nameless = CameraEvent { event_id: None, at: None, ..event("浙F12345", 0) };
    assert_eq!(see(&mut tracker, Direction::Entry, &nameless, 8000).len(), 1);
    assert!(see(&mut tracker, Direction::Entry, &nameless, 8004).is_empty());
}

#[test]
fn an_event_told_again_after_a_restart_is_known_from_the_log() {
    // A camera whose clock is right, and one whose clock stands at the year 2000.
    for wrong in [None, Some(946_684_800)] {
        let told = |plate, seconds| {
            let said = wrong.map_or(at(seconds), |from| Timestamp::from_second(from + seconds).unwrap());
            CameraEvent { at: Some(said), ..event(plate, seconds) }
        };
        let mut before = tracker();
        let mut log = Vec::new();
        let (entry, exit) = (told("浙E12345", 0), told("浙E12345", 3600));
        log.extend(see(&mut before, Direction::Entry, &entry, 1));
        log.extend(see(&mut before, Direction::Exit, &exit, 3601));
        log.extend(see(&mut before, Direction::Entry, &told("浙F00001", 3700), 3701));
        let mut after = tracker();
        log.iter().for_each(|made| after.observe(&made.report));
        assert_eq!(after.inside().count(), 1);
        assert_eq!(after.vacant(), before.vacant());
        assert!(see(&mut after, Direction::Entry, &entry, 5000).is_empty());
        assert!(see(&mut after, Direction::Exit, &exit, 5000).is_empty());
        let out = one(see(&mut after, Direction::Exit, &told("浙F00001", 6000), 6001));
        assert_eq!(out.record_id, one(log.split_off(2)).record_id);
    }
}

#[test]
fn a_plate_misread_by_one_look_alike_is_found_and_said() {
    for (received, went) in [("浙E12345", "浙E1234S"), ("浙EB1234", "浙E81234"), ("浙E12345", "皖E12345")]
    {
        let mut tracker = tracker();
        let entry = comes(&mut tracker, received, 0);
        comes(&mut tracker, "苏A99999", 60);
        let exit = goes(&mut tracker, went, 3600);
        assert_eq!(exit.record_id, entry.record_id);
        assert_eq!(exit.plate, Plate::read(went));
        assert!(exit.memo.is_some_and(|memo| memo.contains(received) && memo.contains(went)));
    }
}

#[test]
fn a_plate_like_two_others_or_like_none_stays_unmatched() {
    let mut tracker = tracker();
    comes(&mut tracker, "浙E12345", 0);
    comes(&mut tracker, "浙E1234S", 60);
    // Its own plate goes before any likeness.
    let mut own = tracker.clone();
    assert_eq!(goes(&mut own, "浙E1234S", 3600).entered_at, Some(at(60)));
    comes(&mut tracker, "皖E12345", 120);
    tracker.observe(&Report::Passage(Passage::new(lot(), RecordId::from("none"), Direction::Exit, at(130))));
    let unmatched = goes(&mut tracker, "沪E12345", 3600);
    assert_eq!((unmatched.entered_at, unmatched.minutes), (None, None));
    assert!(tracker.inside().all(|car| car.record_id != unmatched.record_id));
    assert_eq!(tracker.inside().count(), 3);
    assert_eq!(goes(&mut tracker, "浙E54321", 3700).entered_at, None);
}

#[test]
fn cars_without_a_plate_go_by_make_and_colour() {
    let mut tracker = tracker();
    let looks = [
        (Some("白色"), Some("大众"), 0),
        (Some("黑色"), Some("大众"), 60),
        (Some("白色"), Some("丰田"), 120),
        (Some("白色"), Some("丰田"), 180),
        (Some("红色"), None, 240),
    ];
    for (color, brand, seconds) in looks {
        assert_eq!(
            see(&mut tracker, Direction::Entry, &of_looks(color, brand, seconds), seconds + 1).len(),
            1
        );
    }
    let mut out = |color, brand, seconds| {
        one(see(&mut tracker, Direction::Exit, &of_looks(color, brand, seconds), seconds + 1)).entered_at
    };
    assert_eq!(out(Some("黑色"), Some("大众"), 3600), Some(at(60)), "colour and make");
    assert_eq!(out(Some("白色"), Some("丰田"), 3700), Some(at(120)), "of two alike the one longer inside");
    assert_eq!(out(Some("灰色"), Some("丰田"), 3800), Some(at(180)), "the make, at night");
    assert_eq!(
        out(Some("红色"), Some("奥迪"), 3900),
        Some(at(240)),
        "the colour, where no make speaks against it"
    );
    assert_eq!(out(Some("白色"), Some("奥迪"), 4000), None, "another make is another car");
    assert_eq!(out(None, None, 4100), Some(at(0)), "the only one left");
    assert_eq!(out(None, None, 4200), None);
}

#[test]
fn an_exit_without_an_entry_has_a_record_of_its_own() {
    let mut tracker = tracker();
    let exit = goes(&mut tracker, "浙E12345", 3600);
    assert_eq!((exit.entered_at, exit.minutes, exit.vacant), (None, None, Some(100)));
    assert!(exit.record_id.as_str().starts_with("20260401090000-"));
}

#[test]
fn an_entry_told_after_its_exit_joins_it() {
    let mut tracker = tracker();
    let exit = goes(&mut tracker, "浙E12345", 3600);
    let late = CameraEvent { retold: true, ..event("浙E12345", 0) };
    let entry = one(see(&mut tracker, Direction::Entry, &late, 7200));
    assert_eq!((&entry.record_id, entry.at), (&exit.record_id, at(0)));
    assert_eq!(tracker.inside().count(), 0);
    // Once: the next entry is a parking of its own.
    assert_ne!(comes(&mut tracker, "浙E12345", 8000).record_id, exit.record_id);
    assert_eq!(tracker.inside().count(), 1);
}

#[test]
fn a_second_entry_ends_the_first_without_making_up_an_exit() {
    let mut tracker = tracker();
    let first = comes(&mut tracker, "浙E12345", 0);
    let second = comes(&mut tracker, "浙E12345", 24 * 3600);
    assert_ne!(first.record_id, second.record_id);
    assert_eq!((second.abnormal, second.vacant), (Some(true), Some(99)));
    assert!(second.memo.is_some_and(|memo| memo.contains(first.record_id.as_str())));
    assert_eq!(goes(&mut tracker, "浙E12345", 25 * 3600).record_id, second.record_id);
    assert_eq!(tracker.inside().count(), 0);
}

#[test]
fn a_car_inside_for_a_month_is_no_longer_counted() {
    let mut tracker = tracker();
    comes(&mut tracker, "浙E12345", 0);
    let day = 24 * 3600;
    tracker.forget_the_gone(at(30 * day));
    assert_eq!(tracker.vacant(), Some(99));
    let other = comes(&mut tracker, "浙E54321", 30 * day + 1);
    assert_eq!(other.vacant, Some(99));
    assert_eq!(tracker.inside().count(), 1);
}

#[test]
fn a_cameras_clock_is_believed_within_five_minutes() {
    let mut tracker = tracker();
    let near = CameraEvent { at: Some(at(0)), ..event("浙E00001", 1) };
    assert_eq!(one(see(&mut tracker, Direction::Entry, &near, 299)).at, at(0));
    let wrong = CameraEvent { at: Some(at(-8 * 3600)), ..event("浙E00002", 2) };
    let passage = one(see(&mut tracker, Direction::Entry, &wrong, 400));
    assert_eq!(passage.at, at(400));
    assert!(passage.memo.is_some_and(|memo| memo.contains("2026-04-01T00:00:00+08:00")));
    // What it kept while the network was down is old and right.
    let kept =
        CameraEvent { retold: true, ..CameraEvent { at: Some(at(-8 * 3600)), ..event("浙E00003", 3) } };
    assert_eq!(one(see(&mut tracker, Direction::Entry, &kept, 500)).at, at(-8 * 3600));
}

#[test]
fn photos_follow_their_passage_under_its_record() {
    let mut tracker = tracker();
    let entry = comes(&mut tracker, "浙E12345", 0);
    let picture =
        |shows, tail: &[u8]| Picture { bytes: [b"\xff\xd8\xff\xe0".as_slice(), tail].concat().into(), shows };
    let pictures = vec![
        picture(Shows::Plate, b"plate"),
        Picture { bytes: Bytes::from_static(b"no picture"), shows: Shows::Scene },
        picture(Shows::Scene, b"scene"),
    ];
    let exit = CameraEvent { pictures, ..event("浙E12345", 3600) };
    let made = see(&mut tracker, Direction::Exit, &exit, 3601);
    assert_eq!(made.len(), 3);
    for (made, (slot, tail)) in made.iter().skip(1).zip([(1, b"scene"), (2, b"plate")]) {
        let Report::Photo(photo) = &made.report else { panic!("{made:?}") };
        assert_eq!(
            (&photo.record_id, photo.role, photo.slot),
            (&entry.record_id, PhotoRole::Exit, Some(slot))
        );
        assert!(made.picture.as_ref().unwrap().ends_with(tail));
    }
}

#[test]
fn the_lots_own_counts_are_where_counting_begins() {
    let mut tracker = tracker();
    comes(&mut tracker, "浙E12345", 0);
    tracker.set_reserved(4);
    assert_eq!(tracker.vacant(), Some(95));
    tracker.observe(&Report::SpaceCount(SpaceCount::new(lot(), at(60), 50)));
    assert_eq!(tracker.vacant(), Some(50));
    tracker.set_reserved(3);
    assert_eq!(goes(&mut tracker, "浙E12345", 120).vacant, Some(52));
    // Without a total there is nothing to say until the lot counts.
    let mut unknown = OccupancyTracker::new(lot(), None);
    assert_eq!(comes(&mut unknown, "浙E12345", 0).vacant, None);
    unknown.observe(&Report::SpaceCount(SpaceCount::new(lot(), at(60), 7)));
    assert_eq!(comes(&mut unknown, "浙E54321", 120).vacant, Some(6));
    let elsewhere = SpaceCount::new(LotCode::from("330502-002"), at(180), 70);
    unknown.observe(&Report::SpaceCount(elsewhere));
    assert_eq!(unknown.vacant(), Some(6));
}

#[test]
fn cars_that_were_inside_when_the_lot_counted_leave_room() {
    let mut tracker = tracker();
    tracker.observe(&Report::SpaceCount(SpaceCount::new(lot(), at(0), 98)));
    assert_eq!(goes(&mut tracker, "浙E00001", 60).vacant, Some(99));
    assert_eq!(goes(&mut tracker, "浙E00002", 120).vacant, Some(100));
    assert_eq!(goes(&mut tracker, "浙E00003", 180).vacant, Some(100));
    assert_eq!(comes(&mut tracker, "浙E00004", 240).vacant, Some(99));
}

#[test]
fn an_exit_whose_entry_is_told_late_leaves_no_room_twice() {
    let mut tracker = tracker();
    tracker.observe(&Report::SpaceCount(SpaceCount::new(lot(), at(0), 50)));
    let mut log = see(&mut tracker, Direction::Exit, &event("浙E00001", 3600), 3601);
    assert_eq!(tracker.vacant(), Some(51));
    let late = CameraEvent { retold: true, ..event("浙E00001", 60) };
    log.extend(see(&mut tracker, Direction::Entry, &late, 7200));
    assert_eq!(tracker.vacant(), Some(50));
    let mut again = self::tracker();
    again.observe(&Report::SpaceCount(SpaceCount::new(lot(), at(0), 50)));
    log.iter().for_each(|made| again.observe(&made.report));
    assert_eq!(again.vacant(), Some(50));
}

#[test]
fn an_older_entry_told_late_does_not_end_the_newer_one() {
    let mut tracker = tracker();
    let newer = comes(&mut tracker, "浙E12345", 7200);
    let late = CameraEvent { retold: true, ..event("浙E12345", 0) };
    let older = one(see(&mut tracker, Direction::Entry, &late, 7300));
    assert_eq!((older.at, older.abnormal, older.vacant), (at(0), Some(true), Some(99)));
    assert_eq!(goes(&mut tracker, "浙E12345", 9000).record_id, newer.record_id);
}

#[test]
fn a_count_never_leaves_what_there_is() {
    let mut tracker = OccupancyTracker::new(lot(), Some(1));
    comes(&mut tracker, "浙E00001", 0);
    assert_eq!(comes(&mut tracker, "浙E00002", 60).vacant, Some(0));
    tracker.observe(&Report::SpaceCount(SpaceCount::new(lot(), at(60), 9)));
    assert_eq!(tracker.vacant(), Some(1));
}

#[test]
fn the_lots_own_passages_are_followed_in_any_order() {
    let passage = |id: &str, direction, plate: &str, seconds| {
        let plate = Plate::read(plate);
        Report::Passage(Passage { plate, ..Passage::new(lot(), RecordId::from(id), direction, at(seconds)) })
    };
    let mut tracker = tracker();
    let entry = passage("R-1", Direction::Entry, "浙E12345", 0);
    tracker.observe(&entry);
    tracker.observe(&entry);
    tracker.observe(&passage("R-2", Direction::Exit, "浙E54321", 60));
    tracker.observe(&passage("R-2", Direction::Entry, "浙E54321", 0));
    assert_eq!(tracker.inside().count(), 1);
    // Put right by the lot, and gone under an id of its exit's own.
    tracker.observe(&passage("R-1", Direction::Entry, "浙E12346", 0));
    assert_eq!(tracker.inside().next().unwrap().plate, Plate::read("浙E12346"));
    tracker.observe(&passage("X-9", Direction::Exit, "浙E12346", 120));
    assert_eq!(tracker.inside().count(), 0);
    tracker.observe(&passage("R-3", Direction::Entry, "浙E00003", 200));
    tracker.observe(&passage("R-4", Direction::Entry, "浙E00004", 200));
    let plates = vec![Plate::read("浙E00004").unwrap()];
    tracker.observe(&Report::CarsInside(CarsInside { lot: lot(), at: at(300), plates }));
    let left: Vec<_> = tracker.inside().map(|car| car.record_id.as_str()).collect();
    assert_eq!(left, ["R-4"]);
}

#[test]
fn a_snapshot_of_another_lot_or_form_is_refused() {
    let snapshot = tracker().snapshot();
    let other = OccupancyTracker::restore(LotCode::from("330502-002"), None, &snapshot);
    assert!(matches!(other, Err(SnapshotFault::Lot { .. })));
    let text = String::from_utf8(snapshot).unwrap();
    let newer = text.replace("\"form\":1", "\"form\":2");
    assert!(matches!(OccupancyTracker::restore(lot(), None, newer.as_bytes()), Err(SnapshotFault::Form(2))));
    assert!(matches!(OccupancyTracker::restore(lot(), None, b"{"), Err(SnapshotFault::Unreadable(_))));
}

/// What happens at the simulated lot.
#[derive(Clone, Debug)]
struct Step {
    /// Which car.
    car: usize,
    /// Seconds since the step before.
    after: i64,
    /// How often the camera tells it, and how late the last time.
    told: usize,
    late: i64,
    /// The camera misses the car.
    missed: bool,
    /// It reads one character as another like it.
    misread: bool,
}

fn step(cars: usize, faults: bool) -> impl Strategy<Value = Step> {
    let fault = move || if faults { prop::bool::weighted(0.1).boxed() } else { Just(false).boxed() };
    (0..cars, 40_i64..4_000, 1_usize..4, 0_i64..200, fault(), prop::bool::weighted(0.2)).prop_map(
        |(car, after, told, late, missed, misread)| Step { car, after, told, late, missed, misread },
    )
}

/// Plates of which no two are one look-alike apart: several places differ.
fn plate_of(car: usize) -> String {
    format!("浙E{car}{car}{}{}8", (car + 3) % 10, (car + 7) % 10)
}

/// The simulated lot: gives what the keeper made, the cars truly inside, and how many passages were not missed.
fn simulated(tracker: &mut OccupancyTracker, steps: &[Step]) -> (Vec<Made>, BTreeMap<usize, i64>, usize) {
    let mut inside: BTreeMap<usize, i64> = BTreeMap::new();
    let (mut made, mut seen, mut now) = (Vec::new(), 0, 0);
    for step in steps {
        now += step.after;
        let direction = if inside.remove(&step.car).is_some() { Direction::Exit } else { Direction::Entry };
        if direction == Direction::Entry {
            inside.insert(step.car, now);
        }
        if step.missed {
            continue;
        }
        seen += 1;
        let mut plate = plate_of(step.car);
        if step.misread && direction == Direction::Exit {
            plate = plate.replace('浙', "苏");
        }
        let event = event(&plate, now);
        for time in 0..step.told {
            let heard = now + 1 + if time == 0 { 0 } else { step.late };
            made.extend(see(tracker, direction, &event, heard));
        }
        // Whatever the moment, a snapshot is the whole.
        let copy = OccupancyTracker::restore(lot(), Some(SPACES), &tracker.snapshot()).unwrap();
        assert_eq!(copy, *tracker);
    }
    (made, inside, seen)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn where_no_event_is_lost_the_view_is_the_truth(steps in proptest::collection::vec(step(9, false), 0..60)) {
        let mut tracker = tracker();
        let (made, truth, seen) = simulated(&mut tracker, &steps);
        let all = passages(&made);
        prop_assert_eq!(all.len(), seen);
        let inside: BTreeSet<_> = tracker.inside().map(|car| car.plate.clone().unwrap()).collect();
        let expected: BTreeSet<_> = truth.keys().map(|car| Plate::read(&plate_of(*car)).unwrap()).collect();
        prop_assert_eq!(inside, expected);
        prop_assert_eq!(tracker.vacant(), Some(i64::from(SPACES) - i64::try_from(truth.len()).unwrap()));
        // Each exit closes the entry of its car.
        let mut open = BTreeMap::new();
        for passage in all {
            match passage.direction {
                Direction::Entry => prop_assert!(open.insert(passage.record_id.clone(), passage.at).is_none()),
                Direction::Exit => prop_assert_eq!(open.remove(&passage.record_id), passage.entered_at),
            }
        }
        prop_assert_eq!(open.len(), truth.len());
    }

    #[test]
    fn where_events_are_lost_no_pass_has_two_records(steps in proptest::collection::vec(step(9, true), 0..60)) {
        let mut tracker = tracker();
        let (made, _, seen) = simulated(&mut tracker, &steps);
        let all = passages(&made);
        prop_assert_eq!(all.len(), seen, "one passage for each that was seen, however often it was told");
        let named: BTreeSet<_> = all.iter().map(|passage| (&passage.record_id, passage.direction)).collect();
        prop_assert_eq!(named.len(), all.len());
        for passage in &all {
            prop_assert!(passage.entered_at.is_none_or(|entered| entered <= passage.at));
        }
    }

    #[test]
    fn a_keeper_read_back_from_its_log_knows_what_it_knew(steps in proptest::collection::vec(step(9, true), 0..60)) {
        let mut tracker = tracker();
        let (made, ..) = simulated(&mut tracker, &steps);
        let mut again = OccupancyTracker::new(lot(), Some(SPACES));
        made.iter().for_each(|made| again.observe(&made.report));
        let inside = |tracker: &OccupancyTracker| tracker.inside().cloned().collect::<Vec<_>>();
        prop_assert_eq!(inside(&again), inside(&tracker));
        prop_assert_eq!(again.vacant(), tracker.vacant());
    }
}

#[test]
fn a_lot_full_of_cars_stays_small_and_quick() {
    let mut tracker = OccupancyTracker::new(lot(), Some(30_000));
    for car in 0..21_000_i64 {
        let id = RecordId::from(format!("R-{car}"));
        let plate = Plate::read(&format!("浙E{car:05}"));
        tracker.observe(&Report::Passage(Passage {
            plate,
            ..Passage::new(lot(), id, Direction::Entry, at(car))
        }));
    }
    assert_eq!(tracker.inside().count(), 20_000);
    let bytes = tracker.snapshot().len();
    assert!(bytes < 20_000 * 150 + 4_096 * 200, "{bytes}");
}
