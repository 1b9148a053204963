//! 浪潮 城市感知平台 (ISP) 停车场数据接入接口文档 V1.1: a login, and five interfaces whose bodies are lists in plain JSON
//! under a bearer token.
//!
//! [`login`] and [`token`] are who speaks, [`open`] what was said, [`codes`] the answers, [`seal`] the lot's side; one
//! file an interface, both ways. Where the text is silent, docs/standards/isp.md says what was decided and why.

mod call;
mod car;
mod codes;
mod credential;
mod departure;
mod entrance;
mod explain;
mod fee;
mod field;
mod login;
mod login_out;
mod open;
mod picture;
mod seal;
mod spot;
mod spot_num;
mod spot_removal;
mod token;

use crate::platform_side::{
    Card, Credential, CredentialFault, Envelope, Explained, Fields, Issued, Lane, Outcome, PlatformSide,
    Route,
};
use crate::shared::path as paths;
use crate::shared::shown_json::Hidden;
use crate::{Fault, Refusal, Step};
use bowei_encoding::shown::shown;
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Inspur's standard.
#[derive(Clone, Copy, Debug)]
pub struct Isp;

/// The interfaces, by the text's sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interface {
    /// 1.2 获取授权 Token.
    Token,
    /// 3 更新停车场信息.
    Spot,
    /// 4 删除停车场信息.
    SpotRemoval,
    /// 5 实时上报停车场车位数量信息.
    SpotNum,
    /// 6 实时上报入场车辆信息.
    Entrance,
    /// 7 实时上报出场车辆信息.
    Departure,
}

impl Interface {
    const ALL: [Self; 6] =
        [Self::Token, Self::Spot, Self::SpotRemoval, Self::SpotNum, Self::Entrance, Self::Departure];

    /// 接口地址. 7 prints `/park/ departure`: a line break's blank.
    const fn path(self) -> &'static str {
        match self {
            Self::Token => "/oauth/token",
            Self::Spot | Self::SpotRemoval => "/park/spot",
            Self::SpotNum => "/park/spot-num",
            Self::Entrance => "/park/entrance",
            Self::Departure => "/park/departure",
        }
    }

    /// 请求方式.
    const fn method(self) -> Method {
        match self {
            Self::SpotRemoval => Method::DELETE,
            _ => Method::POST,
        }
    }

    /// The interface that a request asks for; a prefix may stand in front of the text's own path.
    fn of<B>(request: &Request<B>) -> Result<Self, Fault> {
        let (method, path) = (request.method(), request.uri().path());
        let mut all = Self::ALL.into_iter();
        all.find(|interface| interface.method() == *method && paths::ends_with(path, interface.path()))
            .ok_or_else(|| Fault::Unreadable {
                expected: "以规范所列的请求方式请求规范所列的接口地址".to_owned(),
                received: shown(&format!("{method} {path}")),
            })
    }

    /// The most bytes of a body.
    const fn body_max_bytes(self) -> usize {
        match self {
            Self::Token => LOGIN_BODY_MAX_BYTES,
            Self::Spot | Self::SpotRemoval | Self::SpotNum => RECORD_BODY_MAX_BYTES,
            Self::Entrance | Self::Departure => PASSAGE_BODY_MAX_BYTES,
        }
    }

    /// The most items of a list.
    const fn items_max(self) -> usize {
        match self {
            Self::Token => 1,
            Self::Spot | Self::SpotRemoval | Self::SpotNum => LOTS_MAX,
            Self::Entrance | Self::Departure => PASSAGES_MAX,
        }
    }

    /// Everything is in the lane of records, the pictures of passages too: here they *are* the record, and its
    /// opening is base64 and a digest, which the queue for RSA-encrypted photos would only hold up.
    const fn route(self) -> Route {
        Route {
            method: self.method(),
            path: self.path(),
            body_max_bytes: self.body_max_bytes(),
            lane: Lane::Records,
        }
    }
}

/// What is not shown of a body: 6 enter_pic, 7 depart_pic.
const HIDDEN: Hidden = Hidden {
    pictures: &["enter_pic", "depart_pic"],
    picture: |base64| format!("[图片 Base64 {} 个字符]", base64.chars().count()),
    ..Hidden::NOTHING
};

/// A login is a few hundred bytes, and anyone can send one.
const LOGIN_BODY_MAX_BYTES: usize = 16 * 1024;
/// What a body without pictures may be at most.
const RECORD_BODY_MAX_BYTES: usize = 1024 * 1024;
/// Eleven passages whose pictures are as large as the text allows (699,052 characters of base64 each), or sixteen
/// with pictures of 380 KiB.
const PASSAGE_BODY_MAX_BYTES: usize = 8 * 1024 * 1024;
/// 3: 每日凌晨 1 点推送全量停车场信息. No provider has more lots than this; who does splits the list.
const LOTS_MAX: usize = 1_000;
/// 6, 7: 实时推送. A list is what gathered while the line was down, a few passages at a time.
const PASSAGES_MAX: usize = 16;

static ROUTES: [Route; 6] = [
    Interface::Token.route(),
    Interface::Spot.route(),
    Interface::SpotRemoval.route(),
    Interface::SpotNum.route(),
    Interface::Entrance.route(),
    Interface::Departure.route(),
];

static CARD: Card = Card {
    name: "isp",
    title: ("浪潮城市感知平台（ISP）停车场数据接入接口", "Inspur city sensing platform (ISP)"),
    platform: ("浪潮 ISP 平台", "Inspur ISP"),
    // The text has no heartbeat: any report is a sign of life, and five minutes is what other cities ask.
    heartbeat: SignedDuration::from_mins(5),
    asks_for_heartbeats: false,
    carries_photos: true,
    account_field: credential::CLIENT_ID,
    lot_fields: &["client_id", "client_secret"],
    kept_fields: &["client_secret_argon2", "token_key"],
    routes: &ROUTES,
    bases: &["/oauth", "/park"],
    lots_number_themselves: false,
    unserved_code: "1",
};

impl PlatformSide for Isp {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn issue(&self, given: &Fields) -> Result<Issued, CredentialFault> {
        credential::issue(given)
    }

    fn same_credential(&self, given: &Fields, kept: &Fields) -> bool {
        credential::is_same(given, kept)
    }

    fn credential(&self, kept: &Fields) -> Result<Arc<dyn Credential>, CredentialFault> {
        Ok(Arc::new(credential::PlatformKeys::from_kept(kept)?))
    }

    fn read(&self, request: Request<Bytes>) -> Result<Box<dyn Envelope>, Refusal> {
        let bare = |fault| codes::refusal(fault, Vec::new());
        match Interface::of(&request).map_err(bare)? {
            Interface::Token => Ok(Box::new(login::Login::read(&request).map_err(bare)?)),
            interface => Ok(Box::new(call::Call::read(interface, &request).map_err(bare)?)),
        }
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
        explain::explain(request, kept, now, steps).map_err(|refused| refused.refusal(Vec::new()))
    }
}
