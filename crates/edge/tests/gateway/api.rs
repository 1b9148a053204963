//! What the lot's own systems see: reports in, and how it goes.

use crate::gateway::harness::{Lot, entry, exit, passage, picture, plate};
use crate::gateway::time::DAY;
use axum::body::Body;
use bowei_edge::outbox::sim::{Fault, On};
use bowei_model::{Direction, PhotoRole, Report};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn a_list_or_one_object_is_taken_and_reaches_the_platform() {
    let (lot, platform) = Lot::with("huzhou").await;
    let at = lot.now();
    let answer = lot.post("/v1/reports", json!([entry("R1", 1, at), entry("R2", 2, at)]).to_string()).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({ "accepted": 2 })));
    lot.says(entry("R3", 3, at)).await;
    lot.pass(SOON).await;
    let mut records: Vec<String> = platform.passages().iter().map(|it| it.record_id.to_string()).collect();
    records.sort();
    assert_eq!(records, ["R1", "R2", "R3"]);
    assert_eq!(platform.passages()[0].at, at, "as it was said");
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_outlasts_a_power_loss_at_once() {
    for seed in 1..=20 {
        let (mut lot, platforms) = Lot::speaking(&["huzhou"]);
        platforms[0].goes_away();
        lot.start().await;
        lot.says(entry("R1", 1, lot.now())).await;
        lot.lose_power(seed);
        platforms[0].takes_all();
        lot.start().await;
        lot.pass(SOON).await;
        assert_eq!(platforms[0].plates(), [plate(1)], "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_record_again_is_no_second_report_and_an_amended_one_goes_out_once_more() {
    let (lot, platform) = Lot::with("huzhou").await;
    let mut report = entry("R1", 1, lot.now());
    for _ in 0..3 {
        lot.says(report.clone()).await;
    }
    lot.pass(SOON).await;
    assert_eq!(platform.plates(), [plate(1)]);
    report["plate"] = json!(plate(2));
    lot.says(report.clone()).await;
    lot.says(report).await;
    lot.pass(SOON).await;
    assert_eq!(platform.plates(), [plate(1), plate(2)]);
    assert_eq!(lot.status().await["lot"]["inside"], 1, "it is one car");
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_one_unit_and_the_error_names_the_place() {
    let (lot, platform) = Lot::with("huzhou").await;
    let mut batch: Vec<Value> = (1..=5).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
    batch[3]["at"] = json!("yesterday");
    let answer = lot.post("/v1/reports", Value::from(batch.clone()).to_string()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let detail = answer.detail();
    assert!(
        detail.starts_with("[3].at 应为带时区的时间")
            && detail.contains("[3].at: expected")
            && detail.contains("yesterday"),
        "{detail}"
    );
    lot.pass(SOON).await;
    assert_eq!(platform.plates(), [""; 0], "nothing of it was taken");
    batch[3]["at"] = json!(lot.now());
    lot.says(Value::from(batch)).await;
    lot.pass(SOON).await;
    assert_eq!(platform.plates().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_refused_in_words() {
    let (mut lot, _) = Lot::speaking(&["huzhou"]);
    lot.start().await;
    let mut misspelt = entry("R1", 1, lot.now());
    misspelt["plat"] = json!("浙E12345");
    for (body, part) in [
        (misspelt.to_string(), "[0].plat: expected one of the fields of this kind"),
        (json!([{ "kind": "arrival" }]).to_string(), "[0].kind: expected one of"),
        (json!([{ "kind": "entry", "record_id": "R1" }]).to_string(), "[0].at: expected a time"),
        ("{".to_owned(), "no JSON"),
        ("7".to_owned(), "a list of reports is expected"),
    ] {
        let answer = lot.post("/v1/reports", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.detail().contains(part), "{}", answer.detail());
    }
    let large = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(lot.post("/v1/reports", large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let many: Vec<Value> = (0..2_001).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
    let answer = lot.post("/v1/reports", Value::from(many).to_string()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(lot.status().await["lot"]["inside"], 0);
}

#[tokio::test(start_paused = true)]
async fn as_many_reports_as_one_call_may_have_are_taken() {
    let (lot, platform) = Lot::with("ningbo").await;
    let most: Vec<Value> = (0..1_000).map(|car| entry(&format!("R{car}"), car, lot.now())).collect();
    lot.says(Value::from(most)).await;
    lot.pass(SOON).await;
    assert_eq!(platform.plates().len(), 1_000);
    let more: Vec<Value> = (0..1_001).map(|car| entry(&format!("M{car}"), car, lot.now())).collect();
    let answer = lot.post("/v1/reports", Value::from(more).to_string()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        answer.detail().contains("at most 1000 reports in one call, received 1001"),
        "{}",
        answer.detail()
    );
}

#[tokio::test(start_paused = true)]
async fn where_there_is_a_token_the_local_api_wants_it_and_the_rest_is_open() {
    let (mut lot, _) = Lot::speaking(&["huzhou"]);
    lot.config.token = Some("open-sesame".to_owned());
    lot.start().await;
    lot.pass(SOON).await;
    let with = |path: &str, token: Option<&str>| {
        let request = Request::get(path);
        let request = match token {
            Some(token) => request.header(header::AUTHORIZATION, token),
            None => request,
        };
        request.body(Body::empty()).unwrap()
    };
    for path in ["/v1/status", "/v1/passages", "/v1/dead-letters", "/v1/directives"] {
        for wrong in [None, Some("Bearer open-sesam"), Some("Bearer "), Some("Basic open-sesame")] {
            let answer = lot.ask(with(path, wrong)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} {wrong:?}");
            assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
            assert!(!answer.detail().contains("open-sesame"));
        }
        assert_eq!(lot.ask(with(path, Some("Bearer open-sesame"))).await.status, StatusCode::OK, "{path}");
    }
    for path in ["/v1/reports", "/v1/photos?record_id=R1&role=entry", "/v1/lot", "/v1/space-count"] {
        assert_eq!(lot.post(path, "{}").await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/metrics", "/healthz", "/readyz"] {
        let answer = lot.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    }
    // The page, or where the binary has none the words that say so: not that a token is wanted.
    assert_ne!(lot.get("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn photos_come_before_their_record_or_after_it() {
    let (lot, platform) = Lot::with("huzhou").await;
    lot.shows("R1", "entry", picture(1)).await;
    lot.pass(SOON).await;
    lot.says(json!([entry("R1", 1, lot.now()), entry("R2", 2, lot.now())])).await;
    lot.pass(SOON).await;
    lot.shows("R2", "exit", picture(2)).await;
    lot.pass(SOON).await;
    let photos: Vec<_> = platform.arrived().iter().flat_map(|one| one.reports().to_vec()).collect();
    let photos: Vec<_> = photos
        .iter()
        .filter_map(|report| match report {
            Report::Photo(photo) => Some((photo.record_id.to_string(), photo.role)),
            _ => None,
        })
        .collect();
    assert_eq!(photos, [("R1".to_owned(), PhotoRole::Entry), ("R2".to_owned(), PhotoRole::Exit)]);
}

#[tokio::test(start_paused = true)]
async fn the_same_photo_twice_is_one_report_also_where_nobody_says_when_it_was_taken() {
    for standard in ["huzhou", "ningbo", "shenzhen"] {
        let (lot, platform) = Lot::with(standard).await;
        lot.says(entry("R1", 1, lot.now())).await;
        for _ in 0..3 {
            lot.shows("R1", "entry", picture(1)).await;
            lot.pass(SOON).await;
        }
        let photos = platform.arrived().into_iter().filter(|one| {
            one.accepted
                && one.reports().iter().any(|it| matches!(it, Report::Photo(_) | Report::NamedPhoto(_)))
        });
        assert_eq!(photos.count(), 1, "{standard}: {:?}", lot.dead_letters().await);
        assert_eq!(lot.uplink(standard).await["dead_letters"], 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_photo_is_a_picture_of_a_record() {
    let (lot, _) = Lot::with("huzhou").await;
    let long = "x".repeat(129);
    for (query, body, part) in [
        ("record_id=R1&role=entry", b"no picture".to_vec(), "expected a JPEG"),
        ("record_id=R1&role=side", picture(1), "role"),
        ("role=entry", picture(1), "record_id"),
        (&format!("record_id={long}&role=entry"), picture(1), "1 to 128 characters"),
    ] {
        let answer = lot.post(&format!("/v1/photos?{query}"), body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(answer.detail().contains(part), "{}", answer.detail());
    }
    let mut large = picture(1);
    large.resize(2 * 1024 * 1024 + 1, 0);
    let answer = lot.post("/v1/photos?record_id=R1&role=entry", large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(lot.status().await["disk"]["photos"], 0);
}

#[tokio::test(start_paused = true)]
async fn the_lot_says_its_profile_and_its_free_spaces() {
    let (lot, platform) = Lot::with("shenzhen").await;
    let profile = json!({ "name": "东门停车场二期", "spaces_total": 150 }).to_string();
    assert_eq!(lot.post("/v1/lot", profile).await.status, StatusCode::OK);
    let count = json!({ "at": lot.now(), "vacant": 42, "total": 150 }).to_string();
    assert_eq!(lot.post("/v1/space-count", count.clone()).await.status, StatusCode::OK);
    assert_eq!(lot.status().await["lot"]["vacant"], 42);
    lot.pass(SOON).await;
    let counts = platform.taken("parkSpaceInfo");
    assert!(matches!(counts[0].reports(), [Report::SpaceCount(count)] if count.vacant == 42), "{counts:?}");
    assert_eq!(lot.gateway().profile().await.name.as_deref(), Some("东门停车场二期"));
    for (path, body) in [
        ("/v1/lot", json!({ "kind": "gate" }).to_string()),
        ("/v1/lot", json!([{ "name": "x" }]).to_string()),
        ("/v1/space-count", json!({ "vacant": 1 }).to_string()),
    ] {
        assert_eq!(lot.post(path, body).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test(start_paused = true)]
async fn the_status_says_how_it_goes() {
    let (mut lot, platforms) = Lot::speaking(&["huzhou", "shenzhen"]);
    platforms[0].goes_away();
    lot.start().await;
    let began = lot.now();
    lot.says(json!([entry("R1", 1, began), entry("R2", 2, began)])).await;
    lot.pass(Duration::from_secs(120)).await;
    lot.says(exit("R1", 1, began, lot.now())).await;
    lot.all_delivered("shenzhen").await;
    let status = lot.status().await;
    assert_eq!(status["lot"]["code"], "L1");
    assert_eq!((&status["lot"]["inside"], &status["lot"]["spaces_total"]), (&json!(1), &json!(100)));
    assert_eq!(status["disk"]["state"], "ok");
    let (away, there) = (lot.uplink("huzhou").await, lot.uplink("shenzhen").await);
    assert_eq!((&away["state"], &away["backlog"], &away["accepted"]), (&json!("down"), &json!(3), &json!(0)));
    assert_eq!(away["last_accepted"], Value::Null);
    assert!(away["backlog_bytes"].as_u64().unwrap() > 100);
    let oldest: jiff::Timestamp = away["oldest_waiting"].as_str().unwrap().parse().unwrap();
    assert!(oldest.duration_since(began).abs() < jiff::SignedDuration::from_secs(1), "{oldest}");
    assert_eq!((&there["state"], &there["backlog"]), (&json!("up"), &json!(0)));
    assert!(there["last_accepted"].is_string() && there["last_heartbeat"].is_string());
    assert_eq!((&there["dead_letters"], &there["oldest_waiting"]), (&json!(0), &Value::Null));
    let warnings = status["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!((&warnings[0]["code"], &warnings[0]["uplink"]), (&json!("down"), &json!("huzhou")));
}

#[tokio::test(start_paused = true)]
async fn the_last_cars_are_listed_with_how_each_stands() {
    let (mut lot, platforms) = Lot::speaking(&["huzhou", "ningbo"]);
    platforms[0].goes_away();
    lot.start().await;
    for car in 1..=40 {
        lot.says(entry(&format!("R{car}"), car, lot.now())).await;
    }
    lot.pass(SOON).await;
    let list = lot.get("/v1/passages").await.json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 30);
    assert_eq!(
        (&items[0]["record_id"], &items[0]["plate"]),
        (&json!("R40"), &json!(plate(40))),
        "the newest first"
    );
    assert_eq!(items[0]["standing"], json!({ "huzhou": "waiting", "ningbo": "delivered" }));
    let two = lot.get("/v1/passages?limit=2").await.json();
    assert_eq!(two["items"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_is_full_or_fails_takes_nothing_and_mends() {
    let (lot, platform) = Lot::with("huzhou").await;
    lot.pass(SOON).await;
    let report = entry("R1", 1, lot.now()).to_string();
    lot.disk.set_capacity(Some(lot.disk.used()));
    let answer = lot.post("/v1/reports", report.clone()).await;
    assert_eq!(answer.status, StatusCode::INSUFFICIENT_STORAGE);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert!(answer.detail().starts_with("未接收 nothing of this was taken"), "{}", answer.detail());
    let status = lot.status().await;
    assert_eq!((&status["disk"]["state"], &status["lot"]["inside"]), (&json!("full"), &json!(0)));
    assert_eq!(lot.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    lot.disk.set_capacity(None);
    lot.disk.fail(Fault::eio(On::Sync).within("log").times(2));
    let answer = lot.post("/v1/reports", report.clone()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(lot.status().await["disk"]["state"], "failing");
    lot.pass(DAY / 24).await;
    assert_eq!(platform.plates(), [""; 0], "what was refused is not delivered");
    lot.post("/v1/reports", report).await;
    lot.pass(SOON).await;
    assert_eq!(platform.plates(), [plate(1)]);
    assert_eq!(lot.status().await["disk"]["state"], "ok");
    assert_eq!(lot.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn where_no_picture_has_room_records_have() {
    let (mut lot, mut platforms) = Lot::speaking(&["huzhou"]);
    lot.config.keep.max_gib = 0.001;
    platforms[0].goes_away();
    lot.start().await;
    lot.settle().await;
    let sized = |number, bytes| {
        let mut picture = picture(number);
        picture.resize(bytes, 7);
        picture
    };
    for number in 0..10 {
        lot.shows(&format!("R{number}"), "entry", sized(number, 400_000)).await;
    }
    // The oldest made room for the newest.
    let disk = lot.status().await["disk"].clone();
    assert_eq!(disk["state"], "photos-going", "{disk}");
    assert!(disk["photos_dropped"].as_u64().unwrap() >= 7, "{disk}");
    let refused = lot.post("/v1/photos?record_id=R99&role=entry", sized(99, 1_500_000)).await;
    assert_eq!(refused.status, StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(lot.status().await["disk"]["state"], "photos-refused");
    assert_eq!(lot.get("/readyz").await.status, StatusCode::OK);
    lot.says(entry("R1", 1, lot.now())).await;
    platforms.remove(0).takes_all();
    lot.pass(Duration::from_secs(120)).await;
    assert_eq!(lot.status().await["uplinks"][0]["backlog"], 0);
}

#[tokio::test(start_paused = true)]
async fn the_metrics_have_every_family() {
    let (lot, _) = Lot::with("shenzhen").await;
    lot.says(entry("R1", 1, lot.now())).await;
    lot.pass(SOON).await;
    let text = lot.get("/metrics").await.text();
    for family in [
        "bytes",
        "records",
        "photos",
        "photos_dropped_total",
        "damaged_total",
        "disk_state",
        "inside",
        "vacant",
        "up",
        "backlog",
        "backlog_bytes",
        "oldest_waiting_seconds",
        "accepted_total",
        "refused_total",
        "dead_letters",
        "clock_offset_seconds",
    ] {
        assert!(text.contains(&format!("# TYPE bowei_edge_{family} ")), "{family}: {text}");
    }
    assert!(text.contains("bowei_edge_up{uplink=\"shenzhen\",standard=\"shenzhen\"} 1"), "{text}");
    assert!(text.contains("bowei_edge_inside 1\n") && text.contains("disk_state{state=\"ok\"} 1"), "{text}");
    assert!(!text.contains(&plate(1)));
}

#[tokio::test(start_paused = true)]
async fn an_exit_frees_its_space_and_an_entry_takes_one() {
    let (lot, _) = Lot::with("huzhou").await;
    lot.keeps((1..=3).map(|car| passage(&format!("K{car}"), car, Direction::Entry, lot.now()))).await;
    let at = lot.now();
    let without_count = |mut report: Value| {
        report.as_object_mut().unwrap().remove("vacant");
        report
    };
    lot.says(json!([without_count(entry("R1", 11, at)), without_count(entry("R2", 12, at))])).await;
    assert_eq!(lot.status().await["lot"]["vacant"], 98);
    lot.says(without_count(exit("R1", 11, at, at))).await;
    assert_eq!(lot.status().await["lot"]["vacant"], 99);
}
