//! Lists: filters, pages, and parameters that do not fit.

use crate::support;

use jiff::SignedDuration;
use serde_json::Value;
use support::{City, entry, exit};

#[tokio::test]
async fn lots_near_a_place_come_nearest_first() {
    let city = City::new().await;
    let all = city.get("/open/v1/lots?near=120.0822,30.8957", None).await;
    assert_eq!(all.headers["content-type"], "application/geo+json");
    let all = all.json();
    assert_eq!(all["type"], "FeatureCollection");
    let metres: Vec<_> = all["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lot| lot["properties"]["distance_m"].as_f64().unwrap())
        .collect();
    assert!(metres.is_sorted() && metres[0] < 100.0, "{metres:?}");
    let near = city.get("/open/v1/lots?near=120.0822,30.8957&radius=1000", None).await.json();
    assert_eq!(near["features"].as_array().unwrap().len(), 1);
    let one = city.get("/open/v1/lots?limit=1&district=3305", None).await.json();
    assert_eq!(one["features"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_named() {
    let city = City::new().await;
    let token = city.token("operator", None).await;
    for (path, word) in [
        ("/open/v1/lots?near=abc", "near=abc"),
        ("/open/v1/lots?cursor=garbage", "cursor"),
        ("/api/v1/lots?state=gone", "state=gone"),
        ("/open/v1/lots?limit=many", "limit"),
        ("/api/v1/lots/330502-001/sessions?state=parked", "state=parked"),
        ("/api/v1/lots/330502-001/sessions?from=yesterday", "from=yesterday"),
        ("/api/v1/lots/330502-001/sessions?cursor=garbage", "cursor"),
        ("/api/v1/findings?kind=strange", "kind=strange"),
        ("/api/v1/findings?state=gone", "state=gone"),
        ("/api/v1/findings?by=kind", "by=kind"),
        ("/api/v1/reports?outcome=maybe", "outcome=maybe"),
    ] {
        let answer = city.get(path, Some(&token)).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(word), "{path}: {}", answer.json());
        let pointer = format!("#/{}", word.split('=').next().unwrap());
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{path}: {}", answer.json());
    }
    for path in
        ["/api/v1/nothing", "/open/v1/nothing", "/api/v1/photos/x", "/api/v1/lots/none", "/open/v1/lots/none"]
    {
        let answer = city.get(path, Some(&token)).await;
        assert_eq!((answer.status.as_u16(), answer.json()["status"].as_u64()), (404, Some(404)), "{path}");
    }
}

#[tokio::test]
async fn a_parameter_without_a_value_counts_as_left_out() {
    let city = City::new().await;
    let token = city.token("operator", None).await;
    for path in [
        "/open/v1/lots?near=&radius=&limit=&district=",
        "/api/v1/lots/330502-001/sessions?plate=&state=&from=&to=&limit=&cursor=",
        "/api/v1/findings?lot=&kind=&state=&by=&from=&to=",
        "/api/v1/reports?provider=&lot=&outcome=",
        "/api/v1/charging-records?lot=&order_no=",
    ] {
        assert_eq!(city.get(path, Some(&token)).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn sessions_are_paged_newest_first_and_none_is_lost_between_pages() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    for i in 0..7 {
        city.say(&lot, &entry("330502-001", &format!("R{i}"), i / 2, 199 - i)).await;
    }
    city.say(&lot, &exit("330502-001", "R3", 1, 4, 195)).await;
    let token = city.token("operator", None).await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/lots/330502-001/sessions?limit=3{cursor}");
        let page = city.get(&path, Some(&token)).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["record_id"].clone()));
        match &page["next"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!(seen.len(), 7);
    assert_eq!(seen[0], "R6");
    let open = city.get("/api/v1/lots/330502-001/sessions?state=open", Some(&token)).await.json();
    assert_eq!(open["items"].as_array().unwrap().len(), 6);
    // 浙E·12345: the dot and the case of a plate do not matter.
    let path = "/api/v1/lots/330502-001/sessions?state=closed&plate=%E6%B5%99e%C2%B712345";
    let closed = city.get(path, Some(&token)).await.json();
    assert_eq!(closed["items"].as_array().unwrap().len(), 1);
    assert_eq!(closed["items"][0]["record_id"], "R3");
}

#[tokio::test]
async fn the_curve_shows_reported_and_derived() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    assert_eq!(city.say(&lot, &entry("330502-001", "R1", 0, 150)).await.code(), 200);
    city.clock.turn(SignedDuration::from_mins(2));
    assert_eq!(city.say(&lot, &exit("330502-001", "R1", 0, 2, 151)).await.code(), 200);
    let token = city.token("operator", None).await;
    let path =
        "/api/v1/lots/330502-001/counts?from=2026-04-01T08:00:00%2B08:00&to=2026-04-01T09:00:00%2B08:00";
    let points = city.get(path, Some(&token)).await.json()["items"].clone();
    // Nothing lies between a moment and an earlier one.
    let backwards =
        "/api/v1/lots/330502-001/counts?from=2026-04-01T09:00:00%2B08:00&to=2026-04-01T08:00:00%2B08:00";
    assert_eq!(city.get(backwards, Some(&token)).await.json()["items"], serde_json::json!([]));
    let of = |point: &Value| {
        (point["at"].as_str().unwrap().to_owned(), point["reported"].as_i64(), point["derived"].as_i64())
    };
    let points: Vec<_> = points.as_array().unwrap().iter().map(of).collect();
    assert_eq!(points[0], ("2026-04-01T08:00:00+08:00".into(), None, Some(200)));
    assert!(points.contains(&("2026-04-01T08:15:30+08:00".into(), Some(150), Some(199))), "{points:?}");
    assert!(points.contains(&("2026-04-01T08:17:30+08:00".into(), Some(151), Some(200))), "{points:?}");
}

#[tokio::test]
async fn findings_go_by_when_they_were_received_whatever_the_lots_clock_says() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    let years = 73 * 525_960;
    city.say(&lot, &entry("330502-001", "R2099", years, 150)).await;
    city.clock.turn(SignedDuration::from_hours(24));
    city.say(&lot, &entry("330502-001", "R-late", 0, 149)).await;
    let token = city.token("operator", None).await;
    let of = async |asked: &str| {
        let found = city.get(&format!("/api/v1/findings?{asked}"), Some(&token)).await.json();
        let items = found["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["record_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let today = "from=2026-04-02T00:00:00%2B08:00";
    assert_eq!(of("").await, ["R-late", "R2099"]);
    assert_eq!(of("by=at").await, ["R2099", "R-late"]);
    assert_eq!(of(&format!("by=received&{today}")).await, ["R-late"]);
    // A stretch of time is that of the lots' own, unless it is said otherwise.
    assert_eq!(of(today).await, ["R2099"]);
    let stats = city.get("/api/v1/stats", Some(&token)).await.json();
    assert_eq!(stats["findings_today"], 1);
    let first = city.get("/api/v1/findings?limit=1", Some(&token)).await.json();
    let next = first["next"].as_str().unwrap();
    assert_eq!(of(&format!("limit=1&cursor={next}")).await, ["R2099"]);
    let elsewhere = city.get(&format!("/api/v1/findings?by=at&cursor={next}"), Some(&token)).await;
    assert_eq!(elsewhere.status, 400);
}
