//! The city: providers and their lots, made from a seed. The same seed is always the same city.
//!
//! Places that people of Huzhou know come from [`places`]; beyond those, [`grown`] makes more around the district
//! centres. How a standard names lots and accounts is in [`speaks`], one line a standard.

mod credentials;
mod grown;
mod places;
mod registry_file;
mod speaks;

pub(crate) use credentials::Account;
pub use credentials::{Accounts, CredentialsError};
pub use speaks::{HeartbeatOf, Speaks, speaks};

use crate::chance::{Chance, Purpose};
use bowei_model::{Datum, LotCode, LotKind, ProviderCode};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What city to plan.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// The seed of everything.
    pub seed: u64,
    /// How many lots, off-street and on-street together; about five in eight are off-street.
    pub lots: usize,
    /// The standard that the lots report under.
    pub standard: &'static str,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { seed: 20_260_401, lots: 48, standard: "huzhou" }
    }
}

/// What a place is, which says when cars come and how long they stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlaceKind {
    /// 医院.
    Hospital,
    /// 车站.
    Station,
    /// 商场.
    Mall,
    /// 学校.
    School,
    /// 老城, 街区.
    OldTown,
    /// 办公.
    Office,
    /// 住宅.
    Residential,
    /// 景区.
    Scenic,
    /// 集镇, 市场.
    Market,
}

/// A data provider (数据提供方).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityProvider {
    /// Its code in the registry.
    pub code: ProviderCode,
    /// Its name.
    pub name: String,
    /// By standard, the fields of its credential that are no secret.
    pub accounts: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
}

/// A lot of the city: what the registry knows of it and what only the lot itself knows.
#[derive(Clone, Debug, PartialEq)]
pub struct CityLot {
    /// Its number in the plan, from 1: part of its records' ids.
    pub ordinal: usize,
    /// The platform's code.
    pub code: LotCode,
    /// Who reports for it.
    pub provider: ProviderCode,
    /// Its name.
    pub name: String,
    /// Off-street or on-street.
    pub kind: LotKind,
    /// What is there.
    pub place: PlaceKind,
    /// GB/T 2260 code of the district.
    pub district: String,
    /// Street address.
    pub address: String,
    /// Degrees east, in [`CityLot::datum`].
    pub longitude: f64,
    /// Degrees north, in [`CityLot::datum`].
    pub latitude: f64,
    /// The datum of its position.
    pub datum: Datum,
    /// All spaces.
    pub spaces_total: u32,
    /// Spaces with a charger.
    pub charging_spaces: u32,
    /// The price in words.
    pub tariff: Option<String>,
    /// Off the street: the names of its gates in.
    pub entrances: Vec<String>,
    /// Off the street: the names of its gates out.
    pub exits: Vec<String>,
    /// On the street: its berths' codes, one a space.
    pub berths: Vec<String>,
    /// The standard that it reports under.
    pub standard: &'static str,
    /// What that standard calls it.
    pub lot_id: String,
}

/// A planned city.
#[derive(Clone, Debug, PartialEq)]
pub struct CityPlan {
    /// The seed that it came from.
    pub seed: u64,
    /// Its providers.
    pub providers: Vec<CityProvider>,
    /// Its lots, by ordinal.
    pub lots: Vec<Arc<CityLot>>,
}

/// Why there is no plan.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The city has no words for that standard.
    #[error("the city does not speak the standard {0:?}; it speaks {known}", known = speaks::known())]
    UnknownStandard(String),
    /// A city without lots.
    #[error("a city needs at least one lot")]
    NoLots,
}

/// The providers of a planned city: code, name.
const PROVIDERS: [(&str, &str); 4] = [
    ("hz-a", "苕溪停车管理"),
    ("hz-b", "南太湖智慧泊车"),
    ("hz-c", "浔溪停车服务"),
    ("hz-d", "莫干山停车运营"),
];

impl CityPlan {
    /// Plans a city.
    pub fn new(options: &PlanOptions) -> Result<Self, PlanError> {
        let speaks = speaks(options.standard)
            .ok_or_else(|| PlanError::UnknownStandard(options.standard.to_owned()))?;
        if options.lots == 0 {
            return Err(PlanError::NoLots);
        }
        let mut chance = Chance::new(options.seed, Purpose::Places);
        let sites = sites(options.lots, &mut chance);
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut lots = Vec::with_capacity(sites.len());
        for (i, site) in sites.into_iter().enumerate() {
            let number = numbers.entry(site.district).or_default();
            *number += 1;
            lots.push(Arc::new(site.into_lot(i + 1, *number, speaks, &mut chance)));
        }
        let providers = PROVIDERS
            .iter()
            .enumerate()
            .filter(|(_, (code, _))| lots.iter().any(|lot| lot.provider.as_str() == *code))
            .map(|(i, (code, name))| CityProvider::new(code, name, i + 1, speaks))
            .collect();
        Ok(Self { seed: options.seed, providers, lots })
    }

    /// All spaces of all lots.
    pub fn spaces_total(&self) -> u64 {
        self.lots.iter().map(|lot| u64::from(lot.spaces_total)).sum()
    }

    /// The registry file that makes the platform know this city. Secrets are left out, so that applying it makes
    /// and prints them.
    pub fn registry_file(&self) -> String {
        registry_file::write(self)
    }
}

impl CityProvider {
    /// A provider whose account is the `number`th of its standard.
    pub(crate) fn new(code: &str, name: &str, number: usize, speaks: &Speaks) -> Self {
        let account = (speaks.account)(number).into_iter().collect();
        Self {
            code: code.into(),
            name: name.to_owned(),
            accounts: BTreeMap::from([(speaks.standard, account)]),
        }
    }
}

impl fmt::Display for CityPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on_street = self.lots.iter().filter(|lot| lot.kind == LotKind::OnStreet).count();
        write!(
            f,
            "种子 {}：{} 个停车场、{on_street} 个路段，共 {} 个泊位，{} 家数据提供方",
            self.seed,
            self.lots.len() - on_street,
            self.spaces_total(),
            self.providers.len()
        )
    }
}

/// A place that becomes a lot, written down or grown.
#[derive(Clone, Debug)]
struct Site {
    name: String,
    kind: LotKind,
    place: PlaceKind,
    district: &'static str,
    address: String,
    longitude: f64,
    latitude: f64,
    spaces: u32,
    charging: u32,
}

/// The first places of the list in its proportion, and grown ones where the list ends.
fn sites(lots: usize, chance: &mut Chance) -> Vec<Site> {
    let off_street = lots - lots * 3 / 8;
    let mut sites: Vec<Site> = places::OFF_STREET.iter().take(off_street).map(places::Place::site).collect();
    grown::grow(&mut sites, LotKind::OffStreet, off_street, chance);
    let mut sections: Vec<Site> =
        places::ON_STREET.iter().take(lots - off_street).map(places::Place::site).collect();
    grown::grow(&mut sections, LotKind::OnStreet, lots - off_street, chance);
    sites.append(&mut sections);
    sites
}

impl Site {
    fn into_lot(self, ordinal: usize, number: usize, speaks: &Speaks, chance: &mut Chance) -> CityLot {
        let on_street = self.kind == LotKind::OnStreet;
        let (entrances, exits) =
            if on_street { (Vec::new(), Vec::new()) } else { gates(self.spaces, chance) };
        CityLot {
            ordinal,
            code: format!("{}-{number:03}", self.district).into(),
            provider: provider(self.district, on_street).into(),
            kind: self.kind,
            place: self.place,
            district: self.district.to_owned(),
            address: self.address,
            longitude: self.longitude,
            latitude: self.latitude,
            datum: Datum::Gcj02,
            spaces_total: self.spaces,
            charging_spaces: self.charging,
            tariff: Some(tariff(self.place, on_street).to_owned()),
            entrances,
            exits,
            berths: if on_street { berths(self.spaces) } else { Vec::new() },
            standard: speaks.standard,
            lot_id: (speaks.lot_id)(self.district, number),
            name: self.name,
        }
    }
}

/// Who runs what: one company for the streets of the two urban districts, three for lots by region.
fn provider(district: &str, on_street: bool) -> &'static str {
    match (district, on_street) {
        ("330502" | "330503", true) => "hz-b",
        ("330502", false) => "hz-a",
        ("330503", false) | ("330522", _) => "hz-c",
        _ => "hz-d",
    }
}

/// The gates of a lot by its size: a small one has a gate each way, a large one up to four.
fn gates(spaces: u32, chance: &mut Chance) -> (Vec<String>, Vec<String>) {
    const SIDES: [&str; 4] = ["东门", "南门", "西门", "北门"];
    let count = match spaces {
        0..=250 => 1,
        251..=600 => 2,
        601..=1_200 => 3,
        _ => 4,
    };
    let first = chance.below(SIDES.len());
    let sides: Vec<&str> = SIDES.iter().cycle().skip(first).take(count).copied().collect();
    let named = |way: &str| sides.iter().map(|side| format!("{side}{way}")).collect();
    (named("入口"), named("出口"))
}

fn berths(spaces: u32) -> Vec<String> {
    (1..=spaces).map(|number| format!("A{number:03}")).collect()
}

fn tariff(place: PlaceKind, on_street: bool) -> &'static str {
    match (place, on_street) {
        (PlaceKind::OldTown | PlaceKind::Mall, true) => {
            "一类区域：15 分钟内免费，首小时 4 元，之后每半小时 2 元，20:00 至次日 8:00 免费"
        }
        (_, true) => "二类区域：30 分钟内免费，首小时 3 元，之后每小时 2 元，20:00 至次日 8:00 免费",
        (PlaceKind::Hospital, false) => "30 分钟内免费，之后每小时 2 元，24 小时最高 15 元",
        (PlaceKind::Station, false) => "15 分钟内免费，首小时 5 元，之后每小时 3 元，24 小时最高 40 元",
        (PlaceKind::Mall, false) => "30 分钟内免费，首小时 5 元，之后每小时 2 元，24 小时最高 30 元",
        (PlaceKind::Scenic, false) => "10 元/次，新能源汽车首小时免费",
        (PlaceKind::Residential, false) => "30 分钟内免费，每小时 1 元，24 小时最高 8 元",
        (_, false) => "30 分钟内免费，首小时 3 元，之后每小时 2 元，24 小时最高 20 元",
    }
}

#[cfg(test)]
mod tests;
