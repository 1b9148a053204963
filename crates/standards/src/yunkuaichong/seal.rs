//! The operator's side: a charging record becomes a signed message, with exactly the text's names, types and order.

use super::charging_record::{ChargingRecord, FIELDS, LOT_ID, ORDER_NO, PORT_NAME};
use super::credential::{KEY, Keys};
use super::sign::{self, SIGN};
use super::{RECORD_PATH, Yunkuaichong};
use crate::Step;
use crate::lot_side::{CannotSeal, LotSide, Outgoing, Reading, Sealed};
use crate::platform_side::{Credential, CredentialFault, Fields};
use crate::shared::shown_json::{Hidden, shown_json};
use crate::shared::{TEXT_MAX, blame::Names, request, result_form, writing};
use bowei_model::Report;
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// What platforms call what can be at fault, besides the words of people.
const NAMES: Names = Names {
    uplink: &[PORT_NAME, LOT_ID, SIGN],
    report: &[
        ORDER_NO,
        "plateNo",
        "startTime",
        "endTime",
        "stationId",
        "stationName",
        "deviceId",
        "deviceName",
        "spaceNo",
        "power",
        "elecMoney",
        "seviceMoney",
        "totalMoney",
    ],
};

/// 2.2 表, whole.
#[derive(Serialize)]
struct Wire<'a> {
    #[serde(flatten)]
    record: &'a ChargingRecord<'a>,
    /// 2.2 表 序号 16 sign, string, 是: 签名
    sign: &'a str,
}

impl LotSide for Yunkuaichong {
    fn carries_passages(&self) -> bool {
        false
    }

    fn own_credential(&self, handed_out: &Fields) -> Result<Arc<dyn Credential>, CredentialFault> {
        Ok(Arc::new(Keys::from_fields(handed_out)?))
    }

    fn check_lot_id(&self, lot_id: &str) -> Result<(), CannotSeal> {
        writing::text(LOT_ID, lot_id, TEXT_MAX).map(drop)
    }

    fn seal(
        &self,
        outgoing: Outgoing<'_>,
        own: &dyn Credential,
        _now: Timestamp,
    ) -> Result<Sealed, CannotSeal> {
        let own: &Keys = own.as_any().downcast_ref().ok_or(CannotSeal::Credential { field: KEY })?;
        let Report::ChargingRecord(record) = outgoing.report else {
            return Err(CannotSeal::NoMessage { kind: outgoing.report.kind() });
        };
        let record = ChargingRecord::write(record, &own.port_name, outgoing.lot_id)?;
        let unwritable = |error: serde_json::Error| writing::unfit(SIGN, error.to_string());
        let unsigned = serde_json::to_string(&record).map_err(unwritable)?;
        if let Some((_, hides)) = sign::ambiguous(&unsigned, &FIELDS) {
            return Err(writing::unfit(
                SIGN,
                format!("a value holds \"&{hides}=\", which the string to sign cannot tell from that field"),
            ));
        }
        let string_a = sign::string_a(&unsigned, false).unwrap_or_default();
        let signed = sign::sign(&string_a, &own.key);
        let body = serde_json::to_vec(&Wire { record: &record, sign: &signed }).map_err(unwritable)?;
        let steps = vec![
            Step::new("请求路径", RECORD_PATH),
            Step::new("待签名字符串", sign::string_sign_temp(&string_a, "***")),
            Step::new("sign", signed),
            Step::new("请求数据", shown_json(&body, &Hidden::NOTHING).unwrap_or_default()),
        ];
        Ok(Sealed { request: request::post(RECORD_PATH, request::JSON, body), steps })
    }

    fn read_answer(&self, answer: &Response<Bytes>) -> Reading {
        result_form::read_answer(answer, NAMES)
    }
}
