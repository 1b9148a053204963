//! Maintenance that was announced: minutes in which nobody expects a lot to report. They leave every denominator of the
//! rates and open no finding.

use crate::office::{self, Document, Kept};
use bowei_model::supervision::Minutes;
use bowei_model::{Lot, LotCode, ProviderCode};
use bowei_store::{OfficeQuery, Store, StoreError};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest maintenance that may be announced at once: who needs longer closes the lot.
pub(crate) const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(72);

/// Announcements that are looked at for one day: beyond it an operator announces for a provider or a district at once.
const OF_A_DAY_MAX: usize = 1_000;

/// An announcement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Maintenance {
    /// Of these lots; empty: of all that the other two name.
    pub(crate) lots: Vec<LotCode>,
    /// Of lots of this provider.
    pub(crate) provider: Option<ProviderCode>,
    /// Of lots in districts whose code begins so; empty: in all.
    pub(crate) district: String,
    /// From this moment.
    pub(crate) from: Timestamp,
    /// To before this one.
    pub(crate) to: Timestamp,
    /// Why.
    pub(crate) reason: String,
    /// Who announced it.
    pub(crate) by: String,
    /// When: what was announced after it had begun counts from here on, for nobody excuses the past.
    pub(crate) announced_at: Timestamp,
}

impl Document for Maintenance {
    const KIND: &'static str = "maintenance";

    fn state(&self) -> String {
        "announced".to_owned()
    }

    fn provider(&self) -> Option<ProviderCode> {
        self.provider.clone()
    }

    fn district(&self) -> String {
        self.district.clone()
    }

    fn at(&self) -> Timestamp {
        self.from
    }
}

impl Maintenance {
    /// Whether it is of that lot.
    pub(crate) fn is_of(&self, lot: &Lot) -> bool {
        (self.lots.is_empty() || self.lots.contains(&lot.code))
            && self.provider.as_ref().is_none_or(|provider| *provider == lot.provider)
            && lot.district.starts_with(&self.district)
    }

    /// The minutes of a day that it covers.
    fn minutes(&self, day: Date) -> Minutes {
        Minutes::between(day, self.from.max(self.announced_at), self.to)
    }
}

/// The announcements that touch a day.
pub(crate) async fn of_day(
    store: &dyn Store,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Maintenance>, StoreError> {
    let query = OfficeQuery {
        from: Some(from.saturating_sub(LENGTH_MAX).unwrap_or(Timestamp::MIN)),
        before: Some(to),
        limit: OF_A_DAY_MAX,
        ..OfficeQuery::default()
    };
    let found = office::list::<Maintenance>(store, query).await?.items;
    Ok(found.into_iter().map(|Kept { document, .. }| document).filter(|one| one.to > from).collect())
}

/// The minutes of a day that are announced for a lot.
pub(crate) fn minutes(announced: &[Maintenance], lot: &Lot, day: Date) -> Minutes {
    let of_lot = announced.iter().filter(|one| one.is_of(lot));
    of_lot.fold(Minutes::NONE, |minutes, one| minutes | one.minutes(day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_model::LotKind;

    #[test]
    fn maintenance_counts_from_when_it_was_announced() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let announced = Maintenance {
            lots: Vec::new(),
            provider: Some("p".into()),
            district: "3305".to_owned(),
            from: at("2026-04-01T10:00:00+08:00"),
            to: at("2026-04-01T12:00:00+08:00"),
            reason: "更换道闸".to_owned(),
            by: "zhang".to_owned(),
            announced_at: at("2026-04-01T11:30:00+08:00"),
        };
        let lot = |district: &str, provider: &str| Lot {
            district: district.to_owned(),
            ..Lot::new("L1".into(), provider.into(), LotKind::OffStreet)
        };
        let day = jiff::civil::date(2026, 4, 1);
        let of = |lot: &Lot| minutes(std::slice::from_ref(&announced), lot, day).count();
        assert_eq!((of(&lot("330502", "p")), of(&lot("330502", "q")), of(&lot("330102", "p"))), (30, 0, 0));
        assert_eq!(minutes(&[announced], &lot("330502", "p"), day.tomorrow().unwrap()).count(), 0);
    }
}
