//! The lot's side: a report becomes one of the text's messages, with exactly its names, types and order.

use super::annexes::a_codes::Code;
use super::answer::{self, Said};
use super::credential::LotAccount;
use super::enter_record::EnterRecord;
use super::entrance_exit_info::EntranceExitInfo;
use super::exit_record::ExitRecord;
use super::heart_beats::HeartBeat;
use super::login::{Login as LoginItem, TOKEN_CHARS};
use super::off_peak_order::OffPeakOrderInfo;
use super::off_peak_package::OffPeakPackageInfo;
use super::park_car_info::ParkCarInfo;
use super::park_info::{self, ParkInfo};
use super::park_space_info::ParkSpaceInfo;
use super::picture::{self, Sending};
use super::replenish_car_info::{self, Question};
use super::{Interface, Shenzhen, body, fields, sign};
use crate::Step;
use crate::base_data::RequiredItem;
use crate::lot_side::{
    CannotSeal, Duty, Login, LoginReading, LotSide, Outgoing, Reading, Replenishment, ReplenishmentReading,
    Sealed, When,
};
use crate::platform_side::{Credential, CredentialFault, Fields};
use crate::shared::request;
use crate::shared::retry_after::retry_after;
use crate::shared::shown_json::SHOWN_MAX_BYTES;
use bowei_encoding::shown;
use bowei_model::{Direction, Passage, Plate, RecordId, Report};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::borrow::Cow;
use std::sync::Arc;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// 4.12.1: 于每个整点上报当前停车场（库）内的车辆信息; 4.13.1: 于每日 24 点补报.
static DUTIES: [(Duty, When); 2] =
    [(Duty::CarsInside, When::Hourly), (Duty::Replenishment, When::DailyAt { hour: 0 })];

impl LotSide for Shenzhen {
    fn passage_id(&self, passage: &Passage) -> RecordId {
        RecordId::from(fields::uuid_of(passage.record_id.as_str()).into_owned())
    }

    fn own_credential(&self, handed_out: &Fields) -> Result<Arc<dyn Credential>, CredentialFault> {
        Ok(Arc::new(LotAccount::from_handed_out(handed_out)?))
    }

    fn check_lot_id(&self, lot_id: &str) -> Result<(), CannotSeal> {
        fields::park_code_written(lot_id).map(drop)
    }

    fn seal(
        &self,
        outgoing: Outgoing<'_>,
        own: &dyn Credential,
        now: Timestamp,
    ) -> Result<Sealed, CannotSeal> {
        let own = account(own)?;
        let token = own.token.as_deref().ok_or(CannotSeal::LoginFirst)?;
        match outgoing.report {
            Report::NamedPhoto(photo) => form(&Sending::named(photo)?, outgoing, own, token, now),
            Report::Photo(photo) => form(&Sending::of_record(photo), outgoing, own, token, now),
            _ => {
                let item = item(outgoing, own, now)?;
                let sent_at = item.right_at.map_or(now, |at| at.min(now));
                let mut sealed = in_envelope(item.interface, &item.json, sent_at, Some(token))?;
                if item.encrypted {
                    sealed.request.headers_mut().insert("encrypted", HeaderValue::from_static("0"));
                    sealed.steps.push(Step::new("encrypted", "0（车牌已用 SM4-CBC 加密）"));
                }
                Ok(sealed)
            }
        }
    }

    fn picture_max_bytes(&self) -> Option<usize> {
        Some(picture::PICTURE_MAX_BYTES)
    }

    fn pictures_go_first(&self) -> bool {
        true
    }

    fn read_answer(&self, answer: &Response<Bytes>) -> Reading {
        answer::read_answer(answer)
    }

    fn read_clock(&self, answer: &Response<Bytes>) -> Option<Timestamp> {
        match Said::read(answer) {
            Said::Code { number, .. } if Code::of(number) == Some(Code::Success) => {
                HeartBeat::read_answer(answer)
            }
            _ => None,
        }
    }

    fn duties(&self) -> &'static [(Duty, When)] {
        &DUTIES
    }

    fn required_base_data(&self) -> &'static [RequiredItem] {
        &park_info::REQUIRED
    }

    fn requires_gates(&self) -> bool {
        true
    }

    fn counts_go_apart(&self) -> bool {
        true
    }

    fn login(&self) -> Option<&dyn Login> {
        Some(self)
    }

    fn replenishment(&self) -> Option<&dyn Replenishment> {
        Some(self)
    }
}

impl Login for Shenzhen {
    fn seal_login(&self, own: &dyn Credential, now: Timestamp) -> Result<Sealed, CannotSeal> {
        let item = json(&LoginItem::write(account(own)?))?;
        in_envelope(Interface::Login, &item, now, None)
    }

    fn read_login(&self, own: &dyn Credential, answer: &Response<Bytes>) -> LoginReading {
        let after = retry_after(answer);
        let Ok(own) = account(own) else {
            return LoginReading::TryLater { after, why: "the credential is not this standard's".to_owned() };
        };
        match Said::read(answer) {
            Said::Code { number, why } => match Code::of(number) {
                Some(Code::Success) => logged_in(own, answer),
                Some(code)
                    if matches!(code, Code::WrongUserOrPassword | Code::Sign | Code::LotId)
                        || answer::blames_the_message(code) =>
                {
                    LoginReading::Refused { code: number.to_string(), why }
                }
                _ => LoginReading::TryLater { after, why: format!("{number} {why}") },
            },
            Said::TooLarge { why } => LoginReading::Refused { code: "413".to_owned(), why },
            Said::Other { after, why, .. } => LoginReading::TryLater { after, why },
        }
    }

    fn token<'a>(&self, own: &'a dyn Credential) -> Option<&'a str> {
        account(own).ok()?.token.as_deref()
    }

    fn with_token(&self, own: &dyn Credential, token: &str) -> Option<Arc<dyn Credential>> {
        Some(Arc::new(account(own).ok()?.with_token(token.to_owned())))
    }
}

impl Replenishment for Shenzhen {
    fn seal_replenishment(
        &self,
        own: &dyn Credential,
        lot_id: &str,
        day: Date,
        page: u32,
        now: Timestamp,
    ) -> Result<Sealed, CannotSeal> {
        let token = account(own)?.token.as_deref().ok_or(CannotSeal::LoginFirst)?;
        let item = json(&Question::write(lot_id, day, page)?)?;
        in_envelope(Interface::ReplenishCarInfo, &item, now, Some(token))
    }

    fn read_replenishment(&self, answer: &Response<Bytes>) -> ReplenishmentReading {
        match Said::read(answer) {
            Said::Code { number, .. } if Code::of(number) == Some(Code::Success) => {
                replenish_car_info::read_answer(answer).map_or_else(
                    || {
                        let why = "the answer has no list plateNoList".to_owned();
                        ReplenishmentReading::Failed(Reading::TryLater { after: None, why })
                    },
                    ReplenishmentReading::Plates,
                )
            }
            // A page past the end.
            Said::Code { number, .. } if Code::of(number) == Some(Code::NoSuchPage) => {
                ReplenishmentReading::Plates(Vec::new())
            }
            _ => ReplenishmentReading::Failed(answer::read_answer(answer)),
        }
    }
}

/// 表 3 accessToken. Other platforms' tokens may be longer than the text says; a header must be able to carry them.
fn logged_in(own: &LotAccount, answer: &Response<Bytes>) -> LoginReading {
    /// Room for the tokens of other kinds that platforms may hand out.
    const TOKEN_MAX: usize = 4 * 1024;
    let token = answer::first_of_data(answer.body(), "accessToken", TOKEN_MAX);
    match token.filter(|token| HeaderValue::from_str(token).is_ok()) {
        // It lives as long as heartbeats go on.
        Some(token) => LoginReading::LoggedIn { own: Arc::new(own.with_token(token)), ttl: None },
        None => LoginReading::TryLater {
            after: None,
            why: format!("the answer has no accessToken of {TOKEN_CHARS} characters"),
        },
    }
}

fn account(own: &dyn Credential) -> Result<&LotAccount, CannotSeal> {
    own.as_any().downcast_ref().ok_or(CannotSeal::Credential { field: "password" })
}

/// One item of `data`.
struct Item {
    interface: Interface,
    json: String,
    /// A plate in it is encrypted.
    encrypted: bool,
    /// Messages that say no time of their own are right at the envelope's: sent late, they say when that was.
    right_at: Option<Timestamp>,
}

fn item(outgoing: Outgoing<'_>, own: &LotAccount, now: Timestamp) -> Result<Item, CannotSeal> {
    let Outgoing { report, lot_id, .. } = outgoing;
    let plain = |interface, json| Ok(Item { interface, json, encrypted: false, right_at: None });
    match report {
        Report::Heartbeat(_) => plain(Interface::HeartBeats, json(&HeartBeat::write(now)?)?),
        Report::Lot(profile) => plain(Interface::ParkInfo, ParkInfo::write(profile, lot_id)?),
        Report::Gate(gate) => {
            plain(Interface::EntranceExitInfo, json(&EntranceExitInfo::write(gate, lot_id)?)?)
        }
        Report::Passage(passage) => {
            let plate = fields::plate_written(passage.plate.as_ref())?;
            let plate = sensitive(own, "plateNo", plate)?;
            let (interface, json) = match passage.direction {
                Direction::Entry => {
                    (Interface::EnterRecord, json(&EnterRecord::write(passage, lot_id, plate)?)?)
                }
                Direction::Exit => {
                    (Interface::ExitRecord, json(&ExitRecord::write(passage, lot_id, plate)?)?)
                }
            };
            Ok(Item { interface, json, encrypted: own.encrypts, right_at: None })
        }
        Report::SpaceCount(count) => {
            let json = json(&ParkSpaceInfo::write(count, lot_id)?)?;
            let interface = Interface::ParkSpaceInfo;
            Ok(Item { interface, json, encrypted: false, right_at: Some(count.at) })
        }
        Report::CarsInside(cars) => {
            let list: Cow<'_, str> = Cow::Owned(ParkCarInfo::list_written(cars)?);
            // An empty list stays the empty string: there is nothing in it to hide.
            let list = if list.is_empty() { list } else { sensitive(own, "plateNoList", list)? };
            let json = json(&ParkCarInfo::write(list, lot_id)?)?;
            let interface = Interface::ParkCarInfo;
            Ok(Item { interface, json, encrypted: own.encrypts, right_at: Some(cars.at) })
        }
        Report::OffPeakPackage(package) => {
            plain(Interface::OffPeakPackage, json(&OffPeakPackageInfo::write(package, lot_id)?)?)
        }
        Report::OffPeakOrder(order) => {
            let plate = order.plate.as_ref().map(Plate::as_str);
            let plate = fields::optional_written("plateNo", plate, fields::PLATE_MAX)?;
            let plate = plate.map(|plate| sensitive(own, "plateNo", plate)).transpose()?;
            let json = json(&OffPeakOrderInfo::write(order, lot_id, plate)?)?;
            Ok(Item { interface: Interface::OffPeakOrder, json, encrypted: own.encrypts, right_at: None })
        }
        _ => Err(CannotSeal::NoMessage { kind: report.kind() }),
    }
}

/// Plates as they are to stand in the message.
fn sensitive<'a>(
    own: &LotAccount,
    field: &'static str,
    clear: Cow<'a, str>,
) -> Result<Cow<'a, str>, CannotSeal> {
    match &own.sm4_key {
        Some(key) if own.encrypts => {
            let sealed = key.seal(&clear);
            sealed.map(Cow::Owned).ok_or_else(|| {
                fields::unfit(field, "随机数生成失败，无法加密 no randomness to encrypt it with")
            })
        }
        _ => Ok(clear),
    }
}

/// Puts an item in its envelope and addresses it.
pub(super) fn in_envelope(
    interface: Interface,
    item: &str,
    sent_at: Timestamp,
    token: Option<&str>,
) -> Result<Sealed, CannotSeal> {
    addressed(interface.path(), item, sent_at, token)
}

/// Puts an item in its envelope and addresses it to a path.
pub(super) fn addressed(
    path: &'static str,
    item: &str,
    sent_at: Timestamp,
    token: Option<&str>,
) -> Result<Sealed, CannotSeal> {
    let written = body::write(item, sent_at)?;
    let shown = sign::without_passwords(&written.data);
    let steps = vec![
        Step::new("请求路径", path),
        Step::new("待签名的 data 原文", shown::cut(&shown, SHOWN_MAX_BYTES)),
        Step::new("data 原文字节数", written.data.len().to_string()),
        Step::new("sign", written.sign),
    ];
    let request = post(path, JSON, Bytes::from(written.body), token)?;
    Ok(Sealed { request, steps })
}

/// 5.1 c): 接口调用应采用 POST 方式.
fn post(
    path: &'static str,
    kind: HeaderValue,
    body: Bytes,
    token: Option<&str>,
) -> Result<Request<Bytes>, CannotSeal> {
    let mut request = request::post(path, kind, body);
    if let Some(token) = token {
        let unfit = |_| fields::unfit("authorization", "不能作为请求头 it cannot be a header's value");
        let mut value = HeaderValue::from_str(token).map_err(unfit)?;
        // So that nothing that prints requests prints it.
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}

fn form(
    sending: &Sending<'_>,
    outgoing: Outgoing<'_>,
    own: &LotAccount,
    token: &str,
    now: Timestamp,
) -> Result<Sealed, CannotSeal> {
    let path = Interface::Picture.path();
    let (kind, body, shown) = sending.form(outgoing.lot_id, &own.user_id, outgoing.picture, now)?;
    let steps = vec![Step::new("请求路径", path), Step::new("表单", shown)];
    Ok(Sealed { request: post(path, kind, body, Some(token))?, steps })
}

pub(super) fn json(wire: &impl Serialize) -> Result<String, CannotSeal> {
    serde_json::to_string(wire).map_err(|error| fields::unfit("data", error.to_string()))
}
