//! 7 实时上报出场车辆信息: `POST /park/departure`, when a car has gone, with what its stay cost.

use super::car::{self, CarType};
use super::fee::{self, Fee, PayType};
use super::field::{self, needed, unfit};
use super::picture::{self, PassagePicture};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::Object;
use bowei_model::{Direction, LotCode, Passage, PayKind, Payment, Plate, RecordId};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
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
const USE_TIME_EXPECTED: &str = "停车时长，单位分钟，0 至 5256000 的整数";

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
    car_type: CarType,
    /// 7 表 car_logo, String, Y: 车标
    car_logo: Cow<'a, str>,
    /// 7 表 depart_pic, String, Y: 离场车辆照片 Base64 编码，大小不超过 512KB
    depart_pic: PassagePicture,
    /// 7 表 use_time, Integer, Y: 停车时长，单位分钟
    use_time: i64,
    /// 7 表 payable_fee, Double, Y: 应收停车费，单位元
    payable_fee: Fee,
    /// 7 表 paid_fee, Double, Y: 实收停车费，单位元
    paid_fee: Fee,
    /// 7 表 pay_time, Number, Y: 缴费时间时间戳，精确到秒; 0 where nobody paid
    pay_time: i64,
    /// 7 表 pay_type, String, Y: 缴费类型 1–7
    pay_type: PayType,
    #[serde(skip)]
    at: Timestamp,
    #[serde(skip)]
    paid_at: Option<Timestamp>,
}

impl<'a> Departure<'a> {
    pub(super) fn read(item: &Object<'a>) -> Result<Self, Fault> {
        let park_code = field::park_code(item)?;
        let plate_number = car::plate_number(item)?;
        let at = depart_time(item)?;
        let car_type = car::car_type(item)?;
        let car_logo = car::car_logo(item)?;
        let depart_pic = PassagePicture::read(&item.required(DEPART_PIC, picture::EXPECTED)?)?;
        let use_time = item.required(USE_TIME, USE_TIME_EXPECTED)?.integer_in(0..=USE_TIME_MAX_MIN)?;
        let payable_fee = Fee::read(&item.required(PAYABLE, FEE_EXPECTED)?)?;
        let paid_fee = Fee::read(&item.required(PAID, FEE_EXPECTED)?)?;
        let paid_at = field::seconds(&item.required(PAY_TIME, PAY_TIME_EXPECTED)?)?;
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
            pay_type: PayType::read(&item.required(PAY_TYPE, fee::TYPE_EXPECTED)?)?,
            at,
            paid_at,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> (Passage, PassagePicture) {
        let plate = self.plate_number.as_deref();
        let record_id = car::record_id(Direction::Exit, plate, self.at);
        let passage = Passage {
            unnumbered: true,
            plate: plate.and_then(Plate::read),
            plate_kind: self.car_type.plate_kind(),
            vehicle: car::vehicle(&self.car_logo),
            entered_at: self.at.checked_sub(SignedDuration::from_mins(self.use_time)).ok(),
            minutes: Some(self.use_time),
            payment: Some(Payment {
                payable: Some(self.payable_fee.0),
                paid: Some(self.paid_fee.0),
                paid_at: self.paid_at,
                pay_kind: Some(self.pay_type.0),
            }),
            ..Passage::new(lot, record_id, Direction::Exit, self.at)
        };
        (passage, self.depart_pic)
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
            car_type: car::written_type(exit),
            car_logo: car::written_logo(exit)?,
            depart_pic: PassagePicture::write(DEPART_PIC, picture)?,
            use_time: written_minutes(exit)?,
            payable_fee: Fee::written(PAYABLE, payment.payable.or(payment.paid))?,
            paid_fee: Fee::written(PAID, payment.paid)?,
            pay_time: payment.paid_at.map_or(Ok(0), |at| field::written_seconds(PAY_TIME, at))?,
            // How nothing was paid nobody can say, nor by means that are not known: the text wants a code all the same.
            pay_type: PayType(payment.pay_kind.unwrap_or(UNKNOWN_MEANS)),
            at: exit.at,
            paid_at: payment.paid_at,
        })
    }
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
        Err(unfit(USE_TIME, format!("{minutes} lies outside 0 to {USE_TIME_MAX_MIN}")))
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
