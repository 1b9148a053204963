//! Moments as cameras and spreadsheets write them. A wall clock without an offset is that of UTC+08:00; a date alone is
//! no moment.

use super::texts;
use bowei_model::moment;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The most bytes of a moment as text; `2026年11月27日 下午08时15分30秒` has fifty.
const TEXT_MAX_BYTES: usize = 64;
/// The most characters that are shown of one that says no moment.
const SHOWN_MAX: usize = 40;
/// Wall clocks, once 年, 月, 日, 时, 分, 秒 and slashes are made plain. Digits may be fewer than two.
const WALLS: [&str; 7] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %p %I:%M:%S%.f",
    "%Y-%m-%d %p %I:%M",
    "%Y-%m-%d %I:%M:%S%.f %p",
    "%Y-%m-%d %I:%M %p",
    "%Y%m%d%H%M%S%.f",
];
/// What stands for AM and PM in Chinese.
const HALVES: [(&str, &str); 8] = [
    ("上午", " AM "),
    ("早上", " AM "),
    ("凌晨", " AM "),
    ("下午", " PM "),
    ("中午", " PM "),
    ("晚上", " PM "),
    ("am", " AM "),
    ("pm", " PM "),
];
/// A year before this is no date but an unset one (`0001-01-01`), or one of two digits.
const YEAR_MIN: i16 = 1_900;
/// Days in the year 2000 and 2100, as spreadsheets count them from 1899-12-30.
const SERIAL_DAYS: std::ops::Range<f64> = 36_526.0..73_051.0;
/// Seconds from 1899-12-30 to 1970.
const SERIAL_EPOCH: i64 = -25_569 * 86_400;
const DAY_MILLIS: f64 = 86_400_000.0;
/// The farthest that any country's clocks are from UTC, in hours.
const OFFSET_HOURS_MAX: i32 = 14;

/// A moment: RFC 3339, with whatever form of offset; a wall clock in the usual Chinese and English forms; fourteen
/// digits of one; seconds, milliseconds or microseconds since 1970. `None` where it is none of them.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > TEXT_MAX_BYTES {
        return None;
    }
    if let Some(at) = counted(text) {
        return Some(at);
    }
    let plain = plain(text);
    let (wall, offset) = with_offset(&plain)?;
    let wall = WALLS.iter().find_map(|form| DateTime::strptime(form, wall).ok())?;
    if wall.year() < YEAR_MIN {
        return None;
    }
    match offset {
        Some(offset) => offset.to_timestamp(wall).ok(),
        None => moment::from_wall(wall),
    }
}

/// What a camera wrote as a time, cut short, where it says no moment.
pub(super) fn unread(text: &str) -> Option<String> {
    if read(text).is_some() {
        return None;
    }
    texts::name(text, SHOWN_MAX)
}

/// The same as a cell of a spreadsheet, which may be the count of days that spreadsheets keep: `46353.3440972222`. A
/// count without a fraction is a date alone.
pub(super) fn read_cell(text: &str) -> Option<Timestamp> {
    read(text).or_else(|| {
        let days: f64 = text.trim().parse().ok().filter(|days| SERIAL_DAYS.contains(days))?;
        if days.fract() == 0.0 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "within two centuries")]
        let millis = (days * DAY_MILLIS).round() as i64;
        let wall = Timestamp::from_millisecond(millis + SERIAL_EPOCH * 1_000).ok()?;
        moment::from_wall(Offset::UTC.to_datetime(wall))
    })
}

/// Digits alone: so many since 1970, or a wall clock (`20260401081530`, with milliseconds behind).
fn counted(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let number = || whole.parse::<i64>().ok();
    match (whole.len(), fraction) {
        (10, _) => Timestamp::from_second(number()?).ok(),
        (13, "") => Timestamp::from_millisecond(number()?).ok(),
        (16, "") => Timestamp::from_microsecond(number()?).ok(),
        (17, "") => {
            let (wall, millis) = whole.split_at_checked(14)?;
            let wall = DateTime::strptime("%Y%m%d%H%M%S%.f", format!("{wall}.{millis}")).ok()?;
            moment::from_wall(wall)
        }
        _ => None,
    }
}

/// The text with hyphens in its date, colons in its time and one blank between.
fn plain(text: &str) -> String {
    let half = text.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    });
    let mut plain: String = half.collect();
    for (word, mark) in HALVES {
        if let Some(at) = plain.to_ascii_lowercase().find(word) {
            plain.replace_range(at..at + word.len(), mark);
        }
    }
    let mut in_time = false;
    let mut made = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '年' | '月' => made.push('-'),
            '/' | '.' if !in_time => made.push('-'),
            '时' | '時' | '点' | '點' | '分' => made.push(':'),
            '秒' => {}
            '日' | '号' | 'T' | 't' => made.push(' '),
            other if other.is_whitespace() => made.push(' '),
            other => made.push(other),
        }
        in_time |= made.ends_with(':') || made.ends_with(' ');
    }
    made.split(' ')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end_matches(':')
        .to_owned()
}

/// The wall clock, and the offset behind it: `Z`, `+08:00`, `+0800`, `+8:00`, `+8`, or `08:00` behind a blank, where
/// the plus of an address's query was read as one. `None` where what stands there is no offset.
fn with_offset(plain: &str) -> Option<(&str, Option<Offset>)> {
    let Some(colon) = plain.find(':') else { return Some((plain, None)) };
    let (head, tail) = plain.split_at_checked(colon)?;
    if let Some(wall) = plain.strip_suffix(['Z', 'z']) {
        return Some((wall.trim_end(), Some(Offset::UTC)));
    }
    if let Some(at) = tail.find(['+', '-']) {
        let (time, offset) = tail.split_at_checked(at)?;
        let wall = plain.get(..head.len() + time.len())?;
        return Some((wall.trim_end(), Some(offset_of(offset)?)));
    }
    match plain.rsplit_once(' ') {
        Some((wall, last)) if last.contains(':') && wall.matches(':').count() == 2 => {
            Some((wall, Some(offset_of(last)?)))
        }
        _ => Some((plain, None)),
    }
}

fn offset_of(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(both) => both,
        None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > OFFSET_HOURS_MAX || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-04-01 08:15:30 in UTC+08:00.
    const AT: i64 = 1_775_002_530;

    #[test]
    fn one_moment_in_all_its_forms() {
        for text in [
            "2026-04-01T08:15:30+08:00",
            "2026-04-01T08:15:30+8:00",
            "2026-04-01T08:15:30+8",
            "2026-04-01T08:15:30+0800",
            "2026-04-01T08:15:30+800",
            "2026-04-01T08:15:30 +08:00",
            "2026-04-01T08:15:30 08:00",
            "2026-04-01T00:15:30Z",
            "2026-04-01T00:15:30+0:00",
            "2026-03-31T20:45:30-03:30",
            "2026-04-01T08:15:30",
            "2026-04-01 08:15:30",
            "2026-4-1 8:15:30",
            "2026/04/01 08:15:30",
            "2026.4.1 8:15:30",
            "2026-04-01  08:15:30.000",
            "20260401081530",
            "20260401081530000",
            "1775002530",
            "1775002530.0",
            "1775002530000",
            "1775002530000000",
            "2026年4月1日 8:15:30",
            "2026年04月01日8时15分30秒",
            "2026-04-01 上午8:15:30",
            "2026/4/1 8:15:30 AM",
            "２０２６－０４－０１ ０８：１５：３０",
        ] {
            assert_eq!(read(text).map(|at| at.as_second()), Some(AT), "{text}");
        }
        assert_eq!(read("2026年4月1日 下午8:15").map(|at| at.as_second()), Some(AT + 12 * 3_600 - 30));
        assert_eq!(
            read("2026-04-01T08:15:30.250+8:00").map(|at| at.as_millisecond()),
            Some(AT * 1_000 + 250)
        );
        assert_eq!(read("20260401081530123").map(|at| at.as_millisecond()), Some(AT * 1_000 + 123));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "yesterday",
            "2026-04-01",
            "2026/4/1",
            "20260401",
            "46113",
            "0001-01-01 00:00:00",
            "0000-00-00 00:00:00",
            "2026-04-31 08:15:30",
            "2026-04-01 25:15:30",
            "2026-04-01T08:15:30+88:00",
            "2026-04-01T08:15:30+CST",
            "1.77500E+09",
        ] {
            assert_eq!(read_cell(text), None, "{text}");
        }
    }

    #[test]
    fn a_spreadsheets_count_of_days_is_a_moment_only_in_a_cell() {
        let eight = "46113.3440972222";
        assert_eq!(read_cell(eight).map(|at| at.as_second()), Some(AT));
        assert_eq!(read(eight), None);
    }
}
