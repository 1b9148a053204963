//! 宁波市停车场信息系统联网接口技术标准: four interfaces, plain JSON with account and password in every call, pictures as
//! forms.
//!
//! [`envelope`] is who speaks and whether it is true; [`open`] and [`seal`] lead to one file an interface. The form of
//! the answers is shared ([`crate::shared::result_form`]). Where the text is silent, docs/standards/ningbo.md says what
//! was decided and why.

mod credential;
mod envelope;
mod explain;
mod fields;
mod heart_throb;
mod open;
mod seal;
mod time;
mod upload_business;
mod upload_business_img;
mod vehicle;

use crate::platform_side::{
    Card, Credential, CredentialFault, Envelope, Explained, Fields, Issued, Lane, Outcome, PlatformSide,
    Route,
};
use crate::shared::shown_json::Hidden;
use crate::shared::{path, result_form};
use crate::{Refusal, Step};
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// The standard of Ningbo.
#[derive(Clone, Copy, Debug)]
pub struct Ningbo;

/// 5: the interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interface {
    /// 5.1 心跳检测.
    HeartThrob,
    /// 5.2 时间服务.
    Time,
    /// 5.3 车辆到达离开业务.
    UploadBusiness,
    /// 5.4 车辆业务照片.
    UploadBusinessImg,
}

impl Interface {
    const ALL: [Self; 4] = [Self::HeartThrob, Self::Time, Self::UploadBusiness, Self::UploadBusinessImg];

    /// 2.1.1 接口地址 and 服务地址.
    const fn path(self) -> &'static str {
        match self {
            Self::HeartThrob => "/nbyd-parkpot-service/parkpot/heartThrob",
            Self::Time => "/nbyd-parkpot-service/parkpot/time",
            Self::UploadBusiness => "/nbyd-parkpot-service/parkpot/uploadBusiness",
            Self::UploadBusinessImg => "/nbyd-parkpot-service/parkpot/uploadBusinessImg",
        }
    }

    /// The interface at that path, which may have a prefix in front of the text's own.
    fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interface| path::ends_with(path, interface.path()))
    }

    const fn route(self) -> Route {
        let (body_max_bytes, lane) = match self {
            Self::UploadBusinessImg => (upload_business_img::BODY_MAX_BYTES, Lane::Photos),
            _ => (RECORD_BODY_MAX_BYTES, Lane::Records),
        };
        Route { method: Method::POST, path: self.path(), body_max_bytes, lane }
    }
}

/// What is not shown of a message.
const HIDDEN: Hidden = Hidden { secrets: &[credential::PASSWORD], ..Hidden::NOTHING };

/// A record is a few hundred bytes; a mebibyte is what a body without pictures may be at most.
const RECORD_BODY_MAX_BYTES: usize = 1024 * 1024;

static ROUTES: [Route; 4] = [
    Interface::HeartThrob.route(),
    Interface::Time.route(),
    Interface::UploadBusiness.route(),
    Interface::UploadBusinessImg.route(),
];

static CARD: Card = Card {
    name: "ningbo",
    title: ("宁波市停车场信息系统联网接口技术标准", "Ningbo parking lot information system"),
    platform: ("宁波平台", "Ningbo"),
    // 5.1 says 定时 and no number: as often as Huzhou.
    heartbeat: SignedDuration::from_mins(5),
    asks_for_heartbeats: true,
    carries_photos: true,
    account_field: "portname",
    lot_fields: &["portname", "portpwd"],
    kept_fields: &["portpwd_argon2"],
    routes: &ROUTES,
    bases: &["/nbyd-parkpot-service"],
    lots_number_themselves: false,
    unserved_code: "1",
};

impl PlatformSide for Ningbo {
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
        Ok(Arc::new(credential::PlatformKeys::from_kept(kept)?))
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
        now: Timestamp,
        steps: &mut Vec<Step>,
    ) -> Result<Explained, Refusal> {
        explain::explain(request, kept, now, steps)
    }
}
