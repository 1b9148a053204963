//! How the files are sent: tags and dates, compression, other origins, bounds by address.

use super::{PATHS, city_of_each, say};
use crate::support::{Answer, City, entry};
use axum::body::Body;
use bowei_platform::Config;
use flate2::read::GzDecoder;
use http::{Method, Request, StatusCode};
use jiff::SignedDuration;
use std::io::Read as _;

async fn ask(city: &City, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(Method::GET).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    city.send(request.body(Body::empty()).unwrap()).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", answer.headers)).to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_not_sent_again() {
    let city = city_of_each().await;
    let mut before = Vec::new();
    for (path, kind) in PATHS {
        let first = ask(&city, path, &[]).await;
        assert_eq!((first.status, header(&first, "content-type")), (StatusCode::OK, kind), "{path}");
        assert_eq!(header(&first, "cache-control"), "public, no-cache");
        let (tag, date) = (header(&first, "etag").to_owned(), header(&first, "last-modified").to_owned());
        assert_eq!(date, "Wed, 01 Apr 2026 03:15:31 GMT", "{path}");
        // Time that passes changes nothing by itself.
        city.clock.turn(SignedDuration::from_secs(2));
        for shown in [("if-none-match", tag.as_str()), ("if-none-match", "*"), ("if-modified-since", &date)] {
            let same = ask(&city, path, &[shown]).await;
            assert_eq!((same.status, same.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{path} {shown:?}");
            assert_eq!((header(&same, "etag"), header(&same, "last-modified")), (&*tag, &*date), "{path}");
        }
        // A tag goes before a date.
        let both = [("if-none-match", "W/\"other\""), ("if-modified-since", date.as_str())];
        assert_eq!(ask(&city, path, &both).await.status, StatusCode::OK, "{path}");
        before.push((path, tag, date));
    }
    let lot = city.lot_of("hz-demo");
    say(&city, &lot, &entry("330502-001", "R2", 180, 90)).await;
    city.clock.turn(SignedDuration::from_secs(2));
    for (path, tag, date) in before {
        let other = ask(&city, path, &[("if-none-match", &tag)]).await;
        let on_street = ask(&city, path, &[("if-modified-since", &date)]).await;
        let stays = ["/open/v1/datex2/parking-table.xml", "/open/v1/apds/places"].contains(&path);
        let expected = if stays { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        assert_eq!((other.status, on_street.status), (expected, expected), "{path}: counts moved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_says_nothing_where_a_second_had_two_contents() {
    let city = city_of_each().await;
    let lot = city.lot_of("hz-demo");
    let path = "/open/v1/lots.csv";
    let first = header(&ask(&city, path, &[]).await, "last-modified").to_owned();
    say(&city, &lot, &entry("330502-001", "R2", 180, 90)).await;
    city.clock.turn(SignedDuration::from_millis(400));
    let second = ask(&city, path, &[("if-modified-since", &first)]).await;
    assert_eq!((second.status, header(&second, "last-modified")), (StatusCode::OK, &*first));
    assert!(String::from_utf8_lossy(&second.bytes).contains(",90,"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_it_gets_it_smaller() {
    let city = city_of_each().await;
    for (path, _) in PATHS {
        let plain = ask(&city, path, &[]).await;
        assert!(!plain.headers.contains_key("content-encoding"), "{path}");
        let small = ask(&city, path, &[("accept-encoding", "br, gzip;q=0.8")]).await;
        assert_eq!(header(&small, "content-encoding"), "gzip", "{path}");
        assert!(header(&small, "vary").contains("accept-encoding"));
        assert_eq!(header(&small, "etag"), header(&plain, "etag"), "{path}");
        let mut text = Vec::new();
        GzDecoder::new(&*small.bytes).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain.bytes, "{path}");
        assert!(small.bytes.len() * 2 < plain.bytes.len() || plain.bytes.len() < 2_000, "{path}");
        let refused = ask(&city, path, &[("accept-encoding", "gzip;q=0, identity")]).await;
        assert_eq!((refused.headers.get("content-encoding"), &refused.bytes), (None, &plain.bytes), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_page_may_ask() {
    let city = city_of_each().await;
    let from = ("origin", "https://elsewhere.example");
    for (path, _) in PATHS {
        let answer = ask(&city, path, &[from]).await;
        assert_eq!(header(&answer, "access-control-allow-origin"), "*", "{path}");
        assert!(header(&answer, "access-control-expose-headers").contains("etag"), "{path}");
        let preflight = Request::builder().method(Method::OPTIONS).uri(path);
        let preflight = preflight.header(from.0, from.1).header("access-control-request-method", "GET");
        let before = city.send(preflight.body(Body::empty()).unwrap()).await;
        assert!(before.status.is_success() && before.headers["access-control-allow-origin"] == "*", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_too_much_is_told_when_to_come_back() {
    let mut config = Config::default();
    config.limits.public_requests_per_second = 1;
    config.limits.public_burst = 3;
    let city = City::with(config).await;
    let from = |last: u8, path: &str| {
        let client = bowei_service::Client { address: [192, 0, 2, last].into(), is_proxy: false };
        Request::get(path).extension(client).body(Body::empty()).unwrap()
    };
    for (path, _) in PATHS {
        city.clock.turn(SignedDuration::from_secs(60));
        for _ in 0..3 {
            assert_eq!(city.send(from(1, path)).await.status, StatusCode::OK, "{path}");
        }
        let over = city.send(from(1, path)).await;
        assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert!(header(&over, "retry-after").parse::<u64>().unwrap() >= 1);
        assert_eq!(header(&over, "access-control-allow-origin"), "*", "a page can read that too");
        assert_eq!(city.send(from(2, path)).await.status, StatusCode::OK, "another's share is its own");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_told_by_name() {
    let city = city_of_each().await;
    for (path, field) in [
        ("/open/v1/ngsi-ld/entities?type=Parking", "type"),
        ("/open/v1/ngsi-ld/entities?limit=x", "limit"),
        ("/open/v1/apds/places?latitude=30.9", "longitude"),
        ("/open/v1/apds/places?latitude=91&longitude=120&radius=5", "latitude"),
        ("/open/v1/apds/places?expand=everything", "expand"),
        ("/open/v1/apds/observations?radius=-1&latitude=1&longitude=1", "radius"),
    ] {
        let answer = ask(&city, path, &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.json()["errors"][0]["pointer"], format!("#/{field}"), "{path}: {}", answer.json());
    }
    for path in ["/open/v1/apds/places/none", "/open/v1/apds/observations/330502-never"] {
        assert_eq!(ask(&city, path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let part = ask(&city, "/open/v1/ngsi-ld/entities?limit=2", &[]).await;
    assert!(part.headers.contains_key("etag") && part.headers.contains_key("last-modified"));
    assert!(header(&part, "link").contains("json-ld#context"));
}
