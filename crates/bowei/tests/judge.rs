//! Weeks with every fault that a rule is about: each rule finds them, and nothing else.

use crate::support::bowei;
use serde_json::Value;

/// Enough for rules that learn from two weeks to have some days left.
const DAYS: &str = "20";
const LOTS: &str = "10";
/// The same weeks whenever it runs: on another day of the week the same seed is another city.
const UNTIL: &str = "2026-11-28";

#[test]
fn every_rule_finds_what_is_wrong_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figures.json");
    let mut command = bowei();
    command.args([
        "city", "--days", DAYS, "--lots", LOTS, "--seed", "7", "--until", UNTIL, "--faults", "--judge",
        "--json",
    ]);
    let done = command.arg(&file).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    println!("{out}");
    assert!(!err.contains("were not taken in"), "{err}");
    let verdict: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let rules = verdict["rules"].as_object().unwrap();
    let injected = |figures: &&Value| figures["injected"].as_u64().unwrap() > 0;
    assert!(rules.values().filter(injected).count() >= 35, "most kinds of fault are in it");
    assert!(done.status.success(), "{err}");
}
