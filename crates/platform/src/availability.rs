//! The platform's own availability: each node marks the minutes in which it runs and can write to its store, and what is
//! not marked by any is a minute in which the platform was away. No rate holds such a minute against a lot, and the
//! public sees it.

use crate::clock::Clock;
use bowei_model::moment;
use bowei_model::supervision::Minutes;
use bowei_store::{HEARD_PLATFORM, Store, StoreError};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// A node marks its minute so often: twice in each, so that one that is late misses none.
pub(crate) const MARK_EVERY: Duration = Duration::from_secs(30);
/// The most days that are looked back.
pub(crate) const DAYS_MAX: u32 = 30;

/// So long before them is looked for when the platform was first there: before that it was not away.
const BEFORE_HOURS: i64 = 24 * 30;
const MINUTES_OF_DAY: usize = 1_440;

/// A day of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlatformDay {
    pub(crate) day: Date,
    /// Minutes that have passed of it; none from before the platform was first there.
    pub(crate) minutes: u32,
    /// Of these, those in which no node was there.
    pub(crate) away: u32,
}

/// What was found last, and the minute in which: the public asks often, and nothing changes within a minute.
#[derive(Default)]
pub(crate) struct Availability(Mutex<Option<(i64, Arc<[PlatformDay]>)>>);

/// Notes that this node is there.
pub(crate) async fn mark(store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
    store.mark_heard(HEARD_PLATFORM, now).await
}

impl Availability {
    /// The last [`DAYS_MAX`] days, today last.
    pub(crate) async fn days(
        &self,
        store: &dyn Store,
        clock: &dyn Clock,
    ) -> Result<Arc<[PlatformDay]>, StoreError> {
        let now = clock.now();
        let minute = now.as_second().div_euclid(60);
        let known = self.0.lock().clone();
        if let Some((_, days)) = known.filter(|(of, _)| *of == minute) {
            return Ok(days);
        }
        let days: Arc<[PlatformDay]> = read(store, now).await?.into();
        *self.0.lock() = Some((minute, Arc::clone(&days)));
        Ok(days)
    }
}

async fn read(store: &dyn Store, now: Timestamp) -> Result<Vec<PlatformDay>, StoreError> {
    let today = moment::to_wall(now).date();
    let Ok(first) = today.checked_sub((i64::from(DAYS_MAX) - 1).days()) else { return Ok(Vec::new()) };
    let (this_hour, _) = Minutes::hour_and_bit(now);
    let from_hour = Minutes::first_hour(first) - BEFORE_HOURS;
    let hours = store.heard(vec![HEARD_PLATFORM.to_owned()], from_hour, this_hour + 1).await?;
    // The minute since 1970 in which the platform was first there.
    let marked = hours.iter().filter(|hour| hour.minutes != 0);
    let Some(since) = marked.map(|hour| hour.hour * 60 + i64::from(hour.minutes.trailing_zeros())).min()
    else {
        return Ok(Vec::new());
    };
    // The minute that runs may yet be marked.
    let end = Timestamp::from_second(now.as_second().div_euclid(60) * 60).unwrap_or(now);
    let day_of = |day: Date| {
        let begins = moment::start_of_date(day)?;
        let first_hour = Minutes::first_hour(day);
        let (mut there, mut before) = (Minutes::NONE, Minutes::NONE);
        for hour in &hours {
            if let Ok(of_day) = usize::try_from(hour.hour - first_hour) {
                there.add_hour(of_day, hour.minutes);
            }
        }
        let unknown = usize::try_from(since - first_hour * 60).unwrap_or(0).min(MINUTES_OF_DAY);
        (0..unknown).for_each(|minute| before.add(minute));
        let due = Minutes::between(day, begins, end) - before;
        Some(PlatformDay { day, minutes: due.count(), away: (due - there).count() })
    };
    Ok(first.series(1.day()).take_while(|day| *day <= today).filter_map(day_of).collect())
}
