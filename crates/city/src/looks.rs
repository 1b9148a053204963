//! What a car looks like and how its driver pays: of the same number always the same, so that entry and exit agree
//! with each other and with their pictures.

use crate::picture::paint_of;
use crate::plan::Fee;
use crate::rng::{Purpose, share_of};
use bowei_model::{PayKind, Payment, PlateKind, Vehicle};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

/// Makes of cars with an engine, and of those without.
const MAKES: [[&str; 8]; 2] = [
    ["大众", "丰田", "本田", "别克", "吉利", "奥迪", "宝马", "奇瑞"],
    ["比亚迪", "特斯拉", "吉利", "蔚来", "理想", "小鹏", "五菱", "零跑"],
];

/// The number that a car's looks come from.
pub(crate) fn look(car: u64) -> u64 {
    car.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What a camera says of a car.
pub(crate) fn vehicle(look: u64, kind: PlateKind) -> Vehicle {
    let electric = matches!(kind, PlateKind::SMALL_NEW_ENERGY | PlateKind::LARGE_NEW_ENERGY);
    let plate_color = match kind {
        PlateKind::NONE => None,
        PlateKind::SMALL => Some("蓝"),
        PlateKind::LARGE => Some("黄"),
        PlateKind::SMALL_NEW_ENERGY => Some("渐变绿"),
        _ => Some("黄绿双拼"),
    };
    let [engines, batteries] = MAKES;
    let makes = if electric { batteries } else { engines };
    let make = usize::try_from(look >> 41).unwrap_or(0) % makes.len();
    Vehicle {
        color: Some(paint_of(look).to_owned()),
        plate_color: plate_color.map(str::to_owned),
        brand: makes.get(make).map(|make| (*make).to_owned()),
        sub_brand: None,
    }
}

/// How drivers pay, and how often.
const PAY_KINDS: [(f64, PayKind); 5] = [
    (0.52, PayKind::Wechat),
    (0.86, PayKind::Alipay),
    (0.94, PayKind::Etc),
    (0.98, PayKind::Cash),
    (1.0, PayKind::StoredValue),
];
/// Between paying at the barrier and its opening.
const PAID_BEFORE: SignedDuration = SignedDuration::from_secs(15);

/// What a stay cost and how it was paid for, just before the car left.
pub(crate) fn payment(fee: Fee, minutes: i64, kind: PlateKind, look: u64, left_at: Timestamp) -> Payment {
    let payable = fee.of(minutes, kind);
    if payable.is_zero() {
        return Payment { payable: Some(payable), paid: Some(Decimal::new(0, 2)), ..Payment::default() };
    }
    let share = share_of(look, Purpose::Payment, 0);
    let pay_kind = PAY_KINDS.iter().find(|(up_to, _)| share < *up_to).map(|(_, kind)| *kind);
    Payment {
        payable: Some(payable),
        paid: Some(payable),
        paid_at: left_at.checked_sub(PAID_BEFORE).ok(),
        pay_kind,
    }
}
