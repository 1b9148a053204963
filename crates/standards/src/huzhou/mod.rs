//! 湖州市智慧停车云平台 数据接入统一标准规范: six interfaces, each a JSON envelope signed with HMAC-SHA256 whose
//! business data is encrypted with RSA.
//!
//! [`envelope`] is authenticity, [`blocks`] secrecy, both ways; [`codes`] the answers, both ways; one file an
//! interface. Where the text is silent, docs/standards/huzhou.md says what was decided and why.

mod blocks;
mod codes;
mod credential;
mod encrypted_data;
mod envelope;
mod explain;
mod heartbeat;
mod open;
mod parking_in;
mod parking_out;
mod parkinglot_in;
mod parkinglot_out;
mod passage;
mod photo_upload;
mod seal;
#[cfg(test)]
mod tests;

use crate::lot_side::Outgoing;
use crate::platform_side::{
    Card, Credential, CredentialFault, Delivery, Envelope, Explained, Fields, Issued, Lane, LotLookup,
    Outcome, PlatformSide, Route,
};
use crate::shared::path;
use crate::shared::shown_json::Hidden;
use crate::{Refusal, Step};
use bowei_encoding::sha256_hex;
use bowei_model::Lot;
use bowei_model::LotKind;
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// The standard of Huzhou.
#[derive(Clone, Copy, Debug)]
pub struct Huzhou;

/// 3.5: the interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interface {
    /// 3.5.1 心跳.
    Heartbeat,
    /// 3.5.2 路内停车入场事件上报.
    ParkingIn,
    /// 3.5.3 路内停车出场事件上报.
    ParkingOut,
    /// 3.5.4 停车场入场事件上报.
    ParkinglotIn,
    /// 3.5.5 停车场出场事件上报.
    ParkinglotOut,
    /// 3.5.6 停车事件图片上报.
    PhotoUpload,
}

impl Interface {
    const ALL: [Self; 6] = [
        Self::Heartbeat,
        Self::ParkingIn,
        Self::ParkingOut,
        Self::ParkinglotIn,
        Self::ParkinglotOut,
        Self::PhotoUpload,
    ];

    /// 接口地址.
    const fn path(self) -> &'static str {
        match self {
            Self::Heartbeat => "/api/heartbeat",
            Self::ParkingIn => "/api/parking/in",
            Self::ParkingOut => "/api/parking/out",
            Self::ParkinglotIn => "/api/parkinglot/in",
            Self::ParkinglotOut => "/api/parkinglot/out",
            Self::PhotoUpload => "/api/photo/upload",
        }
    }

    /// The interface at that path, which may have a prefix in front of the text's own.
    fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interface| path::ends_with(path, interface.path()))
    }

    /// The kind of lot that it is for; `None` for one that is for both.
    const fn lot_kind(self) -> Option<LotKind> {
        match self {
            Self::ParkingIn | Self::ParkingOut => Some(LotKind::OnStreet),
            Self::ParkinglotIn | Self::ParkinglotOut => Some(LotKind::OffStreet),
            Self::Heartbeat | Self::PhotoUpload => None,
        }
    }

    /// What its opened business data have to be: an object, and of a heartbeat also whatever says nothing.
    fn fits(self) -> blocks::Fits {
        match self {
            Self::Heartbeat => |plain| blocks::is_object(plain) || encrypted_data::says_nothing(plain),
            _ => blocks::is_object,
        }
    }

    /// The most RSA blocks of its business data.
    const fn blocks_max(self) -> usize {
        match self {
            Self::PhotoUpload => usize::MAX,
            _ => RECORD_BLOCKS_MAX,
        }
    }

    const fn route(self) -> Route {
        let (body_max_bytes, lane) = match self {
            Self::PhotoUpload => (photo_upload::BODY_MAX_BYTES, Lane::Photos),
            _ => (RECORD_BODY_MAX_BYTES, Lane::Records),
        };
        Route { method: Method::POST, path: self.path(), body_max_bytes, lane }
    }
}

/// What is not shown of business data: 3.5.6 imgBase64.
const HIDDEN: Hidden = Hidden { pictures: &["imgBase64"], ..Hidden::NOTHING };

/// A record is a block or two: pictures have an interface of their own (3.5.6). So many are all its fields at their
/// longest in Chinese, as many fields again that the text does not name, and some room for blocks that are not full.
const RECORD_BLOCKS_MAX: usize = 64;

/// A record is a few hundred bytes; a mebibyte is what a body without pictures may be at most.
const RECORD_BODY_MAX_BYTES: usize = 1024 * 1024;

static ROUTES: [Route; 6] = [
    Interface::Heartbeat.route(),
    Interface::ParkingIn.route(),
    Interface::ParkingOut.route(),
    Interface::ParkinglotIn.route(),
    Interface::ParkinglotOut.route(),
    Interface::PhotoUpload.route(),
];

static CARD: Card = Card {
    name: "huzhou",
    title: ("湖州市智慧停车云平台数据接入统一标准规范", "Huzhou smart parking cloud platform"),
    platform: ("湖州平台", "Huzhou"),
    // 3.5.1: 建议每隔 5 分钟调用一次.
    heartbeat: SignedDuration::from_mins(5),
    asks_for_heartbeats: true,
    carries_photos: true,
    account_field: "app_id",
    lot_fields: &["app_id", "secret_key", "public_key"],
    kept_fields: &["private_key_pem"],
    routes: &ROUTES,
    // Not `/api` itself: a platform's own API is below it.
    bases: &["/api/heartbeat", "/api/parking", "/api/parkinglot", "/api/photo"],
    lots_number_themselves: false,
    unserved_code: "404",
};

impl PlatformSide for Huzhou {
    /// 3.1 平台会为接入的停车场或道路停车泊位路段生成唯一的停车场 ID: `HZ`, the district and six digits.
    fn new_lot_id(&self, lot: &Lot, number: u32) -> Option<String> {
        let digest = sha256_hex(format!("{}\n{number}", lot.code).as_bytes());
        let digits = digest.bytes().take(6).map(|digit| char::from(b'0' + digit % 10));
        Some(format!("HZ{}{}", lot.district, digits.collect::<String>()))
    }

    fn card(&self) -> &'static Card {
        &CARD
    }

    fn issue(&self, given: &Fields) -> Result<Issued, CredentialFault> {
        credential::issue(given)
    }

    fn credential(&self, kept: &Fields) -> Result<Arc<dyn Credential>, CredentialFault> {
        Ok(Arc::new(credential::PlatformKeys::from_kept(kept)?))
    }

    fn read(&self, request: Request<Bytes>) -> Result<Box<dyn Envelope>, Refusal> {
        Ok(Box::new(envelope::Message::read(&request)?))
    }

    fn read_back(&self, outgoing: Outgoing<'_>, lots: &dyn LotLookup) -> Option<Result<Delivery, String>> {
        let written = seal::business(outgoing).map_err(|cannot| cannot.to_string());
        Some(written.and_then(|(interface, plain)| {
            open::business(interface, &plain, lots).map_err(|refused| refused.fault.message())
        }))
    }

    fn answer(&self, outcome: &Outcome<'_>, _now: Timestamp) -> Response<Bytes> {
        codes::answer(outcome)
    }

    fn explain(
        &self,
        request: &Request<Bytes>,
        kept: &Fields,
        now: Timestamp,
        steps: &mut Vec<Step>,
    ) -> Result<Explained, Refusal> {
        explain::explain(request, kept, now, steps)
    }
}
