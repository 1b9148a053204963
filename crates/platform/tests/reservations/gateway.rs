//! Lots that cannot be called: their gateway asks.

use super::{Driver, Scene, ask_at, config, driver, engine, shown};
use crate::support::City;
use bowei_platform::Clock as _;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;

/// A lot of the Huzhou standard: what it grants is the office's word.
const LOT: &str = "330502-001";

struct Gateway {
    city: City,
    token: String,
}

impl Gateway {
    async fn with(places: u32) -> Self {
        let mut config = config();
        engine::choose(&mut config);
        let city = City::on(config).await;
        let token = city.token("provider:hz-demo", None).await;
        let gateway = Self { city, token };
        let body = json!({"granted": {"ordinary": places}, "reason": "试点停车场"});
        let office = gateway.city.token("operator", None).await;
        let path = format!("/api/v1/reservations/lots/{LOT}");
        let answer = gateway.city.ask_with(&office, Method::POST, &path, Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        gateway
    }

    async fn asks(&self, wait: u32) -> Vec<Value> {
        let path = format!("/gateway/v1/directives?lot={LOT}&wait={wait}");
        let answer = self.city.get(&path, Some(&self.token)).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["items"].as_array().unwrap().clone()
    }

    async fn answers(&self, item: &Value, outcome: Value) -> u16 {
        let path = format!("/gateway/v1/directives/{}?lot={LOT}", item["id"].as_str().unwrap());
        self.city.ask_with(&self.token, Method::POST, &path, Some(outcome)).await.status.as_u16()
    }

    async fn order(&self, plate: &str, wait: bool) -> Driver<'_> {
        let enter_at = shown(self.city.clock.now() + SignedDuration::from_mins(60));
        let order = json!({"lot": LOT, "plate": plate, "enter_at": enter_at, "wait": wait});
        let created = ask_at(&self.city, order).await;
        driver(&self.city, &created)
    }

    async fn tick(&self, time: SignedDuration) {
        self.city.clock.turn(time);
        self.city.platform.app().settle_reservations().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_is_listed_as_reservable_while_its_gateway_asks() {
    let gateway = Gateway::with(1).await;
    let listed = async || {
        let offers = gateway.city.get("/open/v1/offers", None).await.json();
        offers["reservable"] == json!([LOT])
    };
    assert!(!listed().await, "nobody can tell it of a reservation");
    gateway.asks(0).await;
    gateway.tick(SignedDuration::from_mins(1)).await;
    assert!(listed().await);
    gateway.tick(SignedDuration::from_mins(5)).await;
    assert!(!listed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_asks_is_told_and_answers() {
    let gateway = Gateway::with(1).await;
    let path = format!("/open/v1/reservations/lots/{LOT}");
    let why = async || gateway.city.get(&path, None).await.json()["why"].clone();
    assert_eq!(why().await, "not-reachable", "its gateway has not asked yet");
    assert!(gateway.asks(0).await.is_empty());
    assert_eq!(why().await, Value::Null);
    let driver = gateway.order("浙E12345", false).await;
    let waits = gateway.order("浙E12346", true).await;
    let items = gateway.asks(0).await;
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(
        (&items[0]["kind"], &items[0]["booking"], &items[0]["plate"], &items[0]["space"]),
        (&json!("reservation"), &json!(driver.code), &json!("浙E12345"), &json!("ordinary"))
    );
    // Twice is once; a nonsense id is none.
    assert_eq!(gateway.answers(&items[0], json!({"outcome": "taken"})).await, 200);
    assert_eq!(gateway.answers(&items[0], json!({"outcome": "taken"})).await, 200);
    assert_eq!(gateway.answers(&json!({"id": "x-reserve-1"}), json!({"outcome": "taken"})).await, 404);
    assert_eq!(driver.state().await, "confirmed");
    assert!(gateway.asks(0).await.is_empty());
    // The driver changes it, and the lot refuses that.
    let later = shown(gateway.city.clock.now() + SignedDuration::from_mins(90));
    assert_eq!(driver.changes(json!({"enter_at": later})).await.status, 200);
    let items = gateway.asks(0).await;
    assert_eq!((&items[0]["kind"], &items[0]["arrives_at"]), (&json!("change"), &json!(later)));
    assert_eq!(
        gateway.answers(&items[0], json!({"outcome": "refused", "code": "5004", "why": ""})).await,
        200
    );
    let seen = driver.sees().await;
    assert_eq!((&seen["state"], &seen["reason"]["reason"]), (&json!("confirmed"), &json!("change-refused")));
    // The lot calls it off, and whoever waits is next.
    let path = format!("/gateway/v1/reservations/{}/cancel?lot={LOT}", driver.code);
    let body = || Some(json!({"reason": "设备检修"}));
    for _ in 0..2 {
        let answer = gateway.city.ask_with(&gateway.token, Method::POST, &path, body()).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
    }
    let seen = driver.sees().await;
    assert_eq!((&seen["state"], &seen["reason"]["reason"]), (&json!("cancelled"), &json!("lot")), "{seen}");
    let items = gateway.asks(0).await;
    assert_eq!((items.len(), &items[0]["booking"]), (1, &json!(waits.code)), "{items:?}");
    assert_eq!(gateway.answers(&items[0], json!({"outcome": "taken"})).await, 200);
    assert_eq!(waits.state().await, "confirmed");
    // And the driver calls it off.
    assert_eq!(waits.cancels().await.status, 200);
    let items = gateway.asks(0).await;
    assert_eq!((&items[0]["kind"], &items[0]["booking"]), (&json!("cancellation"), &json!(waits.code)));
    assert_eq!(gateway.answers(&items[0], json!({"outcome": "taken"})).await, 200);
    assert!(gateway.asks(0).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_waits_is_answered_as_soon_as_there_is_something() {
    let gateway = Gateway::with(1).await;
    gateway.asks(0).await;
    let (items, driver) = tokio::join!(gateway.asks(20), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        gateway.order("浙E12345", false).await
    });
    assert_eq!(items[0]["booking"], json!(driver.code), "{items:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_stays_away_finds_the_same_order_and_then_none() {
    let gateway = Gateway::with(1).await;
    gateway.asks(0).await;
    let driver = gateway.order("浙E12345", false).await;
    let first = gateway.asks(0).await;
    gateway.tick(SignedDuration::from_secs(12)).await;
    assert_eq!(driver.state().await, "unknown");
    gateway.tick(SignedDuration::from_secs(6)).await;
    // The next attempt has another id and the same code; an answer to either is one.
    let second = gateway.asks(0).await;
    assert_eq!(second[0]["booking"], json!(driver.code));
    assert_ne!(first[0]["id"], second[0]["id"]);
    assert_eq!(gateway.answers(&first[0], json!({"outcome": "taken"})).await, 200);
    assert_eq!(driver.state().await, "confirmed");
    // Another provider's program has nothing to do with it.
    let other = gateway.city.token("provider:hz-other", None).await;
    let path = format!("/gateway/v1/directives?lot={LOT}");
    assert_eq!(gateway.city.get(&path, Some(&other)).await.status, 404);
    let path = format!("/gateway/v1/reservations/{}/cancel?lot=330522-001", driver.code);
    let body = Some(json!({"reason": "不是我的"}));
    assert_eq!(gateway.city.ask_with(&other, Method::POST, &path, body).await.status, 409);
    assert_eq!(driver.state().await, "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_is_called_is_not_asked_as_well() {
    let scene = Scene::with(1).await;
    let driver = scene.books("粤B00001", 60).await;
    assert_eq!(driver.state().await, "confirmed");
    let token = scene.city.token("provider:sz-vendor", None).await;
    let path = format!("/gateway/v1/directives?lot={}", super::LOT);
    assert_eq!(scene.city.get(&path, Some(&token)).await.json()["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_not_told_of_a_barred_order_and_seems_to_answer_it() {
    let gateway = Gateway::with(2).await;
    gateway.asks(0).await;
    let own = gateway.order("浙E12345", false).await;
    let items = gateway.asks(0).await;
    gateway.answers(&items[0], json!({"outcome": "taken"})).await;
    assert_eq!(own.state().await, "confirmed");
    let again = gateway.order("浙E12345", false).await;
    gateway.tick(SignedDuration::ZERO).await;
    assert_eq!(again.state().await, "held", "its gateway has not asked");
    assert!(gateway.asks(0).await.is_empty());
    gateway.tick(SignedDuration::ZERO).await;
    assert_eq!(again.reasons().await, ["placed", "sent", "not-taken"]);
    let office = gateway.city.token("operator", None).await;
    let page = gateway.city.get(&format!("/api/v1/reservations/{}", again.code), Some(&office)).await.json();
    assert_eq!((&page["reason"], &page["call"]), (&json!("limited"), &Value::Null), "{page}");
}
