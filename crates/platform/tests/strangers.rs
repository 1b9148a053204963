//! Strangers without any account, and a neighbour beside them: nothing of his is refused.

use crate::support;

use axum::body::Body;
use bowei_platform::accounts::{Role, token};
use bowei_platform::{Config, Platform, SystemClock};
use bowei_service::Client;
use bowei_store::{RegistryChange, SqliteStore, TokenRow};
use bytes::Bytes;
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use support::{City, entry};
use tower::ServiceExt as _;

/// Whatever ends within a time must have ended by then.
const WITHIN: Duration = Duration::from_secs(2);

/// The client of an address in a network for documentation.
fn client(last: u8) -> Client {
    Client { address: [192, 0, 2, last].into(), is_proxy: false }
}

/// Says so many records as a provider's lot; each must be taken.
async fn all_are_taken(city: &City, count: usize, name: &str) {
    let lot = city.lot_of("hz-demo");
    for i in 0..count {
        let answer = city.say(&lot, &entry("330502-001", &format!("{name}-{i}"), 0, 199)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (200, 200), "{name} {i}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_announced_or_trickle_refuse_nothing_of_a_neighbour() {
    let mut config = Config::default();
    config.limits.bodies_max_bytes = 32 * 1024 * 1024;
    let city = City::with(config).await;
    // What is said of a body before it comes, and how much of it comes at once: nothing, a little, much.
    for (connections, begins_with) in [(4_000, 0), (4_000, 1_000), (200, 900_000)] {
        let attack: Vec<_> = (0..connections)
            .map(|i| {
                let begin = stream::iter((begins_with > 0).then(|| Bytes::from(vec![b'{'; begins_with])));
                let body = begin.map(Ok::<_, Infallible>).chain(stream::pending());
                let request = Request::post("/api/parking/in").extension(client((i % 4) as u8));
                let router = city.router.clone();
                tokio::spawn(router.oneshot(request.body(Body::from_stream(body)).unwrap()))
            })
            .collect();
        tokio::task::yield_now().await;
        all_are_taken(&city, 50, &format!("beside {connections} with {begins_with}")).await;
        attack.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_readiness_costs_the_store_nothing() {
    let city = City::new().await;
    let asked = join_all((0..2_000).map(|_| city.get("/readyz", None)));
    let (answers, ()) = tokio::join!(asked, all_are_taken(&city, 50, "beside probes"));
    assert!(answers.iter().all(|answer| answer.status == 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_is_what_the_last_probe_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.server.data = folder.path().to_owned();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path(), bowei_store::sqlite::Options::default()).unwrap());
    let photos = Arc::new(bowei_store::DayFiles::open(folder.path()).unwrap());
    let key = bowei_platform::registry::seal::MasterKey::load(None, folder.path()).unwrap();
    let (kept, clock) = (Arc::clone(&store), Arc::new(SystemClock));
    let platform = Platform::new(config, kept, photos, key, clock).await.unwrap();
    let router = platform.router();
    let status = || async {
        let request = Request::get("/readyz").body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap().status()
    };
    let running = platform.start().await.unwrap();
    assert_eq!(status().await, StatusCode::OK);
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
    let noticed = async {
        while status().await == StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), noticed).await.expect("it counts as ready for ever");
    assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
    running.stop().await;
}

/// Opens a stream as somebody.
async fn open(city: &City, path: &str, from: Client, token: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path).extension(from);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    city.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

/// Whether a stream ends in time.
async fn ends(stream: Response<Body>) -> bool {
    tokio::time::timeout(WITHIN, stream.into_body().collect()).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_s_streams_take_nothing_from_the_office_nor_one_address_from_another() {
    let mut config = Config::default();
    config.limits.streams_max = 20;
    config.limits.streams_per_address = 15;
    let city = City::with(config).await;
    let token = city.token("regulator", None).await;
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..100 {
        let stream = open(&city, "/open/v1/stream", client(1), None).await;
        if stream.status() == 503 { refused += 1 } else { held.push(stream) }
    }
    assert_eq!((held.len(), refused), (15, 85), "an address has so many");
    for i in 0..5 {
        held.push(open(&city, "/open/v1/stream", client(2), None).await);
        assert_eq!(held[15 + i].status(), 200);
    }
    // All are taken now: the office has places of its own, and a neighbour gets one from whoever has most.
    assert_eq!(open(&city, "/api/v1/stream", client(3), Some(&token)).await.status(), 200);
    assert_eq!(open(&city, "/open/v1/stream", client(3), None).await.status(), 200);
    assert!(ends(held.remove(0)).await, "the oldest of the address that has most");
    assert!(!ends(held.pop().unwrap()).await, "and nobody else's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_token() {
    let city = City::new().await;
    let now = bowei_platform::Clock::now(city.clock.as_ref());
    let change = async |row: TokenRow| {
        let change = RegistryChange { tokens: vec![row], ..RegistryChange::default() };
        city.platform.app().store.change_registry(change).await.unwrap();
        city.platform.app().registry.refresh().await.unwrap();
    };
    for what in ["revoked", "narrowed", "run out", "untouched"] {
        let expires_at = now.checked_add(SignedDuration::from_secs(60)).unwrap();
        let expires_at = (what == "run out").then_some(expires_at);
        let (token, row) = token::make(&Role::Regulator, Some("3305".to_owned()), now, expires_at).unwrap();
        change(row.clone()).await;
        let stream = open(&city, "/api/v1/stream", client(1), Some(&token)).await;
        assert_eq!(stream.status(), 200);
        match what {
            "revoked" => change(TokenRow { expires_at: Some(now), ..row }).await,
            "narrowed" => change(TokenRow { district: Some("330502".to_owned()), ..row }).await,
            "run out" => {
                city.clock.turn(SignedDuration::from_secs(61));
                city.platform.app().registry.refresh().await.unwrap();
            }
            _ => {}
        }
        assert_eq!(ends(stream).await, what != "untouched", "{what}");
    }
}
