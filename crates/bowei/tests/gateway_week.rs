//! A lot that is cut off for a week: two thousand cars a day, each photographed coming and going, by a simulated
//! clock. When the platform is back everything arrives, in order within each parking, and cars of this minute do not
//! wait for those of last week.

use crate::support;

use bowei_edge::config::{LotConfig, UplinkConfig};
use bowei_edge::outbox::RealDisk;
use bowei_edge::uplink::{Backoff, Tuning};
use bowei_edge::{Clock, Config, Environment, Gateway};
use bowei_model::moment::rfc3339;
use bowei_platform::accounts::Source;
use bowei_platform::accounts::{Role, token};
use bowei_platform::registry::apply::{OVERLAP, apply};
use bowei_platform::{Platform, Running};
use bowei_store::RegistryChange;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use support::get;

const DAYS: i64 = 7;
const CARS_A_DAY: usize = 2_000;
/// Taken to be stuck when nothing has moved for so long.
const STUCK: Duration = Duration::from_secs(60);
const LOT: &str = "330502-001";

/// The real clock, so many milliseconds away.
#[derive(Default)]
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_cut_off_arrives_whole_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Moved::default());
    let now = Timestamp::now();
    let platform_at = free_address();
    let (token, credential) = registered(&folder.path().join("platform"), &clock).await;

    let week_ago = now - SignedDuration::from_hours(24 * DAYS);
    set(&clock, week_ago);
    let gateway = gateway(folder.path(), platform_at, credential, &clock).await;
    let url = format!("http://{}", gateway.address);
    let lot = Lot { client: Client::builder(TokioExecutor::new()).build_http(), url: url.clone() };

    let begun = Instant::now();
    for day in 0..DAYS {
        let morning = week_ago + SignedDuration::from_hours(24 * day);
        set(&clock, morning + SignedDuration::from_hours(12));
        lot.has_a_day(day, morning).await;
    }
    let told = begun.elapsed();
    set(&clock, now);
    let status = lot.status().await;
    let cars = CARS_A_DAY as u64 * DAYS as u64;
    assert_eq!(status["uplinks"][0]["backlog"].as_u64().unwrap(), cars * 4, "{status}");
    assert_ne!(status["uplinks"][0]["state"], "up");

    let platform = platform(&folder.path().join("platform"), platform_at, &clock).await;
    let begun = Instant::now();
    let Drained { reports: drained, live, slowest_taken, slowest } = drained_with_live_cars(&lot, now).await;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{cars} cars told in {told:.1?}; {drained} reports delivered in {seconds:.1} s: {:.0} a second, \
         pictures among them; of {live} live cars meanwhile the slowest was taken in {slowest_taken:.2?} and \
         delivered in {slowest:.2?} more",
        drained as f64 / seconds
    );
    // How soon is for a clock that a test can turn; that none waited for the backlog is for here.
    assert!(live > 0, "no live car was delivered while the backlog drained");

    whole_and_in_order(&format!("http://{platform_at}"), &token, cars as usize).await;
    gateway.stop().await;
    platform.stop().await;
}

fn set(clock: &Moved, to: Timestamp) {
    let away = to.duration_since(Timestamp::now()).as_millis();
    clock.0.store(i64::try_from(away).unwrap(), Ordering::Relaxed);
}

/// An address where nobody listens yet.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn platform(data: &Path, listen: SocketAddr, clock: &Arc<Moved>) -> Running {
    let mut config = bowei_platform::Config::load(None).unwrap();
    config.server.listen = listen;
    config.server.data = data.to_owned();
    config.limits.account_requests_per_second = 100_000;
    config.limits.account_burst = 100_000;
    config.limits.daily_quota_factor = 0;
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    Platform::open(config, clock).await.unwrap().start().await.unwrap()
}

/// Registers the lot, and answers a token and what the lot speaks with.
async fn registered(data: &Path, clock: &Arc<Moved>) -> (String, HashMap<String, String>) {
    let file = format!(
        "[[provider]]\ncode = \"p\"\nname = \"一\"\n[provider.ningbo]\nportname = \"p\"\n\
         [[lot]]\ncode = \"{LOT}\"\nprovider = \"p\"\nname = \"一\"\nkind = \"off-street\"\ndistrict = \"330502\"\n\
         address = \"路\"\nlongitude = 120.08\nlatitude = 30.89\nspaces_total = 900\n\
         ids = {{ ningbo = \"330502077102\" }}\n"
    );
    let running = platform(data, free_address(), clock).await;
    let app = running.app();
    let store = app.store.as_ref();
    let handed_out =
        apply(store, app.registry.key(), &file, OVERLAP, clock.now(), &Source::default()).await.unwrap();
    let credential = handed_out.providers[0].standards["ningbo"].clone().into_iter().collect();
    let (token, row) = token::make(&Role::Operator, None, clock.now(), None).unwrap();
    store.change_registry(RegistryChange { tokens: vec![row], ..RegistryChange::default() }).await.unwrap();
    running.stop().await;
    (token, credential)
}

async fn gateway(
    folder: &Path,
    platform: SocketAddr,
    credential: HashMap<String, String>,
    clock: &Arc<Moved>,
) -> bowei_edge::Running {
    let mut config = Config::new(LotConfig::new(LOT, "一", 900));
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.data = folder.join("gateway");
    config.uplinks = vec![UplinkConfig {
        name: None,
        standard: "ningbo".to_owned(),
        url: format!("http://{platform}"),
        lot_id: "330502077102".to_owned(),
        reconciliation: None,
        credential: credential.into_iter().collect(),
    }];
    let disk = Arc::new(RealDisk::open(&config.data).unwrap());
    // A platform that is back is found at once: what is measured begins then.
    let uplink = Backoff { first: Duration::from_millis(100), longest: Duration::from_millis(500) };
    let tuning = Tuning { uplink, ..Tuning::default() };
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    Gateway::start(config, Environment { clock, disk, tuning, transport: None }).await.unwrap()
}

/// The lot's own system.
struct Lot {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
}

impl Lot {
    async fn has_a_day(&self, day: i64, morning: Timestamp) {
        // Cars come one after the other and stay for an hour and some.
        let step = 86_400 / CARS_A_DAY as i64;
        let car = |car: usize| {
            let entered = morning + SignedDuration::from_secs(step * car as i64);
            let left = entered + SignedDuration::from_secs(3_600 + (car as i64 * 7) % 600);
            (format!("D{day}-{car:04}"), entered, left)
        };
        let batches: Vec<usize> = (0..CARS_A_DAY).step_by(100).collect();
        for batch in batches {
            let reports: Vec<Value> = (batch..batch + 100)
                .flat_map(|number| {
                    let (id, entered, left) = car(number);
                    passages(&id, entered, left)
                })
                .collect();
            self.post("/v1/reports", Bytes::from(json!(reports).to_string())).await;
        }
        let photos = (0..CARS_A_DAY).flat_map(|number| {
            let (id, entered, left) = car(number);
            [(id.clone(), "entry", entered), (id, "exit", left)]
        });
        stream::iter(photos)
            .for_each_concurrent(32, |(id, role, at)| async move {
                let path = format!("/v1/photos?record_id={id}&role={role}&taken_at={at}");
                self.post(&path, picture(&format!("{id} {role}"))).await;
            })
            .await;
    }

    async fn post(&self, path: &str, body: Bytes) {
        let request = http::Request::post(format!("{}{path}", self.url)).body(Full::new(body)).unwrap();
        let answer = self.client.request(request).await.unwrap();
        let status = answer.status();
        let said = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&said));
    }

    async fn status(&self) -> Value {
        get(&self.url, "/v1/status", "").await
    }

    /// How a car stands with the one platform.
    async fn standing(&self, id: &str) -> String {
        let passages = get(&self.url, "/v1/passages?limit=20", "").await;
        let is_it = |item: &&Value| item["record_id"] == id;
        let item = passages["items"].as_array().unwrap().iter().find(is_it).expect("it was taken").clone();
        item["standing"]["ningbo"].as_str().unwrap().to_owned()
    }
}

fn passages(id: &str, entered: Timestamp, left: Timestamp) -> [Value; 2] {
    let plate = format!("浙E{}", &bowei_encoding::md5_hex(id.as_bytes()).to_uppercase()[..5]);
    let entry = json!({
        "kind": "entry", "record_id": id, "at": rfc3339(entered), "plate": plate, "plate_kind": "02",
        "gate": "G1", "gate_name": "东门入口", "vacant": 100, "color": "白色", "plate_color": "蓝",
    });
    let exit = json!({
        "kind": "exit", "record_id": id, "at": rfc3339(left), "entered_at": rfc3339(entered), "plate": plate,
        "plate_kind": "02", "gate": "G2", "gate_name": "西门出口", "vacant": 101, "color": "白色", "plate_color": "蓝",
    });
    [entry, exit]
}

/// A small picture, no two alike: JPEG's first bytes, some kilobytes, its last.
fn picture(what: &str) -> Bytes {
    let mut picture = vec![0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10];
    picture.extend_from_slice(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    picture.extend(what.bytes().cycle().take(3_000));
    picture.extend_from_slice(&[0xFF, 0xD9]);
    picture.into()
}

/// How the backlog went.
#[derive(Default)]
struct Drained {
    /// Reports that were delivered.
    reports: u64,
    /// Cars that came meanwhile, and were delivered before the backlog was over.
    live: u32,
    /// Until the gateway had the slowest of them.
    slowest_taken: Duration,
    /// And from then on until the platform had it.
    slowest: Duration,
}

/// Waits for the backlog to be over while a car comes now and then.
async fn drained_with_live_cars(lot: &Lot, now: Timestamp) -> Drained {
    let before = lot.status().await["uplinks"][0]["accepted"].as_u64().unwrap();
    let mut drained = Drained::default();
    let (mut last, mut moved, mut number) = (u64::MAX, Instant::now(), 0);
    loop {
        let status = lot.status().await;
        let uplink = &status["uplinks"][0];
        let backlog = uplink["backlog"].as_u64().unwrap();
        if backlog == 0 {
            drained.reports = uplink["accepted"].as_u64().unwrap() - before;
            return drained;
        }
        if backlog < last {
            (last, moved) = (backlog, Instant::now());
        }
        assert!(moved.elapsed() < STUCK, "stuck at {backlog}: {status}");
        // Until the platform has been found, nobody is on time.
        if uplink["state"] == "up" {
            number += 1;
            let id = format!("L{number:04}");
            let [entry, _] = passages(&id, now, now);
            let told = Instant::now();
            lot.post("/v1/reports", Bytes::from(json!([entry]).to_string())).await;
            let taken = Instant::now();
            while lot.standing(&id).await != "delivered" {
                assert!(told.elapsed() < STUCK, "{id} never arrives: {}", lot.status().await);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            drained.slowest_taken = drained.slowest_taken.max(taken - told);
            drained.slowest = drained.slowest.max(taken.elapsed());
            // One that came when the last of the backlog was on its way says nothing.
            drained.live += u32::from(lot.status().await["uplinks"][0]["backlog"].as_u64().unwrap() > 0);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Every car is there once, with both its passages and both its pictures, and came in before it went out.
async fn whole_and_in_order(url: &str, token: &str, cars: usize) {
    let (mut found, mut cursor) = (0, String::new());
    loop {
        let page = get(url, &format!("/api/v1/lots/{LOT}/sessions?limit=500{cursor}"), token).await;
        for item in page["items"].as_array().unwrap() {
            let id = item["record_id"].as_str().unwrap();
            if !id.starts_with('D') {
                continue;
            }
            found += 1;
            let (entry, exit) = (&item["entry"], &item["exit"]);
            let received = |passage: &Value| -> Timestamp {
                passage["received_at"].as_str().unwrap_or_else(|| panic!("{item}")).parse().unwrap()
            };
            assert!(received(entry) <= received(exit), "{id} went out before it came in: {item}");
            assert_eq!(item["photos"].as_array().unwrap().len(), 2, "{item}");
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, cars, "each car once");
}
