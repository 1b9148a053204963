//! A file as rows of text, whatever it is: CSV in UTF-8 or in GB18030, which is what Excel writes in China, or a
//! workbook of Excel's. Which of them, the bytes say and not the name.

use super::error::ImportError;
use calamine::{DataRef, Dimensions, ExcelDateTime, Reader as _, Xlsx, XlsxError};
use encoding_rs::GB18030;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use zip::ZipArchive;

/// More lots than the largest city has.
const ROWS_MAX: usize = 100_000;
/// The annex has fourteen columns; some more are an operator's own.
pub(super) const COLUMNS_MAX: usize = 64;
/// Sheets among which the table is looked for.
const SHEETS_MAX: usize = 64;
/// What a workbook may unpack to. It is unpacked once just to count: a small file can hold more than any memory.
const UNPACKED_MAX_BYTES: u64 = 256 * 1024 * 1024;

const ZIP: &[u8] = b"PK\x03\x04";
/// What Excel wrote before 2007.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0";
const UTF8_MARK: char = '\u{feff}';

/// A row of a sheet.
pub(crate) struct SheetRow {
    /// Its number, counted as spreadsheets do.
    pub(crate) number: usize,
    /// Its cells, white space around them taken off.
    pub(crate) cells: Vec<String>,
    /// What stands in a cell of several rows that reaches down to this one from above, by its column.
    pub(crate) from_above: BTreeMap<usize, String>,
}

/// Reads a file's rows; of a workbook those of the first sheet that is the table, or else of the first.
pub(crate) fn read(
    bytes: Vec<u8>,
    is_table: impl Fn(&[SheetRow]) -> bool,
) -> Result<Vec<SheetRow>, ImportError> {
    if bytes.starts_with(ZIP) {
        return workbook(bytes, is_table);
    }
    if bytes.starts_with(COMPOUND_FILE) {
        return Err(unreadable("it is an .xls file of old: save it as .xlsx or as .csv"));
    }
    lines(&text(&bytes)?)
}

fn unreadable(why: impl Into<String>) -> ImportError {
    ImportError::Unreadable(why.into())
}

/// UTF-8 where it is UTF-8, for nearly nothing else happens to be; GB18030 otherwise.
fn text(bytes: &[u8]) -> Result<Cow<'_, str>, ImportError> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text.strip_prefix(UTF8_MARK).unwrap_or(text)));
    }
    GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| unreadable("it is neither .xlsx nor text in UTF-8 or GB18030"))
}

fn lines(text: &str) -> Result<Vec<SheetRow>, ImportError> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut rows, mut number) = (Vec::new(), 0);
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(error.to_string()))?;
        let start = record.position().map_or(0, csv::Position::byte);
        number += 1 + empty_lines(text.as_bytes(), usize::try_from(start).unwrap_or(usize::MAX));
        if record.len() > COLUMNS_MAX && record.iter().skip(COLUMNS_MAX).any(|cell| !cell.trim().is_empty()) {
            return Err(too_wide(number));
        }
        let cells = record.iter().take(COLUMNS_MAX).map(|cell| cell.trim().to_owned()).collect();
        push(&mut rows, SheetRow { number, cells, from_above: BTreeMap::new() })?;
    }
    Ok(rows)
}

/// The empty lines at `start`, where the reader began to look for a record: it passes over them, spreadsheets count
/// them as rows.
fn empty_lines(text: &[u8], start: usize) -> usize {
    let (before, from) = text.split_at_checked(start).unwrap_or((text, &[]));
    let breaks = from.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    // The reader takes a record to end at the carriage return, so that the rest of that break comes first.
    let rest_of_break = before.ends_with(b"\r") && from.starts_with(b"\n");
    breaks.count().saturating_sub(usize::from(rest_of_break))
}

fn push(rows: &mut Vec<SheetRow>, row: SheetRow) -> Result<(), ImportError> {
    if rows.len() >= ROWS_MAX {
        return Err(ImportError::TooManyRows(ROWS_MAX));
    }
    rows.push(row);
    Ok(())
}

fn too_wide(row: usize) -> ImportError {
    unreadable(format!("row {row} has a cell beyond the column {COLUMNS_MAX}, the last that is read"))
}

/// The sheet that is the table, or else the first: instructions and lists to choose from stand on others.
fn workbook(bytes: Vec<u8>, is_table: impl Fn(&[SheetRow]) -> bool) -> Result<Vec<SheetRow>, ImportError> {
    unpacks_within(&bytes, UNPACKED_MAX_BYTES)?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let mut first = None;
    for name in workbook.sheet_names().into_iter().take(SHEETS_MAX) {
        let rows = sheet(&mut workbook, &name);
        if rows.as_ref().is_ok_and(|rows| is_table(rows)) {
            return rows;
        }
        first.get_or_insert(rows);
    }
    first.unwrap_or_else(|| Err(unreadable("the workbook has no sheet")))
}

fn broken(error: XlsxError) -> ImportError {
    unreadable(format!("no .xlsx workbook: {error}"))
}

/// A sheet, cell by cell: as a whole it would be as large as its farthest cell is far.
fn sheet(workbook: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Result<Vec<SheetRow>, ImportError> {
    let mut cells = workbook.worksheet_cells_reader(name).map_err(broken)?;
    let mut rows: Vec<SheetRow> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let text = cell_text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let (row, column) = cell.get_position();
        let (number, column) = (place(row).saturating_add(1), place(column));
        if column >= COLUMNS_MAX {
            return Err(too_wide(number));
        }
        // A sheet is written row by row, but nothing makes it so.
        if rows.last().is_none_or(|last| last.number < number) {
            push(&mut rows, SheetRow { number, cells: Vec::new(), from_above: BTreeMap::new() })?;
        }
        let row = rows.last_mut().filter(|last| last.number == number);
        let row = row.ok_or_else(|| unreadable(format!("the workbook's row {number} comes out of order")))?;
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        if let Some(place) = row.cells.get_mut(column) {
            *place = text;
        }
    }
    drop(cells);
    reach_down(&mut rows, &workbook.merge_cells_by_sheet_name(name).map_err(broken)?);
    Ok(rows)
}

/// Lets the cells that were made of several rows' say what they say in each of their rows. Such a cell is of one
/// column: wider ones are titles.
fn reach_down(rows: &mut [SheetRow], merged: &[Dimensions]) {
    let of_one_column =
        |it: &&Dimensions| it.start.1 == it.end.1 && it.start.0 < it.end.0 && place(it.start.1) < COLUMNS_MAX;
    for it in merged.iter().filter(of_one_column).take(ROWS_MAX) {
        let (from, to, column) = (place(it.start.0) + 1, place(it.end.0) + 1, place(it.start.1));
        let first = rows.partition_point(|row| row.number < from);
        let end = rows.partition_point(|row| row.number <= to);
        let Some((top, below)) = rows.get_mut(first..end).and_then(<[SheetRow]>::split_first_mut) else {
            continue;
        };
        let Some(reported) = top.cells.get(column).filter(|_| top.number == from) else { continue };
        for row in below.iter_mut().filter(|row| row.cells.get(column).is_none_or(String::is_empty)) {
            row.from_above.insert(column, reported.clone());
        }
    }
}

fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn unpacks_within(bytes: &[u8], max_bytes: u64) -> Result<(), ImportError> {
    let broken = |error: &dyn std::fmt::Display| unreadable(format!("no .xlsx workbook: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let mut left = max_bytes;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| broken(&error))?;
        // What the entry says of its own length proves nothing.
        let unpacked = std::io::copy(&mut entry.take(left.saturating_add(1)), &mut std::io::sink())
            .map_err(|error| broken(&error))?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            unreadable(format!("the workbook unpacks to more than {} MiB", max_bytes / 1024 / 1024))
        })?;
    }
    Ok(())
}

/// A cell as it would stand in CSV.
fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(moment) => date_text(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// A number as Excel shows it: of fifteen digits, for what a sum of decimals leaves behind them nobody typed; a whole
/// one without a point.
fn number_text(number: f64) -> String {
    format!("{number:.14e}").parse::<f64>().unwrap_or(number).to_string()
}

/// A date, a date with its time, or a time of day.
fn date_text(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let (date, time) =
        (format!("{year:04}-{month:02}-{day:02}"), format!("{hour:02}:{minute:02}:{second:02}"));
    match (moment.is_duration() || moment.as_f64() < 1.0, moment.as_f64().fract() == 0.0) {
        (true, _) => time,
        (false, true) => date,
        (false, false) => format!("{date} {time}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_small_file_that_unpacks_to_much_is_refused() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file("xl/sharedStrings.xml", options).unwrap();
        writer.write_all(&vec![b' '; 100_000]).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        assert!(bytes.len() < 10_000);
        assert!(unpacks_within(&bytes, 100_000).is_ok());
        let error = unpacks_within(&bytes, 99_999).unwrap_err();
        assert!(error.to_string().contains("unpacks to more than"), "{error}");
    }

    #[test]
    fn old_and_broken_files_are_told_from_tables() {
        for (bytes, words) in [
            (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], "save it as .xlsx"),
            (b"PK\x03\x04 and then nothing", "no .xlsx workbook"),
            (b"\xff\xff\xff", "neither"),
        ] {
            let error = read(bytes.to_vec(), |_| true).map(|rows| rows.len()).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn rows_are_counted_as_spreadsheets_count_them() {
        for end in ["\n", "\r\n"] {
            let text = ["", "a,b", "\"1\n2\",", "", "", "3,4", ""].join(end);
            let rows = read(text.into_bytes(), |_| true).unwrap();
            let numbers: Vec<_> = rows.iter().map(|row| row.number).collect();
            assert_eq!(numbers, [2, 3, 6], "{end:?}");
        }
    }

    #[test]
    fn a_number_of_excels_reads_as_people_write_it() {
        assert_eq!(cell_text(&DataRef::Float(330_203_077_102.0)), "330203077102");
        assert_eq!(cell_text(&DataRef::Float(121.549_792)), "121.549792");
        assert_eq!(cell_text(&DataRef::Float(120.09 + 1e-14)), "120.09");
        assert_eq!(cell_text(&DataRef::Float(119.999_999_999_999_99)), "120");
        let date = |days| ExcelDateTime::new(days, calamine::ExcelDateTimeType::DateTime, false);
        assert_eq!(cell_text(&DataRef::DateTime(date(46_113.0))), "2026-04-01");
        assert_eq!(cell_text(&DataRef::DateTime(date(46_113.5))), "2026-04-01 12:00:00");
        assert_eq!(cell_text(&DataRef::DateTime(date(0.25))), "06:00:00");
        assert_eq!(cell_text(&DataRef::SharedString("\u{3000}配建停车场 ")), "配建停车场");
    }
}
