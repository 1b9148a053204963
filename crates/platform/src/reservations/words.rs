//! Why an order took a step, in a word and in sentences.

use bowei_model::reservation::{Declined, Lack, Limit, OrderState, Reason, Step};
use bowei_standards::downlink::DownlinkRefusal;

/// Something said in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// One word: `no-space`, `lot-taken`, …
    pub(crate) word: &'static str,
    pub(crate) zh: String,
    pub(crate) en: String,
}

fn words(word: &'static str, zh: &str, en: &str) -> Words {
    Words { word, zh: zh.to_owned(), en: en.to_owned() }
}

/// A step's reason, as the office reads it.
pub(crate) fn reason(reason: &Reason) -> Words {
    match reason {
        Reason::Placed => {
            words("placed", "有可预约车位，正在联系停车场", "A space is free; the lot is being asked")
        }
        Reason::NoSpace => words("no-space", "没有可预约车位", "No space that can be reserved is free"),
        Reason::QueueFull => words("queue-full", "候补队列已满", "The waitlist is full"),
        Reason::Sent => words("sent", "已向停车场下发预约", "The lot was asked"),
        Reason::LotTaken => words("lot-taken", "停车场已确认预留车位", "The lot keeps a space"),
        Reason::LotRefused { code, why } => lot_refused(*code, why),
        Reason::LotSilent => words(
            "lot-silent",
            "停车场未按时应答，正在重试",
            "The lot has not answered in time and is asked again",
        ),
        Reason::LotNotReachable => words(
            "lot-not-reachable",
            "停车场系统暂时无法连接，正在重试",
            "The lot's system cannot be reached and is tried again",
        ),
        Reason::LotLate => words(
            "lot-late",
            "停车场事后才确认，已通知其释放车位",
            "The lot agreed when it was over, and is told to let the space go",
        ),
        Reason::Driver => words("driver", "车主取消", "Cancelled by the driver"),
        Reason::LateDriver => words(
            "late-driver",
            "车主临近到场时间取消，计临近取消一次",
            "Cancelled by the driver later than is free: it counts",
        ),
        Reason::Lot => words("lot", "停车场取消", "Cancelled by the lot"),
        Reason::Office => words("office", "主管部门取消", "Cancelled by the office"),
        Reason::Promoted => words(
            "promoted",
            "候补到位，正在联系停车场",
            "Its turn on the waitlist has come; the lot is being asked",
        ),
        Reason::NotEligible { why } => limited("not-eligible", "轮到时不符合条件：", "Passed over: ", why),
        Reason::Limited { why } => {
            let (zh, en) = (
                "该车牌暂不能预约（未询问停车场）：",
                "The plate may not reserve now, the lot was not asked: ",
            );
            limited("limited", zh, en, why)
        }
        Reason::SlotTooNear => words(
            "slot-too-near",
            "临近预约时间仍无空位，候补结束",
            "Still no space so short before the time: the waitlist has closed",
        ),
        Reason::WindowOver => words("window-over", "预约时段已过", "Its time is over"),
        Reason::EnteredEarly => words(
            "entered-early",
            "车辆在预约时段之前入场，不算预约入场",
            "The car came before its time: it is none that was reserved for",
        ),
        Reason::Entered => words("entered", "车辆已入场", "The car came in"),
        Reason::EnteredMeanwhile => words(
            "entered-meanwhile",
            "候补期间车辆已自行入场",
            "The car came in while it was on the waitlist",
        ),
        Reason::OtherPlate => words(
            "other-plate",
            "停车场以本预约放行了另一车牌，不予认可",
            "The lot named this order for a car with another plate",
        ),
        Reason::Exited => words("exited", "车辆已出场", "The car has gone"),
        Reason::ExitMissing => words(
            "exit-missing",
            "长期没有出场记录，视为已出场",
            "No exit was reported for longer than any stay",
        ),
        Reason::ChangeWanted => words(
            "change-wanted",
            "车主申请变更，正在联系停车场",
            "The driver asked for a change; the lot is being asked",
        ),
        Reason::Changed => words("changed", "变更已生效", "The change is made"),
        Reason::ChangeRefused => words(
            "change-refused",
            "停车场不接受变更，预约保持不变",
            "The lot does not take the change: it is as it was",
        ),
    }
}

/// Why an order took a step, as whoever has its link is told. Of one that ends after its lot was asked, or seemed to be, that it
/// was not taken, and no more: who orders for a plate learns neither what it has behind it nor what the lot has against it.
pub(crate) fn shown(step: &Step) -> Words {
    let is_asked = step.from.is_some() && step.to == OrderState::Refused;
    match &step.reason {
        Reason::Limited { .. } | Reason::NotEligible { .. } => not_taken(),
        _ if is_asked => not_taken(),
        other => reason(other),
    }
}

fn not_taken() -> Words {
    words(
        "not-taken",
        "未能预约：没有车位，或停车场、预约规则不允许",
        "Not taken: there is no space, or the lot or the rules do not allow it",
    )
}

/// A lot's refusal, in the words of the text that its code is of (Shenzhen's annex A), with the lot's own where it has others.
fn lot_refused(code: i64, why: &str) -> Words {
    let (zh, en) = match refusal(code) {
        Some(DownlinkRefusal::NoSpace) => ("没有可预约车位", "no space that can be reserved is free"),
        Some(DownlinkRefusal::BookingExists) => {
            ("预约编码已存在", "it has a reservation of that code already")
        }
        Some(DownlinkRefusal::NoSuchBooking) => ("预约订单不存在", "it has no such reservation"),
        Some(DownlinkRefusal::Expired) => ("预约已过期", "the reservation has run out there"),
        Some(DownlinkRefusal::Cancelled) => ("预约已取消", "the reservation has been cancelled there"),
        Some(DownlinkRefusal::WrongTime) => ("预约时间有误", "the time cannot be right"),
        Some(DownlinkRefusal::Blacklisted) => ("黑名单", "the car is not let in there"),
        Some(DownlinkRefusal::Message(_)) | None => (why, why),
    };
    let own = if why.is_empty() || why == zh { String::new() } else { format!("；停车场说明：{why}") };
    Words {
        word: "lot-refused",
        zh: format!("停车场不接受：{zh}（{code}）{own}"),
        en: format!("The lot refuses: {en} ({code})"),
    }
}

/// What a lot's code says of a reservation, in whichever text has it: gateways that ask answer in the same codes.
fn refusal(code: i64) -> Option<DownlinkRefusal> {
    let code = code.to_string();
    bowei_standards::all().iter().find_map(|standard| standard.downlink()?.refusal(&code))
}

fn limited(word: &'static str, zh: &str, en: &str, why: &Limit) -> Words {
    let (why_zh, why_en) = match why {
        Limit::PerDay => ("当日预约次数已满", "it has had its orders of the day"),
        Limit::LateCancelsOfDay => ("当日临近取消次数已满", "cancelled late too often today"),
        Limit::LateCancelsOfMonth => ("当月临近取消次数已满", "cancelled late too often this month"),
        Limit::Suspended { .. } => ("因多次未到场暂停预约", "suspended for not having come"),
        Limit::Waits => ("已在别处候补", "it waits elsewhere"),
        Limit::SameTime => ("同一时段已有预约", "it has another order at that time"),
        Limit::LettingGo => ("停车场尚未释放此前预约的车位", "the lot still has it from an earlier answer"),
    };
    Words { word, zh: format!("{zh}{why_zh}"), en: format!("{en}{why_en}") }
}

/// What a no-show lacks to be proven.
pub(crate) fn lack(lack: Lack) -> Words {
    match lack {
        Lack::LotAway => {
            words("lot-away", "停车场在该时段未全程在线", "The lot was not heard all through the window")
        }
        Lack::PlatformAway => {
            words("platform-away", "平台在该时段曾中断", "The platform was away in the window")
        }
        Lack::NotSettled => {
            words("not-settled", "停车场尚未完成当日补报", "The lot has not yet settled the day's records")
        }
        Lack::RecordsLacking => {
            words("records-lacking", "停车场当日记录尚有缺失", "Records of the day have not come")
        }
        Lack::PlateUnread => {
            words("plate-unread", "该时段有未识别车牌的车辆入场", "A car came whose plate was not read")
        }
        Lack::PlateAlike => words(
            "plate-alike",
            "该时段有车牌近似的车辆入场",
            "A car came whose plate may be this one, misread",
        ),
        Lack::CarSeen => words("car-seen", "该车已到场", "The car was there"),
    }
}

/// Why something was not done, for whoever has the private link.
pub(crate) fn declined(why: &Declined) -> &'static str {
    match why {
        Declined::NoSuchOrder | Declined::State => {
            "该预约当前状态不允许此操作 this cannot be done with the reservation as it is now"
        }
        Declined::CodeTaken => "请重试 try again",
        Declined::Outdated { .. } => {
            "预约已有变化，请刷新后重试 the reservation has changed meanwhile: look again, and do it anew"
        }
        Declined::Asking => {
            "正在等待停车场应答，请稍后再试 the lot is being asked: try again when it has answered"
        }
        Declined::Past => "预约入场时间已过 the time to come at lies in the past",
        Declined::TooNear => "该时段的候补已结束 the waitlist for that time is closed already",
        Declined::TooFarAhead { .. } => "预约入场时间超出可预约范围 the time to come at lies too far ahead",
        Declined::NoSpace => "没有可预约车位 no space that can be reserved is free then",
        Declined::BookFull => {
            "该停车场预约过多，请稍后再试 the lot has too many reservations: try again later"
        }
    }
}
