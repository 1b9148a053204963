//! No thread and no job may die unnoticed: whichever panics is counted, and goes on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use axum::body::Body;
use bowei_platform::accounts::{self, Source, token};
use bowei_platform::{Config, Running};
use bowei_store::RegistryChange;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use std::time::{Duration, Instant};
use support::{City, Lot, entry, jpeg, photo};
use tokio::net::TcpStream;
use tower::ServiceExt as _;

/// A part is back after a pause of tenths of a second, on a busy machine later; past this it is not back.
const BACK_WITHIN: Duration = Duration::from_secs(30);

/// A platform that runs, with a lot that speaks to it.
struct Scene {
    router: axum::Router,
    running: Running,
    lot: Lot,
    said: i64,
}

impl Scene {
    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// How often a part has panicked, by the metrics that operators watch.
    async fn panics(&self, part: &str) -> u64 {
        let (_, text) = self.send(Request::get("/metrics").body(Body::empty()).unwrap()).await;
        let line = format!("bowei_panics_total{{part=\"{part}\"}} ");
        text.lines().find_map(|found| found.strip_prefix(&line)?.parse().ok()).unwrap_or(0)
    }

    /// Gives every part something to do: a record and its picture, a refusal, a connection.
    async fn poke(&mut self) {
        self.said += 1;
        let (record, now) = (format!("R{}", self.said), self.running.app().clock.now());
        let picture = jpeg(200 + usize::try_from(self.said).unwrap());
        for request in [
            self.lot.seal(&entry("330502-001", &record, 0, 100), &[], now),
            self.lot.seal(&photo("330502-001", &record, &picture), &picture, now),
            Request::post("/api/parkinglot/in").body(Body::from("{}")).unwrap(),
        ] {
            self.send(request).await;
        }
        let _ = TcpStream::connect(self.running.address).await;
        // What a person does; while the part is down it may fail.
        let looked = accounts::entry(&Source::default(), now, ("test", "test:".to_owned()), (None, None));
        let _ = self.running.app().store.administer(Vec::new(), vec![looked]).await;
    }

    async fn until_panics(&mut self, part: &'static str, times: u64) {
        let began = Instant::now();
        while self.panics(part).await < times {
            assert!(began.elapsed() < BACK_WITHIN, "{part} has not panicked {times} times");
            self.poke().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_part_panics_is_counted_and_goes_on() {
    let mut config = Config::default();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    let city = City::with(config).await;
    let lot = city.lot_of("hz-demo");
    let shared = city.platform.app().store.is_shared();
    // These two come round too seldom to be waited for: they panic at the start.
    for rare in ["inspector", "metrics-upkeep"] {
        bowei_watch::inject(rare);
    }
    let router = city.router.clone();
    let running = city.platform.start().await.unwrap();
    let mut scene = Scene { router, running, lot, said: 0 };
    for rare in ["inspector", "metrics-upkeep"] {
        scene.until_panics(rare, 1).await;
    }
    let engine: &[&str] = if shared {
        &["follow-vacancy", "follow-ledger", "refusal-writer", "audit-writer"]
    } else {
        &["photo-writer"]
    };
    for part in ["store-writer", "accept", "publisher", "follow-registry"].iter().chain(engine) {
        // Twice: a part that panics again is one that went on.
        for times in 1..=2 {
            bowei_watch::inject(part);
            scene.until_panics(part, times).await;
        }
    }
    // All of it works.
    let app = scene.running.app();
    let (token, row) = token::make(&"operator".parse().unwrap(), None, app.clock.now(), None).unwrap();
    let change = RegistryChange { tokens: vec![row], ..RegistryChange::default() };
    app.store.change_registry(change).await.unwrap();
    let began = Instant::now();
    loop {
        let request = Request::get("/api/v1/lots").header("authorization", format!("Bearer {token}"));
        if scene.send(request.body(Body::empty()).unwrap()).await.0 == StatusCode::OK {
            break;
        }
        assert!(began.elapsed() < BACK_WITHIN, "the registry is not followed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let request = scene.lot.seal(&entry("330502-001", "last", 0, 99), &[], app.clock.now());
    let (_, answer) = scene.send(request).await;
    assert!(answer.contains(r#""code":200"#), "{answer}");
    scene.running.app().store.ready().await.unwrap();
    scene.running.stop().await;
}
