//! Who speaks what: most lots the standard of Huzhou, whose map this is, some off-street ones those of Shenzhen,
//! Ningbo and ISP, each through companies of their own. A charging operator speaks beside them.
//!
//! On-street sections stay with Huzhou: its text alone has messages for berths.

use super::Site;
use crate::rng::Rng;
use bowei_model::LotKind;

/// A company: its code and its name.
pub(super) type Company = (&'static str, &'static str);

/// Those that run most of the city, by region.
const REGIONAL: [Company; 4] = [
    ("hz-a", "苕溪停车管理"),
    ("hz-b", "南太湖智慧泊车"),
    ("hz-c", "浔溪停车服务"),
    ("hz-d", "莫干山停车运营"),
];
const REGIONAL_STANDARD: &str = "huzhou";

/// Those that came with another standard, two each.
const FROM_ELSEWHERE: [(&str, [Company; 2]); 3] = [
    ("shenzhen", [("sz-a", "莲花山停车（湖州）"), ("sz-b", "梧桐智慧停车")]),
    ("ningbo", [("nb-a", "月湖停车服务"), ("nb-b", "三江停车运营")]),
    ("isp", [("isp-a", "历下云停车"), ("isp-b", "明湖停车管理")]),
];

/// The one whose chargers stand in everybody's lots.
pub(super) const OPERATOR: Company = ("ykc-a", "太湖充电运营");
pub(super) const OPERATOR_STANDARD: &str = "yunkuaichong";

/// A city of fewer lots speaks one standard: there are none to spare.
const MIXED_FROM: usize = 8;
/// One lot in so many speaks each of the other standards.
const ONE_IN: usize = 10;

/// A provider's account: company and standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Affiliation {
    pub(super) company: Company,
    pub(super) standard: &'static str,
}

/// Who speaks for each of the sites, in their order. `forced`: all of them under that standard.
pub(super) fn affiliations(sites: &[Site], forced: Option<&'static str>, rng: &mut Rng) -> Vec<Affiliation> {
    let standard = forced.unwrap_or(REGIONAL_STANDARD);
    let regional = |site: &Site| Affiliation {
        company: region(site.district, site.kind == LotKind::OnStreet),
        standard,
    };
    let mut affiliations: Vec<Affiliation> = sites.iter().map(regional).collect();
    if forced.is_some() || sites.len() < MIXED_FROM {
        return affiliations;
    }
    let mut left: Vec<usize> = sites
        .iter()
        .enumerate()
        .filter(|(_, site)| site.kind == LotKind::OffStreet)
        .map(|(i, _)| i)
        .collect();
    for (standard, companies) in FROM_ELSEWHERE {
        for company in companies.iter().cycle().take((sites.len() / ONE_IN).max(1)) {
            if left.is_empty() {
                return affiliations;
            }
            let i = left.swap_remove(rng.below(left.len()));
            if let Some(affiliation) = affiliations.get_mut(i) {
                *affiliation = Affiliation { company: *company, standard };
            }
        }
    }
    affiliations
}

/// Every account that speaks, each once, in the order of the lists above.
pub(super) fn accounts(affiliations: &[Affiliation]) -> impl Iterator<Item = Affiliation> {
    let elsewhere = FROM_ELSEWHERE.iter().flat_map(|(_, companies)| companies);
    let of = |company: &Company| {
        affiliations.iter().find(|affiliation| affiliation.company.0 == company.0).copied()
    };
    REGIONAL.iter().chain(elsewhere).filter_map(of)
}

/// Who runs what: one company for the streets of the two urban districts, three for lots by region.
fn region(district: &str, on_street: bool) -> Company {
    let [urban, streets, east, west] = REGIONAL;
    match (district, on_street) {
        ("330502" | "330503", true) => streets,
        ("330502", false) => urban,
        ("330503", false) | ("330522", _) => east,
        _ => west,
    }
}
