use bowei_model::working_days::{Calendar, YearOfDays};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// `[connection]`: within what businesses have to be registered and connected.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionConfig {
    /// Days from the notice to the registration. Default 30 (湖州市管理办法 第九条).
    pub registration_days: u32,
    /// Days from the keys to the connection. Default 60 (第十条).
    pub integration_days: u32,
    /// Which days count. Default `calendar`.
    pub days: DayKind,
    /// Years of public holidays that this version does not know, or that were changed:
    /// `[connection.holidays.2027]` with `off` and `worked`, lists of dates.
    #[serde(deserialize_with = "read_years")]
    pub holidays: BTreeMap<i16, YearOfDays>,
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        Self {
            registration_days: 30,
            integration_days: 60,
            days: DayKind::default(),
            holidays: BTreeMap::new(),
        }
    }
}

/// Which days of a term count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayKind {
    /// All of them (自然日).
    #[default]
    Calendar,
    /// Those that are worked (工作日).
    Working,
}

impl ConnectionConfig {
    /// The working days as far as they are known.
    pub(crate) fn calendar(&self) -> Calendar {
        Calendar::default().with(self.holidays.clone())
    }
}

fn read_years<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<i16, YearOfDays>, D::Error> {
    let years: BTreeMap<String, YearOfDays> = BTreeMap::deserialize(from)?;
    let year = |text: String| {
        let words = format!("holidays are of {text:?}: a year is expected, such as 2027");
        text.parse().map_err(|_| serde::de::Error::custom(words))
    };
    years.into_iter().map(|(text, days)| Ok((year(text)?, days))).collect()
}
