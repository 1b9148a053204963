//! JSON out of a package: bounded, and with no number or time by which reckoning would overflow.

use crate::bounds::{FILE_MAX, LINE_MAX};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::fmt;

/// The largest number that every reader of JSON has exactly. Nothing of parking is counted so far.
const NUMBER_MAX: u64 = 1 << 53;
/// Years that a clock at a lot may show, however wrong it is.
const YEARS: std::ops::RangeInclusive<i16> = 1000..=8999;

/// What a file says.
pub(crate) fn file<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    read(bytes, FILE_MAX)
}

/// What each line of a file says, for `max` lines at most.
pub(crate) fn lines<T: DeserializeOwned>(bytes: &[u8], max: usize) -> Result<Vec<T>, String> {
    let mut read_lines = Vec::new();
    let Some(bytes) = bytes.strip_suffix(b"\n") else {
        return if bytes.is_empty() { Ok(read_lines) } else { Err("the last line has no end".to_owned()) };
    };
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if number > max {
            return Err(format!("more than {max} lines"));
        }
        read_lines.push(read(line, LINE_MAX).map_err(|why| format!("line {number}: {why}"))?);
    }
    Ok(read_lines)
}

fn read<T: DeserializeOwned>(bytes: &[u8], max: usize) -> Result<T, String> {
    if bytes.len() > max {
        return Err(format!("{} bytes, and {max} are the most", bytes.len()));
    }
    let mut plausible = serde_json::Deserializer::from_slice(bytes);
    Plausible.deserialize(&mut plausible).map_err(|error| error.to_string())?;
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// Looks at every number and time, and keeps nothing.
#[derive(Clone, Copy)]
struct Plausible;

impl<'de> DeserializeSeed<'de> for Plausible {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plausible {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("numbers up to 2^53 and times of the years 1000 to 8999")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        if number > NUMBER_MAX { Err(E::custom(format!("the number {number}"))) } else { Ok(()) }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        if number.unsigned_abs() > NUMBER_MAX {
            Err(E::custom(format!("the number {number}")))
        } else {
            Ok(())
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        // Only what begins with a digit or a sign can be a time, and none is longer.
        let may_be = text.len() <= 64
            && text.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first));
        let date = || text.parse::<Date>().ok();
        let year = may_be.then(|| {
            let time = text.parse::<Timestamp>().ok();
            time.map(|at| bowei_model::moment::to_wall(at).year()).or_else(|| date().map(Date::year))
        });
        match year.flatten() {
            Some(year) if !YEARS.contains(&year) => Err(E::custom(format!("the year {year}"))),
            _ => Ok(()),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            // Digests of versions, which are numbers of any size and are not reckoned with.
            if key.ends_with("_seen") || key == "seen" {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(self)?;
            }
        }
        Ok(())
    }
}
