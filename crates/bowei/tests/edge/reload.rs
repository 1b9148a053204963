//! `edge.toml` edited while the gateway runs, and a gateway that cannot start.

use crate::edge::city::{City, port};
use crate::edge::gate::{Local, edge_toml, until};
use crate::edge::support::{Served, bowei};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

/// The file is looked at every two seconds.
const SEEN_WITHIN: Duration = Duration::from_secs(15);

fn edge(file: &Path) -> std::process::Command {
    let mut command = bowei();
    command.args(["edge", "--config"]).arg(file);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoilt_edge_toml_is_told_while_the_old_one_goes_on_and_a_good_one_forgets_nobody() {
    let city = City::start();
    let port = port();
    let camera = "[[camera]]\nname = \"in-1\"\nkind = \"dahua\"\n".to_owned();
    let uplinks = [city.uplink("ningbo", &city.url()), camera];
    let file = edge_toml(city.folder(), port, &uplinks);
    let right = std::fs::read_to_string(&file).unwrap();
    let gateway = tokio::task::block_in_place(|| Served::run(edge(&file)));
    let local = Local::at(&format!("http://127.0.0.1:{port}"));
    assert_eq!(local.ask("POST", "/v1/devices/typo", "{}").await.unwrap().0, 404);
    let told = async |code: &str| {
        let status = local.status().await;
        let warnings = status["warnings"].as_array().unwrap();
        warnings.iter().find(|it| it["code"] == code).map(|it| it["zh"].as_str().unwrap().to_owned())
    };
    for (spoilt, words) in [
        (right.replace("[lot]", "[lot"), "edge.toml"),
        (right.replace("lot_id = \"", "lot_id = \"x"), "lot_id"),
    ] {
        std::fs::write(&file, spoilt).unwrap();
        let is_told = async || told("config").await.is_some_and(|told| told.contains(words));
        assert!(until(SEEN_WITHIN, is_told).await, "{words}: {:?}", told("config").await);
        assert!(until(SEEN_WITHIN, async || local.uplinks().await[0]["state"] == "up").await);
    }
    std::fs::write(&file, right.replace("停车场", "东门停车场")).unwrap();
    let is_used = async || {
        let Some((_, status)) = local.ask("GET", "/v1/status", "").await else { return false };
        status["lot"]["name"] == "东门停车场"
    };
    assert!(until(SEEN_WITHIN, is_used).await);
    assert_eq!(told("config").await, None);
    let senders = local.status().await["unknown_senders"].clone();
    assert_eq!(senders[0]["path"], "/v1/devices/typo", "{senders}");
    gateway.terminate();
}

#[test]
fn a_gateway_that_cannot_start_leaves_no_folder_behind() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let uplink =
        "[[uplink]]\nstandard = \"atlantis\"\nurl = \"http://127.0.0.1:9\"\nlot_id = \"1\"\n".to_owned();
    let taken_port = taken.local_addr().unwrap().port();
    for (port, uplinks, words) in [(taken_port, &[][..], "listen"), (0, &[uplink], "standard")] {
        let file = edge_toml(folder.path(), port, uplinks);
        let failed = edge(&file).output().unwrap();
        let said = String::from_utf8_lossy(&failed.stderr).into_owned();
        assert!(failed.status.code() == Some(1) && said.contains(words), "{said}");
        assert!(!folder.path().join("edge-data").exists(), "{words}");
    }
}
