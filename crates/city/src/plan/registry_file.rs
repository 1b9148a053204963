//! The city as a registry file, in the form that `bowei registry apply` takes.

use super::{CityLot, CityPlan};
use bowei_model::{Datum, LotCategory, LotKind};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct RegistryFile<'a> {
    provider: Vec<Provider<'a>>,
    lot: Vec<Lot<'a>>,
}

#[derive(Serialize)]
struct Provider<'a> {
    code: &'a str,
    name: &'a str,
    #[serde(flatten)]
    standards: &'a BTreeMap<&'static str, BTreeMap<&'static str, String>>,
}

#[derive(Serialize)]
struct Lot<'a> {
    code: &'a str,
    provider: &'a str,
    name: &'a str,
    kind: LotKind,
    category: LotCategory,
    district: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address: &'a str,
    longitude: f64,
    latitude: f64,
    datum: Datum,
    spaces_total: u32,
    #[serde(skip_serializing_if = "is_none")]
    charging_spaces: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tariff: Option<&'a str>,
    vendor: &'a str,
    ids: BTreeMap<&'a str, &'a str>,
}

// serde hands the field over by reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_none(spaces: &u32) -> bool {
    *spaces == 0
}

impl<'a> Lot<'a> {
    fn of(lot: &'a CityLot) -> Self {
        Self {
            code: lot.code.as_str(),
            provider: lot.provider.as_str(),
            name: &lot.name,
            kind: lot.kind,
            category: lot.category(),
            district: &lot.district,
            address: &lot.address,
            longitude: lot.longitude,
            latitude: lot.latitude,
            datum: lot.datum,
            spaces_total: lot.spaces_total,
            charging_spaces: lot.charging_spaces,
            tariff: lot.tariff.as_deref(),
            vendor: lot.vendor(),
            ids: lot.ids().collect(),
        }
    }
}

/// The file's text.
pub(super) fn write(plan: &CityPlan) -> String {
    let file = RegistryFile {
        provider: plan
            .providers
            .iter()
            .map(|provider| Provider {
                code: provider.code.as_str(),
                name: &provider.name,
                standards: &provider.accounts,
            })
            .collect(),
        lot: plan.lots.iter().map(|lot| Lot::of(lot)).collect(),
    };
    // Texts, numbers and tables always have a form in TOML.
    let entries = toml::to_string(&file).unwrap_or_default();
    format!("# {plan}\n# 密钥未写在此处：应用本文件时由平台生成，并打印一次。\n\n{entries}")
}
