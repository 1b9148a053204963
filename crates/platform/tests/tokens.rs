//! What a token's role and district let it see.

use crate::support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_model::Report;
use bowei_platform::Clock as _;
use bowei_platform::accounts::{Role, token};
use bowei_store::RegistryChange;
use http::Request;
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use support::{City, entry, jpeg, photo};
use tower::ServiceExt as _;

async fn codes(city: &City, token: &str) -> Vec<String> {
    let lots = city.get("/api/v1/lots", Some(token)).await.json();
    lots["items"].as_array().unwrap().iter().map(|lot| lot["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn no_token_or_a_wrong_one_is_told_so() {
    let city = City::new().await;
    for token in [None, Some("bowei_wrong")] {
        let answer = city.get("/api/v1/lots", token).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert!(answer.json()["detail"].as_str().unwrap().contains("bowei token create"));
    }
}

#[tokio::test]
async fn a_token_that_was_made_elsewhere_is_good_at_once_and_unknown_ones_cost_the_store_little() {
    let city = City::new().await;
    let store = &city.platform.app().store;
    let made = async || {
        let (token, row) = token::make(&Role::Viewer, None, city.clock.now(), None).unwrap();
        let change = RegistryChange { tokens: vec![row], ..RegistryChange::default() };
        store.change_registry(change).await.unwrap();
        token
    };
    let first = made().await;
    assert_eq!(city.get("/api/v1/stats", Some(&first)).await.status, 200);
    // Right after, the store is not asked once more.
    let second = made().await;
    let early = city.get("/api/v1/stats", Some(&second)).await;
    assert_eq!(early.status, 401);
    assert!(early.json()["detail"].as_str().unwrap().contains("within two seconds"));
    city.clock.turn(SignedDuration::from_millis(500));
    assert_eq!(city.get("/api/v1/stats", Some(&second)).await.status, 200);
}

#[tokio::test]
async fn who_lacks_a_permission_is_told_who_has_it() {
    let city = City::new().await;
    let operator = city.token("operator", None).await;
    let refused = city.get("/api/v1/retention", Some(&operator)).await;
    assert_eq!(refused.status, 403);
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("people who are security-admin, auditor, operator, regulator have it"),
        "{detail}"
    );
    assert!(detail.contains("tokens of —"), "{detail}");
    let viewer = city.token("viewer", None).await;
    let detail = city.get("/api/v1/jobs", Some(&viewer)).await.json()["detail"].to_string();
    assert!(detail.contains("tokens of operator"), "{detail}");
}

#[tokio::test]
async fn a_provider_sees_its_own_lots_alone_and_a_district_its_own() {
    let city = City::new().await;
    assert_eq!(codes(&city, &city.token("operator", None).await).await.len(), 3);
    assert_eq!(codes(&city, &city.token("provider:hz-other", None).await).await, ["330522-001"]);
    assert_eq!(codes(&city, &city.token("regulator", Some("330521")).await).await, ["330521-007"]);
    let token = city.token("provider:hz-demo", Some("330521")).await;
    assert_eq!(codes(&city, &token).await, ["330521-007"]);
    // What it may not see does not exist for it.
    for path in ["", "/sessions", "/counts"] {
        let answer = city.get(&format!("/api/v1/lots/330502-001{path}"), Some(&token)).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_viewer_sees_plates_masked_and_cannot_search_by_them() {
    let city = City::new().await;
    city.say(&city.lot_of("hz-demo"), &entry("330502-001", "R1", 0, 199)).await;
    let viewer = city.token("viewer", None).await;
    let sessions = city.get("/api/v1/lots/330502-001/sessions", Some(&viewer)).await.json();
    assert_eq!(sessions["items"][0]["plate"], "浙E·**345");
    let search = city.get("/api/v1/lots/330502-001/sessions?plate=x", Some(&viewer)).await;
    assert_eq!(search.status, 403);
    assert_eq!(city.get("/api/v1/reports", Some(&viewer)).await.status, 403);
}

#[tokio::test]
async fn the_public_never_sees_a_plate() {
    let city = City::new().await;
    city.say(&city.lot_of("hz-demo"), &entry("330502-001", "R1", 0, 199)).await;
    for path in ["/open/v1/lots", "/open/v1/lots/330502-001", "/open/v1/stats", "/open/v1/settings"] {
        let answer = city.get(path, None).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("12345"), "{path}");
    }
}

/// A city in which plates stand wherever a lot can write words.
async fn talkative() -> City {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    for number in 0..6 {
        let record = format!("R{number}_浙E12345");
        let Report::Passage(mut passage) = entry("330502-001", &record, number, 199) else { unreachable!() };
        passage.gate = Some("3 号口 浙Ｅ12345".to_owned());
        passage.memo = Some("尾号 345，浙e·12345 跟车，图 %E6%B5%99E12345.jpg".to_owned());
        passage.abnormal = Some(true);
        assert_eq!(city.say(&lot, &Report::Passage(passage)).await.code(), 200);
    }
    let picture = jpeg(60_000);
    let shown = photo("330502-001", "R1_浙E12345", &picture);
    let request = lot.seal(&shown, &picture, bowei_platform::Clock::now(&*city.clock));
    assert_eq!(city.send(request).await.code(), 200);
    city
}

/// Whether a text has the plate, in any writing.
fn has_plate(text: &str) -> bool {
    let plain: String = text.to_uppercase().replace("%E6%B5%99", "浙").replace('Ｅ', "E");
    plain.chars().filter(|c| !matches!(c, '·' | '-' | '_' | ' ')).collect::<String>().contains("浙E12345")
}

#[tokio::test]
async fn a_viewer_reads_a_plate_in_no_text_and_no_cursor() {
    let city = talkative().await;
    let viewer = city.token("viewer", None).await;
    let operator = city.token("operator", None).await;
    for path in ["lots", "lots/330502-001", "lots/330502-001/sessions?limit=2", "findings?limit=2", "stats"] {
        let path = format!("/api/v1/{path}");
        let answer = city.get(&path, Some(&viewer)).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        let words = String::from_utf8(answer.bytes.to_vec()).unwrap();
        assert!(!has_plate(&words), "{path}: {words}");
        let whole = city.get(&path, Some(&operator)).await;
        if path.contains('?') {
            assert!(has_plate(&String::from_utf8_lossy(&whole.bytes)), "{path} says nothing of the test");
            for answer in [&answer, &whole] {
                let next = answer.json()["next"].as_str().unwrap().to_owned();
                let sealed = URL_SAFE_NO_PAD.decode(&next).unwrap();
                assert!(!has_plate(&String::from_utf8_lossy(&sealed)), "{path}");
                for token in [&viewer, &operator] {
                    let page = city.get(&format!("{path}&cursor={next}"), Some(token)).await.json();
                    assert_eq!(page["items"].as_array().unwrap().len(), 2, "{path}: {page:#}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_and_as_it_was_handed_out() {
    let city = talkative().await;
    let token = city.token("operator", None).await;
    let sessions = "/api/v1/lots/330502-001/sessions?limit=2";
    let next = city.get(sessions, Some(&token)).await.json()["next"].as_str().unwrap().to_owned();
    let mut turned = URL_SAFE_NO_PAD.decode(&next).unwrap();
    *turned.last_mut().unwrap() ^= 1;
    let made_up = URL_SAFE_NO_PAD.encode(r#"["sessions",[0,"x"]]"#);
    for (path, cursor) in [
        ("/api/v1/findings?limit=2", next.clone()),
        (sessions, URL_SAFE_NO_PAD.encode(turned)),
        (sessions, made_up),
    ] {
        let answer = city.get(&format!("{path}&cursor={cursor}"), Some(&token)).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("cursor"));
    }
}

#[tokio::test]
async fn a_viewer_learns_that_there_is_a_photo_and_nothing_to_fetch_it_by() {
    let city = talkative().await;
    let photos = async |role: &str| {
        let token = city.token(role, None).await;
        let sessions = city.get("/api/v1/lots/330502-001/sessions", Some(&token)).await.json();
        let with_photo =
            sessions["items"].as_array().unwrap().iter().find(|item| item["photos"][0].is_object());
        with_photo.unwrap()["photos"][0].clone()
    };
    let shown = photos("operator").await;
    assert!(shown["id"].is_string() && shown["sha256"].is_string());
    let closed = photos("viewer").await;
    assert_eq!(closed["role"], "entry");
    for field in ["id", "sha256", "url", "bytes"] {
        assert!(closed[field].is_null(), "{closed:#}");
    }
}

#[tokio::test]
async fn a_viewer_s_stream_has_no_plate_and_is_not_kept() {
    let city = City::new().await;
    let viewer = city.token("viewer", None).await;
    let request = Request::get("/api/v1/stream").header("authorization", format!("Bearer {viewer}"));
    let answer = city.router.clone().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    // Where nodes share a store, a job reads events from it, which runs only while a platform listens.
    if city.platform.app().store.is_shared() {
        return;
    }
    let mut events = answer.into_body();
    let lot = city.lot_of("hz-demo");
    city.say(&lot, &entry("330502-001", "R_浙E12345", 0, 199)).await;
    let event = events.frame().await.unwrap().unwrap().into_data().unwrap();
    let words = String::from_utf8_lossy(&event);
    assert!(words.contains("passage") && words.contains("**345") && !has_plate(&words), "{words}");
}

#[tokio::test]
async fn a_provider_bounded_by_a_district_reads_what_it_sent_of_that_district() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    for code in ["330502-001", "330521-007"] {
        assert_eq!(city.say(&lot, &entry(code, "R1", 0, 20)).await.code(), 200);
    }
    // Refused, for it is somebody else's; it names no lot of the sender's.
    assert_eq!(city.say(&lot, &entry("330522-001", "R1", 0, 20)).await.code(), 403);
    city.platform.app().store.flush().await.unwrap();
    let lots = async |district: Option<&str>| {
        let token = city.token("provider:hz-demo", district).await;
        let items = city.get("/api/v1/reports", Some(&token)).await.json()["items"].clone();
        let mut lots: Vec<_> = items.as_array().unwrap().iter().map(|item| item["lot"].clone()).collect();
        lots.sort_by_key(ToString::to_string);
        lots
    };
    assert_eq!(lots(None).await.len(), 3);
    assert_eq!(lots(Some("330521")).await, ["330521-007"]);
}
