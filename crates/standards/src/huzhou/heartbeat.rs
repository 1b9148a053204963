//! 3.5.1 心跳: `POST /api/heartbeat`, 业务参数 (无), 建议每隔 5 分钟调用一次.
//!
//! It names no lot: every lot of the account shows a sign of life with it.

use crate::platform_side::{Delivery, OpenedReport};
use bowei_model::{Heartbeat, Report};

/// What a heartbeat says when written: an empty object, encrypted like everything else, so that a platform which
/// opens every message before it looks at the path opens this one too.
pub(super) const PLAIN: &str = "{}";

/// A heartbeat received. Fields that it has nevertheless are kept like all that the text does not name.
pub(super) fn delivery(unnamed_fields: Option<String>) -> Delivery {
    let report = Report::Heartbeat(Heartbeat { lot: None });
    let reported = OpenedReport { report, doubts: Vec::new(), unnamed_fields };
    Delivery { reports: vec![reported], ..Delivery::default() }
}
