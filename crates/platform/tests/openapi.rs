//! The OpenAPI document is what the pages' client is made from: it may not change unseen.

use crate::support;
use crate::support::person::without_second_factor;

use axum::body::Body;
use bowei_platform::accounts::{Permission, Role};
use http::{Method, Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use support::City;
use tower::ServiceExt as _;

/// Questions asked of each operation.
const QUESTIONS: usize = 60;

/// Lists go on by what the platform handed out, and days are told until they are over, neither of which a schema can describe;
/// streams have no end.
const NOT_ASKED: [&str; 2] = ["cursor", "date"];

/// A place of APDS is all three or none.
const PLACE_OF_APDS: [&str; 3] = ["latitude", "longitude", "radius"];

/// Something that a parameter's schema allows.
fn allowed(document: &Value, schema: &Value, runner: &mut TestRunner) -> String {
    if let Some(pointer) = schema["$ref"].as_str() {
        return allowed(document, document.pointer(pointer.trim_start_matches('#')).unwrap(), runner);
    }
    let one = |pattern: &str, runner: &mut TestRunner| {
        proptest::string::string_regex(pattern).unwrap().new_tree(runner).unwrap().current()
    };
    let number = |name: &str, otherwise: i64| schema[name].as_i64().unwrap_or(otherwise);
    if let Some(values) = schema["enum"].as_array() {
        let at = (0..values.len()).new_tree(runner).unwrap().current();
        return values[at].as_str().unwrap().to_owned();
    }
    match (schema["type"].as_str().unwrap(), schema["pattern"].as_str(), schema["format"].as_str()) {
        ("integer", ..) => {
            let span = number("minimum", i64::MIN)..=number("maximum", i64::MAX);
            span.new_tree(runner).unwrap().current().to_string()
        }
        ("number", ..) => {
            let span = number("minimum", -1_000_000_000) as f64..1e12;
            span.new_tree(runner).unwrap().current().to_string()
        }
        ("boolean", ..) => (0..2u8).new_tree(runner).unwrap().current().eq(&1).to_string(),
        (_, Some(pattern), _) => one(pattern.trim_start_matches('^').trim_end_matches('$'), runner),
        (_, _, Some("date-time")) => one(
            "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\
             ([.][0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])",
            runner,
        ),
        (_, _, Some("date")) => one("20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])", runner),
        ("string", ..) => one("\\PC{1,12}", runner),
        // None takes an array but as words split at commas.
        ("array", ..) => {
            let items: Vec<_> = (0..2).map(|_| allowed(document, &schema["items"], runner)).collect();
            items.join(",")
        }
        other => panic!("no example of {other:?}: {schema}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_document_allows_is_not_refused_and_each_answer_is_told() {
    let city = City::new().await;
    let tokens = [city.token("operator", None).await, city.token("viewer", Some("3305")).await];
    let document: Value = serde_json::from_str(&bowei_platform::http::openapi()).unwrap();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for (path, item) in document["paths"].as_object().unwrap() {
        let operation = &item["get"];
        if operation.is_null() {
            continue;
        }
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let told = operation["responses"].as_object().unwrap();
        if !path.starts_with("/open/") {
            let answer = city.get(&path.replace("{code}", "330502-001").replace("{id}", "x"), None).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            assert!(told.contains_key("401"), "{path} does not tell 401");
        }
        if path.ends_with("/stream") {
            continue;
        }
        for question in 0..QUESTIONS {
            let mut asked = path.clone();
            let mut query = Vec::new();
            for parameter in &parameters {
                let name = parameter["name"].as_str().unwrap();
                let known = name == "code" && question % 2 == 0;
                let value = if known {
                    "330502-001".to_owned()
                } else {
                    allowed(&document, &parameter["schema"], &mut runner)
                };
                let value = utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string();
                if parameter["in"] == "path" {
                    asked = asked.replace(&format!("{{{name}}}"), &value);
                } else if !(NOT_ASKED.contains(&name)
                    || path.contains("/apds/") && PLACE_OF_APDS.contains(&name))
                    && (parameter["required"] == true
                        || (0..3u8).new_tree(&mut runner).unwrap().current() > 0)
                {
                    query.push(format!("{name}={value}"));
                }
            }
            let asked = format!("{asked}?{}", query.join("&"));
            let token = format!("Bearer {}", tokens[question % 2]);
            let request = Request::get(&asked).header("authorization", token).body(Body::empty()).unwrap();
            let answer = city.send(request).await;
            let words = String::from_utf8_lossy(&answer.bytes).into_owned();
            assert_ne!(answer.status, StatusCode::BAD_REQUEST, "{asked}: {words}");
            assert!(
                told.contains_key(answer.status.as_str()),
                "{asked}: {} is not told: {words}",
                answer.status
            );
        }
    }
}

/// Every operation of the API for tokens, by its path with something in place of each parameter, and the permission that it
/// declares.
fn operations(document: &Value) -> Vec<(Method, String, Permission)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        // Whoever signs in is nobody yet.
        let is_open = |method: &str| path.starts_with("/api/v1/session") && method == "post";
        let asked = path.replace("{code}", "330502-001").replace("{id}", "x");
        let asked = asked.replace("{login}", "nobody").replace("{link}", "x").replace("{no}", "x");
        let asked = asked.replace("{standard}", "huzhou").replace("{date}", "2026-03-31");
        for (method, operation) in item.as_object().unwrap().iter().filter(|_| !path.starts_with("/open/")) {
            if is_open(method) {
                continue;
            }
            let declared = operation["x-permission"].as_str();
            let named = Permission::all().find(|permission| declared == Some(permission.name()));
            let permission = named.unwrap_or_else(|| panic!("{method} {path} declares {declared:?}"));
            operations.push((method.to_uppercase().parse().unwrap(), asked.clone(), permission));
        }
    }
    operations
}

#[tokio::test(flavor = "multi_thread")]
async fn every_handler_holds_to_the_permission_that_it_declares() {
    let city = City::with(without_second_factor()).await;
    let document: Value = serde_json::from_str(&bowei_platform::http::openapi()).unwrap();
    let roles = ["operator", "regulator", "provider:hz-demo", "viewer"].map(|role| (role, None));
    let tokens = city.tokens(&roles).await;
    let all = roles.into_iter().map(|(role, _)| role).chain(["system-admin", "security-admin", "auditor"]);
    let mut people = Vec::new();
    for role in all {
        people.push((role, city.person(role, None).await));
    }
    let operations = operations(&document);
    assert!(operations.len() >= 16);
    let ask = async |method: &Method, path: &str, token: Option<&str>| {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        // The stream has no end: its status is what is looked at.
        city.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
    };
    for (method, path, permission) in &operations {
        for nobodys in [None, Some("bowei_unknown")] {
            assert_eq!(ask(method, path, nobodys).await, StatusCode::UNAUTHORIZED, "{method} {path}");
        }
        for ((role, _), token) in roles.iter().zip(&tokens) {
            let peoples_own = [
                Permission::OwnAccount,
                Permission::PlatesReveal,
                Permission::ExportsMake,
                Permission::ExportsApprove,
                Permission::KeysCollect,
                Permission::HoldsRead,
                Permission::HoldsManage,
            ];
            let own = peoples_own.contains(permission);
            let may = !own && role.parse::<Role>().unwrap().may(*permission);
            let status = ask(method, path, Some(token)).await;
            assert_eq!(status != StatusCode::FORBIDDEN, may, "{method} {path} as {role}: {status}");
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{method} {path} as {role}");
            assert!(!status.is_server_error(), "{method} {path} as {role}: {status}");
        }
    }
    // People: what ends their own sessions is asked last.
    let (ends, others): (Vec<_>, Vec<_>) = operations
        .iter()
        .partition(|(method, path, _)| *method == Method::DELETE && path == "/api/v1/session");
    for (role, person) in &people {
        for (method, path, permission) in others.iter().chain(&ends) {
            let programs_own = [
                Permission::PlatesRead,
                Permission::PhotosRead,
                Permission::CarsInsideRead,
                Permission::OffPeakReport,
                Permission::ReservationsAnswer,
            ]
            .contains(permission);
            let may = !programs_own && role.parse::<Role>().unwrap().may(*permission);
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("cookie", &person.cookie)
                .header("x-csrf-token", &person.csrf);
            let request = request.body(Body::empty()).unwrap();
            let status = city.router.clone().oneshot(request).await.unwrap().status();
            assert_eq!(status != StatusCode::FORBIDDEN, may, "{method} {path} as {role}: {status}");
            assert!(!status.is_server_error(), "{method} {path} as {role}: {status}");
        }
    }
    // Some permission of each kind is asked for: what nothing needs says nothing. What is done with an order decides itself
    // which one that takes.
    let within = [Permission::PlatesRead, Permission::OrdersAnswer];
    for permission in Permission::all().filter(|permission| !within.contains(permission)) {
        assert!(operations.iter().any(|(.., needed)| *needed == permission), "nothing needs {permission:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_by_the_clock_can_be_asked_for() {
    let city = City::new().await;
    let operator = city.token("operator", None).await;
    let before = city.get("/api/v1/jobs", Some(&operator)).await.json();
    assert_eq!(before["items"], Value::Array(Vec::new()));
    city.do_all_due().await;
    let all = city.get("/api/v1/jobs", Some(&operator)).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 23);
    let audit = all["items"].as_array().unwrap().iter().find(|run| run["name"] == "audit head").unwrap();
    assert!(audit["message"].as_str().unwrap().starts_with("审计末条："), "{audit}");
    assert!(audit["message_en"].as_str().unwrap().starts_with("the audit ends with "), "{audit}");
    let one = city.get("/api/v1/jobs?name=orphaned%20photos", Some(&operator)).await.json();
    let run = &one["items"][0];
    assert_eq!((&run["outcome"], &run["attempt"]), (&"done".into(), &1.into()));
    assert_eq!(run["period"], "2026-04-01T03:00:00+08:00");
    assert!(run["started_at"].is_string() && run["ended_at"].is_string(), "{run}");
    let due = all["due"].as_array().unwrap().iter().find(|job| job["name"] == run["name"]).unwrap();
    assert_eq!(
        (&due["schedule"], &due["next_due"]),
        (&"every day at 03:00".into(), &"2026-04-02T03:00:00+08:00".into())
    );
}

#[test]
fn the_document_is_the_one_that_the_pages_are_built_on() {
    let kept = include_str!("../../../web/openapi.json");
    assert!(
        kept == bowei_platform::http::openapi(),
        "the API has changed: run `make api`, look at what changed in web/openapi.json, and commit it"
    );
}
