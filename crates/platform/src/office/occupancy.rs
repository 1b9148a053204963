//! How full the districts were, noted every quarter of an hour: what a day is held against a week later.

use super::{Document, Kept};
use crate::jobs::{Job, Schedule, Words};
use crate::registry::Registry;
use crate::vacancy::{Status, Vacancy};
use bowei_store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often it is noted.
pub(crate) const EVERY_MINUTES: i64 = 15;

/// For how long notes are kept: a quarter, and a week to compare with.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 99);

/// A district's lots that are heard from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) spaces: u64,
    pub(crate) occupied: u64,
}

/// How full each district was at a moment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Occupancy {
    pub(crate) at: Timestamp,
    /// By GB/T 2260 code.
    pub(crate) districts: BTreeMap<String, Taken>,
}

impl Document for Occupancy {
    const KIND: &'static str = "occupancy";

    fn state(&self) -> String {
        "kept".to_owned()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

/// The id of the note on the quarter of an hour that `at` is in.
pub(crate) fn id(at: Timestamp) -> String {
    (at.as_second() / (EVERY_MINUTES * 60)).to_string()
}

/// How full the districts are now, of lots that are public and heard from.
pub(crate) fn now(registry: &Registry, vacancy: &Vacancy, now: Timestamp) -> Occupancy {
    at(registry, vacancy, now, |status| status == Status::Online)
}

/// How full the districts are, of lots that are public and of such a status.
pub(crate) fn at(
    registry: &Registry,
    vacancy: &Vacancy,
    at: Timestamp,
    is_counted: impl Fn(Status) -> bool,
) -> Occupancy {
    let mut districts: BTreeMap<String, Taken> = BTreeMap::new();
    for lot in registry.snapshot().live_lots() {
        let view = vacancy.of(lot, at);
        let Some(vacant) = view.vacant(lot).filter(|_| is_counted(view.status)) else { continue };
        let total = u64::from(lot.spaces_total);
        let taken = districts.entry(lot.district.clone()).or_default();
        taken.spaces += total;
        taken.occupied += total.saturating_sub(u64::try_from(vacant).unwrap_or_default());
    }
    Occupancy { at, districts }
}

/// Keeps how full the districts were.
pub(crate) async fn keep(store: &dyn Store, occupancy: Occupancy) -> Result<(), StoreError> {
    let kept = Kept::new(id(occupancy.at), occupancy);
    match store.administer(vec![kept.change()?], Vec::new()).await {
        // Another node, or this one before it was stopped, has noted it.
        Err(StoreError::Conflict(_)) => Ok(()),
        noted => noted,
    }
}

/// The job. A quarter of an hour that nobody was there for is not known.
pub(crate) fn job(store: Arc<dyn Store>, registry: Arc<Registry>, vacancy: Arc<Vacancy>) -> Job {
    Job::new("occupancy", Schedule::Minutes(15), move |period| {
        let (store, registry, vacancy) = (Arc::clone(&store), Arc::clone(&registry), Arc::clone(&vacancy));
        async move {
            keep(store.as_ref(), now(&registry, &vacancy, period.from)).await?;
            super::remove_before::<Occupancy>(store.as_ref(), period.from.saturating_sub(KEPT)?).await?;
            Ok(Words::none())
        }
    })
}
