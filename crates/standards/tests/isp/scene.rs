//! The scene of every test: an account, its lots, somebody else's lot, a clock — and a lot vendor's own way of making
//! tokens, which shares no code with ours.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bowei_model::{LotCode, NamedPhoto, Passage, ProviderCode, Report};
use bowei_standards::isp::Isp;
use bowei_standards::platform_side::{
    Account, Credential, Delivery, Fields, Login, LotAccess, LotLookup, Opened, Outcome,
};
use bowei_standards::{PlatformSide, Refusal};
use bytes::Bytes;
use http::{Method, Request};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// 2026-04-01 08:15:30 in UTC+08:00.
pub(crate) const NOW_S: i64 = 1_775_002_530;
pub(crate) const CLIENT_ID: &str = "isp-0001";
pub(crate) const SECRET: &str = "停车 S3cret&=+%:";

/// The account, whose slow hash is made once for all tests.
pub(crate) static HOLDER: LazyLock<Holder> = LazyLock::new(|| Holder::new(CLIENT_ID, SECRET));

pub(crate) fn now() -> Timestamp {
    at(NOW_S)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

pub(crate) struct Holder {
    pub(crate) kept: Fields,
    pub(crate) handed_out: Fields,
    pub(crate) credential: Arc<dyn Credential>,
}

impl Holder {
    pub(crate) fn new(client_id: &str, secret: &str) -> Self {
        Self::of(&fields(&[("client_id", client_id), ("client_secret", secret)]))
    }

    pub(crate) fn of(given: &Fields) -> Self {
        let issued = Isp.issue(given).unwrap();
        let credential = Isp.credential(&issued.kept).unwrap();
        Self { kept: issued.kept, handed_out: issued.handed_out, credential }
    }

    pub(crate) fn account(&self) -> Account {
        account_with(&[self])
    }

    pub(crate) fn token_key(&self) -> Vec<u8> {
        let hex = &self.kept["token_key"];
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    /// A token as anyone with the key could make it.
    pub(crate) fn token(&self, claims: &Value) -> String {
        signed(&json!({ "alg": "HS256", "typ": "JWT" }), claims, &self.token_key())
    }

    /// A good token.
    pub(crate) fn good(&self) -> String {
        self.token(&claims(NOW_S + 60))
    }
}

/// An account during a rotation: its credentials, newest first.
pub(crate) fn account_with(holders: &[&Holder]) -> Account {
    let name = holders[0].kept["client_id"].clone();
    let credentials = holders.iter().map(|holder| holder.credential.clone()).collect();
    Account { provider: ProviderCode::from("demo"), name, credentials }
}

pub(crate) fn claims(exp: i64) -> Value {
    json!({
        "scope": ["all"], "exp": exp, "authorities": ["ROLE_USER"], "jti": "d2f5713f", "client_id": CLIENT_ID
    })
}

pub(crate) fn signed(header: &Value, claims: &Value, key: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes())))
}

pub(crate) fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The lots: two of the account's, one of somebody else's, and no others.
pub(crate) struct Lots;

impl LotLookup for Lots {
    fn lot(&self, id: &str) -> LotAccess {
        match id {
            "ATXL/1" => LotAccess::Granted(LotCode::from("370100-001")),
            "ATXL/2" => LotAccess::Granted(LotCode::from("370100-002")),
            "ATXL/9" => LotAccess::Denied,
            _ => LotAccess::Unknown,
        }
    }

    fn code_for_new_lot(&self, id: &str) -> LotCode {
        LotCode::from(format!("isp-new-{id}"))
    }
}

/// Asks for a token.
pub(crate) fn login(body: &Value) -> Request<Bytes> {
    Request::post("/oauth/token").body(Bytes::from(body.to_string())).unwrap()
}

/// Takes a login in as the platform does.
pub(crate) fn log_in(request: Request<Bytes>, account: &Account) -> Result<Login, Refusal> {
    let envelope = Isp.read(request)?;
    envelope.authenticate(Some(account), now())?;
    match envelope.open(account, &Lots, now())? {
        Opened::Login(login) => Ok(login),
        _ => panic!("a login is a login"),
    }
}

/// A message under a good token.
pub(crate) fn message(method: Method, path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    with_token(method, path, body, &HOLDER.good())
}

pub(crate) fn with_token(method: Method, path: &str, body: impl Into<Bytes>, token: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path);
    request.header("Authorization", format!("Bearer {token}")).body(body.into()).unwrap()
}

/// Takes a message in as the platform does.
pub(crate) fn deliver(request: Request<Bytes>) -> Result<Delivery, Refusal> {
    deliver_at(request, &HOLDER.account(), now())
}

pub(crate) fn deliver_at(
    request: Request<Bytes>,
    account: &Account,
    now: Timestamp,
) -> Result<Delivery, Refusal> {
    let envelope = Isp.read(request)?;
    envelope.authenticate(Some(account), now)?;
    match envelope.open(account, &Lots, now)? {
        Opened::Delivery(delivery) => Ok(delivery),
        _ => panic!("a call is a delivery"),
    }
}

pub(crate) fn post(path: &str, records: Value) -> Result<Delivery, Refusal> {
    deliver(message(Method::POST, path, records.to_string()))
}

/// The answer's body, byte for byte.
pub(crate) fn answer(result: &Result<Delivery, Refusal>) -> String {
    let outcome = match result {
        Ok(delivery) => Outcome::Accepted { receipt: delivery.receipt.as_deref() },
        Err(refusal) => Outcome::Refused(refusal),
    };
    String::from_utf8(Isp.answer(&outcome, now()).into_body().to_vec()).unwrap()
}

/// The one passage and its photo.
pub(crate) fn passage_of(delivery: &Delivery) -> (&Passage, &NamedPhoto) {
    match delivery.reports.as_slice() {
        [passage, photo] => match (&passage.report, &photo.report) {
            (Report::Passage(passage), Report::NamedPhoto(photo)) => (passage, photo),
            other => panic!("{other:?}"),
        },
        other => panic!("{} reports", other.len()),
    }
}

pub(crate) fn jpeg(bytes: usize) -> Vec<u8> {
    let mut picture = vec![0xff, 0xd8, 0xff, 0xe0];
    picture.resize(bytes, 7);
    picture
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// An arrival as it should be.
pub(crate) fn entrance() -> Value {
    json!({
        "park_code": "ATXL/1", "plate_number": "鲁A12345", "enter_time": 1_775_002_500_i64, "car_type": "2",
        "car_logo": "大众", "enter_pic": base64(&jpeg(2_000))
    })
}

/// A departure as it should be.
pub(crate) fn departure() -> Value {
    json!({
        "park_code": "ATXL/1", "plate_number": "鲁A12345", "depart_time": 1_775_002_500_i64, "car_type": "2",
        "car_logo": "大众", "depart_pic": base64(&jpeg(2_000)), "use_time": 59, "payable_fee": 34.5,
        "paid_fee": 30, "pay_time": 1_775_002_498_i64, "pay_type": "4"
    })
}

pub(crate) fn config(cases: u32) -> proptest::prelude::ProptestConfig {
    let mut config = proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config
}
