//! 2.2 充电记录推送: `chargePile/chargingRecord`, when a car has finished charging.

use super::amount::Amount;
use super::place;
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, RECORD_ID_MAX, TEXT_MAX, WallClock, writing};
use bowei_model::{LotCode, Plate};
use serde::Serialize;
use std::borrow::Cow;

pub(super) const PORT_NAME: &str = "portName";
pub(super) const LOT_ID: &str = "parkId";
pub(super) const ORDER_NO: &str = "orderNo";

pub(super) const STATION_ID: &str = "stationId";
pub(super) const STATION_ID_EXPECTED: &str = "电站ID，字符串，不超过 255 个字符";
const AMOUNT_POWER: &str = "充电量（单位：度），不小于 0 的数，小数点后最多 2 位";
const AMOUNT_ELEC: &str = "电费（单位：元），不小于 0 的数，小数点后最多 2 位";
const AMOUNT_SERVICE: &str = "服务费/附加费（单位：元），不小于 0 的数，小数点后最多 2 位";
const AMOUNT_TOTAL: &str = "总费用（单位：元），不小于 0 的数，小数点后最多 2 位";

/// Every field that is read, the text's own spelling of the service fee and the right one.
pub(super) const FIELDS: [&str; 16] = [
    PORT_NAME,
    LOT_ID,
    ORDER_NO,
    "plateNo",
    "startTime",
    "endTime",
    STATION_ID,
    "stationName",
    "deviceId",
    "deviceName",
    "spaceNo",
    "power",
    "elecMoney",
    "seviceMoney",
    "serviceMoney",
    "totalMoney",
];

/// What is written for a car without a plate, since `plateNo` must not be empty; read back as no plate.
const NO_PLATE: &str = "无牌车";

/// 2.2 表, in its order, without the signature.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChargingRecord<'a> {
    /// 2.2 表 序号 1 portName, String, 是: 第三方账号（道闸停车方提供）
    pub(super) port_name: Cow<'a, str>,
    /// 2.2 表 序号 2 parkId, String, 是: 停车场ID（道闸停车方提供）
    pub(super) park_id: Cow<'a, str>,
    /// 2.2 表 序号 3 orderNo, string, 是: 订单号(充电桩订单号)，不允许为空
    pub(super) order_no: Cow<'a, str>,
    /// 2.2 表 序号 4 plateNo, string, 是: 车牌号(全车牌)，不允许为空
    pub(super) plate_no: Cow<'a, str>,
    /// 2.2 表 序号 5 startTime, string, 是: 开始时间，yyyy-MM-dd HH:mm:ss
    pub(super) start_time: WallClock,
    /// 2.2 表 序号 6 endTime, string, 是: 结束时间，yyyy-MM-dd HH:mm:ss
    pub(super) end_time: WallClock,
    /// 2.2 表 序号 7 stationId, string, 是: 电站ID
    pub(super) station_id: Cow<'a, str>,
    /// 2.2 表 序号 8 stationName, string, 是: 电站名称
    pub(super) station_name: Cow<'a, str>,
    /// 2.2 表 序号 9 deviceId, string, 是: 设备ID
    pub(super) device_id: Cow<'a, str>,
    /// 2.2 表 序号 10 deviceName, string, 是: 设备名称
    pub(super) device_name: Cow<'a, str>,
    /// 2.2 表 序号 11 spaceNo, String, 否: 车位号，没有的请传空
    pub(super) space_no: Cow<'a, str>,
    /// 2.2 表 序号 12 power, String, 否: 充电量，单位：度，小数点后2位
    pub(super) power: Amount,
    /// 2.2 表 序号 13 elecMoney, String, 否: 电费，单位：元
    pub(super) elec_money: Amount,
    /// 2.2 表 序号 14 seviceMoney (sic), String, 否: 服务费/附加费，单位：元
    pub(super) sevice_money: Amount,
    /// 2.2 表 序号 15 totalMoney, String, 否: 总费用，单位：元
    pub(super) total_money: Amount,
}

/// parkId.
pub(super) fn park_id<'a>(object: &Object<'a>) -> Result<Cow<'a, str>, Fault> {
    object.required(LOT_ID, "停车场ID，字符串，不超过 255 个字符")?.text(TEXT_MAX)
}

impl<'a> ChargingRecord<'a> {
    pub(super) fn read(object: &Object<'a>) -> Result<Self, Fault> {
        let text = |name, expected| object.required(name, expected)?.text(TEXT_MAX);
        let clock = |name, expected| object.required(name, expected)?.wall_clock();
        Ok(Self {
            port_name: text(PORT_NAME, "第三方账号，字符串，不超过 255 个字符")?,
            park_id: park_id(object)?,
            order_no: object.required(ORDER_NO, "订单号，字符串，不超过 128 个字符")?.text(RECORD_ID_MAX)?,
            plate_no: text("plateNo", "车牌号（全车牌），字符串，不超过 255 个字符")?,
            start_time: clock("startTime", "开始时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）")?,
            end_time: clock("endTime", "结束时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）")?,
            // An operator of one station need not number it.
            station_id: match object.is_blank_text(STATION_ID) {
                true => Cow::Borrowed(""),
                false => text(STATION_ID, STATION_ID_EXPECTED)?,
            },
            station_name: text("stationName", "电站名称，字符串，不超过 255 个字符")?,
            device_id: text("deviceId", "设备ID，字符串，不超过 255 个字符")?,
            device_name: text("deviceName", "设备名称，字符串，不超过 255 个字符")?,
            space_no: object
                .optional("spaceNo", "车位号，字符串，不超过 255 个字符")
                .map(|value| value.text(TEXT_MAX))
                .transpose()?
                .unwrap_or_default(),
            power: Amount::read(object, &["power"], AMOUNT_POWER)?,
            elec_money: Amount::read(object, &["elecMoney"], AMOUNT_ELEC)?,
            // The text's own spelling first.
            sevice_money: Amount::read(object, &["seviceMoney", "serviceMoney"], AMOUNT_SERVICE)?,
            total_money: Amount::read(object, &["totalMoney"], AMOUNT_TOTAL)?,
        })
    }

    pub(super) fn into_record(self, lot: LotCode) -> bowei_model::ChargingRecord {
        bowei_model::ChargingRecord {
            lot,
            order_no: self.order_no.into_owned(),
            plate: Plate::read(&self.plate_no),
            started_at: self.start_time.at(),
            ended_at: self.end_time.at(),
            energy_kwh: self.power.0,
            electricity_fee: self.elec_money.0,
            service_fee: self.sevice_money.0,
            total_fee: self.total_money.0,
            station: place::joined(&self.station_id, &self.station_name),
            device: place::joined(&self.device_id, &self.device_name),
            berth: Some(self.space_no.into_owned()).filter(|space| !space.is_empty()),
        }
    }

    pub(super) fn write(
        record: &'a bowei_model::ChargingRecord,
        port_name: &'a str,
        lot_id: &'a str,
    ) -> Result<Self, CannotSeal> {
        let (station_id, station_name) = place::apart(&record.station);
        let (device_id, device_name) = place::apart(&record.device);
        let own = |field, text: &str| Ok(Cow::Owned(writing::text(field, text, TEXT_MAX)?.into_owned()));
        let space = record.berth.as_deref().unwrap_or_default();
        Ok(Self {
            port_name: Cow::Borrowed(port_name),
            park_id: writing::text(LOT_ID, lot_id, TEXT_MAX)?,
            order_no: writing::text(ORDER_NO, &record.order_no, RECORD_ID_MAX)?,
            plate_no: writing::text(
                "plateNo",
                record.plate.as_ref().map_or(NO_PLATE, Plate::as_str),
                TEXT_MAX,
            )?,
            start_time: writing::clock("startTime", record.started_at)?,
            end_time: writing::clock("endTime", record.ended_at)?,
            station_id: own(STATION_ID, &station_id)?,
            station_name: writing::text("stationName", station_name, TEXT_MAX)?,
            device_id: own("deviceId", &device_id)?,
            device_name: writing::text("deviceName", device_name, TEXT_MAX)?,
            space_no: match space.trim() {
                "" => Cow::Borrowed(""),
                _ => writing::text("spaceNo", space, TEXT_MAX)?,
            },
            power: Amount::write("power", record.energy_kwh)?,
            elec_money: Amount::write("elecMoney", record.electricity_fee)?,
            sevice_money: Amount::write("seviceMoney", record.service_fee)?,
            total_money: Amount::write("totalMoney", record.total_fee)?,
        })
    }
}
