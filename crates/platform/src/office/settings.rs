//! Settings of the city in versions: which one is in force, who put it there, when and why. Each kind of settings is a TOML
//! text of its own, and what is not in it is the default.

use super::{Document, Kept};
use crate::accounts::{Source, entry};
use arc_swap::ArcSwap;
use bowei_store::{OfficeQuery, Store, StoreError};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// How often a node looks whether another has put a version in force.
pub(crate) const FOLLOWED_EVERY: Duration = Duration::from_secs(2);

/// Bytes of a version: every setting with words beside it has a tenth of it.
pub(crate) const SETTINGS_MAX_BYTES: usize = 128 * 1024;

/// Settings of one kind.
pub(crate) trait Settings: DeserializeOwned + Send + Sync + 'static {
    /// What a version is called in the store.
    const KIND: &'static str;
    /// What it is called in the audit: `rules` is put in force by `rules.apply`.
    const OBJECT: &'static str;
    /// In words, Chinese and English.
    const NAME: (&'static str, &'static str);

    /// Why the values do not go together, where they do not.
    fn contradiction(&self) -> Option<String> {
        None
    }
}

/// A version of settings.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct SettingsVersion<S> {
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
    #[serde(skip)]
    kind: PhantomData<fn() -> S>,
}

// Derived ones would ask the settings for what a marker does not need.
impl<S> Clone for SettingsVersion<S> {
    fn clone(&self) -> Self {
        let Self { version, at, kind, .. } = *self;
        Self { version, toml: self.toml.clone(), by: self.by.clone(), at, note: self.note.clone(), kind }
    }
}

impl<S> PartialEq for SettingsVersion<S> {
    fn eq(&self, other: &Self) -> bool {
        (self.version, &self.toml, &self.by, self.at, &self.note)
            == (other.version, &other.toml, &other.by, other.at, &other.note)
    }
}

impl<S: Settings> Document for SettingsVersion<S> {
    const KIND: &'static str = S::KIND;

    fn state(&self) -> String {
        "kept".to_owned()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

/// Why settings are not put in force.
#[derive(Debug, thiserror::Error)]
pub enum NotApplied {
    /// They cannot be read, or one does not fit.
    #[error("{}无法读取 the {} cannot be read: {why}", .name.0, .name.1)]
    Unfit {
        /// Which settings.
        name: (&'static str, &'static str),
        /// Why.
        why: String,
    },
    /// Another version was put in force meanwhile.
    #[error(
        "{}已被他人更改为第 {found} 版，请先查看 version {found} was put in force meanwhile: look at it first", .name.0
    )]
    Outdated {
        /// Which settings.
        name: (&'static str, &'static str),
        /// The version that is in force.
        found: u32,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A version with what it says.
#[derive(Debug)]
pub(crate) struct InForce<S> {
    pub(crate) version: SettingsVersion<S>,
    pub(crate) settings: Arc<S>,
}

/// The settings that a text says.
pub(crate) fn read<S: Settings>(toml: &str) -> Result<S, NotApplied> {
    let unfit = |why| NotApplied::Unfit { name: S::NAME, why };
    if toml.len() > SETTINGS_MAX_BYTES {
        return Err(unfit(format!("{} bytes, and {SETTINGS_MAX_BYTES} are the most", toml.len())));
    }
    let settings: S = toml::from_str(toml).map_err(|error| unfit(error.to_string()))?;
    settings.contradiction().map_or(Ok(settings), |why| Err(unfit(why)))
}

/// The version that is in force.
pub(crate) async fn in_force<S: Settings>(store: &dyn Store) -> Result<SettingsVersion<S>, StoreError> {
    let newest = OfficeQuery { limit: 1, ..OfficeQuery::default() };
    let found = super::list::<SettingsVersion<S>>(store, newest).await?.items.into_iter().next();
    Ok(found.map_or_else(default, |kept| kept.document))
}

fn default<S>() -> SettingsVersion<S> {
    let nothing = String::new;
    let at = Timestamp::UNIX_EPOCH;
    SettingsVersion { version: 0, toml: nothing(), by: nothing(), at, note: nothing(), kind: PhantomData }
}

/// Puts settings in force, in the place of version `based_on` where that is said; the version that they are.
pub(crate) async fn apply<S: Settings>(
    store: &dyn Store,
    toml: &str,
    (note, based_on): (&str, Option<u32>),
    source: &Source,
    now: Timestamp,
) -> Result<SettingsVersion<S>, NotApplied> {
    read::<S>(toml)?;
    let outdated = |found| NotApplied::Outdated { name: S::NAME, found };
    let before = in_force::<S>(store).await?;
    if based_on.is_some_and(|version| version != before.version) {
        return Err(outdated(before.version));
    }
    let version = SettingsVersion {
        version: before.version + 1,
        toml: toml.to_owned(),
        by: source.user.clone(),
        // Versions are ordered by their moments: clocks of nodes may differ.
        at: now.max(before.at),
        note: note.to_owned(),
        kind: PhantomData,
    };
    let kept = Kept::new(format!("{:06}", version.version), version.clone());
    let summary = |version: &SettingsVersion<S>| json!({"version": version.version, "note": version.note});
    let (action, object) = (format!("{}.apply", S::OBJECT), format!("{}:{}", S::OBJECT, version.version));
    let audited = entry(source, now, (&action, object), (Some(summary(&before)), Some(summary(&version))));
    match store.administer(vec![kept.change()?], vec![audited]).await {
        // Somebody has put the same number in force at the same moment.
        Err(StoreError::Conflict(_)) => Err(outdated(version.version)),
        done => done.map(|()| version).map_err(NotApplied::Store),
    }
}

/// The settings that are in force, as a node knows them.
pub(crate) struct SettingsBook<S> {
    store: Arc<dyn Store>,
    current: ArcSwap<InForce<S>>,
}

impl<S: Settings> SettingsBook<S> {
    /// With what the store has; a version that this program cannot read stops it from starting.
    pub(crate) async fn open(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let current = ArcSwap::from_pointee(kept(in_force(store.as_ref()).await?)?);
        Ok(Self { store, current })
    }

    /// The settings that are in force.
    pub(crate) fn settings(&self) -> Arc<S> {
        Arc::clone(&self.current.load().settings)
    }

    /// The version that is in force.
    pub(crate) fn current(&self) -> Arc<InForce<S>> {
        self.current.load_full()
    }

    /// Looks whether another version was put in force.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let found = in_force::<S>(self.store.as_ref()).await?;
        if found.version != self.current.load().version.version {
            let (what, version) = (S::OBJECT, found.version);
            tracing::info!(what, version, by = found.by, "other settings are in force");
            self.current.store(Arc::new(kept(found)?));
        }
        Ok(())
    }
}

fn kept<S: Settings>(version: SettingsVersion<S>) -> Result<InForce<S>, StoreError> {
    let settings = read(&version.toml).map_err(|error| {
        StoreError::Unreadable(format!("version {} of {}: {error}", version.version, S::OBJECT))
    })?;
    Ok(InForce { version, settings: Arc::new(settings) })
}
