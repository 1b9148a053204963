//! The figures of a period: gathered from what evaluated days keep, for a city, its districts, providers and lots.

use super::period::Period;
use bowei_model::supervision::{DayRates, KeptDay, Rate, RuleSet};
use bowei_model::{Lot, LotCode};
use bowei_store::{RATES_PAGE_MAX, RatePeriod, RateQuery, RateRow, Store, StoreError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use utoipa::ToSchema;

/// By what lots are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Group {
    /// All of them.
    City,
    /// By GB/T 2260 code.
    District,
    /// By provider.
    Provider,
    /// Each by itself.
    Lot,
}

/// The figures of one group in a period.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct Figures {
    /// Lots.
    pub(crate) lots: u64,
    /// Spaces.
    pub(crate) spaces: u64,
    /// Cars in.
    pub(crate) entries: u64,
    /// Cars out.
    pub(crate) exits: u64,
    /// 周转率: cars in, for each space and day.
    pub(crate) turnover: Option<f64>,
    /// Half of the stays were so long at most, in minutes.
    pub(crate) dwell_p50_minutes: Option<u64>,
    /// 95 % of them.
    pub(crate) dwell_p95_minutes: Option<u64>,
    /// The share of spaces that were taken when each hour began, on average, from 00:00 on.
    pub(crate) occupancy_by_hour: Vec<Option<f64>>,
    /// The same by weekday, from Monday on.
    pub(crate) occupancy_by_weekday: Vec<Option<f64>>,
    /// The seven rates, 0 to 1; null: too few cases.
    pub(crate) rates: BTreeMap<String, Option<f64>>,
    /// 0 to 100.
    pub(crate) score: Option<f64>,
    /// Charges.
    pub(crate) charges: u64,
    /// In kWh.
    pub(crate) energy_kwh: f64,
    /// In yuan.
    pub(crate) charging_fees: f64,
}

/// A group's figures, and those of the period before.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Row {
    /// The lot, provider or district; empty for the city.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) name: String,
    pub(crate) now: Figures,
    pub(crate) before: Figures,
}

/// All rows of a period.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Table {
    /// As it is named: `2026-04`.
    pub(crate) period: String,
    /// The first day.
    pub(crate) from: String,
    /// The last.
    pub(crate) to: String,
    /// The best score first.
    pub(crate) rows: Vec<Row>,
}

/// What a group adds up to.
#[derive(Default)]
struct Sum {
    all: KeptDay,
    /// Cars inside when hours began, by weekday: the sum, and the spaces that there were at those hours.
    weekdays: [(u64, u64); 7],
    /// Spaces, each day and lot.
    space_days: u64,
    lots: HashMap<LotCode, u64>,
}

impl Sum {
    fn add(&mut self, lot: &Lot, day: Date, kept: &KeptDay) {
        self.all += kept;
        let spaces = u64::from(lot.spaces_total);
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        if let Some((inside, of)) = self.weekdays.get_mut(weekday) {
            *inside += kept.hours.inside.iter().sum::<u64>();
            *of += spaces * kept.hours.inside.len() as u64;
        }
        self.space_days += spaces;
        self.lots.insert(lot.code.clone(), spaces);
    }

    fn figures(&self, rules: &RuleSet) -> Figures {
        let Self { all, .. } = self;
        let share = |part: u64, of: u64| (of > 0).then(|| rounded(part as f64 / of as f64));
        let entries = all.hours.entries.iter().sum();
        let rates: &DayRates = &all.rates;
        Figures {
            lots: self.lots.len() as u64,
            spaces: self.lots.values().sum(),
            entries,
            exits: all.hours.exits.iter().sum(),
            turnover: share(entries, self.space_days),
            dwell_p50_minutes: all.stays.p50_s().map(|seconds| seconds / 60),
            dwell_p95_minutes: all.stays.p95_s().map(|seconds| seconds / 60),
            occupancy_by_hour: all
                .hours
                .inside
                .iter()
                .map(|inside| share(*inside, self.space_days))
                .collect(),
            occupancy_by_weekday: self.weekdays.iter().map(|(inside, of)| share(*inside, *of)).collect(),
            rates: Rate::ALL
                .map(|rate| (rate.name().to_owned(), rates.rate(rate, rules).map(rounded)))
                .into_iter()
                .collect(),
            score: rates.score(rules).map(|score| (score * 10.0).round() / 10.0),
            charges: all.charging.count,
            energy_kwh: all.charging.energy_wh as f64 / 1_000.0,
            charging_fees: all.charging.fee_fen as f64 / 100.0,
        }
    }
}

fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// The figures of a period and of the one before it, of those lots.
pub(crate) async fn gather(
    store: &dyn Store,
    lots: Vec<Arc<Lot>>,
    names: HashMap<String, String>,
    (period, group): (Period, Group),
    rules: Arc<RuleSet>,
) -> Result<Table, StoreError> {
    let codes: Vec<_> = lots.iter().map(|lot| lot.code.clone()).collect();
    let now = days(store, &codes, period).await?;
    let before = days(store, &codes, period.before()).await?;
    // A month of a thousand lots is sixty thousand documents.
    let adding = tokio::task::spawn_blocking(move || {
        let (now, before) = (sums(&lots, now, group)?, sums(&lots, before, group)?);
        let none = Sum::default();
        let mut rows: Vec<_> = now
            .iter()
            .map(|(id, sum)| Row {
                name: names.get(id).cloned().unwrap_or_else(|| id.clone()),
                id: id.clone(),
                now: sum.figures(&rules),
                before: before.get(id).unwrap_or(&none).figures(&rules),
            })
            .collect();
        let score = |row: &Row| row.now.score.unwrap_or(f64::MIN);
        rows.sort_by(|a, b| score(b).total_cmp(&score(a)).then_with(|| a.id.cmp(&b.id)));
        Ok(Table {
            period: period.to_string(),
            from: period.from.to_string(),
            to: period.to.to_string(),
            rows,
        })
    });
    adding.await.map_err(|error| StoreError::Unreadable(format!("a fault of Bowei's: {error}")))?
}

async fn days(store: &dyn Store, lots: &[LotCode], period: Period) -> Result<Vec<RateRow>, StoreError> {
    let (from, to) = period.span();
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let lots = Some(lots.to_vec());
        let query = RateQuery { by: RatePeriod::Day, lots, from, to, limit: RATES_PAGE_MAX, cursor };
        let page = store.rates(query).await?;
        rows.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

fn sums(lots: &[Arc<Lot>], rows: Vec<RateRow>, group: Group) -> Result<BTreeMap<String, Sum>, StoreError> {
    let lots: HashMap<&LotCode, &Arc<Lot>> = lots.iter().map(|lot| (&lot.code, lot)).collect();
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for row in rows {
        let Some(lot) = lots.get(&row.lot) else { continue };
        let kept: KeptDay = serde_json::from_str(&row.rates)
            .map_err(|error| StoreError::Unreadable(format!("{} of {}: {error}", row.period, row.lot)))?;
        let id = match group {
            Group::City => String::new(),
            Group::District => lot.district.clone(),
            Group::Provider => lot.provider.to_string(),
            Group::Lot => lot.code.to_string(),
        };
        let part = |number: u32| i8::try_from(number).unwrap_or(1);
        let year = i16::try_from(row.period / 10_000).unwrap_or(1970);
        let day = Date::new(year, part(row.period / 100 % 100), part(row.period % 100)).unwrap_or_default();
        sums.entry(id).or_default().add(lot, day, &kept);
    }
    Ok(sums)
}
