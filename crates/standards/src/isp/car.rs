//! 6, 7 表: the car itself, as both tables describe it: plate_number, car_type, car_logo.

use super::field::{self, written};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::plate_kind::{is_large, kind_of};
use crate::shared::{Object, Present, TEXT_MAX, value};
use bowei_model::plate::PlateShape;
use bowei_model::{Direction, Doubt, Passage, Plate, PlateKind, RecordId, Vehicle, pairing};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

const PLATE: &str = "plate_number";
const PLATE_EXPECTED: &str = "车牌号，字符串，不超过 255 个字符（无号牌车的 car_type 为 5，或写“无牌车”）";
const TYPE: &str = "car_type";
const TYPE_EXPECTED: &str =
    "车辆类型，代码或名称（1-大型车，2-小型车，3-警用车，4-临时车，5-无号牌车，6-新能源汽车）";
const LOGO: &str = "car_logo";

/// What is written for a car without a plate, since plate_number is required; read back as no plate.
const NO_PLATE: &str = "无牌车";
/// What is written for a car whose make nobody knows, since car_logo is required; read back as no make.
const NO_LOGO: &str = "未知";

/// The dictionary's 23 警用 and 22 临时 have no names of their own in the model.
const POLICE: u8 = 23;
const TEMPORARY: u8 = 22;

/// 6, 7 表 car_type: 1-大型车，2-小型车，3-警用车，4-临时车，5-无号牌车，6-新能源汽车.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CarType {
    Large = 1,
    Small = 2,
    Police = 3,
    Temporary = 4,
    Unlicensed = 5,
    NewEnergy = 6,
}

impl CarType {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Large, "大型车"),
        (Self::Small, "小型车"),
        (Self::Police, "警用车"),
        (Self::Temporary, "临时车"),
        (Self::Unlicensed, "无号牌车"),
        (Self::NewEnergy, "新能源汽车"),
    ];

    /// What lots call some of them.
    const ALSO: [(Self, &'static str); 6] = [
        (Self::Large, "大车"),
        (Self::Small, "小车"),
        (Self::Police, "警车"),
        (Self::Unlicensed, "无牌车"),
        (Self::NewEnergy, "新能源车"),
        (Self::NewEnergy, "新能源"),
    ];

    /// The code, or the name that the text's own examples give instead; `None` for another, since the list is open.
    fn read(value: &Present<'_>) -> Result<Option<Self>, Fault> {
        let text = value.text(TEXT_MAX)?;
        let code = value::integer(&text);
        let mut all = Self::ALL.iter().chain(&Self::ALSO);
        Ok(all.find(|(kind, name)| code == Some(*kind as i64) || *name == text).map(|(kind, _)| *kind))
    }

    /// The kind of plate. The text has one type for new-energy cars of either size: the plate tells which.
    pub(super) fn plate_kind(self, plate: Option<&Plate>) -> Option<PlateKind> {
        match self {
            Self::Large => Some(PlateKind::LARGE),
            Self::Small => Some(PlateKind::SMALL),
            Self::Police => PlateKind::from_code(POLICE),
            Self::Temporary => PlateKind::from_code(TEMPORARY),
            Self::Unlicensed => Some(PlateKind::NONE),
            Self::NewEnergy => match plate.and_then(Plate::shape) {
                Some(PlateShape::NewEnergyLarge) => Some(PlateKind::LARGE_NEW_ENERGY),
                _ => Some(PlateKind::SMALL_NEW_ENERGY),
            },
        }
    }

    /// The nearest of the six. Kinds that the text has no number for (driving school, embassy) are mostly cars of the
    /// ordinary size.
    fn of(kind: Option<PlateKind>, plate: Option<&Plate>) -> Self {
        match kind {
            Some(kind) if is_large(kind) => Self::Large,
            Some(PlateKind::NONE) => Self::Unlicensed,
            Some(PlateKind::SMALL_NEW_ENERGY | PlateKind::LARGE_NEW_ENERGY) => Self::NewEnergy,
            Some(kind) if kind.code() == POLICE => Self::Police,
            Some(kind) if kind.code() == TEMPORARY => Self::Temporary,
            None if plate.is_none() => Self::Unlicensed,
            _ => Self::Small,
        }
    }
}

impl Serialize for CarType {
    /// The table's type: String.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&(*self as u8))
    }
}

/// 6, 7 表 plate_number: `None` for a car without one, which car_type 5 or the plate's own words say.
pub(super) fn plate_number<'a>(item: &Object<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    match item.optional(PLATE, PLATE_EXPECTED) {
        Some(value) => value.text(TEXT_MAX).map(Some),
        None => match item.optional(TYPE, TYPE_EXPECTED).map(|value| CarType::read(&value)) {
            Some(Ok(Some(CarType::Unlicensed))) => Ok(None),
            _ => item.required(PLATE, PLATE_EXPECTED).map(|_| None),
        },
    }
}

/// 6, 7 表 car_type: `None` for one that the text does not list.
pub(super) fn car_type(item: &Object<'_>, doubts: &mut Vec<Doubt>) -> Result<Option<CarType>, Fault> {
    let value = item.required(TYPE, TYPE_EXPECTED)?;
    let kind = CarType::read(&value)?;
    if kind.is_none() {
        field::keep_unlisted(item, TYPE, TYPE_EXPECTED, &value, doubts);
    }
    Ok(kind)
}

/// 6, 7 表 car_logo: `""` is a make that nobody knows.
pub(super) fn car_logo<'a>(item: &Object<'a>, doubts: &mut Vec<Doubt>) -> Result<Cow<'a, str>, Fault> {
    const EXPECTED: &str = "车标，字符串，不超过 255 个字符，如大众；不知道时写“未知”";
    if field::is_blank(item, LOGO, EXPECTED, doubts) {
        return Ok(Cow::Borrowed(NO_LOGO));
    }
    item.required(LOGO, EXPECTED)?.text(TEXT_MAX)
}

/// The car's make as the model keeps it.
pub(super) fn vehicle(logo: &str) -> Option<Vehicle> {
    let brand = Some(logo.to_owned()).filter(|logo| logo != NO_LOGO);
    Vehicle { brand, ..Vehicle::default() }.or_none()
}

/// The identity of a passage within its lot: plate and time.
pub(super) fn record_id(direction: Direction, plate: Option<&str>, at: Timestamp) -> RecordId {
    pairing::leg_id(direction, plate.and_then(Plate::read).as_ref(), at)
}

/// The plate to write.
pub(super) fn written_plate(passage: &Passage) -> Result<Cow<'_, str>, CannotSeal> {
    written(PLATE, passage.plate.as_ref().map_or(NO_PLATE, Plate::as_str))
}

/// The kind to write.
pub(super) fn written_type(passage: &Passage) -> CarType {
    CarType::of(kind_of(passage), passage.plate.as_ref())
}

/// The make to write.
pub(super) fn written_logo(passage: &Passage) -> Result<Cow<'_, str>, CannotSeal> {
    let brand = passage.vehicle.as_ref().and_then(|vehicle| vehicle.brand.as_deref());
    written(LOGO, brand.filter(|brand| !brand.trim().is_empty()).unwrap_or(NO_LOGO))
}
