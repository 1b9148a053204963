use bowei_model::district;
use serde::{Deserialize, Deserializer, Serialize};
use std::str::FromStr;

/// `[lots]`: lots that come into being by a message that describes them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LotsConfig {
    /// Whether such a lot waits for an operator. Default `approve`.
    pub self_described: SelfDescribedLots,
    /// How many lots a provider may have that describe themselves and that no operator stands behind; beyond it the
    /// message is refused in words. Default 1,000: the longest list of a message, so that a large provider can begin.
    pub self_described_max: usize,
    /// The district (GB/T 2260) of such a lot where nothing else tells it: the city's own code. Default 330500, 湖州市.
    #[serde(deserialize_with = "read_district")]
    pub district: String,
}

impl Default for LotsConfig {
    fn default() -> Self {
        Self {
            self_described: SelfDescribedLots::Approve,
            self_described_max: 1_000,
            district: "330500".to_owned(),
        }
    }
}

/// What becomes of a lot that describes itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelfDescribedLots {
    /// It waits: reports of it are kept, and it is neither public nor counted before an operator approves it.
    #[default]
    Approve,
    /// It is public and counted at once.
    AtOnce,
}

impl FromStr for SelfDescribedLots {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "approve" => Ok(Self::Approve),
            "at-once" => Ok(Self::AtOnce),
            _ => Err("approve or at-once is expected".to_owned()),
        }
    }
}

fn read_district<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let code = String::deserialize(from)?;
    if district::is_code(&code) {
        return Ok(code);
    }
    let words = format!("district is {code:?}: a GB/T 2260 code is expected, six digits such as \"330500\"");
    Err(serde::de::Error::custom(words))
}
