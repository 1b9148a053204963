//! Whoever may not see a lot sees nothing of it, whatever is asked of which path, in which parameter.

use crate::support::City;
use crate::support::person::without_second_factor;
use crate::support::{entry, jpeg, photo};
use http::Method;
use serde_json::{Value, json};

/// Paths that are about no lot, each with why.
const NOT_OF_A_LOT: [(&str, &str); 20] = [
    ("/api/v1/session", "a person's own"),
    ("/api/v1/session/oidc", "a person's own"),
    ("/api/v1/me", "a person's own"),
    ("/api/v1/me/confirm", "a person's own"),
    ("/api/v1/me/password", "a person's own"),
    ("/api/v1/me/totp", "a person's own"),
    ("/api/v1/me/sessions", "a person's own"),
    ("/api/v1/me/sessions/{id}", "a person's own"),
    ("/api/v1/users", "the security administrator sees all accounts"),
    ("/api/v1/users/{login}", "the security administrator changes all accounts"),
    ("/api/v1/tokens", "the security administrator sees all tokens"),
    ("/api/v1/tokens/{id}", "the security administrator ends any token"),
    ("/api/v1/jobs", "the platform's own work"),
    ("/api/v1/system", "the platform's own health"),
    ("/api/v1/webhooks", "the platform's own"),
    ("/api/v1/rules", "the whole city's"),
    ("/api/v1/rules/versions", "the whole city's"),
    ("/api/v1/reservations/policy", "the whole city's"),
    ("/api/v1/reservations/policy/versions", "the whole city's"),
    ("/api/v1/rules/replay", "the whole city's: whoever is bounded may not"),
];

/// Those of which the answer is other than a list, a lot's own or a stream; each has a test of its own.
const ELSEWHERE: [(&str, &str); 54] = [
    ("/gateway/v1/directives/{id}", "reservations/gateway.rs"),
    ("/gateway/v1/reservations/{code}/cancel", "reservations/gateway.rs"),
    ("/api/v1/reservations/{code}", "reservations/office.rs"),
    ("/api/v1/reservations/{code}/actions", "reservations/office.rs"),
    ("/api/v1/reservations/lots/{code}", "reservations/office.rs"),
    ("/api/v1/reservations/suspensions", "reservations/no_shows.rs"),
    ("/api/v1/registrations", "office/registrations.rs"),
    ("/api/v1/registrations/{id}", "office/registrations.rs"),
    ("/api/v1/registrations/{id}/actions", "office/registrations.rs"),
    ("/api/v1/businesses", "office/businesses.rs"),
    ("/api/v1/businesses/districts", "office/businesses.rs"),
    ("/api/v1/businesses/preview", "office/businesses.rs"),
    ("/api/v1/businesses/import", "office/businesses.rs"),
    ("/api/v1/businesses/{id}", "office/businesses.rs"),
    ("/api/v1/audit", "the auditor's, who sees all of it, with plates masked"),
    ("/api/v1/audit/verify", "the auditor's"),
    ("/api/v1/exports", "exports.rs"),
    ("/api/v1/exports/{id}/decision", "exports.rs"),
    ("/api/v1/exports/{id}/file", "exports.rs"),
    ("/api/v1/holds", "holds.rs"),
    ("/api/v1/holds/{id}/lift", "holds.rs"),
    ("/api/v1/retention", "settings and what jobs said"),
    ("/api/v1/reveals", "reveals.rs"),
    ("/api/v1/reveals/{link}", "reveals.rs"),
    ("/api/v1/providers", "office/providers.rs"),
    ("/api/v1/providers/{code}", "office/providers.rs"),
    ("/api/v1/providers/{code}/history", "office/providers.rs"),
    ("/api/v1/providers/{code}/handovers", "office/providers.rs"),
    ("/api/v1/providers/{code}/handovers/{id}", "office/providers.rs"),
    ("/api/v1/providers/{code}/credentials/{standard}", "office/providers.rs"),
    ("/api/v1/providers/{code}/credentials/{standard}/{id}", "office/providers.rs"),
    ("/api/v1/files/{id}", "office/lots.rs"),
    ("/api/v1/overview", "below"),
    ("/api/v1/search", "below"),
    ("/api/v1/stats", "totals of lots that are seen: below"),
    ("/api/v1/stream", "below"),
    ("/api/v1/cases/{id}", "supervision/cases.rs"),
    ("/api/v1/cases/{id}/findings", "supervision/cases.rs"),
    ("/api/v1/cases/{id}/actions", "supervision/cases.rs"),
    ("/api/v1/cases/actions", "supervision/cases.rs"),
    ("/api/v1/cases/actions/undo", "supervision/cases.rs"),
    ("/api/v1/rates/records", "supervision/rates.rs"),
    ("/api/v1/taps", "taps.rs"),
    ("/api/v1/maintenance", "supervision/maintenance.rs"),
    ("/api/v1/orders/{id}", "supervision/orders.rs"),
    ("/api/v1/orders/{id}/document", "supervision/orders.rs"),
    ("/api/v1/orders/{id}/actions", "supervision/orders.rs"),
    ("/api/v1/orders/{id}/files", "supervision/orders.rs"),
    ("/api/v1/orders/{id}/package", "supervision/orders.rs"),
    ("/api/v1/statistics", "supervision/statistics.rs"),
    ("/api/v1/statistics/kept", "the whole city's: empty for whoever is bounded"),
    ("/api/v1/statistics/kept/{period}", "the whole city's: 404 for whoever is bounded"),
    ("/api/v1/notices", "public once it is issued"),
    ("/api/v1/notices/{id}/document", "public once it is issued"),
];

#[tokio::test(flavor = "multi_thread")]
async fn another_s_lot_does_not_exist_in_any_path_or_parameter() {
    let city = City::with(without_second_factor()).await;
    let lot = city.lot_of("hz-demo");
    city.say(&lot, &entry("330502-001", "SECRET-RECORD", 0, 199)).await;
    let (report, picture) = (photo("330502-001", "SECRET-RECORD", &jpeg(20_000)), jpeg(20_000));
    city.send(lot.seal(&report, &picture, bowei_platform::Clock::now(city.clock.as_ref()))).await;
    let operator = city.token("operator", None).await;
    let sessions = city.get("/api/v1/lots/330502-001/sessions", Some(&operator)).await.json();
    let photo_id = sessions["items"][0]["photos"][0]["id"].as_str().unwrap().to_owned();
    let strangers = [
        ("operator", Some("330521")),
        ("regulator", Some("330521")),
        ("viewer", Some("330521")),
        ("provider:hz-other", None),
        ("provider:hz-demo", Some("330521")),
    ];
    let document: Value = serde_json::from_str(&bowei_platform::http::openapi()).unwrap();
    let mut asked = 0;
    for (role, district) in strangers {
        let person = city.person(role, district).await;
        let token = city.token(role, district).await;
        for (path, item) in document["paths"].as_object().unwrap() {
            let elsewhere = NOT_OF_A_LOT.iter().chain(&ELSEWHERE).any(|(known, _)| known == path);
            if path.starts_with("/open/") || elsewhere {
                continue;
            }
            for (method, operation) in item.as_object().unwrap() {
                let of_lot = path.replace("{code}", "330502-001").replace("{id}", &photo_id);
                let of_lot = of_lot.replace("{date}", "2026-04-01").replace("{no}", "x");
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let takes_lot = parameters.iter().any(|one| one["in"] == "query" && one["name"] == "lot");
                let takes_provider =
                    parameters.iter().any(|one| one["in"] == "query" && one["name"] == "provider");
                assert!(
                    *path != of_lot
                        || takes_lot
                        || path.starts_with("/api/v1/lots")
                        || path.ends_with("/reports"),
                    "{path} is about no lot that the test knows of: name it in NOT_OF_A_LOT or cover it"
                );
                let mut urls = vec![of_lot.clone()];
                if takes_lot {
                    urls.push(format!("{of_lot}?lot=330502-001"));
                }
                if takes_provider {
                    urls.push(format!("{of_lot}?provider=hz-demo"));
                }
                let method: Method = method.to_uppercase().parse().unwrap();
                for url in urls {
                    let body = (method != Method::GET).then(|| json!({"state": "live"}));
                    let answers = [
                        city.ask(&person, method.clone(), &url, body.clone()).await,
                        city.ask_with(&token, method.clone(), &url, body).await,
                    ];
                    for answer in answers {
                        asked += 1;
                        let words = String::from_utf8_lossy(&answer.bytes).into_owned();
                        let who = format!("{method} {url} as {role} of {district:?}: {}", answer.status);
                        assert!(!answer.status.is_server_error(), "{who} {words}");
                        assert!(!words.contains("SECRET-RECORD") && !words.contains("浙E1"), "{who} {words}");
                        if url != *path && !url.contains("provider=") {
                            let hidden = matches!(answer.status.as_u16(), 404 | 403);
                            assert!(hidden, "{who} {words}");
                        } else if answer.status == 200 {
                            // A provider's own messages are its own, whichever lot of its they name.
                            let own = role == "provider:hz-demo" && path.ends_with("/reports");
                            assert!(own || !words.contains("330502-001"), "{who} {words}");
                        }
                    }
                }
            }
        }
        for path in ["stats", "overview", "search?q=330502-001", "search?q=SECRET-RECORD"] {
            let answer = city.read(&person, &format!("/api/v1/{path}")).await;
            let words = String::from_utf8_lossy(&answer.bytes).into_owned();
            assert_eq!(answer.status, 200, "{path} as {role}: {words}");
            assert!(
                !words.contains("330502-001") && !words.contains("SECRET-RECORD"),
                "{path} as {role}: {words}"
            );
        }
    }
    assert!(asked > 100, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_nothing_of_cars() {
    let city = City::with(without_second_factor()).await;
    city.say(&city.lot_of("hz-demo"), &entry("330502-001", "R1", 0, 199)).await;
    for role in ["system-admin", "security-admin", "auditor"] {
        let admin = city.person(role, None).await;
        for path in
            ["lots/330502-001/sessions", "findings", "reports", "charging-records", "stream", "photos/x"]
        {
            assert_eq!(city.read(&admin, &format!("/api/v1/{path}")).await.status, 403, "{role} {path}");
        }
        let body = json!({"lot": "330502-001", "record_id": "R1", "reason": "核对投诉车辆"});
        assert_eq!(city.ask(&admin, Method::POST, "/api/v1/reveals", Some(body)).await.status, 403, "{role}");
    }
}
