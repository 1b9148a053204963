//! A city with ground truth against the platform: does the platform's count equal the truth?

use crate::support;

use bowei_city::faults::FaultOptions;
use bowei_city::plan::{Records, speaks, spoken};
use bowei_city::run::{HoursOptions, hours};
use bowei_city::verdict::{fetch_charges, fetch_sessions, judge_charges, judge_sessions};
use bowei_city::{CityPlan, PlanOptions, SendOptions, Stop, fetch_counts, judge, send};
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use support::{Served, bowei, operator, printed, register};

/// A bad day of a city whose lots speak `standard`, or all of them.
async fn a_bad_day_ends_in_the_truth(standard: Option<&'static str>) {
    let folder = tempfile::tempdir().unwrap();
    let plan = CityPlan::new(&PlanOptions { seed: 7, lots: 12, standard }).unwrap();
    let accounts = register(&plan, folder.path());
    let token = operator(folder.path());
    let served = Served::start(folder.path(), None);
    let options = HoursOptions {
        hours: if standard.is_none() { 2.0 } else { 0.5 },
        photos: 0.02,
        floor_passages_per_s: 0.1,
        faults: Some(FaultOptions::bad_day(7)),
        ..HoursOptions::default()
    };
    // A busy hour, whatever the hour of the test.
    let noon: Timestamp = "2026-04-01T12:00:00+08:00".parse().unwrap();
    let prepared = hours(&plan, &options, noon);
    let truth = prepared.truth.clone();
    let (_stop, signal) = Stop::new();
    let sending = SendOptions::new(&served.url);
    let progress =
        send(prepared, &plan, &accounts, &sending, Arc::new(Timestamp::now), |_| {}, signal).await.unwrap();
    assert!(progress.is_complete(), "{standard:?}: {progress} {:?}", progress.refusals);

    let expected = truth.look().expected();
    let verdict = judge(&expected, &fetch_counts(&served.url, &token).await.unwrap());
    assert!(verdict.is_right(), "{standard:?}: {verdict}");
    assert_eq!(verdict.checked, 12);

    let mut sessions = Vec::new();
    for lot in &plan.lots {
        sessions.extend(fetch_sessions(&served.url, &token, &lot.code).await.unwrap());
    }
    let charges = fetch_charges(&served.url, &token).await.unwrap();
    let truth = truth.look();
    let verdict = judge_sessions(&truth, &sessions);
    assert!(verdict.is_right(), "{standard:?}: {verdict}");
    assert!(verdict.checked > 100, "hardly anything happened");
    let verdict = judge_charges(&truth, &charges);
    assert!(verdict.is_right(), "{standard:?}: {verdict}");
    assert_eq!(verdict.checked > 0, standard.is_none(), "the charging operator belongs to the mix");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_bad_day_of_five_standards_every_count_and_every_record_is_the_truth() {
    a_bad_day_ends_in_the_truth(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_day_ends_in_the_truth_under_each_standard() {
    for standard in spoken().filter(|it| speaks(it).unwrap().records != Records::ChargesOnly) {
        a_bad_day_ends_in_the_truth(Some(standard)).await;
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
    for standard in bowei_city::plan::spoken() {
        let said = printed(bowei().args(["city", "--standard", standard, "--replay"]).arg(&lots).arg(&free));
        assert!(said.contains("一致 2，不一致 0"), "{standard}: {said}");
        // The text that knows only charges has one for each of the 3 + 41 and 3 stays that ended.
        let charges = said.contains("核对 47 条充电记录：不一致 0");
        assert_eq!(charges, standard == "yunkuaichong", "{standard}: {said}");
    }
}

/// Lots of the day that each standard takes but one, which takes them all: five whole days are eight minutes.
const LOTS_OF_EACH: &str = "60";

#[test]
fn a_real_day_of_hundreds_of_lots_ends_with_the_file_s_own_counts_under_every_standard() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let (lots, free) = (shared.join("lots.csv"), shared.join("free-spaces-2021-07-19.csv"));
    if !lots.exists() {
        println!("SKIPPED: no recorded day at {} (lots.csv, free-spaces-2021-07-19.csv)", shared.display());
        return;
    }
    // All lots' some two hundred thousand messages are said in the third standard: the first seals each with RSA, and the
    // second has half as many again for free spaces. A number here is for every standard.
    let asked = std::env::var("BOWEI_REPLAY_LOTS").ok();
    for (i, standard) in bowei_city::plan::spoken().enumerate() {
        let mut command = bowei();
        command.args(["city", "--connections", "64", "--standard", standard]);
        let part = asked.as_deref().or((i != 2).then_some(LOTS_OF_EACH));
        if let Some(part) = part {
            command.args(["--replay-lots", part]);
        }
        let said = printed(command.arg("--replay").arg(&lots).arg(&free));
        println!("{standard}: {said}");
        assert!(said.contains(" 个停车场：一致 ") && said.contains("，不一致 0"), "{standard}: {said}");
        let charges = said.lines().any(|line| line.ends_with("条充电记录：不一致 0"));
        assert_eq!(charges, standard == "yunkuaichong", "{standard}: {said}");
    }
}
