//! The rules that are in force: versions of the city's rule set.

use crate::accounts::Source;
pub use crate::office::settings::NotApplied;
use crate::office::settings::{self, Settings, SettingsBook, SettingsVersion};
use bowei_model::supervision::RuleSet;
use bowei_store::{Store, StoreError};
use jiff::Timestamp;

/// A version of the rule set.
pub type RuleVersion = SettingsVersion<RuleSet>;

/// The rules that are in force, as a node knows them.
pub(crate) type RuleBook = SettingsBook<RuleSet>;

impl Settings for RuleSet {
    const KIND: &'static str = "rule-set";
    const OBJECT: &'static str = "rules";
    const NAME: (&'static str, &'static str) = ("规则集", "rule set");
}

/// The rule set that a text says.
pub fn read(toml: &str) -> Result<RuleSet, NotApplied> {
    settings::read(toml)
}

/// The version that is in force.
pub async fn in_force(store: &dyn Store) -> Result<RuleVersion, StoreError> {
    settings::in_force(store).await
}

/// Puts a rule set in force, in the place of version `based_on` where that is said; the version that it is.
pub async fn apply(
    store: &dyn Store,
    toml: &str,
    note: (&str, Option<u32>),
    source: &Source,
    now: Timestamp,
) -> Result<RuleVersion, NotApplied> {
    settings::apply(store, toml, note, source, now).await
}
