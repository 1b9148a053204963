//! A running small city moves to a shared database and a bucket, and a platform there shows what the old one showed.

use crate::support;

use bowei_city::run::{HoursOptions, hours};
use bowei_city::{Accounts, CityPlan, PlanOptions, SendOptions, Stop, StopSignal, send};
use bowei_test_servers::{Postgres, S3};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use support::{Served, bowei, fetch, get, printed};

const LOTS: usize = 6;

/// A command on a store of its own, whichever engine other tests run on.
fn plain(words: &[&str], data: &Path) -> Command {
    let mut command = bowei();
    for name in ["BOWEI_DATABASE", "BOWEI_PHOTOS", "BOWEI_S3_ENDPOINT", "BOWEI_S3_PATH_STYLE"] {
        command.env_remove(name);
    }
    command.args(words).arg("--data").arg(data);
    command
}

/// Names the shared store, and who may ask for its pictures.
fn shared<'c>(command: &'c mut Command, url: &str, bucket: &str) -> &'c mut Command {
    let s3 = S3::shared();
    command
        .args(["--database", url, "--photos", bucket, "--s3-endpoint", &s3.endpoint(), "--s3-path-style"])
        .env("AWS_ACCESS_KEY_ID", s3.access_key())
        .env("AWS_SECRET_ACCESS_KEY", s3.secret_key())
}

async fn speak(url: &str, plan: &CityPlan, accounts: &Accounts, from: &str, lasts: f64, stop: StopSignal) {
    let options =
        HoursOptions { hours: lasts, photos: 0.2, floor_passages_per_s: 0.05, ..HoursOptions::default() };
    let prepared = hours(plan, &options, from.parse().unwrap());
    let sending = SendOptions { timeout: Some(Duration::from_secs(2)), ..SendOptions::new(url) };
    send(prepared, plan, accounts, &sending, Arc::new(jiff::Timestamp::now), |_| {}, stop).await.unwrap();
}

/// All that a token can see of the city: the same words mean the same city.
async fn seen(url: &str, token: &str, plan: &CityPlan) -> Vec<Value> {
    let mut all = Vec::new();
    for lot in &plan.lots {
        let mut path = format!("/api/v1/lots/{}/sessions?limit=1000", lot.code);
        loop {
            let page = get(url, &path, token).await;
            all.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/v1/lots/{}/sessions?limit=1000&cursor={next}", lot.code);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_city_moves_and_shows_the_same() {
    let (folder, put_away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let data = folder.path();
    let plan = CityPlan::new(&PlanOptions { seed: 11, lots: LOTS, standard: Some("huzhou") }).unwrap();
    let file = data.join("city.toml");
    std::fs::write(&file, plan.registry_file()).unwrap();
    let handed_out = printed(&mut plain(&["registry", "apply", file.to_str().unwrap()], data));
    let accounts = Accounts::read(&handed_out).unwrap();
    let token_of = |role| printed(&mut plain(&["token", "create", "--role", role], data)).trim().to_owned();
    let (token, viewer) = (token_of("operator"), token_of("viewer"));
    let served = Served::run(plain(&["serve", "--listen", "127.0.0.1:0"], data));
    let (_stop, signal) = Stop::new();
    speak(&served.url, &plan, &accounts, "2026-04-01T12:00:00+08:00", 1.0, signal).await;

    // Cars go on coming while it moves.
    let (url, s3) = (Postgres::shared().create_database(), S3::shared());
    let bucket = format!("s3://{}/city", s3.create_bucket());
    let (stop, signal) = Stop::new();
    let speaking = tokio::spawn({
        let (old, plan, accounts) = (served.url.clone(), plan.clone(), accounts.clone());
        async move { speak(&old, &plan, &accounts, "2026-04-02T12:00:00+08:00", 2.0, signal).await }
    });
    let said = tokio::task::spawn_blocking({
        let (data, url, bucket) = (data.to_owned(), url.clone(), bucket.clone());
        move || printed(shared(&mut plain(&["migrate"], &data), &url, &bucket))
    });
    let said = said.await.unwrap();
    stop.give();
    // What it still has to say it would say again and again.
    speaking.abort();
    for words in ["digest", "一致", "BOWEI_MASTER_KEY_FILE", "sessions", "pictures"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("postgres://"), "{said}");
    // The old platform shows what it had, and takes nothing more in: an entry of the audit neither, without which nobody
    // sees a plate.
    let before = seen(&served.url, &viewer, &plan).await;
    let sessions = format!("/api/v1/lots/{}/sessions", plan.lots[0].code);
    assert_eq!(support::status(&served.url, &sessions, &token).await, 503);
    assert!(before.len() > 20, "hardly anything happened");
    // It looks once a second whether its store takes anything.
    let unready = async {
        while support::status(&served.url, "/readyz", &token).await != 503 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), unready).await.expect("it counts as ready");
    served.kill();
    let refused = plain(&["token", "list"], data).output().unwrap();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("moved to"), "{words}");

    // A platform with many nodes goes on, with the same key.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = plain(&["serve", "--listen", "127.0.0.1:0"], elsewhere.path());
    shared(&mut command, &url, &bucket).env("BOWEI_MASTER_KEY_FILE", data.join("master.key"));
    let moved = Served::run(command);
    assert_eq!(seen(&moved.url, &viewer, &plan).await, before);
    let before = seen(&moved.url, &token, &plan).await;
    let pictures: Vec<_> =
        before.iter().flat_map(|session| session["photos"].as_array().unwrap().clone()).collect();
    assert!(!pictures.is_empty(), "no car was photographed");
    for photo in &pictures {
        let path = format!("/api/v1/photos/{}", photo["id"].as_str().unwrap());
        let (status, bytes) = fetch(&moved.url, &path, &token).await;
        assert_eq!((status, bytes.is_empty()), (200, false), "{path}");
    }
    let (_stop, signal) = Stop::new();
    speak(&moved.url, &plan, &accounts, "2026-04-03T12:00:00+08:00", 0.2, signal).await;
    assert!(seen(&moved.url, &token, &plan).await.len() > before.len(), "lots go on with what they have");
    moved.kill();

    // And back into a folder, by way of a backup.
    let mut command = bowei();
    command.args(["backup", "--to"]).arg(put_away.path());
    let said = printed(shared(&mut command, &url, &bucket));
    assert!(said.contains("master.key"), "{said}");
    let back = tempfile::tempdir().unwrap();
    let from = put_away.path().to_str().unwrap();
    let said = printed(&mut plain(&["restore", "--from", from], back.path()));
    assert!(said.contains("digest"), "{said}");
    std::fs::copy(data.join("master.key"), back.path().join("master.key")).unwrap();
    let served = Served::run(plain(&["serve", "--listen", "127.0.0.1:0"], back.path()));
    let again = seen(&served.url, &token, &plan).await;
    assert!(before.iter().all(|session| again.contains(session)));
}
