//! What a lot says of itself: its base data, its gates, and that it closes. Of several words on the same thing the
//! one said last counts.

use crate::{LotCode, LotKind, Position};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// A lot's base data (停车场基础数据). What is `None` was not said, and stays as it is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LotProfile {
    /// The lot; for one that is not registered yet, the code that the platform gives it.
    pub lot: LotCode,
    /// What the standard calls it.
    pub lot_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Off-street or on-street.
    // Beside the report's own `kind`, by which it is told what it is.
    #[serde(rename = "lot_kind", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<LotKind>,
    /// GB/T 2260 code of its district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// Street address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<ExactPosition>,
    /// All its spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spaces_total: Option<u32>,
    /// Spaces with a charger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charging_spaces: Option<u32>,
    /// The price in the lot's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tariff: Option<String>,
    /// Whether it is in service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_service: Option<bool>,
    /// The standard's other items, by their names on the wire, each as JSON text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
}

/// A position that can be compared and ordered: two statements of it are the same to the bit or not at all.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExactPosition(pub Position);

impl PartialEq for ExactPosition {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ExactPosition {}

impl PartialOrd for ExactPosition {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ExactPosition {
    fn cmp(&self, other: &Self) -> Ordering {
        let longitudes = self.0.longitude.total_cmp(&other.0.longitude);
        longitudes.then(self.0.latitude.total_cmp(&other.0.latitude))
    }
}

impl Hash for ExactPosition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.longitude.to_bits(), self.0.latitude.to_bits()).hash(state);
    }
}

/// A lot is taken out of service; its records stay.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Closure {
    /// The lot.
    pub lot: LotCode,
}

/// A gate's base data (出入口数据).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gate {
    /// The lot.
    pub lot: LotCode,
    /// The gate's code, unique within the lot: passages name it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Which way it leads.
    #[serde(rename = "gate_kind")]
    pub kind: GateKind,
    /// Where it is.
    pub position: ExactPosition,
    /// Whether it can be used.
    pub status: GateStatus,
    /// The road that it opens on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub road: Option<String>,
}

/// Which way a gate leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateKind {
    /// 入口.
    Entry,
    /// 出口.
    Exit,
    /// 出入口.
    Both,
}

/// Whether a gate can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateStatus {
    /// 正常.
    Open,
    /// 拆除.
    Removed,
    /// 临时封闭.
    Closed,
}
