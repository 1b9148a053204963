//! The audit.

use super::PostgresStore;
use super::conditions::{Conditions, number, text_value};
use super::errors::refused;
use super::readers::ask;
use super::values::{millis, moment, plain, text};
use crate::contract::{AUDIT_FORGOTTEN_AT_ONCE, archived_elsewhere, audit_hash};
use crate::cursor::{page, page_size};
use crate::{Audit, AuditEntry, AuditHead, AuditQuery, NewAuditEntry, Page, Result, cursor};
use async_trait::async_trait;
use deadpool_postgres::{Client, Transaction};
use futures::try_join;
use tokio_postgres::Row;

#[async_trait]
impl Audit for PostgresStore {
    async fn audit(&self, query: AuditQuery) -> Result<Page<AuditEntry>> {
        ask!(self.readers, client => audit(client, &query))
    }

    async fn audit_after(&self, seq: i64, limit: usize) -> Result<Vec<AuditEntry>> {
        ask!(self.readers, client => after(client, seq, limit))
    }

    async fn audit_head(&self) -> Result<AuditHead> {
        ask!(self.readers, client => async {
            let row = client.query_one("SELECT seq, hash FROM audit_head WHERE id = 1", &[]).await;
            head(&row.map_err(refused)?)
        })
    }

    async fn audit_anchor(&self) -> Result<AuditHead> {
        ask!(self.readers, client => async {
            head(&client.query_one(ANCHOR, &[]).await.map_err(refused)?)
        })
    }

    async fn forget_archived_audit(&self) -> Result<u64> {
        let forget = "
            DELETE FROM audit WHERE seq IN (
              SELECT seq FROM audit WHERE seq <= (SELECT seq FROM audit_anchor WHERE id = 1) ORDER BY seq LIMIT $1)";
        ask!(self.readers, client => async {
            client.execute(forget, &[&AUDIT_FORGOTTEN_AT_ONCE]).await.map_err(refused)
        })
    }
}

const ANCHOR: &str = "SELECT seq, hash FROM audit_anchor WHERE id = 1";

const LIST: &str = "audit";

const COLUMNS: &str = "seq, at, actor, source, action, object, ok, before, after, hash";

/// When it was done, and its number.
type Place = (i64, i64);

async fn audit(client: &Client, query: &AuditQuery) -> Result<Page<AuditEntry>> {
    let after: Option<Place> = cursor::read(LIST, query.cursor.as_ref())?;
    let size = page_size(query.limit);
    let mut conditions = Conditions::default();
    if let Some(from) = query.from {
        conditions.and("at >= ?", [number(millis(from))]);
    }
    if let Some(to) = query.to {
        conditions.and("at <= ?", [number(millis(to))]);
    }
    if let Some(user) = &query.user {
        conditions.and("actor = ?", [text_value(user)]);
    }
    for (column, wanted, mark) in [("action", &query.action, '.'), ("object", &query.object, ':')] {
        let Some(wanted) = wanted else { continue };
        match AuditQuery::range(wanted, mark) {
            None => conditions.and(&format!("{column} = ?"), [text_value(wanted)]),
            Some((from, to)) => {
                conditions
                    .and(&format!("{column} >= ? AND {column} < ?"), [text_value(&from), text_value(&to)]);
            }
        }
    }
    if let Some((at, seq)) = after {
        conditions.and("(at, seq) < (?, ?)", [number(at), number(seq)]);
    }
    let rows = conditions.rows(client, COLUMNS, "audit", "at DESC, seq DESC", size).await?;
    let found =
        rows.iter().map(entry).map(|entry| entry.map(|entry| ((millis(entry.entry.at), entry.seq), entry)));
    page(LIST, size, found.collect::<Result<_>>()?)
}

/// Entries after a number.
async fn after(client: &Client, seq: i64, limit: usize) -> Result<Vec<AuditEntry>> {
    let find = format!("SELECT {COLUMNS} FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2");
    let find = client.prepare_cached(&find).await.map_err(refused)?;
    let limit = i64::try_from(page_size(limit)).unwrap_or(i64::MAX);
    client.query(&find, &[&seq, &limit]).await.map_err(refused)?.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<AuditEntry> {
    let words = |column: usize| plain(row.get(column)).into_owned();
    let seq = row.get(0);
    Ok(AuditEntry {
        seq,
        entry: NewAuditEntry {
            at: moment(row.get(1))?,
            user: words(2),
            source: words(3),
            action: words(4),
            object: words(5),
            ok: row.get(6),
            before: words(7),
            after: words(8),
        },
        hash: audit_hash(seq, row.get(9))?,
    })
}

fn head(row: &Row) -> Result<AuditHead> {
    let seq = row.get(0);
    Ok(AuditHead { seq, hash: audit_hash(seq, row.get(1))? })
}

/// Where the audit ends; until the transaction does, nobody else appends.
pub(super) async fn lock_head(transaction: &Transaction<'_>) -> Result<AuditHead> {
    let lock = "SELECT seq, hash FROM audit_head WHERE id = 1 FOR UPDATE";
    let lock = transaction.prepare_cached(lock).await.map_err(refused)?;
    head(&transaction.query_one(&lock, &[]).await.map_err(refused)?)
}

/// Moves where the audit begins here, if it is where it was and the entry is that one. Nobody else does meanwhile: the
/// audit's end is locked.
pub(super) async fn archived(transaction: &Transaction<'_>, from: AuditHead, upto: AuditHead) -> Result<()> {
    let anchor = head(&transaction.query_one(ANCHOR, &[]).await.map_err(refused)?)?;
    let entry = "SELECT 1 FROM audit WHERE seq = $1 AND hash = $2";
    let entry = transaction.query_opt(entry, &[&upto.seq, &upto.hash.as_slice()]).await.map_err(refused)?;
    if anchor != from || upto.seq <= from.seq || entry.is_none() {
        return Err(archived_elsewhere());
    }
    let update = "UPDATE audit_anchor SET seq = $1, hash = $2 WHERE id = 1";
    transaction.execute(update, &[&upto.seq, &upto.hash.as_slice()]).await.map_err(refused)?;
    Ok(())
}

/// Appends entries to where the audit ends, which is locked, and notes where it ends then.
pub(super) async fn append(
    transaction: &Transaction<'_>,
    mut head: AuditHead,
    entries: impl Iterator<Item = &NewAuditEntry>,
) -> Result<()> {
    let mut chained = Vec::new();
    for entry in entries {
        let entry = head.chain(entry.clone());
        head = entry.head();
        chained.push(entry);
    }
    if chained.is_empty() {
        return Ok(());
    }
    let insert = format!(
        "INSERT INTO audit ({COLUMNS})
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                              $7::boolean[], $8::text[], $9::text[], $10::bytea[])"
    );
    let insert = transaction.prepare_cached(&insert).await.map_err(refused)?;
    let note = "UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1";
    let note = transaction.prepare_cached(note).await.map_err(refused)?;
    let words = |of: fn(&NewAuditEntry) -> &String| -> Vec<_> {
        chained.iter().map(|chained| text(of(&chained.entry))).collect()
    };
    let seqs: Vec<_> = chained.iter().map(|chained| chained.seq).collect();
    let ats: Vec<_> = chained.iter().map(|chained| millis(chained.entry.at)).collect();
    let oks: Vec<_> = chained.iter().map(|chained| chained.entry.ok).collect();
    let hashes: Vec<_> = chained.iter().map(|chained| chained.hash.as_slice()).collect();
    let (users, sources) = (words(|entry| &entry.user), words(|entry| &entry.source));
    let (actions, objects) = (words(|entry| &entry.action), words(|entry| &entry.object));
    let (details_before, details_after) = (words(|entry| &entry.before), words(|entry| &entry.after));
    let appended = async {
        let columns: [&(dyn tokio_postgres::types::ToSql + Sync); 10] = [
            &seqs,
            &ats,
            &users,
            &sources,
            &actions,
            &objects,
            &oks,
            &details_before,
            &details_after,
            &hashes,
        ];
        transaction.execute(&insert, &columns).await.map_err(refused)
    };
    let hash = head.hash.as_slice();
    let noted = async { transaction.execute(&note, &[&head.seq, &hash]).await.map_err(refused) };
    try_join!(appended, noted)?;
    Ok(())
}
