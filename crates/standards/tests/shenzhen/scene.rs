//! The scene of every test: an account, its lots, somebody else's lot, a clock — and a lot vendor's own way of making
//! messages, which shares no code with ours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bowei_model::{LotCode, ProviderCode, Report};
use bowei_standards::platform_side::{
    Account, Credential, Delivery, Fields, LotAccess, LotLookup, Opened, Outcome,
};
use bowei_standards::shenzhen::Shenzhen;
use bowei_standards::{PlatformSide, Refusal};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use sm3::{Digest, Sm3};
use std::sync::{Arc, LazyLock};

/// The known answers, made with another library than ours.
pub(crate) static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).unwrap());

pub(crate) const NOW_MS: i64 = 1_775_002_530_000;
pub(crate) const LOT: &str = "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b";
pub(crate) const LOT_CODE: &str = "440303-001";
pub(crate) const NOT_YOURS: &str = "00000000000000000000000000000009";
pub(crate) const PASSWORD: &str = "S3cret-密码";
pub(crate) const SM4_KEY: &str = "0123456789abcdeffedcba9876543210";
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW_MS).unwrap()
}

pub(crate) fn given() -> Fields {
    fields(&[
        ("user_id", "sz-0001"),
        ("password", PASSWORD),
        ("sm4_key_hex", SM4_KEY),
        ("callback_url", "http://127.0.0.1:7001/"),
    ])
}

/// What the platform keeps: one slow hash for all tests.
pub(crate) static KEPT: LazyLock<Fields> = LazyLock::new(|| Shenzhen.issue(&given()).unwrap().kept);

pub(crate) static CREDENTIAL: LazyLock<Arc<dyn Credential>> =
    LazyLock::new(|| Shenzhen.credential(&KEPT).unwrap());

pub(crate) fn account() -> Account {
    account_with(vec![CREDENTIAL.clone()])
}

pub(crate) fn account_with(credentials: Vec<Arc<dyn Credential>>) -> Account {
    Account { provider: ProviderCode::from("sz-demo"), name: "sz-0001".to_owned(), credentials }
}

pub(crate) fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The lots: two of the account's, one of somebody else's, and no others.
pub(crate) struct Lots;

impl LotLookup for Lots {
    fn lot(&self, id: &str) -> LotAccess {
        match id {
            LOT => LotAccess::Granted(LotCode::from(LOT_CODE)),
            "SZ-2" => LotAccess::Granted(LotCode::from("深圳-2")),
            NOT_YOURS => LotAccess::Denied,
            _ => LotAccess::Unknown,
        }
    }

    fn code_for_new_lot(&self, id: &str) -> LotCode {
        LotCode::from(format!("sz-demo-{id}"))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn on_the_wire(password: &str) -> String {
    STANDARD.encode(Sm3::digest(password))
}

/// A list in its envelope, rightly signed.
pub(crate) fn enveloped(data: &str) -> String {
    let sign = hex(&Sm3::digest(data));
    format!(r#"{{"timestamp":{NOW_MS},"sign":"{sign}","version":"1.0.0","data":{data}}}"#)
}

pub(crate) fn post(interface: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(format!("/dataReceive/v1/{interface}"))
        .header("authorization", TOKEN)
        .body(body.into())
        .unwrap()
}

/// A rightly made message of one item.
pub(crate) fn message(interface: &str, item: &Value) -> Request<Bytes> {
    post(interface, enveloped(&json!([item]).to_string()))
}

/// A car coming in, with nothing but what the text requires.
pub(crate) fn entry() -> Value {
    json!({
        "parkCode": LOT, "id": "R-1", "plateNo": "粤B12345", "enterTime": "2026-04-01 08:15:30",
        "entryCarPhotoId": "P-1", "entranceCode": "G00001"
    })
}

/// Takes a message in as the platform does, its token being alive.
pub(crate) fn take(request: Request<Bytes>) -> Result<Opened, Refusal> {
    take_as(request, &account())
}

pub(crate) fn take_as(request: Request<Bytes>, account: &Account) -> Result<Opened, Refusal> {
    let envelope = Shenzhen.read(request)?;
    envelope.authenticate(Some(account), now())?;
    envelope.open(account, &Lots, now())
}

pub(crate) fn deliver(request: Request<Bytes>) -> Result<Delivery, Refusal> {
    take(request).map(|opened| match opened {
        Opened::Delivery(delivery) => delivery,
        other => panic!("not a delivery: {other:?}"),
    })
}

/// The one report of a message.
pub(crate) fn report(request: Request<Bytes>) -> Report {
    let mut delivery = deliver(request).unwrap();
    assert_eq!(delivery.reports.len(), 1);
    delivery.reports.remove(0).report
}

pub(crate) fn respond(outcome: &Outcome<'_>) -> Response<Bytes> {
    Shenzhen.answer(outcome, now())
}

pub(crate) fn body_of(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

/// How many cases a property takes.
pub(crate) fn config(cases: u32) -> proptest::prelude::ProptestConfig {
    let mut config = proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config
}
