//! 4.5 出入口数据: `POST /dataReceive/v1/entranceExitInfo`, a lot's gates.

use super::codes::{Coded, Read};
use super::fields::{self, Degrees};
use crate::lot_side::CannotSeal;
use crate::shared::Object;
use bowei_model::{Gate, GateKind, GateStatus, LotCode};
use serde::Serialize;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// 表 9 序号 2: String 20.
const NAME_MAX: usize = 20;
/// 表 9 序号 3: String 6-32.
const CODE_CHARS: RangeInclusive<usize> = 6..=32;
/// 表 9 序号 8: String 10.
const ROAD_MAX: usize = 10;

const CODE: &str = "entranceExitCode";

/// 表 9, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntranceExitInfo<'a> {
    /// 表 9 序号 1, Uuid 32, 必填: 停车场（库）编码
    park_code: Cow<'a, str>,
    /// 表 9 序号 2, String 20, 必填: 出入口通道名称
    name: Cow<'a, str>,
    /// 表 9 序号 3, String 6-32, 必填: 出入口通道编码，当前停车场唯一
    entrance_exit_code: Cow<'a, str>,
    /// 表 9 序号 4, Int, 必填: 1 入口, 2 出口, 3 出入口
    r#type: i64,
    /// 表 9 序号 5, Double, 必填: 经度
    longitude: f64,
    /// 表 9 序号 6, Double, 必填: 纬度
    latitude: f64,
    /// 表 9 序号 7, Int, 必填: 1 正常, 2 拆除, 3 临时封闭
    status: i64,
    /// 表 9 序号 8, String 10, 否: 连接道路名称
    #[serde(skip_serializing_if = "Option::is_none")]
    road_name: Option<Cow<'a, str>>,
}

impl<'a> EntranceExitInfo<'a> {
    pub(super) fn read(object: &Object<'a>) -> Read<Self> {
        let park_code = fields::park_code(object)?;
        let name = fields::text(object, "name", "出入口通道名称，不超过 20 个字符", NAME_MAX)?;
        let code = object.required(CODE, "出入口通道编码，6 至 32 个字符")?;
        let entrance_exit_code = code.text(*CODE_CHARS.end())?;
        let chars = entrance_exit_code.chars().count();
        if !CODE_CHARS.contains(&chars) {
            return Err(code.outside_list(&format!("{chars} 个字符")).into());
        }
        let kind = object.required("type", "出入口类型，整数 1 至 3（1=入口, 2=出口, 3=出入口）")?;
        let kind = kind.integer_in(1..=3)?;
        let Degrees { longitude, latitude } = Degrees::read(object)?;
        let status = object.required("status", "状态，整数 1 至 3（1=正常, 2=拆除, 3=临时封闭）")?;
        Ok(Self {
            park_code,
            name,
            entrance_exit_code,
            r#type: kind,
            longitude,
            latitude,
            status: status.integer_in(1..=3)?,
            road_name: fields::optional_text(object, "roadName", "连接道路名称，不超过 10 个字符", ROAD_MAX)?,
        })
    }

    pub(super) fn into_gate(self, lot: LotCode) -> Read<Gate> {
        let position = Degrees { longitude: self.longitude, latitude: self.latitude }.position();
        Ok(Gate {
            lot,
            code: self.entrance_exit_code.into_owned(),
            name: self.name.into_owned(),
            kind: match self.r#type {
                1 => GateKind::Entry,
                2 => GateKind::Exit,
                _ => GateKind::Both,
            },
            position: position.ok_or_else(|| Coded::from(no_place()))?,
            status: match self.status {
                1 => GateStatus::Open,
                2 => GateStatus::Removed,
                _ => GateStatus::Closed,
            },
            road: self.road_name.map(Cow::into_owned),
        })
    }

    pub(super) fn write(gate: &'a Gate, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let code = fields::written(CODE, &gate.code, *CODE_CHARS.end())?;
        if !CODE_CHARS.contains(&code.chars().count()) {
            return Err(fields::unfit(CODE, "应为 6 至 32 个字符 6 to 32 characters are expected"));
        }
        let Degrees { longitude, latitude } = Degrees::write(gate.position);
        Ok(Self {
            park_code: fields::park_code_written(lot_id)?,
            name: fields::written("name", &gate.name, NAME_MAX)?,
            entrance_exit_code: code,
            r#type: match gate.kind {
                GateKind::Entry => 1,
                GateKind::Exit => 2,
                GateKind::Both => 3,
            },
            longitude,
            latitude,
            status: match gate.status {
                GateStatus::Open => 1,
                GateStatus::Removed => 2,
                GateStatus::Closed => 3,
            },
            road_name: fields::optional_written("roadName", gate.road.as_deref(), ROAD_MAX)?,
        })
    }
}

/// 表 10 id: the same for the same gate ever after.
pub(super) fn gate_id(gate: &Gate) -> String {
    fields::digest32(&[gate.lot.as_str(), &gate.code])
}

/// Degrees that were checked one by one and are no place all the same.
fn no_place() -> crate::Fault {
    crate::Fault::OutsideList {
        field: "longitude".to_owned(),
        expected: "可用的经纬度（GCJ-02）".to_owned(),
        received: "无法换算".to_owned(),
    }
}
