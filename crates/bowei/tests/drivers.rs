//! Drivers who reserve at a small city, whose lots answer well and badly: every order ends as it should, and nothing is at any
//! moment that must not be.

use crate::support::bowei;
use serde_json::Value;

#[test]
fn every_order_of_a_small_city_ends_as_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.json");
    let mut command = bowei();
    command.args(["city", "--drivers", "--judge", "--hours", "2", "--lots", "12", "--seed", "7", "--json"]);
    let done = command.arg(&file).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    println!("{out}\n{err}");
    assert!(done.status.success(), "{err}");
    let verdict: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let ends_of = |kinds: &str| -> Vec<String> {
        let figures = verdict[kinds].as_object().unwrap().values();
        figures.flat_map(|figures| figures["ends"].as_object().unwrap().keys().cloned()).collect()
    };
    assert!(
        verdict["by_conduct"].as_object().unwrap().len() == 9,
        "every kind of driver is in it: {verdict}"
    );
    // Nine there are: one that is full at the first try is not in every city of this size.
    assert!(verdict["by_manner"].as_object().unwrap().len() >= 8, "and the manners of lots: {verdict}");
    assert!(
        !verdict["suspended"].as_array().unwrap().is_empty(),
        "who does not come is suspended: {verdict}"
    );
    let ends = ends_of("by_conduct");
    for end in ["left", "no-show", "cancelled", "expired", "refused"] {
        assert!(ends.iter().any(|found| found == end), "no order ends {end}: {verdict}");
    }
}
