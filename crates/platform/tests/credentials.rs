//! Credentials: applied once, rotated with an overlap, sealed at rest.

use crate::support;

use bowei_model::{ChargingRecord, Plate, Report, SpaceCount};
use bowei_platform::Clock as _;
use bowei_platform::accounts::Source;
use bowei_platform::registry::apply::{ApplyError, apply, rotate};
use bowei_platform::registry::secrets;
use bowei_standards::lot_side::Reading;
use bowei_store::{CredentialRow, RegistryChange};
use jiff::SignedDuration;
use support::speaker::{self, MIXED, Speaker};
use support::{City, REGISTRY, at, entry};

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
    let rotated = rotate(
        app.store.as_ref(),
        app.registry.key(),
        &provider,
        "huzhou",
        overlap,
        city.clock.now(),
        &Source::default(),
    )
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
    let refused = apply(
        app.store.as_ref(),
        app.registry.key(),
        &taken,
        SignedDuration::ZERO,
        city.clock.now(),
        &Source::default(),
    )
    .await;
    assert!(matches!(refused, Err(ApplyError::AccountTaken { .. })), "{refused:?}");
}

#[tokio::test]
async fn two_lots_cannot_have_the_same_id_in_a_standard() {
    let city = City::new().await;
    let twice = REGISTRY.replace("HZ330522001", "HZ330502001");
    let app = city.platform.app();
    let refused = apply(
        app.store.as_ref(),
        app.registry.key(),
        &twice,
        SignedDuration::ZERO,
        city.clock.now(),
        &Source::default(),
    )
    .await;
    assert!(refused.unwrap_err().to_string().contains("HZ330502001"));
}

/// One of each kind: by provider and standard, with the lot that a count is for where the standard has counts.
const ACCOUNTS: [(&str, &str); 4] =
    [("mixed", "shenzhen"), ("mixed", "ningbo"), ("mixed", "isp"), ("charger", "yunkuaichong")];

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_of_any_kind_is_made_once_and_known_again() {
    let (city, handed_out) = speaker::city().await;
    assert_eq!(handed_out.providers.len(), 3);
    assert!(city.apply(MIXED, SignedDuration::ZERO).await.providers.is_empty());
    // Another secret in the file is a rotation, of that credential alone.
    let other = MIXED.replace("\"123456\"", "\"654321\"");
    let handed_out = city.apply(&other, SignedDuration::ZERO).await;
    assert_eq!(handed_out.providers.len(), 1);
    assert_eq!(handed_out.providers[0].standards["ningbo"]["portpwd"], "654321");
    assert_eq!(handed_out.providers[0].standards.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_of_any_kind_is_rotated_with_an_overlap() {
    let (city, handed_out) = speaker::city().await;
    let app = city.platform.app().clone();
    let overlap = SignedDuration::from_hours(24);
    for (provider, standard) in ACCOUNTS {
        let old = Speaker::of(&handed_out, provider, standard);
        let (key, now) = (app.registry.key(), city.clock.now());
        let rotated =
            rotate(app.store.as_ref(), key, &provider.into(), standard, overlap, now, &Source::default())
                .await
                .unwrap();
        app.registry.refresh().await.unwrap();
        let new = Speaker::of(&rotated, provider, standard);
        assert!(known(&city, old.again()).await, "{standard}, old");
        assert!(known(&city, new.again()).await, "{standard}, new");
        city.clock.turn(overlap);
        app.registry.refresh().await.unwrap();
        assert!(!known(&city, old).await, "{standard}, old after the overlap");
        assert!(known(&city, new).await, "{standard}, new after the overlap");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_with_the_credential_that_it_was_given_for() {
    let (city, handed_out) = speaker::city().await;
    let app = city.platform.app().clone();
    for standard in ["shenzhen", "isp"] {
        let mut lot = Speaker::of(&handed_out, "mixed", standard);
        lot.log_in(&city).await;
        let lot_id = if standard == "isp" { "ATXL/1" } else { "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b" };
        let mut count = SpaceCount::new("nb-1".into(), city.clock.now(), 7);
        count.total = Some(100);
        let count = Report::SpaceCount(count);
        assert_eq!(lot.say(&city, &count, lot_id, None).await, Reading::Accepted);
        city.clock.turn(SignedDuration::from_secs(1));
        // After abuse: the old one is dead at once, and so is what was got by it.
        let (key, now) = (app.registry.key(), city.clock.now());
        let provider = "mixed".into();
        rotate(app.store.as_ref(), key, &provider, standard, SignedDuration::ZERO, now, &Source::default())
            .await
            .unwrap();
        app.registry.refresh().await.unwrap();
        assert_eq!(lot.say(&city, &count, lot_id, None).await, Reading::LoginFirst, "{standard}");
    }
}

/// Whether the platform takes the speaker for who it says it is.
async fn known(city: &City, mut speaker: Speaker) -> bool {
    if speaker.standard.login().is_some() {
        return speaker.try_to_log_in(city).await;
    }
    let report = match speaker.standard.card().name {
        "ningbo" => Report::SpaceCount(SpaceCount::new("nb-1".into(), city.clock.now(), 7)),
        _ => Report::ChargingRecord(ChargingRecord {
            lot: "nb-1".into(),
            order_no: "1".to_owned(),
            plate: Plate::read("浙BD12345"),
            started_at: at(-50),
            ended_at: at(-10),
            energy_kwh: None,
            electricity_fee: None,
            service_fee: None,
            total_fee: None,
            station: "S-88 站".to_owned(),
            device: "D-01 桩".to_owned(),
            berth: None,
        }),
    };
    let lot_id = if speaker.standard.card().name == "ningbo" { "330212077102" } else { "3302122004" };
    speaker.say(city, &report, lot_id, None).await == Reading::Accepted
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_need_not_be_read_again_is_not_kept_readable() {
    let (city, _) = speaker::city().await;
    let app = city.platform.app();
    for row in app.store.registry().await.unwrap().credentials {
        let kept = String::from_utf8(secrets::open(app.registry.key(), &row).unwrap()).unwrap();
        for secret in ["123456", "e10adc3949ba59abbe56e057f20f883e", "s3cret", "S3cret-密码", "5jI1aqOF"] {
            assert!(!kept.contains(secret), "{}", row.standard);
        }
        let readable = matches!(row.standard.as_str(), "huzhou" | "yunkuaichong");
        assert_ne!(kept.contains("$argon2id$"), readable, "{}", row.standard);
    }
}

#[tokio::test]
async fn a_secret_opens_for_its_own_row_alone() {
    let city = City::new().await;
    let app = city.platform.app();
    let rows = app.store.registry().await.unwrap().credentials;
    let key = app.registry.key();
    let row = rows.iter().find(|row| row.account == "hz-0001").unwrap();
    secrets::open(key, row).unwrap();
    let other = rows.iter().find(|row| row.account == "hz-0002").unwrap();
    for stolen in [
        CredentialRow { provider: "hz-other".into(), ..row.clone() },
        CredentialRow { account: "hz-0003".to_owned(), ..row.clone() },
        CredentialRow { standard: "ningbo".to_owned(), ..row.clone() },
        CredentialRow { id: other.id.clone(), ..row.clone() },
        CredentialRow { sealed: row.sealed.clone(), ..other.clone() },
    ] {
        let words = secrets::open(key, &stolen).unwrap_err().to_string();
        assert!(words.contains(&stolen.account), "{words}");
    }
}

#[tokio::test]
async fn what_was_bound_to_its_row_alone_is_bound_whole_at_the_next_start_or_change() {
    let city = City::new().await;
    let app = city.platform.app();
    let (store, key) = (app.store.as_ref(), app.registry.key());
    let rows = store.registry().await.unwrap().credentials;
    let before = |row: &CredentialRow| {
        let secret = secrets::open(key, row).unwrap();
        (row.id.clone(), key.seal(&format!("{}/{}", row.standard, row.id), &secret).unwrap())
    };
    let sealed_anew = rows.iter().map(before).collect();
    store.change_registry(RegistryChange { sealed_anew, ..RegistryChange::default() }).await.unwrap();
    // The file says nothing new: no credential is made, and all of them open again.
    assert!(city.apply(REGISTRY, SignedDuration::ZERO).await.providers.is_empty());
    for row in store.registry().await.unwrap().credentials {
        secrets::open(key, &row).unwrap();
    }
    assert_eq!(city.say(&city.lot_of("hz-demo"), &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    // Done once: there is nothing left to do.
    let version = store.registry_version().await.unwrap();
    secrets::bind(store, key).await.unwrap();
    assert_eq!(store.registry_version().await.unwrap(), version);
}

#[tokio::test]
async fn a_secret_is_nowhere_in_what_is_kept() {
    let city = City::new().await;
    let handed_out = &city.handed_out.providers[0].standards["huzhou"];
    let secret = handed_out["secret_key"].as_bytes();
    city.say(&city.lot_of("hz-demo"), &entry("330502-001", "R1", 0, 199)).await;
    for file in walk(city.folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{}", file.display());
        assert!(!bytes.windows(11).any(|part| part == b"PRIVATE KEY"), "{}", file.display());
    }
    if let Some(url) = &city.platform.app().config.store.database {
        let dumped = bowei_test_servers::Postgres::shared().dump(url);
        assert!(dumped.contains("hz-0001"), "the dump is not of this city");
        // As text and as the bytes of a column.
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        for words in [std::str::from_utf8(secret).unwrap(), &hex, "PRIVATE KEY", "50524956415445204b4559"] {
            assert!(!dumped.contains(words), "{words} is in the database");
        }
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
