//! What is known by a name: gates, lists, offers, pictures with names.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text as value};
use super::values::{from_json, text};
use crate::cursor::{page, page_size};
use crate::{DocumentQuery, Documents, NamedRecordRow, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::LotCode;
use rusqlite::{Connection, params, params_from_iter};

#[async_trait]
impl Documents for SqliteStore {
    async fn documents(&self, query: DocumentQuery) -> Result<Page<NamedRecordRow>> {
        self.readers.ask(move |connection| documents(connection, &query)).await
    }

    async fn documents_named(
        &self,
        kind: &str,
        names: Vec<(LotCode, String)>,
    ) -> Result<Vec<NamedRecordRow>> {
        let kind = kind.to_owned();
        self.readers.ask(move |connection| documents_named(connection, &kind, &names)).await
    }
}

const LIST: &str = "documents";

/// Lot and name.
type Place = (String, String);

/// A page of documents of one kind, by lot, and of a lot the last name first.
fn documents(connection: &Connection, query: &DocumentQuery) -> Result<Page<NamedRecordRow>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.and("kind = ?", [value(&query.kind)]);
    conditions.of_lots(query.lots.as_deref());
    if let Some(upto) = &query.name_upto {
        conditions.and("name <= ?", [value(upto)]);
    }
    if let Some((lot, name)) = after {
        conditions.and("(lot > ? OR (lot = ? AND name < ?))", [value(&lot), value(&lot), value(&name)]);
    }
    conditions.values.push(rows_for(size));
    let sql =
        format!("SELECT lot, name, doc FROM documents {} ORDER BY lot, name DESC LIMIT ?", conditions.sql);
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query(params_from_iter(conditions.values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (lot, name) = (text(row, 0)?.to_owned(), text(row, 1)?.to_owned());
        let document = from_json("a document", text(row, 2)?)?;
        let document = NamedRecordRow { lot: LotCode::from(lot.as_str()), name: name.clone(), document };
        found.push(((lot, name), document));
    }
    page(LIST, size, found)
}

/// Those of the documents named that there are.
fn documents_named(
    connection: &Connection,
    kind: &str,
    names: &[(LotCode, String)],
) -> Result<Vec<NamedRecordRow>> {
    let mut find =
        connection.prepare_cached("SELECT doc FROM documents WHERE lot = ?1 AND kind = ?2 AND name = ?3")?;
    let mut found = Vec::new();
    for (lot, name) in names {
        let mut rows = find.query(params![lot.as_str(), kind, name])?;
        if let Some(row) = rows.next()? {
            let document = from_json("a document", text(row, 0)?)?;
            found.push(NamedRecordRow { lot: lot.clone(), name: name.clone(), document });
        }
    }
    Ok(found)
}
