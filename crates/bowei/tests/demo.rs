//! `bowei demo`: ten of its lots report through gateways. The platform goes away and comes back; the gateways say so
//! meanwhile, and nothing is lost.

use crate::support;

use bowei_city::run::{LiveOptions, live};
use bowei_city::verdict::{FoundSession, fetch_sessions};
use bowei_city::{CityPlan, PlanOptions};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
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
        // Lively enough for something to happen at a lot with a gateway within any outage.
        command.args(["--size", "40", "--floor", "2"]);
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

/// A demonstration in a folder of its own, with what it says on stderr.
fn in_folder(folder: &Path) -> (Child, Lines<BufReader<ChildStdout>>, Lines<BufReader<ChildStderr>>) {
    let mut command = bowei();
    command.args(["demo", "--listen", "127.0.0.1:0", "--history", "60", "--gateways", "0"]);
    // What is lost on purpose is not there once.
    command.args(["--faulty-lots", "0"]);
    command.args(["--lots", "8", "--size", "8", "--floor", "0", "--data"]).arg(folder);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap()).lines();
    let err = BufReader::new(child.stderr.take().unwrap()).lines();
    (child, out, err)
}

/// What lies on the office's desk, by how many.
async fn desk(url: &str, token: &str) -> [usize; 5] {
    let mut counts = [0; 5];
    let lists =
        ["registrations", "businesses", "off-peak-packages", "reports?outcome=refused", "reservations"];
    for (count, list) in counts.iter_mut().zip(lists) {
        let page = get(url, &format!("/api/v1/{list}"), token).await;
        *count = page["items"].as_array().unwrap_or_else(|| panic!("{list}: {page}")).len();
    }
    counts
}

fn interrupt(child: &mut Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_was_interrupted_goes_on_and_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, _out, mut err) = in_folder(folder.path());
    assert!(err.any(|line| line.unwrap().contains("day 2 of 3")), "60 hours are three days");
    interrupt(&mut child);
    let notes = || -> Value {
        serde_json::from_slice(&std::fs::read(folder.path().join("demo.json")).unwrap()).unwrap()
    };
    let moment = |name: &str| -> Timestamp { notes()[name].as_str().unwrap().parse().unwrap() };
    let (start, live_from) = (moment("start"), moment("live_from"));
    assert!(moment("reached") < live_from, "it had not been made whole");

    let (mut child, out, mut err) = in_folder(folder.path());
    assert!(err.next().unwrap().unwrap().contains("going on from"));
    let err = std::thread::spawn(move || err.map(Result::unwrap).collect::<Vec<_>>());
    let mut card = out.map(Result::unwrap).take_while(|line| !line.contains("Ctrl-C")).collect::<Vec<_>>();
    card.retain(|line| {
        line.contains("listening on ") || line.contains("API token ") || line.contains("account")
    });
    let url = card[0].strip_prefix("listening on ").unwrap().to_owned();
    let token = card[1].split_once("API token ").unwrap().1.trim().to_owned();
    assert!(card.len() >= 6, "the same logins again: {card:?}");

    // What was over an hour before it was live, every outage of a line among it, is there once.
    let settled = live_from - SignedDuration::from_hours(1);
    let plan = CityPlan::new(&PlanOptions { seed: 2026, lots: 8, standard: None }).unwrap().resized(8);
    let options = LiveOptions {
        start,
        live_from,
        floor_passages_per_s: 0.0,
        history_photos: 0.0,
        ..LiveOptions::new(live_from, 0.0)
    };
    let mut prepared = live(&plan, &options);
    prepared.traffic.find(|message| message.due > settled).unwrap();
    let mut found: HashMap<(String, Timestamp), Vec<FoundSession>> = HashMap::new();
    for lot in &plan.lots {
        for session in fetch_sessions(&url, &token, &lot.code).await.unwrap() {
            let Some(entered_at) = session.entered_at else { continue };
            found.entry((lot.code.to_string(), entered_at)).or_default().push(session);
        }
    }
    let mut checked = 0;
    for (_, parking) in prepared.truth.look().parkings().filter(|(_, parking)| parking.exited_at.is_some()) {
        // No two passages of a lot share a second.
        let sessions = &found[&(parking.lot.to_string(), parking.entered_at)];
        let [session] = sessions.as_slice() else { panic!("{parking:?} is there as {sessions:?}") };
        assert_eq!(session.exited_at, parking.exited_at, "{session:?}");
        checked += 1;
    }
    assert!(checked > 1_000, "{checked}");
    let on_desk = desk(&url, &token).await;
    assert!(on_desk.iter().all(|count| *count > 1), "{on_desk:?}");
    interrupt(&mut child);

    let (mut third, out, _err) = in_folder(folder.path());
    let mut lines = out.map(Result::unwrap);
    let url = lines.find_map(|line| Some(line.strip_prefix("listening on ")?.to_owned())).unwrap();
    assert_eq!(desk(&url, &token).await, on_desk, "it is laid there once");
    interrupt(&mut third);
    let said = err.join().unwrap();
    assert!(!said.iter().any(|line| line.contains("were not taken in")), "{said:?}");
    assert!(said.iter().any(|line| line.contains("history: ")), "{said:?}");
}
