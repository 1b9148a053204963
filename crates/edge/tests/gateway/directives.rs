//! A platform that is asked for its directives, over HTTP: a small server here with the platform's part of
//! `/gateway/v1`, and gateways of every standard.

use crate::gateway::harness::{entry, plate};
use crate::gateway::platform::Platform;
use crate::gateway::time::Wall;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use bowei_edge::config::{LotConfig, ReconciliationConfig, UplinkConfig};
use bowei_edge::outbox::sim::SimDisk;
use bowei_edge::uplink::{Backoff, Tuning};
use bowei_edge::{Config, Environment, Gateway, Running, SystemClock};
use http::{Method, Request};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt as _;

/// Nothing here takes as long; a machine under load may.
const WITHIN: Duration = Duration::from_secs(60);

/// The platform: what it wants, and what it was told.
struct CityPlatform {
    open: watch::Sender<Vec<Value>>,
    told: watch::Sender<Vec<(String, Value)>>,
    /// Of each question for directives, the token and the lot.
    asked: watch::Sender<Vec<(String, String)>>,
    /// What it answers whatever it is told, where it does not take it.
    refuses: Mutex<Option<StatusCode>>,
    /// It goes on wanting what has been answered.
    forgets: Mutex<bool>,
}

impl CityPlatform {
    /// Serves, and says where.
    async fn serve() -> (Arc<Self>, String) {
        let platform = Arc::new(Self {
            open: watch::Sender::default(),
            told: watch::Sender::default(),
            asked: watch::Sender::default(),
            refuses: Mutex::default(),
            forgets: Mutex::default(),
        });
        let router = Router::new()
            .route("/gateway/v1/directives", get(wait))
            .route("/gateway/v1/directives/{id}", post(answer))
            .route("/gateway/v1/reservations/{code}/cancel", post(cancel))
            .route("/gateway/v1/relief", get(relief))
            .with_state(Arc::clone(&platform));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (platform, url)
    }

    fn wants(&self, directive: Value) {
        self.open.send_modify(|open| open.push(directive));
    }

    fn refuses(&self, status: Option<StatusCode>) {
        *self.refuses.lock().unwrap() = status;
    }

    /// Takes what it is told, unless it refuses.
    fn tell(&self, what: String, body: Value) -> StatusCode {
        self.told.send_modify(|told| told.push((what, body)));
        self.refuses.lock().unwrap().unwrap_or(StatusCode::OK)
    }

    /// Waits until it was told so much.
    async fn was_told(&self, many: usize) -> Vec<(String, Value)> {
        let mut told = self.told.subscribe();
        let there = tokio::time::timeout(WITHIN, told.wait_for(|told| told.len() >= many)).await;
        there.unwrap_or_else(|_| panic!("{:#?} is all that it was told", self.told.borrow())).unwrap().clone()
    }

    /// Waits until it was asked again, so often.
    async fn is_asked(&self, times: usize) -> Vec<(String, String)> {
        let mut asked = self.asked.subscribe();
        let many = asked.borrow().len() + times;
        tokio::time::timeout(WITHIN, asked.wait_for(|it| it.len() >= many)).await.unwrap().unwrap().clone()
    }
}

async fn wait(
    State(platform): State<Arc<CityPlatform>>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> (StatusCode, Json<Value>) {
    let token = headers["authorization"].to_str().unwrap().to_owned();
    platform.asked.send_modify(|asked| asked.push((token, query["lot"].clone())));
    if let Some(status) = *platform.refuses.lock().unwrap() {
        return (status, Json(json!({ "detail": "not now" })));
    }
    let mut open = platform.open.subscribe();
    let wait = Duration::from_secs(query["wait"].parse().unwrap());
    let _ = tokio::time::timeout(wait, open.wait_for(|open| !open.is_empty())).await;
    let items = open.borrow().clone();
    (StatusCode::OK, Json(json!({ "items": items })))
}

async fn answer(
    State(platform): State<Arc<CityPlatform>>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let status = platform.tell(id.clone(), body);
    if status == StatusCode::OK && !*platform.forgets.lock().unwrap() {
        platform.open.send_modify(|open| open.retain(|directive| directive["id"] != id.as_str()));
    }
    (status, Json(json!({ "detail": "as it is" })))
}

async fn cancel(
    State(platform): State<Arc<CityPlatform>>,
    Path(code): Path<String>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    (platform.tell(format!("cancel {code}"), body), Json(json!({ "detail": "as it is" })))
}

async fn relief(Query(query): Query<BTreeMap<String, String>>) -> (StatusCode, Json<Value>) {
    let status = if query.contains_key("plate") { StatusCode::OK } else { StatusCode::NOT_FOUND };
    (status, Json(json!({ "asked": query })))
}

/// A lot, in real time.
struct Lot {
    config: Config,
    disk: Arc<SimDisk>,
    running: Option<Running>,
}

impl Lot {
    async fn of(standard: &str, url: &str) -> Self {
        let issued = Platform::new(standard, &Arc::new(Wall::new()));
        let mut config = Config::new(LotConfig::new("L1", "东门停车场", 100));
        config.listen = ([127, 0, 0, 1], 0).into();
        config.lot.reservable = Some(2);
        config.uplinks = vec![UplinkConfig {
            name: None,
            standard: standard.to_owned(),
            url: url.to_owned(),
            lot_id: issued.lot_id.to_owned(),
            reconciliation: Some(ReconciliationConfig {
                url: None,
                token: "bowei_token".to_owned(),
                lot: "330502-001".to_owned(),
                reservations: true,
            }),
            credential: issued.handed_out(),
        }];
        let mut lot = Self { config, disk: SimDisk::new(), running: None };
        lot.start().await;
        lot
    }

    async fn start(&mut self) {
        let quick = Backoff { first: Duration::from_millis(20), longest: Duration::from_millis(200) };
        let tuning = Tuning {
            session: quick,
            uplink: quick,
            directives_wait: Duration::from_secs(5),
            ..Tuning::default()
        };
        let (clock, disk) = (Arc::new(SystemClock), Arc::clone(&self.disk));
        let machine = Environment { clock, disk: disk as _, tuning, transport: None };
        self.running = Some(Gateway::start(self.config.clone(), machine).await.unwrap());
    }

    /// The process alone dies, and comes again.
    async fn kill(&mut self) {
        self.disk = self.disk.kill();
        drop(self.running.take());
        self.start().await;
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let router = bowei_edge::http::router(Arc::clone(&self.running.as_ref().unwrap().gateway));
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder().method(method).uri(path).body(body).unwrap();
        let answer = router.oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, Value::Null).await.1
    }

    /// What the lot's own system is told.
    async fn directives(&self) -> Vec<Value> {
        self.get("/v1/directives").await["items"].as_array().unwrap().clone()
    }

    async fn reserved(&self) -> Value {
        self.get("/v1/status").await["lot"]["reserved"].clone()
    }

    async fn cancels(&self, code: &str) -> StatusCode {
        let path = format!("/v1/reservations/{code}/cancel");
        self.ask(Method::POST, &path, json!({ "reason": "场内施工" })).await.0
    }
}

fn wanted(id: &str, kind: &str, booking: &str, car: u32) -> Value {
    let now = Timestamp::now();
    json!({
        "id": id, "kind": kind, "booking": booking, "plate": plate(car), "space": "ordinary",
        "arrives_at": now + SignedDuration::from_hours(1), "expires_at": now + SignedDuration::from_mins(90),
        "kept_minutes": 30, "only_if_free": true,
    })
}

fn taken() -> Value {
    json!({ "outcome": "taken" })
}

#[tokio::test]
async fn a_reservation_reaches_a_lot_of_every_standard() {
    for standard in bowei_standards::all() {
        let (platform, url) = CityPlatform::serve().await;
        let lot = Lot::of(standard.card().name, &url).await;
        assert_eq!(platform.is_asked(1).await[0], ("Bearer bowei_token".to_owned(), "330502-001".to_owned()));
        platform.wants(wanted("d1", "reservation", "BK1", 1));
        assert_eq!(platform.was_told(1).await, [("d1".to_owned(), taken())]);
        assert_eq!(lot.reserved().await, 1, "{}", standard.card().name);
        let told = lot.directives().await;
        assert_eq!(
            (told.len(), &told[0]["booking"], &told[0]["plate"]),
            (1, &json!("BK1"), &json!(plate(1)))
        );
        platform.wants(wanted("d2", "change", "BK1", 1));
        platform.wants(json!({ "id": "d3", "kind": "cancellation", "booking": "BK1" }));
        assert_eq!(platform.was_told(3).await[1..], [("d2".to_owned(), taken()), ("d3".to_owned(), taken())]);
        assert_eq!(lot.reserved().await, 0);
        let status = lot.get("/v1/status").await["uplinks"][0]["reservations"].clone();
        assert_eq!((&status["state"], &status["configured"]), (&json!("waiting"), &json!(true)));
    }
}

#[tokio::test]
async fn what_the_lot_cannot_do_is_said_in_words() {
    let (platform, url) = CityPlatform::serve().await;
    let lot = Lot::of("ningbo", &url).await;
    let mut late = wanted("d5", "reservation", "BK5", 5);
    late["arrives_at"] = json!("2020-01-01T00:00:00Z");
    late["expires_at"] = json!("2020-01-01T00:30:00Z");
    let mut no_plate = wanted("d7", "reservation", "BK7", 7);
    no_plate["plate"] = json!("？");
    let all = [
        wanted("d1", "reservation", "BK1", 1),
        wanted("d2", "reservation", "BK2", 2),
        wanted("d3", "reservation", "BK3", 3),
        wanted("d4", "change", "BK4", 4),
        late,
        json!({ "id": "d6", "kind": "cancellation", "booking": "BK6" }),
        no_plate,
        json!({ "id": "d8", "kind": "levitation", "booking": "BK8" }),
    ];
    all.into_iter().for_each(|each| platform.wants(each));
    let told = platform.was_told(8).await;
    let outcomes: Vec<_> =
        told.iter().map(|(_, it)| (it["outcome"].as_str().unwrap(), it["code"].as_str())).collect();
    let refused = |code| ("refused", Some(code));
    assert_eq!(
        outcomes,
        [
            ("taken", None),
            ("taken", None),
            ("no-space", None),
            refused("1104"),
            refused("5004"),
            refused("1104"),
            refused("2"),
            refused("2"),
        ]
    );
    assert!(told[3].1["why"].as_str().unwrap().contains("预约订单不存在"), "{}", told[3].1);
    assert_eq!(lot.reserved().await, 2);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_as_it_was() {
    let (platform, url) = CityPlatform::serve().await;
    let mut lot = Lot::of("huzhou", &url).await;
    platform.is_asked(1).await;
    // The question came through; what is answered does not.
    platform.wants(wanted("d1", "reservation", "BK1", 1));
    platform.was_told(1).await;
    *platform.forgets.lock().unwrap() = true;
    platform.wants(wanted("d2", "reservation", "BK2", 2));
    platform.was_told(3).await;
    // The car comes meanwhile: asked anew, the book would say that the code exists already.
    let mut arrived = entry("R2", 2, Timestamp::now());
    arrived["booking"] = json!("BK2");
    let (status, answer) = lot.ask(Method::POST, "/v1/reports", json!([arrived])).await;
    assert_eq!(status, 200, "{answer}");
    lot.kill().await;
    let before = platform.was_told(1).await.len();
    *platform.forgets.lock().unwrap() = false;
    let told = platform.was_told(before + 1).await;
    assert!(told[1..].iter().all(|it| *it == ("d2".to_owned(), taken())), "{told:#?}");
    assert_eq!(lot.directives().await.len(), 2, "the lot's system is told once");
}

#[tokio::test]
async fn a_platform_that_is_away_is_asked_again_and_it_is_said_why() {
    let (platform, url) = CityPlatform::serve().await;
    platform.refuses(Some(StatusCode::UNAUTHORIZED));
    let lot = Lot::of("isp", &url).await;
    platform.is_asked(2).await;
    let status = lot.get("/v1/status").await;
    let shown = &status["uplinks"][0]["reservations"];
    assert_eq!(shown["state"], "failed");
    assert!(shown["why"].as_str().unwrap().contains("not now"), "{shown}");
    let warnings = status["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["code"] == "reservations-failed"), "{warnings:#?}");
    platform.refuses(None);
    platform.wants(wanted("d1", "reservation", "BK1", 1));
    assert_eq!(platform.was_told(1).await, [("d1".to_owned(), taken())]);
}

#[tokio::test]
async fn what_the_lot_calls_off_reaches_the_platform_once_after_whatever_happens() {
    let (platform, url) = CityPlatform::serve().await;
    let mut lot = Lot::of("ningbo", &url).await;
    platform.wants(wanted("d1", "reservation", "BK1", 1));
    platform.wants(wanted("d2", "reservation", "BK2", 2));
    platform.was_told(2).await;
    platform.refuses(Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(lot.cancels("BK1").await, 200);
    assert_eq!(lot.cancels("BK1").await, 200, "said again it is the same");
    assert_eq!(lot.reserved().await, 1);
    platform.was_told(3).await;
    lot.kill().await;
    platform.is_asked(1).await;
    platform.refuses(None);
    let many = platform.was_told(1).await.len();
    let told = platform.was_told(many + 1).await;
    let why = json!({ "reason": "场内施工" });
    assert!(told[2..].iter().all(|it| *it == ("cancel BK1".to_owned(), why.clone())), "{told:#?}");
    // Taken, it is not told again; one that the platform has ended itself neither.
    platform.refuses(Some(StatusCode::CONFLICT));
    assert_eq!(lot.cancels("BK2").await, 200);
    let told = platform.was_told(many + 2).await;
    assert_eq!(told.last().unwrap().0, "cancel BK2");
    platform.refuses(None);
    platform.wants(wanted("d3", "reservation", "BK3", 3));
    let told = platform.was_told(many + 3).await;
    assert_eq!(told.last().unwrap().0, "d3");
    let cancelled: Vec<_> = lot.directives().await;
    let kinds: Vec<_> = cancelled.iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["reservation", "reservation", "cancellation", "cancellation", "reservation"]);
}

#[tokio::test]
async fn the_lot_cannot_call_off_what_is_not_there_or_over() {
    let (platform, url) = CityPlatform::serve().await;
    let lot = Lot::of("huzhou", &url).await;
    assert_eq!(lot.cancels("BK9").await, 404);
    platform.wants(wanted("d1", "reservation", "BK1", 1));
    platform.was_told(1).await;
    let mut arrived = entry("R1", 1, Timestamp::now());
    arrived["booking"] = json!("BK1");
    lot.ask(Method::POST, "/v1/reports", json!([arrived])).await;
    assert_eq!(lot.cancels("BK1").await, 409);
    let path = "/v1/reservations/BK1/cancel";
    for wrong in
        [json!({}), json!({ "reason": "" }), json!({ "reason": "x".repeat(201) }), json!({ "why": "x" })]
    {
        let (status, answer) = lot.ask(Method::POST, path, wrong).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains("reason"), "{answer}");
    }
    assert_eq!(platform.told.borrow().len(), 1, "the platform hears nothing of it");
}

#[tokio::test]
async fn what_a_car_that_charged_need_not_pay_is_the_platforms_word() {
    let (_platform, url) = CityPlatform::serve().await;
    let mut lot = Lot::of("ningbo", &url).await;
    let ask =
        async |lot: &Lot, query: &str| lot.ask(Method::GET, &format!("/v1/relief{query}"), Value::Null).await;
    let (status, answer) = ask(&lot, "?plate=%E6%B5%99E00001").await;
    assert_eq!(
        (status, answer["asked"].clone()),
        (StatusCode::OK, json!({ "lot": "330502-001", "plate": "浙E00001" }))
    );
    let (status, answer) = ask(&lot, "?record_id=R%201%26lot%3Dx").await;
    let asked = json!({ "lot": "330502-001", "record_id": "R 1&lot=x" });
    assert_eq!((status, answer["asked"].clone()), (StatusCode::NOT_FOUND, asked));
    assert_eq!(ask(&lot, "").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(ask(&lot, "?plate=1&record_id=1").await.0, StatusCode::BAD_REQUEST);
    lot.config.uplinks[0].reconciliation = None;
    lot.kill().await;
    assert_eq!(ask(&lot, "?plate=1").await.0, StatusCode::NOT_FOUND);
}
