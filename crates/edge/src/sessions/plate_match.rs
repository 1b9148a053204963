//! Which car inside is the one that goes out, where its plate does not say so.

use super::inside::Inside;
use crate::devices::PROVINCES;
use bowei_model::{Plate, Vehicle};

/// Characters that cameras take for one another.
const LOOK_ALIKES: [&str; 8] = ["0ODQ", "8B", "1I", "2Z", "5S", "6G", "UV", "MN"];

/// The one car inside whose plate may be the same, misread: one look-alike character apart, or by the province alone.
/// `None` where there is no such car, or more than one.
pub(super) fn misread<'a>(plate: &Plate, cars: impl Iterator<Item = &'a Inside>) -> Option<&'a Inside> {
    let mut alike = cars.filter(|car| car.plate.as_ref().is_some_and(|other| differ_by_one(plate, other)));
    let first = alike.next()?;
    alike.next().is_none().then_some(first)
}

/// Whether two plates differ in one place, and that by characters which look alike.
pub(super) fn differ_by_one(one: &Plate, other: &Plate) -> bool {
    if one.as_str().chars().count() != other.as_str().chars().count() {
        return false;
    }
    let pairs = one.as_str().chars().zip(other.as_str().chars());
    let mut apart = pairs.enumerate().filter(|(_, (a, b))| a != b);
    let Some((place, (a, b))) = apart.next() else { return false };
    if apart.next().is_some() {
        return false;
    }
    let provinces = place == 0 && PROVINCES.contains(a) && PROVINCES.contains(b);
    provinces || LOOK_ALIKES.iter().any(|alike| alike.contains(a) && alike.contains(b))
}

/// How well looks agree; more is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    Color,
    Brand,
    ColorAndBrand,
}

/// The car without a plate that goes out, by make and colour (Ningbo 5.3): of those that agree best the one longest
/// inside. Which of two like cars it is cannot be told; the sum of their stays is the same either way, and the one
/// left over is the younger, so that an error does not grow old. Where nothing is known of the car's looks, the only
/// car without a plate is taken, if there is but one.
///
/// `cars` are those without a plate, the longest inside first.
pub(super) fn without_plate<'a>(looks: Option<&Vehicle>, cars: &[&'a Inside]) -> Option<&'a Inside> {
    let Some(looks) = looks.filter(|looks| looks.color.is_some() || looks.brand.is_some()) else {
        return match cars {
            [only] => Some(only),
            _ => None,
        };
    };
    let mut best: Option<(Agreement, &Inside)> = None;
    for car in cars {
        let Some(how) = car.vehicle.as_deref().and_then(|other| agreement(looks, other)) else { continue };
        if best.is_none_or(|(so_far, _)| how > so_far) {
            best = Some((how, car));
        }
    }
    // The only one of which nothing is known that speaks against it.
    let unknown = || match cars {
        [only] if only.vehicle.as_deref().is_none_or(|other| unsaid(looks, other)) => Some(*only),
        _ => None,
    };
    best.map(|(_, car)| car).or_else(unknown)
}

/// A make is read by day and night alike, a colour is not: makes that differ are two cars, colours that differ need
/// not be.
fn agreement(one: &Vehicle, other: &Vehicle) -> Option<Agreement> {
    let both = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => Some(a == b),
        _ => None,
    };
    match (both(&one.color, &other.color), both(&one.brand, &other.brand)) {
        (_, Some(false)) => None,
        (Some(true), Some(true)) => Some(Agreement::ColorAndBrand),
        (_, Some(true)) => Some(Agreement::Brand),
        (Some(true), None) => Some(Agreement::Color),
        (_, None) => None,
    }
}

/// Whether nothing is said of both.
fn unsaid(one: &Vehicle, other: &Vehicle) -> bool {
    (one.color.is_none() || other.color.is_none()) && (one.brand.is_none() || other.brand.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(one: &str, other: &str) -> bool {
        differ_by_one(&Plate::read(one).unwrap(), &Plate::read(other).unwrap())
    }

    #[test]
    fn one_look_alike_or_the_province_may_differ() {
        assert!(apart("浙E12345", "浙E1234S"));
        assert!(apart("浙EB1234", "浙E81234"));
        assert!(apart("浙E12345", "皖E12345"));
        assert!(!apart("浙E12345", "浙E12346"), "5 and 6 are two numbers");
        assert!(!apart("浙E12345", "皖E1234S"), "two places");
        assert!(!apart("浙E12345", "浙E12345"));
        assert!(!apart("浙E1234", "浙E12345"));
    }
}
