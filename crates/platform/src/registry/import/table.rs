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

/// Columns of which a cell of several rows says nothing to each of them: a number, an id or a name is one lot's.
const OF_ONE_LOT: [&str; 8] = [NUMBER, ID, NAME, ENTRIES, EXITS, SPACES, LONGITUDE, LATITUDE];
/// What is behind a name that is a column's all the same: a unit, or a mark that it must be filled in.
const BEHIND_A_NAME: [char; 5] = ['(', '（', '[', '*', '＊'];
/// How rows begin that are no lots but say something about the table.
const NOTES: [&str; 16] = [
    "合计",
    "总计",
    "小计",
    "共计",
    "填表",
    "制表",
    "审核",
    "填报",
    "联系人",
    "日期",
    "单位负责人",
    "负责人",
    "注：",
    "注:",
    "备注",
    "说明",
];
/// What stands in a cell whose formula failed.
const ERRORS: [&str; 8] = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"];

/// A table with its columns found.
pub(super) struct Table {
    columns: HashMap<String, usize>,
    /// The columns that are details, in their order.
    details: Vec<String>,
    rows: Vec<SheetRow>,
}

/// Whether a sheet holds the table.
pub(super) fn is_table(rows: &[SheetRow]) -> bool {
    header_of(rows).is_some()
}

fn header_of(rows: &[SheetRow]) -> Option<usize> {
    rows.iter().take(HEADER_WITHIN).position(|row| row.cells.iter().any(|cell| named(cell) == NAME))
}

/// A column's name as it stands in the header: line breaks in it, and a unit or a star behind it, make no difference to
/// those that are known.
fn named(cell: &str) -> String {
    let plain: String = cell.chars().filter(|c| !c.is_whitespace()).collect();
    let short = plain.find(BEHIND_A_NAME).and_then(|at| plain.get(..at)).unwrap_or_default();
    if is_known(short) { short.to_owned() } else { plain }
}

fn is_known(name: &str) -> bool {
    FIELDS.contains(&name) || [KIND, OPERATOR, ENTRIES, EXITS].contains(&name)
}

/// The columns' names, of a header that may have two rows: groups of columns above, or below it what a group is made
/// of. And how many rows of `below` are the header's.
fn names(above: Option<&SheetRow>, header: &SheetRow, below: Option<&SheetRow>) -> (Vec<String>, usize) {
    let cell = |row: Option<&SheetRow>, place: usize| -> String {
        row.and_then(|row| row.cells.get(place)).map_or_else(String::new, |cell| named(cell))
    };
    let names_more = |row: &&SheetRow| {
        let known = |(place, cell): (usize, &String)| {
            is_known(&named(cell)) && !is_known(&cell_of(header, place)) && named(cell) != NAME
        };
        row.cells.iter().enumerate().any(known)
    };
    let below = below.filter(names_more);
    let width =
        [above, Some(header), below].into_iter().flatten().map(|row| row.cells.len()).max().unwrap_or(0);
    let name = |place: usize| {
        let (own, over, under) = (cell(Some(header), place), cell(above, place), cell(below, place));
        if !under.is_empty() && !is_known(&own) {
            return under;
        }
        let reaches = header.from_above.contains_key(&place);
        if own.is_empty() && (reaches || is_known(&over)) { over } else { own }
    };
    ((0..width).map(name).collect(), usize::from(below.is_some()))
}

fn cell_of(row: &SheetRow, place: usize) -> String {
    row.cells.get(place).map_or_else(String::new, |cell| named(cell))
}

impl Table {
    /// Finds the header among the rows; what stands above it is passed over.
    pub(super) fn of(mut rows: Vec<SheetRow>, with_operator: bool) -> Result<Self, ImportError> {
        let header = header_of(&rows).ok_or(ImportError::NoHeader { within: HEADER_WITHIN, name: NAME })?;
        let mut body = rows.split_off(header + 1);
        let Some(row) = rows.pop() else {
            return Err(ImportError::NoHeader { within: HEADER_WITHIN, name: NAME });
        };
        let above = rows.last().filter(|above| above.number + 1 == row.number);
        let (names, more) = names(above, &row, body.first());
        body.drain(..more);
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

    /// The rows that say something: a table made ready for more lots than there are has numbered empty ones, and below
    /// it stand sums and who filled it in.
    pub(super) fn rows(&self) -> impl Iterator<Item = TableRow<'_>> {
        let number = self.columns.get(NUMBER);
        let columns: HashSet<_> = self.columns.values().filter(|place| Some(*place) != number).collect();
        let says = move |row: &&SheetRow| {
            row.cells.iter().enumerate().any(|(place, cell)| !cell.is_empty() && columns.contains(&place))
        };
        let rows = self.rows.iter().filter(says).map(|row| TableRow { table: self, row });
        rows.filter(|row| !row.is_note())
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

    /// What stands in the column of that name; `None` where it is empty or there is no such column. A cell of several
    /// rows counts for each, unless what it says is one lot's.
    pub(super) fn cell(&self, column: &str) -> Option<&'a str> {
        let place = *self.table.columns.get(column)?;
        let own = self.row.cells.get(place).filter(|cell| !cell.is_empty());
        let reaching = || self.row.from_above.get(&place).filter(|_| !OF_ONE_LOT.contains(&column));
        own.or_else(reaching).map(String::as_str)
    }

    /// Whether the column's cell is one of several rows, although what it says is one lot's.
    pub(super) fn is_shared(&self, column: &str) -> bool {
        let place = self.table.columns.get(column);
        OF_ONE_LOT.contains(&column) && place.is_some_and(|place| self.row.from_above.contains_key(place))
    }

    /// The named cells whose formulas failed, with their columns.
    pub(super) fn errors(&self) -> Vec<(&'a str, &'a str)> {
        let mut found: Vec<_> = self
            .table
            .columns
            .iter()
            .filter_map(|(column, place)| Some((*place, column.as_str(), self.cell(column)?)))
            .filter(|(_, _, cell)| ERRORS.contains(cell))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, column, cell)| (column, cell)).collect()
    }

    /// Whether it is no lot: it has no name, and begins as sums and signatures do.
    fn is_note(&self) -> bool {
        let first = self.row.cells.iter().find(|cell| !cell.is_empty());
        self.cell(NAME).is_none()
            && first.is_some_and(|first| NOTES.iter().any(|note| first.starts_with(note)))
    }

    /// The cells that are details, with their columns.
    pub(super) fn details(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.table.details.iter().filter_map(|column| Some((column.as_str(), self.cell(column)?)))
    }
}
