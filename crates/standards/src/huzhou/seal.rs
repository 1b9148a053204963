//! The lot's side: a report becomes one of the six messages, with exactly the text's names, types and order.

use super::credential::LotKeys;
use super::envelope::{Wire, sign, string_to_sign};
use super::parking_in::ParkingIn;
use super::parking_out::ParkingOut;
use super::parkinglot_in::ParkinglotIn;
use super::parkinglot_out::ParkinglotOut;
use super::photo_upload::{self, PhotoUpload};
use super::{HIDDEN, Huzhou, Interface, blocks, codes, heartbeat, passage};
use crate::Step;
use crate::lot_side::{CannotSeal, LotSide, Outgoing, Reading, Sealed};
use crate::platform_side::{Credential, CredentialFault, Fields};
use crate::shared::request;
use crate::shared::shown_json::shown_json;
use bowei_model::{Direction, LotKind, Passage, Report};
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

impl LotSide for Huzhou {
    fn own_credential(&self, handed_out: &Fields) -> Result<Arc<dyn Credential>, CredentialFault> {
        Ok(Arc::new(LotKeys::from_handed_out(handed_out)?))
    }

    fn check_lot_id(&self, lot_id: &str) -> Result<(), CannotSeal> {
        passage::lot_id_text(lot_id).map(drop)
    }

    fn seal(
        &self,
        outgoing: Outgoing<'_>,
        own: &dyn Credential,
        now: Timestamp,
    ) -> Result<Sealed, CannotSeal> {
        let keys: &LotKeys =
            own.as_any().downcast_ref().ok_or(CannotSeal::Credential { field: "public_key" })?;
        let (interface, plain) = business(outgoing)?;
        let encrypted = blocks::seal(&plain, keys).ok_or(CannotSeal::Credential { field: "public_key" })?;
        let timestamp = now.as_millisecond();
        let requested = format!("{}{}", keys.base_path, interface.path());
        let to_sign = string_to_sign(&keys.app_id, &timestamp.to_string(), &requested);
        let signature = sign(&keys.secret, &to_sign);
        let wire =
            Wire { app_id: &keys.app_id, encrypted_data: &encrypted, timestamp, signature: &signature };
        let body = serde_json::to_vec(&wire).map_err(|error| unwritable(&error))?;
        let steps = vec![
            Step::new("请求路径", requested),
            Step::new("业务数据", shown_json(&plain, &HIDDEN).unwrap_or_default()),
            Step::new("业务数据字节数", plain.len().to_string()),
            Step::new("加密块数", plain.len().div_ceil(blocks::PLAIN_MAX_BYTES).to_string()),
            Step::new("encryptedData", format!("{} 个字符", encrypted.len())),
            Step::new("待签名字符串", to_sign),
            Step::new("signature", signature.clone()),
        ];
        // 3.3 请求头: 固定值 application/json.
        Ok(Sealed { request: request::post(interface.path(), request::JSON, body), steps })
    }

    fn picture_max_bytes(&self) -> Option<usize> {
        Some(photo_upload::PICTURE_MAX_BYTES)
    }

    fn requires_gates(&self) -> bool {
        true
    }

    fn read_answer(&self, answer: &Response<Bytes>) -> Reading {
        codes::read_answer(answer)
    }
}

/// The interface for a report, and its business data.
pub(super) fn business(outgoing: Outgoing<'_>) -> Result<(Interface, Vec<u8>), CannotSeal> {
    let Outgoing { report, lot_id, lot_kind, picture } = outgoing;
    match report {
        Report::Heartbeat(_) => Ok((Interface::Heartbeat, heartbeat::PLAIN.as_bytes().to_vec())),
        Report::Passage(passage) => of_passage(passage, lot_id, lot_kind),
        Report::Photo(photo) => {
            Ok((Interface::PhotoUpload, json(&PhotoUpload::write(photo, lot_id, lot_kind, picture)?)?))
        }
        _ => Err(CannotSeal::NoMessage { kind: report.kind() }),
    }
}

fn of_passage(
    passage: &Passage,
    lot_id: &str,
    lot_kind: LotKind,
) -> Result<(Interface, Vec<u8>), CannotSeal> {
    Ok(match (lot_kind, passage.direction) {
        (LotKind::OnStreet, Direction::Entry) => {
            (Interface::ParkingIn, json(&ParkingIn::write(passage, lot_id)?)?)
        }
        (LotKind::OnStreet, Direction::Exit) => {
            (Interface::ParkingOut, json(&ParkingOut::write(passage, lot_id)?)?)
        }
        (LotKind::OffStreet, Direction::Entry) => {
            (Interface::ParkinglotIn, json(&ParkinglotIn::write(passage, lot_id)?)?)
        }
        (LotKind::OffStreet, Direction::Exit) => {
            (Interface::ParkinglotOut, json(&ParkinglotOut::write(passage, lot_id)?)?)
        }
    })
}

fn json(wire: &impl Serialize) -> Result<Vec<u8>, CannotSeal> {
    serde_json::to_vec(wire).map_err(|error| unwritable(&error))
}

fn unwritable(error: &serde_json::Error) -> CannotSeal {
    CannotSeal::Unfit { field: "encryptedData", problem: error.to_string() }
}
