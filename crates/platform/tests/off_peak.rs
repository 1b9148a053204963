//! Off-peak parking (4.14) over the platform's own API: a third party's service says what is its own, reads what is its
//! own, and touches nothing else.

use crate::support::person::without_second_factor;
use crate::support::{Answer, City, at, entry, exit};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// The lot that lets both services in, and one that lets in nobody.
const LOT: &str = "330502-001";
const CLOSED: &str = "330522-001";

struct Scene {
    city: City,
    /// Tokens of two services.
    night: String,
    day: String,
    operator: String,
}

impl Scene {
    async fn new() -> Self {
        let city = City::with(without_second_factor()).await;
        let operator = city.token("operator", None).await;
        let parties = json!({ "off_peak_parties": ["night", "day"] });
        let path = format!("/api/v1/lots/{LOT}");
        let let_in = city.patch(&path, &operator, &parties.to_string()).await;
        assert_eq!(let_in.status, 200, "{}", let_in.json());
        let (night, day) = (city.token("off-peak:night", None).await, city.token("off-peak:day", None).await);
        Self { city, night, day, operator }
    }

    async fn put(&self, token: &str, path: &str, body: Value) -> Answer {
        self.city.ask_with(token, Method::PUT, &format!("/api/v1/{path}"), Some(body)).await
    }

    async fn put_package(&self, token: &str, no: &str, price: &str, shelf: &str) -> Answer {
        let body = json!({ "package_kind": 1, "price": price, "shelf": shelf, "permit_no": "粤-1" });
        self.put(token, &format!("off-peak-packages/{LOT}/{no}"), body).await
    }

    async fn put_order(&self, token: &str, no: &str, package: &str, more: Value) -> Answer {
        let mut body = json!({ "package_no": package, "plate": "浙E12345", "amount": "12.50", "status": 1 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.put(token, &format!("off-peak-orders/{LOT}/{no}"), body).await
    }

    async fn list(&self, token: &str, path: &str) -> Vec<Value> {
        let answer = self.city.get(&format!("/api/v1/{path}"), Some(token)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()["items"].as_array().unwrap().clone()
    }
}

fn numbers(items: &[Value], of: &str) -> Vec<String> {
    items.iter().map(|item| item[of].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_goes_on_the_shelf_off_it_and_on_again() {
    let scene = Scene::new().await;
    for (price, shelf, status) in
        [("12.50", "on", 1), ("12.50", "off", 0), ("12.50", "on", 1), ("9.9", "on", 1)]
    {
        scene.city.clock.turn(SignedDuration::from_secs(1));
        let put = scene.put_package(&scene.night, "N1", price, shelf).await;
        assert_eq!(put.status, 200, "{}", put.json());
        let shown = &scene.list(&scene.operator, "off-peak-packages").await[0];
        let expected = json!([price, status, shelf, "night", LOT]);
        let seen =
            [&shown["price"], &shown["status"], &shown["shelf"], &shown["service_code"], &shown["lot"]];
        assert_eq!(json!(seen), expected);
    }
    scene.put_package(&scene.night, "N2", "5", "off").await;
    let on = scene.list(&scene.operator, "off-peak-packages?shelf=on").await;
    assert_eq!(numbers(&on, "package_no"), ["N1"]);
    let off = scene.list(&scene.operator, "off-peak-packages?shelf=off&service_code=night").await;
    assert_eq!(numbers(&off, "package_no"), ["N2"]);
    assert!(scene.list(&scene.operator, "off-peak-packages?service_code=day").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_touches_and_sees_its_own_alone() {
    let scene = Scene::new().await;
    assert_eq!(scene.put_package(&scene.night, "P1", "12", "on").await.status, 200);
    assert_eq!(scene.put_order(&scene.night, "O1", "P1", json!({})).await.status, 200);
    // Another service: neither its number, nor an order by its offer, nor a look at it.
    assert_eq!(scene.put_package(&scene.day, "P1", "1", "off").await.status, StatusCode::CONFLICT);
    assert_eq!(scene.put_order(&scene.day, "O9", "P1", json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(scene.put_package(&scene.day, "P2", "1", "on").await.status, 200);
    assert_eq!(scene.put_order(&scene.day, "O1", "P2", json!({})).await.status, StatusCode::CONFLICT);
    for list in ["off-peak-packages", "off-peak-orders", "off-peak-orders?service_code=night"] {
        let own = scene.list(&scene.day, list).await;
        assert!(own.iter().all(|item| item["service_code"] == "day"), "{list}: {own:?}");
    }
    assert_eq!(
        scene.list(&scene.night, "off-peak-orders").await[0]["plate"],
        "浙E12345",
        "it said it itself"
    );
    // A lot that has not let it in does not exist for it, and nothing but off-peak parking is its own.
    let body = json!({ "package_kind": 1, "price": "1", "shelf": "on" });
    let closed = scene.put(&scene.night, &format!("off-peak-packages/{CLOSED}/P1"), body.clone()).await;
    assert_eq!(closed.status, StatusCode::NOT_FOUND);
    let closed = scene.city.get(&format!("/api/v1/off-peak-orders?lot={CLOSED}"), Some(&scene.night)).await;
    assert_eq!(closed.status, StatusCode::NOT_FOUND);
    for path in ["lots", "charging-records", "findings", "stats", "stream", "search?q=330502", "reports"] {
        let answer = scene.city.get(&format!("/api/v1/{path}"), Some(&scene.night)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in
        [format!("lots/{LOT}"), format!("lots/{LOT}/sessions"), format!("lots/{LOT}/sessions?plate=浙E12345")]
    {
        let path = path.replace("浙", "%E6%B5%99");
        let answer = scene.city.get(&format!("/api/v1/{path}"), Some(&scene.night)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    // Nobody else reports over this path: not the lot's own provider, not the office.
    for role in ["operator", "regulator", "provider:hz-demo", "viewer"] {
        let token = scene.city.token(role, None).await;
        let answer = scene.put(&token, &format!("off-peak-packages/{LOT}/P7"), body.clone()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role}");
    }
    // Shut out again, it changes nothing any more.
    let path = format!("/api/v1/lots/{LOT}");
    scene.city.patch(&path, &scene.operator, "{\"off_peak_parties\":[\"day\"]}").await;
    assert_eq!(scene.put_package(&scene.night, "P1", "1", "off").await.status, StatusCode::NOT_FOUND);
    assert!(scene.list(&scene.night, "off-peak-packages").await.is_empty());
    let shown = scene.list(&scene.operator, "off-peak-packages?service_code=night").await;
    assert_eq!(shown[0]["price"], "12");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_meets_the_stay_of_its_car_and_is_counted_on_its_day() {
    let scene = Scene::new().await;
    let (city, lot) = (&scene.city, scene.city.lot_of("hz-demo"));
    scene.put_package(&scene.night, "N1", "12.50", "on").await;
    let window = json!({ "valid_from": at(60), "valid_until": at(600) });
    assert_eq!(scene.put_order(&scene.night, "O1", "N1", window).await.status, 200);
    let later = json!({ "valid_from": at(3_000), "valid_until": at(3_600), "amount": "0.05" });
    assert_eq!(scene.put_order(&scene.night, "O2", "N1", later).await.status, 200);
    // A stay before it, and the one that is meant.
    for (record, from, to) in [("R1", 0, 30), ("R2", 90, 400)] {
        city.clock.turn(SignedDuration::from_mins(to));
        city.say(&lot, &entry(LOT, record, from, 100)).await;
        city.say(&lot, &exit(LOT, record, from, to, 101)).await;
    }
    let orders = scene.list(&scene.operator, "off-peak-orders").await;
    assert_eq!(numbers(&orders, "order_no"), ["O2", "O1"]);
    assert_eq!((&orders[0]["stay"], &orders[1]["stay"]["record_id"]), (&Value::Null, &json!("R2")));
    assert_eq!(scene.list(&scene.night, "off-peak-orders").await[1]["stay"], Value::Null, "not told to it");
    let day = async |token: &str, day: &str| {
        city.get(&format!("/api/v1/lots/{LOT}/off-peak?day={day}"), Some(token)).await.json()
    };
    let counted = day(&scene.operator, "2026-04-01").await;
    let expected = json!({
        "lot": LOT, "day": "2026-04-01", "packages_on_shelf": 1, "orders": 1, "amount": "12.50", "with_stay": 1,
        "incomplete": false,
    });
    assert_eq!(counted, expected);
    assert_eq!(day(&scene.operator, "2026-03-31").await["orders"], 0);
    let own = day(&scene.night, "2026-04-01").await;
    assert_eq!((&own["orders"], &own["with_stay"]), (&json!(1), &Value::Null));
    let others = day(&scene.day, "2026-04-01").await;
    assert_eq!((&others["orders"], &others["packages_on_shelf"]), (&json!(0), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_said_by_its_field() {
    let scene = Scene::new().await;
    scene.put_package(&scene.night, "N1", "12.50", "on").await;
    for (price, shelf, field) in [
        ("-1", "on", "price"),
        ("1.234", "on", "price"),
        ("x", "on", "price"),
        ("1e9", "on", "price"),
        ("1", "half", "shelf"),
    ] {
        let answer = scene.put_package(&scene.night, "N1", price, shelf).await;
        let words = answer.json().to_string();
        assert_eq!(answer.status, 400, "{words}");
        assert!(words.contains(field), "{price} {shelf}: {words}");
    }
    for (more, field) in [
        (json!({ "plate": "" }), "plate"),
        (json!({ "amount": "1000000.01" }), "amount"),
        (json!({ "valid_from": "yesterday" }), "valid_from"),
        (json!({ "valid_from": at(10), "valid_until": at(10) }), "valid_until"),
        (json!({ "service_code": "day" }), "service_code"),
    ] {
        let answer = scene.put_order(&scene.night, "O1", "N1", more).await;
        let words = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!(answer.status, 400, "{words}");
        assert!(words.contains(field), "{words}");
    }
    let long = "9".repeat(65);
    assert_eq!(scene.put_package(&scene.night, &long, "1", "on").await.status, 400);
    assert!(scene.list(&scene.operator, "off-peak-orders").await.is_empty());
    // No person has that role: nobody signs in as a service.
    let admin = scene.city.person("security-admin", None).await;
    let body = json!({ "login": "night", "name": "夜", "role": "off-peak:night", "password": "correct horse battery 1" });
    let refused = scene.city.ask(&admin, Method::POST, "/api/v1/users", Some(body)).await;
    assert_eq!(refused.status, 400, "{}", refused.json());
}
