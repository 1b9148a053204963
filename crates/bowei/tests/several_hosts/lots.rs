//! The load: lots that speak to two nodes, and repeat each report until it is acknowledged.
//!
//! Each lot has several speakers, half of which prefer one node and half the other, so that both nodes are told of
//! every lot. A speaker goes to the other node where its own is gone or says "not now", and comes back when the time
//! that it was told is over.

use crate::client::Client;
use crate::cluster::NODES;
use crate::journal::{Heard, Journal, What};
use crate::scenario::{Errand, plan};
use bowei_city::CityLot;
use bowei_encoding::sha256_hex;
use bowei_model::{Direction, LotKind, Passage, Photo, PhotoRole, Picture, Plate, Report};
use bowei_standards::LotSide as _;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::lot_side::{Outgoing, Reading};
use bowei_standards::platform_side::{Credential, Fields};
use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::HashMap;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Of each lot.
const SPEAKERS: usize = 2;

/// Between two reports of a speaker, on average: some hundred reports a second in all.
const PAUSE_MS: std::ops::Range<u64> = 50..250;

/// How long a node is left alone that is gone.
const GONE_FOR: Duration = Duration::from_secs(1);

/// Where neither node takes a report, it is said again after this, to one and then to the other. Shorter than what
/// they ask for: what is measured is when they are there again.
const AGAIN_AFTER: Duration = Duration::from_millis(300);

/// Every so many parkings come with a picture.
const PICTURED: u64 = 4;

/// Free spaces, as every passage says; and as the last one of each lot does.
const VACANT: i64 = 2;
const VACANT_AT_LAST: i64 = 1;

/// What both nodes show of a lot may differ for so long after an acknowledgement.
const AGREE_WITHIN: Duration = Duration::from_secs(1);

/// How often nodes are asked meanwhile whether they are ready, what is free, and what they keep.
const ASKED_EVERY: Duration = Duration::from_millis(500);

#[ignore = "the test across several hosts starts it on one of them"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lots_speak_until_the_pipe_closes() {
    let Some(errand) = Errand::own().map(Arc::new) else { return };
    let journal = Arc::new(Journal::create(&errand.journal));
    let client = Client::new(&errand, Some(&journal));
    let enough = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&enough);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        told.store(true, Relaxed);
    });
    let credentials = credentials(&errand.handed_out);
    let lots = plan(errand.seed).lots;
    let mut work = JoinSet::new();
    for (number, lot) in lots.iter().cycle().take(lots.len() * SPEAKERS).enumerate() {
        let own = Arc::clone(&credentials[lot.provider.as_str()]);
        let mut speaker = Speaker {
            number,
            home: number / lots.len() % NODES.len(),
            lot: Arc::clone(lot),
            own,
            client: client.clone(),
            away_until: [Instant::now(); NODES.len()],
            chance: ChaCha8Rng::seed_from_u64(errand.seed + number as u64),
        };
        let enough = Arc::clone(&enough);
        work.spawn(async move {
            for i in 0.. {
                if enough.load(Relaxed) {
                    break;
                }
                speaker.parking(i).await;
            }
            speaker
        });
    }
    for (node, lot) in lots.iter().take(NODES.len()).enumerate() {
        let (client, enough, lot) = (client.clone(), Arc::clone(&enough), lot.code.to_string());
        tokio::spawn(async move { ask(node, &lot, &client, &enough).await });
    }
    let mut speakers = work.join_all().await;
    speakers.sort_by_key(|speaker| speaker.number);
    speakers.truncate(lots.len());
    last_words(speakers).await;
}

/// Every lot says once more how much is free; both nodes have to show it in time.
async fn last_words(speakers: Vec<Speaker>) {
    // Wall clocks on the wire are whole seconds: this word is the last.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let mut work = JoinSet::new();
    for mut speaker in speakers {
        speaker.home = speaker.number % NODES.len();
        work.spawn(async move {
            let record = format!("last-{}", speaker.number);
            let entry = speaker.passage(&record, now(), None, VACANT_AT_LAST);
            speaker.report(What::Entry(record), &entry, &[]).await;
            let acknowledged = Instant::now();
            let path = format!("/open/v1/lots/{}", speaker.lot.code);
            loop {
                let (one, other) = tokio::join!(speaker.client.get(0, &path), speaker.client.get(1, &path));
                let agree = [one, other].map(|answer| shows(&answer.unwrap().1)) == [VACANT_AT_LAST; 2];
                let passed = acknowledged.elapsed();
                assert!(passed <= AGREE_WITHIN, "{path}: the nodes do not agree after {passed:?}");
                if agree {
                    return passed;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
    }
    let longest = work.join_all().await.into_iter().max().unwrap_or_default();
    println!("both nodes showed every lot's last word {} ms after its acknowledgement", longest.as_millis());
}

fn shows(answer: &[u8]) -> i64 {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    answer["properties"]["vacant"].as_i64().unwrap_or_default()
}

/// Asks a node what others ask it: its balancer, drivers and the city.
async fn ask(node: usize, lot: &str, client: &Client, enough: &AtomicBool) {
    let paths = [
        "/readyz".to_owned(),
        format!("/open/v1/lots/{lot}"),
        format!("/api/v1/lots/{lot}/sessions?limit=20"),
    ];
    let mut asking = JoinSet::new();
    while !enough.load(Relaxed) {
        for path in paths.clone() {
            let (client, lot) = (client.clone(), lot.to_owned());
            asking.spawn(async move {
                let (question, what) = (client.question(&path), What::Question(path));
                client.send((node, &lot, &what), question, |_| Heard::Yes).await
            });
        }
        tokio::time::sleep(ASKED_EVERY).await;
    }
    asking.join_all().await;
}

struct Speaker {
    number: usize,
    /// The node that it prefers.
    home: usize,
    lot: Arc<CityLot>,
    own: Arc<dyn Credential>,
    client: Client,
    /// Until when it leaves a node alone.
    away_until: [Instant; NODES.len()],
    chance: ChaCha8Rng,
}

impl Speaker {
    /// A car comes, perhaps with a picture, and perhaps leaves.
    async fn parking(&mut self, i: u64) {
        let record = format!("S{}-{i}", self.number);
        let entered_at = now();
        let entry = self.passage(&record, entered_at, None, VACANT);
        self.report(What::Entry(record.clone()), &entry, &[]).await;
        if i.is_multiple_of(PICTURED) {
            let text = format!("\u{7f}picture of {record} in {}", self.lot.code);
            let picture = [&[0xff, 0xd8, 0xff, 0xe0], text.as_bytes(), &[0xff, 0xd9]].concat();
            let (photo, sha256) = self.photo(&record, &picture);
            self.report(What::Photo(record.clone(), sha256), &photo, &picture).await;
        }
        if self.chance.random_bool(0.6) {
            let exit = self.passage(&record, entered_at, Some(now()), VACANT);
            self.report(What::Exit(record), &exit, &[]).await;
        }
    }

    /// Says a report until it is acknowledged.
    async fn report(&mut self, what: What, report: &Report, picture: &[u8]) {
        tokio::time::sleep(Duration::from_millis(self.chance.random_range(PAUSE_MS))).await;
        for tries in 0.. {
            let node = self.choose(tries).await;
            let left_alone = match self.say(node, &what, report, picture).await {
                Heard::Yes => return,
                Heard::NotNow { retry_after_s, .. } => Duration::from_secs(retry_after_s.unwrap_or_default()),
                Heard::Gone(_) | Heard::Nothing => GONE_FOR,
            };
            self.away_until[node] = Instant::now() + left_alone;
        }
    }

    /// Its own node, or the other one; where both want to be left alone, each in turn after a little while.
    async fn choose(&self, tries: usize) -> usize {
        let now = Instant::now();
        let other = (self.home + 1) % NODES.len();
        match [self.home, other].into_iter().find(|node| self.away_until[*node] <= now) {
            Some(node) => node,
            None => {
                tokio::time::sleep(AGAIN_AFTER).await;
                (self.home + tries) % NODES.len()
            }
        }
    }

    async fn say(&self, node: usize, what: &What, report: &Report, picture: &[u8]) -> Heard {
        let outgoing =
            Outgoing { report, lot_id: &self.lot.lot_id, lot_kind: self.lot.kind, picture: Some(picture) };
        let request = Huzhou.seal(outgoing, self.own.as_ref(), Timestamp::now()).unwrap().request;
        let whose = (node, self.lot.code.as_str(), what);
        let read = |answer| match Huzhou.read_answer(&answer) {
            Reading::Accepted => Heard::Yes,
            other => panic!("{what:?} of {}: {other:?}", self.lot.code),
        };
        self.client.send(whose, request, read).await
    }

    /// An entry or, with the time of it, an exit.
    fn passage(
        &self,
        record: &str,
        entered_at: Timestamp,
        left_at: Option<Timestamp>,
        vacant: i64,
    ) -> Report {
        let direction = if left_at.is_some() { Direction::Exit } else { Direction::Entry };
        let at = left_at.unwrap_or(entered_at);
        Report::Passage(Passage {
            plate: Plate::read("浙E12345"),
            gate: Some("东门".to_owned()),
            berth: (self.lot.kind == LotKind::OnStreet).then(|| "A-1".to_owned()),
            entered_at: left_at.map(|_| entered_at),
            vacant: Some(vacant),
            ..Passage::new(self.lot.code.clone(), record.into(), direction, at)
        })
    }

    fn photo(&self, record: &str, picture: &[u8]) -> (Report, String) {
        let sha256 = sha256_hex(picture);
        let photo = Photo {
            lot: self.lot.code.clone(),
            record_id: record.into(),
            role: PhotoRole::Entry,
            slot: None,
            taken_at: None,
            picture: Picture::Bytes {
                sha256: sha256.clone(),
                bytes: picture.len() as u64,
                media_type: "image/jpeg".to_owned(),
            },
        };
        (Report::Photo(photo), sha256)
    }
}

/// In whole seconds, as wall clocks on the wire are.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

fn credentials(handed_out: &str) -> HashMap<String, Arc<dyn Credential>> {
    let json: Value = serde_json::from_str(handed_out).unwrap();
    let of = |provider: &Value| {
        let fields: Fields = serde_json::from_value(provider["huzhou"].clone()).unwrap();
        (provider["code"].as_str().unwrap().to_owned(), Huzhou.own_credential(&fields).unwrap())
    };
    json["providers"].as_array().unwrap().iter().map(of).collect()
}
