//! `bowei registry import`, as an operator meets it.

use crate::support;

use serde_json::{Value, json};
use std::path::Path;
use support::{Served, bowei, bowei_on, printed};

const PROVIDER: &str = "[[provider]]\ncode = \"nb-demo\"\nname = \"宁波示范停车\"\n";
const TABLE: &str = "停车场编号,停车场名称,停车场分类,停车场地址,总车位数,百度经度,百度纬度,经营单位\n\
    330203077102,李惠利停车场,配建停车场,兴宁路57号,320,121.579006,29.862331,宁波示范停车\n\
    ,王隘二村停车场,临时停车场,,,,,宁波示范停车\n";

fn written(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn import(folder: &Path, table: &str, more: &[&str]) -> std::process::Output {
    let file = written(folder, "lots.csv", table);
    let mut command = bowei_on(folder);
    command.args(["registry", "import"]).arg(file).args(more);
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_platform_sees_what_is_imported_within_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), None);
    let token = support::operator(folder.path());
    let registry = written(folder.path(), "registry.toml", PROVIDER);
    printed(bowei_on(folder.path()).args(["registry", "apply"]).arg(registry));
    let done = import(folder.path(), TABLE, &["--district", "330203"]);
    let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    assert!(done.status.success(), "{err}");
    let summary: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        summary,
        json!({"created": 2, "changed": 0, "unchanged": 0, "without_id": 1, "providers": []})
    );
    assert!(err.contains("row 3: 王隘二村停车场 (ningbo-") && err.contains("停车场编号"), "{err}");
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let lot = support::get(&served.url, "/api/v1/lots/ningbo-330203077102", &token).await;
    assert_eq!(
        (lot["name"].as_str(), lot["ids"]["ningbo"].as_str()),
        (Some("李惠利停车场"), Some("330203077102"))
    );
}

#[test]
fn what_is_wrong_with_a_table_is_said_and_nothing_of_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let failed = import(folder.path(), &TABLE.replace(",320,", ",-5,"), &["--district", "330203"]);
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!(failed.status.code(), Some(1));
    assert!(failed.stdout.is_empty());
    for words in ["lots.csv: nothing was imported", "row 2, 总车位数: expected a whole number"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(printed(bowei().args(["registry", "import", "--help"])).contains("Example"));
}
