//! Comparing two ends, and copying what differs.

use super::ends::{Destination, PAGES_WAITING, Pages, Rows};
use super::progress::{Progress, Step};
use super::sums::{Slice, Sum, Sums, lot};
use super::tables::{Filed, TABLES, Table};
use crate::{Result, StoreError};
use futures::try_join;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;

/// What became of a table.
#[derive(Clone, Copy, Debug)]
pub struct TableCopy {
    /// The table.
    pub table: &'static str,
    /// All its rows at the source.
    pub source: Sum,
    /// All its rows at the destination, as read back.
    pub destination: Sum,
    /// Units that differed, and were replaced.
    pub replaced_units: u64,
    /// Rows that were written for them.
    pub copied_rows: u64,
}

/// Has the destination hold what the source holds, and nothing else: every unit that differs is replaced and read back.
/// What each table came to is answered; should anything differ still, that is an error.
pub async fn copy(
    source: &dyn Rows,
    destination: &dyn Destination,
    progress: &dyn Progress,
) -> Result<Vec<TableCopy>> {
    let mut done = Vec::new();
    // The ledger goes by the platform's own clock: the days it has are days on which the platform ran. It is looked at
    // first, so that rows of those days find their places.
    let mut ledger = None;
    if let Some(table) = super::table("ledger") {
        let both = both(source, destination, table, progress).await?;
        let days = both.0.0.keys().filter_map(|(slice, _)| match slice {
            Slice::Day(day) => Some(*day),
            Slice::All | Slice::Odd => None,
        });
        destination.make_days(&days.collect()).await?;
        ledger = Some(both);
    }
    for table in TABLES {
        let known = if table.name == "ledger" { ledger.take() } else { None };
        let (ours, theirs) = match known {
            Some(both) => both,
            None => both(source, destination, table, progress).await?,
        };
        done.push(copy_table(source, destination, table, ours, theirs, progress).await?);
    }
    destination.settle().await?;
    Ok(done)
}

/// Sums up both ends, and changes nothing. The words say what differs; none say that nothing does.
pub async fn compare(one: &dyn Rows, other: &dyn Rows, progress: &dyn Progress) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    for table in TABLES {
        let (ours, theirs) = both(one, other, table, progress).await?;
        for (slice, lots) in differing(&ours, &theirs) {
            differences.extend(lots.iter().map(|lot| words(table, slice, lot, &ours, &theirs)));
        }
    }
    Ok(differences)
}

async fn both(
    one: &dyn Rows,
    other: &dyn Rows,
    table: &'static Table,
    progress: &dyn Progress,
) -> Result<(Sums, Sums)> {
    progress.told(Step::Comparing(table.name));
    try_join!(sums(one, table, Slice::All, progress), sums(other, table, Slice::All, progress))
}

async fn sums(end: &dyn Rows, table: &'static Table, slice: Slice, progress: &dyn Progress) -> Result<Sums> {
    let mut pages = end.read(table, slice).await?;
    let mut sums = Sums::default();
    while let Some(page) = pages.recv().await {
        let page = page?;
        page.iter().for_each(|row| sums.add(table, row));
        progress.told(Step::Compared(page.len() as u64));
    }
    Ok(sums)
}

/// The lots of each slice whose units are not the same.
fn differing(ours: &Sums, theirs: &Sums) -> BTreeMap<Slice, BTreeSet<String>> {
    let mut differing = BTreeMap::<Slice, BTreeSet<String>>::new();
    let all: BTreeSet<_> = ours.0.keys().chain(theirs.0.keys()).collect();
    for unit in all {
        if ours.0.get(unit) != theirs.0.get(unit) {
            differing.entry(unit.0).or_default().insert(unit.1.clone());
        }
    }
    differing
}

async fn copy_table(
    source: &dyn Rows,
    destination: &dyn Destination,
    table: &'static Table,
    ours: Sums,
    mut theirs: Sums,
    progress: &dyn Progress,
) -> Result<TableCopy> {
    let differing = differing(&ours, &theirs);
    let rows_of = |slice: Slice, lot: &String| ours.0.get(&(slice, lot.clone())).map_or(0, |sum| sum.rows);
    let copied_rows = differing.iter().flat_map(|(slice, lots)| lots.iter().map(|lot| rows_of(*slice, lot)));
    let copied_rows = copied_rows.sum();
    let replaced_units = differing.values().map(|lots| lots.len() as u64).sum();
    if replaced_units > 0 {
        progress.told(Step::Copying(table.name, copied_rows));
    }
    for (slice, lots) in differing {
        let rows = source.read(table, slice).await?;
        let rows = only(rows, table, lots.clone());
        let named = table.lot.is_some().then(|| lots.iter().cloned().collect());
        destination.replace(table, slice, named, rows).await?;
        let now = sums(destination, table, slice, progress).await?;
        for lot in &lots {
            let unit = (slice, lot.clone());
            let found = now.0.get(&unit);
            if found != ours.0.get(&unit) {
                return Err(StoreError::Conflict(format!(
                    "what was copied does not read back as it was: {}; run the transfer again, and should it happen \
                     again, look at both databases' disks",
                    words(table, slice, lot, &ours, &now)
                )));
            }
            progress.told(Step::Copied(found.map_or(0, |sum| sum.rows)));
            match found {
                Some(found) => theirs.0.insert(unit, *found),
                None => theirs.0.remove(&unit),
            };
        }
    }
    let (source, destination) = (ours.whole(), theirs.whole());
    Ok(TableCopy { table: table.name, source, destination, replaced_units, copied_rows })
}

/// The rows of some lots.
fn only(mut pages: Pages, table: &'static Table, lots: BTreeSet<String>) -> Pages {
    let (sender, kept) = mpsc::channel(PAGES_WAITING);
    tokio::spawn(async move {
        while let Some(page) = pages.recv().await {
            let page = page.map(|mut page| {
                page.retain(|row| lots.contains(lot(table, row)));
                page
            });
            // Whoever takes no more rows has said why.
            if sender.send(page).await.is_err() {
                return;
            }
        }
    });
    kept
}

fn words(table: &Table, slice: Slice, lot: &str, ours: &Sums, theirs: &Sums) -> String {
    let rows = |sums: &Sums| sums.0.get(&(slice, lot.to_owned())).map_or(0, |sum| sum.rows);
    let of_lot = if lot.is_empty() { String::new() } else { format!(" of lot {lot}") };
    let of_day = match (slice, table.filed) {
        (Slice::Day(day), _) => format!(" on {day}"),
        (Slice::Odd, Some(Filed::ByMoment(_) | Filed::ByDay(_))) => " of no day".to_owned(),
        _ => String::new(),
    };
    let (ours, theirs) = (rows(ours), rows(theirs));
    format!("{}{of_lot}{of_day}: {ours} rows at the source, {theirs} at the destination", table.name)
}
