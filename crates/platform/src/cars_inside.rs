//! A lot's own list of the cars inside, as it last sent it.

use bowei_model::{CarsInside, LotCode, Report, moment};
use bowei_store::{DocumentQuery, Store, StoreError};
use jiff::{SignedDuration, Timestamp};

/// Lists read at once: as a rule the first is the one.
const PAGE: usize = 8;
/// How many pages are looked at: ten days of hourly lists by a clock that ran ahead.
const PAGES_MAX: usize = 32;
/// How far ahead of a moment in the past lists are looked for that were received before it.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);

/// The lot's last list of this moment or before it; without a moment, its last. No list is of later than when it was
/// received: one of tomorrow, by a clock that ran ahead, would otherwise be the last until then.
pub(crate) async fn last_list(
    store: &dyn Store,
    lot: &LotCode,
    upto: Option<Timestamp>,
) -> Result<Option<CarsInside>, StoreError> {
    let name_upto = upto.map(|upto| moment::rfc3339(upto.saturating_add(AHEAD_MAX).unwrap_or(upto)));
    let mut last: Option<CarsInside> = None;
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let query = DocumentQuery {
            kind: "cars-inside".to_owned(),
            lots: Some(vec![lot.clone()]),
            name_upto: name_upto.clone(),
            limit: PAGE,
            cursor,
        };
        let page = store.documents(query).await?;
        for version in page.items.iter().filter_map(|row| row.document.current()) {
            let Report::CarsInside(cars) = &version.content else { continue };
            // They come by their own word on the time, the latest first: none after this can be later than that.
            if last.as_ref().is_some_and(|last| last.at > cars.at) {
                return Ok(last);
            }
            let at = cars.at.min(version.received_at);
            let fits = upto.is_none_or(|upto| at <= upto);
            // Of two of one moment the one that ran less ahead.
            if fits && last.as_ref().is_none_or(|last| last.at <= at) {
                last = Some(CarsInside { at, ..cars.clone() });
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(last)
}
