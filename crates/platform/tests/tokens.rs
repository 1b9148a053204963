//! What a token's role and district let it see.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use support::{City, entry};

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
