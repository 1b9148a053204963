//! Money and energy: decimals with at most two places, as strings or as numbers, never floating point.

use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, Present, writing};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// 2.2 表 序号 12 to 15: 小数点后2位.
const PLACES: u32 = 2;
/// Digits before the point: a thousand billion yuan, more than any charge and within every store's numbers.
const DIGITS_MAX: usize = 12;

/// As many noughts beyond the second place as any decimal column writes.
const NOUGHTS_MAX: usize = 16;

/// An amount, or none: `没有的请传空`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount(pub(super) Option<Decimal>);

impl Amount {
    pub(super) fn read(object: &Object<'_>, names: &[&str], expected: &'static str) -> Result<Self, Fault> {
        Ok(Self(object.optional_of(names, expected).map(|value| read(&value)).transpose()?))
    }

    pub(super) fn write(field: &'static str, amount: Option<Decimal>) -> Result<Self, CannotSeal> {
        let Some(amount) = amount else { return Ok(Self(None)) };
        // 28.140 is 28.14; 28.145 is not to be rounded by whoever passes it on.
        let mut amount = if amount.scale() > PLACES { amount.normalize() } else { amount };
        if amount.scale() > PLACES {
            return Err(writing::unfit(field, "小数点后不超过 2 位 it has more than two decimal places"));
        }
        amount.rescale(PLACES);
        match in_digits(&amount.to_string()) {
            Some(_) => Ok(Self(Some(amount))),
            None => Err(writing::unfit(
                field,
                "应不小于 0，小数点前不超过 12 位 it is below zero or has more than 12 digits before the point",
            )),
        }
    }
}

fn read(value: &Present<'_>) -> Result<Decimal, Fault> {
    let text = value.any_text()?;
    let text = text.trim();
    if let Some(amount) = in_digits(text) {
        return Ok(amount);
    }
    // A plain number, but not one that an amount can be.
    let plain =
        text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-')) && text.parse::<Decimal>().is_ok();
    Err(if plain { value.outside_list(text) } else { value.wrong_type() })
}

/// `12`, `12.3`, `12.34`, `12.340`, `.5`: at most twelve digits, and at most two after the point.
fn in_digits(text: &str) -> Option<Decimal> {
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if text.is_empty() || places.is_empty() || !digits(whole) || !digits(places) || whole.len() > DIGITS_MAX {
        return None;
    }
    // Noughts beyond the second place add nothing: a database's decimal of three places is full of them.
    let (kept, beyond) = places.split_at(places.len().min(PLACES as usize));
    if beyond.len() > NOUGHTS_MAX || beyond.bytes().any(|b| b != b'0') {
        return None;
    }
    let places = if text.contains('.') { format!(".{kept}") } else { String::new() };
    format!("{}{places}", if whole.is_empty() { "0" } else { whole }).parse().ok()
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(amount) => serializer.collect_str(&amount),
            None => serializer.serialize_str(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_at_most_two_places() {
        for (text, amount) in [
            ("0", "0"),
            ("28.14", "28.14"),
            ("5.0", "5.0"),
            (".5", "0.5"),
            ("007", "7"),
            ("12.340", "12.34"),
            ("5.000000", "5.00"),
        ] {
            assert_eq!(in_digits(text).map(|a| a.to_string()).as_deref(), Some(amount), "{text}");
        }
        assert!(in_digits("999999999999.99").is_some());
        for text in [
            "",
            ".",
            "1.",
            "1.234",
            "1.2301",
            "1.00000000000000000000",
            "-1",
            "+1",
            "1e2",
            "1,000",
            "１",
            "1 2",
            "1000000000000",
            "NaN",
        ] {
            assert_eq!(in_digits(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_are_written_with_two_places() {
        let written = |text: &str| {
            Amount::write("power", Some(text.parse().unwrap())).map(|a| a.0.unwrap().to_string())
        };
        assert_eq!(written("5").as_deref(), Ok("5.00"));
        assert_eq!(written("23.450").as_deref(), Ok("23.45"));
        for text in ["23.455", "-1", "1000000000000"] {
            assert!(written(text).is_err(), "{text}");
        }
    }
}
