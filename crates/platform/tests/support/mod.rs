//! A platform in a folder of its own, with a clock turned by hand, and a lot that speaks Huzhou to it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

pub mod engine;
pub mod issuer;
pub mod person;
pub mod speaker;
pub mod vendor;

use axum::Router;
use axum::body::Body;
use bowei_model::{Direction, LotKind, Passage, Photo, PhotoRole, Picture, Plate, PlateKind, Report};
use bowei_platform::accounts::Source;
use bowei_platform::accounts::{Role, token};
use bowei_platform::config::SelfDescribedLots;
use bowei_platform::registry::apply::{HandedOut, apply};
use bowei_platform::{Clock, Config, Platform};
use bowei_standards::lot_side::Outgoing;
use bowei_standards::platform_side::Credential;
use bowei_standards::{LotSide as _, huzhou::Huzhou};
use bowei_store::RegistryChange;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// 2026-04-01 08:15:30 in Huzhou.
pub const MORNING: i64 = 1_775_002_530_000;

/// A clock turned by hand, in milliseconds.
pub struct HandClock(AtomicI64);

impl Default for HandClock {
    fn default() -> Self {
        Self(AtomicI64::new(MORNING))
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

impl HandClock {
    pub fn turn(&self, by: SignedDuration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

/// A platform on which lots that describe themselves are public at once.
pub fn at_once() -> Config {
    let mut config = Config::default();
    config.lots.self_described = SelfDescribedLots::AtOnce;
    config
}

pub const REGISTRY: &str = r#"
[[provider]]
code = "hz-demo"
name = "湖州示范停车"
[provider.huzhou]
app_id = "hz-0001"

[[provider]]
code = "hz-other"
name = "另一家停车"
[provider.huzhou]
app_id = "hz-0002"

[[lot]]
code = "330502-001"
provider = "hz-demo"
name = "东门停车场"
kind = "off-street"
district = "330502"
address = "人民路 1 号"
longitude = 120.0868
latitude = 30.8937
spaces_total = 200
charging_spaces = 20
ids = { huzhou = "HZ330502001" }

[[lot]]
code = "330521-007"
provider = "hz-demo"
name = "武康路段"
kind = "on-street"
district = "330521"
longitude = 119.9674
latitude = 30.5338
spaces_total = 30
ids = { huzhou = "HZLD0007" }

[[lot]]
code = "330522-001"
provider = "hz-other"
name = "长兴停车场"
kind = "off-street"
district = "330522"
longitude = 119.9109
latitude = 31.0266
spaces_total = 80
ids = { huzhou = "HZ330522001" }
"#;

/// A platform with the registry above.
pub struct City {
    pub platform: Platform,
    pub router: Router,
    pub clock: Arc<HandClock>,
    pub handed_out: HandedOut,
    pub folder: TempDir,
}

impl City {
    pub async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub async fn with(mut config: Config) -> Self {
        engine::choose(&mut config);
        Self::on(config).await
    }

    /// The same on the engines that the configuration names.
    pub async fn on(mut config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        config.server.data = folder.path().to_owned();
        let clock = Arc::new(HandClock::default());
        let platform = Platform::open(config, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        let mut city =
            Self { router: platform.router(), platform, clock, handed_out: HandedOut::default(), folder };
        city.handed_out = city.apply(REGISTRY, SignedDuration::ZERO).await;
        city
    }

    /// Has every job that is due done, and holds what each said of it to be in both languages.
    pub async fn do_all_due(&self) {
        let app = self.platform.app();
        app.jobs.do_all_due().await.unwrap();
        let is_chinese = |words: &str| words.chars().any(|letter| ('一'..='鿿').contains(&letter));
        for run in app.store.job_runs(None, 10_000).await.unwrap() {
            let words = (run.message.lines().next(), run.message.lines().nth(1), run.message.lines().nth(2));
            let (None, None, None) = words else {
                let (Some(zh), Some(en), None) = words else { panic!("{run:?}") };
                assert!(is_chinese(zh) && !is_chinese(en) && !en.is_empty(), "{run:?}");
                continue;
            };
        }
    }

    pub async fn apply(&self, text: &str, overlap: SignedDuration) -> HandedOut {
        let app = self.platform.app();
        let done = apply(
            app.store.as_ref(),
            app.registry.key(),
            text,
            overlap,
            self.clock.now(),
            &Source::default(),
        )
        .await
        .unwrap();
        app.registry.refresh().await.unwrap();
        done
    }

    pub async fn token(&self, role: &str, district: Option<&str>) -> String {
        self.tokens(&[(role, district)]).await.remove(0)
    }

    /// A token of each role and district, in one change of the registry.
    pub async fn tokens(&self, holders: &[(&str, Option<&str>)]) -> Vec<String> {
        let make = |(role, district): &(&str, Option<&str>)| {
            let role: Role = role.parse().unwrap();
            token::make(&role, district.map(str::to_owned), self.clock.now(), None).unwrap()
        };
        let (handed_out, tokens) = holders.iter().map(make).unzip();
        let change = RegistryChange { tokens, ..RegistryChange::default() };
        self.platform.app().store.change_registry(change).await.unwrap();
        self.platform.app().registry.refresh().await.unwrap();
        handed_out
    }

    /// Whoever was handed a provider's credential out.
    pub fn lot_of(&self, provider: &str) -> Lot {
        let handed_out = self.handed_out.providers.iter().find(|out| out.code == provider).unwrap();
        Lot { own: Huzhou.own_credential(&handed_out.standards["huzhou"]).unwrap() }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub async fn patch(&self, path: &str, token: &str, body: &str) -> Answer {
        let request = Request::patch(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Seals a report as the provider's lot and sends it.
    pub async fn say(&self, lot: &Lot, report: &Report) -> Answer {
        self.send(lot.seal(report, &[], self.clock.now())).await
    }
}

/// An answer, whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub bytes: bytes::Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("not JSON: {:?}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The code of a Huzhou answer.
    pub fn code(&self) -> i64 {
        self.json()["code"].as_i64().unwrap()
    }
}

/// A lot's own system.
pub struct Lot {
    pub own: Arc<dyn Credential>,
}

impl Lot {
    pub fn seal(&self, report: &Report, picture: &[u8], now: Timestamp) -> Request<Body> {
        let (lot_id, lot_kind) = match report.lot().map(|lot| lot.as_str()) {
            Some("330521-007") => ("HZLD0007", LotKind::OnStreet),
            Some("330522-001") => ("HZ330522001", LotKind::OffStreet),
            _ => ("HZ330502001", LotKind::OffStreet),
        };
        let outgoing = Outgoing { report, lot_id, lot_kind, picture: Some(picture) };
        Huzhou.seal(outgoing, self.own.as_ref(), now).unwrap().request.map(Body::from)
    }
}

pub fn at(minute: i64) -> Timestamp {
    Timestamp::from_millisecond(MORNING + minute * 60_000).unwrap()
}

/// A car going in, at `minute` after the morning, leaving `vacant` spaces free.
pub fn entry(lot: &str, record: &str, minute: i64, vacant: i64) -> Report {
    Report::Passage(Passage {
        plate: Plate::read("浙E12345"),
        plate_kind: Some(PlateKind::SMALL),
        gate: (lot != "330521-007").then(|| "东门入口".to_owned()),
        berth: (lot == "330521-007").then(|| "A-016".to_owned()),
        vacant: Some(vacant),
        ..Passage::new(lot.into(), record.into(), Direction::Entry, at(minute))
    })
}

/// The same car going out.
pub fn exit(lot: &str, record: &str, from: i64, to: i64, vacant: i64) -> Report {
    let Report::Passage(mut passage) = entry(lot, record, to, vacant) else { unreachable!() };
    passage.direction = Direction::Exit;
    passage.entered_at = Some(at(from));
    passage.minutes = Some(to - from);
    Report::Passage(passage)
}

/// A picture of a record's entry.
pub fn photo(lot: &str, record: &str, picture: &[u8]) -> Report {
    Report::Photo(Photo {
        lot: lot.into(),
        record_id: record.into(),
        role: PhotoRole::Entry,
        slot: None,
        taken_at: None,
        picture: Picture::Bytes {
            sha256: sha256(picture),
            bytes: picture.len() as u64,
            media_type: "image/jpeg".into(),
        },
    })
}

fn sha256(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The smallest thing that says it is a JPEG, and some more.
pub fn jpeg(bytes: usize) -> Vec<u8> {
    let mut picture = vec![0xff, 0xd8, 0xff, 0xe0];
    picture.resize(bytes.max(6), 7);
    picture.extend([0xff, 0xd9]);
    picture
}
