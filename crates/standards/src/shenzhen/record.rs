//! What 表 11 and 表 13 have in common: one parking, seen coming in and going out under the same id.

use super::annexes::a_codes::Code;
use super::annexes::{
    c_plate_kind, d_car_color, d_car_color::CarColor, e_plate_color, e_plate_color::PlateColor,
};
use super::codes::Read;
use super::fields;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, TEXT_MAX};
use bowei_model::{Direction, LotCode, Passage, PhotoRole, Plate, PlateKind, RecordId, Vehicle};
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;

pub(super) const ID: &str = "id";
/// 表 11 序号 11, 表 13 序号 11: String 32.
const BOOK_CODE_MAX: usize = 32;

/// id, Uuid 32, 必填.
pub(super) fn id<'a>(object: &Object<'a>) -> Read<Cow<'a, str>> {
    let expected = "停车记录 ID，1 至 32 个字符，限数字、字母、_ 与 -";
    fields::uuid(&object.required(ID, expected)?, Code::Name)
}

/// The fields that end both tables.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Looks<'a> {
    /// 表 11、表 13 序号 8, Int, 否: 车型，见附录 C
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "c_plate_kind::write")]
    pub(super) car_model: Option<PlateKind>,
    /// 表 11、表 13 序号 9, Int, 否: 车辆颜色，见附录 D
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) car_color: Option<CarColor>,
    /// 表 11、表 13 序号 10, Int, 否: 车牌颜色，见附录 E
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plate_color: Option<PlateColor>,
    /// 表 11、表 13 序号 11, String 32, 否: 预约编码，预约车辆必填
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) book_code: Option<Cow<'a, str>>,
}

impl<'a> Looks<'a> {
    pub(super) fn read(object: &Object<'a>) -> Read<Self> {
        let car = Self::of_car(object)?;
        let book_code =
            fields::optional_text(object, "bookCode", "预约编码，不超过 32 个字符", BOOK_CODE_MAX)?;
        Ok(Self { book_code, ..car })
    }

    /// The first three, which a reservation has as well.
    pub(super) fn of_car(object: &Object<'_>) -> Read<Self> {
        let car_model = object.optional("carModel", c_plate_kind::EXPECTED);
        let car_color = object.optional("carColor", d_car_color::EXPECTED);
        let plate_color = object.optional("plateColor", e_plate_color::EXPECTED);
        Ok(Self {
            car_model: car_model.map(|value| c_plate_kind::read(&value)).transpose()?.flatten(),
            car_color: car_color.map(|value| CarColor::read(&value)).transpose()?.flatten(),
            plate_color: plate_color.map(|value| PlateColor::read(&value)).transpose()?.flatten(),
            book_code: None,
        })
    }

    pub(super) fn vehicle(&self) -> Option<Vehicle> {
        let color = self.car_color.and_then(CarColor::name);
        let plate_color = self.plate_color.and_then(PlateColor::name);
        Vehicle { color, plate_color, ..Vehicle::default() }.or_none()
    }

    pub(super) fn write(
        kind: Option<PlateKind>,
        vehicle: Option<&'a Vehicle>,
        reservation_code: Option<&'a str>,
    ) -> Result<Self, CannotSeal> {
        Ok(Self {
            car_model: kind,
            car_color: vehicle.and_then(|vehicle| vehicle.color.as_deref()).map(CarColor::of),
            plate_color: vehicle.and_then(|vehicle| vehicle.plate_color.as_deref()).and_then(PlateColor::of),
            book_code: fields::optional_written("bookCode", reservation_code, BOOK_CODE_MAX)?,
        })
    }
}

/// A gate as a record names it.
#[derive(Debug)]
pub(super) struct GateNamed<'a> {
    pub(super) code: Cow<'a, str>,
    pub(super) name: Option<Cow<'a, str>>,
}

impl<'a> GateNamed<'a> {
    pub(super) fn read(object: &Object<'a>, [code, name]: [&'static str; 2]) -> Read<Self> {
        Ok(Self {
            code: fields::text(object, code, "出入口通道编码，字符串，不超过 255 个字符", TEXT_MAX)?,
            name: fields::optional_text(object, name, "出入口通道名称，字符串，不超过 255 个字符", TEXT_MAX)?,
        })
    }

    /// The code is required: of a gate with a name alone, the name is written in its place as well.
    pub(super) fn write(passage: &'a Passage, [code, name]: [&'static str; 2]) -> Result<Self, CannotSeal> {
        let reported = [passage.gate_code.as_deref(), passage.gate.as_deref()];
        let known = reported.into_iter().flatten().find(|text| !text.trim().is_empty());
        Ok(Self {
            code: fields::written(code, fields::needed(code, known)?, TEXT_MAX)?,
            name: fields::optional_written(name, passage.gate.as_deref(), TEXT_MAX)?,
        })
    }
}

/// What a record says of a passage, whichever way it goes.
pub(super) struct Record<'r, 'a> {
    pub(super) id: &'r str,
    pub(super) direction: Direction,
    pub(super) at: Timestamp,
    pub(super) plate: &'r str,
    pub(super) photo_id: &'r str,
    pub(super) gate: &'r GateNamed<'a>,
    pub(super) looks: &'r Looks<'a>,
}

impl Record<'_, '_> {
    pub(super) fn passage(&self, lot: LotCode) -> Passage {
        Passage {
            plate: Plate::read(self.plate),
            plate_kind: self.looks.car_model,
            vehicle: self.looks.vehicle(),
            gate_code: Some(self.gate.code.clone().into_owned()),
            gate: self.gate.name.clone().map(Cow::into_owned),
            reservation_code: self.looks.book_code.clone().map(Cow::into_owned),
            photo_id: Some(self.photo_id.to_owned()),
            ..Passage::new(lot, RecordId::from(self.id), self.direction, self.at)
        }
    }
}

/// The picture's id to write: what the passage names, or the one that its photo is sent under.
pub(super) fn photo_id(passage: &Passage) -> Cow<'_, str> {
    let role = PhotoRole::from(passage.direction);
    match passage.photo_id.as_deref() {
        Some(id) if !id.trim().is_empty() => Cow::Borrowed(id),
        _ => Cow::Owned(photo_id_of(&passage.record_id, role, None)),
    }
}

/// The id under which a record's photo is sent, derived so that record and photo meet whichever is sent first. The
/// first of several is the one that the record names, each other has an id of its own.
pub fn photo_id_of(record_id: &RecordId, role: PhotoRole, slot: Option<u32>) -> String {
    match slot {
        None | Some(1) => fields::digest32(&[record_id.as_str(), role.name()]),
        Some(slot) => fields::digest32(&[record_id.as_str(), role.name(), &slot.to_string()]),
    }
}
