//! Moving a running small city to the engine for many nodes.
//!
//! First everything is copied while the platform runs. Then the platform's store stands still, what has changed since is
//! copied, every unit is verified, and the old store is marked as moved. A platform that still runs on it can
//! acknowledge nothing from the standstill on, and so nothing that was acknowledged is missing.

use super::ends::Rows;
use super::pictures::{Copied, Pictures, Surplus, copy_pictures, list_pictures, refuse_other_pictures};
use super::procedure::{TableCopy, copy};
use super::progress::{Progress, Step};
use super::sums::Slice;
use crate::postgres::PostgresEnd;
use crate::sqlite::SqliteEnd;
use crate::{PhotoStore, Result, StoreError};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// What to move, and where to.
pub struct Migration<'m> {
    /// The data folder of the embedded store.
    pub data: &'m Path,
    /// The address of the database.
    pub database: &'m str,
    /// The pictures, where they are and where they go; `None` where they stay.
    pub photos: Option<(&'m dyn PhotoStore, &'m dyn PhotoStore)>,
    /// What the migration is to be known by, if it has no name from an earlier run: random bytes.
    pub name: &'m [u8],
}

/// What came of it.
#[derive(Debug)]
pub struct Migrated {
    /// Where the store is now, in words and without secrets.
    pub place: String,
    /// Every table, as copied at the end.
    pub tables: Vec<TableCopy>,
    /// The pictures as listed during the standstill, and those that were copied then.
    pub photos: Option<Copied>,
    /// The pictures as the destination lists them.
    pub photos_there: Option<Pictures>,
    /// How long nothing could be acknowledged.
    pub standstill: Duration,
}

/// Moves a store. Run again after it was broken off, it goes on.
pub async fn migrate(migration: &Migration<'_>, progress: &dyn Progress) -> Result<Migrated> {
    let Migration { data, database, photos, name } = migration;
    let name = SqliteEnd::migration(data, name)?;
    let there = PostgresEnd::open(database).await?;
    let moved_to = SqliteEnd::moved_to(data)?;
    // Marked as moved, and the other end not told, is gone on with. Otherwise there is nothing left to do.
    if let Some(place) = &moved_to
        && (*place != there.place() || there.has_arrived(&name).await?)
    {
        return Err(StoreError::Conflict(format!(
            "this store has moved to {place} already: start Bowei with --database and that database's address"
        )));
    }
    let went_on = there.begin_arrival(&name).await?;
    if moved_to.is_none() {
        let here = SqliteEnd::moment(data)?;
        if !went_on {
            if there.has_arrived(&name).await? {
                return Err(StoreError::Conflict(format!(
                    "this store was moved to {} before and has been used since from a copy: use another database",
                    there.place()
                )));
            }
            refuse_another_city(&here, &there).await?;
            if let Some((ours, theirs)) = photos {
                refuse_other_pictures(*ours, *theirs).await?;
            }
        }
        there.mark_arrival(&name).await?;
        copy(&here, &there, progress).await?;
    }
    if let Some((ours, theirs)) = photos {
        copy_pictures(*ours, *theirs, Surplus::Goes, true, progress).await?;
    }
    let data = data.to_path_buf();
    let here = tokio::task::spawn_blocking(move || SqliteEnd::open_exclusive(&data)).await;
    let here = here.map_err(|error| StoreError::ours(&error))??;
    let began = Instant::now();
    progress.told(Step::Standstill);
    let tables = copy(&here, &there, progress).await?;
    let mut copied = None;
    let mut photos_there = None;
    if let Some((ours, theirs)) = photos {
        let last = copy_pictures(*ours, *theirs, Surplus::Goes, false, progress).await?;
        let listed = list_pictures(*theirs).await?;
        if listed.sum != last.source.sum {
            return Err(StoreError::Conflict(format!(
                "the source has {} pictures and the destination {}: run the migration again",
                last.source.sum.rows, listed.sum.rows
            )));
        }
        (copied, photos_there) = (Some(last), Some(listed));
    }
    if let Some(table) = tables.iter().find(|table| table.source != table.destination) {
        return Err(StoreError::Conflict(format!(
            "{} has {} rows here and {} there: run the migration again",
            table.table, table.source.rows, table.destination.rows
        )));
    }
    // In this order: at no moment can both acknowledge anything.
    here.leave_for(&there.place())?;
    let standstill = began.elapsed();
    there.arrived(&name).await?;
    Ok(Migrated { place: there.place(), tables, photos: copied, photos_there, standstill })
}

/// Refuses a destination that knows lots or providers that the source does not.
pub(crate) async fn refuse_another_city(here: &dyn Rows, there: &dyn Rows) -> Result<()> {
    for (table, column) in [("lot_states", "lot"), ("providers", "code")] {
        let (ours, theirs) = (names(here, table, column).await?, names(there, table, column).await?);
        if let Some(other) = theirs.difference(&ours).next() {
            return Err(StoreError::Conflict(format!(
                "{} holds another city's data ({table} of {other}, which is not in {}): name an empty database",
                there.place(),
                here.place()
            )));
        }
    }
    Ok(())
}

async fn names(end: &dyn Rows, table: &str, column: &str) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let Some(table) = super::table(table) else { return Ok(names) };
    let Some(position) = table.position(column) else { return Ok(names) };
    let mut pages = end.read(table, Slice::All).await?;
    while let Some(page) = pages.recv().await {
        names.extend(page?.iter().filter_map(|row| row.get(position)).map(|value| value.words().to_owned()));
    }
    Ok(names)
}
