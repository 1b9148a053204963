//! The lot's side: a report becomes one of the five messages, with exactly the text's names, types and order.

use super::credential::LotKeys;
use super::departure::{self, Departure};
use super::entrance::Entrance;
use super::field::unfit;
use super::spot::Spot;
use super::spot_num::SpotNum;
use super::spot_removal::SpotRemoval;
use super::{HIDDEN, Interface, Isp, codes, field, login_out, picture};
use crate::Step;
use crate::lot_side::{CannotSeal, Duty, Login, LoginReading, LotSide, Outgoing, Reading, Sealed, When};
use crate::platform_side::{Credential, CredentialFault, Fields};
use crate::shared::request::{JSON, request};
use crate::shared::shown_json::shown_json;
use bowei_model::{Direction, Passage, RecordId, Report, pairing};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Response};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// 3 注: 每日凌晨 1 点推送全量停车场信息至此接口.
static DUTIES: [(Duty, When); 1] = [(Duty::Profile, When::DailyAt { hour: 1 })];

const NO_SECRET: CannotSeal = CannotSeal::Credential { field: "client_secret" };

impl LotSide for Isp {
    fn passage_id(&self, passage: &Passage) -> RecordId {
        pairing::leg_id(passage.direction, passage.plate.as_ref(), passage.at)
    }

    fn own_credential(&self, handed_out: &Fields) -> Result<Arc<dyn Credential>, CredentialFault> {
        Ok(Arc::new(LotKeys::from_handed_out(handed_out)?))
    }

    fn check_lot_id(&self, lot_id: &str) -> Result<(), CannotSeal> {
        field::written_code(lot_id).map(drop)
    }

    fn seal(
        &self,
        outgoing: Outgoing<'_>,
        own: &dyn Credential,
        _now: Timestamp,
    ) -> Result<Sealed, CannotSeal> {
        let keys: &LotKeys = own.as_any().downcast_ref().ok_or(NO_SECRET)?;
        let (interface, body) = body(outgoing)?;
        let token = keys.token.as_deref().ok_or(CannotSeal::LoginFirst)?;
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| CannotSeal::LoginFirst)?;
        let mut steps = vec![
            Step::new("请求", format!("{} {}", interface.method(), interface.path())),
            Step::new("Authorization", login_out::shown_token(token)),
            Step::new("请求体", shown_json(&body, &HIDDEN).unwrap_or_default()),
            Step::new("请求体字节数", body.len().to_string()),
        ];
        if let Report::Passage(exit) = outgoing.report
            && let Some(note) = departure::note(exit)
        {
            steps.push(Step::new("pay_type", note));
        }
        let mut request = request(interface.method(), interface.path(), JSON, body);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        Ok(Sealed { request, steps })
    }

    fn picture_max_bytes(&self) -> Option<usize> {
        Some(picture::PICTURE_MAX_BYTES)
    }

    fn read_answer(&self, answer: &Response<Bytes>) -> Reading {
        codes::read_answer(answer)
    }

    fn login(&self) -> Option<&dyn Login> {
        Some(self)
    }

    fn duties(&self) -> &'static [(Duty, When)] {
        &DUTIES
    }

    fn picture_goes_within(&self) -> bool {
        true
    }

    fn counts_go_apart(&self) -> bool {
        true
    }
}

impl Login for Isp {
    fn seal_login(&self, own: &dyn Credential, _now: Timestamp) -> Result<Sealed, CannotSeal> {
        let keys = own.as_any().downcast_ref::<LotKeys>().ok_or(NO_SECRET);
        keys.and_then(login_out::seal)
    }

    fn read_login(&self, own: &dyn Credential, answer: &Response<Bytes>) -> LoginReading {
        match own.as_any().downcast_ref() {
            Some(keys) => login_out::read(keys, answer),
            None => LoginReading::TryLater { after: None, why: NO_SECRET.to_string() },
        }
    }

    fn token<'a>(&self, own: &'a dyn Credential) -> Option<&'a str> {
        own.as_any().downcast_ref::<LotKeys>()?.token.as_deref()
    }

    fn with_token(&self, own: &dyn Credential, token: &str) -> Option<Arc<dyn Credential>> {
        let keys: &LotKeys = own.as_any().downcast_ref()?;
        Some(Arc::new(LotKeys { token: Some(token.to_owned()), ..keys.clone() }))
    }
}

/// The interface for a report, and its body.
fn body(outgoing: Outgoing<'_>) -> Result<(Interface, Vec<u8>), CannotSeal> {
    let Outgoing { report, lot_id, picture, .. } = outgoing;
    match report {
        Report::Passage(passage) => of_passage(passage, lot_id, picture),
        Report::SpaceCount(count) => Ok((Interface::SpotNum, list(SpotNum::write(count, lot_id)?)?)),
        Report::Lot(profile) => Ok((Interface::Spot, list(Spot::write(profile, lot_id)?)?)),
        // 4 shows an object where all the others show a list.
        Report::LotClosed(_) => Ok((Interface::SpotRemoval, json(&SpotRemoval::write(lot_id)?)?)),
        _ => Err(CannotSeal::NoMessage { kind: report.kind() }),
    }
}

fn of_passage(
    passage: &Passage,
    lot_id: &str,
    picture: Option<&[u8]>,
) -> Result<(Interface, Vec<u8>), CannotSeal> {
    Ok(match passage.direction {
        Direction::Entry => (Interface::Entrance, list(Entrance::write(passage, lot_id, picture)?)?),
        Direction::Exit => (Interface::Departure, list(Departure::write(passage, lot_id, picture)?)?),
    })
}

/// One item a message: a batch is refused whole, and one that is wrong would hold up the others.
fn list(item: impl Serialize) -> Result<Vec<u8>, CannotSeal> {
    json(&[item])
}

fn json(wire: &impl Serialize) -> Result<Vec<u8>, CannotSeal> {
    serde_json::to_vec(wire).map_err(|error| unfit("park_code", error.to_string()))
}
