//! What texts want by the clock.

use crate::gateway::cameras::camera;
use crate::gateway::harness::{Lot, entry, exit, plate, seconds};
use crate::gateway::platform::{Platform, What};
use crate::gateway::time::{BEGIN, DAY, HOUR};
use bowei_edge::config::CameraConfig;
use bowei_model::{Direction, GateKind, Report};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Seconds since the begin, 08:15:30, of an hour of the first day.
fn hour(hour: i64) -> i64 {
    hour * 3_600 - (8 * 3_600 + 15 * 60 + 30)
}

fn at(hour_of_day: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + hour(hour_of_day)).unwrap()
}

/// The lists of cars inside that came: when, and which plates.
fn lists(platform: &Platform) -> Vec<(i64, Vec<String>)> {
    let mut lists = Vec::new();
    for arrived in platform.taken("parkCarInfo") {
        for report in arrived.reports() {
            let Report::CarsInside(list) = report else { continue };
            let mut plates: Vec<String> = list.plates.iter().map(ToString::to_string).collect();
            plates.sort();
            lists.push((i64::try_from(arrived.at.as_secs()).unwrap(), plates));
        }
    }
    lists
}

#[tokio::test(start_paused = true)]
async fn the_cars_inside_are_listed_at_every_full_hour() {
    let (lot, platform) = Lot::with("shenzhen").await;
    lot.pass(MINUTE / 2).await;
    lot.says(json!([entry("R1", 1, lot.now()), entry("R2", 2, lot.now())])).await;
    lot.pass(HOUR).await;
    lot.says(json!([exit("R1", 1, lot.now(), lot.now()), entry("R3", 3, lot.now())])).await;
    lot.pass(2 * HOUR).await;
    let lists = lists(&platform);
    assert_eq!(lists.len(), 4, "{lists:?}");
    assert_eq!(lists[0].1, [""; 0], "one at the start");
    assert_eq!(lists[1].1, [plate(1), plate(2)]);
    assert_eq!(lists[2].1, [plate(2), plate(3)]);
    assert_eq!(lists[3].1, [plate(2), plate(3)]);
    for (place, list) in lists.iter().enumerate().skip(1) {
        let late = list.0 - hour(8 + place as i64);
        assert!((0..30).contains(&late), "{late} s after the hour");
    }
}

#[tokio::test(start_paused = true)]
async fn the_gates_of_the_lanes_are_told_at_the_start_and_when_they_change() {
    let (mut lot, mut platforms) = Lot::speaking(&["shenzhen"]);
    let platform = platforms.remove(0);
    let lanes = |names: &[(&str, &str, Direction)]| -> Vec<CameraConfig> {
        let lane = |(name, gate, direction): &(&str, &str, Direction)| {
            camera(name, "hikvision", Some(*direction), gate)
        };
        names.iter().map(lane).collect()
    };
    let told = || -> Vec<(String, GateKind)> {
        let arrived = platform.arrived();
        let reports = arrived.iter().filter(|one| one.accepted).flat_map(|one| one.reports());
        let gate = |report: &Report| match report {
            Report::Gate(gate) => Some((gate.code.clone(), gate.kind)),
            _ => None,
        };
        reports.filter_map(gate).collect()
    };
    let (in_, out) = (Direction::Entry, Direction::Exit);
    lot.config.cameras = lanes(&[("a", "EAST01", in_), ("b", "EAST01", out), ("c", "WEST01", out)]);
    lot.start().await;
    lot.pass(MINUTE).await;
    let both = [("EAST01".to_owned(), GateKind::Both), ("WEST01".to_owned(), GateKind::Exit)];
    let mut first = told();
    first.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(first, both);
    lot.restart().await;
    lot.pass(MINUTE).await;
    assert_eq!(told().len(), 2, "nothing has changed");
    lot.config.cameras = lanes(&[("a", "EAST01", in_), ("c", "WEST01", out)]);
    lot.restart().await;
    lot.pass(MINUTE).await;
    assert!(told()[2..].contains(&("EAST01".to_owned(), GateKind::Entry)), "{:?}", told());
}

#[tokio::test(start_paused = true)]
async fn a_restart_lists_no_hour_twice_and_leaves_none_out() {
    let (mut lot, platform) = Lot::with("shenzhen").await;
    lot.pass(10 * MINUTE).await;
    lot.restart().await;
    lot.pass(10 * MINUTE).await;
    lot.settle().await;
    lot.lose_power(3);
    lot.start().await;
    lot.pass(10 * MINUTE).await;
    assert_eq!(lists(&platform).len(), 1);
    // Off over the full hour: the list of that hour is told late, once.
    lot.stop().await;
    tokio::time::sleep(HOUR).await;
    lot.start().await;
    lot.pass(MINUTE).await;
    assert_eq!(lists(&platform).len(), 2);
    lot.pass(HOUR).await;
    assert_eq!(lists(&platform).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn at_midnight_the_plates_that_do_not_add_up_are_sent_again() {
    let (lot, platform) = Lot::with("shenzhen").await;
    let yesterday = at(-3);
    let mut said: Vec<Value> = (0..60).map(|car| entry(&format!("R{car}"), car, at(9))).collect();
    said.push(exit("R1", 1, at(9), at(10)));
    // A record of the day before that was told late.
    said.push(entry("old", 1, yesterday));
    said.push(entry("good", 777, at(11)));
    lot.says(Value::from(said)).await;
    lot.pass(12 * HOUR).await;
    let missing: Vec<String> = (0..55).map(plate).collect();
    platform.misses(&missing.iter().map(String::as_str).collect::<Vec<_>>());
    platform.forget_arrived();
    lot.pass(5 * HOUR).await;
    let asked: Vec<_> = platform.received("replenishCarInfo").into_iter().map(|one| one.what).collect();
    assert!(asked.len() >= 2, "two pages and more: {asked:?}");
    let of_the_day = |what: &What| matches!(what, What::Replenishment(20_260_401) | What::Refused(_));
    assert!(asked.iter().all(of_the_day), "{asked:?}");
    let mut again = platform.plates();
    again.sort();
    let mut wanted = missing;
    wanted.push(plate(1));
    wanted.sort();
    assert_eq!(again, wanted, "each record of theirs, of that day, once");
    platform.forget_arrived();
    platform.misses(&[]);
    lot.pass(DAY).await;
    let asked: Vec<_> = platform.received("replenishCarInfo").into_iter().map(|one| one.what).collect();
    assert!(matches!(asked.as_slice(), [What::Replenishment(20_260_402)]), "{asked:?}");
    assert_eq!(platform.plates(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_anyway_is_not_sent_twice_for_being_missed() {
    let (lot, platform) = Lot::with("shenzhen").await;
    lot.pass(MINUTE).await;
    // Its records are refused for now, everything else is taken.
    platform.answers(|arrived| match arrived.passage() {
        Some(_) => crate::gateway::platform::Say::Later(None),
        None => crate::gateway::platform::Say::Take,
    });
    lot.pass(14 * HOUR).await;
    lot.says(entry("R1", 1, at(22))).await;
    platform.misses(&[&plate(1)]);
    lot.pass(3 * HOUR).await;
    assert!(!platform.received("replenishCarInfo").is_empty());
    platform.takes_all();
    lot.pass(HOUR).await;
    assert_eq!(platform.plates(), [plate(1)]);
}

#[tokio::test(start_paused = true)]
async fn base_data_go_at_one_at_night_whether_or_not_they_have_changed() {
    let (lot, platform) = Lot::with("isp").await;
    lot.pass(3 * DAY).await;
    let nights: Vec<i64> = platform
        .taken("/park/spot")
        .iter()
        .map(|one| i64::try_from(one.at.as_secs()).unwrap())
        .filter(|received| *received > 60)
        .collect();
    assert_eq!(nights.len(), 3, "{nights:?}");
    for (night, received) in nights.iter().enumerate() {
        let late = received - hour(25 + 24 * night as i64);
        assert!((0..30).contains(&late), "{late} s after one o'clock");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_is_asked_for_at_least_every_twelve_hours() {
    let (lot, platform) = Lot::with("ningbo").await;
    lot.pass(2 * DAY).await;
    let asked = platform.received("/parkpot/time");
    assert!(asked[0].at < MINUTE);
    assert!((4..=6).contains(&asked.len()), "{}", asked.len());
    assert!(asked.windows(2).all(|two| two[1].at - two[0].at < 12 * HOUR));
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_is_away_at_the_hour_is_asked_again() {
    let (lot, platform) = Lot::with("shenzhen").await;
    lot.pass(15 * HOUR).await;
    lot.says(entry("R1", 1, at(23))).await;
    lot.pass(10 * MINUTE).await;
    platform.goes_away();
    platform.misses(&[&plate(1)]);
    platform.forget_arrived();
    lot.pass(2 * HOUR).await;
    platform.takes_all();
    lot.pass(10 * MINUTE).await;
    let asked: Vec<_> = platform.taken("replenishCarInfo");
    assert!(matches!(asked[0].what, What::Replenishment(20_260_401)), "{asked:?}");
    assert_eq!(platform.plates(), [plate(1)]);
}

#[tokio::test(start_paused = true)]
async fn base_data_go_again_when_they_change_and_not_before() {
    let (mut lot, platform) = Lot::with("shenzhen").await;
    lot.pass(MINUTE).await;
    lot.restart().await;
    lot.pass(MINUTE).await;
    assert_eq!(platform.taken("parkInfo").len(), 1);
    lot.config.lot.name = "东门停车场（新）".to_owned();
    lot.restart().await;
    lot.pass(MINUTE).await;
    let told = platform.taken("parkInfo");
    assert!(
        matches!(told[1].reports(), [Report::Lot(lot)] if lot.name.as_deref() == Some("东门停车场（新）"))
    );
    let mut profile = serde_json::to_value(json!({
        "name": "西门停车场", "district": "440303", "address": "示范路 2 号", "longitude": 114.1, "latitude": 22.5,
        "spaces_total": 120, "in_service": true,
    }))
    .unwrap();
    profile["details"] = json!({
        "permitNo": "1", "parkType": 2, "serviceType": "08", "reservable": 1, "reservableSpaces": 10,
        "totalReservableCharingSpaces": 0, "imageId": "I",
    });
    for _ in 0..2 {
        assert_eq!(lot.post("/v1/lot", profile.to_string()).await.status, 200);
        lot.pass(MINUTE).await;
    }
    let told = platform.taken("parkInfo");
    assert_eq!(told.len(), 3, "{:?}", lot.dead_letters().await);
    assert!(matches!(told[2].reports(), [Report::Lot(lot)] if lot.name.as_deref() == Some("西门停车场")));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_leaps_brings_no_storm_and_no_gap() {
    for days in [1, -1] {
        // Its platform says no time: the machine's clock is all there is.
        let (lot, platform) = Lot::with("isp").await;
        lot.pass(HOUR).await;
        platform.forget_arrived();
        lot.wall.set_off(SignedDuration::from_hours(24 * days));
        lot.pass(HOUR).await;
        lot.wall.set_off(SignedDuration::ZERO);
        lot.pass(HOUR).await;
        assert!(platform.received("/park/spot").len() <= 2, "{days}: one for each leap at most");
        platform.forget_arrived();
        lot.pass(DAY).await;
        assert_eq!(platform.taken("/park/spot").len(), 1, "{days}: the next night's is there");
        // Where the platform says its time, the machine's leap is none.
        let (lot, platform) = Lot::with("shenzhen").await;
        lot.pass(HOUR).await;
        platform.forget_arrived();
        lot.wall.set_off(SignedDuration::from_hours(24 * days) + seconds(1_234));
        lot.pass(6 * HOUR).await;
        assert_eq!(lists(&platform).len(), 6, "{days}");
        assert_eq!(platform.received("replenishCarInfo").len(), 0, "{days}");
    }
}
