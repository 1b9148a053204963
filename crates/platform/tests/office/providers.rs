//! Providers and their keys: made, handed over once, rotated with both accepted, revoked at once.

use crate::support::person::without_second_factor;
use crate::support::{City, Lot, entry};
use bowei_standards::LotSide as _;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::platform_side::Fields;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

fn lot(fields: &Value) -> Lot {
    let fields: Fields = serde_json::from_value(fields.clone()).unwrap();
    Lot { own: Huzhou.own_credential(&fields).unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_made_and_keys_go_to_its_own_account_once() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let fields = json!({
        "name": "安吉泊车", "contact": "王经理", "credit_code": "91330100799655058B", "phone": "0572-1234567",
        "notified_at": "2026-03-01T09:00:00+08:00",
    });
    let made = city.ask(&operator, Method::POST, "/api/v1/providers", Some(fields)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let code = made.json()["code"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/providers/{code}");
    let keys = city
        .ask(&operator, Method::POST, &format!("{path}/credentials/huzhou"), Some(json!({"to": "account"})))
        .await;
    assert_eq!((keys.status.as_u16(), &keys.json()["fields"]), (201, &json!({})), "{}", keys.json());
    let id = keys.json()["id"].as_str().unwrap().to_owned();
    let page = city.read(&operator, &path).await.json();
    assert_eq!(
        (&page["credentials"][0]["id"], &page["credentials"][0]["waiting_handover"]),
        (&json!(id), &json!(true))
    );
    assert_eq!(page["deadline"]["kind"], "connect");
    // Whoever is not of the provider collects nothing.
    let handover = format!("{path}/handovers/{id}");
    assert_eq!(city.ask(&operator, Method::POST, &handover, None).await.status, 403);
    let other = city.person("provider:hz-other", None).await;
    assert_eq!(city.ask(&other, Method::POST, &handover, None).await.status, 404);
    let own = city.person(&format!("provider:{code}"), None).await;
    let waiting = city.read(&own, &format!("{path}/handovers")).await.json();
    assert_eq!(waiting["items"][0]["standard"], "huzhou");
    let collected = city.ask(&own, Method::POST, &handover, None).await;
    assert_eq!(collected.status, 200, "{}", collected.json());
    assert_eq!(city.ask(&own, Method::POST, &handover, None).await.status, 404);
    // With them a lot of its reports.
    let new = json!({
        "provider": code, "name": "安吉一号", "kind": "off-street", "district": "330502", "longitude": 120.1,
        "latitude": 30.9, "spaces_total": 50, "code": "330502-001x", "ids": {"huzhou": "HZX"},
    });
    assert_eq!(city.ask(&operator, Method::POST, "/api/v1/lots", Some(new)).await.status, 201);
    let keys = &collected.json()["fields"];
    assert!(keys["secret_key"].as_str().is_some_and(|secret| !secret.is_empty()));
    let audited = city.audited("keys.collect").await;
    assert_eq!(audited.len(), 1);
    let all = [city.audited("registry.change").await, audited].concat();
    let secret = keys["secret_key"].as_str().unwrap();
    assert!(all.iter().all(|entry| !format!("{entry:?}").contains(secret)));
    let history = city.read(&own, &format!("{path}/history")).await.json();
    assert!(!history.to_string().contains(secret) && history.to_string().contains("credentials.huzhou"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_has_both_keys_accepted_and_a_revocation_none() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let path = "/api/v1/providers/hz-demo/credentials/huzhou";
    let before = city.lot_of("hz-demo");
    let rotated = city.ask(&operator, Method::POST, path, Some(json!({"overlap_days": 2}))).await;
    assert_eq!(rotated.status, 201, "{}", rotated.json());
    let after = lot(&rotated.json()["fields"]);
    assert_eq!(city.say(&before, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    assert_eq!(city.say(&after, &entry("330502-001", "R2", 1, 198)).await.code(), 200);
    let page = city.read(&operator, "/api/v1/providers/hz-demo").await.json();
    let states: Vec<_> = page["credentials"].as_array().unwrap().iter().map(|key| &key["state"]).collect();
    assert_eq!(states, ["current", "ending"]);
    let id = rotated.json()["id"].as_str().unwrap().to_owned();
    let revoked = city.ask(&operator, Method::DELETE, &format!("{path}/{id}"), None).await;
    assert_eq!(revoked.status, 204);
    assert_ne!(city.say(&after, &entry("330502-001", "R3", 2, 197)).await.code(), 200);
    assert_eq!(city.say(&before, &entry("330502-001", "R4", 2, 197)).await.code(), 200);
    city.clock.turn(SignedDuration::from_hours(49));
    city.platform.app().registry.refresh().await.unwrap();
    assert_ne!(city.say(&before, &entry("330502-001", "R5", 3, 197)).await.code(), 200);
    // Whoever signed in two days ago is signed out.
    let operator = city.signed_in("operator-all").await;
    assert_eq!(city.ask(&operator, Method::DELETE, &format!("{path}/{id}"), None).await.status, 404);
    let history = city.read(&operator, "/api/v1/providers/hz-demo/history").await.json();
    let gone = &history["items"][0]["changes"][0];
    assert_eq!((&gone["field"], &gone["to"]), (&json!(format!("credentials.huzhou.{id}")), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_and_nobody_sees_anothers() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let post = |path: &'static str, body: Value| city.ask(&operator, Method::POST, path, Some(body));
    for (body, status, pointer) in [
        (json!({}), 400, "#/name"),
        (json!({"name": "甲", "code": "hz-demo"}), 409, "#/code"),
        (json!({"name": "甲", "code": "a/b"}), 400, "#/code"),
        (json!({"name": "甲", "credit_code": "91330100799655058C"}), 400, "#/credit_code"),
        (json!({"name": "甲", "notified_at": "yesterday"}), 400, "#/notified_at"),
        (json!({"name": "甲", "owner": "x"}), 400, "#/owner"),
    ] {
        let refused = post("/api/v1/providers", body.clone()).await;
        assert_eq!(refused.status, status, "{body}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body} {}", refused.json());
    }
    let keys = "/api/v1/providers/hz-demo/credentials/huzhou";
    for (path, body, status) in [
        (keys, json!({"overlap_days": 93}), 400),
        (keys, json!({"to": "mail"}), 400),
        ("/api/v1/providers/hz-demo/credentials/vienna", json!({}), 400),
        ("/api/v1/providers/nobody/credentials/huzhou", json!({}), 404),
        ("/api/v1/providers/hz-other/credentials/ningbo", json!({"fields": {"portname": ""}}), 400),
    ] {
        let refused = post(path, body.clone()).await;
        assert_eq!(refused.status, status, "{path} {body} {}", refused.json());
    }
    let own = city.person("provider:hz-demo", None).await;
    let list = city.read(&own, "/api/v1/providers").await.json();
    let codes: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| &item["code"]).collect();
    assert_eq!(codes, ["hz-demo"]);
    assert_eq!(city.read(&own, "/api/v1/providers/hz-other").await.status, 404);
    assert_eq!(city.ask(&own, Method::POST, keys, Some(json!({}))).await.status, 403);
    let district = city.person("regulator", Some("330522")).await;
    let list = city.read(&district, "/api/v1/providers").await.json();
    assert_eq!((&list["items"][0]["code"], &list["items"][0]["lots"]), (&json!("hz-other"), &json!(1)));
    assert_eq!(city.read(&district, "/api/v1/providers/hz-demo").await.status, 404);
    let row = city.read(&operator, "/api/v1/providers/hz-demo").await.json();
    let change = json!({"phone": "1", "revision": row["revision"]});
    let path = "/api/v1/providers/hz-demo";
    assert_eq!(city.ask(&operator, Method::PATCH, path, Some(change.clone())).await.status, 200);
    assert_eq!(city.ask(&operator, Method::PATCH, path, Some(change)).await.status, 409);
}
