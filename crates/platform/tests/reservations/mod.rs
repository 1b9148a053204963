//! Reservations, end to end: drivers at the public API, a lot's own system of another maker at the other end, and the office.

mod gateway;
mod lot_system;
mod no_shows;
mod nodes;
mod office;
mod privacy;
mod rush;
mod settlement;
mod walk;
mod wrong_answers;

use crate::support::person::without_second_factor;
use crate::support::vendor::{Vendor, park_info};
use crate::support::{Answer, City, engine};
use axum::body::Body;
use bowei_platform::config::SelfDescribedLots;
use bowei_platform::{Clock as _, Config};
use http::{Method, Request};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lot_system::LotSystem;
use parking_lot::Mutex;
use serde_json::{Value, json};

/// The lot, and what it calls itself.
const LOT: &str = "sz-park";
const PARK: &str = "P001";

/// A city with a lot of another maker that takes reservations.
struct Scene {
    city: City,
    lot: LotSystem,
    token: Mutex<String>,
}

fn config() -> Config {
    let mut config = without_second_factor();
    config.lots.self_described = SelfDescribedLots::AtOnce;
    config
}

/// The lot's provider, called at that address.
fn registry(url: &str) -> String {
    format!(
        r#"
[[provider]]
code = "sz-vendor"
name = "鹏城停车"
[provider.shenzhen]
user_id = "sz-user"
password = "a word"
callback_url = "{url}"

[[lot]]
code = "{LOT}"
provider = "sz-vendor"
name = "市民中心停车场"
kind = "off-street"
district = "440305"
longitude = 113.93
latitude = 22.53
spaces_total = 50
ids = {{ shenzhen = "{PARK}" }}
"#
    )
}

impl Scene {
    /// With so many places, by the lot's own word.
    async fn with(places: usize) -> Self {
        let mut config = config();
        engine::choose(&mut config);
        Self::on(config, places).await
    }

    async fn on(config: Config, places: usize) -> Self {
        Self::at(config, LotSystem::with_places(places).await, places).await
    }

    async fn at(config: Config, lot: LotSystem, places: usize) -> Self {
        let city = City::on(config).await;
        city.apply(&registry(&lot.url), SignedDuration::ZERO).await;
        let scene = Self { city, lot, token: Mutex::default() };
        scene.log_in().await;
        scene.grants(places, 0).await;
        scene
    }

    /// The lot logs in, as it does whenever its token is dead.
    async fn log_in(&self) {
        let vendor = Vendor::log_in_at(&self.city, ("sz-user", "a word"), self.now()).await;
        self.lot.knows(&vendor.token);
        *self.token.lock() = vendor.token;
    }

    /// The lot says how many spaces it lets be reserved (表 6).
    async fn grants(&self, ordinary: usize, charging: usize) {
        let mut info = park_info(PARK, "市民中心停车场");
        info["reservable"] = json!(1);
        info["reservableSpaces"] = json!(ordinary);
        info["totalReservableCharingSpaces"] = json!(charging);
        self.says("parkInfo", info).await;
        self.city.platform.app().registry.refresh().await.unwrap();
    }

    fn vendor(&self) -> Vendor<'_> {
        Vendor { city: &self.city, token: self.token.lock().clone() }
    }

    /// The lot reports something, and what follows from it for its reservations is done.
    async fn says(&self, interface: &str, item: Value) {
        let answer = self.vendor().say_at(interface, item, self.now()).await;
        assert_eq!(answer["code"], 0, "{interface}: {answer}");
        self.settle().await;
    }

    async fn enters(&self, record: &str, plate: &str, at: Timestamp, booking: Option<&str>) {
        let mut item = json!({
            "parkCode": PARK, "id": record, "plateNo": plate, "enterTime": wall(at),
            "entryCarPhotoId": "p1", "entranceCode": "G00001"
        });
        if let Some(booking) = booking {
            item["bookCode"] = json!(booking);
        }
        self.says("enterRecord", item).await;
    }

    async fn leaves(&self, record: &str, plate: &str, at: Timestamp, booking: Option<&str>) {
        let mut item = json!({
            "parkCode": PARK, "id": record, "plateNo": plate, "leaveTime": wall(at),
            "exitCarPhotoId": "p2", "exitCode": "G00002"
        });
        if let Some(booking) = booking {
            item["bookCode"] = json!(booking);
        }
        self.says("exitRecord", item).await;
    }

    fn now(&self) -> Timestamp {
        self.city.clock.now()
    }

    /// In so many minutes from now.
    fn within(&self, minutes: i64) -> Timestamp {
        self.now() + SignedDuration::from_mins(minutes)
    }

    /// Everything that waits is done, at every node of this process.
    async fn settle(&self) {
        self.city.platform.app().settle_reservations().await.unwrap();
    }

    /// Time passes, and what it brings is done.
    async fn pass(&self, time: SignedDuration) {
        self.city.clock.turn(time);
        self.log_in().await;
        self.settle().await;
    }

    async fn pass_minutes(&self, minutes: i64) {
        self.pass(SignedDuration::from_mins(minutes)).await;
    }

    /// A driver asks for a space, and whatever the lot says at once is kept.
    async fn books(&self, plate: &str, minutes: i64) -> Driver<'_> {
        self.asks(json!({"plate": plate, "enter_at": shown(self.within(minutes))})).await
    }

    /// The same, and waits where none is free.
    async fn waits(&self, plate: &str, minutes: i64) -> Driver<'_> {
        self.asks(json!({"plate": plate, "enter_at": shown(self.within(minutes)), "wait": true})).await
    }

    async fn asks(&self, order: Value) -> Driver<'_> {
        let created = ask_at(&self.city, order).await;
        self.settle().await;
        driver(&self.city, &created)
    }

    /// What the platform answers a driver who asks for a space; what is not named is as most want it.
    async fn request(&self, order: Value) -> Answer {
        self.city.send(posted(order)).await
    }

    /// The city's rules, in place of those that come along.
    async fn rules(&self, toml: &str) {
        let token = self.city.token("regulator", None).await;
        let body = json!({"toml": toml, "note": "试行规则"});
        let path = "/api/v1/reservations/policy";
        let answer = self.city.ask_with(&token, Method::POST, path, Some(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
    }
}

fn posted(mut order: Value) -> Request<Body> {
    for (field, value) in [("lot", json!(LOT)), ("space", json!("ordinary")), ("wait", json!(false))] {
        if order.get(field).is_none() {
            order[field] = value;
        }
    }
    let request = Request::post("/open/v1/reservations").header("content-type", "application/json");
    request.body(Body::from(order.to_string())).unwrap()
}

/// An order taken down at a node.
async fn ask_at(city: &City, order: Value) -> Value {
    let answer = city.send(posted(order)).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()
}

fn driver<'c>(city: &'c City, created: &Value) -> Driver<'c> {
    let text = |field: &str| created[field].as_str().unwrap().to_owned();
    Driver { city, code: text("code"), token: text("token") }
}

/// Who has the private link of an order.
struct Driver<'c> {
    city: &'c City,
    code: String,
    token: String,
}

impl Driver<'_> {
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/open/v1/reservations/current{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Body::from(body.map(|body| body.to_string()).unwrap_or_default()));
        self.city.send(request.unwrap()).await
    }

    async fn sees(&self) -> Value {
        let answer = self.call(Method::GET, "", None).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    }

    async fn state(&self) -> String {
        self.sees().await["state"].as_str().unwrap().to_owned()
    }

    /// The words of its steps.
    async fn reasons(&self) -> Vec<String> {
        let steps = self.sees().await["steps"].as_array().unwrap().clone();
        steps.iter().map(|step| step["reason"].as_str().unwrap().to_owned()).collect()
    }

    async fn cancels(&self) -> Answer {
        self.call(Method::DELETE, "", None).await
    }

    async fn changes(&self, change: Value) -> Answer {
        let mut change = change;
        change["version"] = self.sees().await["version"].clone();
        self.call(Method::PATCH, "", Some(change)).await
    }
}

/// As the public API takes moments.
fn shown(at: Timestamp) -> String {
    at.display_with_offset(jiff::tz::offset(8)).to_string()
}

/// As the Shenzhen text has them.
fn wall(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(jiff::tz::offset(8))).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
