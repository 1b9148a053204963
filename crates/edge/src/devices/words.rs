//! From a camera's words to the model's: plates, their colours and kinds, the colours of cars.

use super::texts;
pub(crate) use bowei_model::plate::PROVINCES;
use bowei_model::plate::PlateShape;
use bowei_model::{Plate, PlateKind};

/// The most characters of a plate: its nine places, and room for what cameras make of stickers.
const PLATE_MAX: usize = 32;
/// The most characters of a make's name or number.
const BRAND_MAX: usize = 64;

/// The colour of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlateColor {
    Blue,
    Yellow,
    White,
    Black,
    Green,
    YellowGreen,
}

impl PlateColor {
    /// In the words of Ningbo 5.3 `hpys`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Blue => "蓝",
            Self::Yellow => "黄",
            Self::White => "白",
            Self::Black => "黑",
            Self::Green => "渐变绿",
            Self::YellowGreen => "黄绿双拼",
        }
    }
}

/// A plate as a camera writes it; `None` for its words for no plate.
pub(super) fn plate(text: &str) -> Option<Plate> {
    // A car with plates of three regions: `粤ZJ068澳|MX7742|ZM127`. The first is the mainland's.
    let first = text.split('|').next().unwrap_or_default();
    let plain: String = first.chars().filter(|c| !c.is_control() && *c != '\u{fffd}').collect();
    if plain.trim().chars().count() > PLATE_MAX {
        return None;
    }
    Plate::read(&plain)
}

/// The kind of a plate: what stands on it says more than its colour, and for ordinary plates the colour decides
/// (annex C of the Shenzhen text). `41` for a car without a plate.
pub(super) fn kind(plate: Option<&Plate>, color: Option<PlateColor>) -> Option<PlateKind> {
    let Some(plate) = plate else { return Some(PlateKind::NONE) };
    let code = match (plate.shape(), color) {
        (Some(PlateShape::Marked('警')), _) => 23,
        (Some(PlateShape::Marked('学')), _) => 16,
        (Some(PlateShape::Marked('挂')), _) => 15,
        (Some(PlateShape::Marked('领')), _) => 4,
        (Some(PlateShape::Marked('港')), _) => 26,
        (Some(PlateShape::Marked('澳')), _) => 27,
        (Some(PlateShape::Marked('试')), _) => 18,
        (Some(PlateShape::Diplomatic), _) => 3,
        (Some(PlateShape::Tractor), _) => 14,
        (Some(PlateShape::ArmedPolice), _) => 31,
        (Some(PlateShape::Military), _) => 32,
        (Some(PlateShape::NewEnergyLarge), _) | (_, Some(PlateColor::YellowGreen)) => 51,
        (Some(PlateShape::NewEnergySmall), _) | (_, Some(PlateColor::Green)) => 52,
        (_, Some(PlateColor::Blue)) => 2,
        (_, Some(PlateColor::Yellow)) => 1,
        (_, Some(PlateColor::White | PlateColor::Black) | None) => return None,
    };
    PlateKind::from_code(code)
}

/// A plate's colour from an English or Chinese word of Hikvision's or Dahua's.
pub(super) fn plate_color(word: &str) -> Option<PlateColor> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "blue" | "lightblue" | "deepblue" | "蓝" | "蓝色" => PlateColor::Blue,
        "yellow" | "golden" | "黄" | "黄色" => PlateColor::Yellow,
        "white" | "白" | "白色" => PlateColor::White,
        "black" | "civilaviationblack" | "黑" | "黑色" => PlateColor::Black,
        "green" | "newenergygreen" | "shadowgreen" | "gradientgreen" | "smallnewenergy" | "绿" | "绿色"
        | "渐变绿" | "渐变绿色" => PlateColor::Green,
        "yellowgreen"
        | "newenergyyellowgreen"
        | "yellow-green"
        | "bignewenergy"
        | "黄绿"
        | "黄绿色"
        | "黄绿双拼"
        | "黄绿双拼色" => PlateColor::YellowGreen,
        _ => return None,
    })
}

/// A car's colour from an English word, in those of Ningbo 5.3 `csys`. Silver counts as grey, which is how half of
/// the cameras name it.
pub(super) fn car_color(word: &str) -> Option<String> {
    let word = match word.trim().to_ascii_lowercase().as_str() {
        "white" => "白色",
        "black" => "黑色",
        "gray" | "grey" | "silver" | "silvergray" | "silvergrey" | "deepgray" | "darkgray" | "lightgray" => {
            "灰色"
        }
        "red" | "darkred" => "红色",
        "blue" | "deepblue" | "darkblue" | "lightblue" => "蓝色",
        "yellow" | "golden" | "gold" => "黄色",
        "green" | "darkgreen" | "lightgreen" => "绿色",
        "brown" | "darkbrown" | "champagne" => "棕色",
        "pink" => "粉色",
        "purple" | "violet" | "darkviolet" => "紫色",
        "orange" | "darkorange" => "橙色",
        "cyan" => "青色",
        other => return ningbo_color(other),
    };
    Some(word.to_owned())
}

/// A colour that came in Chinese already.
fn ningbo_color(word: &str) -> Option<String> {
    let stem = word.strip_suffix('色').unwrap_or(word);
    let known = ["白", "黑", "灰", "红", "蓝", "黄", "绿", "棕", "粉", "紫", "橙", "青"].contains(&stem);
    match stem {
        "银" => Some("灰色".to_owned()),
        _ if known => Some(format!("{stem}色")),
        _ => None,
    }
}

/// A make's name or number; `None` for the words and numbers that mean "not recognised".
pub(super) fn brand(text: &str, unknown: &[&str]) -> Option<String> {
    let name = texts::name(text, BRAND_MAX)?;
    let none = unknown.contains(&name.as_str())
        || ["unknown", "unknow", "other", "none", "未知", "其他"]
            .iter()
            .any(|word| name.eq_ignore_ascii_case(word));
    (!none).then_some(name)
}

/// A share of certainty, 0 to 100.
pub(super) fn confidence(number: i64) -> Option<u8> {
    // Dahua's text lets it run to 255, and its cameras stop at 100.
    u8::try_from(number.clamp(0, 100)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        plate(text).map(|plate| plate.as_str().to_owned())
    }

    #[test]
    fn a_colour_before_the_plate_is_no_part_of_it() {
        assert_eq!(read("蓝浙E12345").as_deref(), Some("浙E12345"));
        assert_eq!(read("黄绿浙E12345D").as_deref(), Some("浙E12345D"));
        assert_eq!(read("黑浙E12345").as_deref(), Some("浙E12345"));
        assert_eq!(read("黑A12345").as_deref(), Some("黑A12345"), "Heilongjiang's own plates stay");
        assert_eq!(read("蓝黑A12345").as_deref(), Some("黑A12345"));
        assert_eq!(read("蓝浙E1234").as_deref(), Some("浙E1234"), "a place misread");
    }

    #[test]
    fn words_for_no_plate_are_none() {
        for text in
            ["_无_", "无牌", "unknown", "Unknown", " 无车牌 ", "00000000", "", "\u{fffd}", "No Plate", "车牌"]
        {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn kinds_follow_what_stands_on_the_plate_and_then_its_colour() {
        let of = |text: &str, color| kind(plate(text).as_ref(), color).map(|kind| kind.to_string());
        assert_eq!(of("浙E12345", Some(PlateColor::Blue)).as_deref(), Some("02"));
        assert_eq!(of("浙E12345", Some(PlateColor::Yellow)).as_deref(), Some("01"));
        assert_eq!(of("浙E1234学", Some(PlateColor::Yellow)).as_deref(), Some("16"));
        assert_eq!(of("浙ED12345", Some(PlateColor::Green)).as_deref(), Some("52"));
        assert_eq!(of("浙E12345D", None).as_deref(), Some("51"));
        assert_eq!(of("粤Z9065澳", Some(PlateColor::Black)).as_deref(), Some("27"));
        assert_eq!(of("浙E12345", None), None);
        assert_eq!(of("无牌", Some(PlateColor::Blue)).as_deref(), Some("41"));
    }
}
