//! The seven rates of a lot and day. Each is a numerator and a denominator that are counted from the same list that opens
//! them, so that no number is without its records.

mod counted;

pub(super) use counted::of_day;
pub use counted::{Part, RateRecord, RecordWords, records};

use super::{Durations, RuleSet};
use serde::{Deserialize, Serialize, Serializer};
use std::ops::AddAssign;

/// One of the seven rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// 在线率: minutes with a sign of life / minutes due.
    Online,
    /// 及时率: passages received within 10 s / passages.
    Timeliness,
    /// 完整率: stays with both ends and all required fields / stays that ended or should have.
    Completeness,
    /// 照片上传率: passages with a usable picture within 10 minutes / passages.
    Photos,
    /// 进出平衡率: 1 − |in − out − change of cars inside| / max(in, out).
    Balance,
    /// 空位准确率: hours in which reported and derived agree / hours with both.
    Vacancy,
    /// 基础信息完整率: required items that are there, without contradiction and in time / required items.
    BaseData,
}

impl Rate {
    /// Every rate.
    pub const ALL: [Self; 7] = [
        Self::Online,
        Self::Timeliness,
        Self::Completeness,
        Self::Photos,
        Self::Balance,
        Self::Vacancy,
        Self::BaseData,
    ];

    /// Its name in the API, snake_case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Timeliness => "timeliness",
            Self::Completeness => "completeness",
            Self::Photos => "photos",
            Self::Balance => "balance",
            Self::Vacancy => "vacancy",
            Self::BaseData => "base_data",
        }
    }

    /// The rate of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rate| rate.name() == name)
    }

    /// What it is to be at least, where the rule set names nothing else.
    pub fn default_aim(self) -> f64 {
        match self {
            Self::Online | Self::Completeness | Self::Balance => 0.95,
            Self::Timeliness | Self::Photos => 0.8,
            Self::Vacancy => 0.9,
            Self::BaseData => 1.0,
        }
    }

    /// Cases in its denominator below which it is not scored, where the rule set names nothing else: an hour's minutes, ten
    /// passages, a quarter of a day's hours.
    pub fn default_least(self) -> u64 {
        match self {
            Self::Online => 60,
            Self::Timeliness | Self::Photos | Self::Balance => 10,
            Self::Completeness => 5,
            Self::Vacancy => 6,
            Self::BaseData => 1,
        }
    }
}

/// A numerator and a denominator. They add up over days and lots. As JSON `[num, den]`; an object is read too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Ratio {
    /// What is as it should be.
    pub num: u64,
    /// All.
    pub den: u64,
}

impl Ratio {
    /// Their quotient; `None` where there are fewer cases than `least`, or none.
    pub fn rate(self, least: u64) -> Option<f64> {
        (self.den >= least.max(1)).then(|| self.num as f64 / self.den as f64)
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.num, self.den).serialize(serializer)
    }
}

impl AddAssign for Ratio {
    fn add_assign(&mut self, other: Self) {
        self.num = self.num.saturating_add(other.num);
        self.den = self.den.saturating_add(other.den);
    }
}

/// The rates of one lot and day; of a month, a provider or a district their sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DayRates {
    /// 在线率, in minutes.
    pub online: Ratio,
    /// 及时率, in passages received within 10 s.
    pub timeliness: Ratio,
    /// The same within 60 s.
    pub within_60s: Ratio,
    /// 完整率, in stays.
    pub completeness: Ratio,
    /// 照片上传率, in passages.
    pub photos: Ratio,
    /// 进出平衡率, in cars.
    pub balance: Ratio,
    /// 空位准确率, in hours.
    pub vacancy: Ratio,
    /// 基础信息完整率, in items.
    pub base_data: Ratio,
    /// How long passages took to be received.
    #[serde(serialize_with = "Durations::as_array")]
    pub delays: Durations,
}

impl DayRates {
    /// A rate's numerator and denominator.
    pub fn ratio(&self, rate: Rate) -> Ratio {
        match rate {
            Rate::Online => self.online,
            Rate::Timeliness => self.timeliness,
            Rate::Completeness => self.completeness,
            Rate::Photos => self.photos,
            Rate::Balance => self.balance,
            Rate::Vacancy => self.vacancy,
            Rate::BaseData => self.base_data,
        }
    }

    /// A rate; `None` where there are too few cases for one.
    pub fn rate(&self, rate: Rate, rules: &RuleSet) -> Option<f64> {
        self.ratio(rate).rate(rules.rates.least(rate))
    }

    /// 0 to 100: each rate against its aim, at most in full, by their weights; rates of too few cases are left out. `None`
    /// where all are.
    pub fn score(&self, rules: &RuleSet) -> Option<f64> {
        let (mut sum, mut weights) = (0.0, 0.0);
        for rate in Rate::ALL {
            let Some(reached) = self.rate(rate, rules) else { continue };
            let (aim, weight) = (rules.rates.aim(rate), rules.rates.weight(rate));
            sum += weight * if aim > 0.0 { (reached / aim).min(1.0) } else { 1.0 };
            weights += weight;
        }
        (weights > 0.0).then(|| 100.0 * sum / weights)
    }
}

impl AddAssign<&Self> for DayRates {
    fn add_assign(&mut self, other: &Self) {
        self.online += other.online;
        self.timeliness += other.timeliness;
        self.within_60s += other.within_60s;
        self.completeness += other.completeness;
        self.photos += other.photos;
        self.balance += other.balance;
        self.vacancy += other.vacancy;
        self.base_data += other.base_data;
        self.delays += &other.delays;
    }
}

impl super::RateSettings {
    /// What a rate is to be at least.
    pub fn aim(&self, rate: Rate) -> f64 {
        self.aims.get(&rate).copied().unwrap_or_else(|| rate.default_aim())
    }

    /// What a rate weighs in the score.
    pub fn weight(&self, rate: Rate) -> f64 {
        self.weights.get(&rate).copied().unwrap_or(1.0).max(0.0)
    }

    /// Cases that a rate needs.
    pub fn least(&self, rate: Rate) -> u64 {
        self.least.get(&rate).copied().unwrap_or_else(|| rate.default_least())
    }
}
