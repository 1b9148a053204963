//! Reservations: asked by the platform in its own standard's messages, kept by the lot.

use crate::gateway::harness::{Answer, Lot, entry, exit};
use crate::gateway::platform::{Arrived, Platform};
use axum::body::Body;
use bowei_model::{Cancellation, LotCode, Plate, Report, Reservation, SpaceKind};
use bowei_standards::PlatformSide;
use bowei_standards::downlink::{Downlink, DownlinkReading};
use bowei_standards::shenzhen::Shenzhen;
use http::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn down() -> &'static dyn Downlink {
    static STANDARD: Shenzhen = Shenzhen;
    STANDARD.downlink().unwrap()
}

/// A reservation of a car, for in an hour.
pub(crate) fn reservation(lot: &Lot, reservation_code: &str, car: u32) -> Reservation {
    Reservation {
        lot: LotCode::from("L1"),
        reservation_code: reservation_code.to_owned(),
        plate: Plate::read(&crate::gateway::harness::plate(car)).unwrap(),
        plate_kind: None,
        vehicle: None,
        arrives_at: lot.now() + SignedDuration::from_hours(1),
        expires_at: lot.now() + SignedDuration::from_hours(3),
        kept_minutes: 30,
        only_if_free: true,
        space: SpaceKind::Ordinary,
        changes: false,
    }
}

/// The platform asks, under the token that it gave out.
pub(crate) async fn reserve(lot: &Lot, platform: &Platform, wanted: &Reservation) -> Answer {
    let token = platform.token().unwrap();
    let sealed = down().seal_reservation(wanted, platform.lot_id, &token, platform.now()).unwrap();
    lot.ask(sealed.request.map(Body::from)).await
}

async fn cancel(lot: &Lot, platform: &Platform, reservation_code: &str) -> Answer {
    let cancellation =
        Cancellation { lot: LotCode::from("L1"), reservation_code: reservation_code.to_owned() };
    let token = platform.token().unwrap();
    let sealed = down().seal_cancellation(&cancellation, platform.lot_id, &token, platform.now()).unwrap();
    lot.ask(sealed.request.map(Body::from)).await
}

/// What the platform makes of the lot's answer.
fn reading(answer: &Answer) -> DownlinkReading {
    let response = http::Response::builder().status(answer.status).body(answer.body.clone()).unwrap();
    down().read_answer(&response)
}

fn code(answer: &Answer) -> i64 {
    answer.json()["code"].as_i64().unwrap()
}

async fn directives(lot: &Lot) -> Vec<Value> {
    lot.get("/v1/directives").await.json()["items"].as_array().unwrap().clone()
}

/// A lot that has logged in.
pub(crate) async fn logged_in() -> (Lot, Arc<Platform>) {
    let (lot, platform) = Lot::with("shenzhen").await;
    lot.pass(5 * SECOND).await;
    (lot, platform)
}

#[tokio::test(start_paused = true)]
async fn a_reservation_is_taken_once_however_often_it_is_asked_for() {
    let (lot, platform) = logged_in().await;
    let wanted = reservation(&lot, "BK1", 1);
    for _ in 0..3 {
        let answer = reserve(&lot, &platform, &wanted).await;
        assert_eq!(reading(&answer), DownlinkReading::Taken { reservation_code: Some("BK1".to_owned()) });
        assert_eq!((code(&answer), &answer.json()["data"][0]["bookCode"]), (0, &json!("BK1")));
        lot.pass(SECOND).await;
    }
    let told = directives(&lot).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["id"], &told[0]["kind"]), (&json!(1), &json!("reservation")));
    assert_eq!(
        (&told[0]["booking"], &told[0]["plate"]),
        (&json!("BK1"), &json!(crate::gateway::harness::plate(1)))
    );
}

#[tokio::test(start_paused = true)]
async fn the_lot_says_no_in_the_texts_codes() {
    let (mut lot, mut platforms) = Lot::speaking(&["shenzhen"]);
    lot.config.lot.reservable = Some(2);
    lot.start().await;
    let platform = platforms.remove(0);
    lot.pass(5 * SECOND).await;
    let wanted = |reservation_code: &str, car| reservation(&lot, reservation_code, car);
    assert_eq!(code(&reserve(&lot, &platform, &wanted("BK1", 1)).await), 0);
    assert_eq!(code(&reserve(&lot, &platform, &wanted("BK2", 2)).await), 0);
    assert_eq!(code(&reserve(&lot, &platform, &wanted("BK3", 3)).await), 1501, "no space left");
    assert_eq!(code(&reserve(&lot, &platform, &wanted("BK1", 7)).await), 1201, "the code is another's");
    let changed = Reservation { changes: true, ..wanted("BK1", 1) };
    let later =
        Reservation { expires_at: changed.expires_at + SignedDuration::from_hours(1), ..changed.clone() };
    assert_eq!(code(&reserve(&lot, &platform, &later).await), 0);
    let unknown = Reservation { changes: true, ..wanted("BK9", 9) };
    assert_eq!(code(&reserve(&lot, &platform, &unknown).await), 1104);
    assert_eq!(code(&cancel(&lot, &platform, "BK9").await), 1104);
    assert_eq!(code(&cancel(&lot, &platform, "BK2").await), 0);
    assert_eq!(code(&cancel(&lot, &platform, "BK2").await), 0, "asked again it is as before");
    let again = Reservation { changes: true, ..wanted("BK2", 2) };
    assert_eq!(code(&reserve(&lot, &platform, &again).await), 1401, "it is called off");
    let backwards = Reservation { expires_at: lot.now() - SignedDuration::from_hours(1), ..wanted("BK4", 4) };
    assert_eq!(code(&reserve(&lot, &platform, &backwards).await), 5004);
    lot.pass(Duration::from_secs(5 * 3_600)).await;
    assert_eq!(code(&cancel(&lot, &platform, "BK1").await), 1301, "it has run out");
    assert_eq!(directives(&lot).await.len(), 4, "two, a change and a cancellation");
}

#[tokio::test(start_paused = true)]
async fn a_stranger_reserves_nothing() {
    let (lot, platform) = logged_in().await;
    let wanted = reservation(&lot, "BK1", 1);
    let token = platform.token().unwrap();
    let seal =
        |token: &str| down().seal_reservation(&wanted, platform.lot_id, token, platform.now()).unwrap();
    let wrong = lot.ask(seal(&"0".repeat(32)).request.map(Body::from)).await;
    assert_eq!(code(&wrong), 5);
    let mut unsigned = seal(&token).request;
    let body = String::from_utf8_lossy(unsigned.body()).replace("BK1", "BK2");
    *unsigned.body_mut() = body.into();
    assert_eq!(code(&lot.ask(unsigned.map(Body::from)).await), 6);
    let other = down().seal_reservation(&wanted, "00000000000000000000000000000009", &token, platform.now());
    assert_eq!(code(&lot.ask(other.unwrap().request.map(Body::from)).await), 1101);
    assert_eq!(directives(&lot).await, [Value::Null; 0]);
    assert_eq!(lot.status().await["lot"]["reserved"], 0);
    // Before its first login nobody can know the lot's token, not even an empty one.
    let (mut lot, platforms) = Lot::speaking(&["shenzhen"]);
    platforms[0].goes_away();
    lot.start().await;
    for token in ["", "x"] {
        let sealed = down().seal_reservation(&wanted, platforms[0].lot_id, token, lot.now()).unwrap();
        let answer = lot.ask(sealed.request.map(Body::from)).await;
        assert_ne!(answer.json()["code"], 0, "{}", answer.text());
    }
    assert_eq!(lot.status().await["lot"]["reserved"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_reserved_space_is_not_free_and_the_platform_is_told_so() {
    let (lot, platform) = logged_in().await;
    let vacant = async || lot.status().await["lot"]["vacant"].as_i64().unwrap();
    assert_eq!(vacant().await, 100);
    reserve(&lot, &platform, &reservation(&lot, "BK1", 1)).await;
    reserve(&lot, &platform, &reservation(&lot, "BK2", 2)).await;
    assert_eq!(vacant().await, 98);
    lot.pass(3 * SECOND).await;
    cancel(&lot, &platform, "BK2").await;
    assert_eq!(vacant().await, 99);
    // The count is written while time goes on: it is sent in a later step.
    lot.pass(20 * SECOND).await;
    let counts: Vec<i64> = platform
        .taken("parkSpaceInfo")
        .iter()
        .flat_map(|one| one.reports().to_vec())
        .filter_map(|report| if let Report::SpaceCount(count) = report { Some(count.vacant) } else { None })
        .collect();
    assert_eq!(counts.last(), Some(&99), "{counts:?}");
    assert!(counts.contains(&98), "{counts:?}");
    // Its car comes: one space is used, and none reserved.
    let mut received = entry("R1", 1, lot.now());
    received.as_object_mut().unwrap().remove("vacant");
    lot.says(received).await;
    let now = lot.status().await["lot"].clone();
    assert_eq!((&now["vacant"], &now["reserved"], &now["inside"]), (&json!(99), &json!(0), &json!(1)));
    lot.pass(5 * SECOND).await;
    assert_eq!(platform.passages()[0].reservation_code.as_deref(), Some("BK1"), "the platform settles by it");
    lot.says(exit("R1", 1, lot.now(), lot.now())).await;
    lot.pass(5 * SECOND).await;
    assert_eq!(platform.passages()[1].reservation_code.as_deref(), Some("BK1"), "and its exit names it too");
}

/// The counts that a platform took: when each came, free spaces, reserved ones, and what may be reserved still.
fn counts(platform: &Platform) -> Vec<(Duration, i64, i64, i64)> {
    let of = |one: &Arrived| match one.reports().first() {
        Some(Report::SpaceCount(count)) => {
            let parts = count.parts.unwrap_or_default();
            let number = |part: Option<i64>| part.unwrap_or(-1);
            Some((one.at, count.vacant, number(parts.reserved), number(parts.reservable_vacant)))
        }
        _ => None,
    };
    platform.arrived().iter().filter(|one| one.accepted).filter_map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn free_spaces_are_told_after_passages_and_when_a_reservation_ends() {
    let (lot, platform) = logged_in().await;
    platform.forget_arrived();
    for car in 0..40 {
        let mut received = entry(&format!("R{car}"), car, lot.now());
        received.as_object_mut().unwrap().remove("vacant");
        lot.says(received).await;
        lot.pass(Duration::from_millis(200)).await;
    }
    lot.pass(5 * SECOND).await;
    let told = counts(&platform);
    assert_eq!(told.last().unwrap().1, 60, "{told:?}");
    assert!((4..=11).contains(&told.len()), "eight seconds of cars: {told:?}");
    assert!(told.windows(2).all(|two| two[1].0 - two[0].0 >= Duration::from_millis(900)), "{told:?}");
    platform.forget_arrived();
    // Kept for so long, and nobody comes.
    let wanted = reservation(&lot, "BK1", 77);
    reserve(&lot, &platform, &wanted).await;
    // The count is written while time goes on: it is sent in a later step.
    lot.pass(20 * SECOND).await;
    assert_eq!(
        counts(&platform).last().map(|it| (it.1, it.2, it.3)),
        Some((59, 1, 9)),
        "ten may be reserved"
    );
    lot.pass(Duration::from_secs(2 * 3_600)).await;
    assert_eq!(
        counts(&platform).last().map(|it| (it.1, it.2, it.3)),
        Some((60, 0, 10)),
        "the hold has lapsed"
    );
}

#[tokio::test(start_paused = true)]
async fn chargers_are_reserved_apart_and_room_is_not_always_asked_for() {
    let (mut lot, mut platforms) = Lot::speaking(&["shenzhen"]);
    lot.config.lot.reservable = Some(1);
    lot.start().await;
    let platform = platforms.remove(0);
    lot.pass(5 * SECOND).await;
    let charging = Reservation { space: SpaceKind::Charging, ..reservation(&lot, "BK1", 1) };
    assert_eq!(code(&reserve(&lot, &platform, &charging).await), 1501, "the lot has no charger");
    assert_eq!(code(&reserve(&lot, &platform, &reservation(&lot, "BK2", 2)).await), 0);
    assert_eq!(code(&reserve(&lot, &platform, &reservation(&lot, "BK3", 3)).await), 1501);
    let anyway = Reservation { only_if_free: false, ..reservation(&lot, "BK4", 4) };
    assert_eq!(code(&reserve(&lot, &platform, &anyway).await), 0, "the platform does not ask for room");
}

#[tokio::test(start_paused = true)]
async fn the_lots_system_waits_for_what_is_asked() {
    let (lot, platform) = logged_in().await;
    let wait = Request::get("/v1/directives?after=0&wait=50").body(Body::empty()).unwrap();
    let began = platform.age();
    let (answer, ()) = tokio::join!(lot.asked(wait), async {
        tokio::time::sleep(10 * SECOND).await;
        reserve(&lot, &platform, &reservation(&lot, "BK1", 1)).await;
    });
    assert!(platform.age() - began < 11 * SECOND, "it is woken");
    assert_eq!((&answer.json()["next"], &answer.json()["items"][0]["booking"]), (&json!(1), &json!("BK1")));
    let wait = Request::get("/v1/directives?after=1&wait=50").body(Body::empty()).unwrap();
    let began = platform.age();
    let answer = lot.asked(wait).await;
    assert!(platform.age() - began >= 50 * SECOND, "nothing is an answer as well, in the end");
    assert_eq!(answer.json(), json!({ "items": [], "next": 1 }));
}

#[tokio::test(start_paused = true)]
async fn what_was_promised_outlasts_a_power_loss() {
    for seed in 1..=10 {
        let (mut lot, platform) = logged_in().await;
        let wanted = reservation(&lot, "BK1", 1);
        reserve(&lot, &platform, &wanted).await;
        reserve(&lot, &platform, &reservation(&lot, "BK2", 2)).await;
        cancel(&lot, &platform, "BK2").await;
        lot.lose_power(seed);
        lot.start().await;
        lot.pass(5 * SECOND).await;
        assert_eq!(directives(&lot).await.len(), 3, "seed {seed}");
        assert_eq!(lot.status().await["lot"]["reserved"], 1, "seed {seed}");
        assert_eq!(code(&reserve(&lot, &platform, &wanted).await), 0);
        assert_eq!(directives(&lot).await.len(), 3, "seed {seed}: it is the same one still");
        lot.says(entry("R1", 1, lot.now())).await;
        lot.pass(5 * SECOND).await;
        assert_eq!(platform.passages()[0].reservation_code.as_deref(), Some("BK1"), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_down_is_not_promised() {
    let (lot, platform) = logged_in().await;
    lot.disk.set_capacity(Some(lot.disk.used()));
    let answer = reserve(&lot, &platform, &reservation(&lot, "BK1", 1)).await;
    assert!(matches!(reading(&answer), DownlinkReading::TryLater { .. }), "{}", answer.text());
    assert_eq!(lot.status().await["lot"]["reserved"], 0);
    lot.disk.set_capacity(None);
    assert_eq!(code(&reserve(&lot, &platform, &reservation(&lot, "BK1", 1)).await), 0);
    assert_eq!(directives(&lot).await.len(), 1);
}
