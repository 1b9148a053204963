//! What the other standards bring that Huzhou's has not: logins, passages without record ids, lots that describe
//! themselves, bounds on pictures, charging operators.

use crate::support;

use axum::body::Body;
use bowei_encoding::sha256_hex;
use bowei_model::{
    CarsInside, ChargingRecord, Direction, Heartbeat, LotCode, Passage, PayKind, Payment, Photo, PhotoRole,
    Picture, Plate, Report, SpaceCount, Vehicle, pairing,
};
use bowei_platform::{Clock as _, Platform};
use bowei_standards::lot_side::Reading;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use support::speaker::{MIXED, Speaker, city};
use support::{City, at, jpeg};
use tower::ServiceExt as _;

/// A passage with what any of the texts wants of one.
fn passage(direction: Direction, plate: Option<&str>, minute: i64) -> Passage {
    let exit = direction == Direction::Exit;
    let plate = plate.and_then(Plate::read);
    let record_id = pairing::leg_id(direction, plate.as_ref(), at(minute));
    Passage {
        plate,
        gate_code: Some("G00001".to_owned()),
        vehicle: Vehicle { brand: Some("大众".to_owned()), ..Vehicle::default() }.or_none(),
        vacant: Some(20),
        minutes: exit.then_some(60),
        entered_at: exit.then(|| at(minute - 60)),
        payment: exit.then(|| Payment {
            payable: Some("34.50".parse().unwrap()),
            paid: Some("34.50".parse().unwrap()),
            paid_at: Some(at(minute - 1)),
            pay_kind: Some(PayKind::Alipay),
        }),
        ..Passage::new(LotCode::from("nb-1"), record_id, direction, at(minute))
    }
}

async fn sessions(city: &City) -> Vec<Value> {
    let token = city.token("regulator", None).await;
    let answer = city.get("/api/v1/lots/nb-1/sessions", Some(&token)).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_through_isp_is_one_session_though_the_exit_comes_first() {
    let (city, handed_out) = city().await;
    let mut lot = Speaker::of(&handed_out, "mixed", "isp");
    lot.log_in(&city).await;
    for plate in [Some("鲁A12345"), None] {
        let exit = Report::Passage(passage(Direction::Exit, plate, -1));
        let entry = Report::Passage(passage(Direction::Entry, plate, -61));
        for report in [&exit, &entry, &exit] {
            assert_eq!(lot.say(&city, report, "ATXL/1", Some(&jpeg(2_000))).await, Reading::Accepted);
        }
    }
    let sessions = sessions(&city).await;
    assert_eq!(sessions.len(), 2, "{sessions:#?}");
    for session in &sessions {
        assert_eq!(session["standard"], "isp");
        assert_eq!(session["minutes"], 60);
        assert_eq!(session["payment"]["paid"], "34.5");
        assert_eq!(session["payment"]["pay_kind"], "alipay");
        assert_eq!(session["vehicle"]["brand"], "大众");
        // The entry was an hour old, and nothing else is doubted.
        let kinds: Vec<_> =
            session["findings"].as_array().unwrap().iter().map(|found| &found["kind"]).collect();
        assert_eq!(kinds, ["late-report"]);
        let photos = session["photos"].as_array().unwrap();
        assert_eq!(photos.len(), 2);
        let token = city.token("operator", None).await;
        let id = photos[0]["id"].as_str().unwrap();
        let picture = city.get(&format!("/api/v1/photos/{id}"), Some(&token)).await;
        assert_eq!(picture.bytes, jpeg(2_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shenzhen_token_outlives_89_seconds_without_a_heartbeat_and_not_91() {
    let (city, handed_out) = city().await;
    let mut lot = Speaker::of(&handed_out, "mixed", "shenzhen");
    let id = "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b";
    let beat = Report::Heartbeat(Heartbeat { lot: None });
    let count = || Report::SpaceCount(SpaceCount::new("nb-1".into(), city.clock.now(), 20));
    lot.log_in(&city).await;
    city.clock.turn(SignedDuration::from_secs(89));
    assert_eq!(lot.say(&city, &beat, id, None).await, Reading::Accepted);
    // Heartbeats alone renew it: the count in between does not.
    city.clock.turn(SignedDuration::from_secs(60));
    assert_eq!(lot.say(&city, &count(), id, None).await, Reading::Accepted);
    city.clock.turn(SignedDuration::from_secs(29));
    assert_eq!(lot.say(&city, &beat, id, None).await, Reading::Accepted);
    city.clock.turn(SignedDuration::from_secs(91));
    assert_eq!(lot.say(&city, &beat, id, None).await, Reading::LoginFirst);
    assert_eq!(lot.say(&city, &count(), id, None).await, Reading::LoginFirst);
    let former = Speaker { standard: lot.standard, own: Arc::clone(&lot.own) };
    lot.log_in(&city).await;
    assert_eq!(lot.say(&city, &count(), id, None).await, Reading::Accepted);
    assert_eq!(former.say(&city, &count(), id, None).await, Reading::LoginFirst);
    // A second login ends the first.
    let former = Speaker { standard: lot.standard, own: Arc::clone(&lot.own) };
    lot.log_in(&city).await;
    assert_eq!(former.say(&city, &count(), id, None).await, Reading::LoginFirst);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_on_the_same_store_knows_the_token() {
    let (city, handed_out) = city().await;
    let mut lot = Speaker::of(&handed_out, "mixed", "shenzhen");
    lot.log_in(&city).await;
    let config = city.platform.app().config.clone();
    let clock = Arc::clone(&city.clock);
    let report = Report::SpaceCount(SpaceCount::new("nb-1".into(), city.clock.now(), 20));
    let request = lot.seal(&city, &report, "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b", None);
    // The embedded store is one platform's at a time.
    let City { platform, router, folder: _folder, .. } = city;
    drop((platform, router));
    let other = Platform::open(config, clock).await.unwrap();
    let answer = other.router().oneshot(request).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["code"], 0, "{body:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_picture_meets_its_record_whichever_comes_first() {
    let (city, handed_out) = city().await;
    let mut lot = Speaker::of(&handed_out, "mixed", "shenzhen");
    lot.log_in(&city).await;
    let id = "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b";
    let picture = jpeg(150_000);
    let shown = |role| {
        Report::Photo(Photo {
            lot: "nb-1".into(),
            record_id: "r1".into(),
            role,
            slot: None,
            taken_at: Some(at(0)),
            picture: Picture::Bytes {
                sha256: sha256_hex(&picture),
                bytes: picture.len() as u64,
                media_type: "image/jpeg".to_owned(),
            },
        })
    };
    let record = |direction, minute| {
        Report::Passage(Passage { record_id: "r1".into(), ..passage(direction, Some("粤BD12345"), minute) })
    };
    for (report, picture) in [
        (shown(PhotoRole::Entry), Some(picture.as_slice())),
        (record(Direction::Entry, -61), None),
        (record(Direction::Exit, -1), None),
        (shown(PhotoRole::Exit), Some(picture.as_slice())),
    ] {
        assert_eq!(lot.say(&city, &report, id, picture).await, Reading::Accepted);
    }
    let sessions = sessions(&city).await;
    assert_eq!(sessions.len(), 1);
    let roles: Vec<_> =
        sessions[0]["photos"].as_array().unwrap().iter().map(|photo| photo["role"].clone()).collect();
    assert_eq!(roles, ["entry", "exit"]);
    assert_eq!(sessions[0]["entry"]["gate_code"], "G00001");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lot_is_to_report_once_more_follows_from_its_records() {
    let (city, handed_out) = city().await;
    let mut lot = Speaker::of(&handed_out, "mixed", "shenzhen");
    lot.log_in(&city).await;
    let id = "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b";
    let reserved = |record: &str, plate, direction, minute| {
        Report::Passage(Passage {
            record_id: record.into(),
            reservation_code: Some(format!("B{record}")),
            ..passage(direction, Some(plate), minute)
        })
    };
    let any = lot.seal(&city, &Report::Heartbeat(Heartbeat { lot: None }), id, None);
    let by_hand = |interface: &str, at: Timestamp, data: &str| {
        let (ms, sign) = (at.as_millisecond(), sm3_hex(data.as_bytes()));
        let body = format!(r#"{{"timestamp":{ms},"sign":"{sign}","version":"1.0.0","data":{data}}}"#);
        Request::post(format!("/dataReceive/v1/{interface}"))
            .header("authorization", any.headers()["authorization"].clone())
            .body(Body::from(body))
            .unwrap()
    };
    // A list by a clock that runs a day ahead is of when it was received: it does not stay the last.
    let ahead = format!(r#"[{{"parkCode":"{id}","plateNoList":"粤BD00008"}}]"#);
    let answer = city.send(by_hand("parkCarInfo", at(24 * 60), &ahead)).await.json();
    assert_eq!(answer["code"], 0, "{answer}");
    for report in [
        // Whole.
        reserved("r1", "粤BD00001", Direction::Entry, -61),
        reserved("r1", "粤BD00001", Direction::Exit, -1),
        // Left without having come.
        reserved("r2", "粤BD00002", Direction::Exit, -1),
        // Came, and is on the list of the cars inside.
        reserved("r3", "粤BD00003", Direction::Entry, -61),
        // Came, and is not.
        reserved("r4", "粤BD00004", Direction::Entry, -61),
        Report::CarsInside(CarsInside {
            lot: "nb-1".into(),
            at: city.clock.now(),
            plates: vec![Plate::read("粤BD00003").unwrap(), Plate::read("粤BD00009").unwrap()],
        }),
    ] {
        assert_eq!(lot.say(&city, &report, id, None).await, Reading::Accepted, "{report:?}");
    }
    let token = city.token("operator", None).await;
    let held = city.get("/api/v1/lots/nb-1/cars-inside", Some(&token)).await.json();
    assert_eq!(held["unknown_here"], serde_json::json!(["粤BD00009"]));
    assert_eq!(held["not_listed"], serde_json::json!(["粤BD00004"]));
    let data = format!(r#"[{{"parkCode":"{id}","queryDate":"2026-04-01","currentPage":1,"pageSize":50}}]"#);
    let request = by_hand("replenishCarInfo", city.clock.now(), &data);
    let answer = city.send(request).await.json();
    assert_eq!(answer["data"][0]["plateNoList"], serde_json::json!(["粤BD00002", "粤BD00004"]), "{answer}");
}

fn sm3_hex(bytes: &[u8]) -> String {
    use sm3::{Digest as _, Sm3};
    Sm3::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_does_not_read_a_plate_out_of_a_record_id() {
    let (city, handed_out) = city().await;
    let mut lot = Speaker::of(&handed_out, "mixed", "isp");
    lot.log_in(&city).await;
    let entry = Report::Passage(passage(Direction::Entry, Some("鲁A12345"), -61));
    assert_eq!(lot.say(&city, &entry, "ATXL/1", Some(&jpeg(2_000))).await, Reading::Accepted);
    let token = city.token("viewer", None).await;
    let answer = city.get("/api/v1/lots/nb-1/sessions", Some(&token)).await;
    assert!(!String::from_utf8_lossy(&answer.bytes).contains("A12345"));
    assert!(answer.json()["items"][0]["record_id"].as_str().unwrap().starts_with("鲁A·**345-in-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_describes_itself_is_there_until_it_closes() {
    let city = City::with(support::at_once()).await;
    let handed_out = city.apply(MIXED, SignedDuration::ZERO).await;
    let mut lot = Speaker::of(&handed_out, "mixed", "isp");
    lot.log_in(&city).await;
    let authorization = lot
        .seal(&city, &Report::Passage(passage(Direction::Entry, None, 0)), "x", Some(&jpeg(99)))
        .headers()["authorization"]
        .clone();
    let post = |method: &str, path: &str, body: &'static str| {
        let request = Request::builder().method(method).uri(path);
        request.header("authorization", authorization.clone()).body(Body::from(body)).unwrap()
    };
    let described = r#"[{"park_code ":"NEW/7","park_name":"奥体西路 7 号停车场","longitude ":117.12,"latitude ":36.65,
        "address ":"济南","coordinate_system":"WGS84"},{"park_code":"NEW/8"}]"#;
    let answer = city.send(post("POST", "/park/spot", described)).await;
    assert_eq!(answer.json()["code"], 200, "{:?}", answer.bytes);
    let counted =
        r#"[{"park_code":"NEW/7","total_spots_num":1000,"remain_spots_num":350,"used_spots_num":650}]"#;
    let answer = city.send(post("POST", "/park/spot-num", counted)).await;
    assert_eq!(answer.json()["code"], 200, "{:?}", answer.bytes);
    let lots = city.get("/open/v1/lots", None).await.json();
    let find = |name: &str| {
        let features = lots["features"].as_array().unwrap();
        features.iter().find(|lot| lot["properties"]["name"] == name).cloned().unwrap()
    };
    let seven = find("奥体西路 7 号停车场");
    assert_eq!(seven["properties"]["spaces_total"], 1000);
    assert_eq!(seven["properties"]["vacant"], 350);
    assert_eq!(seven["geometry"]["coordinates"][0], 117.12);
    assert_eq!(find("NEW/8")["geometry"], Value::Null);
    let answer = city.send(post("DELETE", "/park/spot", r#"{"park_code":"NEW/7,NEW/8"}"#)).await;
    assert_eq!(answer.json()["code"], 0, "{:?}", answer.bytes);
    let code = seven["properties"]["code"].as_str().unwrap();
    let closed = city.get(&format!("/open/v1/lots/{code}"), None).await.json();
    assert_eq!(closed["properties"]["status"], "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_picture_of_the_same_record_and_kind_is_refused_through_ningbo() {
    let (city, handed_out) = city().await;
    let lot = Speaker::of(&handed_out, "mixed", "ningbo");
    let photo = |slot: u32, role: PhotoRole, bytes: usize| {
        let picture = jpeg(bytes);
        let report = Report::Photo(Photo {
            lot: "nb-1".into(),
            record_id: "10".into(),
            role,
            slot: Some(slot),
            taken_at: Some(at(0)),
            picture: Picture::Bytes {
                sha256: sha256_hex(&picture),
                bytes: picture.len() as u64,
                media_type: "image/jpeg".to_owned(),
            },
        });
        (report, picture)
    };
    let mut said = Vec::new();
    for (slot, role, bytes) in [
        (1, PhotoRole::Entry, 2_000),
        (2, PhotoRole::Entry, 2_001),
        (3, PhotoRole::Entry, 2_002),
        // Known places may be filled again, with the same or with another picture.
        (2, PhotoRole::Entry, 2_001),
        (2, PhotoRole::Entry, 2_003),
        (3, PhotoRole::Exit, 2_004),
    ] {
        let (report, picture) = photo(slot, role, bytes);
        said.push(lot.say(&city, &report, "330212077102", Some(&picture)).await);
    }
    assert!(matches!(&said[2], Reading::Refused { why, .. } if why.contains("imgIndex")), "{:?}", said[2]);
    assert!(said.iter().enumerate().all(|(i, reading)| i == 2 || *reading == Reading::Accepted), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_kept_once_and_tied_to_its_parking() {
    let (city, handed_out) = city().await;
    let lot = Speaker::of(&handed_out, "mixed", "ningbo");
    for direction in [Direction::Entry, Direction::Exit] {
        let minute = if direction == Direction::Entry { -61 } else { -1 };
        let passage = passage(direction, Some("浙BD12345"), minute);
        let report = Report::Passage(Passage { record_id: "77".into(), ..passage });
        assert_eq!(lot.say(&city, &report, "330212077102", None).await, Reading::Accepted);
    }
    let charge = |fee: &str, lot: &str| {
        Report::ChargingRecord(ChargingRecord {
            lot: lot.into(),
            order_no: "320106000000010120260401081530".to_owned(),
            plate: Plate::read("浙BD12345"),
            started_at: at(-50),
            ended_at: at(-10),
            energy_kwh: Some("23.45".parse().unwrap()),
            electricity_fee: Some("18.76".parse().unwrap()),
            service_fee: Some("9.38".parse().unwrap()),
            total_fee: Some(fee.parse().unwrap()),
            station: "S-88 某广场充电站".to_owned(),
            device: "D-01 1号直流桩".to_owned(),
            berth: None,
        })
    };
    let operator = Speaker::of(&handed_out, "charger", "yunkuaichong");
    for fee in ["28.14", "28.14", "99.00"] {
        let reading = operator.say(&city, &charge(fee, "nb-1"), "3302122004", None).await;
        assert_eq!(reading, Reading::Accepted);
    }
    let token = city.token("regulator", None).await;
    let records = city.get("/api/v1/charging-records", Some(&token)).await.json();
    let items = records["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["total_fee"], "28.14");
    assert_eq!(items[0]["record_id"], "77");
    // The parties of a lot narrow who may speak of it.
    let other = Speaker::of(&handed_out, "another-charger", "yunkuaichong");
    assert_eq!(other.say(&city, &charge("1.00", "nb-1"), "3302122004", None).await, Reading::Accepted);
    let allowed = Report::ChargingRecord(match charge("1.00", "nb-2") {
        Report::ChargingRecord(record) => ChargingRecord { order_no: "2".to_owned(), ..record },
        _ => unreachable!(),
    });
    let refused = other.say(&city, &allowed, "3302122005", None).await;
    assert!(matches!(&refused, Reading::Held { why } if why.contains("parkId")), "{refused:?}");
    // An order that is known is a success whatever else its message says: another's lot, an amount that is none.
    let known = other.say(&city, &charge("1.00", "nb-2"), "3302122005", None).await;
    assert_eq!(known, Reading::Accepted);
    assert_eq!(operator.say(&city, &allowed, "3302122005", None).await, Reading::Accepted);
    // Two operators charge a car at one device at once, and one of them cannot add up.
    let found = city.get("/api/v1/findings?lot=nb-1&limit=9", Some(&token)).await.json();
    let of = |kind: &str| {
        let items = found["items"].as_array().unwrap().iter();
        items.filter(|item| item["kind"] == kind).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of("charging-fee-mismatch").len(), 1, "{found:#}");
    assert_eq!(of("charging-overlap").len(), 2, "{found:#}");
    for item in of("charging-fee-mismatch").iter().chain(&of("charging-overlap")) {
        assert_eq!(item["lot"], "nb-1");
        assert_eq!(item["record_id"], "320106000000010120260401081530");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_shows_the_string_that_we_signed_and_no_secret() {
    let (city, handed_out) = city().await;
    let mut lot = Speaker::of(&handed_out, "mixed", "shenzhen");
    lot.log_in(&city).await;
    let beat = Report::Heartbeat(Heartbeat { lot: None });
    let token = lot.seal(&city, &beat, "", None).headers()["authorization"].to_str().unwrap().to_owned();
    let post = |path: &str, body: &str| {
        let request = Request::post(path).header("authorization", &token);
        request.body(Body::from(body.to_owned())).unwrap()
    };
    let shenzhen = r#"{"timestamp":1775002530000,"sign":"00","version":"1.0.0","data":[{"requestTime":"2026-04-01 08:15:30"}]}"#;
    let charge = r#"{"portName":"ykc-gate","parkId":"3302122004","orderNo":"1","zone":"B2","sign":"00"}"#;
    let ningbo =
        r#"{"portname":"admin","portpwd":"0123456789abcdef0123456789abcdef","parkpotid":"330212077102"}"#;
    for (path, body) in [
        ("/dataReceive/v1/heartBeats", shenzhen),
        ("/parkpot-service/chargePile/chargingRecord", charge),
        ("/nbyd-parkpot-service/parkpot/time", ningbo),
        ("/oauth/token", r#"{"client_id":"isp-0001","client_secret":"not-the-secret"}"#),
    ] {
        city.send(post(path, body)).await;
    }
    city.platform.app().store.flush().await.unwrap();
    let operator = city.token("operator", None).await;
    let seen = city.get("/api/v1/reports?outcome=refused", Some(&operator)).await;
    let text = String::from_utf8_lossy(&seen.bytes).into_owned();
    let items = seen.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 4, "{items:#?}");
    let steps = |standard: &str| {
        let item = items.iter().find(|item| item["standard"] == standard).unwrap();
        assert!(!item["provider"].is_null(), "{item:#}");
        item["steps"].to_string()
    };
    assert!(
        steps("shenzhen").contains(r#"[{\"requestTime\":\"2026-04-01 08:15:30\"}]"#),
        "{}",
        steps("shenzhen")
    );
    assert!(steps("yunkuaichong").contains("orderNo=1&parkId=3302122004&portName=ykc-gate&zone=B2&key=***"));
    for secret in ["k-9d2f", "not-the-secret", "0123456789abcdef0123456789abcdef", &token] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
