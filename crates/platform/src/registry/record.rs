//! Changes of the registry that somebody is answerable for, and what the audit says of them: one transaction.

use crate::accounts::{Source, entry};
use bowei_store::{Change, RegistryChange, Store, StoreError};
use jiff::Timestamp;
use serde_json::json;

/// Makes a change that `by` is answerable for.
pub(super) async fn record(
    store: &dyn Store,
    change: RegistryChange,
    by: &Source,
    now: Timestamp,
) -> Result<(), StoreError> {
    let RegistryChange { providers, lots, credentials, ends, .. } = &change;
    let after = json!({
        "providers": providers.iter().map(|provider| provider.code.as_str()).collect::<Vec<_>>(),
        "lots": lots,
        "credentials_issued": credentials
            .iter()
            .map(|new| json!({"id": new.id, "provider": new.provider.as_str(), "standard": new.standard}))
            .collect::<Vec<_>>(),
        "credentials_ended": ends.iter().map(|(id, _)| id).collect::<Vec<_>>(),
    });
    let said = entry(by, now, ("registry.change", "registry:".to_owned()), (None, Some(after)));
    store.administer(vec![Change::Registry(Box::new(change))], vec![said]).await
}
