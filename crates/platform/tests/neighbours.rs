//! What strangers and one account can do to the others: nothing that a neighbour notices. Each has a neighbour beside
//! the attacker, of whose messages none is refused.

use crate::support;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bowei_platform::{Clock as _, Config};
use futures::future::join_all;
use http::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sm3::{Digest as _, Sm3};
use support::speaker::{MIXED, Speaker};
use support::{City, Lot, entry, exit};

/// The neighbour's own messages, none of which is refused.
async fn goes_about_his_business(city: &City, neighbour: &Lot, records: std::ops::Range<usize>) {
    for i in records {
        let answer = city.say(neighbour, &entry("330522-001", &format!("N{i}"), 0, 79)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (200, 200), "{}", answer.json());
    }
}

/// Bodies of a stranger, posted until all are answered.
async fn post_all(city: &City, requests: impl Iterator<Item = (String, String)>) {
    for (path, body) in requests {
        city.send(Request::post(path).body(Body::from(body)).unwrap()).await;
    }
    city.platform.app().store.flush().await.unwrap();
}

async fn refused(city: &City, holder: &str) -> Vec<Value> {
    let token = city.token(holder, None).await;
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = city
            .get(&format!("/api/v1/reports?outcome=refused&limit=1000{cursor}"), Some(&token))
            .await
            .json();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_fill_no_inspector_and_push_nothing_out_of_it() {
    let city = City::new().await;
    let neighbour = city.lot_of("hz-other");
    // A genuine refusal of the neighbour's: somebody else's lot.
    assert_eq!(city.say(&neighbour, &entry("330502-001", "R1", 0, 199)).await.code(), 403);
    let bodies = (0..900).map(|i| match i % 3 {
        // What is long once it is escaped.
        0 => ("/api/parking/in".to_owned(), "\u{202e}".repeat(4_000)),
        1 => {
            let text = "\u{1}\u{202e}\\\"".repeat(2_000);
            let body =
                json!({ "portName": text, "sign": "0", "parkId": text, "orderNo": text, "note": text });
            ("/parkpot-service/chargePile/chargingRecord".to_owned(), body.to_string())
        }
        // In the neighbour's name, a clock and a signature made up.
        _ => {
            let body =
                json!({ "appId": "hz-0002", "encryptedData": "AAAA", "timestamp": i, "signature": "AAAA" });
            ("/api/parkinglot/in".to_owned(), body.to_string())
        }
    });
    post_all(&city, bodies).await;
    let all = refused(&city, "operator").await;
    let bytes: usize = all.iter().map(|item| item.to_string().len()).sum();
    assert!(bytes < 4 * 1024 * 1024, "{bytes} bytes of {} messages", all.len());
    assert!(all.iter().all(|item| item.to_string().len() < 20_000));
    // The neighbour sees his own, and what was sent in his name for what it is; nobody else does.
    let his = refused(&city, "provider:hz-other").await;
    let (claimed, genuine): (Vec<_>, Vec<_>) = his.iter().partition(|item| item["claimed"] == true);
    assert_eq!((genuine.len(), &genuine[0]["code"]), (1, &"403".into()));
    assert!((1..=213).contains(&claimed.len()), "{}", claimed.len());
    assert!(claimed.iter().all(|item| item["account"] == "hz-0002" && item["code"] == "401"));
    assert_eq!(refused(&city, "provider:hz-demo").await, Vec::<Value>::new());
    assert!(all.iter().all(|item| item["claimed"] == true || item["provider"] == "hz-other"));
    goes_about_his_business(&city, &neighbour, 0..3).await;
    // His engineer's next attempt is noted too, a minute later.
    city.clock.turn(SignedDuration::from_mins(1));
    post_all(
        &city,
        [(
            "/api/parkinglot/in".to_owned(),
            json!({ "appId": "hz-0002", "timestamp": 1, "signature": "mine" }).to_string(),
        )]
        .into_iter(),
    )
    .await;
    let his = refused(&city, "provider:hz-other").await;
    assert_eq!((&his[0]["claimed"], &his[0]["at"]), (&true.into(), &"2026-04-01T08:16:30+08:00".into()));
}

/// A message under a right signature, whose data are whatever they are.
fn signed_around(city: &City, lot: &Lot, path: &str, data: &[u8]) -> Request<Body> {
    let report = match path {
        "/api/photo/upload" => support::photo("330502-001", "R1", &support::jpeg(10)),
        _ => entry("330502-001", "R1", 0, 199),
    };
    let outgoing = bowei_standards::lot_side::Outgoing {
        report: &report,
        lot_id: "HZ330502001",
        lot_kind: bowei_model::LotKind::OffStreet,
        picture: Some(&support::jpeg(10)),
    };
    let sealed = bowei_standards::LotSide::seal(
        &bowei_standards::huzhou::Huzhou,
        outgoing,
        lot.own.as_ref(),
        city.clock.now(),
    );
    let sealed = sealed.unwrap().request;
    assert_eq!(sealed.uri().path(), path);
    let mut body: Value = serde_json::from_slice(sealed.body()).unwrap();
    body["encryptedData"] = STANDARD.encode(data).into();
    Request::post(path).body(Body::from(body.to_string())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn junk_under_a_good_signature_costs_its_account_and_no_neighbour() {
    let mut config = Config::default();
    config.limits.account_blocks_per_second = 100;
    let city = City::with(config).await;
    let (flooder, neighbour) = (city.lot_of("hz-demo"), city.lot_of("hz-other"));
    // More blocks than a record has are refused unopened.
    let junk = vec![7; 256 * 2_000];
    let answer = city.send(signed_around(&city, &flooder, "/api/parkinglot/in", &junk)).await;
    let words = answer.json()["msg"].as_str().unwrap().to_owned();
    assert_eq!(answer.code(), 400);
    assert!(words.contains("encryptedData 过长：应不超过 64 个加密块"), "{words}");
    city.clock.turn(SignedDuration::from_mins(1));
    // Of sixteen seconds' share, 1,600 blocks, each of 60 that do not open takes 480.
    let junk = vec![7; 256 * 60];
    let mut codes = Vec::new();
    for i in 0..12 {
        let answer = city.send(signed_around(&city, &flooder, "/api/parkinglot/in", &junk)).await;
        codes.push((answer.status.as_u16(), answer.code()));
        goes_about_his_business(&city, &neighbour, i * 5..i * 5 + 5).await;
    }
    assert_eq!(codes.iter().filter(|code| **code == (200, 400)).count(), 4, "{codes:?}");
    assert_eq!(codes[4..], [(429, 500); 8], "what is over its share is told when to come back");
    // The share comes back.
    city.clock.turn(SignedDuration::from_mins(1));
    assert_eq!(city.say(&flooder, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_pictures_that_do_not_open_lets_a_neighbours_pictures_pass() {
    let mut config = Config::default();
    config.limits.photo_blocks_max = 8_000;
    let city = City::with(config).await;
    let (flooder, neighbour) = (city.lot_of("hz-demo"), city.lot_of("hz-other"));
    let junk = vec![7; 256 * 1_000];
    let flood =
        join_all((0..30).map(|_| city.send(signed_around(&city, &flooder, "/api/photo/upload", &junk))));
    let goes = async {
        let picture = support::jpeg(5_000);
        for i in 0..10 {
            let shown = support::photo("330522-001", &format!("N{i}"), &picture);
            let answer = city.send(neighbour.seal(&shown, &picture, city.clock.now())).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (200, 200), "{}", answer.json());
        }
    };
    let (flooded, ()) = tokio::join!(flood, goes);
    // Half of what may wait is the flooder's, and not all of his messages found room.
    assert!(flooded.iter().any(|answer| answer.status == 503));
    assert!(flooded.iter().all(|answer| answer.status == 503 || answer.code() == 400));
}

fn login(user: &str, password: &str) -> Request<Body> {
    let password = STANDARD.encode(Sm3::digest(password));
    shenzhen("login", "", &json!([{ "userId": user, "password": password }]))
}

fn shenzhen(interface: &str, token: &str, items: &Value) -> Request<Body> {
    let data = items.to_string();
    let sign: String = Sm3::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
    let now = support::MORNING;
    let body = format!(r#"{{"timestamp":{now},"sign":"{sign}","version":"1.0.0","data":{data}}}"#);
    let request = Request::post(format!("/dataReceive/v1/{interface}")).header("authorization", token);
    request.body(Body::from(body)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_of_accounts_that_nobody_has_keep_no_neighbour_out() {
    let city = City::new().await;
    let handed_out = city.apply(MIXED, SignedDuration::ZERO).await;
    let mut neighbour = Speaker::of(&handed_out, "mixed", "shenzhen");
    let names: Vec<_> = (0..20).map(|i| format!("nobody-{i}")).collect();
    let flood = join_all(names.iter().map(|name| city.send(login(name, "x"))));
    let goes = async { neighbour.log_in(&city).await };
    let (flooded, ()) = tokio::join!(flood, goes);
    assert!(flooded.iter().all(|answer| answer.json()["code"] == 3001), "in the words of a wrong password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_days_words_are_bounded_and_the_answer_says_until_when() {
    let city = City::new().await;
    city.apply(MIXED, SignedDuration::ZERO).await;
    let token = city.send(login("sz-0001", "S3cret-密码")).await.json();
    let token = token["data"][0]["accessToken"].as_str().unwrap().to_owned();
    let gates = |numbers: std::ops::Range<usize>| {
        let gate = |i| {
            json!({ "parkCode": "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b", "name": "北门", "entranceExitCode": format!("G{i:05}"), "type": 1,
                "longitude": 114.1315, "latitude": 22.5486, "status": 1 })
        };
        numbers.map(gate).collect::<Vec<_>>()
    };
    let say = async |numbers| city.send(shenzhen("entranceExitInfo", &token, &json!(gates(numbers)))).await;
    // Two lots have 480 words each a day, four days' worth.
    for fifty in 0..76 {
        let answer = say(fifty * 50..(fifty + 1) * 50).await;
        assert_eq!(answer.json()["code"], 0, "{}", answer.json());
    }
    // What has been said before counts for nothing.
    assert_eq!(say(0..40).await.json()["code"], 0);
    let over = say(4_000..4_050).await;
    assert_eq!(over.status, 429);
    assert_eq!(over.headers["retry-after"], "56671");
    let words = "今日上报的停车场基础数据、出入口、场内车辆清单等已达每日限额 3840 条，次日 0 时起可继续上报：\
                 请在 56671 秒后重新上传";
    assert_eq!(over.json()["message"], words);
    // Forty more fit, and whatever else the account has to say; neighbours do not notice.
    assert_eq!(say(4_000..4_040).await.json()["code"], 0);
    let lot = city.lot_of("hz-other");
    goes_about_his_business(&city, &lot, 0..2).await;
}

#[tokio::test]
async fn what_a_record_said_first_stays_in_view() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    let said = |plate: &str, minute: i64| {
        let bowei_model::Report::Passage(passage) = entry("330502-001", "R1", 0, minute) else {
            unreachable!()
        };
        bowei_model::Report::Passage(bowei_model::Passage {
            plate: bowei_model::Plate::read(plate),
            ..passage
        })
    };
    for (minute, plate) in
        (0..).zip(["浙E00001".to_owned()].into_iter().chain((10..40).map(|i| format!("浙E000{i}"))))
    {
        assert_eq!(city.say(&lot, &said(&plate, minute)).await.code(), 200);
        city.clock.turn(SignedDuration::from_secs(1));
    }
    assert_eq!(city.say(&lot, &exit("330502-001", "R1", 0, 60, 199)).await.code(), 200);
    for (holder, first) in [("operator", "浙E00001"), ("viewer", "浙E·**001")] {
        let token = city.token(holder, None).await;
        let session = &city.get("/api/v1/lots/330502-001/sessions", Some(&token)).await.json()["items"][0];
        assert_eq!(session["entry"]["first_plate"], first);
        assert_eq!(session["exit"]["first_plate"], Value::Null);
        let found = session["findings"].as_array().unwrap();
        assert!(
            found.iter().any(|finding| finding["detail"] == "入场记录以不同内容上报了 31 次，以最新一次为准"),
            "{found:?}"
        );
    }
}
