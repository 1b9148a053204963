//! The rules that are in force: versions of the city's rule set, who put which in force, and when.

use crate::accounts::{Source, entry};
use crate::office::{self, Document, Kept};
use arc_swap::ArcSwap;
use bowei_model::supervision::RuleSet;
use bowei_store::{OfficeQuery, Store, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How often a node looks whether another has put a version in force.
pub(crate) const FOLLOWED_EVERY: Duration = Duration::from_secs(2);

/// Bytes of a rule set: every threshold of every rule with words beside it has a tenth of it.
pub const RULES_MAX_BYTES: usize = 128 * 1024;

/// A version of the rule set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleVersion {
    /// From 1; 0 is the default that comes along.
    pub version: u32,
    /// As it was given, TOML: what is not in it is the default.
    pub toml: String,
    /// Who put it in force.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub note: String,
}

impl Document for RuleVersion {
    const KIND: &'static str = "rule-set";

    fn state(&self) -> String {
        "kept".to_owned()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

/// Why a rule set is not put in force.
#[derive(Debug, thiserror::Error)]
pub enum NotApplied {
    /// It cannot be read, or a setting does not fit.
    #[error("规则集无法读取 the rule set cannot be read: {0}")]
    Unfit(String),
    /// Another version was put in force meanwhile.
    #[error(
        "规则集已被他人更改为第 {found} 版，请先查看 version {found} was put in force meanwhile: look at it first"
    )]
    Outdated {
        /// The version that is in force.
        found: u32,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A version with what it says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InForce {
    pub(crate) version: RuleVersion,
    pub(crate) rules: Arc<RuleSet>,
}

/// The rule set that a text says.
pub fn read(toml: &str) -> Result<RuleSet, NotApplied> {
    if toml.len() > RULES_MAX_BYTES {
        return Err(NotApplied::Unfit(format!("{} bytes, and {RULES_MAX_BYTES} are the most", toml.len())));
    }
    toml::from_str(toml).map_err(|error| NotApplied::Unfit(error.to_string()))
}

/// The version that is in force.
pub async fn in_force(store: &dyn Store) -> Result<RuleVersion, StoreError> {
    let newest = OfficeQuery { limit: 1, ..OfficeQuery::default() };
    let found = office::list::<RuleVersion>(store, newest).await?.items.into_iter().next();
    Ok(found.map_or_else(default, |kept| kept.document))
}

fn default() -> RuleVersion {
    RuleVersion {
        version: 0,
        toml: String::new(),
        by: String::new(),
        at: Timestamp::UNIX_EPOCH,
        note: String::new(),
    }
}

/// Puts a rule set in force, in the place of version `based_on` where that is said; the version that it is.
pub async fn apply(
    store: &dyn Store,
    toml: &str,
    (note, based_on): (&str, Option<u32>),
    source: &Source,
    now: Timestamp,
) -> Result<RuleVersion, NotApplied> {
    read(toml)?;
    let before = in_force(store).await?;
    if based_on.is_some_and(|version| version != before.version) {
        return Err(NotApplied::Outdated { found: before.version });
    }
    let version = RuleVersion {
        version: before.version + 1,
        toml: toml.to_owned(),
        by: source.user.clone(),
        // Versions are ordered by their moments: clocks of nodes may differ.
        at: now.max(before.at),
        note: note.to_owned(),
    };
    let kept = Kept::new(format!("{:06}", version.version), version.clone());
    let said = |version: &RuleVersion| json!({"version": version.version, "note": version.note});
    let object = format!("rules:{}", version.version);
    let audited = entry(source, now, ("rules.apply", object), (Some(said(&before)), Some(said(&version))));
    match store.administer(vec![kept.change()?], vec![audited]).await {
        // Somebody has put the same number in force at the same moment.
        Err(StoreError::Conflict(_)) => Err(NotApplied::Outdated { found: version.version }),
        done => done.map(|()| version).map_err(NotApplied::Store),
    }
}

/// The rules that are in force, as a node knows them.
pub(crate) struct RuleBook {
    store: Arc<dyn Store>,
    current: ArcSwap<InForce>,
}

impl RuleBook {
    /// With what the store has; a version that this program cannot read stops it from starting.
    pub(crate) async fn open(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let current = ArcSwap::from_pointee(kept(in_force(store.as_ref()).await?)?);
        Ok(Self { store, current })
    }

    /// The rules that are in force.
    pub(crate) fn rules(&self) -> Arc<RuleSet> {
        Arc::clone(&self.current.load().rules)
    }

    /// The version that is in force.
    pub(crate) fn current(&self) -> Arc<InForce> {
        self.current.load_full()
    }

    /// Looks whether another version was put in force.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let found = in_force(self.store.as_ref()).await?;
        if found.version != self.current.load().version.version {
            tracing::info!(version = found.version, by = found.by, "another rule set is in force");
            self.current.store(Arc::new(kept(found)?));
        }
        Ok(())
    }
}

fn kept(version: RuleVersion) -> Result<InForce, StoreError> {
    let rules = read(&version.toml).map_err(|error| {
        StoreError::Unreadable(format!("version {} of the rules: {error}", version.version))
    })?;
    Ok(InForce { version, rules: Arc::new(rules) })
}
