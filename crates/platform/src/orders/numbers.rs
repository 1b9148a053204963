//! Numbers of documents (文号): one sequence a year, shared by all nodes. A number is a record whose id it is, so that no
//! two documents have one, whoever draws it and however often a node dies.

use crate::office::{self, Document, Kept};
use bowei_model::moment;
use bowei_model::supervision::order::DocumentNumber;
use bowei_store::{Change, NewAuditEntry, OfficeQuery, Store, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How often a number is drawn that somebody else was faster to take.
const TRIES_MAX: u32 = 50;

/// A number that is taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Taken {
    number: DocumentNumber,
    /// The order that it is a document of.
    order: String,
    at: Timestamp,
}

impl Document for Taken {
    const KIND: &'static str = "document-number";

    fn state(&self) -> String {
        self.number.year.to_string()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

/// Draws the next number of the year and keeps, in one transaction, what `made` makes with it.
pub(crate) async fn with_next<E: From<StoreError>>(
    store: &dyn Store,
    (order, now): (&str, Timestamp),
    made: impl Fn(DocumentNumber) -> Result<(Vec<Change>, Vec<NewAuditEntry>), E>,
) -> Result<DocumentNumber, E> {
    let year = moment::to_wall(now).year();
    let newest = OfficeQuery { states: vec![year.to_string()], limit: 1, ..OfficeQuery::default() };
    let last = office::list::<Taken>(store, newest).await?.items.into_iter().next();
    // Moments order them, and clocks of nodes may differ: one that is taken already is passed over.
    let first = last.map_or(1, |last| last.document.number.n + 1);
    for n in first..first + TRIES_MAX {
        let number = DocumentNumber { year, n };
        let taken =
            Kept::new(format!("{year:04}-{n:06}"), Taken { number, order: order.to_owned(), at: now });
        let (mut changes, entries) = made(number)?;
        changes.push(taken.change()?);
        match store.administer(changes, entries).await {
            Err(StoreError::Conflict(_)) if is_taken(store, &taken.id).await? => {}
            done => return Ok(done.map(|()| number)?),
        }
    }
    Err(StoreError::Contended("the numbers of documents".to_owned()).into())
}

async fn is_taken(store: &dyn Store, id: &str) -> Result<bool, StoreError> {
    Ok(office::one::<Taken>(store, id).await?.is_some())
}
