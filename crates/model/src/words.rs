//! The words for what is doubted, in Chinese and in English: the one place where facts become a sentence. What is kept, and
//! by what a finding is known, has no part in them, so that a sentence can be changed in any release.

use crate::finding::{BaseDataItem, Facts, Spaces, TimeOf};
use crate::rules::VERY_LATE_AFTER;
use crate::{Direction, Doubt, FindingKind, LotKind, moment};
use rust_decimal::Decimal;

/// What is doubted, in Chinese.
pub fn chinese(kind: FindingKind, facts: &Facts) -> String {
    let shown = moment::rfc3339;
    match facts {
        Facts::Sentence { text } if text.is_empty() => format!("存疑：{}", kind.name()),
        Facts::Sentence { text } => text.clone(),
        Facts::OddPlate { plate } => format!("车牌“{plate}”不符合 GA 36 的任何一种号牌样式"),
        Facts::PlateMismatch { entry, exit } => format!("入场车牌 {entry} 与出场车牌 {exit} 不一致"),
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
            let least = if *at_least { "至少 " } else { "" };
            format!("{}以不同内容上报了 {least}{ways} 次，以最新一次为准", what.unwrap_or_default())
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
        Facts::FieldBlank { field, expected } => format!("{field} 为空：应为{expected}"),
        Facts::FieldAbsent { field, expected, assumed } => {
            format!("{field} 缺失：应为{expected}，已按 {assumed} 处理")
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
            format!("{field} 不在规范所列之内：应为{expected}，收到 {received}")
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
            format!("同一车牌在同一秒的{}，以不止一个记录编号上报", way_in_chinese(*direction))
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
            let least = if *at_least { "至少 " } else { "" };
            format!("收到 {least}{received} 张不同的照片，保留首张与最新的，共 {kept} 张")
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
            "{hours} 个小时中有 {hours_off} 个小时上报空位与按过车推算的空位相差超过 {tolerance} 个，最大时上报 \
             {received}，推算 {expected}"
        ),
        Facts::ListMismatch { listed, inside, not_listed, not_inside, lists_off, lists } => format!(
            "{lists} 份场内车辆清单中有 {lists_off} 份与过车记录不符，最大时清单 {listed} 辆，按过车记录 {inside} \
             辆：在场未列 {not_listed} 辆，列出但不在场 {not_inside} 辆"
        ),
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
            format!("{passages} 次过车表明{whose}时钟{way} {} 秒", seconds.unsigned_abs())
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
            format!("基础信息自 {} 起已有变更，{within_hours} 小时内未上传", shown(*changed_at))
        }
        Facts::AmendmentShare { amended, passages, allowed_permille } => {
            format!("{passages} 次过车中有 {amended} 次事后更改，应不超过 {}%", percent(*allowed_permille))
        }
        Facts::MissingRecord { direction, declared_at } => format!(
            "停车场 {} 的当日清单列有此{}记录，平台未收到",
            shown(*declared_at),
            way_in_chinese(*direction)
        ),
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

/// What is doubted, in English. What a text asks for stands in the text's own words, and a sentence of which no facts are
/// kept stands as it is.
pub fn english(kind: FindingKind, facts: &Facts) -> String {
    let shown = moment::rfc3339;
    match facts {
        Facts::Sentence { text } if text.is_empty() => format!("doubtful: {}", kind.name()),
        Facts::Sentence { text } => text.clone(),
        Facts::OddPlate { plate } => format!("the plate “{plate}” fits no shape of GA 36"),
        Facts::PlateMismatch { entry, exit } => format!("the entry's plate is {entry}, the exit's {exit}"),
        Facts::ExitBeforeEntry { entered_at, exited_at } => {
            format!("the exit at {} lies before the entry at {}", shown(*exited_at), shown(*entered_at))
        }
        Facts::EndBeforeStart { start_field, start, end_field, end } => {
            format!("{end_field} {end} lies before {start_field} {start}")
        }
        Facts::DurationMismatch { received, expected } => {
            format!("a stay of {received} minutes was reported; by entry and exit it was {expected} minutes")
        }
        Facts::RemainingExceedsTotal { spaces, total, received } => {
            let spaces = match spaces {
                Spaces::All => "free spaces",
                Spaces::Charging => "free charging spaces",
                Spaces::Reservable => "free spaces that can be reserved",
                Spaces::Monthly => "free spaces for monthly cards",
                Spaces::Fixed => "free fixed spaces",
                Spaces::Temporary => "free spaces for visitors",
            };
            match total {
                Some(total) => {
                    format!("{spaces} should be between 0 and the total of {total}, received {received}")
                }
                None => format!("{spaces} should not be less than 0, received {received}"),
            }
        }
        Facts::TimeInFuture { time, received, platform } => {
            let (received, platform) = (shown(*received), shown(*platform));
            let time = time_in_english(*time);
            format!("{time}, {received}, is more than five minutes ahead of the platform's clock, {platform}")
        }
        Facts::LateReport { time, received, platform } => {
            let very_late = platform.duration_since(*received) > VERY_LATE_AFTER;
            let by = if very_late { "24 hours" } else { "ten minutes" };
            let (received, platform) = (shown(*received), shown(*platform));
            let time = time_in_english(*time);
            format!("{time}, {received}, is more than {by} before it was received, {platform}")
        }
        Facts::PhotoTooSmall { min_bytes, max_bytes, received_bytes } => format!(
            "a picture should have {} KB to {} KB, received {received_bytes} bytes",
            min_bytes / 1024,
            max_bytes / 1024
        ),
        Facts::PhotoCut { field, received_bytes } => {
            format!("{field} is incomplete: its Base64 ends in dots, and only {received_bytes} bytes could be read")
        }
        Facts::UnmatchedExit => "an exit whose entry was not received".to_owned(),
        Facts::Amended { direction, ways, at_least } => {
            let what = direction.map_or("the record", |direction| match direction {
                Direction::Entry => "the entry",
                Direction::Exit => "the exit",
            });
            let least = if *at_least { "at least " } else { "" };
            format!("{what} was reported with {least}{ways} different contents; the newest counts")
        }
        Facts::PhotosReplaced { photos } => {
            format!("photos of the same number were reported with different contents: {photos} replaced")
        }
        Facts::ReportedAbnormal { memo } => {
            format!("the lot marks it as abnormal: {}", memo.as_deref().unwrap_or("no reason given"))
        }
        Facts::FieldUnset { field } => {
            format!("{field} is a date that nobody set (such as 0001-01-01 00:00:00), taken as not reported")
        }
        Facts::FieldBlank { field, expected } => format!("{field} is empty: it should be {expected}"),
        Facts::FieldAbsent { field, expected, assumed } => {
            format!("{field} is missing: it should be {expected}; {assumed} is assumed")
        }
        Facts::MalformedJson => "the message is no valid JSON (curly quotation marks, a comma missing, full-width \
                                 punctuation or a value without quotation marks); it was read as it is meant: \
                                 mend it"
            .to_owned(),
        Facts::SecondsForMilliseconds { field, received } => format!(
            "{field} should be a time in milliseconds, received {received}, which looks like seconds and was read so"
        ),
        Facts::PasswordNotHashed { field } => {
            format!("{field} should be the password's MD5 (32 hexadecimal digits), received the password itself")
        }
        Facts::UnlistedValue { field, expected, received } => {
            format!("{field} is none of those listed: it should be {expected}, received {received}")
        }
        Facts::EntryTimeMismatch { expected, received } => format!(
            "the exit says that the car came in at {}, the entry at {}: more than five minutes apart",
            shown(*received),
            shown(*expected)
        ),
        Facts::PlateKindMismatch { plate, received } => {
            format!("the kind of plate {received} does not go with the plate “{plate}”")
        }
        Facts::WrongLotKind { field, received, expected } => {
            let what = field.as_deref().unwrap_or("the interface");
            let kind = |kind: &LotKind| match kind {
                LotKind::OnStreet => "on-street",
                LotKind::OffStreet => "off-street",
            };
            let (received, expected) = (kind(received), kind(expected));
            format!("{what} is for {received} parking, and this lot is registered as {expected}")
        }
        Facts::DuplicateRecord { direction } => {
            let way = way_in_english(*direction);
            format!("the same plate's {way} in the same second was reported under more than one record id")
        }
        Facts::PhotoWithoutRecord { direction } => {
            let way = way_in_english(*direction);
            format!("photos of an {way} were received, and no record of that {way}")
        }
        Facts::ChargingOverlap { started_at, ended_at, station, device } => format!(
            "the charge from {} to {} overlaps others at the same device ({station}, {device})",
            shown(*started_at),
            shown(*ended_at)
        ),
        Facts::ChargingFeeMismatch { electricity, service, total } => {
            let amount = |fee: &Option<Decimal>| {
                fee.map_or_else(|| "not reported".to_owned(), |fee| format!("{fee} yuan"))
            };
            let (electricity, service) = (amount(electricity), amount(service));
            format!("electricity ({electricity}) and service ({service}) should add up to the total, received {total} yuan")
        }
        Facts::ChargingEnergyImplausible { energy_kwh, minutes, power_max_kw } => format!(
            "{energy_kwh} kWh in {minutes} minutes: on average no more than {power_max_kw} kW are expected"
        ),
        Facts::TooManyPhotos { received, at_least, kept } => {
            let least = if *at_least { "at least " } else { "" };
            format!("{least}{received} different photos were received; the first and the newest are kept, {kept} in all")
        }
        Facts::DoubleEntry { other_record, other_entered_at } => format!(
            "the car came in while it was inside since {} by record {other_record}, without an exit",
            shown(*other_entered_at)
        ),
        Facts::TwoLotsAtOnce { other_lot, other_record, from, to } => format!(
            "the same plate was in lot {other_lot} too (record {other_record}) from {} to {}",
            shown(*from),
            shown(*to)
        ),
        Facts::MissingExit { entered_at, plausible_minutes, from_past } => {
            let by = if *from_past { "the lot's own past" } else { "lots of its kind" };
            let hours = plausible_minutes / 60;
            let entered_at = shown(*entered_at);
            format!("came in at {entered_at} and no exit was received: by {by} a stay lasts {hours} hours at most")
        }
        Facts::MissingPhoto { direction, within_minutes } => {
            let way = way_in_english(*direction);
            format!("no picture of the {way} was received within {within_minutes} minutes")
        }
        Facts::VacancyDrift { received, expected, tolerance, hours_off, hours } => format!(
            "in {hours_off} of {hours} hours the free spaces reported and those that follow from the passages differ by \
             more than {tolerance}; at most {received} reported and {expected} expected"
        ),
        Facts::ListMismatch { listed, inside, not_listed, not_inside, lists_off, lists } => format!(
            "{lists_off} of {lists} lists of the cars inside do not fit the passages; at most {listed} listed and {inside} \
             inside by the passages: {not_listed} inside and not listed, {not_inside} listed and not inside"
        ),
        Facts::UnbalancedDay { entries, exits, change } => format!(
            "{entries} entries and {exits} exits: the cars inside should have grown by {}; by the counts they grew by \
             {change}",
            difference(*entries, *exits)
        ),
        Facts::FrozenCount { received, from, to, passages, expected_min, expected_max } => format!(
            "from {} to {} there were {passages} passages, and the free spaces reported stood at {received}; by the \
             passages they were between {expected_min} and {expected_max}",
            shown(*from),
            shown(*to)
        ),
        Facts::CountJump { before, after, expected } => format!(
            "the free spaces reported went from {before} to {after}; by the passages they changed by {expected}"
        ),
        Facts::HeartbeatMissed { from, minutes, every_minutes } => format!(
            "no sign of life for {minutes} minutes from {} on; one is due every {every_minutes} minutes",
            shown(*from)
        ),
        Facts::Silence { from, minutes, expected, level_percent } => format!(
            "no passages for {minutes} minutes from {} on; on average there are {expected} at this time of the week (the \
             rest of the day was at {level_percent}% of an ordinary one)",
            shown(*from)
        ),
        Facts::ClockOff { gate, seconds, passages } => {
            let whose = gate.as_ref().map_or_else(|| "the lot".to_owned(), |gate| format!("gate {gate}"));
            let way = if *seconds < 0 { "behind" } else { "ahead" };
            format!("{passages} passages say that the clock of {whose} is {} s {way}", seconds.unsigned_abs())
        }
        Facts::BaseDataMissing { item } => format!("the base data have no {}", item_in_english(*item)),
        Facts::ChargingSpacesExceedTotal { charging, total } => {
            format!("{charging} charging spaces of {total} spaces in all")
        }
        Facts::OutsideDistrict { district, metres } => {
            format!("the position lies about {metres} m outside district {district}")
        }
        Facts::TotalMismatch { expected, received } => {
            format!("the base data have {expected} spaces, the lot's counts say {received}")
        }
        Facts::BaseDataLate { changed_at, within_hours } => format!(
            "the base data changed at {} and were not reported within {within_hours} hours",
            shown(*changed_at)
        ),
        Facts::AmendmentShare { amended, passages, allowed_permille } => format!(
            "{amended} of {passages} passages were amended after the fact; {}% are believed",
            percent(*allowed_permille)
        ),
        Facts::MissingRecord { direction, declared_at } => format!(
            "the lot's declaration of the day, of {}, has this {}; it was not received",
            shown(*declared_at),
            way_in_english(*direction)
        ),
        Facts::VanishedRecord { direction, received_at, declared_at } => {
            let way = way_in_english(*direction);
            let before = received_at.map_or_else(
                || format!("an {way} that was declared before"),
                |at| format!("an {way} that was received at {}", shown(at)),
            );
            format!("{before} is not in the lot's declaration of the day, of {}", shown(*declared_at))
        }
    }
}

impl Doubt {
    /// In Chinese, for people.
    pub fn in_chinese(&self) -> String {
        chinese(self.kind, &self.facts)
    }
}

fn way_in_chinese(direction: Direction) -> &'static str {
    match direction {
        Direction::Entry => "入场",
        Direction::Exit => "出场",
    }
}

fn way_in_english(direction: Direction) -> &'static str {
    match direction {
        Direction::Entry => "entry",
        Direction::Exit => "exit",
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

fn time_in_english(time: TimeOf) -> &'static str {
    match time {
        TimeOf::Passage => "the passage's time",
        TimeOf::SpaceCount => "the count's time",
        TimeOf::ChargeEnd => "the end of the charge",
        TimeOf::CarsInside => "the list's time",
    }
}

fn difference(entries: u64, exits: u64) -> i128 {
    i128::from(entries) - i128::from(exits)
}

/// Thousandths as per cent.
fn percent(permille: u32) -> Decimal {
    Decimal::new(i64::from(permille), 1).normalize()
}

fn item_in_chinese(item: BaseDataItem) -> &'static str {
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

fn item_in_english(item: BaseDataItem) -> &'static str {
    match item {
        BaseDataItem::Name => "name",
        BaseDataItem::Code => "code",
        BaseDataItem::Category => "kind",
        BaseDataItem::District => "district",
        BaseDataItem::Address => "address",
        BaseDataItem::Position => "position",
        BaseDataItem::SpacesTotal => "number of spaces",
        BaseDataItem::ChargingSpaces => "number of charging spaces",
        BaseDataItem::Tariff => "tariff",
    }
}
