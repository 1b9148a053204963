//! `kill -9` at random moments under load: every acknowledged report, and every acknowledged picture, is there
//! after the restart.

use crate::support;

use bowei_city::{CityPlan, PlanOptions};
use bowei_model::{Direction, LotKind, Passage, Photo, PhotoRole, Picture, Plate, Report};
use bowei_standards::LotSide as _;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::lot_side::{Outgoing, Reading};
use bowei_standards::platform_side::{Credential, Fields};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::{Served, fetch, get, handed_out, operator};

const ROUNDS: usize = 50;
const SPEAKERS: usize = 12;
/// Every so many records come with a picture.
const PICTURED: usize = 4;

/// What was acknowledged: record id to the digest of its picture, if it has one.
type Acknowledged = BTreeMap<String, Option<String>>;

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_report_survives_fifty_kills() {
    let seed = std::env::var("BOWEI_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_260_401);
    println!("seed {seed} (BOWEI_SEED)");
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let plan = CityPlan::new(&PlanOptions { seed, lots: ROUNDS, standard: Some("huzhou") }).unwrap();
    let credentials = credentials(&plan, data);
    let token = operator(data);
    let mut total = 0;
    for (round, lot) in plan.lots.iter().enumerate() {
        let served = Served::start(data, None);
        let moment = Duration::from_millis(chance.random_range(20..400));
        let url = served.url.clone();
        let speaking = speak(&url, &credentials[lot.provider.as_str()], lot, round);
        tokio::pin!(speaking);
        let acknowledged = tokio::select! {
            acknowledged = &mut speaking => acknowledged,
            () = tokio::time::sleep(moment) => {
                served.kill();
                // Whoever is still waiting for an answer now gets none.
                speaking.await
            }
        };
        let served = Served::start(data, None);
        check(&served.url, &token, lot.code.as_str(), &acknowledged).await;
        served.kill();
        total += acknowledged.len();
    }
    println!("{total} reports were acknowledged over {ROUNDS} kills");
    assert!(total > ROUNDS, "hardly anything was acknowledged: the test proves nothing");
}

fn credentials(plan: &CityPlan, data: &Path) -> HashMap<String, Arc<dyn Credential>> {
    let json: Value = serde_json::from_str(&handed_out(plan, data)).unwrap();
    let of = |provider: &Value| {
        let fields: Fields = serde_json::from_value(provider["huzhou"].clone()).unwrap();
        (provider["code"].as_str().unwrap().to_owned(), Huzhou.own_credential(&fields).unwrap())
    };
    json["providers"].as_array().unwrap().iter().map(of).collect()
}

/// StandardProfile until the platform is gone; answers what it acknowledged.
async fn speak(
    url: &str,
    own: &Arc<dyn Credential>,
    lot: &Arc<bowei_city::CityLot>,
    round: usize,
) -> Acknowledged {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let mut speakers = tokio::task::JoinSet::new();
    for speaker in 0..SPEAKERS {
        let (client, own, lot, url) = (client.clone(), Arc::clone(own), Arc::clone(lot), url.to_owned());
        speakers.spawn(async move {
            let mut acknowledged = Acknowledged::new();
            for i in 0.. {
                let record = format!("K{round}-{speaker}-{i}");
                if !say(&client, &url, own.as_ref(), &lot, &entry(&lot, &record), &[]).await {
                    return acknowledged;
                }
                acknowledged.insert(record.clone(), None);
                if i % PICTURED == 0 {
                    let picture = format!("\u{7f}picture of {record}").into_bytes();
                    let picture = [&[0xff, 0xd8, 0xff, 0xe0], picture.as_slice(), &[0xff, 0xd9]].concat();
                    let (photo, sha256) = photo(&lot, &record, &picture);
                    if !say(&client, &url, own.as_ref(), &lot, &photo, &picture).await {
                        return acknowledged;
                    }
                    acknowledged.insert(record, Some(sha256));
                }
            }
            acknowledged
        });
    }
    let mut all = Acknowledged::new();
    while let Some(acknowledged) = speakers.join_next().await {
        all.extend(acknowledged.unwrap());
    }
    all
}

/// Whether the platform acknowledged it. False once the platform is gone.
async fn say(
    client: &Client<HttpConnector, Full<Bytes>>,
    url: &str,
    own: &dyn Credential,
    lot: &bowei_city::CityLot,
    report: &Report,
    picture: &[u8],
) -> bool {
    let outgoing = Outgoing { report, lot_id: &lot.lot_id, lot_kind: lot.kind, picture: Some(picture) };
    let (mut parts, body) = Huzhou.seal(outgoing, own, Timestamp::now()).unwrap().request.into_parts();
    parts.uri = format!("{url}{}", parts.uri).parse().unwrap();
    let Ok(response) = client.request(http::Request::from_parts(parts, Full::new(body))).await else {
        return false;
    };
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else { return false };
    match Huzhou.read_answer(&http::Response::from_parts(parts, body.to_bytes())) {
        Reading::Accepted => true,
        other => panic!("{other:?}"),
    }
}

fn entry(lot: &bowei_city::CityLot, record: &str) -> Report {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    Report::Passage(Passage {
        plate: Plate::read("浙E12345"),
        gate: Some("东门".to_owned()),
        berth: (lot.kind == LotKind::OnStreet).then(|| "A-1".to_owned()),
        vacant: Some(1),
        ..Passage::new(lot.code.clone(), record.into(), Direction::Entry, now)
    })
}

fn photo(lot: &bowei_city::CityLot, record: &str, picture: &[u8]) -> (Report, String) {
    let sha256 = bowei_encoding::sha256_hex(picture);
    let photo = Photo {
        lot: lot.code.clone(),
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

async fn check(url: &str, token: &str, lot: &str, acknowledged: &Acknowledged) {
    let mut sessions = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = get(url, &format!("/api/v1/lots/{lot}/sessions?limit=1000{cursor}"), token).await;
        for item in page["items"].as_array().unwrap() {
            sessions.insert(item["record_id"].as_str().unwrap().to_owned(), item["photos"].clone());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    for (record, sha256) in acknowledged {
        let photos = sessions.get(record).unwrap_or_else(|| panic!("{record} was acknowledged and is gone"));
        if let Some(sha256) = sha256 {
            let photo = &photos[0];
            assert_eq!(photo["sha256"].as_str(), Some(sha256.as_str()), "{record}");
            let path = format!("/api/v1/photos/{}", photo["id"].as_str().unwrap());
            let (status, bytes) = fetch(url, &path, token).await;
            assert!(status == 200 && bytes.len() > 4, "{record}: the bytes are gone");
        }
    }
    // What was not acknowledged may be there too, whole; the count agrees with the records either way.
    let item = get(url, &format!("/api/v1/lots/{lot}"), token).await;
    assert_eq!(item["inside"].as_u64(), Some(sessions.len() as u64));
}
