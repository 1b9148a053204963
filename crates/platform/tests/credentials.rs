//! Credentials: applied once, rotated with an overlap, sealed at rest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use bowei_platform::Clock as _;
use bowei_platform::registry::apply::{ApplyError, apply, rotate};
use jiff::SignedDuration;
use support::{City, REGISTRY, entry};

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_hands_nothing_out() {
    let city = City::new().await;
    let version = city.platform.app().registry.snapshot().version;
    assert!(city.apply(REGISTRY, SignedDuration::ZERO).await.providers.is_empty());
    assert_eq!(city.platform.app().registry.snapshot().version, version);
}

#[tokio::test]
async fn during_a_rotation_old_and_new_are_accepted_and_after_it_the_new_alone() {
    let mut city = City::new().await;
    let old = city.lot_of("hz-demo");
    let app = city.platform.app().clone();
    let overlap = SignedDuration::from_hours(24);
    let provider = "hz-demo".into();
    let rotated =
        rotate(app.store.as_ref(), app.registry.key(), &provider, "huzhou", overlap, city.clock.now())
            .await
            .unwrap();
    city.handed_out = rotated;
    app.registry.refresh().await.unwrap();
    let new = city.lot_of("hz-demo");
    assert_eq!(city.say(&old, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    assert_eq!(city.say(&new, &entry("330502-001", "R2", 0, 198)).await.code(), 200);
    city.clock.turn(overlap);
    app.registry.refresh().await.unwrap();
    assert_eq!(city.say(&old, &entry("330502-001", "R3", 0, 197)).await.code(), 401);
    assert_eq!(city.say(&new, &entry("330502-001", "R4", 0, 196)).await.code(), 200);
}

#[tokio::test]
async fn an_account_s_name_belongs_to_one_provider() {
    let city = City::new().await;
    let taken = REGISTRY.replace("hz-0002", "hz-0001");
    let app = city.platform.app();
    let refused =
        apply(app.store.as_ref(), app.registry.key(), &taken, SignedDuration::ZERO, city.clock.now()).await;
    assert!(matches!(refused, Err(ApplyError::AccountTaken { .. })), "{refused:?}");
}

#[tokio::test]
async fn two_lots_cannot_have_the_same_id_in_a_standard() {
    let city = City::new().await;
    let twice = REGISTRY.replace("HZ330522001", "HZ330502001");
    let app = city.platform.app();
    let refused =
        apply(app.store.as_ref(), app.registry.key(), &twice, SignedDuration::ZERO, city.clock.now()).await;
    assert!(refused.unwrap_err().to_string().contains("HZ330502001"));
}

#[tokio::test]
async fn a_city_s_file_may_speak_of_standards_that_this_version_has_yet_to_learn() {
    let city = City::new().await;
    let text = REGISTRY.replace(
        "ids = { huzhou = \"HZ330522001\" }",
        "ids = { huzhou = \"HZ330522001\", ningbo = \"330522077102\" }",
    );
    let text = text.replace(
        "[provider.huzhou]\napp_id = \"hz-0002\"",
        "[provider.huzhou]\napp_id = \"hz-0002\"\n[provider.ningbo]\nportname = \"admin\"\nportpwd = \"x\"",
    );
    city.apply(&text, SignedDuration::ZERO).await;
    let token = city.token("operator", None).await;
    let lot = city.get("/api/v1/lots/330522-001", Some(&token)).await.json();
    assert_eq!(lot["ids"]["ningbo"], "330522077102");
}

#[tokio::test]
async fn a_secret_is_nowhere_in_the_data_folder() {
    let city = City::new().await;
    let handed_out = &city.handed_out.providers[0].standards["huzhou"];
    let secret = handed_out["secret_key"].as_bytes();
    city.say(&city.lot_of("hz-demo"), &entry("330502-001", "R1", 0, 199)).await;
    for file in walk(city.folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{}", file.display());
        assert!(!bytes.windows(11).any(|part| part == b"PRIVATE KEY"), "{}", file.display());
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}
