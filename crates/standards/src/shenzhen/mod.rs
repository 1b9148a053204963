//! 深圳市公共智慧停车平台数据接入规范 (DB4403/T): lots log in, keep their token alive with heartbeats and report in lists of
//! items signed with SM3; the platform asks lots for reservations in the same form.
//!
//! [`body`] is the envelope, both ways, [`envelope`] who speaks, [`answer`] the answers, both ways; [`annexes`] the
//! closed lists; one file an interface. Where the text is silent, docs/standards/shenzhen.md says what was decided
//! and why.

mod annexes;
mod answer;
mod body;
mod cancel_reservation;
mod codes;
mod credential;
mod enter_record;
mod entrance_exit_info;
mod envelope;
mod exit_record;
mod explain;
mod fields;
mod heart_beats;
mod login;
mod off_peak_order;
mod off_peak_package;
mod open;
mod park_car_info;
mod park_info;
mod park_space_info;
mod picture;
mod public_info;
mod record;
mod replenish_car_info;
mod reservation;
mod rewritten;
mod seal;
mod sent_down;
mod sign;
mod sm4;

use crate::downlink::Downlink;
use crate::platform_side::{
    Card, Credential, CredentialFault, Envelope, Explained, Fields, Issued, Lane, Outcome, PlatformSide,
    Route,
};
use crate::shared::path;
use crate::{Refusal, Step};
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

pub use record::photo_id_of;

/// The standard of Shenzhen.
#[derive(Clone, Copy, Debug)]
pub struct Shenzhen;

/// 表 30: the interfaces that lots call, and the two of our agreement on 4.14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interface {
    /// 序号 1 安全认证接口.
    Login,
    /// 序号 2 心跳接口.
    HeartBeats,
    /// 序号 3 停车场（库）数据上报接口.
    ParkInfo,
    /// 序号 4 出入口数据上报接口.
    EntranceExitInfo,
    /// 序号 5 车辆入场记录上报接口.
    EnterRecord,
    /// 序号 6 车辆出场记录上报接口.
    ExitRecord,
    /// 序号 7 公共图片数据上报接口.
    Picture,
    /// 序号 8 车位数动态数据上报接口.
    ParkSpaceInfo,
    /// 序号 11 停车场（库）车辆数据上报接口.
    ParkCarInfo,
    /// 序号 12 拉取补报车辆数据上报接口.
    ReplenishCarInfo,
    /// 4.14 错峰停车数据: 套餐.
    OffPeakPackage,
    /// 4.14 错峰停车数据: 订单.
    OffPeakOrder,
}

impl Interface {
    const ALL: [Self; 12] = [
        Self::Login,
        Self::HeartBeats,
        Self::ParkInfo,
        Self::EntranceExitInfo,
        Self::EnterRecord,
        Self::ExitRecord,
        Self::Picture,
        Self::ParkSpaceInfo,
        Self::ParkCarInfo,
        Self::ReplenishCarInfo,
        Self::OffPeakPackage,
        Self::OffPeakOrder,
    ];

    /// 5.1 d): /dataReceive/{版本号}/{接口编码}.
    const fn path(self) -> &'static str {
        match self {
            Self::Login => "/dataReceive/v1/login",
            Self::HeartBeats => "/dataReceive/v1/heartBeats",
            Self::ParkInfo => "/dataReceive/v1/parkInfo",
            Self::EntranceExitInfo => "/dataReceive/v1/entranceExitInfo",
            Self::EnterRecord => "/dataReceive/v1/enterRecord",
            Self::ExitRecord => "/dataReceive/v1/exitRecord",
            Self::Picture => "/dataReceive/v1/picture",
            Self::ParkSpaceInfo => "/dataReceive/v1/parkSpaceInfo",
            Self::ParkCarInfo => "/dataReceive/v1/parkCarInfo",
            Self::ReplenishCarInfo => "/dataReceive/v1/replenishCarInfo",
            Self::OffPeakPackage => "/dataReceive/v1/offPeakPackage",
            Self::OffPeakOrder => "/dataReceive/v1/offPeakOrder",
        }
    }

    /// The interface at that path, which may have a prefix in front of the text's own.
    fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interface| path::ends_with(path, interface.path()))
    }

    const fn route(self) -> Route {
        let (body_max_bytes, lane) = match self {
            Self::Picture => (picture::BODY_MAX_BYTES, Lane::Photos),
            _ => (RECORD_BODY_MAX_BYTES, Lane::Records),
        };
        Route { method: Method::POST, path: self.path(), body_max_bytes, lane }
    }
}

/// Fifty records are some twenty kilobytes; a mebibyte is what a body without pictures may be at most.
const RECORD_BODY_MAX_BYTES: usize = 1024 * 1024;

static ROUTES: [Route; 12] = [
    Interface::Login.route(),
    Interface::HeartBeats.route(),
    Interface::ParkInfo.route(),
    Interface::EntranceExitInfo.route(),
    Interface::EnterRecord.route(),
    Interface::ExitRecord.route(),
    Interface::Picture.route(),
    Interface::ParkSpaceInfo.route(),
    Interface::ParkCarInfo.route(),
    Interface::ReplenishCarInfo.route(),
    Interface::OffPeakPackage.route(),
    Interface::OffPeakOrder.route(),
];

static CARD: Card = Card {
    name: "shenzhen",
    title: ("深圳市公共智慧停车平台数据接入规范", "Shenzhen public smart parking platform (DB4403/T)"),
    platform: ("深圳平台", "Shenzhen"),
    // 6.2 b): 每隔 30 秒调用心跳接口.
    heartbeat: SignedDuration::from_secs(30),
    asks_for_heartbeats: true,
    carries_photos: true,
    account_field: credential::USER_ID,
    lot_fields: &["user_id", "password", "callback_url", "encrypted", "sm4_key_hex"],
    kept_fields: &["password_argon2"],
    routes: &ROUTES,
    bases: &["/dataReceive"],
    lots_number_themselves: true,
    unserved_code: "2",
};

impl PlatformSide for Shenzhen {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn issue(&self, given: &Fields) -> Result<Issued, CredentialFault> {
        credential::issue(given)
    }

    fn same_credential(&self, given: &Fields, kept: &Fields) -> bool {
        credential::same(given, kept)
    }

    fn credential(&self, kept: &Fields) -> Result<Arc<dyn Credential>, CredentialFault> {
        Ok(Arc::new(credential::PlatformAccount::from_kept(kept)?))
    }

    fn read(&self, request: Request<Bytes>) -> Result<Box<dyn Envelope>, Refusal> {
        Ok(Box::new(envelope::Message::read(&request)?))
    }

    fn answer(&self, outcome: &Outcome<'_>, now: Timestamp) -> Response<Bytes> {
        answer::answer(outcome, now)
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

    fn downlink(&self) -> Option<&dyn Downlink> {
        Some(self)
    }
}
