//! What the lot does not say and the gateway knows, and what nobody knows: no record is lost for it.

use crate::gateway::harness::{Lot, entry, exit, plate};
use bowei_model::{Direction, Passage};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(15);

/// A report without some of its fields.
fn without(mut report: Value, fields: &[&str]) -> Value {
    for field in fields {
        report.as_object_mut().unwrap().remove(*field);
    }
    report
}

async fn said(standard: &str, reports: &[Value]) -> (Lot, Vec<Passage>) {
    let (lot, platform) = Lot::with(standard).await;
    for report in reports {
        lot.says(json!([report])).await;
        lot.pass(SOON).await;
    }
    assert_eq!(lot.dead_letters().await, [Value::Null; 0], "{standard}");
    let passages = platform.passages();
    assert_eq!(passages.len(), reports.len(), "{standard}");
    (lot, passages)
}

#[tokio::test(start_paused = true)]
async fn an_exit_has_the_time_of_its_entry() {
    for standard in ["huzhou", "ningbo", "isp"] {
        let (lot, _) = Lot::speaking(&[standard]);
        let at = lot.now();
        let left = at.checked_add(SignedDuration::from_mins(90)).unwrap();
        let out = |record| without(exit(record, 1, at, left), &["entered_at", "minutes"]);
        // Under its record, and where the lot's system numbers entries and exits apart, by its plate.
        for record in ["R1", "R2"] {
            let (_, passages) = said(standard, &[entry("R1", 1, at), out(record)]).await;
            assert_eq!(passages[1].direction, Direction::Exit);
            assert_eq!(passages[1].entered_at, Some(at), "{standard} {record}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn free_spaces_are_counted_where_the_lot_does_not_say_them() {
    for standard in ["huzhou", "ningbo"] {
        let (lot, _) = Lot::speaking(&[standard]);
        let at = lot.now();
        let bare = |report| without(report, &["vacant"]);
        let reports = [
            bare(entry("R1", 1, at)),
            bare(entry("R2", 2, at)),
            bare(exit("R1", 1, at, at)),
            entry("R3", 3, at),
            bare(entry("R4", 4, at)),
        ];
        let (lot, passages) = said(standard, &reports).await;
        let vacant: Vec<_> = passages.iter().map(|passage| passage.vacant.unwrap()).collect();
        assert_eq!(vacant, [99, 98, 99, 20, 19], "{standard}: the lot's own count is where counting goes on");
        // Said again it is the same, whatever is free by now.
        lot.says(json!([reports[0].clone()])).await;
        lot.pass(SOON).await;
        assert_eq!(lot.uplink(standard).await["accepted"], 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_gate_is_known_by_its_code_or_its_name() {
    let (lot, _) = Lot::speaking(&["huzhou"]);
    let at = lot.now();
    let reports = [
        entry("R1", 1, at),
        without(entry("R2", 2, at), &["gate_name"]),
        without(exit("R3", 3, at, at), &["gate_name"]),
        without(exit("R4", 4, at, at), &["gate_name", "gate"]),
    ];
    let (mut lot, passages) = said("huzhou", &reports).await;
    let gates: Vec<_> = passages.iter().map(|passage| passage.gate.as_deref().unwrap()).collect();
    assert_eq!(gates, ["东门", "东门", "G2", "出口"], "as known, else its code, else the way it leads");
    // What was learned outlasts a restart.
    lot.restart().await;
    lot.says(json!([without(entry("R5", 5, at), &["gate_name"])])).await;
    lot.pass(SOON).await;
    let (lot, passages) =
        said("shenzhen", &[entry("R1", 1, at), without(entry("R2", 2, at), &["gate"])]).await;
    assert_eq!(passages[1].gate_code.as_deref(), Some("G1"));
    drop(lot);
}

#[tokio::test(start_paused = true)]
async fn an_exit_whose_entry_nobody_saw_is_told_and_says_so() {
    for standard in ["huzhou", "ningbo", "isp"] {
        let (lot, _) = Lot::speaking(&[standard]);
        let at = lot.now();
        let bare = without(exit("R1", 1, at, at), &["entered_at", "minutes"]);
        let (_, passages) = said(standard, std::slice::from_ref(&bare)).await;
        assert_eq!(passages[0].entered_at, Some(at), "{standard}");
        assert_eq!(passages[0].plate.as_ref().unwrap().as_str(), plate(1));
        if standard == "huzhou" {
            assert_eq!(passages[0].abnormal, Some(true));
            assert!(passages[0].memo.as_deref().unwrap().contains("未见入场"), "{:?}", passages[0].memo);
        }
        let mut stayed = bare;
        stayed["minutes"] = json!(30);
        let (_, passages) = said(standard, &[stayed]).await;
        assert_eq!(
            passages[0].entered_at,
            Some(at - SignedDuration::from_mins(30)),
            "{standard}: by its minutes"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_older_count_does_not_override_a_newer_one() {
    let (lot, _) = Lot::with("ningbo").await;
    let at = lot.now();
    let ago = |seconds| at - SignedDuration::from_secs(seconds);
    let count = |at, vacant: i64| json!({ "kind": "space-count", "at": at, "vacant": vacant });
    let mut late = exit("R0", 7, ago(600), ago(90));
    late["vacant"] = json!(70);
    let after = |seconds| at + SignedDuration::from_secs(seconds);
    for (report, vacant) in [
        (count(ago(60), 50), 50),
        (count(ago(120), 10), 50),
        // It went before the lot counted.
        (late, 50),
        (entry("R1", 1, ago(30)), 20),
        (count(ago(40), 80), 20),
        // A clock that runs ahead is believed no further than now.
        (count(after(86_400), 33), 33),
        (count(after(120), 34), 34),
    ] {
        lot.says(json!([report.clone()])).await;
        assert_eq!(lot.status().await["lot"]["vacant"], vacant, "{report}");
        lot.pass(Duration::from_secs(5)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_of_before_what_is_known_changes_nothing() {
    let (lot, _) = Lot::with("ningbo").await;
    let at = lot.now();
    let ago = |seconds| at - SignedDuration::from_secs(seconds);
    // The lot has said no count: what is known are its passages.
    for (id, n, seconds) in [("R1", 1, 90), ("R2", 2, 60)] {
        let mut entry = entry(id, n, ago(seconds));
        entry.as_object_mut().unwrap().remove("vacant");
        lot.says(json!([entry])).await;
    }
    let before = lot.status().await["lot"].clone();
    assert_eq!(before["inside"], 2);
    // An example of the spring that somebody tries out: neither its count nor its car is of now.
    let mut old = entry("T1-000123", 3, ago(200 * 86_400));
    old["vacant"] = json!(127);
    lot.says(json!([old])).await;
    assert_eq!(lot.status().await["lot"], before);
    let count = json!({ "kind": "space-count", "at": ago(75), "vacant": 33 });
    lot.says(json!([count])).await;
    assert_eq!(lot.status().await["lot"], before);
    let count = json!({ "kind": "space-count", "at": ago(30), "vacant": 33 });
    lot.says(json!([count])).await;
    assert_eq!(lot.status().await["lot"]["vacant"], 33);
}

#[tokio::test(start_paused = true)]
async fn large_cars_and_those_of_new_energy_go_out_as_such() {
    // What the lot says of plate and kind, and the kind that arrives: a text's nearest, which has fewer.
    let cars = [
        ("浙E12345", "14", "01"),
        ("浙E12345", "15", "01"),
        ("浙E12345", "01", "01"),
        ("浙E12345", "02", "02"),
        ("浙E12345", "", "02"),
        ("浙ED12345", "", "52"),
        ("浙E12345D", "", "51"),
        ("浙ED12345", "52", "52"),
        ("浙E12345D", "51", "51"),
    ];
    for standard in ["huzhou", "ningbo", "isp"] {
        let (lot, _) = Lot::speaking(&[standard]);
        let report = |(number, (plate, kind, _)): (usize, &(&str, &str, &str))| {
            let mut report = entry(&format!("R{number}"), 1, lot.now());
            report["plate"] = json!(plate);
            report["plate_kind"] = if kind.is_empty() { Value::Null } else { json!(kind) };
            report
        };
        let reports: Vec<Value> = cars.iter().enumerate().map(report).collect();
        let (_, passages) = said(standard, &reports).await;
        for (passage, (plate, said, expected)) in passages.iter().zip(cars) {
            let kind = passage.plate_kind.map(|kind| format!("{:02}", kind.code()));
            // That text lets an entry say nothing of it, and nothing is known.
            let silent = standard == "huzhou" && said.is_empty() && expected == "02";
            assert_eq!(kind.as_deref(), Some(expected).filter(|_| !silent), "{standard} {plate} {said}");
        }
    }
}
