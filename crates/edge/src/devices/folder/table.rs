//! One CSV file: its rows as reports.

use super::NewReport;
use super::columns::Column;
use crate::devices::texts;
use crate::reports::{self, About, ReportFault};
use bowei_model::{Direction, LotCode, Report};
use bowei_standards::platform_side::PictureBytes;
use serde_json::{Map, Value, json};

/// The column added to rows that are not taken.
pub(super) const WHY: &str = "why";
/// A first line of more columns is no table of ours.
const COLUMNS_MAX: usize = 256;

/// A file's rows.
#[derive(Clone, Debug)]
pub struct Table {
    header: Vec<String>,
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
}

/// Why a file is no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    /// The first line names no field.
    #[error(
        "the first line: expected the names of a report's fields (kind, record_id, at, plate, …), came {0:?}"
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

/// Reads a file: UTF-8, with or without a mark, GBK, or UTF-16 with a mark; cells apart by commas, semicolons or tabs.
pub fn read(bytes: &[u8]) -> Result<Table, TableFault> {
    let text = texts::decoded(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b'\t', b';']
        .into_iter()
        .max_by_key(|delimiter| (first.bytes().filter(|byte| byte == delimiter).count(), *delimiter == b','))
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records =
        reader.records().map_while(Result::ok).map(|record| record.iter().map(str::to_owned).collect());
    let header: Vec<String> = records.next().unwrap_or_default();
    let columns: Vec<Column> = header.iter().map(|name| Column::named(name)).collect();
    if columns.len() > COLUMNS_MAX || !columns.iter().any(Column::is_field) {
        return Err(TableFault::Header(bowei_standards::shared::shown::shown(first)));
    }
    let rows = records.filter(|cells: &Vec<String>| cells.iter().any(|cell| !cell.is_empty()));
    let rows = rows.map(|cells| row(&columns, cells)).collect();
    Ok(Table { header, columns, rows })
}

fn row(columns: &[Column], cells: Vec<String>) -> Row {
    let mut report = Map::new();
    let mut picture = None;
    for (column, cell) in columns.iter().zip(&cells) {
        column.put(cell, &mut report);
        if column.is_picture() && !cell.is_empty() {
            picture = Some(cell.clone());
        }
    }
    // A cell under no column would be lost in silence.
    for (place, cell) in cells.iter().enumerate().skip(columns.len()).filter(|(_, cell)| !cell.is_empty()) {
        report.insert(format!("column {}", place + 1), Value::from(cell.as_str()));
    }
    Row { cells, picture, report }
}

impl Row {
    /// The reports of the row: its own, and of a passage with a picture the photo after it.
    pub fn reports(
        &self,
        lot: &LotCode,
        lot_id: &str,
        picture: Option<&PictureBytes>,
    ) -> Result<Vec<NewReport>, ReportFault> {
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

    /// How many columns name a report's field.
    pub fn fields(&self) -> usize {
        self.columns.iter().filter(|column| column.is_field()).count()
    }
}
