//! The annex's columns, found by their names in whatever order they stand.

use super::error::ImportError;
use super::sheet::SheetRow;
use std::collections::{HashMap, HashSet};

/// 序号: counts the rows, says nothing of a lot.
const NUMBER: &str = "序号";
/// 停车场编号: the id in messages. The annex does not have it, messages cannot do without it.
pub(super) const ID: &str = "停车场编号";
pub(super) const NAME: &str = "停车场名称";
pub(super) const KIND: &str = "停车场分类";
pub(super) const ADDRESS: &str = "停车场地址";
pub(super) const ENTRIES: &str = "停车场进口数";
pub(super) const EXITS: &str = "停车场出口数";
pub(super) const SPACES: &str = "总车位数";
pub(super) const TARIFF: &str = "收费标准";
pub(super) const LONGITUDE: &str = "百度经度";
pub(super) const LATITUDE: &str = "百度纬度";
pub(super) const OPERATOR: &str = "经营单位";

/// Columns whose names must be there, though their cells may be empty: a misspelt one would silently say nothing.
const NEEDED: [&str; 6] = [NAME, KIND, ADDRESS, SPACES, LONGITUDE, LATITUDE];
/// Columns that become fields of a lot or nothing; every other is a detail.
const FIELDS: [&str; 8] = [NUMBER, ID, NAME, ADDRESS, SPACES, TARIFF, LONGITUDE, LATITUDE];

/// A title and some notes may stand above the header.
const HEADER_WITHIN: usize = 10;

/// A table with its columns found.
pub(super) struct Table {
    columns: HashMap<String, usize>,
    /// The columns that are details, in their order.
    details: Vec<String>,
    rows: Vec<SheetRow>,
}

impl Table {
    /// Finds the header among the rows; what stands above it is passed over.
    pub(super) fn of(mut rows: Vec<SheetRow>, with_operator: bool) -> Result<Self, ImportError> {
        let header =
            rows.iter().take(HEADER_WITHIN).position(|row| row.cells.iter().any(|cell| cell == NAME));
        let header = header.ok_or(ImportError::NoHeader { within: HEADER_WITHIN, name: NAME })?;
        let body = rows.split_off(header + 1);
        let names = rows.pop().map(|row| row.cells).unwrap_or_default();
        let (mut columns, mut details) = (HashMap::new(), Vec::new());
        for (place, name) in names.into_iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if !FIELDS.contains(&name.as_str()) {
                details.push(name.clone());
            }
            if columns.insert(name.clone(), place).is_some() {
                return Err(ImportError::ColumnTwice(name));
            }
        }
        let operator = with_operator.then_some(OPERATOR);
        let missing: Vec<_> =
            NEEDED.into_iter().chain(operator).filter(|name| !columns.contains_key(*name)).collect();
        if !missing.is_empty() {
            return Err(ImportError::MissingColumns(missing));
        }
        Ok(Self { columns, details, rows: body })
    }

    /// The rows that say something: a table made ready for more lots than there are has numbered empty ones.
    pub(super) fn rows(&self) -> impl Iterator<Item = TableRow<'_>> {
        let number = self.columns.get(NUMBER);
        let columns: HashSet<_> = self.columns.values().filter(|place| Some(*place) != number).collect();
        let says = move |row: &&SheetRow| {
            row.cells.iter().enumerate().any(|(place, cell)| !cell.is_empty() && columns.contains(&place))
        };
        self.rows.iter().filter(says).map(|row| TableRow { table: self, row })
    }
}

/// A row of a table.
pub(super) struct TableRow<'a> {
    table: &'a Table,
    row: &'a SheetRow,
}

impl<'a> TableRow<'a> {
    /// Its number.
    pub(super) fn number(&self) -> usize {
        self.row.number
    }

    /// What stands in the column of that name; `None` where it is empty or there is no such column.
    pub(super) fn cell(&self, column: &str) -> Option<&'a str> {
        let place = *self.table.columns.get(column)?;
        self.row.cells.get(place).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    /// The cells that are details, with their columns.
    pub(super) fn details(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.table.details.iter().filter_map(|column| Some((column.as_str(), self.cell(column)?)))
    }
}
