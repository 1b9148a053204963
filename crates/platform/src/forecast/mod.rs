//! The forecast of each lot's free spaces: learned every night from its own past (`nightly`), kept as a document of the
//! office, and shown where it has proven better than the number of now.

pub(crate) mod nightly;

use crate::clock::Clock;
use crate::office::{self, Document};
use bowei_model::forecast::{LotForecast, Summary};
use bowei_model::working_days::Calendar;
use bowei_model::{LotCode, moment};
use bowei_store::{OfficeQuery, Store, StoreError};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// Forecasts that a node has in memory: some ten kilobytes each, and what is asked for at all is a part of a city's lots.
const KEPT_MAX: usize = 2_000;
/// A forecast is read anew so long after it was read: it changes once a night.
const READ_ANEW: SignedDuration = SignedDuration::from_mins(10);

/// Forecasts that are read from the store at once.
const READ_AT_ONCE: usize = 200;

/// What was learned of a lot, under the lot's code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeptForecast(pub(crate) LotForecast);

impl Document for KeptForecast {
    const KIND: &'static str = "forecast";

    fn state(&self) -> String {
        "learned".to_owned()
    }

    /// The end of the last day learned.
    fn at(&self) -> Timestamp {
        let end = self.0.learned.and_then(|day| day.tomorrow().ok());
        let end = end.and_then(moment::start_of_date);
        end.unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A lot's forecast, and when it was read; a lot that has none too.
type Read = (Timestamp, Option<Arc<LotForecast>>);

/// The forecasts that were asked for last.
pub(crate) struct Forecasts {
    calendar: Arc<Calendar>,
    read: Mutex<HashMap<LotCode, Read>>,
}

impl Forecasts {
    pub(crate) fn new(calendar: Calendar) -> Self {
        Self { calendar: Arc::new(calendar), read: Mutex::default() }
    }

    /// Which days are holidays.
    pub(crate) fn calendar(&self) -> &Arc<Calendar> {
        &self.calendar
    }

    /// What was learned of a lot of the registry; `None` where nothing was.
    pub(crate) async fn of(
        &self,
        store: &dyn Store,
        clock: &dyn Clock,
        lot: &LotCode,
    ) -> Result<Option<Arc<LotForecast>>, StoreError> {
        let now = clock.now();
        let read = self.read.lock().get(lot).cloned();
        if let Some((_, forecast)) = read.filter(|(at, _)| now.duration_since(*at) < READ_ANEW) {
            return Ok(forecast);
        }
        let kept = office::one::<KeptForecast>(store, lot.as_str()).await?;
        let forecast = kept.map(|kept| Arc::new(kept.document.0));
        let mut all = self.read.lock();
        if all.len() >= KEPT_MAX && !all.contains_key(lot) {
            all.clear();
        }
        all.insert(lot.clone(), (now, forecast.clone()));
        Ok(forecast)
    }
}

/// How good the forecasts of all lots were, from the day `since` on.
pub async fn summary(store: &dyn Store, since: Date) -> Result<Summary, StoreError> {
    let mut summary = Summary::default();
    each(store, |_, learned| summary.add(learned, since)).await?;
    Ok(summary)
}

/// Looks at what was learned of each lot.
pub(crate) async fn each(
    store: &dyn Store,
    mut look: impl FnMut(&LotCode, &LotForecast),
) -> Result<(), StoreError> {
    let mut cursor = None;
    loop {
        let query = OfficeQuery { limit: READ_AT_ONCE, cursor, ..OfficeQuery::default() };
        let page = office::list::<KeptForecast>(store, query).await?;
        page.items.iter().for_each(|kept| look(&LotCode::from(kept.id.as_str()), &kept.document.0));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(());
        }
    }
}
