//! Signs of life of accounts.

use super::Text;
use crate::Result;
use crate::plan::Plan;
use crate::postgres::commit::write;
use crate::postgres::statements::Statements;
use crate::postgres::values::{millis, text};
use deadpool_postgres::Client;

/// Signs of life of accounts.
#[derive(Default)]
pub(in crate::postgres) struct Accounts<'p> {
    providers: Vec<Text<'p>>,
    standards: Vec<&'p str>,
    at: Vec<i64>,
}

impl<'p> Accounts<'p> {
    pub(in crate::postgres) fn of(plan: &'p Plan<'_>) -> Self {
        let mut rows = Self::default();
        for account in &plan.accounts {
            rows.providers.push(text(account.provider.as_str()));
            rows.standards.push(&account.standard);
            rows.at.push(millis(account.at));
        }
        rows
    }

    pub(in crate::postgres) async fn write(&self, client: &Client, statements: &Statements) -> Result<()> {
        let Self { providers, standards, at } = self;
        write(client, &statements.accounts, [providers, standards, at], !providers.is_empty()).await
    }
}
