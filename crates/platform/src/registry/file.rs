//! The registry file: providers with their credentials, and lots, as an operator writes them.

use bowei_model::{Datum, Lot, LotCategory, LotGate, LotKind, Position, Standing, district};
use bowei_standards::platform_side::Fields;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};

/// A registry file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistryFile {
    /// `[[provider]]`.
    #[serde(default)]
    pub(crate) provider: Vec<ProviderEntry>,
    /// `[[lot]]`.
    #[serde(default)]
    pub(crate) lot: Vec<LotEntry>,
}

/// One `[[provider]]`, with a table for each standard that it reports under.
#[derive(Debug, Deserialize)]
pub(crate) struct ProviderEntry {
    /// Its code.
    pub(crate) code: String,
    /// Its name.
    pub(crate) name: String,
    /// Whom to call.
    pub(crate) contact: Option<String>,
    /// `[provider.huzhou]` and its siblings: fields given are taken, fields left out are generated.
    #[serde(flatten)]
    pub(crate) standards: BTreeMap<String, Fields>,
}

/// One `[[lot]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LotEntry {
    code: String,
    provider: String,
    name: String,
    kind: LotKind,
    district: String,
    #[serde(default)]
    address: String,
    longitude: f64,
    latitude: f64,
    #[serde(default)]
    datum: Datum,
    spaces_total: u32,
    #[serde(default)]
    charging_spaces: u32,
    #[serde(default)]
    accessible_spaces: u32,
    tariff: Option<String>,
    category: Option<LotCategory>,
    hours: Option<String>,
    vendor: Option<String>,
    #[serde(default)]
    gates: Vec<LotGate>,
    /// Connected for a trial: neither public nor counted.
    #[serde(default)]
    trial: bool,
    #[serde(default)]
    ids: BTreeMap<String, String>,
    #[serde(default)]
    parties: Vec<String>,
    #[serde(default)]
    off_peak_parties: Vec<String>,
    #[serde(default)]
    closed: bool,
}

/// What is wrong with a registry file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not of the form.
    #[error("the registry file does not fit: {0}")]
    Malformed(#[from] toml::de::Error),
    /// A provider or lot in it is wrong.
    #[error("{what}: {problem}")]
    Entry {
        /// Which one.
        what: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl RegistryFile {
    /// Reads a file's text.
    pub(crate) fn read(text: &str) -> Result<Self, FileError> {
        let file: Self = toml::from_str(text)?;
        let mut codes = HashSet::new();
        for provider in &file.provider {
            let what = || format!("provider {:?}", provider.code);
            code(&provider.code, what)?;
            if !codes.insert(("provider", provider.code.clone())) {
                return Err(entry(what(), "its code stands in the file twice"));
            }
            named(&provider.name, what)?;
            for standard in provider.standards.keys() {
                known_standard(standard, what)?;
            }
        }
        for lot in &file.lot {
            let what = || format!("lot {:?}", lot.code);
            code(&lot.code, what)?;
            if !codes.insert(("lot", lot.code.clone())) {
                return Err(entry(what(), "its code stands in the file twice"));
            }
            named(&lot.name, what)?;
            if !district::is_code(&lot.district) {
                let problem = format!(
                    "its district is {:?}: a GB/T 2260 code is expected, six digits such as \"330502\"",
                    lot.district
                );
                return Err(entry(what(), &problem));
            }
            if let Some(category) = lot.category.filter(|category| !category.is_of(lot.kind)) {
                let problem =
                    format!("its category {category:?} is none of its kind's: see docs/registry.md");
                return Err(entry(what(), &problem));
            }
            for (standard, id) in &lot.ids {
                known_standard(standard, what)?;
                if id.trim().is_empty() {
                    let problem =
                        format!("its id in the standard {standard} is empty: leave it out to have none");
                    return Err(entry(what(), &problem));
                }
            }
        }
        Ok(file)
    }
}

impl LotEntry {
    /// The lot, its position turned into WGS 84.
    pub(crate) fn into_lot(self) -> Result<Lot, FileError> {
        let position = Position::read(self.longitude, self.latitude, self.datum).ok_or_else(|| {
            let problem = format!(
                "longitude {} and latitude {} are no place on Earth: degrees east and north are expected",
                self.longitude, self.latitude
            );
            entry(format!("lot {:?}", self.code), &problem)
        })?;
        Ok(Lot {
            code: self.code.into(),
            provider: self.provider.into(),
            name: self.name,
            kind: self.kind,
            district: self.district,
            address: self.address,
            position: Some(position),
            spaces_total: self.spaces_total,
            charging_spaces: self.charging_spaces,
            accessible_spaces: self.accessible_spaces,
            tariff: self.tariff,
            category: self.category,
            hours: self.hours,
            gates: self.gates,
            vendor: self.vendor.map(|vendor| vendor.trim().to_owned()).filter(|vendor| !vendor.is_empty()),
            tariff_pictures: Vec::new(),
            ids: self.ids,
            parties: self.parties.into_iter().map(Into::into).collect(),
            off_peak_parties: self.off_peak_parties.into_iter().map(Into::into).collect(),
            charging_relief: Vec::new(),
            closed: self.closed,
            standing: if self.trial { Standing::Trial } else { Standing::Registered },
            described_at: None,
            details: BTreeMap::new(),
            edited: BTreeMap::new(),
        })
    }
}

/// What a code of a provider or a lot is, in words.
pub(crate) const CODE_FORM: &str =
    "编号为 1 至 64 个字母、数字、-、_ 或 . a code is 1 to 64 letters, digits, '-', '_' or '.'";

/// Whether a text is of that form.
pub(crate) fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.chars().count())
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn code(code: &str, what: impl Fn() -> String) -> Result<(), FileError> {
    if is_code(code) { Ok(()) } else { Err(entry(what(), CODE_FORM)) }
}

fn named(name: &str, what: impl Fn() -> String) -> Result<(), FileError> {
    if name.trim().is_empty() {
        return Err(entry(what(), "its name is empty: what people call it is expected"));
    }
    Ok(())
}

fn known_standard(name: &str, what: impl Fn() -> String) -> Result<(), FileError> {
    if bowei_standards::by_name(name).is_some() {
        return Ok(());
    }
    let known: Vec<_> = bowei_standards::all().iter().map(|standard| standard.card().name).collect();
    Err(entry(what(), &format!("this version knows no standard {name:?}; it knows {}", known.join(", "))))
}

fn entry(what: String, problem: &str) -> FileError {
    FileError::Entry { what, problem: problem.to_owned() }
}
