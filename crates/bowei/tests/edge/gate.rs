//! The gateway, as a process or in this one, and its local API as the lot's own systems use it.

use crate::edge::city::City;
use bowei_edge::outbox::RealDisk;
use bowei_edge::uplink::{Backoff, Tuning};
use bowei_edge::{Clock, Config, Environment, Gateway, Running, SystemClock};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between looks at something that is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Everything is tried again soon.
pub(crate) fn hasty() -> Tuning {
    let backoff = |first, longest| Backoff {
        first: Duration::from_millis(first),
        longest: Duration::from_millis(longest),
    };
    Tuning {
        session: backoff(20, 200),
        uplink: backoff(20, 200),
        picture_within: Duration::from_millis(200),
        answer_within: Duration::from_secs(2),
        ..Tuning::default()
    }
}

/// Writes an `edge.toml` for a gateway with those uplinks, its data beside it.
pub(crate) fn edge_toml(folder: &Path, port: u16, uplinks: &[String]) -> PathBuf {
    let data = folder.join("edge-data");
    let head = format!(
        "listen = \"127.0.0.1:{port}\"\ndata = {data:?}\n[lot]\ncode = \"L1\"\nname = \"停车场\"\n\
         spaces_total = 500\ndistrict = \"440305\"\naddress = \"东路 1 号\"\nlongitude = 113.93\n\
         latitude = 22.53\n[lot.details]\npermitNo = \"\"\nparkType = 1\nserviceType = 1\nbizStatus = 1\n\
         reservable = 0\nreservableSpaces = 0\ntotalReservableCharingSpaces = 0\n\
         imageId = \"00000000000000000000000000000001\"\n"
    );
    let file = folder.join("edge.toml");
    std::fs::write(&file, head + &uplinks.concat()).unwrap();
    file
}

/// The gateway in this process.
pub(crate) struct Gate {
    pub(crate) local: Local,
    running: Running,
}

impl Gate {
    /// Starts one with those uplinks, in the city's folder.
    pub(crate) async fn start(city: &City, uplinks: &[String]) -> Self {
        let file = edge_toml(city.folder(), 0, uplinks);
        Self::of(Config::load(&file).unwrap(), Arc::new(SystemClock), hasty()).await
    }

    /// Starts one.
    pub(crate) async fn of(config: Config, clock: Arc<dyn Clock>, tuning: Tuning) -> Self {
        let disk = Arc::new(RealDisk::open(&config.data).unwrap());
        let running =
            Gateway::start(config, Environment { clock, disk, tuning, transport: None }).await.unwrap();
        Self { local: Local::at(&format!("http://{}", running.address)), running }
    }

    /// What is under way finishes first.
    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}

/// The local API.
#[derive(Clone)]
pub(crate) struct Local {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Local {
    pub(crate) fn at(url: &str) -> Self {
        Self { url: url.to_owned(), client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Asks, and answers status and JSON; `None` where nobody answers.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: impl Into<Bytes>) -> Option<(u16, Value)> {
        let request = http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        let answer = self.client.request(request.body(Full::new(body.into())).unwrap()).await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        Some((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// Posts reports that must be taken.
    pub(crate) async fn report(&self, reports: &[Value]) {
        let said = self.ask("POST", "/v1/reports", json!(reports).to_string()).await.unwrap();
        assert_eq!(said.0, 200, "{said:?}");
    }

    pub(crate) async fn status(&self) -> Value {
        self.ask("GET", "/v1/status", "").await.unwrap().1
    }

    /// The status of each uplink.
    pub(crate) async fn uplinks(&self) -> Vec<Value> {
        self.status().await["uplinks"].as_array().unwrap().clone()
    }

    pub(crate) async fn dead_letters(&self) -> Vec<Value> {
        self.ask("GET", "/v1/dead-letters", "").await.unwrap().1["items"].as_array().unwrap().clone()
    }

    /// That no platform has refused anything for good.
    pub(crate) async fn no_dead_letters(&self) {
        let letters = self.dead_letters().await;
        let said = letters.iter().map(|letter| {
            format!("{} {} {}: {}", letter["uplink"], letter["kind"], letter["record_id"], letter["why"])
        });
        assert!(letters.is_empty(), "dead letters: {:#?}", said.collect::<Vec<_>>());
    }

    /// Waits until nothing waits for any platform.
    pub(crate) async fn until_delivered(&self, within: Duration) {
        let delivered =
            until(within, async || self.uplinks().await.iter().all(|uplink| uplink["backlog"] == 0));
        assert!(
            delivered.await,
            "not delivered: {:#?} {:#?}",
            self.uplinks().await,
            self.dead_letters().await
        );
    }
}

/// Waits for something; whether it came about in time.
pub(crate) async fn until(within: Duration, mut it: impl AsyncFnMut() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if it().await {
            return true;
        }
        if begun.elapsed() > within {
            return false;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
