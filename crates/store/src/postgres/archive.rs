//! Putting old days away: a day of a table becomes a Parquet file, is read back, and only then goes.
//!
//! A file is never written over: should a day have changed since, what it has now goes into a further file beside it.
//! Sessions of cars that are still inside stay, whatever their day.

use super::connection::{Address, For, PooledClient};
use super::days::{self, BY_DAY, Filed};
use super::errors::refused;
use super::transfer::read;
use crate::transfer::{Pages, Progress, Step, Sum, Table, read_parquet, table, write_parquet};
use crate::{Result, StoreError};
use bowei_model::moment;
use deadpool_postgres::Client;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a connection may take to be had.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long a day waits for those who use it before it is left for a later try. Whoever comes meanwhile waits behind it,
/// and so it is less than a lot waits for an answer.
const LOCK_TIMEOUT: &str = "2s";

/// How long looking at a day once more may take while others wait: half of what a lot waits for an answer. A day of a
/// city's sessions takes a second.
const HELD_MAX: &str = "4s";

/// How often a day is tried that is in use, and with what pauses: a minute in all.
const TRIES_MAX: usize = 15;
const BEFORE_NEXT_TRY: Duration = Duration::from_secs(2);

/// Keys that are looked at in one step.
const KEYS_AT_ONCE: i64 = 5_000;

/// Days that may go are at least so old. In the days before, retention deletes every picture that no record shows, and the
/// references that say which do would be gone: it looks back nine days.
const DROPPED_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Files of one day and table at most: a day that changes so often is not an old one.
const FILES_MAX: u32 = 99;

/// A day of a table that was put away.
#[derive(Clone, Debug)]
pub struct Archived {
    /// The table.
    pub table: &'static str,
    /// The day, `yyyymmdd`.
    pub day: u32,
    /// The file.
    pub file: PathBuf,
    /// Its rows.
    pub rows: u64,
    /// Whether the rows are gone from the database.
    pub dropped: bool,
}

/// What to put away, and where.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    /// The address of the database.
    pub database: &'a str,
    /// Days before this one, `yyyymmdd`.
    pub before: u32,
    /// Where the files go.
    pub folder: &'a Path,
    /// Whether what was put away goes from the database.
    pub drop: bool,
    /// The moment at which this is asked.
    pub now: Timestamp,
}

/// Puts old days away, and out of the database if that is asked.
pub async fn archive(what: Archive<'_>, progress: &dyn Progress) -> Result<Vec<Archived>> {
    let Archive { database: url, before, folder, drop, now } = what;
    let (end, _) = moment::span_of_day(before)
        .ok_or_else(|| StoreError::Conflict(format!("{before} is no day: write it as YYYY-MM-DD")))?;
    let youngest = now.saturating_sub(DROPPED_AFTER).unwrap_or(Timestamp::MIN);
    if drop && end > youngest {
        return Err(StoreError::Conflict(format!(
            "days after {} are too young to go from the database: lots still speak of them, and their pictures would be \
             taken for nobody's; name an earlier day, or archive without dropping",
            moment::day(youngest)
        )));
    }
    let pool = Address::read(url)?.pool(For::Transfers, 1, TIMEOUT)?;
    super::connection::prepare(&pool).await?;
    let mut session = PooledClient::from(&pool).await?;
    session
        .client()?
        .batch_execute(&format!("SET lock_timeout = '{LOCK_TIMEOUT}'"))
        .await
        .map_err(refused)?;
    let mut done = Vec::new();
    // Findings are put away by day too, though they lie in one table.
    for (name, filed) in BY_DAY.into_iter().chain([("findings", Filed::ByMoment("at"))]) {
        let Some(table) = table(name) else { continue };
        for day in old_days(session.client()?, name, filed, before).await? {
            progress.told(Step::Comparing(name));
            let part = Part { table, day, condition: condition(name, filed, day)? };
            let archived = part.put_away(session.client_mut()?, folder, drop, progress).await?;
            done.extend(archived);
        }
    }
    if drop {
        sweep_keys(session.client_mut()?, end.as_millisecond()).await?;
    }
    session.done();
    Ok(done)
}

/// The days before `before` that a table has rows of, in partitions or outside of them.
async fn old_days(client: &Client, name: &str, filed: Filed, before: u32) -> Result<BTreeSet<u32>> {
    let prefix = format!("{name}_");
    let there = days::present(client).await?;
    let mut found: BTreeSet<u32> =
        there.iter().filter_map(|partition| partition.strip_prefix(&prefix)?.parse().ok()).collect();
    let column = filed.column();
    // Whole days since 1970 in UTC+08:00.
    let of = match filed {
        Filed::ByMoment(_) => {
            format!("floor(({column} + 28800000) / 86400000.0)::bigint * 86400000 - 28800000")
        }
        Filed::ByDay(_) => format!("{column}::bigint"),
    };
    let rows =
        client.query(&format!("SELECT DISTINCT {of} FROM {}", outside(name)), &[]).await.map_err(refused)?;
    found.extend(rows.iter().filter_map(|row| {
        let of: i64 = row.get(0);
        match filed {
            Filed::ByMoment(_) => Timestamp::from_millisecond(of).ok().map(moment::day),
            Filed::ByDay(_) => u32::try_from(of).ok(),
        }
    }));
    found.retain(|day| *day < before && moment::span_of_day(*day).is_some());
    Ok(found)
}

/// Where rows lie that no day's table has.
fn outside(name: &str) -> String {
    if name == "findings" { name.to_owned() } else { format!("{name}_other") }
}

/// What of a table stays, whatever its day: cars that are inside, and their pictures.
fn stays(name: &str) -> Option<&'static str> {
    match name {
        "sessions" => Some("open"),
        "photo_refs" => Some("(lot, record_id) IN (SELECT lot, record_id FROM sessions WHERE open)"),
        _ => None,
    }
}

/// What of a day goes.
fn condition(name: &str, filed: Filed, day: u32) -> Result<String> {
    let (from, to) = filed.span(day)?;
    let column = filed.column();
    let closed = stays(name).map(|stays| format!(" AND NOT {stays}")).unwrap_or_default();
    Ok(format!("{column} >= {from} AND {column} < {to}{closed}"))
}

/// A day of a table.
struct Part {
    table: &'static Table,
    day: u32,
    condition: String,
}

impl Part {
    async fn put_away(
        &self,
        client: &mut Client,
        folder: &Path,
        drop: bool,
        progress: &dyn Progress,
    ) -> Result<Option<Archived>> {
        let mut tries = 0;
        loop {
            tries += 1;
            let here = self.sum_here(client).await?;
            let kept = if here.rows > 0 { Some(self.file(client, folder, here).await?) } else { None };
            if let Some((_, sum)) = &kept {
                progress.told(Step::Copied(sum.rows));
            }
            let expected = kept.as_ref().map(|(_, sum)| *sum).unwrap_or_default();
            let gone = if drop { self.let_go(client, expected).await } else { Ok(false) };
            match gone {
                Ok(dropped) => {
                    let archived = |(file, sum): (PathBuf, Sum)| {
                        let (table, day) = (self.table.name, self.day);
                        Archived { table, day, file, rows: sum.rows, dropped }
                    };
                    return Ok(kept.map(archived));
                }
                Err(why @ StoreError::Unreadable(_)) => return Err(why),
                Err(why) if tries == TRIES_MAX => return Err(why),
                // Somebody uses the day, or has changed it since it was written.
                Err(why) => {
                    tracing::info!(%why, table = self.table.name, day = self.day, "the day is tried again");
                    tokio::time::sleep(BEFORE_NEXT_TRY).await;
                }
            }
        }
    }

    async fn sum_here(&self, client: &tokio_postgres::Client) -> Result<Sum> {
        sum(read(client, self.table, &self.condition).await?).await
    }

    /// A file that has what the database has: one that is there, or a new one.
    async fn file(
        &self,
        client: &tokio_postgres::Client,
        folder: &Path,
        here: Sum,
    ) -> Result<(PathBuf, Sum)> {
        let folder = folder.join(self.table.name);
        let disk = |error: std::io::Error| {
            StoreError::Unavailable(format!("{} cannot be written: {error}", folder.display()))
        };
        std::fs::create_dir_all(&folder).map_err(disk)?;
        let path = |number: u32| match number {
            1 => folder.join(format!("{:08}.parquet", self.day)),
            _ => folder.join(format!("{:08}-{number}.parquet", self.day)),
        };
        let mut number = 1;
        while path(number).exists() {
            if sum(read_parquet(&path(number), self.table)?).await? == here {
                return Ok((path(number), here));
            }
            number += 1;
            if number > FILES_MAX {
                return Err(StoreError::Conflict(format!(
                    "{} has {FILES_MAX} files of {} already: archive days that are older",
                    folder.display(),
                    self.day
                )));
            }
        }
        let beside = folder.join(format!("{:08}.unfinished", self.day));
        let rows = read(client, self.table, &self.condition).await?;
        let (to, table) = (beside.clone(), self.table);
        let written = tokio::task::spawn_blocking(move || write_parquet(&to, table, rows)).await;
        let written = written.map_err(|error| StoreError::ours(&error))??;
        let found = sum(read_parquet(&beside, self.table)?).await?;
        if found != written {
            return Err(StoreError::Unreadable(format!(
                "{} does not read back as it was written: look at its disk",
                beside.display()
            )));
        }
        std::fs::rename(&beside, path(number)).map_err(disk)?;
        std::fs::File::open(&folder).and_then(|folder| folder.sync_all()).map_err(disk)?;
        Ok((path(number), written))
    }

    /// Takes the day out of the database, if it holds what was written and nothing else.
    async fn let_go(&self, client: &mut Client, written: Sum) -> Result<bool> {
        let name = self.table.name;
        let partition = days::partition(name, self.day);
        let there = days::present(client).await?.contains(&partition);
        let transaction = client.transaction().await.map_err(refused)?;
        let lock = if there {
            // What comes late waits behind this, and goes to the rest of the table. The whole is locked before its part,
            // as everybody does.
            format!("LOCK TABLE ONLY {name}, ONLY {partition} IN ACCESS EXCLUSIVE MODE")
        } else {
            format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", outside(name))
        };
        let bound = format!("SET LOCAL statement_timeout = '{HELD_MAX}'");
        transaction.batch_execute(&bound).await.map_err(refused)?;
        transaction.batch_execute(&lock).await.map_err(refused)?;
        // The ledger is appended to and loses nothing, so that counting it is enough; it is by far the longest. Should
        // pseudonyms have taken the place of plates meanwhile, the file has the plates.
        let same = if name == "ledger" {
            let count = format!("SELECT count(*) FROM {name} WHERE {}", self.condition);
            let count: i64 = transaction.query_one(&count, &[]).await.map_err(refused)?.get(0);
            u64::try_from(count).ok() == Some(written.rows)
        } else {
            self.sum_here(transaction.client()).await? == written
        };
        if !same {
            return Err(StoreError::Contended(format!("{name} of {} has changed meanwhile", self.day)));
        }
        if there {
            transaction
                .batch_execute(&format!("ALTER TABLE {name} DETACH PARTITION {partition}"))
                .await
                .map_err(refused)?;
            if let Some(stays) = stays(name) {
                let stay = format!("INSERT INTO {name} SELECT * FROM {partition} WHERE {stays}");
                transaction.batch_execute(&stay).await.map_err(refused)?;
            }
            transaction.batch_execute(&format!("DROP TABLE {partition}")).await.map_err(refused)?;
        }
        transaction
            .batch_execute(&format!("DELETE FROM {} WHERE {}", outside(name), self.condition))
            .await
            .map_err(refused)?;
        transaction.commit().await.map_err(refused)?;
        Ok(true)
    }
}

async fn sum(mut pages: Pages) -> Result<Sum> {
    let mut sum = Sum::default();
    while let Some(page) = pages.recv().await {
        page?.iter().for_each(|row| sum.add(row));
    }
    Ok(sum)
}

/// Forgets the keys of sessions that are gone, some at a time.
async fn sweep_keys(client: &mut Client, before: i64) -> Result<()> {
    let (mut lot, mut record) = (String::new(), String::new());
    loop {
        let transaction = client.transaction().await.map_err(refused)?;
        // Locked first and looked at afterwards: a session that is kept anew meanwhile keeps its key.
        let some = transaction
            .query(
                "SELECT lot, record_id, stands_at FROM session_keys WHERE (lot, record_id) > ($1, $2)
                 ORDER BY lot, record_id LIMIT $3",
                &[&lot, &record, &KEYS_AT_ONCE],
            )
            .await
            .map_err(refused)?;
        let Some(last) = some.last() else { return Ok(()) };
        (lot, record) = (last.get(0), last.get(1));
        let old: Vec<_> = some.iter().filter(|row| row.get::<_, i64>(2) < before).collect();
        let lots: Vec<&str> = old.iter().map(|row| row.get(0)).collect();
        let records: Vec<&str> = old.iter().map(|row| row.get(1)).collect();
        transaction
            .execute(
                "SELECT 1 FROM session_keys AS key JOIN unnest($1::text[], $2::text[]) AS old (lot, record_id)
                   USING (lot, record_id) FOR UPDATE OF key",
                &[&lots, &records],
            )
            .await
            .map_err(refused)?;
        transaction
            .execute(
                "DELETE FROM session_keys AS key USING unnest($1::text[], $2::text[]) AS old (lot, record_id)
                 WHERE key.lot = old.lot AND key.record_id = old.record_id AND key.stands_at < $3
                   AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.lot = key.lot
                     AND sessions.record_id = key.record_id AND sessions.stands_at = key.stands_at)",
                &[&lots, &records, &before],
            )
            .await
            .map_err(refused)?;
        transaction.commit().await.map_err(refused)?;
    }
}
