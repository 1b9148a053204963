//! Which provider a business is: by its credit code, or else by its name, or else by the address of a lot.
//!
//! A guess is no match: two providers that are found alike are none, and what scores less than [`SCORE_MIN`] is nothing.

use super::Listed;
use bowei_model::{Lot, ProviderCode, half_width};
use bowei_store::ProviderRow;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;

/// Below it nothing is a match.
const SCORE_MIN: f64 = 0.6;

/// The same credit code.
const BY_CREDIT_CODE: f64 = 1.0;
/// The same name, whatever its legal form.
const BY_NAME: f64 = 0.9;
/// The whole address is a lot's.
const BY_ADDRESS: f64 = 0.8;
/// The address has a lot's house number; what stands behind it differs.
const BY_HOUSE: f64 = 0.65;
/// The list does not say in which district: each of a city's may have a road of that name.
const NO_DISTRICT: f64 = -0.1;

/// Characters of a name and of an address that say something.
const NAME_MIN: usize = 2;
const ADDRESS_MIN: usize = 4;

/// Legal forms, the longest first.
const FORMS: [&str; 4] = ["股份有限公司", "有限责任公司", "有限公司", "公司"];

/// What a business was found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MatchedBy {
    /// A person has said so.
    Hand,
    /// 统一社会信用代码.
    CreditCode,
    /// Its name.
    Name,
    /// The address of one of its lots.
    Address,
}

/// A provider that a business is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Match {
    pub(crate) provider: ProviderCode,
    pub(crate) by: MatchedBy,
    /// 1: it is certain.
    pub(crate) score: f64,
}

/// A lot's address.
struct Place {
    provider: ProviderCode,
    district: String,
    whole: String,
}

/// The providers and lots of the registry, as businesses are looked for among them.
#[derive(Default)]
pub(crate) struct Matcher {
    /// Credit code and first report, by provider.
    providers: HashMap<ProviderCode, (Option<String>, Option<Timestamp>)>,
    by_credit_code: HashMap<String, ProviderCode>,
    by_name: HashMap<String, Vec<ProviderCode>>,
    by_house: HashMap<String, Vec<Place>>,
}

impl Matcher {
    pub(crate) fn new<'a>(
        providers: impl IntoIterator<Item = &'a ProviderRow>,
        lots: impl IntoIterator<Item = &'a Lot>,
    ) -> Self {
        let mut matcher = Self::default();
        // In the order of their codes, so that of two of one credit code it is always the same.
        let providers: BTreeMap<_, _> = providers.into_iter().map(|row| (&row.code, row)).collect();
        for (code, row) in providers {
            let credit_code = row.details.credit_code.clone();
            if let Some(credit_code) = &credit_code {
                matcher.by_credit_code.entry(credit_code.clone()).or_insert_with(|| code.clone());
            }
            let name = name_key(&row.name);
            if name.chars().count() >= NAME_MIN {
                matcher.by_name.entry(name).or_default().push(code.clone());
            }
            matcher.providers.insert(code.clone(), (credit_code, row.details.connected_at));
        }
        for lot in lots {
            let whole = address_key(&lot.address);
            if let Some(house) = house_of(&whole) {
                let (provider, district) = (lot.provider.clone(), lot.district.clone());
                matcher.by_house.entry(house.to_owned()).or_default().push(Place {
                    provider,
                    district,
                    whole,
                });
            }
        }
        matcher
    }

    /// The provider that a business is.
    pub(crate) fn find(&self, listed: &Listed) -> Option<Match> {
        let by_code = || {
            let provider = self.by_credit_code.get(listed.credit_code.as_ref()?)?.clone();
            Some(Match { provider, by: MatchedBy::CreditCode, score: BY_CREDIT_CODE })
        };
        let found = by_code().or_else(|| self.by_name(listed)).or_else(|| self.by_address(listed));
        found.filter(|found| found.score >= SCORE_MIN)
    }

    /// What a person has said stays so as long as there is such a provider; anything else is found anew.
    pub(crate) fn find_again(&self, listed: &Listed, known: Option<&Match>) -> Option<Match> {
        let by_hand = known.filter(|known| known.by == MatchedBy::Hand && self.knows(&known.provider));
        by_hand.cloned().or_else(|| self.find(listed))
    }

    /// Whether there is such a provider.
    pub(crate) fn knows(&self, provider: &ProviderCode) -> bool {
        self.providers.contains_key(provider)
    }

    /// Whether that provider has reported.
    pub(crate) fn is_connected(&self, provider: &ProviderCode) -> bool {
        self.providers.get(provider).is_some_and(|(_, connected_at)| connected_at.is_some())
    }

    fn by_name(&self, listed: &Listed) -> Option<Match> {
        let [provider] = self.by_name.get(&name_key(&listed.name))?.as_slice() else { return None };
        // Two codes are two businesses, though they be called the same.
        let theirs = self.providers.get(provider).and_then(|(code, _)| code.as_ref());
        if theirs.is_some() && listed.credit_code.is_some() && theirs != listed.credit_code.as_ref() {
            return None;
        }
        Some(Match { provider: provider.clone(), by: MatchedBy::Name, score: BY_NAME })
    }

    fn by_address(&self, listed: &Listed) -> Option<Match> {
        let whole = address_key(&listed.address);
        let places = self.by_house.get(house_of(&whole)?)?;
        let score = |place: &Place| {
            let score = if place.whole == whole { BY_ADDRESS } else { BY_HOUSE };
            match (listed.district.as_str(), place.district.as_str()) {
                ("", _) | (_, "") => Some(score + NO_DISTRICT),
                // A whole city's business may lie in any of its districts.
                (one, other) => {
                    let one = one.trim_end_matches("00");
                    other.starts_with(one).then_some(if one.len() == 6 { score } else { score + NO_DISTRICT })
                }
            }
        };
        let scored = places.iter().filter_map(|place| Some((score(place)?, &place.provider)));
        let scored: Vec<_> = scored.collect();
        let best = scored.iter().map(|(score, _)| *score).fold(0.0, f64::max);
        let providers: HashSet<_> =
            scored.into_iter().filter(|(score, _)| *score >= best).map(|(_, provider)| provider).collect();
        let mut providers = providers.into_iter();
        match (providers.next(), providers.next()) {
            (Some(provider), None) => {
                Some(Match { provider: provider.clone(), by: MatchedBy::Address, score: best })
            }
            _ => None,
        }
    }
}

/// A text as it is compared: full-width characters as half-width ones, small letters, without blanks, brackets and points.
fn plain(text: &str) -> String {
    let half = text.chars().map(half_width);
    half.filter(|c| c.is_alphanumeric() || matches!(c, '-' | '#')).flat_map(char::to_lowercase).collect()
}

/// A name without its legal form.
fn name_key(name: &str) -> String {
    let name = plain(name);
    let short = FORMS.iter().find_map(|form| name.strip_suffix(form));
    short.unwrap_or(&name).to_owned()
}

/// An address without province, city and district.
fn address_key(address: &str) -> String {
    let address = plain(address);
    let mut rest = address.as_str();
    for (ends, longest) in [("省", 3), ("市", 4), ("区县市", 5)] {
        let end = rest.char_indices().take(longest + 1).find(|(_, c)| ends.contains(*c));
        // 市民路 begins with no city.
        if let Some((at, c)) = end.filter(|(at, _)| *at > 0) {
            rest = rest.get(at + c.len_utf8()..).unwrap_or_default();
        }
    }
    rest.to_owned()
}

/// An address up to its house number; `None` where it has none.
fn house_of(address: &str) -> Option<&str> {
    let at = address.find('号')?;
    let house = address.get(..at)?;
    let says_something =
        house.chars().count() >= ADDRESS_MIN - 1 && house.ends_with(|c: char| c.is_ascii_digit());
    says_something.then_some(house)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_model::LotKind;
    use bowei_store::ProviderDetails;

    fn provider(code: &str, name: &str, credit_code: Option<&str>) -> ProviderRow {
        let details =
            ProviderDetails { credit_code: credit_code.map(str::to_owned), ..ProviderDetails::default() };
        ProviderRow { code: code.into(), name: name.to_owned(), contact: None, details }
    }

    fn lot(code: &str, provider: &str, district: &str, address: &str) -> Lot {
        let lot = Lot::new(code.into(), provider.into(), LotKind::OffStreet);
        Lot { district: district.to_owned(), address: address.to_owned(), ..lot }
    }

    fn matcher() -> Matcher {
        let providers = [
            provider("p-1", "湖州(吴兴)智慧停车有限公司", Some("91330100799655058B")),
            provider("p-2", "长兴停车场经营部", None),
            provider("p-3", "安吉泊车股份有限公司", None),
            provider("p-4", "安吉泊车有限公司", None),
        ];
        let lots = [
            lot("l-1", "p-1", "330502", "湖州市吴兴区人民路１号"),
            lot("l-2", "p-2", "330522", "长兴县解放西路 20 号地下停车场"),
            lot("l-3", "p-3", "330502", "南街7号东侧"),
            lot("l-4", "p-4", "330502", "南街7号西侧"),
        ];
        Matcher::new(&providers, &lots)
    }

    fn listed(code: Option<&str>, name: &str, district: &str, address: &str) -> Listed {
        Listed {
            credit_code: code.map(str::to_owned),
            name: name.to_owned(),
            address: address.to_owned(),
            district: district.to_owned(),
            registered_at: None,
        }
    }

    fn found(listed: &Listed) -> Option<(String, MatchedBy, f64)> {
        matcher().find(listed).map(|found| (found.provider.to_string(), found.by, found.score))
    }

    #[test]
    fn a_credit_code_is_certain_whatever_the_name() {
        let business = listed(Some("91330100799655058B"), "别的名字", "", "");
        assert_eq!(found(&business), Some(("p-1".into(), MatchedBy::CreditCode, 1.0)));
    }

    #[test]
    fn a_name_is_the_same_whatever_its_legal_form_brackets_and_width() {
        let same = ["湖州（吴兴）智慧停车有限责任公司", " 湖州吴兴智慧停车 股份有限公司", "湖州吴兴智慧停车"];
        for name in same {
            let business = listed(None, name, "", "");
            assert_eq!(found(&business), Some(("p-1".into(), MatchedBy::Name, BY_NAME)), "{name}");
        }
        // Another credit code is another business; and of two providers of one name it is neither.
        assert_eq!(found(&listed(Some("914403001922038216"), same[0], "", "")), None);
        assert_eq!(found(&listed(None, "安吉泊车有限责任公司", "", "")), None);
        assert_eq!(found(&listed(None, "公司", "", "")), None);
    }

    #[test]
    fn an_address_counts_by_its_house_and_district() {
        let at = |district, address| found(&listed(None, "某某", district, address));
        let by = |provider: &str, score: f64| Some((provider.to_owned(), MatchedBy::Address, score));
        assert_eq!(at("330502", "浙江省湖州市吴兴区人民路1号"), by("p-1", BY_ADDRESS));
        assert_eq!(at("330502", "人民路1号二楼"), by("p-1", BY_HOUSE));
        assert_eq!(at("330522", "解放西路20号"), by("p-2", BY_HOUSE));
        // A whole city's business: the same address is one, the same house is a guess.
        assert_eq!(at("330500", "人民路1号").map(|found| found.0), Some("p-1".to_owned()));
        assert_eq!(at("330500", "人民路1号二楼"), None);
        assert_eq!(at("", "人民路1号二楼"), None);
        // Another district, another number, two providers in one house, an address without a house.
        assert_eq!(at("330522", "人民路1号"), None);
        assert_eq!(at("330502", "人民路11号"), None);
        assert_eq!(at("330502", "南街7号"), None);
        assert_eq!(at("330502", "南街7号东侧"), by("p-3", BY_ADDRESS));
        assert_eq!(at("330502", "人民路"), None);
    }

    #[test]
    fn what_a_person_said_stays() {
        let by_hand = |provider: &str| Match { provider: provider.into(), by: MatchedBy::Hand, score: 1.0 };
        let business = listed(None, "湖州吴兴智慧停车", "", "");
        let again = |known: &Match| matcher().find_again(&business, Some(known)).unwrap().provider;
        assert_eq!(again(&by_hand("p-2")).as_str(), "p-2");
        assert_eq!(again(&by_hand("gone")).as_str(), "p-1");
    }
}
