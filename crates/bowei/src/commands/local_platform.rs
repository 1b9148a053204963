//! The ground that a simulated city stands on: a platform, the city's registration there, and a token to look at
//! it with.

use super::stores::Secrets;
use super::user::keep as keep_user;
use super::{Failure, operator};
use async_trait::async_trait;
use bowei_city::{Accounts, CityPlan};
use bowei_platform::accounts::user::{self, NewUser};
use bowei_platform::accounts::{Role, token};
use bowei_platform::config::SelfDescribedLots;
use bowei_platform::registry::apply::{HandedOut, OVERLAP, apply};
use bowei_platform::registry::seal::MasterKey;
use bowei_platform::{Clock, Config, Platform, Running, ScopedClock, SystemClock, open_embedded};
use bowei_store::photos::NewPicture;
use bowei_store::{PhotoStore, RegistryChange, Store, StoreError};
use bytes::Bytes;
use jiff::Timestamp;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// Where a city's credentials are kept beside the data that it was registered in: they are handed out once, and
/// the city may be driven again.
const CREDENTIALS: &str = "city-credentials.json";

/// Starts a platform in this process, on any free port, with the database and the key that are named.
pub(super) async fn platform(data: &Path, named: &Secrets) -> Result<Running, Failure> {
    let mut config = config(data, SocketAddr::from(([127, 0, 0, 1], 0)))?;
    config.store.database = named.records.database.clone().or(config.store.database);
    config.server.master_key_file = named.master_key_file.clone().or(config.server.master_key_file);
    Ok(Platform::open(config, Arc::new(ScopedClock)).await?.start().await?)
}

/// The same before it listens. Its clock can be told another moment, see [`bowei_platform::clock::at`].
pub(super) async fn open(data: &Path, listen: SocketAddr) -> Result<Platform, Failure> {
    Ok(Platform::open(config(data, listen)?, Arc::new(ScopedClock)).await?)
}

/// The same in a folder of its own, without the bytes of its pictures: nobody looks at them.
pub(super) async fn open_without_pictures(data: &Path) -> Result<Platform, Failure> {
    let config = config(data, SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let (store, _) = open_embedded(data)?;
    let key = MasterKey::load(None, data)?;
    Ok(Platform::new(config, store, Arc::new(NoPictures), key, Arc::new(ScopedClock)).await?)
}

/// The same whose clock is the caller's, and whose public API one machine may ask for a whole city's drivers.
pub(super) async fn open_turned(data: &Path, clock: Arc<dyn Clock>) -> Result<Platform, Failure> {
    let mut config = config(data, SocketAddr::from(([127, 0, 0, 1], 0)))?;
    config.limits.public_requests_per_second = 100_000;
    config.limits.public_burst = 100_000;
    let (store, _) = open_embedded(data)?;
    let key = MasterKey::load(None, data)?;
    Ok(Platform::new(config, store, Arc::new(NoPictures), key, clock).await?)
}

/// Keeps no picture.
struct NoPictures;

#[async_trait]
impl PhotoStore for NoPictures {
    async fn put(&self, _day: u32, _pictures: Vec<NewPicture>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn get(&self, _day: u32, _sha256: &str) -> Result<Option<Bytes>, StoreError> {
        Ok(None)
    }

    async fn days(&self) -> Result<Vec<u32>, StoreError> {
        Ok(Vec::new())
    }

    async fn digests(&self, _: u32, _: Option<String>, _: usize) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    async fn delete(&self, _day: u32, _sha256: Vec<String>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn delete_day(&self, _day: u32) -> Result<(), StoreError> {
        Ok(())
    }
}

fn config(data: &Path, listen: SocketAddr) -> Result<Config, Failure> {
    let mut config = Config::load(None)?;
    config.server.listen = listen;
    config.server.data = data.to_owned();
    // Nobody is there to approve what a simulated lot says of itself.
    config.lots.self_described = SelfDescribedLots::AtOnce;
    // A city on the same machine sends for all its providers from one place.
    config.limits.account_requests_per_second = 100_000;
    config.limits.account_burst = 100_000;
    config.limits.daily_quota_factor = 0;
    // The first look is one click.
    config.accounts.second_factor = false;
    Ok(config)
}

/// A city that is registered.
pub(super) struct Registered {
    /// What its lots speak with.
    pub(super) accounts: Accounts,
    /// The same as it was handed out.
    pub(super) handed_out: HandedOut,
    /// An operator's token.
    pub(super) token: String,
}

/// Registers a city in a store that is there, on which a platform may be running, with the key that is the store's.
pub(super) async fn register(plan: &CityPlan, named: &Secrets) -> Result<Registered, Failure> {
    let (store, key) = named.open().await?;
    register_in(store.as_ref(), &key, plan, named.records.folder(), SystemClock.now()).await
}

/// The same, in a store that is open already, as of `now`.
pub(super) async fn register_in(
    store: &dyn Store,
    key: &MasterKey,
    plan: &CityPlan,
    data: &Path,
    now: Timestamp,
) -> Result<Registered, Failure> {
    let handed_out = apply(store, key, &plan.registry_file(), OVERLAP, now, &operator()).await?;
    let (accounts, handed_out) = accounts(handed_out, plan, data)?;
    let token = new_token(store, &Role::Operator, now).await?;
    Ok(Registered { accounts, handed_out, token })
}

/// A token of that role that does not run out. A platform on the store knows it once it reads its registry again.
pub(super) async fn new_token(store: &dyn Store, role: &Role, now: Timestamp) -> Result<String, Failure> {
    let (token, row) = token::make(role, None, now, None)?;
    store.change_registry(RegistryChange { tokens: vec![row], ..RegistryChange::default() }).await?;
    Ok(token)
}

/// A city that was registered before, with the token that was made then.
pub(super) fn registered(plan: &CityPlan, data: &Path, token: String) -> Result<Registered, Failure> {
    let (accounts, handed_out) = accounts(HandedOut::default(), plan, data)?;
    Ok(Registered { accounts, handed_out, token })
}

/// One person of each role, where there is none yet: login, role and password.
pub(super) async fn people(
    store: &dyn Store,
    plan: &CityPlan,
) -> Result<Vec<(String, String, String)>, Failure> {
    let provider = plan.providers.first().map(|provider| provider.code.to_string());
    let district = plan.lots.first().map(|lot| lot.district.clone());
    let mut made = Vec::new();
    for (login, name, role) in [
        ("operator", "运营人员", "operator"),
        ("regulator", "监管人员", "regulator"),
        ("district", "区县监管人员", "regulator"),
        ("provider", "接入单位", "provider"),
        ("viewer", "查看者", "viewer"),
        ("system", "系统管理员", "system-admin"),
        ("security", "安全管理员", "security-admin"),
        ("audit", "审计管理员", "auditor"),
    ] {
        if store.user(login).await?.is_some() {
            continue;
        }
        let role = user::role_of(role, provider.as_deref().filter(|_| role == "provider"))?;
        let district = district.clone().filter(|_| login == "district");
        let password = user::new_password()?;
        let digest = user::password_digest(&password).ok_or("no memory is left for the password's hash")?;
        let new = NewUser { login: login.to_owned(), name: name.to_owned(), role: role.clone(), district };
        let row = new.row(digest, false, SystemClock.now())?;
        let after = Some(user::shown(&row));
        keep_user(store, "user.create", (None, after), row, Vec::new()).await?;
        made.push((login.to_owned(), role.to_string(), password));
    }
    Ok(made)
}

fn accounts(new: HandedOut, plan: &CityPlan, data: &Path) -> Result<(Accounts, HandedOut), Failure> {
    let path = data.join(CREDENTIALS);
    let mut all = match std::fs::read_to_string(&path) {
        Ok(kept) => serde_json::from_str(&kept)?,
        Err(_) => HandedOut::default(),
    };
    let nothing_new = new.providers.is_empty();
    // The latest of an account counts: `Accounts::add` takes them in this order.
    all.providers.extend(new.providers);
    let mut accounts = Accounts::read(r#"{"providers":[]}"#)?;
    for provider in &all.providers {
        for (standard, fields) in &provider.standards {
            accounts.add(&provider.code, standard, fields)?;
        }
    }
    accounts.cover(plan).map_err(|error| {
        let missing = "does not have what was handed out then";
        format!("{error}: the city was registered here before, and {} {missing}", path.display())
    })?;
    if !nothing_new {
        keep(&path, &all)?;
    }
    Ok((accounts, all))
}

/// Writes a file that its owner alone can read.
fn keep(path: &Path, handed_out: &HandedOut) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(serde_json::to_string_pretty(handed_out)?.as_bytes())?;
    Ok(())
}
