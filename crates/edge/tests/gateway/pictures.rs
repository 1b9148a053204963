//! Where the message of a passage carries its picture: the record waits for it, but not for long.

use crate::gateway::harness::{Lot, entry, exit, picture};
use crate::gateway::platform::{Arrived, Platform};
use bowei_model::Direction;
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// The picture with the words 无照片.
const NONE: &[u8] = include_bytes!("../../src/uplink/no-picture.jpg");

/// The number of a picture; 0 for the one that says that there is none.
fn number(picture: &Bytes) -> u32 {
    let of = |number: &u32| crate::gateway::harness::picture(*number) == *picture;
    if *picture == NONE { 0 } else { (1..10).find(of).expect("one of the test's") }
}

/// The passages that came, with the picture in each.
fn passages(platform: &Platform) -> Vec<(Direction, Duration, u32)> {
    let of = |one: &Arrived| Some((one.passage()?.direction, one.at, number(&one.pictures[0])));
    platform.arrived().iter().filter(|one| one.accepted).filter_map(of).collect()
}

/// A lot that has logged in and has nothing to say.
async fn quiet() -> (Lot, Arc<Platform>) {
    let (lot, platform) = Lot::with("isp").await;
    lot.pass(5 * SECOND).await;
    (lot, platform)
}

#[tokio::test(start_paused = true)]
async fn a_record_goes_as_soon_as_its_picture_is_there() {
    let (lot, platform) = quiet().await;
    lot.says(entry("R1", 1, lot.now())).await;
    lot.pass(4 * SECOND).await;
    assert_eq!(passages(&platform), [], "it is held back");
    let shown = platform.age();
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(SECOND).await;
    let received = passages(&platform);
    assert_eq!(received[0].2, 1);
    assert!(received[0].1 - shown < SECOND / 2, "{:?}", received[0].1 - shown);
    assert_eq!(lot.uplink("isp").await["without_picture"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_picture_may_come_before_its_record() {
    let (lot, platform) = quiet().await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(60 * SECOND).await;
    lot.says(entry("R1", 1, lot.now())).await;
    lot.pass(SECOND).await;
    assert_eq!(passages(&platform)[0].2, 1);
    assert_eq!(lot.uplink("isp").await["backlog"], 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_picture_it_goes_after_ten_seconds_with_one_that_says_so() {
    let (lot, platform) = quiet().await;
    let said = platform.age();
    lot.says(entry("R1", 1, lot.now())).await;
    lot.pass(15 * SECOND).await;
    let received = passages(&platform);
    let waited = received[0].1 - said;
    assert!(waited >= 10 * SECOND && waited < 11 * SECOND, "{waited:?}");
    assert_eq!(received[0].2, 0);
    assert_eq!(lot.uplink("isp").await["without_picture"], 1);
    assert!(lot.status().await["warnings"].to_string().contains("without-picture"));
    // Told again it is not, when the picture comes too late.
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(700 * SECOND).await;
    assert_eq!(passages(&platform).len(), 1);
    assert_eq!(lot.uplink("isp").await["backlog"], 0, "and its picture does not wait for ever");
}

#[tokio::test(start_paused = true)]
async fn the_pictures_of_entry_and_exit_are_not_mixed_up() {
    let (lot, platform) = quiet().await;
    let at = lot.now();
    lot.says(entry("R1", 1, at)).await;
    lot.says(exit("R1", 1, at, at)).await;
    lot.shows("R1", "exit", picture(2)).await;
    lot.pass(2 * SECOND).await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(30 * SECOND).await;
    let received = passages(&platform);
    assert_eq!(received.len(), 2);
    assert_eq!((received[0].0, received[0].2), (Direction::Entry, 1));
    assert_eq!((received[1].0, received[1].2), (Direction::Exit, 2));
}

#[tokio::test(start_paused = true)]
async fn an_exit_waits_for_its_own_picture_though_that_of_its_entry_is_there() {
    let (lot, platform) = quiet().await;
    platform.goes_away();
    let at = lot.now();
    lot.says(entry("R1", 1, at)).await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(60 * SECOND).await;
    platform.takes_all();
    lot.says(exit("R1", 1, at, lot.now())).await;
    lot.pass(6 * SECOND).await;
    lot.shows("R1", "exit", picture(2)).await;
    lot.pass(60 * SECOND).await;
    let received: Vec<_> = platform.taken("departure").iter().map(|one| number(&one.pictures[0])).collect();
    assert_eq!(received, [2]);
    assert_eq!(lot.uplink("isp").await["without_picture"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_picture_of_the_exit_is_not_spent_on_the_entry() {
    let (lot, platform) = quiet().await;
    let at = lot.now();
    lot.says(entry("R1", 1, at)).await;
    lot.shows("R1", "exit", picture(2)).await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(20 * SECOND).await;
    lot.says(exit("R1", 1, at, lot.now())).await;
    lot.pass(20 * SECOND).await;
    let received: Vec<_> = passages(&platform).into_iter().map(|(_, _, picture)| picture).collect();
    assert_eq!(received, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_carries_no_picture_waits_for_none_and_other_kinds_are_not_carried() {
    let (lot, platform) = quiet().await;
    let count = json!({ "at": lot.now(), "vacant": 7, "used": 93, "total": 100 }).to_string();
    lot.post("/v1/space-count", count).await;
    let gate = json!({
        "kind": "gate", "gate": "G1", "gate_name": "东门", "gate_kind": "entry", "longitude": 114.1, "latitude": 22.5,
    });
    lot.says(json!([gate, { "kind": "cars-inside", "at": lot.now(), "plates": [] }])).await;
    lot.pass(2 * SECOND).await;
    assert_eq!(platform.taken("/park/spot-num").len(), 1);
    let uplink = lot.uplink("isp").await;
    assert_eq!((&uplink["not_carried"], &uplink["backlog"]), (&json!(2), &json!(0)), "{uplink}");
    assert_eq!(lot.dead_letters().await, [Value::Null; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_forgets_no_picture() {
    let (mut lot, platform) = quiet().await;
    platform.goes_away();
    lot.says(entry("R1", 1, lot.now())).await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(20 * SECOND).await;
    lot.kill();
    platform.takes_all();
    lot.start().await;
    lot.pass(20 * SECOND).await;
    let received: Vec<_> = platform.taken("entrance").iter().map(|one| number(&one.pictures[0])).collect();
    assert_eq!(received, [1]);
}
