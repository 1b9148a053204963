//! How good the data was lately that the city publishes, and how good the forecasts: worked out each night over all lots that
//! are public, kept as one document, and told to everybody. Of no lot, of no provider, and without a plate.

use crate::forecast;
use crate::jobs::{Job, Schedule, Words};
use crate::office::{self, Document, Kept};
use crate::registry::Registry;
use bowei_model::forecast::{HORIZONS, Summary};
use bowei_model::supervision::{DayRates, KeptDay, Ratio};
use bowei_model::{LotCode, moment};
use bowei_store::{RATES_PAGE_MAX, RatePeriod, RateQuery, Store, StoreError};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// After the day is closed, at 04:00, and learned, at 05:00.
const HOUR: u8 = 6;
/// The last so many days, yesterday the last of them.
const PERIODS: [i64; 2] = [7, 30];
/// The document's id: there is one.
const ID: &str = "city";

/// How good the city's data was lately.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct DataQuality {
    /// When it was worked out; null before the first night.
    #[serde(with = "as_shown")]
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// Lots that are public.
    lots: u64,
    /// Of these, lots of which a forecast is shown.
    lots_foretold: u64,
    /// The last seven days, and the last thirty.
    periods: Vec<QualityPeriod>,
}

/// How good the data of some days was. Shares are from 0 to 1, and null where there was nothing to count.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
struct QualityPeriod {
    /// How many days.
    days: i64,
    /// The first.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// The last.
    #[schema(value_type = String, format = Date)]
    to: Date,
    /// The share of lots online, on average: minutes with a sign of life, of those in which one was due.
    online: Option<f64>,
    /// The delay that half of the passages had at most until they were here, in seconds.
    delay_p50_s: Option<u64>,
    /// The delay that 95% had at most.
    delay_p95_s: Option<u64>,
    /// The share of hours in which the count of free spaces was right by the lot's own passages.
    counts_right: Option<f64>,
    /// The share of stays of which entry and exit are known whole.
    complete: Option<f64>,
    /// How forecasts were that were shown, by how far ahead. Of thirty days the 28 that are judged.
    forecasts: Vec<ForecastQuality>,
}

/// How forecasts were that were shown, beside "if there are enough spaces now, there will be".
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
struct ForecastQuality {
    /// Minutes ahead.
    minutes: u32,
    /// Lots of which some were shown.
    lots: u32,
    /// Forecasts judged.
    cases: u64,
    /// The mean square of the probability less what came: 0 is the best.
    brier: Option<f64>,
    /// The same of "as it is now".
    persistence_brier: Option<f64>,
}

impl Document for DataQuality {
    const KIND: &'static str = "data-quality";

    fn state(&self) -> String {
        "kept".to_owned()
    }

    fn at(&self) -> Timestamp {
        self.as_of.unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// What was worked out last.
pub(crate) async fn latest(store: &dyn Store) -> Result<DataQuality, StoreError> {
    Ok(office::one::<DataQuality>(store, ID).await?.map(|kept| kept.document).unwrap_or_default())
}

/// The job.
pub(crate) fn job(store: Arc<dyn Store>, registry: Arc<Registry>) -> Job {
    Job::new("data quality", Schedule::Daily { hour: HOUR }, move |period| {
        let (store, registry) = (Arc::clone(&store), Arc::clone(&registry));
        async move { Ok(work_out(store.as_ref(), &registry, period.from).await.map(|()| Words::none())?) }
    })
}

/// Works it out as of `now`, and keeps it.
pub(crate) async fn work_out(
    store: &dyn Store,
    registry: &Registry,
    now: Timestamp,
) -> Result<(), StoreError> {
    let today = moment::to_wall(now).date();
    let lots: HashSet<LotCode> = registry.snapshot().live_lots().map(|lot| lot.code.clone()).collect();
    let mut quality = DataQuality { as_of: Some(now), lots: lots.len() as u64, ..DataQuality::default() };
    let firsts = PERIODS.map(|days| today.saturating_sub(days.days()));
    let mut summaries = [Summary::default(), Summary::default()];
    forecast::each(store, |code, learned| {
        if lots.contains(code) {
            let is_shown = HORIZONS.iter().any(|minutes| learned.is_published(*minutes, today));
            quality.lots_foretold += u64::from(is_shown);
            summaries.iter_mut().zip(firsts).for_each(|(summary, first)| summary.add(learned, first));
        }
    })
    .await?;
    let yesterday = today.yesterday().unwrap_or(today);
    let sums = rates(store, &lots, firsts, yesterday).await?;
    for (((days, from), rates), summary) in PERIODS.into_iter().zip(firsts).zip(&sums).zip(&summaries) {
        quality.periods.push(QualityPeriod {
            days,
            from,
            to: yesterday,
            online: share(rates.online),
            delay_p50_s: rates.delays.p50_s(),
            delay_p95_s: rates.delays.p95_s(),
            counts_right: share(rates.vacancy),
            complete: share(rates.completeness),
            forecasts: forecasts(summary),
        });
    }
    let kept = office::one::<DataQuality>(store, ID).await?;
    let revision = kept.map_or(0, |kept| kept.revision);
    let kept = Kept { id: ID.to_owned(), revision, document: quality };
    match store.administer(vec![kept.change()?], Vec::new()).await {
        // Another node was first.
        Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => Ok(()),
        written => written,
    }
}

/// The rates of those lots, added up from each of those days on. One day after the other: a month of a large city is
/// hundreds of thousands of rows.
async fn rates(
    store: &dyn Store,
    lots: &HashSet<LotCode>,
    firsts: [Date; PERIODS.len()],
    last: Date,
) -> Result<[DayRates; PERIODS.len()], StoreError> {
    let mut sums = PERIODS.map(|_| DayRates::default());
    let first = firsts.into_iter().min().unwrap_or(last);
    for day in first.series(1.day()).take_while(|day| *day <= last) {
        let number = moment::day_of_date(day);
        let mut cursor = None;
        loop {
            let (by, limit) = (RatePeriod::Day, RATES_PAGE_MAX);
            let page =
                store.rates(RateQuery { by, lots: None, from: number, to: number, limit, cursor }).await?;
            for row in page.items.iter().filter(|row| lots.contains(&row.lot)) {
                let kept: KeptDay = serde_json::from_str(&row.rates).map_err(|error| {
                    StoreError::Unreadable(format!("{} of {}: {error}", row.period, row.lot))
                })?;
                let of_day = sums.iter_mut().zip(firsts).filter(|(_, first)| day >= *first);
                of_day.for_each(|(sum, _)| *sum += &kept.rates);
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(sums)
}

fn forecasts(summary: &Summary) -> Vec<ForecastQuality> {
    let rows = HORIZONS.iter().zip(&summary.rows);
    rows.map(|(minutes, row)| {
        let of = |brier: f64| (row.shown.cases > 0).then(|| rounded(brier));
        ForecastQuality {
            minutes: *minutes,
            lots: row.lots_shown,
            cases: row.shown.cases,
            brier: of(row.shown.brier()),
            persistence_brier: of(row.shown.persistence_brier()),
        }
    })
    .collect()
}

fn share(ratio: Ratio) -> Option<f64> {
    ratio.rate(1).map(rounded)
}

fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// A moment as the API writes it.
mod as_shown {
    use bowei_model::moment;
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        at.map(moment::rfc3339).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        Option::<Timestamp>::deserialize(from)
    }
}
