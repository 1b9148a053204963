//! Rates as the API shows them.

use super::{By, Periods, read};
use crate::registry::Snapshot;
use bowei_model::supervision::{DayRates, Rate, Ratio, RuleSet};
use bowei_store::{RateRow, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// Whose rates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RateOf {
    Lot(String),
    Provider(String),
    District(String),
    Vendor(String),
    All,
}

/// One rate.
#[derive(Serialize, ToSchema)]
pub(super) struct RateNumber {
    /// What is as it should be.
    num: u64,
    /// All.
    den: u64,
    /// From 0 to 1; null: too few cases to be scored.
    rate: Option<f64>,
}

/// The rate of passages in time.
#[derive(Serialize, ToSchema)]
pub(super) struct TimelinessNumber {
    #[serde(flatten)]
    number: RateNumber,
    /// The same within a minute.
    within_60s: RateNumber,
    /// The delay that half of the passages had at most, in seconds.
    p50_s: Option<u64>,
    /// The delay that 95 % had at most.
    p95_s: Option<u64>,
}

/// The seven rates.
#[derive(Serialize, ToSchema)]
pub(super) struct SevenRates {
    /// 在线率, in minutes.
    online: RateNumber,
    /// 及时率, in passages.
    timeliness: TimelinessNumber,
    /// 完整率, in stays.
    completeness: RateNumber,
    /// 照片上传率, in passages.
    photos: RateNumber,
    /// 进出平衡率, in cars.
    balance: RateNumber,
    /// 空位准确率, in hours.
    vacancy: RateNumber,
    /// 基础信息完整率, in items.
    base_data: RateNumber,
    /// 0 to 100: each rate against its aim, by weight; null where none is scored.
    score: Option<f64>,
}

/// The rates of a lot or a group in one period.
#[derive(Serialize, ToSchema)]
pub(super) struct RateItem {
    /// The lot; one of the four at most is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    lot: Option<String>,
    /// What the lot is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    lot_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// What the provider is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    district: Option<String>,
    /// Empty: of lots of which nobody said whose software they have.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<String>,
    /// `2026-04-01`, where rates are by day.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// `2026-04`, where they are by month.
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<String>,
    #[serde(flatten)]
    now: SevenRates,
    /// As known when the days were closed, at 04:00 of the next; null while none is. Late records cure what is above.
    at_close: Option<SevenRates>,
}

impl RateItem {
    /// With what its lot or its provider is called.
    pub(super) fn named(self, known_as: &Snapshot) -> Self {
        Self {
            lot_name: self.lot.as_deref().and_then(|code| known_as.lot_name(&code.into())),
            provider_name: self.provider.as_deref().and_then(|code| known_as.provider_name(&code.into())),
            ..self
        }
    }

    /// A lot's.
    pub(super) fn of_lot(row: &RateRow, periods: &Periods, rules: &RuleSet) -> Result<Self, StoreError> {
        let (rates, at_close) = read(row)?;
        Ok(Self::new(RateOf::Lot(row.lot.to_string()), row.period, periods, &rates, at_close.as_ref(), rules))
    }

    pub(super) fn new(
        of: RateOf,
        period: u32,
        periods: &Periods,
        rates: &DayRates,
        at_close: Option<&DayRates>,
        rules: &RuleSet,
    ) -> Self {
        let shown = Some(periods.shown(period));
        let (day, month) = if periods.by == By::Day { (shown, None) } else { (None, shown) };
        let mut item = Self {
            lot: None,
            lot_name: None,
            provider: None,
            provider_name: None,
            district: None,
            vendor: None,
            day,
            month,
            now: seven(rates, rules),
            at_close: at_close.map(|rates| seven(rates, rules)),
        };
        match of {
            RateOf::Lot(code) => item.lot = Some(code),
            RateOf::Provider(code) => item.provider = Some(code),
            RateOf::District(code) => item.district = Some(code),
            RateOf::Vendor(name) => item.vendor = Some(name),
            RateOf::All => {}
        }
        item
    }
}

fn seven(rates: &DayRates, rules: &RuleSet) -> SevenRates {
    let number = |ratio: Ratio, rate: Rate| RateNumber {
        num: ratio.num,
        den: ratio.den,
        rate: ratio.rate(rules.rates.least(rate)).map(rounded),
    };
    let of = |rate: Rate| number(rates.ratio(rate), rate);
    SevenRates {
        online: of(Rate::Online),
        timeliness: TimelinessNumber {
            number: of(Rate::Timeliness),
            within_60s: number(rates.within_60s, Rate::Timeliness),
            p50_s: rates.delays.p50_s(),
            p95_s: rates.delays.p95_s(),
        },
        completeness: of(Rate::Completeness),
        photos: of(Rate::Photos),
        balance: of(Rate::Balance),
        vacancy: of(Rate::Vacancy),
        base_data: of(Rate::BaseData),
        score: rates.score(rules).map(|score| (score * 10.0).round() / 10.0),
    }
}

/// As many digits as anybody reads.
fn rounded(rate: f64) -> f64 {
    (rate * 10_000.0).round() / 10_000.0
}
