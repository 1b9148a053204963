//! Free spaces in standards whose passages do not carry them: after a passage the lot says how many there are now.
//!
//! A lot says its latest word and no other, one at a time: some texts give a count no time of its own, so that a word
//! that came after a newer one would count for the newer. What changed while a count was on its way is said with the
//! next, and a passage that was overtaken by a later one has nothing to add.

use super::authenticator::Authenticator;
use super::delivery::Delivering;
use super::outcome::Outcome;
use super::tally::one_more;
use crate::plan::{CityLot, CityPlan, CountsGo};
use bowei_model::{Passage, Report, SpaceCount, SpaceParts};
use bowei_standards::lot_side::Outgoing;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The lots that say their counts apart, by ordinal.
pub(super) struct Counts(HashMap<usize, Shown>);

/// What one lot shows.
struct Shown {
    counts: CountsGo,
    latest: Mutex<Option<Passage>>,
    /// The moment of the count that was said last.
    reported: tokio::sync::Mutex<Option<Timestamp>>,
}

impl Counts {
    pub(super) fn of(plan: &CityPlan) -> Self {
        let shown = |lot: &CityLot| {
            let counts = go_apart(lot)?;
            Some((lot.ordinal, Shown { counts, latest: Mutex::default(), reported: Default::default() }))
        };
        Self(plan.lots.iter().filter_map(|lot| shown(lot)).collect())
    }

    /// Says what a passage has made of the lot's free spaces, if it is news.
    pub(super) async fn after(
        &self,
        passage: &Passage,
        lot: &CityLot,
        authenticator: &Authenticator,
        delivering: &Delivering,
    ) {
        let Some(shown) = self.0.get(&lot.ordinal) else { return };
        shown.note(passage);
        let mut reported = shown.reported.lock().await;
        let Some(count) = shown.count(lot) else { return };
        if reported.is_some_and(|reported| reported >= count.at) {
            return;
        }
        *reported = Some(count.at);
        let report = Report::SpaceCount(count);
        let outgoing = Outgoing { report: &report, lot_id: &lot.lot_id, lot_kind: lot.kind, picture: None };
        if delivering.say(outgoing, authenticator, lot.code.as_str()).await == Outcome::Accepted {
            one_more(&delivering.tally.counts);
        }
    }
}

impl Shown {
    fn note(&self, passage: &Passage) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.as_ref().is_none_or(|latest| latest.at < passage.at) {
            *latest = Some(passage.clone());
        }
    }

    fn count(&self, lot: &CityLot) -> Option<SpaceCount> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        count_after(latest.as_ref()?, lot, self.counts)
    }
}

/// Whether the lot says its counts apart, and how.
pub fn go_apart(lot: &CityLot) -> Option<CountsGo> {
    let counts = lot.speaks()?.counts;
    matches!(counts, CountsGo::Apart | CountsGo::ApartFromZero).then_some(counts)
}

/// What a passage makes of the lot's free spaces.
pub(crate) fn count_after(passage: &Passage, lot: &CityLot, counts: CountsGo) -> Option<SpaceCount> {
    let free = passage.vacant?;
    let total = i64::from(lot.spaces_total);
    let vacant = counts.reported(free);
    let charging = i64::from(lot.charging_spaces);
    let parts = SpaceParts {
        used: Some(total - free),
        // Nobody of this traffic reserves: drivers who do have lots of their own counting, see `drivers`.
        reserved: Some(0),
        reservable_vacant: Some(vacant.clamp(0, lot.reservable_spaces())),
        charging_used: Some(passage.charging_vacant.map_or(0, |vacant| charging - vacant)),
        temporary_vacant: Some(vacant),
        ..SpaceParts::default()
    };
    Some(SpaceCount {
        charging_vacant: passage.charging_vacant,
        total: Some(total),
        parts: Some(parts),
        ..SpaceCount::new(lot.code.clone(), passage.at, vacant)
    })
}
