//! Too much, too slow, too many: refused at once and in words.

use crate::support;

use axum::body::Body;
use bowei_platform::Config;
use http::Request;
use jiff::SignedDuration;
use support::{City, entry, jpeg, photo};

#[tokio::test]
async fn a_body_over_the_limit_is_413_in_the_standard_s_own_form() {
    let city = City::new().await;
    let body = vec![b'x'; 1024 * 1024 + 1];
    let answer = city.send(Request::post("/api/parking/in").body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.code(), 400);
}

#[tokio::test]
async fn compressed_bodies_are_not_taken() {
    let city = City::new().await;
    let request = Request::post("/api/heartbeat").header("content-encoding", "gzip");
    assert_eq!(city.send(request.body(Body::from("x")).unwrap()).await.status, 415);
}

#[tokio::test]
async fn an_account_over_its_share_is_told_when_to_come_back() {
    let mut config = Config::default();
    config.limits.account_requests_per_second = 1;
    config.limits.account_burst = 3;
    let city = City::with(config).await;
    let (lot, other) = (city.lot_of("hz-demo"), city.lot_of("hz-other"));
    for i in 0..3 {
        assert_eq!(city.say(&lot, &entry("330502-001", &format!("R{i}"), 0, 199)).await.status, 200);
    }
    let answer = city.say(&lot, &entry("330502-001", "R3", 0, 199)).await;
    assert_eq!(answer.status, 429);
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    // Its share is its own.
    assert_eq!(city.say(&other, &entry("330522-001", "R1", 0, 79)).await.status, 200);
}

#[tokio::test]
async fn more_blocks_than_may_wait_are_put_off_at_once() {
    let mut config = Config::default();
    config.limits.photo_blocks_max = 10;
    let city = City::with(config).await;
    let picture = jpeg(20_000);
    let message = city.lot_of("hz-demo").seal(&photo("330502-001", "R1", &picture), &picture, support::at(0));
    let answer = city.send(message).await;
    assert_eq!(answer.status, 503);
    assert!(answer.headers.contains_key("retry-after"));
    // Records have a lane of their own.
    assert_eq!(city.say(&city.lot_of("hz-demo"), &entry("330502-001", "R1", 0, 199)).await.code(), 200);
}

#[tokio::test]
async fn bodies_that_would_fill_the_memory_are_put_off_unread() {
    let mut config = Config::default();
    config.limits.bodies_max_bytes = 1_000;
    let city = City::with(config).await;
    let answer =
        city.send(Request::post("/api/parking/in").body(Body::from(vec![b'x'; 1_001])).unwrap()).await;
    assert_eq!(answer.status, 503);
}

#[tokio::test]
async fn a_stale_clock_is_told_how_far_off_it_is() {
    let city = City::new().await;
    let message = city.lot_of("hz-demo").seal(&entry("330502-001", "R1", 0, 199), &[], support::at(0));
    city.clock.turn(SignedDuration::from_secs(301));
    let answer = city.send(message).await;
    assert_eq!(answer.code(), 401);
    assert!(answer.json()["msg"].as_str().unwrap().contains("慢 301 秒"), "{}", answer.json());
}
