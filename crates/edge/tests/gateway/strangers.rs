//! Web pages that happen to be open on the lot's PC, beside the lot's own programs: the pages get nothing, and nothing of
//! the programs' is refused.

use crate::gateway::cameras::{SOON, camera};
use crate::gateway::harness::{Answer, Lot, entry, plate};
use axum::body::Body;
use axum::extract::ConnectInfo;
use bowei_edge::Config;
use bowei_edge::config::LotConfig;
use http::{Method, Request, StatusCode, header};
use serde_json::json;
use std::net::SocketAddr;

/// A request, as somebody sends it to this machine's own port.
async fn ask(lot: &Lot, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
    let peer: SocketAddr = ([127, 0, 0, 1], 40_000).into();
    let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    lot.ask(request.body(Body::from(body)).unwrap()).await
}

const HERE: (&str, &str) = ("host", "127.0.0.1:7100");
const REBOUND: (&str, &str) = ("host", "gateway.evil.example:7100");

/// What browsers say for a page of somebody else's: by name and value.
const FOREIGN: [&[(&str, &str)]; 6] = [
    &[HERE, ("origin", "http://evil.example")],
    &[HERE, ("origin", "null")],
    &[HERE, ("origin", "http://127.0.0.1:3000")],
    &[HERE, ("sec-fetch-site", "cross-site")],
    &[HERE, ("sec-fetch-site", "same-site")],
    // Its name leads here: it says that it is at home.
    &[REBOUND, ("origin", "http://gateway.evil.example:7100"), ("sec-fetch-site", "same-origin")],
];

#[tokio::test(start_paused = true)]
async fn a_page_of_another_origin_says_and_reads_nothing_and_the_lots_programs_go_on() {
    let (lot, platform) = Lot::with("ningbo").await;
    lot.pass(SOON).await;
    for (round, foreign) in FOREIGN.iter().enumerate() {
        let evil = json!([entry(&format!("evil-{round}"), 900 + u32::try_from(round).unwrap(), lot.now())])
            .to_string();
        for kind in ["text/plain", "application/json", "application/x-www-form-urlencoded"] {
            let headers = [foreign, &[("content-type", kind)][..]].concat();
            for path in
                ["/v1/reports", "/v1/lot", "/v1/photos?record_id=R1&role=entry", "/v1/dead-letters/1/retry"]
            {
                let answer = ask(&lot, Method::POST, path, &headers, evil.clone()).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
            }
        }
        for path in ["/v1/passages", "/v1/status", "/v1/dead-letters", "/v1/directives", "//v1/passages"] {
            let answer = ask(&lot, Method::GET, path, foreign, String::new()).await;
            assert_ne!(answer.status, StatusCode::OK, "{path} {foreign:?}");
        }
        // And what pretends to be a camera.
        for path in ["/v1/devices/in-1", "/V1/devices/in-1", "/devicemanagement/php/plateresult.php"] {
            let answer = ask(&lot, Method::POST, path, foreign, "{}".to_owned()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {foreign:?}");
        }
        // A program on the PC, beside it.
        for (at, headers) in [
            &[HERE, ("content-type", "application/json")][..],
            &[("host", "localhost:7100"), ("content-type", "application/json; charset=utf-8")],
            &[("host", "[::1]:7100")],
            &[("host", "LOCALHOST")],
            // What `curl -d` says of anything.
            &[HERE, ("content-type", "application/x-www-form-urlencoded")],
            // The gateway's own page.
            &[HERE, ("origin", "http://127.0.0.1:7100"), ("sec-fetch-site", "same-origin")],
        ]
        .into_iter()
        .enumerate()
        {
            let car = u32::try_from(round * 10 + at).unwrap();
            let own = json!([entry(&format!("R-{car}"), car, lot.now())]).to_string();
            let answer = ask(&lot, Method::POST, "/v1/reports", headers, own).await;
            assert_eq!(answer.status, StatusCode::OK, "{headers:?}: {}", answer.text());
            assert_eq!(ask(&lot, Method::GET, "/v1/status", headers, String::new()).await.status, 200);
        }
    }
    lot.pass(SOON).await;
    let mut plates = platform.plates();
    plates.sort();
    let own = (0..6u32).flat_map(|round| (0..6).map(move |at| round * 10 + at)).map(plate);
    let mut own: Vec<_> = own.collect();
    own.sort();
    assert_eq!(plates, own, "the platform has the programs' cars and no other");
}

#[tokio::test(start_paused = true)]
async fn a_report_that_says_it_is_text_is_not_taken() {
    let (lot, _) = Lot::with("ningbo").await;
    for kind in ["text/plain", "multipart/form-data; boundary=x", "text/plain; charset=UTF-8"] {
        let own = json!([entry("R-1", 1, lot.now())]).to_string();
        let answer = ask(&lot, Method::POST, "/v1/reports", &[HERE, ("content-type", kind)], own).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        assert!(answer.detail().contains("expected application/json, received"), "{}", answer.detail());
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_this_machines_names_the_token_is_wanted_that_the_gateway_made() {
    let (mut lot, _) = Lot::with("ningbo").await;
    let token = made_token(&lot);
    assert_eq!(token.len(), 48, "{token}");
    for host in [REBOUND, ("host", "192.168.1.20:7100"), ("host", "localhost.evil.example")] {
        let answer = ask(&lot, Method::GET, "/v1/passages", &[host], String::new()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{host:?}");
        assert!(
            answer.detail().contains("token") && !answer.detail().contains(&token),
            "{}",
            answer.detail()
        );
        let shown = format!("Bearer {token}");
        let headers = [host, (header::AUTHORIZATION.as_str(), shown.as_str())];
        assert_eq!(ask(&lot, Method::GET, "/v1/passages", &headers, String::new()).await.status, 200);
        let wrong = [host, (header::AUTHORIZATION.as_str(), "Bearer 0000")];
        assert_eq!(ask(&lot, Method::GET, "/v1/passages", &wrong, String::new()).await.status, 401);
    }
    // And for what pretends to be a camera; a camera behind a tunnel shows it in its address.
    lot.config.cameras = vec![camera("in-v", "vzenith", None, "G1")];
    lot.restart().await;
    for (host, path, status) in [
        (HERE, "/v1/devices/in-v".to_owned(), 200),
        (REBOUND, "/v1/devices/in-v".to_owned(), 401),
        (REBOUND, "/v1/devices/in-v/wrong".to_owned(), 401),
        (REBOUND, "/v1/devices/nobody".to_owned(), 401),
        (REBOUND, format!("/v1/devices/in-v/{token}"), 200),
    ] {
        assert_eq!(ask(&lot, Method::GET, &path, &[host], String::new()).await.status, status, "{path}");
    }
    let status = ask(&lot, Method::GET, "/v1/status", &[HERE], String::new()).await;
    assert!(!status.text().contains(&token), "{}", status.text());
    lot.restart().await;
    assert_eq!(made_token(&lot), token, "it is made once");
}

#[tokio::test(start_paused = true)]
async fn where_other_machines_reach_it_everybody_shows_that_token() {
    let (mut lot, _) = Lot::speaking(&["ningbo"]);
    lot.config.listen = ([0, 0, 0, 0], 0).into();
    lot.config.cameras.push(bowei_edge::config::CameraConfig {
        name: "in-1".to_owned(),
        kind: "vzenith".to_owned(),
        ..Default::default()
    });
    lot.start().await;
    let token = made_token(&lot);
    let shown = format!("Bearer {token}");
    for host in [HERE, ("host", "192.168.1.20:7100")] {
        assert_eq!(ask(&lot, Method::GET, "/v1/passages", &[host], String::new()).await.status, 401);
        let headers = [host, (header::AUTHORIZATION.as_str(), shown.as_str())];
        assert_eq!(ask(&lot, Method::GET, "/v1/passages", &headers, String::new()).await.status, 200);
        // A camera shows it in its address.
        for (path, refused) in
            [("/v1/devices/in-1".to_owned(), true), (format!("/v1/devices/in-1/{token}"), false)]
        {
            let answer = ask(&lot, Method::POST, &path, &[host], "{}".to_owned()).await;
            assert_eq!(answer.status == 401, refused, "{path}: {}", answer.text());
        }
    }
    // One that stands in edge.toml is the only one.
    let mut config = Config::new(LotConfig::new("L1", "东门停车场", 100));
    config.token = Some("open-sesame".to_owned());
    config.listen = lot.config.listen;
    config.check().unwrap();
}

/// The token in the data folder.
fn made_token(lot: &Lot) -> String {
    use bowei_edge::outbox::Disk as _;
    let mut bytes = vec![0; usize::try_from(lot.disk.len("token").unwrap()).unwrap()];
    lot.disk.read("token", 0, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap().trim().to_owned()
}
