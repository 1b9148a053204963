//! What is known by a name: gates, lists, offers, pictures with names.

use super::PostgresStore;
use super::conditions::{Conditions, text_value};
use super::errors::refused;
use super::readers::ask;
use super::values::{from_json, plain, text};
use crate::cursor::{page, page_size};
use crate::{DocumentQuery, Documents, NamedRecordRow, Page, Result, cursor};
use async_trait::async_trait;
use bowei_model::LotCode;
use deadpool_postgres::Client;

#[async_trait]
impl Documents for PostgresStore {
    async fn documents(&self, query: DocumentQuery) -> Result<Page<NamedRecordRow>> {
        ask!(self.readers, client => documents(client, &query))
    }

    async fn documents_named(
        &self,
        kind: &str,
        names: Vec<(LotCode, String)>,
    ) -> Result<Vec<NamedRecordRow>> {
        ask!(self.readers, client => documents_named(client, kind, &names))
    }
}

const LIST: &str = "documents";

/// Lot and name.
type Place = (String, String);

/// A page of documents of one kind, by lot, and of a lot the last name first.
async fn documents(client: &Client, query: &DocumentQuery) -> Result<Page<NamedRecordRow>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    conditions.and("kind = ?", [text_value(&query.kind)]);
    conditions.of_lots(query.lots.as_deref());
    if let Some(upto) = &query.name_upto {
        conditions.and("name <= ?", [text_value(upto)]);
    }
    if let Some((lot, name)) = after {
        conditions.and(
            "(lot > ? OR (lot = ? AND name < ?))",
            [text_value(&lot), text_value(&lot), text_value(&name)],
        );
    }
    let mut found = Vec::new();
    for row in conditions.rows(client, "lot, name, doc", "documents", "lot, name DESC", size).await? {
        let (lot, name) = (plain(row.get(0)).into_owned(), plain(row.get(1)).into_owned());
        let document = from_json("a document", row.get(2))?;
        let document = NamedRecordRow { lot: LotCode::from(lot.as_str()), name: name.clone(), document };
        found.push(((lot, name), document));
    }
    page(LIST, size, found)
}

/// Those of the documents named that there are.
async fn documents_named(
    client: &Client,
    kind: &str,
    names: &[(LotCode, String)],
) -> Result<Vec<NamedRecordRow>> {
    let lots: Vec<_> = names.iter().map(|(lot, _)| text(lot.as_str())).collect();
    let wanted: Vec<_> = names.iter().map(|(_, name)| text(name)).collect();
    let find = client
        .prepare_cached(
            "SELECT document.lot, document.name, document.doc
             FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS wanted (lot, name, number)
             JOIN documents AS document
               ON document.lot = wanted.lot AND document.kind = $1 AND document.name = wanted.name
             ORDER BY wanted.number",
        )
        .await
        .map_err(refused)?;
    let rows = client.query(&find, &[&text(kind), &lots, &wanted]).await.map_err(refused)?;
    let read = |row: &tokio_postgres::Row| {
        let document = from_json("a document", row.get(2))?;
        let lot = LotCode::from(plain(row.get(0)).as_ref());
        Ok(NamedRecordRow { lot, name: plain(row.get(1)).into_owned(), document })
    };
    rows.iter().map(read).collect()
}
