//! Changes that people are answerable for: with what the audit says of them, or not at all.

use super::queue::About;
use super::{SqliteStore, audit, cases, exports, holds, office_records, registry, user_sessions, users};
use crate::{Administration, Change, NewAuditEntry, Result};
use async_trait::async_trait;
use rusqlite::Connection;

#[async_trait]
impl Administration for SqliteStore {
    async fn administer(&self, changes: Vec<Change>, entries: Vec<NewAuditEntry>) -> Result<()> {
        entries.iter().try_for_each(NewAuditEntry::check)?;
        let administer = move |connection: &_| {
            changes.into_iter().try_for_each(|change| apply(connection, change))?;
            audit::append(connection, entries)
        };
        self.committer.execute(About::People, administer, self.options.registry_lock_timeout).await
    }
}

fn apply(connection: &Connection, change: Change) -> Result<()> {
    match change {
        Change::Registry(change) => registry::apply(connection, &change).map(drop),
        Change::User(user) => users::keep(connection, *user),
        Change::SessionBegin(session) => user_sessions::begin(connection, &session),
        Change::SessionConfirmed { sha256, at } => user_sessions::confirm(connection, &sha256, at),
        Change::SessionEnd { login, id } => user_sessions::end(connection, &login, &id),
        Change::SessionsEnd { login, but } => user_sessions::end_all(connection, &login, but.as_deref()),
        Change::TokenRemove { id } => registry::remove_token(connection, &id),
        Change::Export(export) => exports::keep(connection, &export),
        Change::Case(case) => cases::keep(connection, &case),
        Change::Office(record) => office_records::keep(connection, &record),
        Change::OfficeRemove { kind, id } => office_records::remove(connection, &kind, &id),
        Change::Hold(hold) => holds::keep(connection, &hold),
        Change::AuditArchived { anchor, upto } => audit::archived(connection, anchor, upto),
        Change::FailuresClear(key) => users::clear_failures(connection, &key),
    }
}
