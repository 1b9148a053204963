//! A lot's own list of the cars inside, as it last sent it.

use bowei_model::{CarsInside, LotCode, Report, moment};
use bowei_store::{DocumentQuery, Store, StoreError};
use jiff::Timestamp;

/// The lot's last list of this moment or before it; without a moment, its last.
pub(crate) async fn last_list(
    store: &dyn Store,
    lot: &LotCode,
    upto: Option<Timestamp>,
) -> Result<Option<CarsInside>, StoreError> {
    let query = DocumentQuery {
        kind: "cars-inside".to_owned(),
        lots: Some(vec![lot.clone()]),
        name_upto: upto.map(moment::rfc3339),
        limit: 1,
        cursor: None,
    };
    let page = store.documents(query).await?;
    let current = page.items.first().and_then(|row| row.document.current());
    Ok(current.and_then(|version| match &version.content {
        // As the store orders it: no list is of later than when it was received.
        Report::CarsInside(cars) => Some(CarsInside { at: cars.at.min(version.received_at), ..cars.clone() }),
        _ => None,
    }))
}
