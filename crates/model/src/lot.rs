//! A car park or an on-street section: what the registry knows of it.

use crate::relief::rules::ReliefVersion;
use crate::{LotCode, Position, ProviderCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Off the street behind barriers, or berths along a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LotKind {
    /// 停车场.
    OffStreet,
    /// 路段, 道路停车泊位.
    OnStreet,
}

/// What sort of lot it is (停车场类型), or how its berths lie along the road (泊位类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LotCategory {
    /// 社会公共停车场.
    Public,
    /// 商业配建.
    Commercial,
    /// 住宅小区.
    Residential,
    /// 办公写字楼.
    Office,
    /// 交通枢纽.
    Transport,
    /// 医院.
    Hospital,
    /// 学校.
    School,
    /// 景区.
    Scenic,
    /// 平行式 berths.
    Parallel,
    /// 垂直式 berths.
    Perpendicular,
    /// 斜列式 berths.
    Angled,
    /// 其他.
    Other,
}

impl LotCategory {
    /// Whether a lot of that kind may be of it.
    pub fn is_of(self, kind: LotKind) -> bool {
        match self {
            Self::Other => true,
            Self::Parallel | Self::Perpendicular | Self::Angled => kind == LotKind::OnStreet,
            _ => kind == LotKind::OffStreet,
        }
    }
}

/// Which way a gate is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateDirection {
    /// 入口.
    In,
    /// 出口.
    Out,
    /// 出入口.
    Both,
}

/// A gate (通道) as the office knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotGate {
    /// What it is called.
    pub name: String,
    /// Which way it is passed.
    pub direction: GateDirection,
}

/// A field whose value is a person's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Who stands behind a lot's being there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// An operator has registered or approved it.
    #[default]
    Registered,
    /// It came into being by its own word, and is public on that alone.
    SelfDescribed,
    /// It came into being by its own word and waits for an operator: reports of it are kept, and it is neither public
    /// nor counted.
    Waiting,
    /// An operator has registered it, and it is being connected (试运行): reports of it are kept, and it is neither public
    /// nor counted.
    Trial,
}

impl Standing {
    /// Whether an operator has registered it, and it is in service.
    pub fn is_registered(&self) -> bool {
        *self == Self::Registered
    }

    /// Whether an operator stands behind it, be it for a trial.
    pub fn is_of_an_operator(&self) -> bool {
        matches!(self, Self::Registered | Self::Trial)
    }
}

/// A lot (停车场) or on-street section (路段).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lot {
    /// The platform's own code.
    pub code: LotCode,
    /// Who reports for it.
    pub provider: ProviderCode,
    /// Its name as the public knows it.
    pub name: String,
    /// Off-street or on-street.
    pub kind: LotKind,
    /// GB/T 2260 code of its district, such as `330502`.
    pub district: String,
    /// Street address.
    pub address: String,
    /// Where it is, in WGS 84; `None` where it has not said so yet.
    pub position: Option<Position>,
    /// All its spaces.
    pub spaces_total: u32,
    /// Spaces with a charger; 0 where there are none.
    pub charging_spaces: u32,
    /// Of these, accessible spaces (无障碍); 0 where there are none, or it is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub accessible_spaces: u32,
    /// The price in the lot's own words.
    pub tariff: Option<String>,
    /// What sort it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<LotCategory>,
    /// When it is open, in the lot's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// Its gates, as the office knows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<LotGate>,
    /// Who makes the software that reports for it (停车系统供应商), by the name that the office knows it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Pictures of its tariff board, by the ids of their files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tariff_pictures: Vec<String>,
    /// What each standard calls this lot: standard's name to the id in its messages.
    pub ids: BTreeMap<String, String>,
    /// Other providers that may speak of this lot, such as a charging operator. Empty: see the standard.
    pub parties: Vec<ProviderCode>,
    /// Providers that may report off-peak parking (错峰停车) at this lot, and nothing else of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off_peak_parties: Vec<ProviderCode>,
    /// What it takes off stays whose cars charge (充电减免), with since when: the oldest version first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charging_relief: Vec<ReliefVersion>,
    /// Taken out of service; its records stay.
    pub closed: bool,
    /// Who stands behind its being there.
    #[serde(default, skip_serializing_if = "Standing::is_registered")]
    pub standing: Standing,
    /// When the lot last described itself in a report; `None` where the registry alone describes it. An older word
    /// that comes later changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub described_at: Option<Timestamp>,
    /// What it said of itself beyond the fields above: the standard's items by their names on the wire, each as
    /// JSON text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// Fields that a person changed last, in the console or over the API: a registry file that says otherwise is not
    /// applied unnoticed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edited: BTreeMap<String, Edit>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Lot {
    /// A lot of which nothing else is known yet.
    pub fn new(code: LotCode, provider: ProviderCode, kind: LotKind) -> Self {
        Self {
            code,
            provider,
            name: String::new(),
            kind,
            district: String::new(),
            address: String::new(),
            position: None,
            spaces_total: 0,
            charging_spaces: 0,
            accessible_spaces: 0,
            tariff: None,
            category: None,
            hours: None,
            gates: Vec::new(),
            vendor: None,
            tariff_pictures: Vec::new(),
            ids: BTreeMap::new(),
            parties: Vec::new(),
            off_peak_parties: Vec::new(),
            charging_relief: Vec::new(),
            closed: false,
            standing: Standing::Registered,
            described_at: None,
            details: BTreeMap::new(),
            edited: BTreeMap::new(),
        }
    }

    /// Whether it is shown to the public and counted.
    pub fn is_live(&self) -> bool {
        matches!(self.standing, Standing::Registered | Standing::SelfDescribed)
    }
}
