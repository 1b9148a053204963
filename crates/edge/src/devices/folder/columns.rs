//! A table's columns: the fields of a report by their names in the local API or in Chinese, and what a cell becomes.

use crate::devices::times;
use crate::reports::ReportFault;
use bowei_encoding::shown::shown;
use bowei_model::moment;
use serde_json::{Map, Value};

/// What a column's cells are, so that text becomes the JSON that the report's reader expects. A cell that is not of
/// its column's form stays text, and the reader says what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Kind,
    Whole,
    Degrees,
    Moment,
    Flag,
    PayKind,
    Role,
    Plates,
    Json,
}

/// Columns by their names: in the local API, and in Chinese as lots call them.
const COLUMNS: [(&str, &[&str], Form); 66] = [
    ("kind", &["类型", "报告类型", "业务类型"], Form::Kind),
    ("record_id", &["记录编号", "记录号", "停车记录编号", "流水号"], Form::Text),
    ("at", &["时间", "过车时间", "通行时间"], Form::Moment),
    ("plate", &["车牌", "车牌号", "车牌号码"], Form::Text),
    ("plate_kind", &["号牌种类", "车牌类型"], Form::Text),
    ("plate_color", &["车牌颜色"], Form::Text),
    ("color", &["车身颜色", "颜色"], Form::Text),
    ("brand", &["品牌", "主品牌"], Form::Text),
    ("sub_brand", &["子品牌", "车系"], Form::Text),
    ("gate", &["通道编码", "通道编号", "出入口编码"], Form::Text),
    ("gate_name", &["通道名称", "通道", "出入口名称"], Form::Text),
    ("berth", &["泊位号", "泊位", "车位号"], Form::Text),
    ("booking", &["预约编码", "预约编号"], Form::Text),
    ("photo_id", &["图片编号"], Form::Text),
    ("vacant", &["空车位数", "剩余车位", "剩余车位数", "空位"], Form::Whole),
    ("charging_vacant", &["空充电车位数", "剩余充电车位"], Form::Whole),
    ("abnormal", &["是否异常", "异常"], Form::Flag),
    ("memo", &["备注", "异常原因"], Form::Text),
    ("entered_at", &["入场时间", "进场时间"], Form::Moment),
    ("minutes", &["停车时长", "停车分钟"], Form::Whole),
    ("payable", &["应收", "应收金额"], Form::Text),
    ("paid", &["实收", "实收金额"], Form::Text),
    ("paid_at", &["缴费时间", "支付时间"], Form::Moment),
    ("pay_kind", &["缴费类型", "支付方式"], Form::PayKind),
    ("total", &["总车位", "总车位数"], Form::Whole),
    ("used", &["已用车位", "已使用车位数"], Form::Whole),
    ("reserved", &["已预约车位", "已预约车位数"], Form::Whole),
    ("charging_used", &["已用充电车位"], Form::Whole),
    ("reservable_vacant", &["可预约车位"], Form::Whole),
    ("monthly_vacant", &["月卡剩余车位"], Form::Whole),
    ("fixed_vacant", &["固定剩余车位"], Form::Whole),
    ("temporary_vacant", &["临时剩余车位"], Form::Whole),
    ("role", &["照片类型"], Form::Role),
    ("slot", &["照片序号"], Form::Whole),
    ("taken_at", &["拍摄时间"], Form::Moment),
    ("url", &["图片地址"], Form::Text),
    ("order_no", &["订单编号", "订单号"], Form::Text),
    ("started_at", &["开始时间"], Form::Moment),
    ("ended_at", &["结束时间"], Form::Moment),
    ("energy_kwh", &["充电量"], Form::Text),
    ("electricity_fee", &["电费"], Form::Text),
    ("service_fee", &["服务费"], Form::Text),
    ("total_fee", &["总费用"], Form::Text),
    ("station", &["充电站"], Form::Text),
    ("device", &["充电桩", "充电设备"], Form::Text),
    ("name", &["停车场名称"], Form::Text),
    ("lot_kind", &["停车场类型"], Form::Text),
    ("district", &["行政区划"], Form::Text),
    ("address", &["地址"], Form::Text),
    ("longitude", &["经度"], Form::Degrees),
    ("latitude", &["纬度"], Form::Degrees),
    ("datum", &["坐标系"], Form::Text),
    ("spaces_total", &["车位总数"], Form::Whole),
    ("charging_spaces", &["充电车位总数"], Form::Whole),
    ("tariff", &["收费标准"], Form::Text),
    ("in_service", &["是否运营"], Form::Flag),
    ("details", &["其他"], Form::Json),
    ("gate_kind", &["通道类型"], Form::Text),
    ("road", &["道路"], Form::Text),
    ("plates", &["场内车牌"], Form::Plates),
    ("shows", &["图片内容"], Form::Text),
    ("file_name", &["文件名"], Form::Text),
    ("package_no", &["套餐编号"], Form::Text),
    ("service_code", &["服务编码"], Form::Text),
    ("amount", &["金额"], Form::Text),
    ("status", &["状态"], Form::Whole),
];

/// What is expected of a cell that a spreadsheet has shortened.
const IN_FULL: &str =
    "the number in full (a spreadsheet has shortened it: make the column text before it is filled)";
/// What is expected of a time.
const A_TIME: &str = "a time with its offset, such as \"2026-04-01T08:15:30+08:00\", or a date and a time of day in \
    UTC+08:00, such as 2026-04-01 08:15:30 or 2026年4月1日 8:15; a date alone does not do";

/// The column that names a picture's file.
const PICTURE: [&str; 4] = ["picture", "图片", "照片", "图片文件"];
/// The column added to rows that are not taken.
pub(super) const WHY: &str = "why";
/// The column that a file of rejected rows has: such a file may be put right and put back as it is.
const WHY_NAMES: [&str; 2] = [WHY, "拒收原因"];

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column(Use);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Use {
    Field(&'static str, Form),
    Picture,
    Passed,
    /// Of no known name: the report's reader refuses it by that name, unless it is empty.
    Unknown(String),
}

/// A cell without what spreadsheets put around a text so that it stays one: `="…"`, an apostrophe or an unseen
/// character in front.
pub(super) fn plain(cell: &str) -> &str {
    let unseen =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}');
    let cell = cell.trim_matches(unseen);
    let cell = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell);
    cell.strip_prefix('\'').unwrap_or(cell).trim_matches(unseen)
}

/// Whether a spreadsheet has made a number of an id and shortened it: `2.02611E+17`. Which it was nobody can tell.
fn is_shortened(cell: &str) -> bool {
    let Some((mantissa, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    exponent.strip_prefix('+').is_some_and(digits) && whole.len() == 1 && digits(whole) && digits(fraction)
}

impl Column {
    /// The column of that name; line breaks within it and a unit in brackets behind it make no difference.
    pub(super) fn named(name: &str) -> Self {
        let plain: String = plain(name).chars().filter(|c| !c.is_whitespace()).collect();
        let known = Self::of(&plain);
        if matches!(known.0, Use::Unknown(_))
            && let Some(at) = plain.find(['(', '（', '[', '*'])
            && let Some(short) = plain.get(..at).filter(|short| !short.is_empty())
            && let found = Self::of(short)
            && !matches!(found.0, Use::Unknown(_))
        {
            return found;
        }
        known
    }

    fn of(plain: &str) -> Self {
        let is = |known: &str| known.eq_ignore_ascii_case(plain);
        let field =
            COLUMNS.iter().find(|(english, chinese, _)| is(english) || chinese.iter().any(|name| is(name)));
        Self(match field {
            Some((english, _, form)) => Use::Field(english, *form),
            None if PICTURE.iter().any(|name| is(name)) => Use::Picture,
            None if plain.is_empty() || WHY_NAMES.iter().any(|name| is(name)) => Use::Passed,
            None => Use::Unknown(plain.to_owned()),
        })
    }

    /// Whether the report's reader calls it so.
    pub(super) fn is_called(&self, field: &str) -> bool {
        match &self.0 {
            Use::Field(name, _) => *name == field,
            Use::Unknown(name) => name == field,
            Use::Picture | Use::Passed => false,
        }
    }

    /// Whether it is a report's field at all.
    pub(super) fn is_field(&self) -> bool {
        matches!(self.0, Use::Field(..))
    }

    pub(super) fn is_picture(&self) -> bool {
        self.0 == Use::Picture
    }

    /// Puts a cell into the report; an empty cell says nothing. What is wrong with it, where a spreadsheet has spoilt
    /// it or a time says no moment; other faults the report's reader finds.
    pub(super) fn put(&self, cell: &str, report: &mut Map<String, Value>) -> Option<ReportFault> {
        let cell = plain(cell);
        if cell.is_empty() {
            return None;
        }
        match &self.0 {
            Use::Field(name, form) => {
                let value = form.value(cell);
                let expected = match form {
                    Form::Text if *name != "memo" && is_shortened(cell) => Some(IN_FULL),
                    Form::Moment if value.as_str() == Some(cell) && times::read_cell(cell).is_none() => {
                        Some(A_TIME)
                    }
                    _ => None,
                };
                report.insert((*name).to_owned(), value);
                return expected.map(|expected| ReportFault {
                    field: (*name).to_owned(),
                    expected: expected.to_owned(),
                    received: format!("\"{}\"", shown(cell)),
                });
            }
            Use::Unknown(name) => {
                report.insert(name.clone(), Value::from(cell));
            }
            Use::Picture | Use::Passed => {}
        }
        None
    }
}

impl Form {
    fn value(self, cell: &str) -> Value {
        let read = match self {
            Self::Text => None,
            Self::Kind => word(cell, &KINDS),
            Self::PayKind => word(cell, &PAY_KINDS),
            Self::Role => word(cell, &[("入场", "entry"), ("进场", "entry"), ("出场", "exit")]),
            Self::Whole => half_width(cell).parse::<i64>().ok().map(Value::from),
            Self::Degrees => {
                half_width(cell).parse::<f64>().ok().filter(|degrees| degrees.is_finite()).map(Value::from)
            }
            // Tables are written by people and spreadsheets: a wall clock is that of UTC+08:00.
            Self::Moment => times::read_cell(cell).map(|at| Value::from(moment::rfc3339(at))),
            Self::Flag => match cell.to_ascii_lowercase().as_str() {
                "true" | "1" | "是" | "yes" => Some(Value::from(true)),
                "false" | "0" | "否" | "no" => Some(Value::from(false)),
                _ => None,
            },
            Self::Plates => {
                let plates =
                    cell.split([';', '；', '、', ' ', '|']).map(str::trim).filter(|plate| !plate.is_empty());
                Some(plates.collect())
            }
            Self::Json => serde_json::from_str(cell).ok(),
        };
        read.unwrap_or_else(|| Value::from(cell))
    }
}

/// Whether a column says why its rows were not taken.
pub(super) fn is_why(name: &str) -> bool {
    WHY_NAMES.iter().any(|why| why.eq_ignore_ascii_case(plain(name)))
}

/// A field by its first name in Chinese.
pub(super) fn chinese(field: &str) -> Option<&'static str> {
    let (_, names, _) = COLUMNS.iter().find(|(english, ..)| *english == field)?;
    names.first().copied()
}

/// Known names that are told of an unknown one that is part of several.
const NEAREST_MAX: usize = 6;

/// The known name that an unknown one is most like: a character in four may differ. If it is like none so, those that it
/// is a part of, one a column.
pub(super) fn nearest(name: &str) -> Vec<&'static str> {
    let name: String = plain(name).chars().filter(|c| !c.is_whitespace()).collect();
    let names = |(english, chinese, _): &(&'static str, &'static [&'static str], Form)| {
        chinese.iter().copied().chain([*english]).collect::<Vec<_>>()
    };
    let near = COLUMNS.iter().flat_map(names).map(|known| (strsim::damerau_levenshtein(&name, known), known));
    let is_like =
        |(distance, known): &(usize, &str)| distance * 4 <= name.chars().count().max(known.chars().count());
    if let Some((_, known)) = near.min_by_key(|(distance, _)| *distance).filter(is_like) {
        return vec![known];
    }
    let part_of = |column| names(column).into_iter().find(|known| known.contains(&name));
    COLUMNS.iter().filter_map(part_of).take(NEAREST_MAX).collect()
}

/// Full-width digits and signs as the ordinary ones.
fn half_width(text: &str) -> String {
    let half = |c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().map(half).collect()
}

/// Kinds of report in Chinese.
const KINDS: [(&str, &str); 15] = [
    ("心跳", "heartbeat"),
    ("入场", "entry"),
    ("进场", "entry"),
    ("入", "entry"),
    ("出场", "exit"),
    ("离场", "exit"),
    ("出", "exit"),
    ("车位数", "space-count"),
    ("照片", "photo"),
    ("充电记录", "charging-record"),
    ("停车场", "lot"),
    ("停车场停用", "lot-closed"),
    ("出入口", "gate"),
    ("场内车辆", "cars-inside"),
    ("图片", "named-photo"),
];

/// Ways to pay in Chinese.
const PAY_KINDS: [(&str, &str); 9] = [
    ("现金", "cash"),
    ("ETC", "etc"),
    ("微信", "wechat"),
    ("微信支付", "wechat"),
    ("支付宝", "alipay"),
    ("信用卡", "credit-card"),
    ("储值卡", "stored-value"),
    ("月卡", "monthly"),
    ("月租卡", "monthly"),
];

fn word(cell: &str, words: &[(&str, &str)]) -> Option<Value> {
    words.iter().find(|(chinese, _)| *chinese == cell).map(|(_, english)| Value::from(*english))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_spreadsheets_are_moments() {
        for text in
            ["2026/4/1 8:15", "2026-04-01 08:15:00", "2026-04-01T08:15:00+08:00", "2026-04-01T00:15:00Z"]
        {
            assert_eq!(Form::Moment.value(text), Value::from("2026-04-01T08:15:00+08:00"), "{text}");
        }
        assert_eq!(Form::Moment.value("soon"), Value::from("soon"));
    }

    #[test]
    fn what_spreadsheets_put_around_a_text_comes_off() {
        for cell in ["=\"R-1\"", "'R-1", "\tR-1", "\u{1f}R-1\u{a0}", "\u{feff}R-1", "=\"'R-1\""] {
            assert_eq!(plain(cell), "R-1", "{cell:?}");
        }
        assert_eq!((plain("=R-1"), plain("R'1"), plain("'")), ("=R-1", "R'1", ""));
        for id in ["2.02611E+17", "2E+05", "1.0e+12"] {
            assert!(is_shortened(id), "{id}");
        }
        for id in ["E+17", "20E+17", "2.0E17", "浙E12345", "2.x1E+17", "2E+"] {
            assert!(!is_shortened(id), "{id}");
        }
    }

    #[test]
    fn a_columns_name_may_have_a_unit_or_a_break() {
        for (name, same) in [
            ("剩余车位（个）", "剩余车位"),
            ("车牌\n号码", "车牌号码"),
            ("入场 时间*", "入场时间"),
            ("应收(元)", "应收"),
        ] {
            assert!(Column::named(name).is_field() && Column::named(name) == Column::named(same), "{name}");
        }
        assert!(!Column::named("（个）").is_field() && !Column::named("座位（个）").is_field());
    }

    #[test]
    fn every_column_has_one_meaning() {
        let mut names: Vec<&str> = COLUMNS
            .iter()
            .flat_map(|(english, chinese, _)| chinese.iter().copied().chain([*english]))
            .collect();
        names.extend(PICTURE);
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
