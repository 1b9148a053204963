//! Somebody's own system, speaking any of the standards, and a registry with an account in each.

use super::{Answer, City};
use axum::body::Body;
use bowei_model::{LotKind, Report};
use bowei_platform::Clock as _;
use bowei_platform::registry::apply::HandedOut;
use bowei_standards::lot_side::{LoginReading, Outgoing, Reading};
use bowei_standards::platform_side::Credential;
use bowei_standards::{Standard, by_name};
use bytes::Bytes;
use http::{Request, Response};
use jiff::SignedDuration;
use std::sync::Arc;

/// A provider that speaks three standards, two charging operators, and lots with an id in each.
pub const MIXED: &str = r#"
[[provider]]
code = "mixed"
name = "各地停车"
[provider.ningbo]
portname = "admin"
portpwd = "123456"
[provider.isp]
client_id = "isp-0001"
client_secret = "s3cret"
[provider.shenzhen]
user_id = "sz-0001"
password = "S3cret-密码"

[[provider]]
code = "charger"
name = "云快充"
[provider.yunkuaichong]
port_name = "ykc-gate"
key = "k-9d2f"

[[provider]]
code = "another-charger"
name = "另一家充电"
[provider.yunkuaichong]
port_name = "other-gate"
key = "another"

[[lot]]
code = "nb-1"
provider = "mixed"
name = "李惠利停车场"
kind = "off-street"
district = "330212"
longitude = 121.6
latitude = 29.8
spaces_total = 100
ids = { ningbo = "330212077102", yunkuaichong = "3302122004", shenzhen = "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b", isp = "ATXL/1" }

[[lot]]
code = "nb-2"
provider = "mixed"
name = "只许云快充"
kind = "off-street"
district = "330212"
longitude = 121.6
latitude = 29.8
spaces_total = 100
ids = { yunkuaichong = "3302122005" }
parties = ["charger"]
"#;

/// Somebody's own system, speaking one standard.
pub struct Speaker {
    pub standard: &'static dyn Standard,
    pub own: Arc<dyn Credential>,
}

impl Speaker {
    pub fn of(handed_out: &HandedOut, provider: &str, standard: &str) -> Self {
        let fields =
            &handed_out.providers.iter().find(|out| out.code == provider).unwrap().standards[standard];
        let standard = by_name(standard).unwrap();
        Self { standard, own: standard.own_credential(fields).unwrap() }
    }

    /// The same once more: what one of them logs in with is not the other's.
    pub fn again(&self) -> Self {
        Self { standard: self.standard, own: Arc::clone(&self.own) }
    }

    pub async fn log_in(&mut self, city: &City) {
        assert!(self.try_to_log_in(city).await);
    }

    pub async fn try_to_log_in(&mut self, city: &City) -> bool {
        let login = self.standard.login().unwrap();
        let sealed = login.seal_login(&*self.own, city.clock.now()).unwrap();
        let answer = city.send(sealed.request.map(Body::from)).await;
        match login.read_login(&*self.own, &response(&answer)) {
            LoginReading::LoggedIn { own, .. } => {
                self.own = own;
                true
            }
            LoginReading::Refused { .. } | LoginReading::TryLater { .. } => false,
        }
    }

    pub fn seal(&self, city: &City, report: &Report, lot_id: &str, picture: Option<&[u8]>) -> Request<Body> {
        let outgoing = Outgoing { report, lot_id, lot_kind: LotKind::OffStreet, picture };
        self.standard.seal(outgoing, &*self.own, city.clock.now()).unwrap().request.map(Body::from)
    }

    pub async fn say(&self, city: &City, report: &Report, lot_id: &str, picture: Option<&[u8]>) -> Reading {
        let answer = city.send(self.seal(city, report, lot_id, picture)).await;
        self.standard.read_answer(&response(&answer))
    }
}

fn response(answer: &Answer) -> Response<Bytes> {
    let mut response = Response::new(answer.bytes.clone());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers.clone();
    response
}

/// A city with the registry above beside its own.
pub async fn city() -> (City, HandedOut) {
    let city = City::new().await;
    let handed_out = city.apply(MIXED, SignedDuration::ZERO).await;
    (city, handed_out)
}
