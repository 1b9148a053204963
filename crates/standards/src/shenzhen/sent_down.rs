//! The way down: the same envelope from the platform to a lot, with the lot's own accessToken in `authorization`.

use super::annexes::a_codes::Code;
use super::answer::{self, Said};
use super::body::Body;
use super::cancel_reservation::CancelReservation;
use super::codes::{Coded, Read, Refused, refusal};
use super::credential::PlatformAccount;
use super::envelope::{dead_token, only};
use super::reservation::{BOOK_CODE, BOOK_CODE_MAX, ReservationInfo};
use super::{RECORD_BODY_MAX_BYTES, Shenzhen, fields, open, seal};
use crate::downlink::{Directive, Downlink, DownlinkReading, DownlinkRefusal};
use crate::lot_side::{CannotSeal, Sealed};
use crate::platform_side::{Credential, Lane, LotLookup, Route};
use crate::shared::Object;
use crate::shared::retry_after::retry_after;
use crate::{Fault, Refusal, Step};
use aws_lc_rs::constant_time;
use bowei_encoding::shown::{shown, shown_up_to};
use bowei_model::{Cancellation, Reservation, SpaceKind, moment};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Request, Response};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

/// 表 30 序号 9 预约停车数据下发接口.
const RESERVATION: &str = "/dataReceive/v1/reservation";
/// 表 30 序号 10 取消预约数据下发接口.
const CANCELLATION: &str = "/dataReceive/v1/cancelReservation";
/// How much of a message is shown to an engineer.
const SHOWN_MAX: usize = 4 * 1024;

static ROUTES: [Route; 2] = [route(RESERVATION), route(CANCELLATION)];

const fn route(path: &'static str) -> Route {
    Route { method: Method::POST, path, body_max_bytes: RECORD_BODY_MAX_BYTES, lane: Lane::Records }
}

impl Downlink for Shenzhen {
    fn routes(&self) -> &'static [Route] {
        &ROUTES
    }

    fn callback<'a>(&self, credential: &'a dyn Credential) -> Option<&'a str> {
        credential.as_any().downcast_ref::<PlatformAccount>()?.callback_url.as_deref()
    }

    fn seal_reservation(
        &self,
        reservation: &Reservation,
        lot_id: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Sealed, CannotSeal> {
        let item = seal::json(&ReservationInfo::write(reservation, lot_id)?)?;
        seal::addressed(RESERVATION, &item, now, Some(token))
    }

    fn seal_cancellation(
        &self,
        cancellation: &Cancellation,
        lot_id: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Sealed, CannotSeal> {
        let item = seal::json(&CancelReservation::write(cancellation, lot_id)?)?;
        seal::addressed(CANCELLATION, &item, now, Some(token))
    }

    fn open(&self, request: Request<Bytes>, token: &str, lots: &dyn LotLookup) -> Result<Directive, Refusal> {
        downcall(&request, token, lots)
    }

    fn answer(&self, outcome: Result<&str, &DownlinkRefusal>, now: Timestamp) -> Response<Bytes> {
        let refused = match outcome {
            // 表 20 and 表 22 bookCode, String 32, 必填.
            Ok(reservation_code) => {
                return answer::success(&json!([{ BOOK_CODE: reservation_code }]).to_string(), now);
            }
            Err(DownlinkRefusal::Message(refusal)) => {
                let code = refusal.code.parse().unwrap_or(Code::Other.number());
                return answer::refused(code, &refusal.fault.message(), now);
            }
            Err(refused) => code(refused),
        };
        answer::refused(refused.number(), refused.words(), now)
    }

    fn read_answer(&self, answer: &Response<Bytes>) -> DownlinkReading {
        match Said::read(answer) {
            Said::Code { number, why } => match Code::of(number) {
                Some(Code::Success) => {
                    let reservation_code = answer::first_of_data(answer.body(), BOOK_CODE, BOOK_CODE_MAX);
                    DownlinkReading::Taken { reservation_code }
                }
                Some(Code::NoSpaceFree | Code::NothingFree) => DownlinkReading::NoSpace,
                // The lot's own trouble, and a token that it has changed since: the next try bears the new one.
                None | Some(Code::Business | Code::Other | Code::Token | Code::WrongAccessToken) => {
                    let why = format!("{number} {why}");
                    DownlinkReading::TryLater { after: retry_after(answer), why }
                }
                Some(_) => DownlinkReading::Refused { code: number.to_string(), why },
            },
            Said::TooLarge { why } => DownlinkReading::Refused { code: "413".to_owned(), why },
            Said::Other { after, why, .. } => DownlinkReading::TryLater { after, why },
        }
    }

    fn refusal(&self, code: &str) -> Option<DownlinkRefusal> {
        of_a_reservation(Code::of(code.parse().ok()?)?)
    }

    fn reservable(&self, details: &BTreeMap<String, String>) -> BTreeMap<SpaceKind, u32> {
        let number = |name| details.get(name).and_then(|text| text.parse().ok()).unwrap_or_default();
        // 表 6 序号 16: 0 否, 1 是.
        if number("reservable") == 0 {
            return BTreeMap::new();
        }
        // 表 6 序号 17 and 18, each apart: no accessible spaces are granted by name.
        let granted = [
            (SpaceKind::Ordinary, number("reservableSpaces")),
            (SpaceKind::Charging, number("totalReservableCharingSpaces")),
        ];
        granted.into_iter().filter(|(_, spaces)| *spaces > 0).collect()
    }
}

/// Codes that are of a reservation, each with what it says.
fn of_a_reservation(code: Code) -> Option<DownlinkRefusal> {
    Some(match code {
        Code::NoSpaceFree | Code::NothingFree => DownlinkRefusal::NoSpace,
        Code::BookingExists => DownlinkRefusal::BookingExists,
        Code::NoSuchBooking => DownlinkRefusal::NoSuchBooking,
        Code::BookingExpired => DownlinkRefusal::Expired,
        Code::BookingCancelled => DownlinkRefusal::Cancelled,
        Code::WrongBookingTime => DownlinkRefusal::WrongTime,
        Code::Blacklisted => DownlinkRefusal::Blacklisted,
        _ => return None,
    })
}

fn code(refused: &DownlinkRefusal) -> Code {
    match refused {
        DownlinkRefusal::NoSpace => Code::NoSpaceFree,
        DownlinkRefusal::BookingExists => Code::BookingExists,
        DownlinkRefusal::NoSuchBooking => Code::NoSuchBooking,
        DownlinkRefusal::Expired => Code::BookingExpired,
        DownlinkRefusal::Cancelled => Code::BookingCancelled,
        DownlinkRefusal::WrongTime => Code::WrongBookingTime,
        DownlinkRefusal::Blacklisted => Code::Blacklisted,
        DownlinkRefusal::Message(_) => Code::Other,
    }
}

fn downcall(request: &Request<Bytes>, token: &str, lots: &dyn LotLookup) -> Result<Directive, Refusal> {
    let path = request.uri().path();
    let is_reservation = path.ends_with(RESERVATION);
    if request.method() != Method::POST || !(is_reservation || path.ends_with(CANCELLATION)) {
        let fault = Fault::Unreadable {
            expected: "以 POST 方式请求表 30 所列的下行接口".to_owned(),
            received: shown(&format!("{} {path}", request.method())),
        };
        return Err(refusal(Coded::from(fault), None, Vec::new()));
    }
    let body = Body::read(request.body()).map_err(|coded| refusal(coded, None, Vec::new()))?;
    let steps = vec![
        Step::new("请求路径", shown(path)),
        Step::new("timestamp", moment::rfc3339(body.sent_at)),
        Step::new("version", shown(&body.version)),
        Step::new("待签名的 data 原文", shown_up_to(body.data, SHOWN_MAX)),
        Step::new("收到的 sign", shown(&body.sign)),
    ];
    let read_as = Some(shown_up_to(body.data, SHOWN_MAX));
    let result = authentic(request, &body, token).map_err(Refused::from).and_then(|()| {
        let item = only(&body)?;
        call(item, is_reservation, lots).map_err(|coded| {
            let text = |name| {
                let value = item.optional(name, name)?;
                value.text(crate::shared::RECORD_ID_MAX).ok().map(Into::into)
            };
            Refused { coded, lot_id: text(fields::PARK_CODE), record_id: text(BOOK_CODE) }
        })
    });
    result.map_err(|refused| refusal(refused, read_as, steps))
}

fn authentic(request: &Request<Bytes>, body: &Body<'_>, expected: &str) -> Read<()> {
    let received = shown_token(request.headers());
    if constant_time::verify_slices_are_equal(received.as_bytes(), expected.as_bytes()).is_err() {
        return Err(dead_token());
    }
    if body.is_signed() {
        return Ok(());
    }
    Err(Fault::WrongSignature { field: "sign", signed: shown(body.data), form: &super::sign::FORM }.into())
}

/// The token as it came, of whatever length: platforms of other makes give out others than the text's.
fn shown_token(headers: &HeaderMap) -> &str {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    match header.split_at_checked("bearer".len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => header,
    }
}

fn call(item: &Object<'_>, is_reservation: bool, lots: &dyn LotLookup) -> Read<Directive> {
    let lot = open::lot(item, lots)?;
    if !is_reservation {
        return Ok(Directive::Cancellation(CancelReservation::read(item)?.into_cancellation(lot)));
    }
    let reservation = ReservationInfo::read(item)?.into_reservation(lot);
    let no_plate = || Fault::OutsideList {
        field: "data[0].plateNo".to_owned(),
        expected: "一辆车的车牌号码".to_owned(),
        received: "无牌".to_owned(),
    };
    reservation.map(Directive::Reservation).ok_or_else(|| no_plate().into())
}
