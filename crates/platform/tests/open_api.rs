//! The public API as pages and programs elsewhere meet it.

use crate::support;

use axum::body::Body;
use bowei_model::{Datum, Lot, LotKind, Position};
use bowei_platform::Clock as _;
use bowei_store::RegistryChange;
use http::{Method, Request, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use support::{City, entry};
use tower::ServiceExt as _;

fn asked(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_page_may_ask_and_is_told_so_before() {
    let city = City::new().await;
    let from = ("origin", "https://elsewhere.example");
    for path in ["/open/v1/lots", "/open/v1/lots/330502-001", "/open/v1/stats", "/open/v1/stream"] {
        let preflight =
            [from, ("access-control-request-method", "GET"), ("access-control-request-headers", "x-a")];
        let before = city.send(asked(Method::OPTIONS, path, &preflight)).await;
        assert!(before.status.is_success(), "{path}: {}", before.status);
        assert_eq!(before.headers["access-control-allow-origin"], "*", "{path}");
        assert!(before.headers.contains_key("access-control-allow-headers"), "{path}");
        // The stream has no end: its headers are what is looked at.
        let answer = city.router.clone().oneshot(asked(Method::GET, path, &[from])).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
    }
    let token = city.token("operator", None).await;
    let private = [from, ("authorization", &*format!("Bearer {token}"))];
    let answer = city.send(asked(Method::GET, "/api/v1/lots", &private)).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"), "what takes a token is no page's");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_not_sent_again() {
    let city = City::new().await;
    let path = "/open/v1/lots";
    let first = city.send(asked(Method::GET, path, &[])).await;
    assert_eq!(first.headers["cache-control"], "public, no-cache");
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let strong = tag.trim_start_matches("W/").to_owned();
    for shown in [tag.clone(), strong, format!("\"x\", {tag}"), "*".to_owned()] {
        let same = city.send(asked(Method::GET, path, &[("if-none-match", &shown)])).await;
        assert_eq!((same.status, same.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{shown}");
        assert_eq!(same.headers["etag"], *tag);
    }
    let lot = city.lot_of("hz-demo");
    assert_eq!(city.say(&lot, &entry("330502-001", "R1", 0, 117)).await.code(), 200);
    let other = city.send(asked(Method::GET, path, &[("if-none-match", &tag)])).await;
    assert_eq!(other.status, StatusCode::OK);
    assert_ne!(other.headers["etag"], *tag);
    let missing = city.send(asked(Method::GET, "/open/v1/lots/none", &[("if-none-match", "*")])).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "an error is never unchanged");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_it_gets_it_smaller() {
    let city = City::new().await;
    let plain = city.send(asked(Method::GET, "/open/v1/lots", &[])).await;
    for encoding in ["gzip", "br"] {
        let small = city.send(asked(Method::GET, "/open/v1/lots", &[("accept-encoding", encoding)])).await;
        assert_eq!(small.headers["content-encoding"], encoding);
        assert!(small.bytes.len() * 2 < plain.bytes.len(), "{} of {}", small.bytes.len(), plain.bytes.len());
        assert_eq!(small.headers["etag"], plain.headers["etag"]);
    }
    let stream = asked(Method::GET, "/open/v1/stream", &[("accept-encoding", "gzip")]);
    let stream = city.router.clone().oneshot(stream).await.unwrap();
    assert!(!stream.headers().contains_key("content-encoding"), "events are sent as they come");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_asks_for_ranges_of_the_city_s_tiles_once_they_lie_there() {
    let city = City::new().await;
    let address = async || city.get("/open/v1/settings", None).await.json()["pmtiles_url"].clone();
    let path = "/tiles/city.pmtiles";
    assert_eq!(address().await, Value::Null);
    let missing = city.get(path, None).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.headers["content-type"], "application/problem+json");
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    std::fs::write(city.folder.path().join("tiles.pmtiles"), &bytes).unwrap();
    let named = address().await;
    let named = named.as_str().expect("it is seen without a restart");
    assert!(named.starts_with("/tiles/city.pmtiles?v="), "{named}");
    let range = city.send(asked(Method::GET, named, &[("range", "bytes=127-16510")])).await;
    assert_eq!(range.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(range.headers["content-range"], "bytes 127-16510/100000");
    assert_eq!(&range.bytes[..], &bytes[127..=16_510]);
    assert_eq!(range.headers["cache-control"], "public, max-age=31536000, immutable");
    let beyond = city.send(asked(Method::GET, named, &[("range", "bytes=200000-200001")])).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    let whole = city.send(asked(Method::GET, path, &[])).await;
    assert_eq!((whole.status, whole.bytes.len()), (StatusCode::OK, bytes.len()));
    // Another file, by a setting; its address is another too.
    let elsewhere = city.folder.path().join("elsewhere.pmtiles");
    std::fs::write(&elsewhere, b"other").unwrap();
    let mut config = bowei_platform::config::Config::default();
    config.map.tiles = Some(elsewhere);
    let other = City::with(config).await;
    let shown = other.get("/open/v1/settings", None).await.json()["pmtiles_url"].clone();
    assert_ne!(shown.as_str().unwrap(), named);
    assert_eq!(&other.get(path, None).await.bytes[..], b"other");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_reads_price_hours_gates_and_offers_and_nobody_s_order() {
    let city = City::with(support::person::without_second_factor()).await;
    let operator = city.token("operator", None).await;
    let about = json!({
        "tariff": "首小时 5 元", "hours": "全天", "accessible_spaces": 3, "off_peak_parties": ["night"],
        "gates": [{ "name": "东门", "direction": "in" }, { "name": "西门", "direction": "out" }],
    });
    let changed = city.patch("/api/v1/lots/330502-001", &operator, &about.to_string()).await;
    assert_eq!(changed.status, 200, "{}", changed.json());
    let lot = city.get("/open/v1/lots/330502-001", None).await.json();
    let facts = ["tariff", "hours", "charging_spaces", "accessible_spaces"]
        .map(|name| lot["properties"][name].clone());
    assert_eq!(json!(facts), json!(["首小时 5 元", "全天", 20, 3]));
    let night = city.token("off-peak:night", None).await;
    for (no, shelf) in [("P1", "on"), ("P2", "off")] {
        let offer = json!({ "package_kind": 1, "price": "12.50", "shelf": shelf });
        let path = format!("/api/v1/off-peak-packages/330502-001/{no}");
        assert_eq!(city.ask_with(&night, Method::PUT, &path, Some(offer)).await.status, 200);
    }
    let order = json!({ "package_no": "P1", "plate": "浙E12345", "amount": "12.50", "status": 1 });
    let path = "/api/v1/off-peak-orders/330502-001/O1";
    assert_eq!(city.ask_with(&night, Method::PUT, path, Some(order)).await.status, 200);
    let details = city.get("/open/v1/lots/330502-001/details", None).await;
    let gate = |name, way| json!({ "name": name, "direction": way, "longitude": null, "latitude": null, "road": null });
    let expected = json!({
        "gates": [gate("东门", "in"), gate("西门", "out")],
        "off_peak": [{ "package_no": "P1", "service_code": "night", "price": "12.50" }],
    });
    assert_eq!(details.json(), expected);
    let offers = async || city.get("/open/v1/offers", None).await.json();
    assert_eq!(offers().await, json!({ "reservable": [], "off_peak": ["330502-001"] }));
    let off = json!({ "package_kind": 1, "price": "12.50", "shelf": "off" });
    let path = "/api/v1/off-peak-packages/330502-001/P1";
    city.clock.turn(SignedDuration::from_secs(1));
    assert_eq!(city.ask_with(&night, Method::PUT, path, Some(off)).await.status, 200);
    city.clock.turn(SignedDuration::from_mins(1));
    assert_eq!(offers().await, json!({ "reservable": [], "off_peak": [] }));
    assert_eq!(city.get("/open/v1/lots/none/details", None).await.status, StatusCode::NOT_FOUND);
}

/// Full from ten to four every day, half full before and after.
const USUAL_DAY: [(i64, i64); 7] =
    [(0, 100), (105, 0), (285, 0), (465, 100), (585, 190), (885, 190), (1_245, 190)];

#[tokio::test(flavor = "multi_thread")]
async fn it_is_foretold_that_a_lot_fills_where_that_has_proven_right() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    let forecast =
        async |query: &str| city.get(&format!("/open/v1/lots/330502-001/forecast{query}"), None).await.json();
    let mut before = 0;
    for (day, (minute, vacant)) in (0..36).flat_map(|day| USUAL_DAY.map(|at| (day, at))) {
        let minute = day * 24 * 60 + minute;
        city.clock.turn(SignedDuration::from_mins(minute - before));
        before = minute;
        let said = city.say(&lot, &entry("330502-001", &format!("R{minute}"), minute, vacant)).await;
        assert_eq!(said.code(), 200, "{minute}");
    }
    let morning = 36 * 24 * 60;
    city.clock.turn(SignedDuration::from_mins(morning - before));
    city.say(&lot, &entry("330502-001", "last", morning, 100)).await;
    let nothing = forecast("").await;
    assert_eq!((&nothing["items"], &nothing["skill"]), (&serde_json::json!([]), &Value::Null));

    let app = city.platform.app();
    app.learn_forecasts(city.clock.now()).await.unwrap();
    city.clock.turn(SignedDuration::from_mins(11));
    city.say(&lot, &entry("330502-001", "later", morning + 11, 100)).await;
    let foretold = forecast("?minutes=30,120").await;
    let items = foretold["items"].as_array().unwrap();
    let last = &items.last().unwrap_or_else(|| panic!("{foretold}"));
    assert_eq!((&last["minutes"], &last["verdict"]), (&120.into(), &"unlikely".into()), "{foretold}");
    assert!(
        last["vacant"].as_i64().unwrap() < 10 && last["probability"].as_f64().unwrap() < 0.2,
        "{foretold}"
    );
    let skill = &foretold["skill"]["items"][3];
    assert!(skill["brier"].as_f64() < skill["persistence_brier"].as_f64(), "{foretold}");
    assert_eq!(foretold["skill"]["until"], "2026-05-06");

    // The same, beside what was learned, as the day's history.
    let day = city.get("/open/v1/lots/330502-001/history", None).await.json();
    let usual = |clock: &str| {
        let at = format!("2026-05-07T{clock}:00+08:00");
        day["usual"].as_array().unwrap().iter().find(|point| point["at"] == at).unwrap()["vacant"].clone()
    };
    assert_eq!(day["usual"].as_array().unwrap().len(), 96, "{day}");
    assert_eq!((usual("09:00"), usual("12:00"), usual("20:00")), (100.into(), 0.into(), 190.into()));
    // And the city's: this lot's forecast is shown, and better than as it is now.
    app.work_out_quality(city.clock.now()).await.unwrap();
    let quality = city.get("/open/v1/data-quality", None).await.json();
    assert_eq!((&quality["lots"], &quality["lots_foretold"]), (&3.into(), &1.into()), "{quality}");
    for period in quality["periods"].as_array().unwrap() {
        let far = &period["forecasts"][3];
        assert_eq!((&far["minutes"], &far["lots"]), (&120.into(), &1.into()), "{period}");
        assert!(far["brier"].as_f64().unwrap() < far["persistence_brier"].as_f64().unwrap(), "{period}");
    }

    // Once more the same night nothing is learned twice.
    app.learn_forecasts(city.clock.now()).await.unwrap();
    assert_eq!(forecast("?minutes=30,120").await, foretold);
    // A lot that is not heard from has none.
    city.clock.turn(SignedDuration::from_hours(2));
    assert_eq!(forecast("").await["items"], serde_json::json!([]));

    for wrong in ["0", "121", "x", "15,,30", "-5"] {
        let answer = city.get(&format!("/open/v1/lots/330502-001/forecast?minutes={wrong}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(answer.json().to_string().contains("minutes"), "{wrong}");
    }
    assert_eq!(city.get("/open/v1/lots/none/forecast", None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_come_first_page_by_page_wherever_one_stands() {
    let city = City::new().await;
    // Around a centre, some at one place, some across the date line, some nowhere.
    let mut places = std::collections::BTreeMap::new();
    let mut lots = Vec::new();
    for number in 0..240_i32 {
        let (longitude, latitude) = match number % 8 {
            0 => (120.1, 30.9),
            1 => (179.999 - f64::from(number) * 1e-4, -16.5),
            2 => (-179.999 + f64::from(number) * 1e-4, -16.5),
            _ => (120.0 + f64::from(number * 37 % 101) / 500.0, 30.8 + f64::from(number * 53 % 97) / 500.0),
        };
        let place = Position::read(longitude, latitude, Datum::Wgs84).filter(|_| number % 40 != 7);
        let code = format!("330500-{number:03}");
        lots.push(Lot {
            district: format!("33050{}", 2 + number % 2),
            position: place,
            ..Lot::new(code.as_str().into(), "hz-demo".into(), LotKind::OffStreet)
        });
        places.insert(code, place);
    }
    let app = city.platform.app();
    app.store.change_registry(RegistryChange { lots, ..RegistryChange::default() }).await.unwrap();
    app.registry.refresh().await.unwrap();
    for (longitude, latitude) in [(120.1, 30.9), (120.05, 30.85), (179.9999, -16.5), (-60.0, -31.0)] {
        let here = Position::read(longitude, latitude, Datum::Wgs84).unwrap();
        for (radius, district) in [(None, ""), (Some(5_000.0), ""), (None, "330503"), (Some(0.0), "")] {
            let path = format!("/open/v1/lots?near={longitude},{latitude}&district={district}&limit=7");
            let path = path + &radius.map(|metres| format!("&radius={metres}")).unwrap_or_default();
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = city.get(&format!("{path}{cursor}"), None).await.json();
                let features = page["features"].as_array().unwrap();
                found.extend(
                    features.iter().map(|one| one["properties"]["code"].as_str().unwrap().to_owned()),
                );
                let Some(next) = page["next"].as_str() else { break };
                assert_eq!(features.len(), 7);
                cursor = format!("&cursor={next}");
            }
            found.retain(|code| code.starts_with("330500-"));
            let mut expected: Vec<_> = places
                .iter()
                .map(|(code, place)| {
                    (place.map_or(f64::INFINITY, |place| here.metres_to(place)), code.clone())
                })
                .filter(|(metres, _)| radius.is_none_or(|radius| *metres <= radius))
                .filter(|(_, code)| {
                    let number: usize = code["330500-".len()..].parse().unwrap();
                    district.is_empty() || number % 2 == 1
                })
                .collect();
            expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
            let expected: Vec<_> = expected.into_iter().map(|(_, code)| code).collect();
            assert_eq!(found, expected, "{path}");
        }
    }
}
