//! Cases: made of findings, handled by people, and found again when the fault comes back.

use crate::support::person::{Person, without_second_factor};
use crate::support::{City, entry};
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// So many passages that are two hours old.
pub async fn late(city: &City, from: i64, count: i64) {
    let lot = city.lot_of("hz-demo");
    for minute in from..from + count {
        let said = city.say(&lot, &entry("330502-001", &format!("L{minute}"), minute, 100)).await;
        assert_eq!(said.code(), 200);
    }
}

/// What the minute's sweep does.
pub async fn sweep(city: &City) {
    city.clock.turn(SignedDuration::from_mins(1));
    city.do_all_due().await;
}

pub async fn cases(city: &City, who: &Person, query: &str) -> Vec<Value> {
    let answer = city.read(who, &format!("/api/v1/cases?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()["items"].as_array().unwrap().clone()
}

pub async fn act(city: &City, who: &Person, id: &str, body: Value) -> crate::support::Answer {
    city.ask(who, Method::POST, &format!("/api/v1/cases/{id}/actions"), Some(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn many_passages_with_one_fault_are_one_case_with_all_its_findings() {
    let city = City::with(without_second_factor()).await;
    city.clock.turn(SignedDuration::from_hours(3));
    let operator = city.person("operator", None).await;
    late(&city, 0, 9).await;
    sweep(&city).await;
    assert!(cases(&city, &operator, "rule=late-report").await.is_empty(), "nine are too few");
    late(&city, 9, 31).await;
    sweep(&city).await;
    let found = cases(&city, &operator, "rule=late-report").await;
    assert_eq!(found.len(), 1, "{found:?}");
    let case = &found[0];
    assert_eq!(
        (&case["rule"], &case["count"], &case["state"], &case["condition"]),
        (&json!("late-report"), &json!(40), &json!("new"), &json!("holds"))
    );
    let id = case["id"].as_str().unwrap();
    let findings = city.read(&operator, &format!("/api/v1/cases/{id}/findings?limit=1000")).await.json();
    assert_eq!(findings["items"].as_array().unwrap().len(), 40);
    assert_eq!(findings["items"][0]["case"], *id);
    let listed = city.read(&operator, "/api/v1/findings?kind=late-report&limit=1").await.json();
    assert_eq!(listed["items"][0]["case"], *id);
    let page = city.read(&operator, &format!("/api/v1/cases/{id}")).await.json();
    assert!(page["cure"].as_str().unwrap().contains("实时上报") && page["article"] != "", "{page}");
    let summary = city.read(&operator, "/api/v1/cases/summary?rule=late-report").await.json();
    assert_eq!(summary, json!({"total": 1, "by_state": {"new": 1}, "by_rule": {"late-report": 1}}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_filed_paused_closed_and_comes_back() {
    let city = City::with(without_second_factor()).await;
    city.clock.turn(SignedDuration::from_hours(3));
    let (operator, regulator) = (city.person("operator", None).await, city.person("regulator", None).await);
    late(&city, 0, 20).await;
    sweep(&city).await;
    let id = cases(&city, &operator, "rule=late-report").await[0]["id"].as_str().unwrap().to_owned();
    let filed = act(&city, &regulator, &id, json!({"action": "file"})).await;
    assert_eq!((filed.status.as_u16(), &filed.json()["state"]), (200, &json!("filed")));
    let again = act(&city, &regulator, &id, json!({"action": "file"})).await;
    assert_eq!(again.status, 409, "{}", again.json());
    let stale = act(&city, &regulator, &id, json!({"action": "comment", "text": "x", "revision": 1})).await;
    assert_eq!(stale.status, 409);
    let nobody = act(&city, &regulator, &id, json!({"action": "assign", "user": "nobody"})).await;
    assert_eq!(nobody.status, 400);
    let login = city.read(&regulator, "/api/v1/me").await.json()["login"].clone();
    let given = act(&city, &regulator, &id, json!({"action": "assign", "user": login})).await;
    assert_eq!(given.json()["assignee"], login, "{}", given.json());
    assert_eq!(cases(&city, &regulator, "rule=late-report&assignee=me").await.len(), 1);
    assert!(cases(&city, &operator, "rule=late-report&assignee=me").await.is_empty());
    // A pause needs a reason and an end, within thirty days.
    for (until, reason, status) in [
        ("2026-04-11T00:00:00Z", "", 400),
        ("2026-06-01T00:00:00Z", "换设备", 409),
        ("2026-03-01T00:00:00Z", "x", 409),
    ] {
        let body = json!({"action": "pause", "until": until, "reason": reason});
        assert_eq!(act(&city, &regulator, &id, body).await.status, status, "{until} {reason}");
    }
    let body = json!({"action": "pause", "until": "2026-04-02T00:00:00+08:00", "reason": "正在更换设备"});
    assert_eq!(act(&city, &regulator, &id, body).await.status, 200);
    late(&city, 20, 5).await;
    sweep(&city).await;
    let page = city.read(&regulator, &format!("/api/v1/cases/{id}")).await.json();
    assert!(page["paused_until"].is_string() && page["hidden"].as_i64().unwrap() >= 5, "{page}");
    assert_eq!(cases(&city, &regulator, "rule=late-report&paused=true").await.len(), 1);
    assert!(cases(&city, &regulator, "rule=late-report&paused=false").await.is_empty());
    city.clock.turn(SignedDuration::from_hours(24));
    let regulator = city.signed_in("regulator-all").await;
    assert!(
        cases(&city, &regulator, "rule=late-report&paused=true").await.is_empty(),
        "the pause has ended by itself"
    );
    let closed = act(&city, &regulator, &id, json!({"action": "close"})).await;
    assert_eq!(closed.json()["state"], "closed", "{}", closed.json());
    assert!(cases(&city, &regulator, "rule=late-report").await.is_empty());
    assert_eq!(cases(&city, &regulator, "rule=late-report&state=closed").await.len(), 1);
    // The fault comes back: the same case is open again, and says so.
    city.clock.turn(SignedDuration::from_hours(1));
    late(&city, 25, 20).await;
    sweep(&city).await;
    let regulator = city.signed_in("regulator-all").await;
    let found = cases(&city, &regulator, "rule=late-report").await;
    assert_eq!((found.len(), &found[0]["id"], &found[0]["state"]), (1, &json!(id), &json!("new")));
    let page = city.read(&regulator, &format!("/api/v1/cases/{id}")).await.json();
    let acts: Vec<_> =
        page["history"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(acts, ["file", "assign", "pause", "close", "relapse"].map(Value::from), "{page}");
    let audit = city.platform.app().store.audit(bowei_store::AuditQuery {
        object: Some(format!("case:{id}")),
        limit: 100,
        ..bowei_store::AuditQuery::default()
    });
    assert_eq!(audit.await.unwrap().items.len(), 4, "what people did is in the audit");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_cases_are_handled_as_they_were_shown_or_not_at_all() {
    let city = City::with(without_second_factor()).await;
    city.clock.turn(SignedDuration::from_hours(3));
    let regulator = city.person("regulator", None).await;
    late(&city, 0, 12).await;
    let other = city.lot_of("hz-other");
    for minute in 0..12 {
        city.say(&other, &entry("330522-001", &format!("O{minute}"), minute, 70)).await;
    }
    sweep(&city).await;
    let found = cases(&city, &regulator, "rule=late-report").await;
    let ids: Vec<_> = found.iter().map(|case| case["id"].clone()).collect();
    assert_eq!(ids.len(), 2, "{found:?}");
    let bulk =
        async |body: Value| city.ask(&regulator, Method::POST, "/api/v1/cases/actions", Some(body)).await;
    let wrong = bulk(json!({"ids": ids, "expected": 3, "action": "file"})).await;
    assert_eq!(wrong.status, 409, "{}", wrong.json());
    let none = bulk(json!({"ids": [], "expected": 0, "action": "file"})).await;
    assert_eq!(none.status, 400);
    let done = bulk(json!({"ids": ids, "expected": 2, "action": "file"})).await.json();
    assert_eq!(done["done"], 2, "{done}");
    assert_eq!(cases(&city, &regulator, "rule=late-report&state=filed").await.len(), 2);
    // One of them cannot be filed again: nothing is done with the other.
    let first = ids[0].as_str().unwrap();
    act(&city, &regulator, first, json!({"action": "verify"})).await;
    let half = bulk(json!({"ids": ids, "expected": 2, "action": "verify"})).await;
    assert_eq!(half.status, 409);
    assert_eq!(cases(&city, &regulator, "rule=late-report&state=filed").await.len(), 1);
    // Something further was done with one: what was done to both cannot be undone any more.
    let undo = async |undo: &Value| {
        let body = json!({ "undo": undo });
        city.ask(&regulator, Method::POST, "/api/v1/cases/actions/undo", Some(body)).await
    };
    assert_eq!(undo(&done["undo"]).await.status, 409);
    let closed = bulk(json!({"ids": ids, "expected": 2, "action": "close", "reason": "已整改"})).await.json();
    assert_eq!(cases(&city, &regulator, "rule=late-report&state=closed").await.len(), 2);
    let undone = undo(&closed["undo"]).await;
    assert_eq!((undone.status.as_u16(), &undone.json()["done"]), (200, &json!(2)));
    let states: Vec<_> =
        cases(&city, &regulator, "rule=late-report").await.iter().map(|case| case["state"].clone()).collect();
    assert!(states.contains(&json!("filed")) && states.contains(&json!("verifying")), "{states:?}");
    assert_eq!(undo(&closed["undo"]).await.status, 404, "it is undone once");
    let another = city.person("operator", None).await;
    let done = bulk(json!({"ids": ids, "expected": 2, "action": "comment", "text": "看过"})).await.json();
    let body = json!({"undo": done["undo"]});
    let foreign = city.ask(&another, Method::POST, "/api/v1/cases/actions/undo", Some(body)).await;
    assert_eq!(foreign.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_see_a_lot_sees_no_case_of_it() {
    let city = City::with(without_second_factor()).await;
    city.clock.turn(SignedDuration::from_hours(3));
    late(&city, 0, 12).await;
    sweep(&city).await;
    let operator = city.person("operator", None).await;
    let id = cases(&city, &operator, "rule=late-report").await[0]["id"].as_str().unwrap().to_owned();
    for (role, district) in
        [("regulator", Some("330522")), ("provider:hz-other", None), ("viewer", Some("330521"))]
    {
        let who = city.person(role, district).await;
        assert!(cases(&city, &who, "rule=late-report").await.is_empty(), "{role}");
        assert_eq!(city.read(&who, &format!("/api/v1/cases/{id}")).await.status, 404, "{role}");
        assert_eq!(city.read(&who, &format!("/api/v1/cases/{id}/findings")).await.status, 404, "{role}");
        let summary = city.read(&who, "/api/v1/cases/summary?rule=late-report").await.json();
        assert_eq!(summary["total"], 0, "{role}");
        let handled = act(&city, &who, &id, json!({"action": "file"})).await;
        assert!(matches!(handled.status.as_u16(), 403 | 404), "{role}");
        let body = json!({"ids": [id], "expected": 0, "action": "file"});
        let many = city.ask(&who, Method::POST, "/api/v1/cases/actions", Some(body)).await;
        assert!(many.json()["done"] != 1, "{role}");
    }
    // Its own provider sees it, and handles nothing.
    let own = city.person("provider:hz-demo", None).await;
    assert_eq!(cases(&city, &own, "rule=late-report").await.len(), 1);
    assert_eq!(act(&city, &own, &id, json!({"action": "dismiss", "reason": "没有问题"})).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_opens_within_a_second_of_its_findings_where_the_platform_runs() {
    let mut config = without_second_factor();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    let city = City::with(config).await;
    let operator = city.person("operator", None).await;
    city.clock.turn(SignedDuration::from_hours(3));
    let router = city.router.clone();
    let store = std::sync::Arc::clone(&city.platform.app().store);
    late(&city, 0, 30).await;
    let City { platform, .. } = city;
    let running = platform.start().await.unwrap();
    let _ = (router, operator);
    // The platform starts with what was kept before it: nothing of it is lost.
    let of = vec![(Some("330502-001".into()), bowei_model::FindingKind::LateReport)];
    let mut found = Vec::new();
    for _ in 0..100 {
        found = store.cases_of(of.clone()).await.unwrap();
        if !found.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].condition.count, 30);
    running.stop().await;
}
