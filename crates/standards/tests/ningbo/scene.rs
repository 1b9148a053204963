//! The scene of every test: an account, its lot, somebody else's lot, a clock — and a lot vendor's own way of making
//! messages.

use bowei_model::{LotCode, ProviderCode, Report};
use bowei_standards::ningbo::Ningbo;
use bowei_standards::platform_side::{
    Account, Condition, Credential, Delivery, Fields, LotAccess, LotLookup, Opened,
};
use bowei_standards::{LotSide, PlatformSide, Refusal};
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// The known answers, made with other libraries than ours.
pub(crate) static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).unwrap());

pub(crate) const HEART_THROB: &str = "/nbyd-parkpot-service/parkpot/heartThrob";
pub(crate) const TIME: &str = "/nbyd-parkpot-service/parkpot/time";
pub(crate) const UPLOAD_BUSINESS: &str = "/nbyd-parkpot-service/parkpot/uploadBusiness";
pub(crate) const UPLOAD_BUSINESS_IMG: &str = "/nbyd-parkpot-service/parkpot/uploadBusinessImg";
pub(crate) const LOT_ID: &str = "330212077102";
pub(crate) const LOT: &str = "330212-001";

/// What the platform keeps of the account, and the account as the registry hands it over.
pub(crate) static KEPT: LazyLock<Fields> =
    LazyLock::new(|| Ningbo.issue(&fields(&[("portname", "admin"), ("portpwd", "123456")])).unwrap().kept);
static CREDENTIAL: LazyLock<Arc<dyn Credential>> = LazyLock::new(|| Ningbo.credential(&KEPT).unwrap());

pub(crate) fn account() -> Account {
    account_with(vec![CREDENTIAL.clone()])
}

pub(crate) fn account_with(credentials: Vec<Arc<dyn Credential>>) -> Account {
    Account { provider: ProviderCode::from("nb-demo"), name: "admin".to_owned(), credentials }
}

/// What the lot was handed out.
pub(crate) fn own() -> Arc<dyn Credential> {
    Ningbo.own_credential(&fields(&[("portname", "admin"), ("portpwd", "123456")])).ok().unwrap()
}

/// 2026-04-01 08:15:30 in UTC+08:00.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_775_002_530).unwrap()
}

pub(crate) fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) struct Lots;

impl LotLookup for Lots {
    fn lot(&self, id: &str) -> LotAccess {
        match id {
            LOT_ID => LotAccess::Granted(LotCode::from(LOT)),
            "330212077103" => LotAccess::Denied,
            _ => LotAccess::Unknown,
        }
    }
}

/// A record with the account's own fields in front.
pub(crate) fn record(rest: Value) -> Value {
    let mut record = json!({
        "portname": "admin", "portpwd": "e10adc3949ba59abbe56e057f20f883e", "parkpotid": LOT_ID,
    });
    record.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    record
}

/// A departure.
pub(crate) fn departure() -> Value {
    record(json!({
        "businessid": "B-1", "businesstype": "2", "vehnum": "浙B12345", "vehtype": "02",
        "parktime": "2026-04-01 08:00:00", "leavetime": "2026-04-01 08:15:00", "freeparklotcount": 21,
    }))
}

pub(crate) fn post(path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(path).header(CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

/// A form of any parts.
pub(crate) fn form(parts: &[(&str, &[u8])]) -> Request<Bytes> {
    let mut body = Vec::new();
    for (name, content) in parts {
        let head =
            format!("--XxX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n");
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(b"--XxX--\r\n");
    Request::post(UPLOAD_BUSINESS_IMG)
        .header(CONTENT_TYPE, "multipart/form-data; boundary=XxX")
        .body(Bytes::from(body))
        .unwrap()
}

pub(crate) fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes a message in as the platform does.
pub(crate) fn open(request: Request<Bytes>) -> Result<Opened, Refusal> {
    let account = account();
    let envelope = Ningbo.read(request)?;
    envelope.authenticate(Some(&account), now())?;
    envelope.open(&account, &Lots, now())
}

pub(crate) fn deliver(request: Request<Bytes>) -> Result<Delivery, Refusal> {
    Ok(match open(request)? {
        Opened::Delivery(delivery) | Opened::Conditional(delivery, _) => delivery,
        other => panic!("{other:?}"),
    })
}

pub(crate) fn photo(request: Request<Bytes>) -> Result<(Delivery, Condition), Refusal> {
    match open(request)? {
        Opened::Conditional(delivery, condition) => Ok((delivery, condition)),
        other => panic!("{other:?}"),
    }
}

/// The only report of a message.
pub(crate) fn report(request: Request<Bytes>) -> Report {
    let mut delivery = deliver(request).unwrap();
    assert_eq!(delivery.reports.len(), 1);
    delivery.reports.remove(0).report
}
