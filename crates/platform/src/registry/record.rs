//! Changes of the registry that somebody is answerable for, and what the audit says of them: one transaction.

use super::history::Told;
use crate::accounts::entry;
use bowei_store::{Change, FieldChange, HistoryEntry, NewAuditEntry, RegistryChange, Store, StoreError};
use serde_json::{Map, Value, json};

/// What is done together with a change of the registry, or not at all.
#[derive(Clone, Default)]
pub(crate) struct Beside {
    pub(crate) changes: Vec<Change>,
    /// What the audit says of it, beside what it says of the registry.
    pub(crate) entries: Vec<NewAuditEntry>,
}

impl From<Vec<Change>> for Beside {
    fn from(changes: Vec<Change>) -> Self {
        Self { changes, entries: Vec::new() }
    }
}

/// Makes a change whose history is told; `more` is done with it or not at all.
pub(crate) async fn record(
    store: &dyn Store,
    change: RegistryChange,
    told: &Told,
    more: Beside,
) -> Result<(), StoreError> {
    let mut entries = vec![audited(&change, told)];
    entries.extend(more.entries);
    let mut changes = vec![Change::Registry(Box::new(change))];
    changes.extend(more.changes);
    store.administer(changes, entries).await
}

fn audited(change: &RegistryChange, told: &Told) -> NewAuditEntry {
    let ended: Vec<_> = change.ends.iter().map(|(id, _)| id).collect();
    let issued: Vec<_> = change
        .credentials
        .iter()
        .map(|new| json!({"id": new.id, "provider": new.provider.as_str(), "standard": new.standard}))
        .collect();
    let sides = |side: fn(&FieldChange) -> &Value| {
        let of = |entry: &HistoryEntry| {
            let fields = entry.changes.iter().map(|change| (change.field.clone(), side(change).clone()));
            (entry.object.clone(), Value::Object(fields.collect()))
        };
        change.history.iter().map(of).collect::<Map<_, _>>()
    };
    let mut after = sides(|change| &change.to);
    after.insert("credentials_issued".to_owned(), json!(issued));
    after.insert("credentials_ended".to_owned(), json!(ended));
    let object = match change.history.as_slice() {
        [one] => one.object.clone(),
        _ => "registry:".to_owned(),
    };
    let before = Value::Object(sides(|change| &change.from));
    entry(&told.by, told.at, ("registry.change", object), (Some(before), Some(Value::Object(after))))
}
