//! The office's view, and what it does.

use super::{LOT, Scene, config, engine, shown};
use crate::support::person::Person;
use http::Method;
use serde_json::{Value, json};

impl Scene {
    async fn listed(&self, token: &str, query: &str) -> Vec<Value> {
        let answer = self.city.get(&format!("/api/v1/reservations?{query}"), Some(token)).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.json());
        answer.json()["items"].as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_listed_by_lot_state_plate_and_time_for_whoever_may_see_them() {
    let scene = Scene::with(2).await;
    let one = scene.books("粤B00001", 60).await;
    let other = scene.books("粤B00002", 90).await;
    let waits = scene.waits("粤B00003", 60).await;
    let office = scene.city.token("regulator", None).await;
    let codes = async |query: &str| {
        let items = scene.listed(&office, query).await;
        items.iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (one, other, waits) = (one.code.as_str(), other.code.as_str(), waits.code.as_str());
    assert_eq!(codes("state=waiting").await, [waits]);
    assert_eq!(codes("state=confirmed,waiting").await.len(), 3);
    assert_eq!(codes(&format!("lot={LOT}")).await.len(), 3);
    assert_eq!(codes("lot=330502-001").await, [""; 0]);
    assert_eq!(codes("plate=%E7%B2%A4B00001").await, [one]);
    let from = shown(scene.within(80)).replace('+', "%2B");
    assert_eq!(codes(&format!("from={from}")).await, [other]);
    assert_eq!(codes(&format!("to={from}&state=confirmed")).await, [one]);
    assert_eq!(scene.city.get("/api/v1/reservations?state=parked", Some(&office)).await.status, 400);
    let first = scene.city.get("/api/v1/reservations?limit=2", Some(&office)).await.json();
    let next = codes(&format!("limit=2&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((first["items"].as_array().unwrap().len(), next.len()), (2, 1));
    let item = &scene.listed(&office, "plate=%E7%B2%A4B00001").await[0];
    assert_eq!(
        (&item["plate"], &item["state"], &item["reason"], &item["waits"], &item["has_phone"]),
        (&json!("粤B00001"), &json!("confirmed"), &json!("lot-taken"), &json!(false), &json!(false))
    );
    let path = format!("/api/v1/reservations/lots/{LOT}");
    let body = || Some(json!({"granted": {"ordinary": 9}, "reason": "不是我的停车场"}));
    for (role, status) in [("operator", 404), ("provider:hz-demo", 403), ("viewer", 403)] {
        let token = scene.city.token(role, Some("3305")).await;
        assert_eq!(scene.city.ask_with(&token, Method::POST, &path, body()).await.status, status, "{role}");
        let cancel = Some(json!({"action": "cancel", "reason": "不是我的停车场"}));
        let actions = format!("/api/v1/reservations/{one}/actions");
        assert_eq!(
            scene.city.ask_with(&token, Method::POST, &actions, cancel).await.status,
            status,
            "{role}"
        );
    }
    // Its own provider sees them, another not, and a viewer no plate.
    let own = scene.city.token("provider:sz-vendor", None).await;
    assert_eq!(scene.listed(&own, "").await.len(), 3);
    let foreign = scene.city.token("provider:hz-demo", None).await;
    assert!(scene.listed(&foreign, "").await.is_empty());
    assert_eq!(scene.city.get(&format!("/api/v1/reservations/{one}"), Some(&foreign)).await.status, 404);
    let elsewhere = scene.city.token("regulator", Some("3305")).await;
    assert!(scene.listed(&elsewhere, "").await.is_empty());
    let viewer = scene.city.token("viewer", None).await;
    assert_eq!(scene.listed(&viewer, "state=waiting").await[0]["plate"], "粤B·**003");
    let path = "/api/v1/reservations?plate=%E7%B2%A4B00001";
    assert_eq!(scene.city.get(path, Some(&viewer)).await.status, 403);
    // A person sees plates masked, and says why he looks for one.
    let person: Person = scene.city.person("regulator", None).await;
    let items = scene.city.read(&person, "/api/v1/reservations?state=waiting").await.json();
    assert_eq!(items["items"][0]["plate"], "粤B·**003", "{items}");
    assert_eq!(scene.city.read(&person, path).await.status, 400);
    let found =
        scene.city.read(&person, &format!("{path}&reason=%E8%BD%A6%E4%B8%BB%E6%9D%A5%E7%94%B5")).await;
    assert_eq!(found.json()["items"].as_array().unwrap().len(), 1, "{}", found.json());
    assert_eq!(scene.city.audited("plate.search").await[0].entry.object, "reservations");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_sees_an_order_whole_and_calls_it_off() {
    let scene = Scene::with(1).await;
    let driver = scene.books("粤B00001", 60).await;
    let waits = scene.waits("粤B00002", 60).await;
    let office = scene.city.token("operator", None).await;
    let path = format!("/api/v1/reservations/{}", driver.code);
    let page = scene.city.get(&path, Some(&office)).await.json();
    let reasons: Vec<_> =
        page["steps"].as_array().unwrap().iter().map(|step| step["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["placed", "sent", "lot-taken"], "{page}");
    assert_eq!((&page["legal"], &page["call"]), (&json!(["cancel"]), &Value::Null));
    let queues = scene.city.get("/api/v1/reservations/queues", Some(&office)).await.json();
    let queue = &queues["items"][0];
    assert_eq!(
        (
            &queue["lot"],
            &queue["reservable"],
            &queue["held"],
            &queue["confirmed"],
            &queue["free"],
            &queue["waiting"]
        ),
        (&json!(LOT), &json!(1), &json!(1), &json!(1), &json!(0), &json!(1)),
        "{queue}"
    );
    let actions = format!("{path}/actions");
    let act = |reason: &str| Some(json!({"action": "cancel", "reason": reason}));
    assert_eq!(scene.city.ask_with(&office, Method::POST, &actions, act("")).await.status, 400);
    let own = scene.city.token("provider:sz-vendor", None).await;
    assert_eq!(scene.city.ask_with(&own, Method::POST, &actions, act("我不想留")).await.status, 403);
    let done = scene.city.ask_with(&office, Method::POST, &actions, act("道路封闭")).await;
    assert_eq!((done.status.as_u16(), &done.json()["state"]), (200, &json!("cancelled")), "{}", done.json());
    scene.settle().await;
    assert_eq!(driver.sees().await["reason"]["reason"], "office");
    assert_eq!(waits.state().await, "confirmed");
    assert_eq!(scene.lot.kept(), std::slice::from_ref(&waits.code));
    assert_eq!(scene.city.ask_with(&office, Method::POST, &actions, act("道路封闭")).await.status, 200);
    let audited = scene.city.audited("reservation.cancel").await;
    assert!(!audited.is_empty() && audited[0].entry.after.contains("道路封闭"), "{audited:?}");
    let lots = scene.city.get("/api/v1/reservations/lots", Some(&office)).await.json();
    let lot = &lots["items"][0];
    assert_eq!(
        (&lot["way"], &lot["spaces"], &lot["taken"]),
        (&json!("called"), &json!({"ordinary": 1}), &json!(3)),
        "{lot}"
    );
    assert!(lot["p95_s"].as_f64().unwrap() < 5.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_stops_a_lot_and_says_why() {
    let scene = Scene::with(1).await;
    let office = scene.city.token("operator", None).await;
    let path = format!("/api/v1/reservations/lots/{LOT}");
    let stop = json!({"stopped": true, "reason": "消防检查"});
    let answer = scene.city.ask_with(&office, Method::POST, &path, Some(stop)).await;
    assert_eq!(answer.json()["why"], "stopped", "{}", answer.json());
    let order = json!({"plate": "粤B00001", "enter_at": shown(scene.within(60))});
    assert_eq!(scene.request(order.clone()).await.status, 409);
    let go_on = json!({"reason": "检查结束"});
    assert_eq!(scene.city.ask_with(&office, Method::POST, &path, Some(go_on)).await.status, 200);
    assert_eq!(scene.request(order).await.status, 201);
    let too_many = json!({"granted": {"ordinary": 51}, "reason": "多多益善"});
    assert_eq!(scene.city.ask_with(&office, Method::POST, &path, Some(too_many)).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_city_s_rules_have_versions() {
    let scene = Scene::with(2).await;
    let office = scene.city.token("regulator", None).await;
    let path = "/api/v1/reservations/policy";
    let before = scene.city.get(path, Some(&office)).await.json();
    assert_eq!((&before["version"], &before["settings"]["advance_minutes"]), (&json!(0), &json!(120)));
    scene.rules("advance_minutes = 30").await;
    let now = scene.city.get(path, Some(&office)).await.json();
    assert_eq!((&now["version"], &now["settings"]["advance_minutes"]), (&json!(1), &json!(30)), "{now}");
    assert_eq!(now["toml"], "advance_minutes = 30");
    let order = json!({"plate": "粤B00001", "enter_at": shown(scene.within(60))});
    assert_eq!(scene.request(order).await.status, 400, "they count at once");
    for (toml, words) in [
        ("advance_minutes = 0", "advance_minutes"),
        ("advanse_minutes = 30", "advanse_minutes"),
        ("advance_minutes = ", "toml"),
    ] {
        let body = json!({"toml": toml, "note": "试行规则"});
        let answer = scene.city.ask_with(&office, Method::POST, path, Some(body)).await;
        assert_eq!(answer.status, 400, "{toml}");
        assert!(answer.json().to_string().contains(words), "{toml}: {}", answer.json());
    }
    let stale = json!({"toml": "", "note": "试行规则", "based_on": 0});
    assert_eq!(scene.city.ask_with(&office, Method::POST, path, Some(stale)).await.status, 409);
    let versions = scene.city.get(&format!("{path}/versions"), Some(&office)).await.json();
    assert_eq!(versions["items"].as_array().unwrap().len(), 1);
    let bounded = scene.city.token("regulator", Some("4403")).await;
    let body = json!({"toml": "", "note": "试行规则"});
    assert_eq!(scene.city.ask_with(&bounded, Method::POST, path, Some(body)).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn plates_and_numbers_are_gone_after_their_time() {
    let scene = Scene::with(2).await;
    let order = json!({"plate": "粤B00001", "enter_at": shown(scene.within(30)), "phone": "13812345678"});
    let gone = scene.asks(order).await;
    scene.pass_minutes(30).await;
    scene.enters("R-1", "粤B00001", scene.now(), Some(&gone.code)).await;
    scene.leaves("R-1", "粤B00001", scene.now(), Some(&gone.code)).await;
    let office = scene.city.token("regulator", None).await;
    scene.pass(jiff::SignedDuration::from_hours(24 * 29)).await;
    scene.jobs().await;
    assert_eq!(scene.listed(&office, "").await[0]["plate"], "粤B00001");
    scene.pass(jiff::SignedDuration::from_hours(48)).await;
    scene.jobs().await;
    let item = &scene.listed(&office, "").await[0];
    assert!(item["plate"].as_str().unwrap().starts_with('~'), "{item}");
    assert_eq!((&item["has_phone"], &item["code"]), (&json!(false), &json!(gone.code)));
    assert!(scene.listed(&office, "plate=%E7%B2%A4B00001").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn drivers_are_told_by_webhook_and_their_numbers_are_kept_no_longer_than_that() {
    let receiver = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sms", receiver.local_addr().unwrap());
    let told = std::sync::Arc::new(parking_lot::Mutex::new(Vec::<Value>::new()));
    let noted = std::sync::Arc::clone(&told);
    let router = axum::Router::new().route(
        "/sms",
        axum::routing::post(move |body: String| {
            noted.lock().push(serde_json::from_str(&body).unwrap());
            std::future::ready(())
        }),
    );
    tokio::spawn(async move { axum::serve(receiver, router).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "a secret of sixteen bytes").unwrap();
    let mut config = config();
    engine::choose(&mut config);
    config.webhook.url = Some(url);
    config.webhook.secret_file = Some(secret);
    let scene = Scene::on(config, 1).await;
    let with_phone = |plate: &str, phone: &str, wait: bool| json!({"plate": plate, "enter_at": shown(scene.within(60)), "phone": phone, "wait": wait});
    let first = scene.asks(with_phone("粤B00001", "13800000001", false)).await;
    let second = scene.asks(with_phone("粤B00002", "13800000002", true)).await;
    scene.books("粤B00003", 60).await;
    assert_eq!(first.cancels().await.status, 200);
    scene.settle().await;
    assert_eq!(second.state().await, "confirmed");
    let office = scene.city.token("operator", None).await;
    let outbox = async || scene.city.get("/api/v1/webhooks", Some(&office)).await.bytes;
    let waiting = String::from_utf8_lossy(&outbox().await).into_owned();
    assert!(!waiting.contains("1380000000"), "sealed until it is sent: {waiting}");
    scene.pass_minutes(1).await;
    scene.jobs().await;
    let mut said: Vec<_> = told
        .lock()
        .iter()
        .map(|one| {
            let text = |field: &str| one["data"][field].as_str().unwrap().to_owned();
            (one["event"].as_str().unwrap().to_owned(), text("phone"), text("plate"))
        })
        .collect();
    said.sort();
    let expected = [
        ("reservation.cancelled", "13800000001", "粤B·**001"),
        ("reservation.confirmed", "13800000001", "粤B·**001"),
        ("reservation.promoted", "13800000002", "粤B·**002"),
        ("reservation.waiting", "13800000002", "粤B·**002"),
    ];
    let expected =
        expected.map(|(event, phone, plate)| (event.to_owned(), phone.to_owned(), plate.to_owned()));
    assert_eq!(said, expected);
    assert!(told.lock().iter().all(|one| one["data"].get("sealed").is_none()));
}
