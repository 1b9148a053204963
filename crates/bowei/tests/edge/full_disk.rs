//! A disk that runs full and gets room again: a small file system of its own, which only root may mount. Where that
//! is not allowed the test says so and is skipped.

use crate::edge::city::{City, port};
use crate::edge::gate::{Gate, Local, edge_toml, hasty, until};
use crate::edge::proxy::Proxy;
use crate::edge::sent::{digest, entry, picture, record};
use bowei_edge::{Config, SystemClock};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// Two segments of pictures, and a little: no picture gets as large as the text forbids before it is full.
const DISK_MIB: usize = 20;
const PICTURE_BYTES: usize = 100_000;
/// In one call, once nothing but records is sent.
const AT_ONCE: usize = 100;

/// A file system in memory, gone with this.
struct Mounted(PathBuf);

impl Mounted {
    fn at(folder: PathBuf) -> Result<Self, String> {
        std::fs::create_dir_all(&folder).unwrap();
        let size = format!("size={DISK_MIB}m");
        let said =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "bowei-edge-test"]).arg(&folder).output();
        match said {
            Ok(said) if said.status.success() => Ok(Self(folder)),
            Ok(said) => Err(String::from_utf8_lossy(&said.stderr).into_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whatever still has a file open there must not keep the name.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Takes all the room there is.
fn fill(ballast: &Path) {
    let mut file = File::options().create(true).append(true).open(ballast).unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_costs_pictures_first_and_nothing_that_was_acknowledged() {
    // None fits into the room that the one before it leaves.
    runs_full(4_096).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_with_room_for_a_picture_and_not_for_its_record_is_just_full() {
    runs_full(0).await;
}

/// Fills a disk, with pictures of which each is so much larger than the one before it.
async fn runs_full(larger_bytes: usize) {
    let city = City::start();
    let mounted = match Mounted::at(city.folder().join("small")) {
        Ok(mounted) => mounted,
        Err(why) => return println!("skipped: a small file system cannot be mounted here: {why}"),
    };
    let line = Proxy::start(port(), city.address()).await;
    line.open(false);
    let mut config = Config::load(&edge_toml(city.folder(), 0, &[city.uplink("ningbo", &line.url)])).unwrap();
    config.data = mounted.0.join("data");
    let gate = Gate::of(config, Arc::new(SystemClock), hasty()).await;
    let mut lot = Lot {
        local: gate.local.clone(),
        cars: 0,
        acknowledged: BTreeSet::new(),
        pictures: BTreeMap::new(),
        picture_bytes: PICTURE_BYTES,
        larger_bytes,
    };

    // Pictures go first: records and new pictures are taken.
    while lot.disk().await["photos_dropped"] == 0 {
        lot.car().await;
        assert_eq!(lot.photo().await, 200);
        assert!(lot.cars < 500, "the disk does not run full: {:#}", lot.disk().await);
    }
    println!("pictures go after {} cars: {}", lot.cars, lot.disk().await["state"]);

    // Then new pictures are refused, while records are still taken.
    let ballast = mounted.0.join("ballast");
    let mut refused = 0;
    while refused == 0 {
        fill(&ballast);
        lot.car().await;
        fill(&ballast);
        refused = match lot.photo().await {
            200 => 0,
            status => status,
        };
        assert!(lot.cars < 1_000, "no picture is ever refused: {:#}", lot.disk().await);
    }
    assert_eq!(refused, 507);
    println!("pictures are refused after {} cars: {:#}", lot.cars, lot.disk().await);

    // Then records too.
    fill(&ballast);
    let mut taken = 0;
    while lot.records(AT_ONCE).await == 200 {
        fill(&ballast);
        taken += 1;
        assert!(taken < 1_000, "records are always taken: {:#}", lot.disk().await);
    }
    assert_eq!(lot.records(AT_ONCE).await, 507);
    assert_eq!(lot.photo().await, 507);
    let status = lot.local.status().await;
    assert_eq!(status["disk"]["state"], "full", "{:#}", status["disk"]);
    assert!(status["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == "disk-full"));
    assert_eq!(lot.local.ask("GET", "/readyz", "").await.unwrap().0, 503);

    // With room again it goes on by itself; and what was taken is there, whoever starts anew.
    std::fs::remove_file(&ballast).unwrap();
    assert_eq!(lot.records(AT_ONCE).await, 200, "{:#}", lot.disk().await);
    assert_eq!(lot.photo().await, 200);
    // That pictures went is said for a while yet.
    let well = async || lot.disk().await["state"] == "photos-going";
    assert!(until(Duration::from_secs(5), well).await, "{:#}", lot.disk().await);
    assert_eq!(lot.disk().await["damaged"], 0);
    line.open(true);
    gate.local.until_delivered(Duration::from_secs(60)).await;
    gate.local.no_dead_letters().await;
    let sessions = city.sessions("ningbo").await;
    let there: BTreeSet<_> = sessions.keys().cloned().collect();
    assert_eq!(lot.acknowledged, there, "records");
    // Pictures that are there are the right ones; those that went were counted.
    let mut arrived = 0;
    for (id, session) in &sessions {
        for photo in session["photos"].as_array().unwrap() {
            assert_eq!(
                Some(photo["sha256"].as_str().unwrap()),
                lot.pictures.get(id).map(String::as_str),
                "{id}"
            );
            arrived += 1;
        }
    }
    let dropped = lot.disk().await["photos_dropped"].as_u64().unwrap() as usize;
    println!("{} records and {arrived} pictures arrived, {dropped} pictures were dropped", there.len());
    assert_eq!(arrived + dropped, lot.pictures.len());
    gate.stop().await;
}

/// What the lot's system says, and what of it was acknowledged.
struct Lot {
    local: Local,
    cars: usize,
    acknowledged: BTreeSet<String>,
    /// The digest of each acknowledged picture, by record id.
    pictures: BTreeMap<String, String>,
    /// Of the next picture, and by how much the one after it is larger.
    picture_bytes: usize,
    larger_bytes: usize,
}

impl Lot {
    async fn disk(&self) -> Value {
        self.local.status().await["disk"].clone()
    }

    /// A car that must be taken.
    async fn car(&mut self) {
        assert_eq!(self.records(1).await, 200, "{:#}", self.disk().await);
    }

    /// So many cars in one call.
    async fn records(&mut self, number: usize) -> u16 {
        let cars = self.cars..self.cars + number;
        let reports: Vec<Value> = cars.clone().map(entry).collect();
        let (status, said) = self.local.ask("POST", "/v1/reports", json!(reports).to_string()).await.unwrap();
        if status == 200 {
            self.cars += number;
            self.acknowledged.extend(cars.map(record));
        } else {
            assert!(said["detail"].as_str().unwrap().contains("nothing of this was taken"), "{said:#}");
        }
        status
    }

    /// A picture of the newest car.
    async fn photo(&mut self) -> u16 {
        let number = self.cars - 1;
        let picture = picture(number, self.picture_bytes);
        self.picture_bytes += self.larger_bytes;
        let sha256 = digest(&picture);
        let path = format!("/v1/photos?record_id={}&role=entry", record(number));
        let (status, _) = self.local.ask("POST", &path, picture).await.unwrap();
        if status == 200 {
            self.pictures.insert(record(number), sha256);
        }
        status
    }
}
