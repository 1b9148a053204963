//! The audit.

use super::SqliteStore;
use super::conditions::{Conditions, rows_for, text as value};
use super::queue::About;
use super::values::{millis, moment};
use crate::contract::archived_elsewhere;
use crate::contract::{AUDIT_FORGOTTEN_AT_ONCE, audit_hash};
use crate::cursor::{page, page_size};
use crate::{Audit, AuditEntry, AuditHead, AuditQuery, NewAuditEntry, Page, Result, cursor};
use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

#[async_trait]
impl Audit for SqliteStore {
    async fn audit(&self, query: AuditQuery) -> Result<Page<AuditEntry>> {
        self.readers.ask(move |connection| audit(connection, &query)).await
    }

    async fn audit_after(&self, seq: i64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.readers.ask(move |connection| after(connection, seq, limit)).await
    }

    async fn audit_head(&self) -> Result<AuditHead> {
        self.readers.ask(head).await
    }

    async fn audit_anchor(&self) -> Result<AuditHead> {
        self.readers.ask(anchor).await
    }

    async fn forget_archived_audit(&self) -> Result<u64> {
        let forget = |connection: &Connection| {
            let upto = anchor(connection)?;
            let gone = connection.execute(
                "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE seq <= ?1 ORDER BY seq LIMIT ?2)",
                [upto.seq, AUDIT_FORGOTTEN_AT_ONCE],
            )?;
            Ok(gone as u64)
        };
        self.committer.execute(About::Upkeep, forget, self.options.lock_timeout).await
    }
}

const LIST: &str = "audit";

const COLUMNS: &str = "seq, at, actor, source, action, object, ok, before, after, hash";

/// When it was done, and its number.
type Place = (i64, i64);

fn audit(connection: &Connection, query: &AuditQuery) -> Result<Page<AuditEntry>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    if let Some(from) = query.from {
        conditions.and("at >= ?", [Value::Integer(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and("at <= ?", [Value::Integer(millis(to))]);
    }
    if let Some(user) = &query.user {
        conditions.and("actor = ?", [value(user)]);
    }
    for (column, wanted, mark) in [("action", &query.action, '.'), ("object", &query.object, ':')] {
        let Some(wanted) = wanted else { continue };
        match AuditQuery::range(wanted, mark) {
            None => conditions.and(&format!("{column} = ?"), [value(wanted)]),
            Some((from, to)) => {
                conditions.and(&format!("{column} >= ? AND {column} < ?"), [value(&from), value(&to)]);
            }
        }
    }
    if let Some((at, seq)) = after {
        conditions.and("(at, seq) < (?, ?)", [Value::Integer(at), Value::Integer(seq)]);
    }
    conditions.values.push(rows_for(size));
    let sql = format!("SELECT {COLUMNS} FROM audit {} ORDER BY at DESC, seq DESC LIMIT ?", conditions.sql);
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query(params_from_iter(conditions.values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let entry = entry(row)?;
        found.push(((millis(entry.entry.at), entry.seq), entry));
    }
    page(LIST, size, found)
}

/// Entries after a number.
fn after(connection: &Connection, seq: i64, limit: usize) -> Result<Vec<AuditEntry>> {
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query([seq, i64::try_from(page_size(limit)).unwrap_or(i64::MAX)])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(row)?);
    }
    Ok(entries)
}

fn entry(row: &Row<'_>) -> Result<AuditEntry> {
    let (seq, hash): (i64, Vec<u8>) = (row.get(0)?, row.get(9)?);
    Ok(AuditEntry {
        seq,
        entry: NewAuditEntry {
            at: moment(row.get(1)?)?,
            user: row.get(2)?,
            source: row.get(3)?,
            action: row.get(4)?,
            object: row.get(5)?,
            ok: row.get(6)?,
            before: row.get(7)?,
            after: row.get(8)?,
        },
        hash: audit_hash(seq, hash)?,
    })
}

/// After which entry the audit goes on here.
fn anchor(connection: &Connection) -> Result<AuditHead> {
    let mut find = connection.prepare_cached("SELECT seq, hash FROM audit_anchor WHERE id = 1")?;
    let (seq, hash): (i64, Vec<u8>) = find.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(AuditHead { seq, hash: audit_hash(seq, hash)? })
}

/// Moves it, if it is where it was and the entry is that one.
pub(super) fn archived(connection: &Connection, from: AuditHead, upto: AuditHead) -> Result<()> {
    let is_it = connection
        .prepare_cached("SELECT 1 FROM audit WHERE seq = ?1 AND hash = ?2")?
        .exists(params![upto.seq, upto.hash])?;
    if anchor(connection)? != from || upto.seq <= from.seq || !is_it {
        return Err(archived_elsewhere());
    }
    connection
        .prepare_cached("UPDATE audit_anchor SET seq = ?1, hash = ?2 WHERE id = 1")?
        .execute(params![upto.seq, upto.hash])?;
    Ok(())
}

/// Where the audit ends, as it was noted.
fn head(connection: &Connection) -> Result<AuditHead> {
    let mut find = connection.prepare_cached("SELECT seq, hash FROM audit_head WHERE id = 1")?;
    let (seq, hash): (i64, Vec<u8>) = find.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(AuditHead { seq, hash: audit_hash(seq, hash)? })
}

/// Appends entries, and notes where the audit ends then.
pub(super) fn append(connection: &Connection, entries: Vec<NewAuditEntry>) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut end = head(connection)?;
    let mut insert = connection.prepare_cached(&format!(
        "INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    ))?;
    for entry in entries {
        let AuditEntry { seq, entry, hash } = end.chain(entry);
        insert.execute(params![
            seq,
            millis(entry.at),
            entry.user,
            entry.source,
            entry.action,
            entry.object,
            entry.ok,
            entry.before,
            entry.after,
            hash,
        ])?;
        end = AuditHead { seq, hash };
    }
    connection
        .prepare_cached("UPDATE audit_head SET seq = ?1, hash = ?2 WHERE id = 1")?
        .execute(params![end.seq, end.hash])?;
    Ok(())
}
