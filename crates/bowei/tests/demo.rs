//! `bowei demo`: ten of its lots report through gateways. The platform goes away and comes back; the gateways say so
//! meanwhile, and nothing is lost.

use crate::support;

use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{bowei, get};

const GATEWAYS: usize = 10;
const OUTAGE_S: &str = "12";
/// Everything here takes seconds.
const TIMEOUT: Duration = Duration::from_secs(120);

struct Demo {
    child: Child,
    platform: String,
    token: String,
    /// Address and lot of each gateway.
    gateways: Vec<(String, String)>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    fn start() -> Self {
        let mut command = bowei();
        command.args(["demo", "--listen", "127.0.0.1:0", "--history", "0.1", "--outage", OUTAGE_S]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (mut platform, mut token, mut gateways) = (String::new(), String::new(), Vec::new());
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(url) = line.strip_prefix("listening on ") {
                platform = url.to_owned();
            } else if let Some((_, said)) = line.split_once("API token ") {
                token = said.trim().to_owned();
            } else if line.contains("gateway") {
                let mut words = line.split_whitespace().skip(2).map(str::to_owned);
                let url = words.next().unwrap();
                gateways.push((url.trim_end_matches('/').to_owned(), words.next().unwrap()));
            } else if line.contains("Ctrl-C") {
                break;
            }
        }
        Self { child, platform, token, gateways }
    }

    /// Of each gateway, its one uplink.
    async fn uplinks(&self) -> Vec<Value> {
        let mut uplinks = Vec::new();
        for (url, _) in &self.gateways {
            uplinks.push(get(url, "/v1/status", "").await["uplinks"][0].clone());
        }
        uplinks
    }

    /// The records of a lot that the platform has, and how often each.
    async fn records(&self, lot: &str) -> HashMap<String, usize> {
        let (mut records, mut cursor) = (HashMap::new(), String::new());
        loop {
            let path = format!("/api/v1/lots/{lot}/sessions?limit=1000{cursor}");
            let page = get(&self.platform, &path, &self.token).await;
            for item in page["items"].as_array().unwrap() {
                *records.entry(item["record_id"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return records,
            }
        }
    }

    async fn until(&self, what: &str, is_so: impl Fn(&[Value]) -> bool) {
        let begun = Instant::now();
        loop {
            let uplinks = self.uplinks().await;
            if is_so(&uplinks) {
                return;
            }
            assert!(begun.elapsed() < TIMEOUT, "{what}: {uplinks:#?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_goes_away_loses_nothing_of_lots_with_gateways() {
    let demo = Demo::start();
    assert_eq!(demo.gateways.len(), GATEWAYS);
    let many = |uplinks: &[Value]| uplinks.iter().all(|uplink| uplink["accepted"].as_u64().unwrap() > 0);
    demo.until("each lot has told something", many).await;

    let pid = demo.child.id().to_string();
    assert!(Command::new("kill").args(["-USR1", &pid]).status().unwrap().success());
    let waits = |uplink: &&Value| uplink["state"] == "down" && uplink["backlog"].as_u64().unwrap() > 0;
    demo.until("some say that the platform is away", |uplinks| uplinks.iter().any(|it| waits(&it))).await;

    let well = |uplink: &Value| uplink["state"] == "up" && uplink["backlog"] == 0;
    demo.until("all is well again", |uplinks| uplinks.iter().all(well)).await;
    let mut cars = 0;
    for (url, lot) in &demo.gateways {
        assert_eq!(get(url, "/v1/dead-letters", "").await["items"].as_array().unwrap().len(), 0, "{lot}");
        // What the gateway has delivered first: what comes meanwhile may be on the platform and not in this list.
        let passages = get(url, "/v1/passages?limit=200", "").await;
        let records = demo.records(lot).await;
        for car in passages["items"].as_array().unwrap() {
            let (standard, standing) = car["standing"].as_object().unwrap().iter().next().unwrap();
            // It may have come this moment; and ISP knows no record ids.
            if standing != "delivered" || standard == "isp" {
                continue;
            }
            let record_id = car["record_id"].as_str().unwrap();
            assert_eq!(records.get(record_id), Some(&1), "{lot}: {car}");
            cars += 1;
        }
    }
    assert!(cars > 0);
    println!("{cars} passages of {GATEWAYS} lots are on the platform once");
}
