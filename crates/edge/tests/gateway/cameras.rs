//! Cameras that push to the gateway: what they saw becomes records that reach the platform.

use crate::gateway::harness::{Answer, Lot};
use crate::gateway::platform::Platform;
use crate::gateway::time::HOUR;
use axum::body::Body;
use bowei_edge::config::CameraConfig;
use bowei_edge::outbox::sim::{Fault, On};
use bowei_model::{Direction, PhotoRole, Report};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

pub(crate) const SOON: Duration = Duration::from_secs(5);
/// The files' car came at 08:15:30, which is when these tests begin; so much later it goes.
const STAY: Duration = HOUR;

pub(crate) fn file(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/devices").join(name);
    std::fs::read(path).unwrap()
}

/// The same file an hour later, as another event.
fn an_hour_later(name: &str) -> Vec<u8> {
    let text = String::from_utf8(file(name)).unwrap();
    let text = text.replace("1775002530", "1775006130").replace("08:15:30", "09:15:30");
    text.replace("\"plateid\": 21085", "\"plateid\": 21086")
        .replace("\"dechour\": 8", "\"dechour\": 9")
        .into_bytes()
}

pub(crate) fn camera(name: &str, kind: &str, direction: Option<Direction>, gate: &str) -> CameraConfig {
    let (name, kind, gate) = (name.to_owned(), kind.to_owned(), gate.to_owned());
    CameraConfig {
        name,
        kind,
        direction,
        gate: Some(gate.clone()),
        gate_name: Some(gate),
        ..CameraConfig::default()
    }
}

/// A lot with a camera of each maker at its entry and one at its exit.
pub(crate) async fn watched(token: Option<&str>) -> (Lot, Arc<Platform>) {
    let (mut lot, mut platforms) = Lot::speaking(&["huzhou"]);
    lot.config.token = token.map(str::to_owned);
    let entry = Some(Direction::Entry);
    lot.config.cameras = vec![
        camera("in-v", "vzenith", entry, "G1"),
        camera("in-d", "dahua", entry, "G2"),
        camera("in-h", "hikvision", entry, "G3"),
        camera("out-v", "vzenith", Some(Direction::Exit), "G9"),
    ];
    lot.start().await;
    lot.pass(SOON).await;
    (lot, platforms.remove(0))
}

async fn push(lot: &Lot, camera: &str, body: Vec<u8>) -> Answer {
    let kind =
        if camera.starts_with("in-h") { "application/xml; charset=\"UTF-8\"" } else { "application/json" };
    let request = Request::post(format!("/v1/devices/{camera}")).header(header::CONTENT_TYPE, kind);
    lot.ask(request.body(Body::from(body)).unwrap()).await
}

pub(crate) fn records(platform: &Platform) -> Vec<(Direction, String)> {
    platform.passages().iter().map(|it| (it.direction, it.record_id.to_string())).collect()
}

fn photos(platform: &Platform) -> Vec<(PhotoRole, String)> {
    let all = platform.arrived();
    let photo = |report: &Report| match report {
        Report::Photo(photo) => Some((photo.role, photo.record_id.to_string())),
        _ => None,
    };
    all.iter().filter(|one| one.accepted).flat_map(|one| one.reports()).filter_map(photo).collect()
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_hangs_up_at_whatever_moment_and_pushes_again_is_one_record() {
    for polls in 0..12 {
        let (lot, platform) = watched(None).await;
        let mut pushing = Box::pin(push(&lot, "in-v", file("vzenith-push.json")));
        for _ in 0..polls {
            if futures::poll!(&mut pushing).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(pushing);
        lot.pass(SOON).await;
        assert_eq!(push(&lot, "in-v", file("vzenith-push.json")).await.status, StatusCode::OK);
        lot.pass(SOON).await;
        assert_eq!(records(&platform).len(), 1, "hung up after {polls}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_makes_a_record_with_its_photos_pushed_twice_too() {
    for (camera, name, kept, pictures) in [
        ("in-v", "vzenith-push.json", "retransfer_stop", 2),
        ("in-d", "dahua-tollgate.json", "\"Result\":true", 1),
        ("in-h", "hikvision-plain.xml", "<statusCode>1</statusCode>", 0),
    ] {
        let (lot, platform) = watched(None).await;
        for _ in 0..2 {
            let answer = push(&lot, camera, file(name)).await;
            assert_eq!(answer.status, StatusCode::OK, "{camera}: {}", answer.text());
            assert!(answer.text().contains(kept), "{camera}: {}", answer.text());
            lot.pass(SOON).await;
        }
        let passages = platform.passages();
        assert_eq!(passages.len(), 1, "{camera}");
        assert_eq!(passages[0].plate.as_ref().unwrap().as_str(), "浙E12345");
        assert_eq!((passages[0].direction, passages[0].vacant), (Direction::Entry, Some(99)));
        assert_eq!(passages[0].at.as_second(), crate::gateway::time::BEGIN);
        let photos = photos(&platform);
        assert!(photos.len() >= pictures, "{camera}: {photos:?}");
        assert!(
            photos
                .iter()
                .all(|(role, of)| { *role == PhotoRole::Entry && *of == passages[0].record_id.to_string() })
        );
        assert_eq!(lot.status().await["lot"]["inside"], 1);
        let seen = lot.status().await["cameras"].clone();
        let seen = seen.as_array().unwrap().iter().find(|it| it["name"] == camera).unwrap().clone();
        assert!(seen["last_car_at"].is_string() && seen["refused"] == 0, "{seen}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_that_cannot_be_kept_is_refused_in_the_makers_form_and_kept_when_it_comes_again() {
    for (camera, name, status, refused) in [
        ("in-v", "vzenith-push.json", 503, "Response_AlarmInfoPlate"),
        ("in-d", "dahua-tollgate.json", 503, "\"Result\":false"),
        ("in-h", "hikvision-plain.xml", 503, "<statusCode>2</statusCode>"),
    ] {
        let (lot, platform) = watched(None).await;
        lot.disk.fail(Fault::eio(On::Change).times(1_000_000));
        for _ in 0..2 {
            let answer = push(&lot, camera, file(name)).await;
            assert_eq!(answer.status, status, "{camera}");
            assert!(answer.text().contains(refused) && !answer.text().contains("retransfer_stop"));
            assert_eq!(lot.status().await["lot"]["inside"], 0, "{camera}: nobody has come in");
        }
        lot.disk.heal();
        for _ in 0..2 {
            assert_eq!(push(&lot, camera, file(name)).await.status, StatusCode::OK);
        }
        lot.pass(SOON).await;
        assert_eq!(records(&platform).len(), 1, "{camera}");
        let cameras = lot.status().await["cameras"].clone();
        let seen = cameras.as_array().unwrap().iter().find(|it| it["name"] == camera).unwrap();
        assert_eq!(seen["refused"], 2);
    }
}

#[tokio::test(start_paused = true)]
async fn an_exit_belongs_to_its_entry_and_a_restart_forgets_nobody() {
    for how in 0..3_u64 {
        let (mut lot, platform) = watched(None).await;
        push(&lot, "in-v", file("vzenith-push.json")).await;
        lot.pass(STAY).await;
        match how {
            0 => lot.restart().await,
            1 => {
                lot.kill();
                lot.start().await;
            }
            _ => {
                lot.lose_power(7);
                lot.start().await;
            }
        }
        assert_eq!(lot.status().await["lot"]["inside"], 1, "{how}");
        // The camera asks once more, having had no answer: it is known still.
        push(&lot, "in-v", file("vzenith-push.json")).await;
        let answer = push(&lot, "out-v", an_hour_later("vzenith-push.json")).await;
        assert_eq!(answer.status, StatusCode::OK);
        lot.pass(SOON).await;
        let mut records = records(&platform);
        records.dedup();
        assert_eq!(records.len(), 2, "{how}: {records:?}");
        assert_eq!((records[0].0, records[1].0), (Direction::Entry, Direction::Exit));
        assert_eq!(records[0].1, records[1].1, "one parking, one record");
        let exit = platform.passages().pop().unwrap();
        assert_eq!(exit.entered_at.map(|at| at.as_second()), Some(crate::gateway::time::BEGIN));
        assert_eq!(lot.status().await["lot"]["inside"], 0);
        assert!(photos(&platform).iter().any(|(role, _)| *role == PhotoRole::Exit));
    }
}

#[tokio::test(start_paused = true)]
async fn where_there_is_a_token_a_camera_has_it_in_its_address() {
    let (lot, platform) = watched(Some("open-sesame")).await;
    for wrong in ["in-v", "in-v/open-sesam", "in-v?token=", "in-v/x?token=open"] {
        assert_eq!(
            push(&lot, wrong, file("vzenith-push.json")).await.status,
            StatusCode::UNAUTHORIZED,
            "{wrong}"
        );
    }
    assert_eq!(push(&lot, "nobody/open-sesame", Vec::new()).await.status, StatusCode::NOT_FOUND);
    for right in ["in-v/open-sesame", "in-v?token=open-sesame", "in-v/open-sesame/devicemanagement/php/push"]
    {
        assert_eq!(push(&lot, right, file("vzenith-push.json")).await.status, StatusCode::OK, "{right}");
    }
    lot.pass(SOON).await;
    assert_eq!(records(&platform).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_is_heard_and_what_cannot_be_read_is_refused() {
    let (lot, platform) = watched(None).await;
    let answer = push(&lot, "in-d", file("dahua-keepalive.json")).await;
    assert_eq!(answer.json()["Active"], json!(true), "{}", answer.text());
    let status = lot.status().await;
    let seen = status["cameras"].as_array().unwrap().iter().find(|it| it["name"] == "in-d").unwrap();
    assert!(seen["last_heard_at"].is_string() && seen["last_car_at"] == Value::Null, "{seen}");
    assert_eq!(push(&lot, "in-d", b"{".to_vec()).await.status, StatusCode::BAD_REQUEST);
    let large = vec![b' '; 64 * 1024 * 1024];
    assert_eq!(push(&lot, "in-v", large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    lot.pass(SOON).await;
    assert_eq!(records(&platform), []);
}

#[tokio::test(start_paused = true)]
async fn pictures_that_come_after_the_plate_are_the_same_cars() {
    let (lot, platform) = watched(None).await;
    for name in ["vzenith-quick.json", "vzenith-push.json", "vzenith-push.json"] {
        assert_eq!(push(&lot, "in-v", file(name)).await.status, StatusCode::OK, "{name}");
        lot.pass(Duration::from_millis(1_500)).await;
    }
    lot.pass(SOON).await;
    let passages = platform.passages();
    assert_eq!((passages.len(), lot.status().await["lot"]["inside"].clone()), (1, json!(1)));
    assert!(photos(&platform).iter().all(|(_, of)| *of == passages[0].record_id.to_string()));
    assert_eq!(lot.status().await["disk"]["photos"], 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_bytes_half_a_minute_later_are_the_same_car() {
    let (lot, platform) = watched(None).await;
    push(&lot, "in-v", file("vzenith-clone.json")).await;
    lot.pass(Duration::from_secs(33)).await;
    push(&lot, "in-v", file("vzenith-clone.json")).await;
    lot.pass(SOON).await;
    assert_eq!(platform.passages().len(), 1);
    assert_eq!(platform.passages()[0].at.as_second(), crate::gateway::time::BEGIN);
    assert_eq!(lot.status().await["warnings"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn two_readings_of_one_car_reach_the_platform_under_one_record() {
    let (lot, platform) = watched(None).await;
    let text = String::from_utf8(file("vzenith-quick.json")).unwrap();
    let reading = |plate: &str, number: &str, second: &str| {
        let text = text.replace("浙E12345", plate).replace("21085", number).replace("1775002530", second);
        text.into_bytes()
    };
    for (plate, number, second) in [
        ("_无_", "31", "1775002531"),
        ("浙E12345", "32", "1775002532"),
        ("浙E5I321", "33", "1775002540"),
        ("浙E51321", "34", "1775002541"),
    ] {
        push(&lot, "in-v", reading(plate, number, second)).await;
        lot.pass(Duration::from_secs(1)).await;
    }
    lot.pass(SOON).await;
    let mut last = std::collections::BTreeMap::new();
    for passage in platform.passages() {
        last.insert(passage.record_id.to_string(), passage.plate.map(|plate| plate.to_string()));
    }
    let plates: Vec<_> = last.into_values().flatten().collect();
    assert_eq!(plates, ["浙E12345", "浙E51321"]);
    let shown = lot.get("/v1/passages").await.json()["items"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 2, "{shown}");
    assert!(shown[0]["memo"].as_str().unwrap().contains("浙E5I321"), "{shown}");
    assert_eq!(lot.status().await["lot"]["inside"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_and_a_time_that_says_nothing_are_told() {
    let (lot, platform) = watched(None).await;
    let text = String::from_utf8(file("hikvision-one-digit-offset.xml")).unwrap();
    let live = text.replace("<isDataRetransmission>true", "<isDataRetransmission>false");
    let off = live.replace("08:15:30", "05:15:30");
    push(&lot, "in-h", off.clone().into_bytes()).await;
    let kept = text.replace("08:15:30", "04:45:30").replace("z9Y8", "KEPT").replace("浙E12345", "浙E54321");
    push(&lot, "in-h", kept.into_bytes()).await;
    lot.pass(SOON).await;
    let at: Vec<i64> =
        platform.passages().iter().map(|it| it.at.as_second() - crate::gateway::time::BEGIN).collect();
    // Half an hour before the other, by the same clock, though told after it.
    let (first, last) = (at.iter().min().unwrap(), at.iter().max().unwrap());
    assert!(at.len() == 2 && (0..=10).contains(last), "{at:?}");
    assert_eq!(*first, last - 1_800);
    let status = lot.status().await;
    let codes = |status: &Value| -> Vec<String> {
        let all = status["warnings"].as_array().unwrap().iter();
        all.map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&status), ["camera-clock"], "{status}");
    assert!(status["warnings"][0]["zh"].as_str().unwrap().contains("in-h"));
    let camera = status["cameras"].as_array().unwrap().iter().find(|it| it["name"] == "in-h").unwrap();
    assert_eq!((&camera["clock"]["drifting"], &camera["unread_time"]), (&json!(true), &Value::Null));
    let unread = live.replace("2026-04-01T08:15:30+8:00", "gestern").replace("浙E12345", "浙E00001");
    push(&lot, "in-h", unread.into_bytes()).await;
    lot.pass(SOON).await;
    assert!(codes(&lot.status().await).contains(&"camera-time".to_owned()));
    let told = |memo: &String| memo.contains("gestern");
    assert!(platform.passages().iter().any(|it| it.memo.as_ref().is_some_and(told)));
}
