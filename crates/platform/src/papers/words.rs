//! Values as Chinese papers write them: the filters of the templates.

use super::data::{Figure, Number, Unit};
use bowei_model::moment;
use chinese_number::{ChineseCase, ChineseCountMethod, ChineseVariant, NumberToChinese as _};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Value};
use rust_decimal::Decimal;
use std::fmt::Write as _;

/// What stands where there were too few cases to say.
const NOT_SCORED: &str = "未评分";

/// The largest amount that is written in capitals: below a trillion (万亿), as forms have it.
const CAPITALS_BELOW: i64 = 1_000_000_000_000;

pub(super) fn add_filters(environment: &mut Environment<'_>) {
    environment.add_filter("number", number);
    environment.add_filter("day", day);
    environment.add_filter("moment", |text: &str| wall(text).map(minutes));
    environment.add_filter("deadline", |text: &str| wall(text).map(hours));
    environment.add_filter("chinese", chinese);
    environment.add_filter("figure", |figure: Serde<Figure>| measured(figure.now, &figure.unit));
    environment.add_filter("change", |figure: Serde<Figure>| change(figure.now, figure.before, &figure.unit));
    environment.add_filter("measured", |now: Option<f64>, unit: Serde<Unit>| measured(now, &unit));
    environment.add_filter("change_in", |now: Option<f64>, before: Option<f64>, unit: Serde<Unit>| {
        change(now, before, &unit)
    });
    environment.add_filter("yuan", |amount: Value| decimal(&amount).map(|amount| format!("{amount}元")));
    environment.add_filter("capitals", |amount: Value| decimal(&amount).and_then(capitals));
    environment.add_filter("paragraphs", paragraphs);
    environment.add_filter("family", |name: &str| Value::from_safe_string(css_string(name)));
    environment.add_filter("agency_size", agency_size_mm);
}

/// 〔2026〕12号
fn number(number: Serde<Number>) -> String {
    format!("〔{}〕{}号", number.year, number.number)
}

/// 2026年11月28日
fn day(text: &str) -> Result<String, Error> {
    text.parse().map(whole_day).map_err(|_| unfit(format!("{text:?} is no day such as 2026-11-28")))
}

fn whole_day(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// 2026年11月28日17时30分
fn minutes(at: DateTime) -> String {
    format!("{}{}时{:02}分", whole_day(at.date()), at.hour(), at.minute())
}

/// 2026年11月28日17时, with minutes where there are any.
fn hours(at: DateTime) -> String {
    if at.minute() == 0 { format!("{}{}时", whole_day(at.date()), at.hour()) } else { minutes(at) }
}

fn wall(text: &str) -> Result<DateTime, Error> {
    let at: Timestamp = text
        .parse()
        .map_err(|_| unfit(format!("{text:?} is no moment such as 2026-11-28T17:30:00+08:00")))?;
    Ok(moment::to_wall(at))
}

/// 一, 十二, 二十: how parts are counted.
fn chinese(number: u32) -> Result<String, Error> {
    let words = number
        .to_chinese(ChineseVariant::Simple, ChineseCase::Lower, ChineseCountMethod::TenThousand)
        .map_err(|_| unfit(format!("{number} is too large a number")))?;
    // 一十二 is what a bank writes.
    Ok(words.strip_prefix('一').filter(|rest| rest.starts_with('十')).map_or(words.clone(), str::to_owned))
}

/// 伍仟元整
fn capitals(amount: Decimal) -> Result<String, Error> {
    let cents = (amount * Decimal::ONE_HUNDRED).normalize();
    let cents = i64::try_from(cents)
        .ok()
        .filter(|&cents| {
            cents >= 0
                && cents / 100 < CAPITALS_BELOW
                && Decimal::from(cents) == amount * Decimal::ONE_HUNDRED
        })
        .ok_or_else(|| unfit(format!("{amount} is no amount in yuan and cents below {CAPITALS_BELOW}")))?;
    let upper = |number: i64| {
        number
            .to_chinese(ChineseVariant::Simple, ChineseCase::Upper, ChineseCountMethod::TenThousand)
            .map_err(|_| unfit(format!("{number} is too large a number")))
    };
    // A sum begins with 壹拾, where a number begins with 拾.
    let upper = |number| {
        upper(number).map(|words| if words.starts_with('拾') { format!("壹{words}") } else { words })
    };
    let (yuan, tenths, hundredths) = (cents / 100, cents / 10 % 10, cents % 10);
    let mut words = String::new();
    if yuan > 0 || cents == 0 {
        let _ = write!(words, "{}元", upper(yuan)?);
    }
    if tenths == 0 && hundredths == 0 {
        words.push('整');
        return Ok(words);
    }
    if tenths > 0 {
        let _ = write!(words, "{}角", upper(tenths)?);
    } else if yuan > 0 {
        words.push('零');
    }
    if hundredths > 0 {
        let _ = write!(words, "{}分", upper(hundredths)?);
    }
    Ok(words)
}

fn decimal(amount: &Value) -> Result<Decimal, Error> {
    let text = amount.to_string();
    text.parse().map_err(|_| unfit(format!("{text:?} is no amount such as 5000 or 12.50")))
}

/// 95.3%, 128条, 12.4秒.
fn measured(now: Option<f64>, unit: &Unit) -> String {
    let Some(now) = now else { return NOT_SCORED.to_owned() };
    let shown = shown(now, unit);
    match unit {
        Unit::Rate => format!("{shown:.1}%"),
        Unit::Points => format!("{shown:.1}分"),
        Unit::Count(word) => format!("{shown:.0}{word}"),
        Unit::Seconds => format!("{shown:.1}秒"),
        Unit::Yuan => format!("{shown:.2}元"),
    }
}

/// 上升1.2个百分点, 增加12条, 持平.
fn change(now: Option<f64>, before: Option<f64>, unit: &Unit) -> String {
    let (now, before) = match (now, before) {
        (None, _) => return "—".to_owned(),
        (Some(_), None) => return "上期未评分".to_owned(),
        (Some(now), Some(before)) => (now, before),
    };
    // Of what is shown of both, so that a reader who subtracts finds the same.
    let difference = shown(now, unit) - shown(before, unit);
    let (more, less) = match unit {
        Unit::Rate | Unit::Points => ("上升", "下降"),
        Unit::Count(_) | Unit::Seconds | Unit::Yuan => ("增加", "减少"),
    };
    let size = difference.abs();
    if size < 0.005 {
        return "持平".to_owned();
    }
    let direction = if difference > 0.0 { more } else { less };
    match unit {
        Unit::Rate => format!("{direction}{size:.1}个百分点"),
        Unit::Points => format!("{direction}{size:.1}分"),
        Unit::Count(word) => format!("{direction}{size:.0}{word}"),
        Unit::Seconds => format!("{direction}{size:.1}秒"),
        Unit::Yuan => format!("{direction}{size:.2}元"),
    }
}

/// What is printed of a value: rounded, but never up to all nor down to nothing.
fn shown(value: f64, unit: &Unit) -> f64 {
    match unit {
        Unit::Rate => {
            let tenths = (value * 1_000.0).round();
            let within = if value > 0.0 && value < 1.0 { tenths.clamp(1.0, 999.0) } else { tenths };
            within / 10.0
        }
        Unit::Points | Unit::Seconds => (value * 10.0).round() / 10.0,
        Unit::Count(_) => value.round(),
        Unit::Yuan => (value * 100.0).round() / 100.0,
    }
}

/// A text's paragraphs: its lines that are not blank.
fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// A CSS string that ends neither itself nor the element that it stands in.
fn css_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        if character.is_alphanumeric() || matches!(character, ' ' | '-' | '_') {
            quoted.push(character);
        } else {
            let _ = write!(quoted, "\\{:x} ", u32::from(character));
        }
    }
    quoted.push('"');
    quoted
}

/// Millimetres of a character of the agency's name at the head: as large as the head has room for, and the name on one
/// line of the type area (156 mm).
fn agency_size_mm(name: &str) -> f64 {
    const HEAD_MM: f64 = 13.9;
    const TYPE_AREA_MM: f64 = 156.0;
    let characters = u32::try_from(name.chars().count().max(1)).unwrap_or(u32::MAX);
    (TYPE_AREA_MM / f64::from(characters)).min(HEAD_MM)
}

/// Marks that no name has: controls, and those that turn the direction of the words after them.
pub(super) fn is_unprintable(character: char) -> bool {
    let turns = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (character.is_control() && !matches!(character, '\n' | '\t'))
}

fn unfit(words: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime {
        wall(text).unwrap()
    }

    #[test]
    fn numbers_and_times_are_written_as_papers_write_them() {
        assert_eq!(number(Serde(Number { year: 2026, number: 12 })), "〔2026〕12号");
        assert_eq!(day("2026-01-08").unwrap(), "2026年1月8日");
        assert_eq!(minutes(at("2026-11-28T09:30:00Z")), "2026年11月28日17时30分");
        assert_eq!(minutes(at("2026-11-28T17:05:59+08:00")), "2026年11月28日17时05分");
        assert_eq!(hours(at("2026-12-12T17:00:00+08:00")), "2026年12月12日17时");
        assert_eq!(hours(at("2026-12-12T17:30:00+08:00")), "2026年12月12日17时30分");
        assert!(day("2026-02-30").is_err());
        for (number, words) in
            [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (21, "二十一"), (101, "一百零一")]
        {
            assert_eq!(chinese(number).unwrap(), words);
        }
    }

    #[test]
    fn amounts_are_written_in_capitals() {
        for (amount, words) in [
            ("5000", "伍仟元整"),
            ("5000.00", "伍仟元整"),
            ("10000", "壹万元整"),
            ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
            ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
            ("325.5", "叁佰贰拾伍元伍角"),
            ("107000.53", "壹拾万柒仟元伍角叁分"),
            ("0.53", "伍角叁分"),
            ("10", "壹拾元整"),
            ("100010", "壹拾万零壹拾元整"),
            ("0", "零元整"),
        ] {
            assert_eq!(capitals(amount.parse().unwrap()).unwrap(), words, "{amount}");
        }
        for amount in ["-1", "0.001", "1000000000000"] {
            assert!(capitals(amount.parse().unwrap()).is_err(), "{amount}");
        }
    }

    #[test]
    fn figures_are_rounded_but_never_to_all_or_nothing_and_changes_agree_with_what_is_shown() {
        let pieces = Unit::Count("条".to_owned());
        assert_eq!(measured(Some(0.9999), &Unit::Rate), "99.9%");
        assert_eq!(measured(Some(0.0001), &Unit::Rate), "0.1%");
        assert_eq!(measured(Some(1.0), &Unit::Rate), "100.0%");
        assert_eq!(measured(Some(0.0), &Unit::Rate), "0.0%");
        assert_eq!(measured(Some(128.0), &pieces), "128条");
        assert_eq!(measured(None, &pieces), "未评分");
        assert_eq!(change(Some(0.9526), Some(0.9412), &Unit::Rate), "上升1.2个百分点");
        assert_eq!(change(Some(0.9412), Some(0.9526), &Unit::Rate), "下降1.2个百分点");
        assert_eq!(change(Some(0.95), Some(0.9503), &Unit::Rate), "持平");
        assert_eq!(change(Some(128.0), Some(140.0), &pieces), "减少12条");
        assert_eq!(change(Some(0.9), None, &Unit::Rate), "上期未评分");
        assert_eq!(change(None, Some(0.9), &Unit::Rate), "—");
    }

    #[test]
    fn a_font_s_name_ends_neither_its_string_nor_the_style() {
        assert_eq!(css_string("仿宋_GB2312"), "\"仿宋_GB2312\"");
        let hostile = css_string("a\"}</style><script>\\\n");
        assert!(!hostile[1..hostile.len() - 1].contains(['"', '<', '>', '\n', '}']), "{hostile}");
    }
}
