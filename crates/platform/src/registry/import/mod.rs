//! Importing the static table of car parks (公共停车场静态数据信息表) that the annex of the Ningbo standard asks for,
//! as CSV or XLSX.
//!
//! A row that has its 停车场编号, the id in messages, is the lot of that id; one that has none yet is known by
//! provider, name and address, so that the same file imported again changes nothing, and the row keeps its lot
//! when the id is added. Nothing is imported unless every row is right.

mod error;
mod row;
pub(crate) mod sheet;
mod table;

pub use error::{CellFault, Faults, ImportError};

use super::history::{Told, Undoing};
use super::record::{Beside, record};
use crate::accounts::Source;
use bowei_encoding::sha256_hex;
use bowei_model::{Lot, LotCode, ProviderCode, Standing};
use bowei_store::{ChangeSource, ProviderRow, RegistryChange, RegistryRows, Store};
use jiff::Timestamp;
use row::{Described, Rows};
use std::collections::HashMap;

/// The largest file: a row has a few hundred bytes, so that all rows allowed fit well.
pub const FILE_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The name under which the table's ids are kept in [`Lot::ids`], and which begins the codes made here.
const STANDARD: &str = "ningbo";

/// Hex digits of a code made from provider, name and address: 48 bits, so that among 100,000 lots two meet by
/// chance once in fifty thousand tables, and then are refused as the same lot twice.
const CODE_DIGITS: usize = 12;

/// What the file does not say.
#[derive(Debug, Default)]
pub struct ImportOptions {
    /// The provider of all lots; without it each row's 经营单位 is looked up among the providers' names, and one
    /// that nobody has is registered by that name.
    pub provider: Option<ProviderCode>,
    /// The district of lots without a 停车场编号: GB/T 2260, six digits; without it `CITY`.
    pub district: Option<String>,
    /// Whether it may undo what persons have changed in the console.
    pub force: bool,
    /// Who is answerable for it.
    pub by: Source,
    /// Now.
    pub now: Timestamp,
}

/// The district of lots of which no more is known than that they are in the table: 宁波市.
pub(crate) const CITY: &str = "330200";

/// What an import did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Lots that were not there before.
    pub created: usize,
    /// Lots that were, and are another now.
    pub changed: usize,
    /// Lots that were as the file has them.
    pub unchanged: usize,
    /// Providers that the file alone names: registered by their names, without any credential yet.
    pub providers: Vec<ProviderRow>,
    /// Lots of the file that have no 停车场编号: they cannot report until they have one.
    pub without_id: Vec<WithoutId>,
}

/// A lot that cannot report yet.
#[derive(Debug, PartialEq, Eq)]
pub struct WithoutId {
    /// Its row in the file.
    pub row: usize,
    /// Its code.
    pub code: LotCode,
    /// Its name.
    pub name: String,
}

/// Imports a file, CSV or XLSX by its own bytes.
pub async fn import(
    store: &dyn Store,
    bytes: Vec<u8>,
    options: &ImportOptions,
) -> Result<Imported, ImportError> {
    if bytes.len() as u64 > FILE_MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    let registered = store.registry().await?;
    let table = table::Table::of(sheet::read(bytes, table::is_table)?, options.provider.is_none())?;
    let mut rows = Rows::new(&registered, options)?;
    let described: Vec<_> = table.rows().filter_map(|row| rows.read(&row)).collect();
    let mut faults = rows.faults;
    let newcomer = |(code, name)| ProviderRow { code, name, contact: None, details: Default::default() };
    let providers: Vec<_> = rows.newcomers.into_iter().map(newcomer).collect();
    let (mut change, mut imported) = Lots::of(&registered).work_in(described, options, &mut faults);
    change.based_on = Some(registered.version);
    change.providers.clone_from(&providers);
    imported.providers = providers;
    faults.or_none().map_or(Ok(()), |faults| Err(ImportError::Rows(faults)))?;
    let known: HashMap<_, _> = registered.lots.iter().map(|lot| (&lot.code, lot)).collect();
    let lot = |code: &LotCode| known.get(code).copied();
    if let Some(undoing) = Undoing::of(&change, lot, |_| None).filter(|_| !options.force) {
        return Err(ImportError::Undoes(undoing));
    }
    if !change.is_empty() {
        let told = Told::new(&options.by, ChangeSource::Import, options.now);
        told.tell(&mut change, lot, |_| None);
        record(store, change, &told, Beside::default()).await?;
    }
    Ok(imported)
}

/// The lots that are registered, by what a row may know them by.
struct Lots<'a> {
    by_id: HashMap<&'a str, &'a Lot>,
    by_code: HashMap<&'a str, &'a Lot>,
    by_description: HashMap<(&'a str, &'a str, &'a str), &'a Lot>,
}

impl<'a> Lots<'a> {
    fn of(registered: &'a RegistryRows) -> Self {
        let lots = || registered.lots.iter();
        let description = |lot: &'a Lot| (lot.provider.as_str(), lot.name.as_str(), lot.address.as_str());
        Self {
            by_id: lots().filter_map(|lot| Some((lot.ids.get(STANDARD)?.as_str(), lot))).collect(),
            by_code: lots().map(|lot| (lot.code.as_str(), lot)).collect(),
            by_description: lots().map(|lot| (description(lot), lot)).collect(),
        }
    }

    /// What the rows change, and what comes of them.
    fn work_in(
        &self,
        rows: Vec<Described>,
        options: &ImportOptions,
        faults: &mut Faults,
    ) -> (RegistryChange, Imported) {
        let mut taken: HashMap<LotCode, usize> = HashMap::new();
        let (mut lots, mut imported) = (Vec::new(), Imported::default());
        for row in rows {
            let (number, known) = (row.number, self.known(&row));
            let lot = row.into_lot(known, options);
            if let Some(first) = taken.insert(lot.code.clone(), number) {
                let received = format!("the lot of row {first} again: {}", lot.name);
                faults.add(CellFault::new(number, table::NAME, "each lot once", received));
                continue;
            }
            if !lot.ids.contains_key(STANDARD) {
                let (code, name) = (lot.code.clone(), lot.name.clone());
                imported.without_id.push(WithoutId { row: number, code, name });
            }
            match known {
                Some(known) if *known == lot => imported.unchanged += 1,
                Some(_) => imported.changed += 1,
                None => imported.created += 1,
            }
            if known != Some(&lot) {
                lots.push(lot);
            }
        }
        (RegistryChange { lots, ..RegistryChange::default() }, imported)
    }

    fn known(&self, row: &Described) -> Option<&'a Lot> {
        let by_code = || self.by_code.get(row.code().as_str());
        let address = row.address.as_deref().unwrap_or_default();
        let by_description = || self.by_description.get(&(row.provider.as_str(), row.name.as_str(), address));
        let found = match &row.id {
            // A lot that has another id already is another lot, though it be called the same.
            Some(id) => self
                .by_id
                .get(id.as_str())
                .or_else(by_code)
                .or_else(|| by_description().filter(|lot| !lot.ids.contains_key(STANDARD))),
            None => by_code().or_else(by_description),
        };
        found.copied()
    }
}

impl Described {
    /// The code of a lot that is new.
    fn code(&self) -> LotCode {
        match &self.id {
            Some(id) => LotCode::from(format!("{STANDARD}-{id}")),
            None => {
                let address = self.address.as_deref().unwrap_or_default();
                let digest = sha256_hex(format!("{}\n{}\n{address}", self.provider, self.name).as_bytes());
                let digits: String = digest.chars().take(CODE_DIGITS).collect();
                LotCode::from(format!("{STANDARD}-{digits}"))
            }
        }
    }

    /// The lot as it is from now on: an empty cell says nothing, and what the table has no column for stays.
    fn into_lot(self, known: Option<&Lot>, options: &ImportOptions) -> Lot {
        let code = self.code();
        let district = self.id.as_ref().map(|id| id.chars().take(row::DISTRICT_DIGITS).collect());
        let district =
            district.or_else(|| options.district.clone()).or_else(|| known.map(|lot| lot.district.clone()));
        let mut lot = known.cloned().unwrap_or_else(|| Lot::new(code, self.provider.clone(), self.kind));
        if !lot.standing.is_of_an_operator() {
            lot.standing = Standing::Registered;
        }
        lot.provider = self.provider;
        lot.name = self.name;
        lot.kind = self.kind;
        lot.district = district.unwrap_or_else(|| CITY.to_owned());
        lot.address = self.address.unwrap_or(lot.address);
        lot.position = self.position.or(lot.position);
        lot.spaces_total = self.spaces_total.unwrap_or(lot.spaces_total);
        lot.tariff = self.tariff.or(lot.tariff);
        lot.ids.extend(self.id.map(|id| (STANDARD.to_owned(), id)));
        lot.details.extend(self.details);
        lot
    }
}
