//! `kill -9` while drivers reserve and a lot of another maker answers as lots do: no order that a driver was told of is
//! lost, the lot never grants more than it has, and in the end platform and lot know the same reservations.

use crate::support;

use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use sm3::{Digest as _, Sm3};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Served, bowei_on, printed};
use tokio::task::JoinSet;

const KILLS: usize = 100;
const DRIVERS: usize = 6;
/// What the lot lets be reserved.
const PLACES: usize = 5;
/// By then everything that was out at the last kill is over: the platform asks again for a minute.
const SETTLED_WITHIN: Duration = Duration::from_secs(120);

/// A lot's own system.
struct Lot {
    kept: BTreeSet<String>,
    most: usize,
    chance: ChaCha8Rng,
}

/// Answers by what it keeps; now and then late, or not at all, whether it has done it or not.
async fn called(
    State(lot): State<Arc<Mutex<Lot>>>,
    Path(interface): Path<String>,
    Json(message): Json<Value>,
) -> Json<Value> {
    let item = &message["data"][0];
    let booking = item["bookCode"].as_str().unwrap().to_owned();
    let (manner, code) = {
        let mut lot = lot.lock().unwrap();
        let manner = lot.chance.random_range(0..20);
        let is_kept = lot.kept.contains(&booking);
        let code = match interface.as_str() {
            _ if manner == 0 => 0,
            "reservation" if is_kept => 1201,
            "reservation" if lot.kept.len() >= PLACES => 1501,
            "reservation" => {
                lot.kept.insert(booking.clone());
                lot.most = lot.most.max(lot.kept.len());
                0
            }
            _ if lot.kept.remove(&booking) => 0,
            _ => 1104,
        };
        (manner, code)
    };
    match manner {
        0 | 1 => std::future::pending().await,
        2..5 => tokio::time::sleep(Duration::from_millis(300)).await,
        _ => {}
    }
    let data = if code == 0 { json!([{ "bookCode": booking }]) } else { json!([]) };
    Json(json!({"code": code, "message": "", "timestamp": Timestamp::now().as_millisecond(), "data": data}))
}

type Http = Client<HttpConnector, Full<bytes::Bytes>>;

/// A request's status and JSON; `None` once the platform is gone.
async fn ask(http: &Http, request: http::request::Builder, body: String) -> Option<(u16, Value)> {
    let request = request.header("content-type", "application/json").body(Full::new(body.into())).unwrap();
    let response = http.request(request).await.ok()?;
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.ok()?.to_bytes();
    Some((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

/// The lot logs in and says how many spaces it lets be reserved (表 6).
async fn log_in(http: &Http, url: &str) {
    let say = async |interface: &str, token: &str, item: Value| {
        let data = json!([item]).to_string();
        let sign: String = Sm3::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
        let now = Timestamp::now().as_millisecond();
        let body = format!(r#"{{"timestamp":{now},"sign":"{sign}","version":"1.0.0","data":{data}}}"#);
        let request =
            http::Request::post(format!("{url}/dataReceive/v1/{interface}")).header("authorization", token);
        let (_, answer) = ask(http, request, body).await.unwrap();
        assert_eq!(answer["code"], 0, "{interface}: {answer}");
        answer
    };
    let password = base64::engine::general_purpose::STANDARD.encode(Sm3::digest("a word"));
    let answer = say("login", "", json!({"userId": "sz-user", "password": password})).await;
    let token = answer["data"][0]["accessToken"].as_str().unwrap();
    let info = json!({
        "parkCode": "P001", "parkName": "市民中心停车场", "permitNo": "", "parkType": 1, "address": "深南大道 1 号",
        "longitude": 113.93, "latitude": 22.53, "areaCode": "440305", "serviceType": 8, "bizStatus": 1,
        "totalSpaces": 50, "reservable": 1, "reservableSpaces": PLACES, "totalReservableCharingSpaces": 0,
        "imageId": "p1"
    });
    say("parkInfo", token, info).await;
}

/// Waits until the node knows what the lot said: to another one.
async fn offers(http: &Http, url: &str) {
    let begun = Instant::now();
    loop {
        let request = http::Request::get(format!("{url}/open/v1/reservations/lots/sz-park"));
        let (_, lot) = ask(http, request, String::new()).await.unwrap();
        if lot["reservable"] == true {
            return;
        }
        assert!(begun.elapsed() < SETTLED_WITHIN, "{url} offers nothing: {lot}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Reserves one space after the other until the platform is gone, and gives every second one back; the private links of
/// all that it was told of.
async fn reserve(
    http: Http,
    url: String,
    name: usize,
    mut chance: ChaCha8Rng,
    enter_at: Timestamp,
) -> Vec<String> {
    let mut links = Vec::new();
    for number in 0.. {
        let plate =
            format!("粤{}{:05}", ["A", "B", "C", "D", "E", "F", "G", "H"][name % 8], name / 8 * 500 + number);
        let order = json!({"lot": "sz-park", "plate": plate, "space": "ordinary", "enter_at": enter_at.to_string(), "wait": true});
        let request = http::Request::post(format!("{url}/open/v1/reservations"));
        let Some((status, created)) = ask(&http, request, order.to_string()).await else { return links };
        match status {
            201 => links.push(created["token"].as_str().unwrap().to_owned()),
            // The address has asked for enough.
            429 => return links,
            _ => panic!("{status}: {created}"),
        }
        tokio::time::sleep(Duration::from_millis(chance.random_range(5..60))).await;
        if chance.random_range(0..3) > 0 {
            let link = links.get(chance.random_range(0..links.len())).unwrap();
            let request = http::Request::delete(format!("{url}/open/v1/reservations/current"));
            let request = request.header("authorization", format!("Bearer {link}"));
            match ask(&http, request, String::new()).await {
                None => return links,
                // 409: it had ended, or was changed at that moment.
                Some((200 | 409, _)) => {}
                Some(other) => panic!("{other:?}"),
            }
        }
    }
    links
}

/// The states of the orders that drivers were told of, by how many have them.
async fn seen(http: &Http, url: &str, links: &[String]) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::<_, usize>::new();
    for link in links {
        let request = http::Request::get(format!("{url}/open/v1/reservations/current"));
        let request = request.header("authorization", format!("Bearer {link}"));
        let (status, order) = ask(http, request, String::new()).await.unwrap();
        assert_eq!(status, 200, "an order that a driver was told of is gone: {order}");
        *states.entry(order["state"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    states
}

/// The codes of all orders in that state, those among them whose drivers a kill left without an answer.
async fn in_state(http: &Http, url: &str, token: &str, state: &str) -> BTreeSet<String> {
    let request = http::Request::get(format!("{url}/api/v1/reservations?state={state}&limit=1000"));
    let request = request.header("authorization", format!("Bearer {token}"));
    let (status, page) = ask(http, request, String::new()).await.unwrap();
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().iter().map(|order| order["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reservation_is_lost_or_granted_twice_over_a_hundred_kills() {
    let seed = std::env::var("BOWEI_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_260_401);
    println!("seed {seed} (BOWEI_SEED)");
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let lot = Lot { kept: BTreeSet::new(), most: 0, chance: ChaCha8Rng::seed_from_u64(seed + 1) };
    let lot = Arc::new(Mutex::new(lot));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("http://{}/gate", listener.local_addr().unwrap());
    let router =
        Router::new().route("/gate/dataReceive/v1/{interface}", post(called)).with_state(Arc::clone(&lot));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let registry = format!(
        "[[provider]]\ncode = \"sz-vendor\"\nname = \"鹏城停车\"\n[provider.shenzhen]\nuser_id = \"sz-user\"\n\
         password = \"a word\"\ncallback_url = \"{callback}\"\n\n[[lot]]\ncode = \"sz-park\"\nprovider = \"sz-vendor\"\n\
         name = \"市民中心停车场\"\nkind = \"off-street\"\ndistrict = \"440305\"\nlongitude = 113.93\nlatitude = 22.53\n\
         spaces_total = 50\nids = {{ shenzhen = \"P001\" }}\n"
    );
    let file = data.join("registry.toml");
    std::fs::write(&file, registry).unwrap();
    printed(bowei_on(data).args(["registry", "apply"]).arg(&file));
    let token = printed(bowei_on(data).args(["token", "create", "--role", "operator"])).trim().to_owned();
    let start = || {
        let mut command = bowei_on(data);
        command.args(["serve", "--listen", "127.0.0.1:0", "--self-described-lots", "at-once"]);
        Served::run(command)
    };
    let count =
        if std::env::var("BOWEI_TEST_ENGINE").is_ok_and(|engine| engine == "postgres") { 2 } else { 1 };
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    let mut nodes: Vec<_> = (0..count).map(|_| start()).collect();
    log_in(&http, &nodes[0].url).await;
    for node in &nodes {
        offers(&http, &node.url).await;
    }
    let enter_at = Timestamp::now() + SignedDuration::from_mins(90);
    let mut links = Vec::new();
    for round in 0..KILLS {
        let mut drivers = JoinSet::new();
        for driver in 0..DRIVERS {
            let url = nodes[driver % nodes.len()].url.clone();
            let its = ChaCha8Rng::seed_from_u64(chance.random());
            drivers.spawn(reserve(http.clone(), url, round * DRIVERS + driver, its, enter_at));
        }
        // Where there are two, the other goes on for a while.
        for doomed in nodes.drain(..) {
            tokio::time::sleep(Duration::from_millis(chance.random_range(50..400))).await;
            doomed.kill();
        }
        while let Some(told) = drivers.join_next().await {
            links.extend(told.unwrap());
        }
        nodes.extend((0..count).map(|_| start()));
        assert!(lot.lock().unwrap().most <= PLACES);
    }
    println!("{} orders over {KILLS} kills", links.len());
    assert!(links.len() > KILLS, "hardly anything was reserved: the test proves nothing");

    let begun = Instant::now();
    loop {
        let url = &nodes[0].url;
        let states = seen(&http, url, &links).await;
        let confirmed = in_state(&http, url, &token, "confirmed").await;
        let mut under_way = false;
        for state in ["held", "requested", "unknown", "offered"] {
            under_way |= !in_state(&http, url, &token, state).await.is_empty();
        }
        let kept = lot.lock().unwrap().kept.clone();
        if !under_way && kept == confirmed {
            println!("settled after {:.0} s: {states:?}", begun.elapsed().as_secs_f64());
            assert!(
                !states.contains_key("waiting") || confirmed.len() == PLACES,
                "a place is unsold: {states:?}"
            );
            break;
        }
        assert!(
            begun.elapsed() < SETTLED_WITHIN,
            "{states:?}: the lot keeps {kept:?}, confirmed is {confirmed:?}"
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
