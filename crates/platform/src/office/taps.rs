//! 现场反馈: what drivers said on the spot, "was there a space?", as counts by lot, day and hour, beside what the platform showed
//! at that moment. Nothing of whoever said it is kept.

use super::{Document, Kept};
use crate::jobs::{Job, Schedule, Words};
use bowei_model::forecast::enough;
use bowei_model::{Lot, LotCode, moment};
use bowei_store::{Store, StoreError};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// For how many days they are kept, as signs of life are: a year, and some weeks to compare.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);

/// How often a tap is counted anew because another of the same lot was counted meanwhile.
const TRIES_MAX: usize = 16;

/// What the public count said when somebody tapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ShownCount {
    /// That there were enough.
    Enough,
    /// So few that they may have been taken on the way.
    Few,
    /// That there was none.
    None,
    /// Nothing: the lot was not heard from, or said more than it has.
    Unknown,
}

impl ShownCount {
    /// Of so many free spaces, `None` where they are not known.
    pub(crate) fn of(lot: &Lot, vacant: Option<i64>) -> Self {
        match vacant {
            None => Self::Unknown,
            Some(vacant) if vacant >= i64::from(enough(lot.spaces_total)) => Self::Enough,
            Some(vacant) if vacant > 0 => Self::Few,
            Some(_) => Self::None,
        }
    }
}

/// Taps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) found: u32,
    pub(crate) not_found: u32,
}

/// Taps of a lot and day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TapDay {
    pub(crate) lot: LotCode,
    pub(crate) day: Date,
    /// GB/T 2260 code.
    district: String,
    /// By the hour, and by what was shown.
    hours: BTreeMap<u8, BTreeMap<ShownCount, Tally>>,
}

impl Document for TapDay {
    const KIND: &'static str = "taps";

    fn state(&self) -> String {
        "kept".to_owned()
    }

    fn district(&self) -> String {
        self.district.clone()
    }

    fn at(&self) -> Timestamp {
        moment::start_of_date(self.day).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl TapDay {
    /// The tallies of the day, each with what was shown.
    pub(crate) fn tallies(&self) -> impl Iterator<Item = (ShownCount, Tally)> {
        self.hours.values().flatten().map(|(shown, tally)| (*shown, *tally))
    }

    fn add(&mut self, hour: u8, shown: ShownCount, found: bool) {
        let tally = self.hours.entry(hour).or_default().entry(shown).or_default();
        let count = if found { &mut tally.found } else { &mut tally.not_found };
        *count = count.saturating_add(1);
    }
}

/// Counts a tap. Whether it was: a lot at which too much is tapped at once counts no more of it.
pub(crate) async fn count(
    store: &dyn Store,
    lot: &Lot,
    (shown, found): (ShownCount, bool),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let wall = moment::to_wall(now);
    let id = format!("{} {}", wall.date(), lot.code);
    for _ in 0..TRIES_MAX {
        let kept = super::one::<TapDay>(store, &id).await?;
        let mut kept = kept.unwrap_or_else(|| {
            let (lot, district) = (lot.code.clone(), lot.district.clone());
            Kept::new(id.clone(), TapDay { lot, day: wall.date(), district, hours: BTreeMap::new() })
        });
        kept.document.add(wall.hour().unsigned_abs(), shown, found);
        match store.administer(vec![kept.change()?], Vec::new()).await {
            Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => {}
            counted => return counted.map(|()| true),
        }
    }
    Ok(false)
}

/// Those past their time go, each night.
pub(crate) fn old(store: Arc<dyn Store>) -> Job {
    Job::new("old taps", Schedule::Daily { hour: 2 }, move |period| {
        let store = Arc::clone(&store);
        async move {
            let removed =
                super::remove_before::<TapDay>(store.as_ref(), period.from.checked_sub(KEPT)?).await?;
            Ok(Words::when(
                removed > 0,
                format!("清除现场反馈 {removed} 个停车场日"),
                format!("{removed} lots' days of taps are forgotten"),
            ))
        }
    })
}
