//! One CSV file: its rows as reports.

use super::NewReport;
use super::columns::{Column, WHY, plain};
use crate::devices::texts;
use crate::reports::{self, About, ReportFault};
use bowei_model::{Direction, LotCode, Report};
use bowei_standards::platform_side::PictureBytes;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A first line of more columns is no table of ours.
const COLUMNS_MAX: usize = 256;
/// A title and some notes may stand above the header.
const HEADER_WITHIN: usize = 10;
/// Digits of a number that spreadsheets keep.
const DIGITS_KEPT: usize = 15;
const FULL_WIDTH_COMMA: char = '，';
/// What stands for a full-width comma while cells are told apart: one byte that no text has.
const UNIT_SEPARATOR: &str = "\u{1f}";
/// How rows begin that are none of the table's, but say something about it.
const NOTES: [&str; 10] =
    ["合计", "总计", "小计", "共计", "填表人", "制表", "审核", "导出时间", "打印时间", "统计时间"];

/// A file's rows.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) header: Vec<String>,
    columns: Vec<Column>,
    /// The rows, in their order.
    pub rows: Vec<Row>,
}

/// One row: one report, and for a passage with a picture its photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its cells as they stand.
    pub cells: Vec<String>,
    /// The file named in the picture column.
    pub picture: Option<String>,
    report: Map<String, Value>,
    /// What a spreadsheet has spoilt.
    fault: Option<ReportFault>,
}

/// Why a file is no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    /// None of the first lines names a field; the first of them.
    #[error(
        "the first ten lines: expected the names of a report's fields (kind, record_id, at, plate, …), came \"{0}\" first"
    )]
    Header(String),
    /// Beyond the longest file taken.
    #[error("the file: expected at most {max_bytes} bytes, came {bytes}")]
    TooLong {
        /// The limit.
        max_bytes: u64,
        /// The file's length.
        bytes: u64,
    },
}

/// Reads a file: UTF-8, with or without a mark, GBK, or UTF-16 with a mark; cells apart by commas (full-width ones
/// too), semicolons or tabs, or as a line `sep=;` says. A title may stand above the header, a sum below the table.
pub fn read(bytes: &[u8]) -> Result<Table, TableFault> {
    let text = texts::decoded(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let (text, declared) = without_separator(text);
    let first = header_line(text);
    let count = |delimiter: u8| first.bytes().filter(|byte| *byte == delimiter).count();
    let usual = [b',', b'\t', b';'].into_iter().max_by_key(|it| (count(*it), *it == b',')).unwrap_or(b',');
    let full_width = declared.is_none() && count(usual) == 0 && first.contains(FULL_WIDTH_COMMA);
    let text = if full_width {
        Cow::Owned(text.replace(FULL_WIDTH_COMMA, UNIT_SEPARATOR))
    } else {
        Cow::Borrowed(text)
    };
    let delimiter =
        if full_width { UNIT_SEPARATOR.as_bytes().first().copied().unwrap_or(b',') } else { usual };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(declared.unwrap_or(delimiter))
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let cell = |cell: &str| if full_width { cell.replace(UNIT_SEPARATOR, "，") } else { cell.to_owned() };
    let mut records = reader.records().map_while(Result::ok).map(|record| record.iter().map(cell).collect());
    let above: Vec<Vec<String>> = records.by_ref().take(HEADER_WITHIN).collect();
    let fields = |names: &[String]| names.iter().filter(|name| Column::named(name).is_field()).count();
    // Of rows with as many fields the first.
    let place = (0..above.len()).rev().max_by_key(|at| above.get(*at).map_or(0, |names| fields(names)));
    let mut above = above.into_iter().skip(place.unwrap_or(0));
    let header = above.next().unwrap_or_default();
    let columns: Vec<Column> = header.iter().map(|name| Column::named(name)).collect();
    if columns.len() > COLUMNS_MAX || !columns.iter().any(Column::is_field) {
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(TableFault::Header(bowei_encoding::shown::shown(first)));
    }
    let says = |cells: &Vec<String>| {
        let first = cells.iter().map(|cell| plain(cell)).find(|cell| !cell.is_empty());
        first.is_some_and(|first| !NOTES.iter().any(|note| first.starts_with(note)))
    };
    let rows = above.chain(records).filter(says).map(|cells| row(&columns, cells)).collect();
    let mut table = Table { header, columns, rows };
    table.doubt_rounded_ids();
    Ok(table)
}

/// The text behind a line `sep=;`, which Excel writes and reads, and what it says.
fn without_separator(text: &str) -> (&str, Option<u8>) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim_end().trim_matches('"');
    let declared =
        line.get(..4).filter(|name| name.eq_ignore_ascii_case("sep=")).and_then(|_| line.as_bytes().get(4..));
    match declared {
        Some([delimiter]) => (rest, Some(*delimiter)),
        // A tab is lost where blanks are taken off.
        Some([]) => (rest, Some(b'\t')),
        _ => (text, None),
    }
}

/// The line that has most delimiters of those among which the header is looked for.
fn header_line(text: &str) -> &str {
    let apart =
        |line: &&str| line.chars().filter(|c| matches!(*c, ',' | ';' | '\t' | FULL_WIDTH_COMMA)).count();
    let lines: Vec<&str> = text.lines().take(HEADER_WITHIN).collect();
    lines.into_iter().rev().max_by_key(apart).unwrap_or_default()
}

fn row(columns: &[Column], cells: Vec<String>) -> Row {
    let mut report = Map::new();
    let (mut picture, mut fault) = (None, None);
    for (column, cell) in columns.iter().zip(&cells) {
        fault = fault.or(column.put(cell, &mut report));
        if column.is_picture() && !plain(cell).is_empty() {
            picture = Some(plain(cell).to_owned());
        }
    }
    // A cell under no column would be lost in silence.
    for (place, cell) in cells.iter().enumerate().skip(columns.len()).filter(|(_, cell)| !cell.is_empty()) {
        report.insert(format!("column {}", place + 1), Value::from(cell.as_str()));
    }
    Row { cells, picture, report, fault }
}

impl Row {
    /// The reports of the row: its own, and of a passage with a picture the photo after it.
    pub fn reports(
        &self,
        lot: &LotCode,
        lot_id: &str,
        picture: Option<&PictureBytes>,
    ) -> Result<Vec<NewReport>, ReportFault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let kind = self.report.get("kind").and_then(Value::as_str).unwrap_or_default();
        let of_picture = matches!(kind, "photo" | "named-photo");
        let about = About { lot, lot_id, picture: picture.filter(|_| of_picture) };
        let text = Value::Object(self.report.clone()).to_string();
        let report = reports::read(text.as_bytes(), about)?;
        let photo = match (&report, picture) {
            (Report::Passage(passage), Some(picture)) => {
                let role = if passage.direction == Direction::Entry { "entry" } else { "exit" };
                let taken_at = bowei_model::moment::rfc3339(passage.at);
                let photo = json!({"kind": "photo", "record_id": passage.record_id.as_str(), "role": role,
                    "slot": 1, "taken_at": taken_at});
                let about = About { lot, lot_id, picture: Some(picture) };
                Some(reports::read(photo.to_string().as_bytes(), about)?)
            }
            _ => None,
        };
        let own = NewReport { report, picture: picture.filter(|_| of_picture).cloned() };
        let photo = photo.map(|report| NewReport { report, picture: picture.cloned() });
        Ok(std::iter::once(own).chain(photo).collect())
    }
}

impl Table {
    /// The rows that were not taken as a file of the same columns and one more that says why, in UTF-8 with a mark so
    /// that spreadsheets read it.
    pub fn rejected(&self, rows: &[(&Row, String)]) -> Vec<u8> {
        let width = self.header.len();
        // A file that was rejected before has the column already.
        let kept: Vec<usize> =
            (0..width).filter(|place| self.header.get(*place).is_none_or(|name| name != WHY)).collect();
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::from("\u{feff}"));
        let mut write = |cells: &[String], why: &str| {
            let own = kept.iter().map(|place| cells.get(*place).map_or("", String::as_str));
            let more = cells.iter().skip(width).map(String::as_str);
            // Writing to memory cannot fail.
            let _ = writer.write_record(own.chain([why]).chain(more));
        };
        write(&self.header, WHY);
        for (row, why) in rows {
            write(&row.cells, why);
        }
        writer.into_inner().unwrap_or_default()
    }

    /// Spreadsheets keep fifteen digits of a number and make zeros of the rest. Where several passages of a kind share
    /// an id that looks so, they are one car's only by mistake.
    fn doubt_rounded_ids(&mut self) {
        let rounded = |row: &Row| {
            let of = |name: &str| row.report.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let id = of("record_id");
            let is_rounded = id.len() > DIGITS_KEPT
                && id.bytes().all(|byte| byte.is_ascii_digit())
                && id.bytes().skip(DIGITS_KEPT).all(|byte| byte == b'0');
            is_rounded.then(|| (of("kind"), id, of("at"), of("plate")))
        };
        let mut passages: HashMap<(String, String), HashSet<(String, String)>> = HashMap::new();
        for (kind, id, at, plate) in self.rows.iter().filter_map(rounded) {
            passages.entry((kind, id)).or_default().insert((at, plate));
        }
        for row in &mut self.rows {
            let Some((kind, id, ..)) = rounded(row) else { continue };
            if passages.get(&(kind, id.clone())).is_some_and(|all| all.len() > 1) {
                row.fault.get_or_insert_with(|| ReportFault {
                    field: "record_id".to_owned(),
                    expected: "an id of its own (a spreadsheet has rounded it: make the column text before it is filled)"
                        .to_owned(),
                    received: format!("{id:?} for several cars"),
                });
            }
        }
    }

    /// How many columns name a report's field.
    pub fn fields(&self) -> usize {
        self.columns.iter().filter(|column| column.is_field()).count()
    }
}
