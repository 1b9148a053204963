//! What the office keeps of its own beside the registry, each kind a document of its own.

pub(crate) mod businesses;
pub(crate) mod checklist;
pub(crate) mod connections;
pub(crate) mod credit_code;
pub(crate) mod deadlines;
pub(crate) mod files;
pub(crate) mod handovers;
pub(crate) mod nodes;
pub(crate) mod occupancy;
pub(crate) mod pulse;
pub(crate) mod registrations;
pub(crate) mod registrations_expiry;
pub(crate) mod settings;
pub(crate) mod taps;

use bowei_model::ProviderCode;
use bowei_store::{Change, OfficeQuery, OfficeRecord, Page, Store, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A document of the office, and what lists of its kind go by.
pub(crate) trait Document: Serialize + DeserializeOwned {
    /// What it is called in the store.
    const KIND: &'static str;

    /// How far it is.
    fn state(&self) -> String;

    /// Whose it is, where it is a provider's.
    fn provider(&self) -> Option<ProviderCode> {
        None
    }

    /// GB/T 2260 code of its district; empty: of none.
    fn district(&self) -> String {
        String::new()
    }

    /// What lists are ordered by.
    fn at(&self) -> Timestamp;

    /// What it is searched by.
    fn words(&self) -> String {
        String::new()
    }
}

/// A document with what it is known by.
#[derive(Clone, Debug)]
pub(crate) struct Kept<D> {
    pub(crate) id: String,
    /// 0: not kept yet.
    pub(crate) revision: i64,
    pub(crate) document: D,
}

impl<D: Document> Kept<D> {
    /// One that is to be created.
    pub(crate) fn new(id: String, document: D) -> Self {
        Self { id, revision: 0, document }
    }

    fn read(row: OfficeRecord) -> Result<Self, StoreError> {
        let document = serde_json::from_str(&row.doc)
            .map_err(|error| StoreError::Unreadable(format!("{} {}: {error}", row.kind, row.id)))?;
        Ok(Self { id: row.id, revision: row.revision, document })
    }

    /// The change that keeps it: whoever changed it meanwhile is not overwritten.
    pub(crate) fn change(&self) -> Result<Change, StoreError> {
        let document = &self.document;
        let doc = serde_json::to_string(document)
            .map_err(|error| StoreError::Unreadable(format!("{} {}: {error}", D::KIND, self.id)))?;
        Ok(Change::Office(Box::new(OfficeRecord {
            kind: D::KIND.to_owned(),
            id: self.id.clone(),
            state: document.state(),
            provider: document.provider(),
            district: document.district(),
            at: document.at(),
            words: document.words(),
            doc,
            revision: self.revision,
        })))
    }

    /// The change that removes it.
    pub(crate) fn removal(&self) -> Change {
        Change::OfficeRemove { kind: D::KIND.to_owned(), id: self.id.clone() }
    }
}

/// The document of that id.
pub(crate) async fn one<D: Document>(store: &dyn Store, id: &str) -> Result<Option<Kept<D>>, StoreError> {
    store.office_record(D::KIND, id).await?.map(Kept::read).transpose()
}

/// Documents of a kind, the newest first; the query's own kind is left aside.
pub(crate) async fn list<D: Document>(
    store: &dyn Store,
    query: OfficeQuery,
) -> Result<Page<Kept<D>>, StoreError> {
    let page = store.office_records(OfficeQuery { kind: D::KIND.to_owned(), ..query }).await?;
    let items = page.items.into_iter().map(Kept::read).collect::<Result<_, _>>()?;
    Ok(Page { items, next: page.next })
}

/// Documents of a kind that one page of a removal has.
const REMOVED_AT_ONCE: usize = 500;
/// Pages of one turn: what is left is the next turn's.
const REMOVED_PAGES_MAX: usize = 100;

/// Removes the documents of a kind that are older than that; how many.
pub(crate) async fn remove_before<D: Document>(
    store: &dyn Store,
    before: Timestamp,
) -> Result<usize, StoreError> {
    let mut removed = 0;
    for _ in 0..REMOVED_PAGES_MAX {
        let query = OfficeQuery { limit: REMOVED_AT_ONCE, before: Some(before), ..OfficeQuery::default() };
        let removals: Vec<Change> = list::<D>(store, query).await?.items.iter().map(Kept::removal).collect();
        if removals.is_empty() {
            break;
        }
        removed += removals.len();
        store.administer(removals, Vec::new()).await?;
    }
    Ok(removed)
}
