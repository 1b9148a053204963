//! What a stay costs: a tariff in words, and the rule that the words say.

use super::PlaceKind;
use bowei_model::PlateKind;
use rust_decimal::Decimal;

/// A tariff as a rule. Money in whole yuan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fee {
    /// By time.
    ByTime {
        /// A stay of so many minutes costs nothing.
        free_min: i64,
        /// Otherwise: the first hour.
        first_hour: i64,
        /// Every further hour begun.
        hour: i64,
        /// The most for 24 hours.
        day_max: i64,
    },
    /// By visit.
    ByVisit {
        /// One visit.
        visit: i64,
        /// A new-energy car's stay of so many minutes costs nothing.
        new_energy_free_min: i64,
    },
}

const DAY_MIN: i64 = 24 * 60;

impl Fee {
    /// What a stay of so many minutes costs, in yuan with two places.
    pub fn of(self, minutes: i64, kind: PlateKind) -> Decimal {
        let yuan = match self {
            Self::ByTime { free_min, .. } if minutes <= free_min => 0,
            Self::ByTime { first_hour, hour, day_max, .. } => {
                let (days, rest) = (minutes / DAY_MIN, minutes % DAY_MIN);
                // What is left of a whole number of days costs nothing more.
                let begun = if rest > 0 { first_hour } else { 0 };
                let further = hour * ((rest - 60).max(0) + 59).div_euclid(60);
                days * day_max + (begun + further).min(day_max)
            }
            Self::ByVisit { visit, new_energy_free_min } => {
                let electric = matches!(kind, PlateKind::SMALL_NEW_ENERGY | PlateKind::LARGE_NEW_ENERGY);
                if electric && minutes <= new_energy_free_min { 0 } else { visit }
            }
        };
        Decimal::new(yuan * 100, 2)
    }
}

/// The words of a lot's tariff, and off the street, where a car pays when it leaves, the rule.
pub(super) fn tariff(place: PlaceKind, on_street: bool) -> (&'static str, Option<Fee>) {
    let by_time =
        |free_min, first_hour, hour, day_max| Some(Fee::ByTime { free_min, first_hour, hour, day_max });
    match (place, on_street) {
        (PlaceKind::OldTown | PlaceKind::Mall, true) => {
            ("一类区域：15 分钟内免费，首小时 4 元，之后每半小时 2 元，20:00 至次日 8:00 免费", None)
        }
        (_, true) => ("二类区域：30 分钟内免费，首小时 3 元，之后每小时 2 元，20:00 至次日 8:00 免费", None),
        (PlaceKind::Hospital, false) => {
            ("30 分钟内免费，之后每小时 2 元，24 小时最高 15 元", by_time(30, 2, 2, 15))
        }
        (PlaceKind::Station, false) => {
            ("15 分钟内免费，首小时 5 元，之后每小时 3 元，24 小时最高 40 元", by_time(15, 5, 3, 40))
        }
        (PlaceKind::Mall, false) => {
            ("30 分钟内免费，首小时 5 元，之后每小时 2 元，24 小时最高 30 元", by_time(30, 5, 2, 30))
        }
        (PlaceKind::Scenic, false) => {
            let visit = Fee::ByVisit { visit: 10, new_energy_free_min: 60 };
            ("10 元/次，新能源汽车首小时免费", Some(visit))
        }
        (PlaceKind::Residential, false) => {
            ("30 分钟内免费，每小时 1 元，24 小时最高 8 元", by_time(30, 1, 1, 8))
        }
        (_, false) => {
            ("30 分钟内免费，首小时 3 元，之后每小时 2 元，24 小时最高 20 元", by_time(30, 3, 2, 20))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stay_costs_what_the_words_say() {
        let cost = |place, minutes, kind| tariff(place, false).1.unwrap().of(minutes, kind).to_string();
        let mall = |minutes| cost(PlaceKind::Mall, minutes, PlateKind::SMALL);
        assert_eq!(
            [mall(30), mall(31), mall(60), mall(61), mall(181)],
            ["0.00", "5.00", "5.00", "7.00", "11.00"]
        );
        assert_eq!([mall(1_439), mall(1_440), mall(1_441)], ["30.00", "30.00", "35.00"]);
        let scenic = |minutes, kind| cost(PlaceKind::Scenic, minutes, kind);
        assert_eq!(scenic(10, PlateKind::SMALL), "10.00");
        assert_eq!(scenic(60, PlateKind::SMALL_NEW_ENERGY), "0.00");
        assert_eq!(scenic(61, PlateKind::SMALL_NEW_ENERGY), "10.00");
        assert!(tariff(PlaceKind::Mall, true).1.is_none());
    }
}
