//! The lot's side: a report becomes one of the messages, with exactly the text's names, types and order.

use super::credential::{LotKeys, PASSWORD};
use super::heart_throb::HeartThrob;
use super::time::{self, Time};
use super::upload_business::UploadBusiness;
use super::upload_business_img::{self, UploadBusinessImg};
use super::{HIDDEN, Interface, Ningbo, credential, fields};
use crate::Step;
use crate::lot_side::{CannotSeal, ClockQuestion, Duty, LotSide, Outgoing, Reading, Sealed, When};
use crate::platform_side::{Credential, CredentialFault, Fields};
use crate::shared::blame::Names;
use crate::shared::shown_json::shown_json;
use crate::shared::{request, result_form, writing};
use bowei_model::{Photo, Report};
use bytes::Bytes;
use http::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::sync::Arc;

/// 5.2: 不超过12小时应与服务器进行校时. An hour less, so that one question that fails does not make it longer.
static DUTIES: [(Duty, When); 1] = [(Duty::Clock, When::Every(SignedDuration::from_hours(11)))];

/// What platforms call what can be at fault, besides the words of people.
const NAMES: Names = Names {
    uplink: &[credential::NAME, PASSWORD, fields::LOT_ID],
    report: &[
        fields::BUSINESS_ID,
        "businesstype",
        "vehnum",
        "vehtype",
        "parktime",
        "leavetime",
        "freeparklotcount",
        "hpys",
        "mainbrandid",
        "subbrandid",
        "csys",
        "imgIndex",
        "imageHash",
        "takeTime",
    ],
};

impl LotSide for Ningbo {
    fn own_credential(&self, handed_out: &Fields) -> Result<Arc<dyn Credential>, CredentialFault> {
        Ok(Arc::new(LotKeys::from_handed_out(handed_out)?))
    }

    fn check_lot_id(&self, lot_id: &str) -> Result<(), CannotSeal> {
        fields::lot_id_text(lot_id).map(drop)
    }

    fn seal(
        &self,
        outgoing: Outgoing<'_>,
        own: &dyn Credential,
        _now: Timestamp,
    ) -> Result<Sealed, CannotSeal> {
        let own = keys(own)?;
        let Outgoing { report, lot_id, picture, .. } = outgoing;
        match report {
            Report::Heartbeat(_) => json(Interface::HeartThrob, &HeartThrob::write(own, lot_id, None)?),
            Report::SpaceCount(count) => {
                json(Interface::HeartThrob, &HeartThrob::write(own, lot_id, Some(count.vacant))?)
            }
            Report::Passage(passage) => {
                json(Interface::UploadBusiness, &UploadBusiness::write(passage, own, lot_id)?)
            }
            Report::Photo(photo) => form(photo, picture, own, lot_id),
            _ => Err(CannotSeal::NoMessage { kind: report.kind() }),
        }
    }

    fn picture_max_bytes(&self) -> Option<usize> {
        Some(upload_business_img::PICTURE_MAX_BYTES)
    }

    fn photos_max(&self) -> Option<u32> {
        u32::try_from(upload_business_img::PHOTOS_MAX).ok()
    }

    fn read_answer(&self, answer: &Response<Bytes>) -> Reading {
        result_form::read_answer(answer, NAMES)
    }

    fn read_clock(&self, answer: &Response<Bytes>) -> Option<Timestamp> {
        time::read_time(answer)
    }

    fn clock_question(&self) -> Option<&dyn ClockQuestion> {
        Some(self)
    }

    fn duties(&self) -> &'static [(Duty, When)] {
        &DUTIES
    }
}

impl ClockQuestion for Ningbo {
    fn seal_clock(&self, own: &dyn Credential, lot_id: &str) -> Result<Sealed, CannotSeal> {
        json(Interface::Time, &Time::write(keys(own)?, lot_id)?)
    }
}

/// The credential as one that seals.
fn keys(own: &dyn Credential) -> Result<&LotKeys, CannotSeal> {
    own.as_any().downcast_ref().ok_or(CannotSeal::Credential { field: PASSWORD })
}

/// Seals a message of JSON alone.
fn json(interface: Interface, wire: &impl Serialize) -> Result<Sealed, CannotSeal> {
    let body = text(wire)?;
    let steps = steps(interface, &body);
    Ok(Sealed { request: request::post(interface.path(), request::JSON, body), steps })
}

fn form(photo: &Photo, picture: Option<&[u8]>, own: &LotKeys, lot_id: &str) -> Result<Sealed, CannotSeal> {
    let interface = Interface::UploadBusinessImg;
    let (bytes, media_type) = upload_business_img::picture_to_write(photo, picture)?;
    let data = text(&UploadBusinessImg::write(photo, bytes, own, lot_id)?)?;
    let (kind, body) = upload_business_img::form(&data, bytes, media_type);
    let mut steps = steps(interface, &data);
    steps.push(Step::new("file", format!("{} 字节，{media_type}", bytes.len())));
    Ok(Sealed { request: request::post(interface.path(), kind, body), steps })
}

fn steps(interface: Interface, json: &str) -> Vec<Step> {
    vec![
        Step::new("请求路径", interface.path()),
        Step::new("portpwd", "***（密码的 MD5，32 位小写十六进制）"),
        Step::new("请求数据", shown_json(json.as_bytes(), &HIDDEN).unwrap_or_default()),
    ]
}

fn text(wire: &impl Serialize) -> Result<String, CannotSeal> {
    serde_json::to_string(wire).map_err(|error| writing::unfit("data", error.to_string()))
}
