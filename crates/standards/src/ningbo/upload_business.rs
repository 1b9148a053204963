//! 5.3 车辆到达离开业务: `POST parkpot/uploadBusiness`, when a car has come or gone. Both carry the same businessid.

use super::credential::LotKeys;
use super::fields::{self, BusinessType};
use super::vehicle::{Looks, Vehtype};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::plate_kind::kind_of;
use crate::shared::{Object, TEXT_MAX, WallClock, writing};
use bowei_model::{Direction, LotCode, Passage, Plate, RecordId};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

const LEAVETIME: &str = "离开时间，格式 yyyy-MM-dd HH:mm:ss（北京时间），业务类型为离开时必填";

/// 5.3 表, in its order.
#[derive(Serialize)]
pub(super) struct UploadBusiness<'a> {
    /// 5.3 表 序号 1 portname, String, 必填: 调用接口的帐号
    portname: &'a str,
    /// 5.3 表 序号 2 portpwd, String, 必填: 调用接口的密码(MD5加密)
    portpwd: &'a str,
    /// 5.3 表 序号 3 parkpotid, String, 必填: 停车场编号
    parkpotid: &'a str,
    #[serde(flatten)]
    business: Business<'a>,
}

/// The fields that are about the car.
#[derive(Serialize)]
pub(super) struct Business<'a> {
    /// 5.3 表 序号 4 businessid, String, 必填: 停车场业务编号，一次车辆到达离开的业务ID
    businessid: Cow<'a, str>,
    /// 5.3 表 序号 5 businesstype, String, 必填: 业务类型(1:到达 2:离开)
    businesstype: BusinessType,
    /// 5.3 表 序号 6 vehnum, String, 否: 车牌号，无牌车可填空
    vehnum: Cow<'a, str>,
    /// 5.3 表 序号 7 vehtype, String, 必填: 车辆类型
    vehtype: Vehtype,
    /// 5.3 表 序号 8 parktime, String, 必填: 到达时间; `None` for a date that nobody has set, of
    /// a departure
    #[serde(serialize_with = "or_empty")]
    parktime: Option<WallClock>,
    /// 5.3 表 序号 9 leavetime, String, 否: 离开时间，当业务类型为到达时，此项为空
    #[serde(serialize_with = "or_empty")]
    leavetime: Option<WallClock>,
    /// 5.3 表 序号 10 freeparklotcount, Integer, 必填: 停车场空车位数
    freeparklotcount: i64,
    #[serde(flatten)]
    looks: Looks<'a>,
    /// When the car came, or went.
    #[serde(skip)]
    at: Timestamp,
}

impl<'a> Business<'a> {
    pub(super) fn read(object: &Object<'a>) -> Result<Self, Fault> {
        let businessid = fields::business_id(object)?;
        let businesstype = BusinessType::read(object)?;
        let vehnum = object.optional("vehnum", "车牌号，字符串，不超过 255 个字符，无牌车可填空");
        let vehnum = vehnum.map(|value| value.text(TEXT_MAX)).transpose()?.unwrap_or_default();
        let vehtype = Vehtype::read(object)?;
        let parktime = object.required("parktime", "到达时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）")?;
        let leavetime = object.optional("leavetime", LEAVETIME);
        let (parktime, leavetime, at) = match businesstype {
            // 此项为空 on an arrival: whatever stands there says nothing about a car that is still inside. It is asked for
            // all the same, so that it does not count as a field the text does not name.
            BusinessType::Arrival => {
                let parktime = parktime.wall_clock()?;
                (Some(parktime), None, parktime.at())
            }
            BusinessType::Departure => {
                // The arrival has said it before: a date that nobody has set says nothing.
                let parktime = parktime.clock_if_set()?;
                let missing =
                    || Fault::Missing { field: "leavetime".to_owned(), expected: LEAVETIME.to_owned() };
                let leavetime = leavetime.ok_or_else(missing)?.wall_clock()?;
                (parktime, Some(leavetime), leavetime.at())
            }
        };
        let vacant = object.required("freeparklotcount", "停车场空车位数，整数")?.integer()?;
        let looks = Looks::read(object)?;
        Ok(Self {
            businessid,
            businesstype,
            vehnum,
            vehtype,
            parktime,
            leavetime,
            freeparklotcount: vacant,
            looks,
            at,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> Passage {
        let (direction, entered_at) = match self.businesstype {
            BusinessType::Arrival => (Direction::Entry, None),
            BusinessType::Departure => (Direction::Exit, self.parktime.map(WallClock::at)),
        };
        Passage {
            plate: Plate::read(&self.vehnum),
            plate_kind: self.vehtype.plate_kind(),
            vehicle: self.looks.into_vehicle(),
            entered_at,
            vacant: Some(self.freeparklotcount),
            ..Passage::new(lot, RecordId::from(self.businessid.as_ref()), direction, self.at)
        }
    }
}

impl<'a> UploadBusiness<'a> {
    pub(super) fn write(passage: &'a Passage, own: &'a LotKeys, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let parkpotid = fields::lot_id_text(lot_id)?;
        let vehnum = match &passage.plate {
            Some(plate) => writing::text("vehnum", plate.as_str(), TEXT_MAX)?,
            None => Cow::Borrowed(""),
        };
        let (parktime, leavetime) = match passage.direction {
            Direction::Entry => (passage.at, None),
            Direction::Exit => (writing::needed("parktime", passage.entered_at)?, Some(passage.at)),
        };
        let business = Business {
            businessid: fields::business_id_text(&passage.record_id)?,
            businesstype: BusinessType::of(passage.direction),
            vehnum,
            vehtype: Vehtype::of(kind_of(passage)),
            parktime: Some(writing::clock("parktime", parktime)?),
            leavetime: leavetime.map(|at| writing::clock("leavetime", at)).transpose()?,
            freeparklotcount: writing::needed("freeparklotcount", passage.vacant)?,
            looks: Looks::write(passage.vehicle.as_ref())?,
            at: passage.at,
        };
        Ok(Self { portname: &own.portname, portpwd: &own.portpwd, parkpotid, business })
    }
}

fn or_empty<S: Serializer>(clock: &Option<WallClock>, serializer: S) -> Result<S::Ok, S::Error> {
    match clock {
        Some(clock) => clock.serialize(serializer),
        None => serializer.serialize_str(""),
    }
}
