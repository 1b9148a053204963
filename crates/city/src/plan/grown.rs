//! More places than are written down: made from the seed around the centres of districts and their towns.

use super::{PlaceKind, Site};
use crate::rng::Rng;
use bowei_model::LotKind;
use std::collections::HashSet;

/// The middle of a town in GCJ-02, and how far it reaches, in degrees.
struct Town {
    district: &'static str,
    name: &'static str,
    longitude: f64,
    latitude: f64,
    reach: f64,
}

const fn town(
    district: &'static str,
    name: &'static str,
    (longitude, latitude): (f64, f64),
    reach: f64,
) -> Town {
    Town { district, name, longitude, latitude, reach }
}

#[rustfmt::skip]
static TOWNS: [Town; 20] = [
    town("330502", "爱山", (120.0975, 30.8672), 0.012),
    town("330502", "朝阳", (120.1085, 30.8705), 0.012),
    town("330502", "月河", (120.1062, 30.8618), 0.012),
    town("330502", "仁皇山", (120.0842, 30.8931), 0.015),
    town("330502", "滨湖", (120.1102, 30.9401), 0.012),
    town("330502", "织里", (120.2603, 30.8622), 0.016),
    town("330503", "南浔", (120.4187, 30.8721), 0.018),
    town("330503", "练市", (120.4352, 30.7071), 0.010),
    town("330503", "双林", (120.3217, 30.7809), 0.010),
    town("330503", "菱湖", (120.1745, 30.7206), 0.010),
    town("330521", "武康", (119.9712, 30.5421), 0.016),
    town("330521", "舞阳", (120.0102, 30.5503), 0.014),
    town("330521", "乾元", (120.0868, 30.5497), 0.010),
    town("330521", "新市", (120.2896, 30.6162), 0.010),
    town("330522", "雉城", (119.9087, 31.0162), 0.016),
    town("330522", "太湖街道", (119.9312, 31.0244), 0.014),
    town("330522", "泗安", (119.6513, 30.8937), 0.010),
    town("330523", "递铺", (119.6812, 30.6382), 0.016),
    town("330523", "昌硕", (119.6654, 30.6463), 0.012),
    town("330523", "孝丰", (119.5511, 30.6027), 0.010),
];

/// What a grown lot is, what it is called, and how many spaces it has, from and to.
type Sort = (PlaceKind, &'static str, u32, u32);

/// The sorts of lots and how often they are met.
#[rustfmt::skip]
static LOTS: [(f64, Sort); 12] = [
    (3.0, (PlaceKind::Residential, "人才公寓共享停车场", 120, 380)),
    (2.0, (PlaceKind::Residential, "安置小区停车场", 160, 420)),
    (2.0, (PlaceKind::Office, "商务楼停车库", 150, 500)),
    (1.5, (PlaceKind::Office, "政务服务中心停车场", 80, 260)),
    (2.0, (PlaceKind::Mall, "生活广场停车库", 180, 620)),
    (1.0, (PlaceKind::Hospital, "卫生院停车场", 60, 180)),
    (1.5, (PlaceKind::School, "中心小学周边停车场", 50, 140)),
    (1.5, (PlaceKind::Market, "农贸市场停车场", 80, 240)),
    (1.0, (PlaceKind::Scenic, "湿地公园停车场", 150, 600)),
    (1.0, (PlaceKind::Station, "客运站停车场", 100, 300)),
    (1.0, (PlaceKind::OldTown, "老街停车场", 60, 200)),
    (0.5, (PlaceKind::Mall, "影城停车库", 120, 360)),
];

#[rustfmt::skip]
static ROADS: [&str; 24] = [
    "解放路", "人民路", "建设路", "东街", "西街", "环城路", "凤凰路", "青铜路", "苕溪路", "湖东路", "新天地路",
    "振兴路", "文苑路", "中兴路", "东升路", "永安街", "体育场路", "观音桥路", "塔下街", "迎宾路", "滨河路",
    "学院路", "公园路", "工人路",
];

/// Adds places of that kind until there are `wanted`.
pub(super) fn grow(sites: &mut Vec<Site>, kind: LotKind, wanted: usize, rng: &mut Rng) {
    let mut names: HashSet<String> = sites.iter().map(|site| site.name.clone()).collect();
    while sites.len() < wanted {
        let Some(town) = rng.one_of(&TOWNS) else { return };
        let site = match kind {
            LotKind::OffStreet => lot(town, &mut names, rng),
            LotKind::OnStreet => section(town, &mut names, rng),
        };
        let Some(site) = site else { return };
        sites.push(site);
    }
}

fn lot(town: &Town, names: &mut HashSet<String>, rng: &mut Rng) -> Option<Site> {
    let (place, what, from, to) = *rng.weighted(&LOTS)?;
    let road = rng.one_of(&ROADS)?;
    let spaces = spaces(from, to, rng);
    let charging = (f64::from(spaces) * rng.between(0.03, 0.09)) as u32;
    let address = format!("{}{road}{}号", town.name, 1 + rng.below(600));
    Some(
        site(town, LotKind::OffStreet, place, unused(format!("{}{what}", town.name), names), address, rng)
            .with(spaces, charging),
    )
}

fn section(town: &Town, names: &mut HashSet<String>, rng: &mut Rng) -> Option<Site> {
    const PLACES: [(f64, PlaceKind); 6] = [
        (3.0, PlaceKind::OldTown),
        (2.0, PlaceKind::Residential),
        (2.0, PlaceKind::Office),
        (1.5, PlaceKind::Market),
        (1.0, PlaceKind::School),
        (1.0, PlaceKind::Mall),
    ];
    let place = *rng.weighted(&PLACES)?;
    let road = rng.one_of(&ROADS)?;
    let name = unused(format!("{}{road}", town.name), names);
    let address = format!("{}{road}", town.name);
    let spaces = spaces(16, 70, rng);
    Some(site(town, LotKind::OnStreet, place, name, address, rng).with(spaces, 0))
}

fn spaces(from: u32, to: u32, rng: &mut Rng) -> u32 {
    rng.between(f64::from(from), f64::from(to)) as u32
}

/// The name itself, or with a number behind it where it is taken.
fn unused(name: String, names: &mut HashSet<String>) -> String {
    let mut candidate = name.clone();
    let mut number = 2;
    while !names.insert(candidate.clone()) {
        candidate = format!("{name}（{number}号）");
        number += 1;
    }
    candidate
}

fn site(town: &Town, kind: LotKind, place: PlaceKind, name: String, address: String, rng: &mut Rng) -> Site {
    let mut near = |middle: f64| {
        // Six decimals are a decimetre.
        let degrees = middle + rng.between(-town.reach, town.reach);
        (degrees * 1e6).round() / 1e6
    };
    let (longitude, latitude) = (near(town.longitude), near(town.latitude));
    Site { name, kind, place, district: town.district, address, longitude, latitude, spaces: 0, charging: 0 }
}

impl Site {
    fn with(self, spaces: u32, charging: u32) -> Self {
        Self { spaces, charging, ..self }
    }
}
