//! A city with ground truth against the platform: does the platform's count equal the truth?

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use bowei_city::faults::FaultOptions;
use bowei_city::run::{HoursOptions, hours};
use bowei_city::{CityPlan, PlanOptions, SendOptions, Stop, fetch_counts, judge, send};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use support::{Served, bowei, get, operator, printed, register};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_bad_day_every_count_and_every_record_is_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let plan = CityPlan::new(&PlanOptions { seed: 7, lots: 12, ..PlanOptions::default() }).unwrap();
    let accounts = register(&plan, folder.path());
    let token = operator(folder.path());
    let served = Served::start(folder.path(), None);
    let options = HoursOptions {
        hours: 2.0,
        photos: 0.02,
        faults: Some(FaultOptions::bad_day(7)),
        ..HoursOptions::default()
    };
    let prepared = hours(&plan, &options, Timestamp::now());
    let truth = prepared.truth.clone();
    let (_stop, signal) = Stop::new();
    let sending = SendOptions::new(&served.url);
    let progress =
        send(prepared, &plan, &accounts, &sending, Arc::new(Timestamp::now), |_| {}, signal).await.unwrap();
    assert!(progress.is_complete(), "{progress}");

    let expected = truth.look().expected();
    let verdict = judge(&expected, &fetch_counts(&served.url, &token).await.unwrap());
    assert!(verdict.is_right(), "{verdict}");
    assert_eq!(verdict.checked, 12);

    let mut sessions = BTreeMap::new();
    for lot in &plan.lots {
        sessions.extend(all_sessions(&served.url, lot.code.as_str(), &token).await);
    }
    let truth = truth.look();
    let mut records = 0;
    for (record, parking) in truth.parkings() {
        let session = sessions.remove(record.as_str()).unwrap_or_else(|| panic!("{record} is missing"));
        assert_eq!(session["lot"], parking.lot.as_str(), "{record}");
        assert_eq!(time(&session["entry"]["at"]), Some(parking.entered_at), "{record}");
        assert_eq!(time(&session["exit"]["at"]), parking.exited_at, "{record}");
        assert_eq!(
            session["plate"].as_str(),
            parking.plate_as_read().map(|plate| plate.as_str()),
            "{record}"
        );
        records += 1;
    }
    assert!(sessions.is_empty(), "records that never were: {:?}", sessions.keys());
    assert!(records > 100, "hardly anything happened");
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|text| text.parse().unwrap())
}

async fn all_sessions(url: &str, lot: &str, token: &str) -> Vec<(String, Value)> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(url, &format!("/api/v1/lots/{lot}/sessions?limit=1000{cursor}"), token).await;
        let items = page["items"].as_array().unwrap().iter();
        all.extend(items.map(|item| (item["record_id"].as_str().unwrap().to_owned(), item.clone())));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[test]
fn a_small_recorded_day_ends_with_the_file_s_own_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (lots, free) = (folder.path().join("lots.csv"), folder.path().join("free.csv"));
    let header =
        "place_id,place_name,city_name,num_all,address,latitude,longitude,place_url,source_id,source_web_url";
    std::fs::write(
        &lots,
        format!("{header}\na,Parkhaus A,X,40,\"Str. 1\nX\",50.77,6.09,,s,\nb,Parkplatz B,X,,,,,,s,\n"),
    )
    .unwrap();
    std::fs::write(
        &free,
        "timestamp,a,b\n2021-07-19T00:00:00Z,12,7\n2021-07-19T00:05:00Z,15,\n2021-07-19T00:10:00Z,3,-2\n2021-07-19T01:00:00Z,44,1\n",
    )
    .unwrap();
    let said = printed(bowei().args(["city", "--replay"]).arg(&lots).arg(&free));
    assert!(said.contains("一致 2，不一致 0"), "{said}");
}

#[test]
fn a_real_day_of_hundreds_of_lots_ends_with_the_file_s_own_counts() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let (lots, free) = (shared.join("lots.csv"), shared.join("free-spaces-2021-07-19.csv"));
    if !lots.exists() {
        println!("SKIPPED: no recorded day at {} (lots.csv, free-spaces-2021-07-19.csv)", shared.display());
        return;
    }
    let mut command = bowei();
    command.args(["city", "--connections", "64"]);
    // All of them are some two hundred thousand messages, a minute or two; a number here takes fewer.
    if let Ok(part) = std::env::var("BOWEI_REPLAY_LOTS") {
        command.args(["--replay-lots", &part]);
    }
    let said = printed(command.arg("--replay").arg(&lots).arg(&free));
    println!("{said}");
    assert!(said.contains("，不一致 0"), "{said}");
}
