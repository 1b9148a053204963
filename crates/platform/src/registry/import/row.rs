//! One row of the table as a lot.

use super::ImportOptions;
use super::error::{CellFault, Faults, ImportError};
use super::table::{self, TableRow};
use bowei_encoding::sha256_hex;
use bowei_encoding::shown::shown;
use bowei_model::{Datum, LotKind, Position, ProviderCode};
use bowei_store::RegistryRows;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::str::FromStr;

/// The digits of a district in GB/T 2260, with which a 停车场编号 begins.
pub(super) const DISTRICT_DIGITS: usize = 6;
/// 停车场编号: district, township of 3 digits, kind of 1, number of 2.
const ID_DIGITS: usize = 12;
/// Hex digits of a code made from an operator's name: a city has some hundreds of them.
const PROVIDER_DIGITS: usize = 8;
/// What the standards allow a name or an address.
const TEXT_MAX: usize = 255;
/// A price list is a paragraph, and so may be a column of an operator's own.
const LONG_TEXT_MAX: usize = 1_000;
/// No lot has so many; a telephone number in the wrong column has.
const SPACES_MAX: u32 = 1_000_000;
/// No lot has so many gates either.
const GATES_MAX: u32 = 1_000;
/// Baidu's datum is China's own: what lies outside is a slip, such as the two degrees changed over.
const LONGITUDES: std::ops::RangeInclusive<f64> = 72.0..=138.0;
const LATITUDES: std::ops::RangeInclusive<f64> = 0.5..=56.0;

/// A lot as a row describes it. What is `None` the row does not say.
pub(super) struct Described {
    pub(super) number: usize,
    pub(super) id: Option<String>,
    pub(super) provider: ProviderCode,
    pub(super) name: String,
    pub(super) kind: LotKind,
    pub(super) address: Option<String>,
    pub(super) position: Option<Position>,
    pub(super) spaces_total: Option<u32>,
    pub(super) tariff: Option<String>,
    pub(super) details: BTreeMap<String, String>,
}

/// Reads rows, gathering all that is wrong with them.
pub(super) struct Rows<'a> {
    provider: Option<ProviderCode>,
    /// Providers by name; those of one name together.
    providers: HashMap<&'a str, Vec<&'a ProviderCode>>,
    /// Names that several of them have, each told once: a company has hundreds of lots.
    ambiguous: HashSet<String>,
    /// Operators that the table alone names, by the code that each is given.
    pub(super) newcomers: BTreeMap<ProviderCode, String>,
    pub(super) faults: Faults,
}

impl<'a> Rows<'a> {
    pub(super) fn new(registered: &'a RegistryRows, options: &ImportOptions) -> Result<Self, ImportError> {
        let mut providers: HashMap<_, Vec<_>> = HashMap::new();
        for row in &registered.providers {
            providers.entry(row.name.trim()).or_default().push(&row.code);
        }
        let known = |code: &ProviderCode| registered.providers.iter().any(|row| row.code == *code);
        if let Some(code) = options.provider.as_ref().filter(|code| !known(code)) {
            return Err(ImportError::NoSuchProvider(code.to_string()));
        }
        if let Some(district) = options.district.as_ref().filter(|code| !is_digits(code, DISTRICT_DIGITS)) {
            return Err(ImportError::District(district.clone()));
        }
        Ok(Self {
            provider: options.provider.clone(),
            providers,
            ambiguous: HashSet::new(),
            newcomers: BTreeMap::new(),
            faults: Faults::default(),
        })
    }

    /// A row as a lot; `None`, and its faults noted, where it is none.
    pub(super) fn read(&mut self, row: &TableRow<'_>) -> Option<Described> {
        let errors = row.errors();
        for (column, error) in &errors {
            self.fault(row, column, "a value, where a formula gives an error", Some(error));
        }
        if !errors.is_empty() {
            return None;
        }
        // Every cell is looked at before the row is given up, so that all its faults are told at once.
        let id = self.id(row);
        let provider = self.provider(row);
        let name = self.text(row, table::NAME, TEXT_MAX);
        if name == Some(None) {
            self.fault(row, table::NAME, "the lot's name", None);
        }
        let kind = self.kind(row);
        let address = self.text(row, table::ADDRESS, TEXT_MAX);
        let position = self.position(row);
        let spaces_total = self.number(row, table::SPACES, SPACES_MAX);
        let tariff = self.text(row, table::TARIFF, LONG_TEXT_MAX);
        let details = self.details(row);
        Some(Described {
            number: row.number(),
            id: id?,
            provider: provider?,
            name: name??,
            kind: kind?,
            address: address?,
            position: position?,
            spaces_total: spaces_total?,
            tariff: tariff?,
            details: details?,
        })
    }

    fn fault(&mut self, row: &TableRow<'_>, column: &str, expected: &str, received: Option<&str>) {
        let received =
            received.map_or_else(|| "nothing".to_owned(), |received| format!("\"{}\"", shown(received)));
        self.faults.add(CellFault::new(row.number(), column, expected, received));
    }

    /// A cell, where it has the form; the outer `None` where it has not.
    fn cell<T>(
        &mut self,
        row: &TableRow<'_>,
        column: &str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        let Some(received) = row.cell(column) else {
            if !row.is_shared(column) {
                return Some(None);
            }
            let expected = format!("{expected}, for each lot its own");
            self.faults.add(CellFault::new(row.number(), column, expected, "a cell merged with that above"));
            return None;
        };
        let value = read(received);
        if value.is_none() {
            self.fault(row, column, expected, Some(received));
        }
        value.map(Some)
    }

    fn id(&mut self, row: &TableRow<'_>) -> Option<Option<String>> {
        let read = |text: &str| Some(half_width(text)).filter(|text| is_digits(text, ID_DIGITS));
        self.cell(row, table::ID, "12 digits, or nothing where the lot has none yet", read)
    }

    fn text(&mut self, row: &TableRow<'_>, column: &str, chars_max: usize) -> Option<Option<String>> {
        let read = |text: &str| (text.chars().count() <= chars_max).then(|| text.to_owned());
        self.cell(row, column, &format!("at most {chars_max} characters"), read)
    }

    fn number(&mut self, row: &TableRow<'_>, column: &str, max: u32) -> Option<Option<u32>> {
        let read = |text: &str| u32::from_str(&half_width(text)).ok().filter(|number| *number <= max);
        self.cell(row, column, &format!("a whole number from 0 to {max}"), read)
    }

    fn kind(&mut self, row: &TableRow<'_>) -> Option<LotKind> {
        const EXPECTED: &str = "道路泊位, 公建停车场, 配建停车场 or 临时停车场";
        let read = |text: &str| match text {
            "道路泊位" => Some(LotKind::OnStreet),
            "公建停车场" | "配建停车场" | "临时停车场" => Some(LotKind::OffStreet),
            _ => None,
        };
        let kind = self.cell(row, table::KIND, EXPECTED, read)?;
        if kind.is_none() {
            self.fault(row, table::KIND, EXPECTED, None);
        }
        kind
    }

    fn provider(&mut self, row: &TableRow<'_>) -> Option<ProviderCode> {
        if let Some(provider) = &self.provider {
            return Some(provider.clone());
        }
        let Some(operator) = row.cell(table::OPERATOR) else {
            let expected = "who runs the lot; or choose one provider for all with --provider CODE";
            self.fault(row, table::OPERATOR, expected, None);
            return None;
        };
        match self.providers.get(operator).map(Vec::as_slice) {
            Some([code]) => Some((*code).clone()),
            Some(_) => {
                if self.ambiguous.insert(operator.to_owned()) {
                    let expected =
                        "the name of one provider, where several have it: choose one with --provider CODE";
                    self.fault(row, table::OPERATOR, expected, Some(operator));
                }
                None
            }
            None => {
                self.text(row, table::OPERATOR, TEXT_MAX)?;
                let digits: String = sha256_hex(operator.as_bytes()).chars().take(PROVIDER_DIGITS).collect();
                let code = ProviderCode::from(format!("{}-{digits}", super::STANDARD));
                self.newcomers.insert(code.clone(), operator.to_owned());
                Some(code)
            }
        }
    }

    fn position(&mut self, row: &TableRow<'_>) -> Option<Option<Position>> {
        let longitude = self.degrees(row, table::LONGITUDE, "degrees east in China, 72 to 138", LONGITUDES);
        let latitude = self.degrees(row, table::LATITUDE, "degrees north in China, 0.5 to 56", LATITUDES);
        match (longitude?, latitude?) {
            (None, None) => Some(None),
            (Some(longitude), Some(latitude)) => {
                // Within the ranges every pair is a place.
                Position::read(longitude, latitude, Datum::Bd09).map(Some)
            }
            (Some(_), None) => {
                self.fault(row, table::LATITUDE, "degrees north, beside 百度经度; or neither", None);
                None
            }
            (None, Some(_)) => {
                self.fault(row, table::LONGITUDE, "degrees east, beside 百度纬度; or neither", None);
                None
            }
        }
    }

    fn degrees(
        &mut self,
        row: &TableRow<'_>,
        column: &str,
        expected: &str,
        range: std::ops::RangeInclusive<f64>,
    ) -> Option<Option<f64>> {
        self.cell(row, column, expected, |text| {
            f64::from_str(&half_width(text)).ok().filter(|degrees| range.contains(degrees))
        })
    }

    /// What a lot has no field for, as JSON text by the column's name.
    fn details(&mut self, row: &TableRow<'_>) -> Option<BTreeMap<String, String>> {
        let mut details = BTreeMap::new();
        let mut right = true;
        for (column, _) in row.details() {
            let value = match column {
                table::ENTRIES | table::EXITS => {
                    self.number(row, column, GATES_MAX).map(|number| number.map(Into::into))
                }
                _ => self.text(row, column, LONG_TEXT_MAX).map(|text| text.map(serde_json::Value::String)),
            };
            right &= value.is_some();
            details.extend(value.flatten().map(|value| (column.to_owned(), value.to_string())));
        }
        right.then_some(details)
    }
}

/// Full-width digits as the ordinary ones.
fn half_width(text: &str) -> String {
    let half = |c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().map(half).collect()
}

fn is_digits(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
}
