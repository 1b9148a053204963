//! The city: providers and their lots, made from a seed. The same seed is always the same city.
//!
//! Places that people of Huzhou know come from [`places`]; beyond those, [`grown`] makes more around the district
//! centres. How a standard names lots and accounts is in [`speaks`], one entry a standard; who speaks which is in
//! [`mix`].

mod credentials;
mod fee;
mod gateways;
mod grown;
pub(crate) mod lot;
mod mix;
mod places;
mod profiles;
mod registry_file;

pub(crate) use credentials::Account;
pub use credentials::{Accounts, CredentialsError};
pub use fee::Fee;
pub use lot::{CityGate, CityLot, Operator};
pub(crate) use profiles::RESERVABLE_SPACES;
pub use profiles::{CountsGo, Describes, Detail, HeartbeatOf, Records, StandardProfile, speaks, spoken};

use crate::rng::{Purpose, Rng};
use bowei_model::{LotKind, ProviderCode};
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
    /// The standard that all lots report under; `None`: the mix, and a charging operator beside it.
    pub standard: Option<&'static str>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { seed: 20_260_401, lots: 48, standard: None }
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

/// A data provider (接入单位).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityProvider {
    /// Its code in the registry.
    pub code: ProviderCode,
    /// Its name.
    pub name: String,
    /// By standard, the fields of its credential that are no secret.
    pub accounts: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
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
    #[error("the city does not speak the standard {0:?}; it speaks {known}", known = profiles::known())]
    UnknownStandard(String),
    /// A standard whose lots cannot say who comes and goes.
    #[error("the standard {0:?} says nothing of passages, so that no city can speak it alone; a replay can")]
    NoPassages(String),
    /// A city without lots.
    #[error("a city needs at least one lot")]
    NoLots,
}

impl CityPlan {
    /// Plans a city.
    pub fn new(options: &PlanOptions) -> Result<Self, PlanError> {
        if let Some(name) = options.standard {
            let unknown = || PlanError::UnknownStandard(name.to_owned());
            if speaks(name).ok_or_else(unknown)?.records == Records::ChargesOnly {
                return Err(PlanError::NoPassages(name.to_owned()));
            }
        }
        if options.lots == 0 {
            return Err(PlanError::NoLots);
        }
        let mut rng = Rng::new(options.seed, Purpose::Places);
        let sites = sites(options.lots, &mut rng);
        let affiliations =
            mix::affiliations(&sites, options.standard, &mut Rng::new(options.seed, Purpose::Standards));
        let operated = options.standard.is_none();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut lots = Vec::with_capacity(sites.len());
        for (i, (site, affiliation)) in sites.into_iter().zip(&affiliations).enumerate() {
            let number = numbers.entry(site.district).or_default();
            *number += 1;
            lots.push(Arc::new(site.into_lot(i + 1, *number, *affiliation, operated, &mut rng)));
        }
        let mut providers: Vec<CityProvider> = mix::accounts(&affiliations)
            .enumerate()
            .map(|(i, affiliation)| CityProvider::new(affiliation.company, i + 1, affiliation.standard))
            .collect();
        if lots.iter().any(|lot| lot.operator.is_some()) {
            providers.push(CityProvider::new(mix::OPERATOR, providers.len() + 1, mix::OPERATOR_STANDARD));
        }
        Ok(Self { seed: options.seed, providers, lots })
    }

    /// The same city with lots of another size, in percent. Fewer spaces are fewer cars: a week of the
    /// whole city is more than a small machine takes in within a minute.
    pub fn resized(mut self, percent: u32) -> Self {
        for lot in &mut self.lots {
            Arc::make_mut(lot).resize(percent);
        }
        self
    }

    /// All spaces of all lots.
    pub fn spaces_total(&self) -> u64 {
        self.lots.iter().map(|lot| u64::from(lot.spaces_total)).sum()
    }

    /// How many lots speak each standard, in the standards' order; of a standard of charges, how many it may name.
    pub fn mix(&self) -> Vec<(&'static str, usize)> {
        let lots =
            |name| self.lots.iter().filter(|lot| lot.ids().any(|(standard, _)| standard == name)).count();
        spoken().map(|name| (name, lots(name))).filter(|(_, lots)| *lots > 0).collect()
    }

    /// The registry file that makes the platform know this city. Secrets are left out, so that applying it makes
    /// and prints them.
    pub fn registry_file(&self) -> String {
        registry_file::write(self)
    }
}

impl CityProvider {
    /// A provider whose account is the `number`th of its standard.
    pub(crate) fn new((code, name): (&str, &str), number: usize, standard: &'static str) -> Self {
        let account = speaks(standard).map(|speaks| (speaks.account)(number).into_iter().collect());
        Self {
            code: code.into(),
            name: name.to_owned(),
            accounts: account.map(|account| (standard, account)).into_iter().collect(),
        }
    }
}

impl fmt::Display for CityPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on_street = self.lots.iter().filter(|lot| lot.kind == LotKind::OnStreet).count();
        write!(
            f,
            "种子 {}：{} 个停车场、{on_street} 个路段，共 {} 个泊位，{} 家接入单位（",
            self.seed,
            self.lots.len() - on_street,
            self.spaces_total(),
            self.providers.len()
        )?;
        for (i, (standard, lots)) in self.mix().into_iter().enumerate() {
            write!(f, "{}{standard} {lots} 处", if i > 0 { "、" } else { "" })?;
        }
        f.write_str("）")
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
fn sites(lots: usize, rng: &mut Rng) -> Vec<Site> {
    let off_street = lots - lots * 3 / 8;
    let mut sites: Vec<Site> = places::OFF_STREET.iter().take(off_street).map(places::Place::site).collect();
    grown::grow(&mut sites, LotKind::OffStreet, off_street, rng);
    let mut sections: Vec<Site> =
        places::ON_STREET.iter().take(lots - off_street).map(places::Place::site).collect();
    grown::grow(&mut sections, LotKind::OnStreet, lots - off_street, rng);
    sites.append(&mut sections);
    sites
}

#[cfg(test)]
mod tests;
