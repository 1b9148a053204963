//! What is known by a name.

use super::Text;
use crate::Result;
use crate::plan::Plan;
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{text, to_json};
use deadpool_postgres::Client;

/// What is known by a name.
#[derive(Default)]
pub(in crate::postgres) struct Documents<'p> {
    lots: Vec<Text<'p>>,
    kinds: Vec<&'p str>,
    names: Vec<Text<'p>>,
    docs: Vec<String>,
}

impl<'p> Documents<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let mut rows = Self::default();
        for (key, kept) in &plan.documents {
            rows.lots.push(text(key.lot.as_str()));
            rows.kinds.push(key.kind);
            rows.names.push(text(&key.name));
            rows.docs.push(to_json(kept)?);
        }
        Ok(rows)
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, kinds, names, docs } = self;
        write(client, &statements.documents_now, [lots, kinds, names, docs], !lots.is_empty()).await
    }
}
