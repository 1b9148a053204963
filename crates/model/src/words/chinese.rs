//! The words in Chinese.

use super::{after_han, difference, percent};
use crate::finding::{BaseDataItem, Facts, Spaces, TimeOf};
use crate::rules::VERY_LATE_AFTER;
use crate::{Direction, FindingKind, LotKind, moment};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// What is doubted, in Chinese.
pub fn chinese(kind: FindingKind, facts: &Facts) -> String {
    chinese_with(kind, facts, moment::rfc3339)
}

/// What is doubted, in Chinese, with moments as `shown` writes them: a printed paper has no RFC 3339.
pub fn chinese_with(kind: FindingKind, facts: &Facts, shown: impl Fn(Timestamp) -> String) -> String {
    match facts {
        Facts::Sentence { text } if text.is_empty() => format!("存疑：{}", kind.name()),
        Facts::Sentence { text } => text.clone(),
        Facts::OddPlate { plate } => format!("车牌“{plate}”不符合 GA 36 的任何一种号牌样式"),
        Facts::PlateMismatch { entry, exit } => format!("入场车牌“{entry}”与出场车牌“{exit}”不一致"),
        Facts::ExitBeforeEntry { entered_at, exited_at } => {
            format!("出场时间 {} 早于入场时间 {}", shown(*exited_at), shown(*entered_at))
        }
        Facts::EndBeforeStart { start_field, start, end_field, end } => {
            format!("{end_field} {end} 早于 {start_field} {start}")
        }
        Facts::DurationMismatch { received, expected } => {
            format!("上报停车时长 {received} 分钟，按出入场时间应为 {expected} 分钟")
        }
        Facts::RemainingExceedsTotal { spaces, total, received } => {
            let spaces = match spaces {
                Spaces::All => "剩余空位",
                Spaces::Charging => "剩余充电车位",
                Spaces::Reservable => "可预约剩余车位",
                Spaces::Monthly => "月卡剩余车位",
                Spaces::Fixed => "固定剩余车位",
                Spaces::Temporary => "临时剩余车位",
            };
            match total {
                Some(total) => format!("{spaces}应在 0 与总数 {total} 之间，收到 {received}"),
                None => format!("{spaces}应不小于 0，收到 {received}"),
            }
        }
        Facts::TimeInFuture { time, received, platform } => format!(
            "{} {} 晚于平台时间 {} 五分钟以上",
            time_in_chinese(*time),
            shown(*received),
            shown(*platform)
        ),
        Facts::LateReport { time, received, platform } => {
            let very_late = platform.duration_since(*received) > VERY_LATE_AFTER;
            let by = if very_late { "二十四小时" } else { "十分钟" };
            let (received, platform) = (shown(*received), shown(*platform));
            format!("{} {received} 早于平台接收时间 {platform} {by}以上", time_in_chinese(*time))
        }
        Facts::PhotoTooSmall { min_bytes, max_bytes, received_bytes } => {
            format!("图片应为 {} KB 至 {} KB，收到 {received_bytes} 字节", min_bytes / 1024, max_bytes / 1024)
        }
        Facts::PhotoCut { field, received_bytes } => {
            format!("{field} 不完整：Base64 以省略号结尾，只读出 {received_bytes} 字节")
        }
        Facts::UnmatchedExit => "有出场记录，未收到对应的入场记录".to_owned(),
        Facts::Amended { direction, ways, at_least } => {
            let what = direction.map(|direction| format!("{}记录", way_in_chinese(direction)));
            let least = if *at_least { "至少" } else { "" };
            format!("{}以不同内容上报了{least} {ways} 次，以最新一次为准", what.unwrap_or_default())
        }
        Facts::PhotosReplaced { photos } => {
            format!("同一序号的照片以不同内容上报，{photos} 张已被更新")
        }
        Facts::ReportedAbnormal { memo } => {
            format!("停车场标记为异常：{}", memo.as_deref().unwrap_or("未说明原因"))
        }
        Facts::FieldUnset { field } => {
            format!("{field} 是未设置的日期（如 0001-01-01 00:00:00），按未上报处理")
        }
        Facts::FieldBlank { field, expected } => format!("{field} 为空：应为{}", after_han(expected)),
        Facts::FieldAbsent { field, expected, assumed } => {
            format!("{field} 缺失：应为{}，已按 {assumed} 处理", after_han(expected))
        }
        Facts::MalformedJson => "报文不是合法的 JSON（弯引号、缺少逗号、全角标点或未加引号的值），已按其本意\
                                 读取，请改正"
            .to_owned(),
        Facts::SecondsForMilliseconds { field, received } => {
            format!("{field} 应为毫秒时间戳，收到 {received}，看起来是秒，已按秒读取")
        }
        Facts::PasswordNotHashed { field } => {
            format!("{field} 应为密码的 MD5（32 位十六进制），收到的是未经 MD5 的密码")
        }
        Facts::UnlistedValue { field, expected, received } => {
            format!("{field} 的取值不在规范范围内：应为{}，收到 {received}", after_han(expected))
        }
        Facts::EntryTimeMismatch { expected, received } => format!(
            "出场记录的入场时间 {} 与入场记录的 {} 相差五分钟以上",
            shown(*received),
            shown(*expected)
        ),
        Facts::PlateKindMismatch { plate, received } => {
            format!("上报的号牌种类 {received} 与车牌“{plate}”的样式不符")
        }
        Facts::WrongLotKind { field, received, expected } => {
            let what = field.as_ref().map_or_else(|| "接口".to_owned(), |field| format!("{field} "));
            let kind = |kind: &LotKind| match kind {
                LotKind::OnStreet => "路内",
                LotKind::OffStreet => "路外",
            };
            let (received, expected) = (kind(received), kind(expected));
            format!("{what}用于{received}停车，平台登记的此停车场为{expected}停车场")
        }
        Facts::DuplicateRecord { direction } => {
            format!("同一车牌同一秒的{}以两个以上记录编号上报", way_in_chinese(*direction))
        }
        Facts::PhotoWithoutRecord { direction } => {
            let way = way_in_chinese(*direction);
            format!("已收到{way}照片，未收到对应的{way}记录")
        }
        Facts::ChargingOverlap { started_at, ended_at, station, device } => format!(
            "充电时间 {} 至 {} 与同一设备（{station}，{device}）的其他充电记录重叠",
            shown(*started_at),
            shown(*ended_at)
        ),
        Facts::ChargingFeeMismatch { electricity, service, total } => {
            let amount =
                |fee: &Option<Decimal>| fee.map_or_else(|| "未报".to_owned(), |fee| format!("{fee} 元"));
            let (electricity, service) = (amount(electricity), amount(service));
            format!("电费 {electricity} 与服务费 {service} 之和应等于总费用，收到总费用 {total} 元")
        }
        Facts::ChargingEnergyImplausible { energy_kwh, minutes, power_max_kw } => {
            format!("充电量 {energy_kwh} 度，{minutes} 分钟内的平均功率应不超过 {power_max_kw} 千瓦")
        }
        Facts::TooManyPhotos { received, at_least, kept } => {
            let least = if *at_least { "至少" } else { "" };
            format!("收到{least} {received} 张不同的照片，保留首张和最新的，共 {kept} 张")
        }
        Facts::DoubleEntry { other_record, other_entered_at } => {
            format!("车辆入场时，按记录 {other_record} 自 {} 起已在场内且未出场", shown(*other_entered_at))
        }
        Facts::TwoLotsAtOnce { other_lot, other_record, from, to } => format!(
            "同一车牌 {} 至 {} 同时在停车场 {other_lot}（记录 {other_record}）内",
            shown(*from),
            shown(*to)
        ),
        Facts::MissingExit { entered_at, plausible_minutes, from_past } => {
            let by = if *from_past { "该停车场以往停车记录" } else { "同类停车场" };
            let hours = plausible_minutes / 60;
            format!(
                "{} 入场后未收到出场记录，已超过按{by}推定的最长停车时间 {hours} 小时",
                shown(*entered_at)
            )
        }
        Facts::MissingPhoto { direction, within_minutes } => {
            format!("{}后 {within_minutes} 分钟内未收到照片", way_in_chinese(*direction))
        }
        Facts::VacancyDrift { received, expected, tolerance, hours_off, hours } => format!(
            "{hours} 个小时中有 {hours_off} 个小时上报空位与按过车推算的空位相差超过 {tolerance} 个，相差最大时上报 \
             {received}，推算 {expected}"
        ),
        Facts::ListMismatch { listed, inside, not_listed, not_inside, counted, lists_off, lists } => {
            let counted = counted.map_or_else(String::new, |counted| format!("、按上报空位 {counted} 辆"));
            format!(
                "{lists} 份场内车辆清单中有 {lists_off} 份与过车记录或空位不符，相差最大时清单 {listed} 辆，按过车记录 {inside} \
                 辆{counted}：在场未列 {not_listed} 辆，列出但不在场 {not_inside} 辆"
            )
        }
        Facts::UnbalancedDay { entries, exits, change } => format!(
            "全天入场 {entries} 次、出场 {exits} 次，场内车辆应增加 {} 辆，按上报空位增加 {change} 辆",
            difference(*entries, *exits)
        ),
        Facts::FrozenCount { received, from, to, passages, expected_min, expected_max } => format!(
            "{} 至 {} 过车 {passages} 次，上报空位始终为 {received}，按过车推算在 {expected_min} 与 {expected_max} 之间",
            shown(*from),
            shown(*to)
        ),
        Facts::CountJump { before, after, expected } => {
            format!("上报空位由 {before} 变为 {after}，按过车应变化 {expected}")
        }
        Facts::HeartbeatMissed { from, minutes, every_minutes } => {
            format!("自 {} 起 {minutes} 分钟内无心跳，应每 {every_minutes} 分钟一次", shown(*from))
        }
        Facts::Silence { from, minutes, expected, level_percent } => format!(
            "自 {} 起 {minutes} 分钟内无过车，以往每周此时平均 {expected} 次（当日其余时段为平时的 {level_percent}%）",
            shown(*from)
        ),
        Facts::ClockOff { gate, seconds, passages } => {
            let whose = gate.as_ref().map_or_else(|| "停车场".to_owned(), |gate| format!("通道 {gate} "));
            let way = if *seconds < 0 { "慢" } else { "快" };
            format!("由 {passages} 次过车推断，{whose}时钟{way} {} 秒", seconds.unsigned_abs())
        }
        Facts::BaseDataMissing { item } => format!("基础信息缺少{}", item_in_chinese(*item)),
        Facts::ChargingSpacesExceedTotal { charging, total } => {
            format!("充电桩泊位数 {charging} 多于泊位数 {total}")
        }
        Facts::OutsideDistrict { district, metres } => {
            format!("坐标在行政区划 {district} 之外约 {metres} 米")
        }
        Facts::TotalMismatch { expected, received } => {
            format!("基础信息登记泊位数 {expected}，停车场上报总数 {received}")
        }
        Facts::BaseDataLate { changed_at, within_hours } => {
            format!("基础信息自 {} 起已有变更，{within_hours} 小时内未上报", shown(*changed_at))
        }
        Facts::AmendmentShare { amended, passages, allowed_permille } => {
            format!("{passages} 次过车中有 {amended} 次事后更改，应不超过 {}%", percent(*allowed_permille))
        }
        Facts::MissingRecord { direction, declared_at } => format!(
            "停车场 {} 的当日清单列有此{}记录，平台未收到",
            shown(*declared_at),
            way_in_chinese(*direction)
        ),
        Facts::ChargesMissing { expected, received } => {
            format!("停车场当日清单列有充电记录 {expected} 条，平台收到 {received} 条")
        }
        Facts::VanishedRecord { direction, received_at, declared_at } => {
            let way = way_in_chinese(*direction);
            let before = received_at.map_or_else(
                || format!("此前清单列有的{way}记录"),
                |at| format!("平台 {} 收到的{way}记录", shown(at)),
            );
            format!("{before}，在停车场 {} 的当日清单中已不存在", shown(*declared_at))
        }
    }
}

fn way_in_chinese(direction: Direction) -> &'static str {
    match direction {
        Direction::Entry => "入场",
        Direction::Exit => "出场",
    }
}

fn time_in_chinese(time: TimeOf) -> &'static str {
    match time {
        TimeOf::Passage => "过车时间",
        TimeOf::SpaceCount => "计数时间",
        TimeOf::ChargeEnd => "结束时间",
        TimeOf::CarsInside => "清单时间",
    }
}

pub(crate) fn item_in_chinese(item: BaseDataItem) -> &'static str {
    match item {
        BaseDataItem::Name => "名称",
        BaseDataItem::Code => "编号",
        BaseDataItem::Category => "类型",
        BaseDataItem::District => "行政区划",
        BaseDataItem::Address => "详细地址",
        BaseDataItem::Position => "经度、纬度",
        BaseDataItem::SpacesTotal => "泊位数",
        BaseDataItem::ChargingSpaces => "充电桩泊位数",
        BaseDataItem::Tariff => "收费标准",
    }
}
