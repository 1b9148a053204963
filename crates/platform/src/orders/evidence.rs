//! What proves an order, frozen when it is issued: kept as a file of its own, which no retention reaches.

use super::KeptOrder;
use crate::office::Kept;
use crate::office::files::{self, File};
use crate::supervision::Supervision;
use bowei_encoding::sha256_hex;
use bowei_store::{PhotoStore, Store, StoreError};
use bytes::Bytes;
use jiff::Timestamp;

/// Frozen evidence.
pub(crate) struct Frozen {
    pub(crate) file: Kept<File>,
    pub(crate) sha256: String,
}

/// Freezes what an order rests on.
pub(crate) async fn freeze(
    store: &dyn Store,
    photos: &dyn PhotoStore,
    kept: &KeptOrder,
    supervision: &Supervision,
    now: Timestamp,
) -> Result<Frozen, StoreError> {
    let _ = (store, supervision);
    let bytes = serde_json::to_vec(&kept.order.content).map_err(|error| {
        StoreError::Unreadable(format!("the evidence of order {}: {error}", kept.order.id))
    })?;
    let sha256 = sha256_hex(&bytes);
    let owner = (format!("order-evidence:{}", kept.order.id), None);
    let file =
        files::keep(photos, owner, ("evidence.json", "application/json"), Bytes::from(bytes), now).await?;
    Ok(Frozen { file, sha256 })
}
