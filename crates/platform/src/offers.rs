//! Lots that offer more than a space to whoever comes first: reservations, or parking off peak.

use crate::reservations::Parts;
use bowei_model::{LotCode, Report};
use bowei_store::{DocumentQuery, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What lots offer changes by hand: whoever looks for one may learn of it a minute later.
const OFFERS_TTL: SignedDuration = SignedDuration::from_mins(1);

/// Off-peak offers that are read at once.
const OFFERS_AT_ONCE: usize = 500;

/// Which lots offer what.
#[derive(Debug, Default)]
pub(crate) struct LotOffers {
    /// Some space can be reserved now.
    pub(crate) reservable: BTreeSet<LotCode>,
    /// Some off-peak offer can be bought.
    pub(crate) off_peak: BTreeSet<LotCode>,
}

/// What was read of all lots within the last minute: whoever holds the lock reads it for all who wait.
#[derive(Default)]
pub(crate) struct Offers(Mutex<Option<(Timestamp, Arc<LotOffers>)>>);

impl Offers {
    pub(crate) async fn lots(&self, parts: &Parts) -> Result<Arc<LotOffers>, StoreError> {
        let mut known = self.0.lock().await;
        let now = parts.clock.now();
        if let Some((_, offers)) = known.as_ref().filter(|(at, _)| now.duration_since(*at) < OFFERS_TTL) {
            return Ok(Arc::clone(offers));
        }
        let reservable = parts.reservable_lots().await?;
        let offers = Arc::new(LotOffers { reservable, off_peak: off_peak(parts.store.as_ref()).await? });
        *known = Some((now, Arc::clone(&offers)));
        Ok(offers)
    }
}

async fn off_peak(store: &dyn Store) -> Result<BTreeSet<LotCode>, StoreError> {
    let mut lots = BTreeSet::new();
    let kind = "off-peak-package".to_owned();
    let mut query = DocumentQuery { kind, limit: OFFERS_AT_ONCE, ..DocumentQuery::default() };
    loop {
        let found = store.documents(query.clone()).await?;
        for row in found.items {
            let content = row.document.current().map(|version| &version.content);
            if matches!(content, Some(Report::OffPeakPackage(package)) if package.is_on_sale()) {
                lots.insert(row.lot);
            }
        }
        match found.next {
            Some(next) => query.cursor = Some(next),
            None => return Ok(lots),
        }
    }
}
