//! The public API as pages and programs elsewhere meet it.

use crate::support;

use axum::body::Body;
use http::{Method, Request, StatusCode};
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
