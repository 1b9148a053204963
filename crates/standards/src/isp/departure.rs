//! 7 实时上报出场车辆信息: `POST /park/departure`, when a car has gone, with what its stay cost.

use super::car::{self, CarType};
use super::fee::{self, Fee, PayType};
use super::field::{self, needed, unfit};
use super::picture::PassagePicture;
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, Present, TEXT_MAX, value};
use bowei_model::{Direction, Doubt, LotCode, Passage, PayKind, Payment, Plate, RecordId, pairing};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use std::borrow::Cow;

const DEPART_TIME: &str = "depart_time";
const DEPART_TIME_EXPECTED: &str = "离场时间戳，精确到秒：1970 年以来的秒数，不超过 10 位（毫秒请除以 1000）";
const DEPART_PIC: &str = "depart_pic";
const USE_TIME: &str = "use_time";
const PAYABLE: &str = "payable_fee";
const PAID: &str = "paid_fee";
const PAY_TIME: &str = "pay_time";
const PAY_TYPE: &str = "pay_type";
const FEE_EXPECTED: &str = "停车费，单位元，0 至 10000000 的数";
const PAY_TIME_EXPECTED: &str =
    "缴费时间戳，精确到秒：1970 年以来的秒数，不超过 10 位（毫秒请除以 1000），未缴费为 0";

/// Ten years: longer than any car was ever left, and short enough to be taken off any time.
const USE_TIME_MAX_MIN: i64 = 5_256_000;
const USE_TIME_EXPECTED: &str = "停车时长，单位分钟，0 至 5256000 的数";

/// The nearest code for means that are not known: the first of the list.
const UNKNOWN_MEANS: PayKind = PayKind::Cash;

/// 7 表, in its order.
#[derive(Debug, Serialize)]
pub(super) struct Departure<'a> {
    /// 7 表 park_code, String, Y: 停车场编码
    park_code: Cow<'a, str>,
    /// 7 表 plate_number, String, Y: 车牌号
    plate_number: Option<Cow<'a, str>>,
    /// 7 表 depart_time, Number, Y: 离场时间时间戳，精确到秒
    depart_time: i64,
    /// 7 表 car_type, String, Y: 车辆类型 1–6
    car_type: Option<CarType>,
    /// 7 表 car_logo, String, Y: 车标
    car_logo: Cow<'a, str>,
    /// 7 表 depart_pic, String, Y: 离场车辆照片 Base64 编码，大小不超过 512KB
    depart_pic: Option<PassagePicture>,
    /// 7 表 use_time, Integer, Y: 停车时长，单位分钟
    use_time: i64,
    /// 7 表 payable_fee, Double, Y: 应收停车费，单位元
    payable_fee: Fee,
    /// 7 表 paid_fee, Double, Y: 实收停车费，单位元
    paid_fee: Fee,
    /// 7 表 pay_time, Number, Y: 缴费时间时间戳，精确到秒; 0 where nobody paid
    pay_time: i64,
    /// 7 表 pay_type, String, Y: 缴费类型 1–7
    pay_type: Option<PayType>,
    #[serde(skip)]
    at: Timestamp,
    #[serde(skip)]
    entered_at: Option<Timestamp>,
    #[serde(skip)]
    paid_at: Option<Timestamp>,
    #[serde(skip)]
    doubts: Vec<Doubt>,
}

impl<'a> Departure<'a> {
    pub(super) fn read(item: &Object<'a>) -> Result<Self, Fault> {
        let park_code = field::park_code(item)?;
        let plate_number = car::plate_number(item)?;
        let at = depart_time(item)?;
        let mut doubts = Vec::new();
        let car_type = car::car_type(item, &mut doubts)?;
        let car_logo = car::car_logo(item, &mut doubts)?;
        let depart_pic = PassagePicture::of(item, DEPART_PIC, &mut doubts)?;
        let (use_time, stay) = use_time(&item.required(USE_TIME, USE_TIME_EXPECTED)?)?;
        let payable_fee = Fee::read(&item.required(PAYABLE, FEE_EXPECTED)?)?;
        let paid_fee = Fee::read(&item.required(PAID, FEE_EXPECTED)?)?;
        // Of a stay that cost nothing there is nothing to say but that.
        let free = paid_fee.0.is_zero();
        let paid_at = match item.optional(PAY_TIME, PAY_TIME_EXPECTED) {
            None if free => None,
            _ => field::seconds(&item.required(PAY_TIME, PAY_TIME_EXPECTED)?)?,
        };
        let pay_type = match item.optional(PAY_TYPE, fee::TYPE_EXPECTED) {
            None if free => None,
            _ => pay_type(item, &mut doubts)?,
        };
        Ok(Self {
            park_code,
            plate_number,
            depart_time: at.as_second(),
            car_type,
            car_logo,
            depart_pic,
            use_time,
            payable_fee,
            paid_fee,
            pay_time: paid_at.map_or(0, Timestamp::as_second),
            pay_type,
            at,
            entered_at: at.checked_sub(stay).ok(),
            paid_at,
            doubts,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> (Passage, Option<PassagePicture>, Vec<Doubt>) {
        let plate = self.plate_number.as_deref().and_then(Plate::read);
        let record_id = pairing::leg_id(Direction::Exit, plate.as_ref(), self.at);
        let passage = Passage {
            without_record_id: true,
            plate_kind: self.car_type.and_then(|kind| kind.plate_kind(plate.as_ref())),
            plate,
            vehicle: car::vehicle(&self.car_logo),
            entered_at: self.entered_at,
            minutes: Some(self.use_time),
            payment: Some(Payment {
                payable: Some(self.payable_fee.0),
                paid: Some(self.paid_fee.0),
                paid_at: self.paid_at,
                pay_kind: self.pay_type.map(|pay_type| pay_type.0),
            }),
            ..Passage::new(lot, record_id, Direction::Exit, self.at)
        };
        (passage, self.depart_pic, self.doubts)
    }

    pub(super) fn write(
        exit: &'a Passage,
        lot_id: &'a str,
        picture: Option<&[u8]>,
    ) -> Result<Self, CannotSeal> {
        let nothing = Payment::default();
        let payment = exit.payment.as_ref().unwrap_or(&nothing);
        Ok(Self {
            park_code: field::written_code(lot_id)?,
            plate_number: Some(car::written_plate(exit)?),
            depart_time: field::written_seconds(DEPART_TIME, exit.at)?,
            car_type: Some(car::written_type(exit)),
            car_logo: car::written_logo(exit)?,
            depart_pic: Some(PassagePicture::write(DEPART_PIC, picture)?),
            use_time: written_minutes(exit)?,
            payable_fee: Fee::written(PAYABLE, payment.payable.or(payment.paid))?,
            paid_fee: Fee::written(PAID, payment.paid)?,
            pay_time: payment.paid_at.map_or(Ok(0), |at| field::written_seconds(PAY_TIME, at))?,
            // How nothing was paid nobody can say, nor by means that are not known: the text wants a code all the same.
            pay_type: Some(PayType(payment.pay_kind.unwrap_or(UNKNOWN_MEANS))),
            at: exit.at,
            entered_at: exit.entered_at,
            paid_at: payment.paid_at,
            doubts: Vec::new(),
        })
    }
}

/// 7 表 pay_type: `None` for one that the text does not list.
fn pay_type(item: &Object<'_>, doubts: &mut Vec<Doubt>) -> Result<Option<PayType>, Fault> {
    let value = item.required(PAY_TYPE, fee::TYPE_EXPECTED)?;
    let kind = PayType::read(&value)?;
    if kind.is_none() {
        field::keep_unlisted(item, PAY_TYPE, fee::TYPE_EXPECTED, &value, doubts);
    }
    Ok(kind)
}

/// 7 表 use_time: whole minutes, and the stay to the second, since some lots count in fractions.
fn use_time(value: &Present<'_>) -> Result<(i64, SignedDuration), Fault> {
    let text = value.text(TEXT_MAX)?;
    if let Some(minutes) = value::integer(&text) {
        let minutes = value.integer_in(0..=USE_TIME_MAX_MIN).map(|_| minutes)?;
        return Ok((minutes, SignedDuration::from_mins(minutes)));
    }
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let minutes: Decimal = text.parse().ok().filter(|_| is_plain).ok_or_else(|| value.wrong_type())?;
    if minutes.is_sign_negative() || minutes > Decimal::from(USE_TIME_MAX_MIN) {
        return Err(value.outside_list(&text));
    }
    let whole = |number: Decimal| number.round().to_i64().ok_or_else(|| value.wrong_type());
    Ok((whole(minutes.floor())?, SignedDuration::from_secs(whole(minutes * Decimal::from(60))?)))
}

/// What an engineer is told where something was paid by means that are not known.
pub(super) fn note(exit: &Passage) -> Option<&'static str> {
    let payment = exit.payment.as_ref()?;
    let paid = payment.paid.is_some_and(|paid| paid > Decimal::ZERO);
    (paid && payment.pay_kind.is_none()).then_some("缴费方式未知，按最接近的 1（现金）填写")
}

/// The minutes of an exit: what the lot says, or what its two times say.
fn written_minutes(exit: &Passage) -> Result<i64, CannotSeal> {
    let between = exit.entered_at.map(|entered_at| exit.at.duration_since(entered_at).as_mins());
    // Of two clocks that differ a short stay comes out below nothing.
    let minutes = needed(USE_TIME, exit.minutes.or(between))?.max(0);
    if (0..=USE_TIME_MAX_MIN).contains(&minutes) {
        Ok(minutes)
    } else {
        Err(unfit(
            USE_TIME,
            format!("应为 0 至 {USE_TIME_MAX_MIN}，收到 {minutes} it lies outside 0 to {USE_TIME_MAX_MIN}"),
        ))
    }
}

fn depart_time(item: &Object<'_>) -> Result<Timestamp, Fault> {
    field::moment(&item.required(DEPART_TIME, DEPART_TIME_EXPECTED)?)
}

/// The passage's identity, as far as it can be read.
pub(super) fn record_id(item: &Object<'_>) -> Option<RecordId> {
    let (plate, at) = (car::plate_number(item).ok()?, depart_time(item).ok()?);
    Some(car::record_id(Direction::Exit, plate.as_deref(), at))
}
