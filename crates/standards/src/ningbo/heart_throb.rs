//! 5.1 心跳检测: `POST parkpot/heartThrob`, answered with the platform's time.

use super::credential::LotKeys;
use super::fields;
use super::time::Systime;
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::platform_side::Delivery;
use crate::shared::Object;
use bowei_model::{Heartbeat, LotCode, Report, SpaceCount};
use jiff::Timestamp;
use serde::Serialize;

/// 5.1 表, in its order.
#[derive(Serialize)]
pub(super) struct HeartThrob<'a> {
    /// 5.1 表 序号 1 portname, String, 必填: 调用接口的帐号
    portname: &'a str,
    /// 5.1 表 序号 2 portpwd, String, 必填: 调用接口的密码(MD5加密)
    portpwd: &'a str,
    /// 5.1 表 序号 3 parkpotid, String, 必填: 停车场编号
    parkpotid: &'a str,
    /// 5.1 表 序号 4 freeparklotcount, Integer, 否: 停车场空车位数
    #[serde(skip_serializing_if = "Option::is_none")]
    freeparklotcount: Option<i64>,
}

impl<'a> HeartThrob<'a> {
    pub(super) fn write(
        own: &'a LotKeys,
        lot_id: &'a str,
        freeparklotcount: Option<i64>,
    ) -> Result<Self, CannotSeal> {
        let parkpotid = fields::lot_id_text(lot_id)?;
        Ok(Self { portname: &own.portname, portpwd: &own.portpwd, parkpotid, freeparklotcount })
    }
}

/// A sign of life of one lot; its count is of now, for the message has no time of its own.
pub(super) fn read(object: &Object<'_>, lot: LotCode, now: Timestamp) -> Result<Delivery, Fault> {
    let vacant = object.optional("freeparklotcount", "停车场空车位数，整数");
    let vacant = vacant.map(|value| value.integer()).transpose()?;
    let count = vacant.map(|vacant| Report::SpaceCount(SpaceCount::new(lot.clone(), now, vacant)));
    let life = Report::Heartbeat(Heartbeat { lot: Some(lot) });
    let reports = [Some(life), count].into_iter().flatten().map(fields::opened).collect();
    Ok(Delivery { reports, receipt: Systime::receipt(now), ..Delivery::default() })
}
