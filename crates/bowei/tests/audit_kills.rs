//! `kill -9` while plates are read: whoever was answered has left a trace, and the audit's chain holds.

use crate::support;

use bowei_city::{CityPlan, PlanOptions};
use bowei_platform::open_embedded;
use std::collections::BTreeSet;
use std::time::Duration;
use support::{Served, bowei_on, fetch, handed_out, operator, printed};
use tokio::task::JoinSet;

const ROUNDS: u64 = 10;
const READERS: usize = 8;

/// Searches one after another, each by another word, until one is not answered; the words of those that were.
async fn read(url: String, token: String, lot: String, name: String) -> Vec<String> {
    let mut answered = Vec::new();
    for number in 0.. {
        let word = format!("{name}-{number}");
        let (url, token) = (url.clone(), token.clone());
        let path = format!("/api/v1/lots/{lot}/sessions?plate={word}");
        // Whoever is not answered panics, and has seen nothing.
        match tokio::spawn(async move { fetch(&url, &path, &token).await.0 }).await {
            Ok(200) => answered.push(word),
            _ => break,
        }
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_answered_left_a_trace_over_ten_kills() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let plan = CityPlan::new(&PlanOptions { seed: 5, lots: 1, standard: Some("huzhou") }).unwrap();
    handed_out(&plan, data);
    let (token, lot) = (operator(data), plan.lots[0].code.to_string());
    let mut answered = BTreeSet::new();
    for round in 0..ROUNDS {
        let served = Served::start(data, None);
        let mut readers = JoinSet::new();
        for reader in 0..READERS {
            let (url, name) = (served.url.clone(), format!("{round}-{reader}"));
            readers.spawn(read(url, token.clone(), lot.clone(), name));
        }
        tokio::time::sleep(Duration::from_millis(60 + 40 * round)).await;
        served.kill();
        while let Some(done) = readers.join_next().await {
            answered.extend(done.unwrap());
        }
    }
    assert!(answered.len() > 50, "hardly anything was read: {}", answered.len());
    assert!(printed(bowei_on(data).args(["audit", "verify"])).contains("the chain holds"));
    let (store, _) = open_embedded(data).unwrap();
    let mut traced = BTreeSet::new();
    let mut last = 0;
    loop {
        let entries = store.audit_after(last, 500).await.unwrap();
        let Some(end) = entries.last() else { break };
        last = end.seq;
        for kept in entries.iter().filter(|kept| kept.entry.action == "plates.read") {
            let after: serde_json::Value = serde_json::from_str(&kept.entry.after).unwrap();
            traced.insert(after["query"].as_str().unwrap().strip_prefix("plate=").unwrap().to_owned());
        }
    }
    let missing: Vec<_> = answered.difference(&traced).collect();
    assert!(missing.is_empty(), "read without a trace: {missing:?}");
}
