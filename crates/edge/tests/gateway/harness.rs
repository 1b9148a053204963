//! One lot with its gateway: started, asked, stopped, and started again on the same disk.

use crate::gateway::platform::{LOT, Platform, Wire};
use crate::gateway::time::{Wall, still};
use axum::body::Body;
use bowei_edge::config::{LotConfig, UplinkConfig};
use bowei_edge::outbox::sim::SimDisk;
use bowei_edge::outbox::{NewEntry, TAKE_ENTRIES_MAX};
use bowei_edge::uplink::{Transport, Tuning};
use bowei_edge::{Config, Environment, Gateway, Running, WhoWasHeard};
use bowei_model::{Direction, LotCode, Passage, Plate, PlateKind, RecordId, Report};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tower::ServiceExt;

/// Longer steps of time would let an hour's work be done late by as much.
pub(crate) const STEP: Duration = Duration::from_secs(5);

/// A lot.
pub(crate) struct Lot {
    pub(crate) wall: Arc<Wall>,
    pub(crate) disk: Arc<SimDisk>,
    pub(crate) config: Config,
    platforms: Vec<Arc<Platform>>,
    running: Option<Running>,
    alive: Arc<AtomicBool>,
}

/// What the local API answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What a problem says.
    pub(crate) fn detail(&self) -> String {
        let kind = self.headers.get(header::CONTENT_TYPE).unwrap();
        assert_eq!(kind, "application/problem+json", "{}", self.text());
        self.json()["detail"].as_str().unwrap().to_owned()
    }
}

impl Lot {
    /// A lot of a hundred spaces that speaks to platforms of these standards, not started yet.
    pub(crate) fn speaking(standards: &[&str]) -> (Self, Vec<Arc<Platform>>) {
        let wall = Arc::new(Wall::new());
        let platforms: Vec<_> = standards.iter().map(|name| Platform::new(name, &wall)).collect();
        let mut config = Config::new(LotConfig::new(LOT, "东门停车场", 100));
        describe(&mut config.lot);
        config.listen = ([127, 0, 0, 1], 0).into();
        config.uplinks = platforms.iter().map(|platform| uplink(platform)).collect();
        let alive = Arc::new(AtomicBool::new(true));
        let disk = SimDisk::new();
        (Self { wall, disk, config, platforms: platforms.clone(), running: None, alive }, platforms)
    }

    /// One that speaks to one platform, started.
    pub(crate) async fn with(standard: &str) -> (Self, Arc<Platform>) {
        let (mut lot, mut platforms) = Self::speaking(&[standard]);
        lot.start().await;
        (lot, platforms.remove(0))
    }

    pub(crate) async fn start(&mut self) {
        let alive = Arc::new(AtomicBool::new(true));
        self.alive = Arc::clone(&alive);
        let platforms = self.platforms.clone();
        let transport = move |uplink: &UplinkConfig| -> Box<dyn Transport> {
            let platform = platforms.iter().find(|it| it.name() == uplink.standard).unwrap();
            Box::new(Wire { platform: Arc::clone(platform), alive: Arc::clone(&alive) })
        };
        let machine = Environment {
            clock: Arc::clone(&self.wall) as _,
            disk: Arc::clone(&self.disk) as _,
            tuning: Tuning::default(),
            transport: Some(Arc::new(transport)),
        };
        self.running = Some(still(Gateway::start(self.config.clone(), machine)).await.unwrap());
    }

    pub(crate) fn gateway(&self) -> &Arc<Gateway> {
        &self.running.as_ref().unwrap().gateway
    }

    pub(crate) async fn stop(&mut self) -> WhoWasHeard {
        self.running.take().unwrap().stop().await
    }

    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// The power fails. What is on disk then is up to `seed`.
    pub(crate) fn lose_power(&mut self, seed: u64) {
        self.alive.store(false, Relaxed);
        self.disk = self.disk.power_loss(seed);
        drop(self.running.take());
    }

    /// The power of the process alone: what it wrote is there.
    pub(crate) fn kill(&mut self) {
        self.alive.store(false, Relaxed);
        self.disk = self.disk.kill();
        drop(self.running.take());
    }

    /// Time goes by.
    pub(crate) async fn pass(&self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(STEP)).await;
            self.settle().await;
        }
    }

    /// What the outbox's thread and others have under way is done.
    pub(crate) async fn settle(&self) {
        let Some(running) = &self.running else { return };
        for _ in 0..3 {
            still(running.gateway.outbox.written(false)).await;
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Time goes by until something is so; not longer than so long.
    pub(crate) async fn pass_until(&self, at_most: Duration, mut is_so: impl FnMut() -> bool) {
        let until = tokio::time::Instant::now() + at_most;
        while !is_so() {
            assert!(tokio::time::Instant::now() < until, "it is not so after {at_most:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.settle().await;
        }
    }

    /// Time goes by until nothing waits for a platform.
    pub(crate) async fn all_delivered(&self, uplink: &str) {
        for _ in 0..60 {
            self.pass(Duration::from_secs(1)).await;
            if self.uplink(uplink).await["backlog"] == 0 {
                return;
            }
        }
        panic!("{}", self.uplink(uplink).await);
    }

    /// Asks the local API, with time standing.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        still(self.asked(request)).await
    }

    /// Asks it while time goes on.
    pub(crate) async fn asked(&self, request: Request<Body>) -> Answer {
        let answer = bowei_edge::http::router(Arc::clone(self.gateway())).oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.ask(Request::builder().method(Method::POST).uri(path).body(body.into()).unwrap()).await
    }

    /// What the lot's system says, and that it was taken.
    pub(crate) async fn says(&self, reports: Value) {
        let answer = self.post("/v1/reports", reports.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// A picture, and that it was taken.
    pub(crate) async fn shows(&self, record: &str, role: &str, picture: Vec<u8>) {
        let answer = self.post(&format!("/v1/photos?record_id={record}&role={role}"), picture).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub(crate) async fn status(&self) -> Value {
        self.get("/v1/status").await.json()
    }

    /// How one uplink is doing.
    pub(crate) async fn uplink(&self, name: &str) -> Value {
        let status = self.status().await;
        let all = status["uplinks"].as_array().unwrap();
        all.iter().find(|uplink| uplink["name"] == name).unwrap().clone()
    }

    pub(crate) async fn dead_letters(&self) -> Vec<Value> {
        self.get("/v1/dead-letters").await.json()["items"].as_array().unwrap().clone()
    }

    /// Puts reports into the outbox, as quickly as it goes.
    pub(crate) async fn keeps(&self, reports: impl IntoIterator<Item = Report>) {
        let entry = |report| NewEntry { report, picture: None, only: None };
        let mut entries: Vec<_> = reports.into_iter().map(entry).collect();
        while !entries.is_empty() {
            let rest = entries.split_off(entries.len().min(TAKE_ENTRIES_MAX));
            still(self.gateway().outbox.take(entries)).await.unwrap();
            entries = rest;
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.wall.right()
    }
}

/// All that any of the texts wants to know of a lot.
fn describe(lot: &mut LotConfig) {
    lot.district = Some("440303".to_owned());
    lot.address = Some("示范路 1 号".to_owned());
    (lot.longitude, lot.latitude) = (Some(114.1315), Some(22.5486));
    let details: toml::Table = toml::from_str(
        "permitNo = '1'\nparkType = 2\nserviceType = '08'\nreservable = 1\nreservableSpaces = 10\n\
         totalReservableCharingSpaces = 0\nimageId = 'I'",
    )
    .unwrap();
    lot.details = details.into_iter().collect();
}

fn uplink(platform: &Platform) -> UplinkConfig {
    UplinkConfig {
        name: None,
        standard: platform.name().to_owned(),
        url: "http://platform.example".to_owned(),
        lot_id: platform.lot_id.to_owned(),
        reconciliation: None,
        credential: platform.handed_out(),
    }
}

/// The plate of a number.
pub(crate) fn plate(number: u32) -> String {
    format!("浙E{number:05}")
}

/// A car comes in, as the lot's system writes it.
pub(crate) fn entry(record: &str, car: u32, at: Timestamp) -> Value {
    json!({
        "kind": "entry", "record_id": record, "at": at, "plate": plate(car), "plate_kind": "02", "gate": "G1",
        "gate_name": "东门", "vacant": 20,
    })
}

/// A car goes out.
pub(crate) fn exit(record: &str, car: u32, entered_at: Timestamp, at: Timestamp) -> Value {
    json!({
        "kind": "exit", "record_id": record, "at": at, "entered_at": entered_at, "plate": plate(car),
        "plate_kind": "02", "gate": "G2", "gate_name": "西门", "vacant": 20, "payable": "5.00", "paid": "5.00",
        "paid_at": at, "pay_kind": "wechat", "minutes": at.duration_since(entered_at).as_mins(),
    })
}

/// The same, as a report.
pub(crate) fn passage(record: &str, car: u32, direction: Direction, at: Timestamp) -> Report {
    Report::Passage(Passage {
        plate: Plate::read(&plate(car)),
        plate_kind: Some(PlateKind::SMALL),
        gate_code: Some("G1".to_owned()),
        gate: Some("东门".to_owned()),
        vacant: Some(20),
        ..Passage::new(LotCode::from(LOT), RecordId::from(record), direction, at)
    })
}

/// A JPEG as far as anyone looks, another one for each number.
pub(crate) fn picture(number: u32) -> Vec<u8> {
    let mut picture = vec![0xff, 0xd8, 0xff, 0xe0];
    picture.extend(number.to_be_bytes());
    picture.resize(2_000, 7);
    picture
}

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// The seeds of a simulation: that of `BOWEI_SEED`, or so many from the first.
pub(crate) fn seeds(many: u64) -> Vec<u64> {
    match std::env::var("BOWEI_SEED") {
        Ok(seed) => vec![seed.parse().expect("BOWEI_SEED is a number")],
        Err(_) => (1..=many).collect(),
    }
}
