//! What each night is learned.

use super::KeptForecast;
use crate::jobs::{Job, Schedule, Words};
use crate::office::{self, Kept};
use crate::registry::Registry;
use bowei_model::forecast::{DaySamples, LotForecast};
use bowei_model::working_days::Calendar;
use bowei_model::{Lot, moment};
use bowei_store::{Store, StoreError};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use std::sync::Arc;

/// After the day before is closed, at 04:00: what lots send until then is in it.
const HOUR: u8 = 5;
/// Days back from which a lot begins that was never learned: as many as tell anything of it.
const DAYS_MAX: i64 = 84;
/// Lots that are learned at once: what the store reads for one while another is worked out, for lots report meanwhile.
const AT_ONCE: usize = 2;

/// The job.
pub(crate) fn job(store: Arc<dyn Store>, registry: Arc<Registry>, calendar: Calendar) -> Job {
    let calendar = Arc::new(calendar);
    Job::new("forecasts", Schedule::Daily { hour: HOUR }, move |period| {
        let (store, registry, calendar) = (Arc::clone(&store), Arc::clone(&registry), Arc::clone(&calendar));
        async move {
            let lots = learn_all(&store, &registry, &calendar, period.from).await?;
            Ok(Words::new(format!("更新 {lots} 个停车场的预测"), format!("{lots} lots learned from")))
        }
    })
}

/// Learns all that is over at `now` of every lot in service; of how many there was something.
pub(crate) async fn learn_all(
    store: &Arc<dyn Store>,
    registry: &Registry,
    calendar: &Arc<Calendar>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let lots: Vec<Arc<Lot>> = registry.snapshot().live_lots().filter(|lot| !lot.closed).cloned().collect();
    let learned = stream::iter(lots.into_iter().map(|lot| learn(store, lot, calendar, now)));
    learned
        .buffer_unordered(AT_ONCE)
        .try_fold(0, |sum, learned| async move { Ok(sum + usize::from(learned)) })
        .await
}

/// Learns of one lot what is over and was not learned; whether there was anything.
async fn learn(
    store: &Arc<dyn Store>,
    lot: Arc<Lot>,
    calendar: &Arc<Calendar>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let today = moment::to_wall(now).date();
    let kept = office::one::<KeptForecast>(store.as_ref(), lot.code.as_str()).await?;
    let mut kept =
        kept.unwrap_or_else(|| Kept::new(lot.code.to_string(), KeptForecast(LotForecast::default())));
    let before = kept.document.0.learned;
    let oldest = today.saturating_sub(DAYS_MAX.days());
    let first = before.and_then(|day| day.tomorrow().ok()).map_or(oldest, |next| next.max(oldest));
    let (Some(from), Some(to)) = (moment::start_of_date(first), moment::start_of_date(today)) else {
        return Ok(false);
    };
    if first >= today {
        return Ok(false);
    }
    let words = store.words(&lot.code, from.saturating_sub(DaySamples::CARRIED).unwrap_or(from), to).await?;
    if words.is_empty() {
        return Ok(false);
    }
    let (forecast, calendar) = (kept.document.0, Arc::clone(calendar));
    let absorbed =
        tokio::task::spawn_blocking(move || absorbed(forecast, &lot, (first, today), &words, &calendar));
    kept.document.0 =
        absorbed.await.map_err(|error| StoreError::Unreadable(format!("a fault of Bowei's: {error}")))?;
    if kept.document.0.learned == before {
        return Ok(false);
    }
    match store.administer(vec![kept.change()?], Vec::new()).await {
        // Another node was first.
        Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => Ok(false),
        written => written.map(|()| true),
    }
}

/// The forecast once these days are taken.
fn absorbed(
    mut forecast: LotForecast,
    lot: &Lot,
    (first, end): (Date, Date),
    words: &[(Timestamp, i64)],
    calendar: &Calendar,
) -> LotForecast {
    let total = i64::from(lot.spaces_total);
    let mut words = words;
    for day in first.series(1.day()).take_while(|day| *day < end) {
        let Some(from) =
            moment::start_of_date(day).and_then(|from| from.saturating_sub(DaySamples::CARRIED).ok())
        else {
            break;
        };
        // What of before this day is of no use for it is of none for the next.
        words = words.get(words.partition_point(|(at, _)| *at < from)..).unwrap_or_default();
        let counts = words.iter().map(|(at, vacant)| (*at, shown(*vacant, total)));
        forecast.absorb(day, &DaySamples::new(day, counts), Some(lot.spaces_total), calendar);
    }
    forecast
}

/// The free spaces that the lot said, as the public sees them: none of one that says more than it has.
fn shown(vacant: i64, total: i64) -> Option<i64> {
    (total == 0 || vacant <= total).then_some(vacant.max(0))
}
