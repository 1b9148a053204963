//! Whether a lot takes reservations, and of which spaces.

use super::Parts;
use super::kept::LotTerms;
use crate::office;
use bowei_model::{Lot, LotCode, SpaceKind};
use bowei_standards::by_name;
use bowei_store::{OfficeQuery, StoreError};
use jiff::SignedDuration;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A gateway asks once a minute at least: one that has not for so long is away.
const ASKED_TTL: SignedDuration = SignedDuration::from_mins(3);

/// Terms that are read at once: there are no more than lots.
const TERMS_AT_ONCE: usize = 1_000;

/// Why a lot cannot be reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NotReservable {
    /// It grants no spaces.
    NotOffered,
    /// It is out of service.
    Closed,
    /// The office has stopped it.
    Stopped,
    /// There is no way to tell it: it has no callback, and no gateway of its asks.
    NotReachable,
}

impl NotReservable {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::NotOffered => "该停车场不提供此类车位的预约 the lot offers no reservation of such a space",
            Self::Closed => "该停车场已停用 the lot is out of service",
            Self::Stopped => "该停车场已暂停预约 reservations at the lot are stopped for now",
            Self::NotReachable => {
                "暂时无法连接该停车场的系统，请稍后再试 the lot's system cannot be told of a reservation now: try again later"
            }
        }
    }
}

/// How many spaces of each kind a lot grants: by its own word, or else by the office's.
pub(super) fn granted(lot: &Lot, terms: &LotTerms) -> BTreeMap<SpaceKind, u32> {
    if lot.closed || terms.stopped.is_some() {
        return BTreeMap::new();
    }
    let downlinks = lot.ids.keys().filter_map(|standard| by_name(standard)?.downlink());
    let own = downlinks.map(|downlink| downlink.reservable(&lot.details)).find(|spaces| !spaces.is_empty());
    own.unwrap_or_else(|| terms.granted.clone())
}

impl Parts {
    /// What can be reserved at the lot now.
    pub(crate) async fn reservable(
        &self,
        lot: &Lot,
    ) -> Result<Result<BTreeMap<SpaceKind, u32>, NotReservable>, StoreError> {
        let terms = self.terms(&lot.code).await?;
        Ok(self.reservable_on(lot, &terms))
    }

    fn reservable_on(&self, lot: &Lot, terms: &LotTerms) -> Result<BTreeMap<SpaceKind, u32>, NotReservable> {
        if lot.closed {
            return Err(NotReservable::Closed);
        }
        if terms.stopped.is_some() {
            return Err(NotReservable::Stopped);
        }
        let spaces = granted(lot, terms);
        if spaces.is_empty() {
            return Err(NotReservable::NotOffered);
        }
        let now = self.clock.now();
        let asks = terms.asked_at.is_some_and(|at| now.duration_since(at) <= ASKED_TTL);
        if asks || self.caller.is_called(lot) { Ok(spaces) } else { Err(NotReservable::NotReachable) }
    }

    /// Every lot of which something can be reserved now.
    pub(crate) async fn reservable_lots(&self) -> Result<BTreeSet<LotCode>, StoreError> {
        let (terms, none) = (self.lots_with_terms().await?, LotTerms::default());
        let snapshot = self.registry.snapshot();
        let reservable = snapshot
            .live_lots()
            .filter(|lot| self.reservable_on(lot, terms.get(lot.code.as_str()).unwrap_or(&none)).is_ok());
        Ok(reservable.map(|lot| lot.code.clone()).collect())
    }
}

/// Whether a lot lets any space be reserved by its own word.
pub(crate) fn is_offered(lot: &Lot) -> bool {
    let mut downlinks = lot.ids.keys().filter_map(|standard| by_name(standard)?.downlink());
    downlinks.any(|downlink| !downlink.reservable(&lot.details).is_empty())
}

impl Parts {
    /// Lots of which the office or their gateway has said anything, and what.
    pub(crate) async fn lots_with_terms(&self) -> Result<BTreeMap<String, LotTerms>, StoreError> {
        let mut query = OfficeQuery { limit: TERMS_AT_ONCE, ..OfficeQuery::default() };
        let mut terms = BTreeMap::new();
        loop {
            let found = office::list::<LotTerms>(self.store.as_ref(), query.clone()).await?;
            terms.extend(found.items.into_iter().map(|kept| (kept.id, kept.document)));
            match found.next {
                Some(next) => query.cursor = Some(next),
                None => return Ok(terms),
            }
        }
    }

    /// Whether the platform calls the lot.
    pub(crate) fn is_called(&self, lot: &Lot) -> bool {
        self.caller.is_called(lot)
    }
}
