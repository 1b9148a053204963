//! Documents: what is known by a name and said again and again.

use super::{Cursor, Page, Result};
use async_trait::async_trait;
use bowei_model::{LotCode, NamedRecord};

/// Which documents to list: by lot, and of a lot the last name first.
#[derive(Clone, Debug, Default)]
pub struct DocumentQuery {
    /// Their kind, as [`bowei_model::NamedRecordKey`] has it.
    pub kind: String,
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// With this name or one before it.
    pub name_upto: Option<String>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// A document with what it goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRecordRow {
    /// The lot.
    pub lot: LotCode,
    /// Its name.
    pub name: String,
    /// The document.
    pub document: NamedRecord,
}

/// What is known by a name.
#[async_trait]
pub trait Documents {
    /// Documents of one kind.
    async fn documents(&self, query: DocumentQuery) -> Result<Page<NamedRecordRow>>;

    /// Those of the documents named, by lot and name, that there are.
    async fn documents_named(&self, kind: &str, names: Vec<(LotCode, String)>)
    -> Result<Vec<NamedRecordRow>>;
}
