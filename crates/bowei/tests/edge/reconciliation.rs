//! A platform that was put back from a backup has lost what it acknowledged since, and nobody waits for it any more. By the
//! morning it has it again, each record once, under every standard.

use crate::edge::gate::{edge_toml, hasty, until};
use crate::edge::sent::picture;
use axum::Router;
use axum::body::Body;
use bowei_edge::config::{ReconciliationConfig, UplinkConfig};
use bowei_edge::outbox::RealDisk;
use bowei_edge::uplink::{Transport, TransportError, Tuning};
use bowei_edge::{Clock, Config, Environment, Gateway, Running};
use bowei_model::moment::rfc3339;
use bowei_platform::accounts::{Role, Source, token};
use bowei_platform::registry::apply::{HandedOut, OVERLAP, apply};
use bowei_platform::{Config as PlatformConfig, Platform};
use bowei_store::RegistryChange;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::{DATE, HeaderValue};
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::ServiceExt as _;

/// Each standard with what it calls its lot; the platform's own code of the lot is the standard's name.
const LOTS: [(&str, &str); 5] = [
    ("huzhou", "HZ330502001"),
    ("shenzhen", "0123456789abcdef0123456789abcdef"),
    ("ningbo", "330502001101"),
    ("isp", "HZ/330502/001"),
    ("yunkuaichong", "330502001102"),
];
const WITHIN: Duration = Duration::from_secs(60);

/// The day that the tests compare.
const DAY: &str = "2026-04-01";

/// A clock turned by hand, in milliseconds.
struct HandClock(AtomicI64);

impl HandClock {
    fn set(&self, to: &str) {
        self.0.store(at(to).as_millisecond(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

fn at(text: &str) -> Timestamp {
    format!("{text}:00+08:00").parse().unwrap()
}

/// The platform that a gateway reaches, if any.
#[derive(Clone)]
struct Line {
    platform: Arc<Mutex<Option<Router>>>,
    clock: Arc<HandClock>,
}

impl Transport for Line {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        async move {
            let router = self.platform.lock().unwrap().clone();
            let router = router.ok_or_else(|| TransportError("nobody answers".to_owned()))?;
            let answer = router.oneshot(request.map(Body::from)).await.unwrap();
            let (mut parts, body) = answer.into_parts();
            let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.clock.now()).unwrap();
            parts.headers.insert(DATE, HeaderValue::from_str(&date).unwrap());
            Ok(Response::from_parts(parts, body.collect().await.unwrap().to_bytes()))
        }
        .boxed()
    }
}

/// A platform and the lots that speak to it.
struct City {
    folder: tempfile::TempDir,
    line: Line,
    platform: Option<Platform>,
    handed_out: HandedOut,
    provider: String,
    operator: String,
}

impl City {
    async fn new() -> Self {
        let clock = Arc::new(HandClock(AtomicI64::new(0)));
        clock.set("2026-03-31T18:00");
        let line = Line { platform: Arc::default(), clock };
        let mut city = Self {
            folder: tempfile::tempdir().unwrap(),
            line,
            platform: None,
            handed_out: HandedOut::default(),
            provider: String::new(),
            operator: String::new(),
        };
        city.open("platform").await;
        let app = city.platform.as_ref().unwrap().app();
        let (store, now) = (app.store.as_ref(), city.line.clock.now());
        let handed_out =
            apply(store, app.registry.key(), &registry(), OVERLAP, now, &Source::default()).await.unwrap();
        let make = |role| token::make(&role, None, now, None).unwrap();
        let (provider, row) = make(Role::Provider("p".into()));
        let (operator, other) = make(Role::Operator);
        store
            .change_registry(RegistryChange { tokens: vec![row, other], ..RegistryChange::default() })
            .await
            .unwrap();
        app.registry.refresh().await.unwrap();
        (city.handed_out, city.provider, city.operator) = (handed_out, provider, operator);
        city
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the platform of a folder, and has the line lead there.
    async fn open(&mut self, name: &str) {
        let mut config = PlatformConfig::default();
        config.server.data = self.data(name);
        let clock: Arc<dyn Clock> = Arc::clone(&self.line.clock) as _;
        let platform = Platform::open(config, clock).await.unwrap();
        *self.line.platform.lock().unwrap() = Some(platform.router());
        self.platform = Some(platform);
    }

    /// Nobody answers any more, and everything is on disk.
    async fn close(&mut self) {
        *self.line.platform.lock().unwrap() = None;
        let platform = self.platform.take().unwrap();
        platform.app().store.flush().await.unwrap();
        drop(platform);
    }

    async fn ask(&self, path: &str, token: &str) -> Value {
        let request = Request::builder().method(Method::GET).uri(path);
        let request = request.header("authorization", format!("Bearer {token}"));
        let answer = self.line.send(request.body(Bytes::new()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}: {:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// The gateway of all the lots, each with an uplink of its own.
    async fn gateway(&self) -> Running {
        let uplink = |(standard, lot_id): &(&str, &str)| UplinkConfig {
            name: None,
            standard: (*standard).to_owned(),
            url: "http://platform.example".to_owned(),
            lot_id: (*lot_id).to_owned(),
            reconciliation: Some(ReconciliationConfig {
                url: None,
                token: self.provider.clone(),
                lot: (*standard).to_owned(),
                reservations: false,
            }),
            credential: self.handed_out.providers[0].standards[*standard].clone(),
        };
        let mut config = Config::load(&edge_toml(self.folder.path(), 0, &[])).unwrap();
        config.uplinks = LOTS.iter().map(uplink).collect();
        let line = self.line.clone();
        let machine = Environment {
            clock: Arc::clone(&self.line.clock) as _,
            disk: Arc::new(RealDisk::open(&config.data).unwrap()),
            // However slow the machine is.
            tuning: Tuning {
                reconciliation_look: Duration::from_millis(50),
                answer_within: WITHIN,
                ..hasty()
            },
            transport: Some(Arc::new(move |_| Box::new(line.clone()))),
        };
        Gateway::start(config, machine).await.unwrap()
    }
}

fn registry() -> String {
    let mut text = String::from("[[provider]]\ncode = \"p\"\nname = \"泊车\"\n");
    for (standard, _) in LOTS {
        let field = bowei_standards::by_name(standard).unwrap().card().account_field;
        writeln!(text, "[provider.{standard}]\n{field} = \"{standard}-1\"").unwrap();
    }
    for (standard, lot_id) in LOTS {
        write!(
            text,
            "[[lot]]\ncode = {standard:?}\nprovider = \"p\"\nname = \"停车场\"\nkind = \"off-street\"\n\
             district = \"440305\"\nlongitude = 113.93\nlatitude = 22.53\nspaces_total = 500\n\
             ids = {{ {standard} = {lot_id:?} }}\n"
        )
        .unwrap();
    }
    text
}

/// A car's entry, and its exit twenty minutes later; `number` minutes after nine.
fn car(number: i64) -> [Value; 2] {
    let (came, went) =
        (at("2026-04-01T09:00") + SignedDuration::from_mins(number), SignedDuration::from_mins(20));
    let (plate, record) = (format!("浙E{number:05}"), format!("{number:032x}"));
    let (entered_at, left_at) = (rfc3339(came), rfc3339(came + went));
    [
        json!({
            "kind": "entry", "record_id": record, "at": entered_at, "plate": plate, "plate_kind": "02", "gate": "G1",
            "gate_name": "东门入口", "vacant": 127,
        }),
        json!({
            "kind": "exit", "record_id": record, "at": left_at, "entered_at": entered_at, "minutes": 20, "plate": plate,
            "plate_kind": "02", "gate": "G2", "gate_name": "东门出口", "vacant": 128, "payable": "5.00", "paid": "5.00",
            "pay_kind": "wechat", "paid_at": left_at,
        }),
    ]
}

fn charge(number: i64) -> Value {
    json!({
        "kind": "charging-record", "order_no": format!("C-{number}"), "plate": format!("浙ED{number:05}"),
        "started_at": "2026-04-01T08:20:00+08:00", "ended_at": "2026-04-01T09:00:00+08:00", "energy_kwh": "21.40",
        "electricity_fee": "12.30", "service_fee": "4.20", "total_fee": "16.50", "station": "S1", "device": format!("D{number}"),
    })
}

/// What the lot's own system says, and that all of it has reached every platform.
async fn said(gateway: &Running, reports: Vec<Value>, pictures: &[i64]) {
    let post = async |path: String, kind: &str, body: Vec<u8>| {
        let request = Request::post(path).header("content-type", kind).body(Body::from(body)).unwrap();
        let router = bowei_edge::http::router(Arc::clone(&gateway.gateway));
        let answer = router.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{:?}", answer.into_body().collect().await.unwrap().to_bytes());
    };
    // Pictures first: a record goes without one that is too late for it.
    for number in pictures {
        let path = format!("/v1/photos?record_id={number:032x}&role=entry");
        post(path, "image/jpeg", picture(usize::try_from(*number).unwrap(), 2_000)).await;
    }
    if !reports.is_empty() {
        post("/v1/reports".to_owned(), "application/json", Value::from(reports).to_string().into_bytes())
            .await;
    }
    let delivered = until(WITHIN, async || status(gateway).await.iter().all(is_delivered));
    assert!(delivered.await, "{:#?}", status(gateway).await);
}

/// Whether nothing waits, but for a picture that came after its record: the ISP standard has no message for one, so that it
/// waits until it is given up.
fn is_delivered(uplink: &Value) -> bool {
    uplink["backlog"] == 0 || uplink["standard"] == "isp" && uplink["backlog"] == 1
}

async fn status(gateway: &Running) -> Vec<Value> {
    let request = Request::get("/v1/status").body(Body::empty()).unwrap();
    let answer = bowei_edge::http::router(Arc::clone(&gateway.gateway)).oneshot(request).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let status: Value = serde_json::from_slice(&body).unwrap();
    status["uplinks"].as_array().unwrap().clone()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Waits until every uplink is done with every day that it compares, this one among them.
async fn compared(gateway: &Running, day: &str) -> Vec<Value> {
    let done = until(WITHIN, async || {
        status(gateway).await.iter().all(|uplink| {
            let days = uplink["reconciliation"]["days"].as_array().unwrap();
            let is_compared = days.iter().any(|compared| compared["day"] == day);
            is_compared && days.iter().all(|day| day["done"] == true) && is_delivered(uplink)
        })
    });
    assert!(done.await, "{:#?}", status(gateway).await);
    status(gateway).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_platform_has_lost_it_has_again_by_the_morning_each_record_once() {
    const KEPT: i64 = 6;
    const LOST: i64 = 5;
    let mut city = City::new().await;
    city.line.clock.set("2026-04-01T12:00");
    let gateway = city.gateway().await;
    let mut first: Vec<Value> = (0..KEPT).flat_map(car).collect();
    first.push(charge(0));
    said(&gateway, first, &[0, 1]).await;
    city.close().await;
    copy(&city.data("platform"), &city.data("backup"));
    city.open("platform").await;
    let mut second: Vec<Value> = (KEPT..KEPT + LOST).flat_map(car).collect();
    second.extend([charge(1), charge(2)]);
    said(&gateway, second, &[KEPT, 2]).await;
    city.close().await;
    gateway.stop().await;

    // The next night, on the backup; the gateway too was off at midnight.
    city.line.clock.set("2026-04-02T02:30");
    city.open("backup").await;
    let gateway = city.gateway().await;
    for uplink in compared(&gateway, DAY).await {
        let standard = uplink["standard"].as_str().unwrap();
        let days = uplink["reconciliation"]["days"].as_array().unwrap();
        assert_eq!(days.len(), 1, "{uplink:#}");
        let day = &days[0];
        let photos = if matches!(standard, "huzhou" | "ningbo") { 2 } else { 0 };
        let missing = if standard == "yunkuaichong" { 2 } else { 2 * LOST + photos };
        assert_eq!(
            (&day["missing"], &day["resent"]),
            (&json!(missing), &json!(missing)),
            "{standard}: {day}"
        );
        assert_eq!(
            (&day["still_missing"], &day["unknown_to_lot"]),
            (&json!(0), &json!(0)),
            "{standard}: {day}"
        );
        assert_eq!(uplink["dead_letters"], 0, "{standard}");
        let orders = &uplink["reconciliation"]["orders"];
        assert_eq!((&orders["why"], &orders["items"]), (&Value::Null, &json!([])), "{standard}: {orders}");
        assert!(orders["asked_at"].is_string(), "{standard}: {orders}");

        // The platform has each once.
        let there = city.ask(&format!("/api/v1/lots/{standard}/days/2026-04-01"), &city.provider).await;
        let cars = if standard == "yunkuaichong" { 0 } else { KEPT + LOST };
        assert_eq!((&there["entries"], &there["exits"]), (&json!(cars), &json!(cars)), "{standard}: {there}");
        let path = format!("/api/v1/lots/{standard}/sessions?limit=1000");
        let sessions = city.ask(&path, &city.operator).await;
        let sessions = sessions["items"].as_array().unwrap();
        assert_eq!(sessions.len(), usize::try_from(cars).unwrap(), "{standard}");
        for session in sessions {
            let kinds: Vec<_> =
                session["findings"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
            assert!(session["entry"].is_object() && session["exit"].is_object(), "{standard}: {session}");
            assert!(!kinds.contains(&&json!("amended-report")), "{standard}: {session}");
        }
        if standard == "yunkuaichong" {
            assert_eq!((&there["charges"], &there["declared"]), (&json!(3), &Value::Null));
        } else {
            assert_eq!(
                there["declared"],
                Value::Null,
                "the log does not have the beginning of its first day"
            );
        }
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_day_is_declared_and_a_record_that_came_late_is_declared_anew() {
    let mut city = City::new().await;
    let gateway = city.gateway().await;
    said(&gateway, vec![], &[]).await;
    gateway.stop().await;
    city.line.clock.set("2026-04-01T12:00");
    let gateway = city.gateway().await;
    said(&gateway, (0..3).flat_map(car).collect(), &[]).await;
    gateway.stop().await;
    city.line.clock.set("2026-04-02T02:30");
    let gateway = city.gateway().await;
    compared(&gateway, DAY).await;
    let declared = async |city: &City| {
        let day = city.ask("/api/v1/lots/huzhou/days/2026-04-01", &city.provider).await;
        (day["declared"]["entries"].clone(), day["declared"]["exits"].clone())
    };
    assert_eq!(declared(&city).await, (json!(3), json!(3)));
    // A camera that had been cut off; the night after, the day is compared once more.
    let [entry, _] = car(7);
    said(&gateway, vec![entry], &[]).await;
    gateway.stop().await;
    city.line.clock.set("2026-04-03T02:30");
    let gateway = city.gateway().await;
    let again = until(WITHIN, async || declared(&city).await == (json!(4), json!(3)));
    assert!(again.await, "{:?} {:#?}", declared(&city).await, status(&gateway).await);
    // A token that the platform does not know is said, and tried again.
    gateway.stop().await;
    city.provider = "bowei_unknown".to_owned();
    city.line.clock.set("2026-04-04T02:30");
    let gateway = city.gateway().await;
    let failed = until(WITHIN, async || {
        status(&gateway).await.iter().all(|uplink| uplink["reconciliation"]["state"] == "failed")
    });
    assert!(failed.await, "{:#?}", status(&gateway).await);
    let why = status(&gateway).await[0]["reconciliation"]["why"].as_str().unwrap().to_owned();
    assert!(why.contains("token"), "{why}");
    gateway.stop().await;
    city.close().await;
}
