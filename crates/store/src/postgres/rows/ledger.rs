//! The ledger, and the states of lots.

use super::Text;
use crate::Result;
use crate::plan::Plan;
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{millis, text, to_json};
use bowei_model::LotCode;
use deadpool_postgres::Client;

/// Rows of the ledger.
#[derive(Default)]
pub(in crate::postgres) struct Ledger<'p> {
    lots: Vec<Text<'p>>,
    received: Vec<i64>,
    providers: Vec<Text<'p>>,
    standards: Vec<&'p str>,
    kinds: Vec<&'p str>,
    amended: Vec<bool>,
    messages: Vec<&'p [u8]>,
    statements: Vec<String>,
    unnamed: Vec<Option<Text<'p>>>,
}

impl<'p> Ledger<'p> {
    pub(in crate::postgres) fn of(plan: &Plan<'p>) -> Result<Self> {
        let mut rows = Self::default();
        for row in &plan.ledger {
            let statement = &row.reported.statement;
            rows.lots.push(text(statement.report.lot().map_or("", LotCode::as_str)));
            rows.received.push(millis(statement.received_at));
            rows.providers.push(text(statement.provider.as_str()));
            rows.standards.push(&statement.standard);
            rows.kinds.push(statement.report.kind());
            rows.amended.push(row.amended);
            rows.messages.push(&row.delivery.message_sha256);
            rows.statements.push(to_json(statement)?);
            rows.unnamed.push(row.reported.unnamed_fields.as_deref().map(text));
        }
        Ok(rows)
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, received, providers, standards, kinds, amended, messages, .. } = self;
        write(
            client,
            &statements.ledger_new,
            [lots, received, providers, standards, kinds, amended, messages, &self.statements, &self.unnamed],
            !lots.is_empty(),
        )
        .await
    }
}

/// Lots' states.
#[derive(Default)]
pub(in crate::postgres) struct Lots<'p> {
    lots: Vec<Text<'p>>,
    revisions: Vec<i64>,
    docs: Vec<String>,
}

impl<'p> Lots<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Result<Self> {
        let mut rows = Self::default();
        for row in &plan.lots {
            rows.lots.push(text(row.lot.as_str()));
            rows.revisions.push(row.revision);
            rows.docs.push(to_json(&row.state)?);
        }
        Ok(rows)
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { lots, revisions, docs } = self;
        write(client, &statements.lots_now, [lots, revisions, docs], !lots.is_empty()).await
    }
}
