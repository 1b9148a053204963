//! What strangers are kept from, and what browsers are told of every answer.

use crate::support::City;
use crate::support::person::{OFFICE, without_second_factor};
use axum::body::Body;
use bowei_service::Client;
use http::Request;
use jiff::SignedDuration;
use std::net::{IpAddr, Ipv4Addr};

async fn status(city: &City, path: &str, address: IpAddr, is_proxy: bool) -> u16 {
    let request = Request::get(path).extension(Client { address, is_proxy });
    city.send(request.body(Body::empty()).unwrap()).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_asks_the_public_api_so_much_and_others_are_not_kept_from_it() {
    let mut config = without_second_factor();
    (config.limits.public_requests_per_second, config.limits.public_burst) = (1, 5);
    let city = City::with(config).await;
    let ask = async |address: u8, is_proxy| {
        status(&city, "/open/v1/lots", Ipv4Addr::new(192, 0, 2, address).into(), is_proxy).await
    };
    for _ in 0..5 {
        assert_eq!(ask(1, false).await, 200);
    }
    assert_eq!(ask(1, false).await, 429);
    assert_eq!(ask(2, false).await, 200);
    for _ in 0..10 {
        assert_eq!(ask(3, true).await, 200, "a proxy asks for many");
    }
    city.clock.turn(SignedDuration::from_secs(1));
    assert_eq!((ask(1, false).await, ask(1, false).await), (200, 429));
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_shown_to_this_machine_alone() {
    let city = City::with(without_second_factor()).await;
    assert_eq!(status(&city, "/metrics", OFFICE, false).await, 404);
    assert_eq!(status(&city, "/metrics", Ipv4Addr::LOCALHOST.into(), true).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_browsers_what_not_to_do_with_it() {
    let city = City::with(without_second_factor()).await;
    for path in
        ["/", "/console", "/api/v1/me", "/api/v1/nothing", "/open/v1/lots", "/openapi.json", "/healthz"]
    {
        let answer = city.get(path, None).await;
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.headers[header], value, "{path}");
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src") && !policy.contains("unsafe-eval"), "{path}: {policy}");
    }
    assert_eq!(city.get("/api/v1/me", None).await.headers["cache-control"], "no-store");
}
