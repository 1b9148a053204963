//! 云快充 charging records to a gate platform (道闸平台): one message, signed with MD5 over all of its fields.
//!
//! [`sign`] is authenticity both ways, [`charging_record`] the message both ways. The form of the answers is shared
//! ([`crate::shared::result_form`]). Where the text is silent, docs/standards/yunkuaichong.md says what was decided.

mod amount;
mod charging_record;
mod credential;
mod envelope;
mod explain;
mod open;
mod place;
mod seal;
pub mod sign;

use crate::platform_side::{
    Card, Credential, CredentialFault, Envelope, Explained, Fields, Issued, Lane, Outcome, PlatformSide,
    Route,
};
use crate::shared::result_form;
use crate::{Refusal, Step};
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// The standard of YunKuaiChong.
#[derive(Clone, Copy, Debug)]
pub struct Yunkuaichong;

/// 2.2 服务地址: also the interface's name.
const CHARGING_RECORD: &str = "chargePile/chargingRecord";
/// 1.1.2 the project's path, and 2.2.
const RECORD_PATH: &str = "/parkpot-service/chargePile/chargingRecord";
/// 1.1.4: 统一使用service接口访问接口服务.
const SERVICE_PATH: &str = "/parkpot-service/service";

/// A record is a few hundred bytes; a mebibyte is what a body may be at most.
const BODY_MAX_BYTES: usize = 1024 * 1024;

const fn route(path: &'static str) -> Route {
    Route { method: Method::POST, path, body_max_bytes: BODY_MAX_BYTES, lane: Lane::Records }
}

static ROUTES: [Route; 2] = [route(RECORD_PATH), route(SERVICE_PATH)];

static CARD: Card = Card {
    name: "yunkuaichong",
    title: ("云快充充电记录推送", "YunKuaiChong charging records"),
    platform: ("云快充平台", "YunKuaiChong"),
    // The text has no heartbeat: every record is a sign of life.
    heartbeat: SignedDuration::from_mins(5),
    asks_for_heartbeats: false,
    carries_photos: false,
    account_field: "port_name",
    lot_fields: &["port_name", "key"],
    kept_fields: &[],
    routes: &ROUTES,
    bases: &["/parkpot-service"],
    lots_number_themselves: false,
    unserved_code: "1",
};

impl PlatformSide for Yunkuaichong {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn issue(&self, given: &Fields) -> Result<Issued, CredentialFault> {
        credential::issue(given)
    }

    fn credential(&self, kept: &Fields) -> Result<Arc<dyn Credential>, CredentialFault> {
        Ok(Arc::new(credential::Keys::from_fields(kept)?))
    }

    /// A charging operator has chargers in many providers' lots.
    fn speaks_of_any_lot(&self) -> bool {
        true
    }

    fn read(&self, request: Request<Bytes>) -> Result<Box<dyn Envelope>, Refusal> {
        Ok(Box::new(envelope::Message::read(&request)?))
    }

    fn answer(&self, outcome: &Outcome<'_>, _now: Timestamp) -> Response<Bytes> {
        result_form::answer(outcome)
    }

    fn explain(
        &self,
        request: &Request<Bytes>,
        kept: &Fields,
        _now: Timestamp,
        steps: &mut Vec<Step>,
    ) -> Result<Explained, Refusal> {
        explain::explain(request, kept, steps)
    }
}
