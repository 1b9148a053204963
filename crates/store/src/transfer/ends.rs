//! What an engine does for a transfer: rows out, and rows in.

use super::sums::{Row, Slice, Value};
use super::tables::Table;
use crate::Result;
use async_trait::async_trait;
use std::collections::BTreeSet;
use tokio::sync::mpsc;

/// Rows that travel together: enough that a round trip to a server is nothing beside them.
const PAGE_ROWS: usize = 1_000;

/// Bytes that travel together: a row may be a document of 100 KB, and a thousand of those need not be in memory.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Pages read ahead while one is written: with those at both ends some 20 MiB.
pub(crate) const PAGES_WAITING: usize = 2;

/// Rows in pages, read as they are taken. The last page may be followed by an error and nothing else.
pub type Pages = mpsc::Receiver<Result<Vec<Row>>>;

/// What rows can be read from.
#[async_trait]
pub trait Rows: Send + Sync {
    /// Where it is, in words for people and without secrets.
    fn place(&self) -> String;

    /// The rows of a slice of a table, in any order.
    async fn read(&self, table: &'static Table, slice: Slice) -> Result<Pages>;
}

/// What rows can be written to.
#[async_trait]
pub trait Destination: Rows {
    /// Makes room for days, where the engine files by day.
    async fn make_days(&self, days: &BTreeSet<u32>) -> Result<()>;

    /// Has `rows` stand in the place of what `lots` have in a slice of a table, or (`None`) of all that is there: at
    /// once or, should it fail, not at all.
    async fn replace(
        &self,
        table: &'static Table,
        slice: Slice,
        lots: Option<Vec<String>>,
        rows: Pages,
    ) -> Result<()>;

    /// Sees to what is counted on: further rows get numbers after those that came.
    async fn settle(&self) -> Result<()>;
}

/// Gathers rows into pages.
#[derive(Default)]
pub(crate) struct Paging {
    rows: Vec<Row>,
    bytes: usize,
}

impl Paging {
    /// Adds a row; the page, once it is full.
    pub(crate) fn add(&mut self, row: Row) -> Option<Vec<Row>> {
        self.bytes += row.iter().map(Value::weight).sum::<usize>();
        self.rows.push(row);
        (self.rows.len() >= PAGE_ROWS || self.bytes >= PAGE_BYTES).then(|| self.rest())
    }

    /// What is left.
    pub(crate) fn rest(&mut self) -> Vec<Row> {
        self.bytes = 0;
        std::mem::take(&mut self.rows)
    }
}
