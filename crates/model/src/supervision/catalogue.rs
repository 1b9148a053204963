//! The rules (规则): for each kind of finding what it rests on, what mends it, and when a case of it opens.
//!
//! A rule is a kind of finding, and its id the kind's name.

use super::CaseSettings;
use crate::FindingKind;
use serde::{Deserialize, Serialize};

/// How much a rule weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// 提示: worth knowing.
    Notice,
    /// 一般: to be corrected.
    Warning,
    /// 严重: may be one of the three offences of article 17.
    Serious,
}

/// The same in two languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// What is known of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it finds.
    pub kind: FindingKind,
    /// How much it weighs.
    pub severity: Severity,
    /// The articles of the measures (智慧停车云平台管理办法) that it carries out.
    pub article: &'static str,
    /// What it is called.
    pub title: Words,
    /// What it rests on.
    pub evidence: Words,
    /// What mends it.
    pub cure: Words,
    /// When a case opens and grows quiet.
    pub case: CaseSettings,
    /// A lot that is offline explains what it finds.
    pub inhibited_by_offline: bool,
    /// It looks at a day as a whole ([`super::evaluate`]); the others look at a record as it is received.
    pub by_day: bool,
}

impl Rule {
    /// Its id, the kind's name.
    pub fn id(&self) -> &'static str {
        self.kind.name()
    }

    /// The articles that whoever runs a lot has broken where it finds something. The sixteenth and seventeenth say what
    /// the office does, and nobody breaks those: what rests on them alone is data that are not whole, accurate and in time.
    pub fn duties(&self) -> String {
        let broken: Vec<_> = self.article.split('、').filter(|article| DUTIES.contains(article)).collect();
        if broken.is_empty() { WHOLE_ACCURATE_IN_TIME.to_owned() } else { broken.join("、") }
    }
}

/// Articles of the measures that lay a duty on whoever runs a lot.
const DUTIES: [&str; 7] =
    [WHOLE_ACCURATE_IN_TIME, "第五条", "第六条", "第七条", "第八条", "第十条", "第十二条"];

/// 第四条: 完整、及时、准确地向云平台传输停车信息数据.
const WHOLE_ACCURATE_IN_TIME: &str = "第四条";

/// The rule of a kind of finding.
pub fn rule(kind: FindingKind) -> &'static Rule {
    // Both have one of every kind, in the same order: a test holds them against each other.
    #[allow(clippy::indexing_slicing, reason = "a kind is a number below their length")]
    &RULES[kind as usize]
}

const fn words(zh: &'static str, en: &'static str) -> Words {
    Words { zh, en }
}

/// So many findings within so many hours, in so many of them; quiet after so many.
const fn case(hours: u32, of_hours: u32, findings: u32, quiet_hours: u32) -> CaseSettings {
    CaseSettings { hours, of_hours, findings, quiet_hours }
}

/// Every rule, in the order of [`FindingKind::ALL`].
pub static RULES: [Rule; FindingKind::ALL.len()] = [
    Rule {
        kind: FindingKind::OddPlate,
        severity: Severity::Notice,
        article: "第四条、第十六条第（一）项",
        title: words("车牌样式不符", "Odd plate"),
        evidence: words("过车记录的车牌与 GA 36 号牌样式", "the passage's plate against the shapes of GA 36"),
        cure: words(
            "检查识别相机与车牌解析，无牌车按无牌上报",
            "check the cameras and how plates are read; report cars without a plate as such",
        ),
        case: case(2, 24, 5, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::PlateMismatch,
        severity: Severity::Notice,
        article: "第四条、第十六条第（一）项",
        title: words("出入场车牌不一致", "Plates of entry and exit differ"),
        evidence: words("同一记录的入场与出场", "entry and exit of one record"),
        cure: words(
            "检查出入口相机识别，人工纠正后重新上报",
            "check the cameras at the gates; correct by hand and report again",
        ),
        case: case(2, 24, 5, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::ExitBeforeEntry,
        severity: Severity::Warning,
        article: "第四条、第十六条第（一）项",
        title: words("出场早于入场", "Exit before entry"),
        evidence: words("同一记录的入场与出场时间", "the times of entry and exit of one record"),
        cure: words("校准出入口时钟后更正记录", "set the clocks at the gates and correct the record"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::DurationMismatch,
        severity: Severity::Notice,
        article: "第六条、第十六条第（一）项",
        title: words("停车时长矛盾", "Stay contradicts its times"),
        evidence: words("上报时长与出入场时间", "the stay reported against entry and exit"),
        cure: words("按出入场时间计算停车时长", "compute the stay from entry and exit"),
        case: case(1, 24, 3, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::RemainingExceedsTotal,
        severity: Severity::Warning,
        article: "第四条、第十六条第（一）项",
        title: words("空位超出总数", "More free than there are"),
        evidence: words("上报空位与登记泊位数", "free spaces reported against spaces registered"),
        cure: words("校正空位计数或更新泊位数", "correct the count, or the number of spaces"),
        case: case(1, 24, 3, 24),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::TimeInFuture,
        severity: Severity::Warning,
        article: "第四条、第十六条第（一）项",
        title: words("时间晚于当前", "Time in the future"),
        evidence: words("上报时间与平台接收时间", "the time reported against the platform's clock"),
        cure: words("校准时钟，启用自动对时", "set the clock and keep it synchronised"),
        case: case(1, 24, 3, 24),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::LateReport,
        severity: Severity::Warning,
        article: "第四条、第十条",
        title: words("迟报", "Late report"),
        evidence: words("过车时间与平台接收时间", "the passage's time against its reception"),
        cure: words(
            "实时上报；检查网络，及时补报积压的记录",
            "report in real time; check the line and the queue",
        ),
        case: case(1, 24, 10, 24),
        inhibited_by_offline: true,
        by_day: false,
    },
    Rule {
        kind: FindingKind::PhotoTooSmall,
        severity: Severity::Notice,
        article: "第六条、第十六条第（一）项",
        title: words("照片不完整", "Picture too small or cut"),
        evidence: words("图片的字节数", "the picture's bytes"),
        cure: words("按规范大小上传完整图片", "upload whole pictures of the size asked for"),
        case: case(1, 24, 3, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::UnmatchedExit,
        severity: Severity::Warning,
        article: "第十条、第十六条第（一）项",
        title: words("有出场无入场", "Exit without entry"),
        evidence: words("出场记录，无对应入场", "an exit, and no entry of it"),
        cure: words("补报入场记录", "send the entry again"),
        case: case(2, 24, 3, 48),
        inhibited_by_offline: true,
        by_day: false,
    },
    Rule {
        kind: FindingKind::AmendedReport,
        severity: Severity::Notice,
        article: "第十六条第（一）项",
        title: words("记录被更改", "Report amended"),
        evidence: words("同一记录的各版本", "the versions of one record"),
        cure: words(
            "核对后再上报，避免事后更改；确需更正的，说明原因",
            "report rightly at once; correct with a reason",
        ),
        case: case(2, 24, 10, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::ReportedAbnormal,
        severity: Severity::Notice,
        article: "第十六条第（二）项",
        title: words("标记为异常", "Marked as abnormal"),
        evidence: words("停车场对该过车的异常标记", "the lot's own mark"),
        cure: words("查明异常原因并排除", "find out why"),
        case: case(2, 24, 5, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::MissingField,
        severity: Severity::Warning,
        article: "第五条、第六条、第十六条第（一）项",
        title: words("缺少字段", "Field missing"),
        evidence: words("报文字段与规范要求", "the message against the text"),
        cure: words("按规范填写字段", "fill in what the text asks for"),
        case: case(1, 24, 3, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::MalformedMessage,
        severity: Severity::Warning,
        article: "第八条",
        title: words("报文格式不规范", "Malformed message"),
        evidence: words("报文原文", "the message as received"),
        cure: words("按接口规范生成报文", "make messages as the text says"),
        case: case(1, 24, 3, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::UnlistedValue,
        severity: Severity::Notice,
        article: "第八条",
        title: words("代码不在规范范围内", "Value not listed"),
        evidence: words("字段值与规范代码表", "the value against the text's list"),
        cure: words("使用规范代码表中的值", "use the values of the list"),
        case: case(1, 24, 3, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::EntryTimeMismatch,
        severity: Severity::Warning,
        article: "第十六条第（一）项",
        title: words("入场时间矛盾", "Entry times contradict"),
        evidence: words("出场记录的入场时间与入场记录", "the exit's word on the entry against the entry"),
        cure: words("统一出入口时钟与记录", "keep the clocks and records of the gates alike"),
        case: case(1, 24, 3, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::PlateKindMismatch,
        severity: Severity::Notice,
        article: "第六条、第十六条第（一）项",
        title: words("号牌种类不符", "Kind of plate does not fit"),
        evidence: words("号牌种类与车牌样式", "the kind of plate against the plate"),
        cure: words("按车牌确定号牌种类", "tell the kind from the plate"),
        case: case(1, 24, 5, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::WrongLotKind,
        severity: Severity::Warning,
        article: "第八条",
        title: words("接口与停车场类型不符", "Interface of the other kind of lot"),
        evidence: words("所用接口与登记的类型", "the interface against the registered kind"),
        cure: words(
            "路内与路外停车使用各自接口，或更正登记",
            "use the interface for the kind of lot, or correct the registration",
        ),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::DuplicateRecord,
        severity: Severity::Warning,
        article: "第十六条第（一）项",
        title: words("重复记录", "Duplicate record"),
        evidence: words("同车同秒同方向的两个记录编号", "two record ids of one car, way and second"),
        cure: words("同一过车只用一个记录编号", "use one record id for a passage"),
        case: case(1, 24, 3, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::PhotoWithoutRecord,
        severity: Severity::Notice,
        article: "第十六条第（一）项",
        title: words("有照片无过车", "Picture without passage"),
        evidence: words("照片所属记录", "the picture's record"),
        cure: words("补报过车记录", "send the record again"),
        case: case(1, 24, 3, 48),
        inhibited_by_offline: true,
        by_day: false,
    },
    Rule {
        kind: FindingKind::ChargingOverlap,
        severity: Severity::Warning,
        article: "第十六条第（二）项",
        title: words("充电记录重叠", "Charges overlap"),
        evidence: words("同一设备的充电起止时间", "the times of charges at one device"),
        cure: words("核对设备编号与起止时间", "check the device's id and the times"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::ChargingFeeMismatch,
        severity: Severity::Warning,
        article: "第十六条第（二）项",
        title: words("充电费用不符", "Charging fees do not add up"),
        evidence: words("电费、服务费与总费用", "electricity, service and total"),
        cure: words("核对电费、服务费与总费用并更正", "check the fees"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::ChargingEnergyImplausible,
        severity: Severity::Warning,
        article: "第十六条第（二）项",
        title: words("充电量不合理", "Implausible energy"),
        evidence: words("充电量与时长", "energy against time"),
        cure: words("核对电表读数与起止时间", "check the meter and the times"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::TooManyPhotos,
        severity: Severity::Notice,
        article: "第十六条第（一）项",
        title: words("照片过多", "Too many pictures"),
        evidence: words("同一记录的照片数", "the pictures of one record"),
        cure: words("每次过车只上传规定数量的照片", "upload as many pictures as the text allows"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: false,
    },
    Rule {
        kind: FindingKind::DoubleEntry,
        severity: Severity::Warning,
        article: "第十六条第（一）项",
        title: words("重复入场", "A car inside twice"),
        evidence: words("同一车牌两次入场之间无出场", "two entries of a plate and no exit between"),
        cure: words("补报前次停车的出场记录", "send the exit of the stay before"),
        case: case(1, 24, 3, 72),
        inhibited_by_offline: true,
        by_day: true,
    },
    Rule {
        kind: FindingKind::TwoLotsAtOnce,
        severity: Severity::Warning,
        article: "第十六条第（二）项",
        title: words("同一车辆同时在两处停车场", "In two lots at once"),
        evidence: words("同一车牌在两处停车场的停车时间", "the plate's stays at two lots"),
        cure: words("核对车牌识别与出场记录", "check how the plate was read, and the exits"),
        case: case(1, 48, 2, 72),
        inhibited_by_offline: false,
        by_day: true,
    },
    Rule {
        kind: FindingKind::MissingExit,
        severity: Severity::Warning,
        article: "第十条、第十六条第（一）项",
        title: words("有入场无出场", "Entry without exit"),
        evidence: words("入场记录与该停车场最长停车时间", "the entry, and the lot's longest plausible stay"),
        cure: words("补报出场记录", "send the exit again"),
        case: case(1, 48, 3, 72),
        inhibited_by_offline: true,
        by_day: true,
    },
    Rule {
        kind: FindingKind::MissingPhoto,
        severity: Severity::Notice,
        article: "第六条、第十六条第（一）项",
        title: words("过车无照片", "Passage without picture"),
        evidence: words("过车记录与其照片", "the passage and its pictures"),
        cure: words("检查抓拍与图片上传", "check the cameras and the upload"),
        case: case(1, 24, 5, 48),
        inhibited_by_offline: true,
        by_day: true,
    },
    Rule {
        kind: FindingKind::VacancyDrift,
        severity: Severity::Warning,
        article: "第十六条第（一）、（二）项",
        title: words("空位与过车不符", "Free spaces drift"),
        evidence: words(
            "上报空位与按过车推算的空位（序贯检验）",
            "free spaces reported against derived ones (sequential test)",
        ),
        cure: words("盘点场内车辆并校正计数", "count the cars inside and correct the count"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: true,
        by_day: true,
    },
    Rule {
        kind: FindingKind::ListMismatch,
        severity: Severity::Warning,
        article: "第十六条第（一）、（二）项",
        title: words("场内车辆清单不符", "List of cars does not fit"),
        evidence: words("场内车辆清单与过车记录、空位", "the lot's list against its passages and counts"),
        cure: words(
            "核对场内车辆，补报缺失的出入场记录",
            "check the cars inside and send missing passages again",
        ),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: true,
        by_day: true,
    },
    Rule {
        kind: FindingKind::UnbalancedDay,
        severity: Severity::Warning,
        article: "第十六条第（一）项",
        title: words("日进出不平衡", "Unbalanced day"),
        evidence: words(
            "全天出入场与空位变化",
            "the day's entries and exits against the change of free spaces",
        ),
        cure: words("查找并补报缺失的出入场记录", "find missing passages and send them again"),
        case: case(1, 24, 1, 72),
        inhibited_by_offline: true,
        by_day: true,
    },
    Rule {
        kind: FindingKind::FrozenCount,
        severity: Severity::Warning,
        article: "第十六条第（一）、（二）项",
        title: words("空位数长时间不变", "Count stands still"),
        evidence: words("过车期间上报的空位数", "passages, and a count that does not change"),
        cure: words("检查空位计数程序", "check what counts the spaces"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: true,
    },
    Rule {
        kind: FindingKind::CountJump,
        severity: Severity::Notice,
        article: "第十六条第（一）项",
        title: words("空位跳变", "Count jumps"),
        evidence: words("相邻两次上报空位与其间过车", "two counts and the passages between"),
        cure: words("检查空位计数程序；人工校正的，应当说明", "check the count; tell of corrections by hand"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: true,
        by_day: true,
    },
    Rule {
        kind: FindingKind::HeartbeatMissed,
        severity: Severity::Warning,
        article: "第十条、第十二条",
        title: words("心跳中断", "Heartbeats missed"),
        evidence: words("逐分钟的心跳和上报情况", "the minutes in which anything was heard"),
        cure: words("恢复网络与上报程序", "restore the line and the program"),
        case: case(1, 24, 1, 24),
        inhibited_by_offline: false,
        by_day: true,
    },
    Rule {
        kind: FindingKind::Silence,
        severity: Severity::Serious,
        article: "第十条、第十七条第（二）、（三）项",
        title: words("长时间无过车", "Silence"),
        evidence: words("过车与该停车场以往同时段", "passages against the lot's own past"),
        cure: words(
            "检查识别设备、道闸与上报程序，补报记录",
            "check cameras, barriers and the program; send records again",
        ),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: true,
        by_day: true,
    },
    Rule {
        kind: FindingKind::ClockOff,
        severity: Severity::Warning,
        article: "第四条、第十六条第（一）项",
        title: words("时钟偏差", "Clock off"),
        evidence: words("过车时间与接收时间的系统性偏差", "the passages' times against their reception"),
        cure: words("启用自动对时", "keep the clock synchronised"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: true,
    },
    Rule {
        kind: FindingKind::BaseDataIncomplete,
        severity: Severity::Warning,
        article: "第五条、第七条",
        title: words("基础信息不完整", "Base data incomplete"),
        evidence: words("基础信息目录各项", "the items of the base data"),
        cure: words("补全基础信息", "fill in the base data"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: true,
    },
    Rule {
        kind: FindingKind::BaseDataContradictory,
        severity: Severity::Warning,
        article: "第五条、第十六条第（一）项",
        title: words("基础信息矛盾", "Base data contradictory"),
        evidence: words("基础信息之间及与上报数据", "base data against each other and against reports"),
        cure: words("更正基础信息", "correct the base data"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: true,
    },
    Rule {
        kind: FindingKind::BaseDataLate,
        severity: Severity::Warning,
        article: "第十条",
        title: words("基础信息变更未及时上报", "Base data late"),
        evidence: words("变更的发现时间与上报时间", "when a change was seen and when it was reported"),
        cure: words("基础信息变更后及时上报", "report changes of the base data in time"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: true,
    },
    Rule {
        kind: FindingKind::AmendmentShare,
        severity: Severity::Warning,
        article: "第十六条第（一）项、第十七条第（三）项",
        title: words("事后更改过多", "Too many amendments"),
        evidence: words("当日过车中被更改的比例", "the share of the day's passages that were amended"),
        cure: words(
            "核对后再上报，减少事后更改；书面说明批量更改的原因",
            "report rightly at once; explain corrections in bulk",
        ),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: false,
        by_day: true,
    },
    Rule {
        kind: FindingKind::MissingRecord,
        severity: Severity::Warning,
        article: "第四条、第十二条、第十六条第（一）项",
        title: words("记录缺失", "Record missing"),
        evidence: words(
            "停车场申报的当日清单与平台收到的记录",
            "the lot's declaration of the day against what was received",
        ),
        cure: words("补报缺失的记录", "send the missing records again"),
        case: case(1, 24, 1, 48),
        inhibited_by_offline: true,
        by_day: true,
    },
    Rule {
        kind: FindingKind::VanishedRecord,
        severity: Severity::Serious,
        article: "第十七条第（三）项",
        title: words("记录消失", "Record vanished"),
        evidence: words(
            "停车场先后申报的当日清单与平台收到的记录",
            "the lot's declarations of the day against each other and what was received",
        ),
        cure: words("说明记录消失的原因并恢复", "explain why the record is gone, and restore it"),
        case: case(1, 24, 1, 168),
        inhibited_by_offline: false,
        by_day: true,
    },
];
