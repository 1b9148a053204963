//! The scene of every test: an operator's account, a lot it may name, one it may not, a clock, and the known answers.

use bowei_model::{ChargingRecord, LotCode, ProviderCode, Report};
use bowei_standards::platform_side::{Account, Credential, Delivery, Fields, LotAccess, LotLookup, Opened};
use bowei_standards::yunkuaichong::Yunkuaichong;
use bowei_standards::yunkuaichong::sign::{sign, string_a};
use bowei_standards::{LotSide, PlatformSide, Refusal};
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// The known answers, made with other libraries than ours; the first is the text's own.
pub(crate) static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).unwrap());

pub(crate) const RECORD: &str = "/parkpot-service/chargePile/chargingRecord";
pub(crate) const SERVICE: &str = "/parkpot-service/service";
pub(crate) const LOT_ID: &str = "3302122004";
pub(crate) const LOT: &str = "330212-001";
pub(crate) const KEY: &str = "k-9d2f";

pub(crate) fn kept() -> Fields {
    fields(&[("port_name", "ykc-gate"), ("key", KEY)])
}

pub(crate) fn account() -> Account {
    account_with(vec![Yunkuaichong.credential(&kept()).unwrap()])
}

pub(crate) fn account_with(credentials: Vec<Arc<dyn Credential>>) -> Account {
    Account { provider: ProviderCode::from("ykc-op"), name: "ykc-gate".to_owned(), credentials }
}

pub(crate) fn own() -> Arc<dyn Credential> {
    Yunkuaichong.own_credential(&kept()).ok().unwrap()
}

/// 2026-04-01 09:15:30 in UTC+08:00.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_775_006_130).unwrap()
}

pub(crate) fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) struct Lots;

impl LotLookup for Lots {
    fn lot(&self, id: &str) -> LotAccess {
        match id {
            LOT_ID => LotAccess::Granted(LotCode::from(LOT)),
            "3302122005" => LotAccess::Denied,
            _ => LotAccess::Unknown,
        }
    }
}

/// A known record, signed.
pub(crate) fn known(case: &str) -> Value {
    VECTORS["cases"][case]["params"].clone()
}

/// The known record with something altered, and signed anew.
pub(crate) fn altered(alter: impl FnOnce(&mut Value)) -> Value {
    let mut record = known("charging record, empty spaceNo");
    alter(&mut record);
    record["sign"] = json!(sign(&string_a(&record.to_string(), false).unwrap(), KEY));
    record
}

pub(crate) fn post(path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(path).body(body.into()).unwrap()
}

/// Takes a message in as the platform does.
pub(crate) fn deliver(request: Request<Bytes>) -> Result<Delivery, Refusal> {
    deliver_to(request, &account())
}

pub(crate) fn deliver_to(request: Request<Bytes>, account: &Account) -> Result<Delivery, Refusal> {
    let envelope = Yunkuaichong.read(request)?;
    envelope.authenticate(Some(account), now())?;
    match envelope.open(account, &Lots, now())? {
        Opened::Delivery(delivery) => Ok(delivery),
        other => panic!("{other:?}"),
    }
}

/// The charging record of a message.
pub(crate) fn charge(request: Request<Bytes>) -> ChargingRecord {
    let mut delivery = deliver(request).unwrap();
    match delivery.reports.remove(0).report {
        Report::ChargingRecord(record) => record,
        other => panic!("{other:?}"),
    }
}
