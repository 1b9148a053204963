//! The two files of a recording, as they come: addresses with line breaks, sizes and positions missing, counts
//! above the size or below zero, gaps, columns that the other file does not know.

use bowei_model::moment;
use jiff::Timestamp;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A file cannot be read.
    #[error("{path} cannot be read: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not CSV.
    #[error("the file of {what} is no CSV: {source}")]
    Csv {
        /// Which one.
        what: &'static str,
        /// What is wrong.
        source: csv::Error,
    },
    /// A column is missing.
    #[error(
        "文件 {what} 缺少 {column} 列 the file of {what} has no column {column:?}: docs/city.md has its form"
    )]
    NoColumn {
        /// Which file.
        what: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A time that is none.
    #[error(
        "空位文件第 {line} 行：{received:?} 不是时刻，应为 RFC 3339 或 2026-11-23 00:00:00（当地时间） line {line} of the free spaces: \
         {received:?} is no time: RFC 3339, or 2026-11-23 00:00:00 by the city's clock, is expected"
    )]
    Time {
        /// The line.
        line: u64,
        /// What came.
        received: String,
    },
    /// A count that is none.
    #[error("line {line} of the free spaces, column {column:?}: {received:?} is no whole number")]
    Count {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// What came.
        received: String,
    },
    /// No lot has a single count.
    #[error("the recording has no count of any lot")]
    NothingObserved,
    /// The city has no words for that standard.
    #[error("the city does not speak the standard {standard:?}")]
    UnknownStandard {
        /// The standard.
        standard: &'static str,
    },
}

/// What the file of lots says of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) name: Option<String>,
    pub(super) city: Option<String>,
    pub(super) address: Option<String>,
    pub(super) spaces: Option<i64>,
    /// Longitude and latitude in WGS 84.
    pub(super) position: Option<(f64, f64)>,
}

/// One lot's counts of free spaces.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) id: String,
    /// Seconds since 1970 and free spaces, in the order of time, only where the count changed.
    pub(super) counts: Vec<(i64, i64)>,
}

/// Both files.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) places: HashMap<String, Place>,
    pub(super) columns: Vec<Column>,
}

const LOTS: &str = "lots";
const FREE_SPACES: &str = "free spaces";

impl Recording {
    pub(super) fn open(lots: &Path, free_spaces: &Path) -> Result<Self, ReplayError> {
        let read = |path: &Path| {
            fs::read(path).map_err(|source| ReplayError::File { path: path.to_owned(), source })
        };
        Self::read(&read(lots)?, &read(free_spaces)?)
    }

    pub(super) fn read(lots: &[u8], free_spaces: &[u8]) -> Result<Self, ReplayError> {
        Ok(Self { places: places(lots)?, columns: columns(free_spaces)? })
    }
}

fn places(text: &[u8]) -> Result<HashMap<String, Place>, ReplayError> {
    let broken = |source| ReplayError::Csv { what: LOTS, source };
    let mut file = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let headers = file.headers().map_err(broken)?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let id = column("place_id").ok_or(ReplayError::NoColumn { what: LOTS, column: "place_id" })?;
    let (name, city, address) = (column("place_name"), column("city_name"), column("address"));
    let (spaces, latitude, longitude) = (column("num_all"), column("latitude"), column("longitude"));
    let mut places = HashMap::new();
    for row in file.records() {
        let row = row.map_err(broken)?;
        let text = |column: Option<usize>| {
            column.and_then(|column| row.get(column)).map(str::trim).filter(|text| !text.is_empty())
        };
        let degrees = |column| text(column).and_then(|text| text.parse::<f64>().ok());
        let Some(id) = text(Some(id)) else { continue };
        let place = Place {
            name: text(name).map(one_line),
            city: text(city).map(one_line),
            address: text(address).map(one_line),
            // Some sources write 120.0.
            spaces: text(spaces).and_then(|text| text.parse::<f64>().ok()).map(|spaces| spaces as i64),
            position: degrees(longitude)
                .zip(degrees(latitude))
                .filter(|(east, north)| east.abs() <= 180.0 && north.abs() <= 90.0),
        };
        places.insert(id.to_owned(), place);
    }
    Ok(places)
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A time with its offset, or by the city's clock.
fn moment_of(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| moment::from_wall(text.parse().ok()?))
}

fn columns(text: &[u8]) -> Result<Vec<Column>, ReplayError> {
    let broken = |source| ReplayError::Csv { what: FREE_SPACES, source };
    let mut file = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let headers = file.headers().map_err(broken)?.clone();
    if headers.get(0) != Some("timestamp") {
        return Err(ReplayError::NoColumn { what: FREE_SPACES, column: "timestamp" });
    }
    let mut columns: Vec<Column> =
        headers.iter().skip(1).map(|id| Column { id: id.to_owned(), counts: Vec::new() }).collect();
    for row in file.records() {
        let row = row.map_err(broken)?;
        let line = row.position().map_or(0, csv::Position::line);
        let mut fields = row.iter();
        let time = fields.next().unwrap_or_default();
        let at = moment_of(time.trim());
        let at = at.ok_or_else(|| ReplayError::Time { line, received: time.to_owned() })?;
        for (column, field) in columns.iter_mut().zip(fields) {
            let field = field.trim();
            if field.is_empty() {
                continue;
            }
            let free = field.parse::<i64>().map_err(|_| ReplayError::Count {
                line,
                column: column.id.clone(),
                received: field.to_owned(),
            })?;
            column.counts.push((at.as_second(), free));
        }
    }
    for column in &mut columns {
        column.counts.sort_by_key(|count| count.0);
        // Where a moment stands twice, its last line is right; a count that did not change says nothing.
        column.counts.dedup_by(|later, earlier| {
            let same_moment = later.0 == earlier.0;
            if same_moment {
                earlier.1 = later.1;
            }
            same_moment
        });
        column.counts.dedup_by_key(|count| count.1);
    }
    Ok(columns)
}
