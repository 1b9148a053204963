//! Which engines keep a platform's records and pictures: what the configuration says.

pub(crate) mod day_partitions;

use crate::config::{Config, PhotosConfig};
use crate::seal::{KEY_FILE, MasterKey, SealError};
use bowei_store::photos::DayFiles;
use bowei_store::{PhotoStore, SqliteStore, Store, StoreError, sqlite};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the mark by which a node sees that it has the key that the store's secrets are sealed with.
const KEY_MARK: &str = "master-key";

/// The file in the data folder whose lock says that a platform keeps its records there.
const LOCK: &str = "serve.lock";

/// The embedded store's folder, held by one platform: two would each count the lots for themselves. The tools work
/// beside it. It ends with the process, however that ends.
pub(crate) struct FolderLock {
    // Held, never read: the lock goes with it.
    _file: File,
}

impl FolderLock {
    /// Takes the folder, making it where it is missing.
    pub(crate) fn take(data: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::Unusable { data: data.to_owned(), source };
        std::fs::create_dir_all(data).map_err(failed)?;
        bowei_service::private::warn_of_others(data);
        let path = data.join(LOCK);
        let file = File::options().create(true).write(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken { data: data.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

/// Why a data folder cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another platform has it.
    #[error(
        "another platform keeps its records in {data} already: stop that one first, name another folder with --data, \
         or use --database, which several platforms may share"
    )]
    Taken {
        /// The folder.
        data: PathBuf,
    },
    /// The file cannot be made or locked.
    #[error("the data folder {data} cannot be used: {source}. Name another with --data")]
    Unusable {
        /// The folder.
        data: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A store with its photos.
pub type Stores = (Arc<dyn Store>, Arc<dyn PhotoStore>);

/// Opens what the configuration names.
pub async fn open(config: &Config) -> Result<Stores, StoreError> {
    // A bucket that cannot be reached leaves no store behind.
    let named = named_photos(&config.photos).await?;
    let store = open_store(&config.server.data, config.store.database.as_deref()).await?;
    let photos = match named {
        Some(named) => named,
        None => Arc::new(DayFiles::open(&config.server.data)?),
    };
    if store.is_shared() && (config.photos.url.is_none() || config.photos.folder().is_some()) {
        let folder = config.photos.folder().unwrap_or_else(|| config.server.data.clone());
        tracing::warn!(
            folder = %folder.display(),
            "photos lie in a folder of this node's, where no other node sees them: that is enough for one node; for \
             more, name a bucket with --photos s3://…"
        );
    }
    Ok((store, photos))
}

/// Opens the records: a database where one is named, and otherwise the embedded store in `data`.
pub async fn open_store(data: &Path, database: Option<&str>) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match database {
        #[cfg(feature = "cluster")]
        Some(url) => {
            let options = bowei_store::postgres::Options::default();
            Arc::new(bowei_store::PostgresStore::open(url, options).await?)
        }
        #[cfg(not(feature = "cluster"))]
        Some(_) => return Err(not_built("PostgreSQL")),
        None => Arc::new(SqliteStore::open(data, sqlite::Options::default())?),
    })
}

/// Why what the configuration names cannot be opened, and what to do.
#[cfg(not(feature = "cluster"))]
fn not_built(what: &str) -> StoreError {
    StoreError::Conflict(format!(
        "this bowei was built without {what}, as `make run` does: build it with `make build`"
    ))
}

/// Opens the pictures that the configuration names, if it names any: a bucket or a folder.
pub async fn named_photos(config: &PhotosConfig) -> Result<Option<Arc<dyn PhotoStore>>, StoreError> {
    if let Some(folder) = config.folder() {
        return Ok(Some(Arc::new(DayFiles::in_folder(folder)?)));
    }
    #[cfg(feature = "cluster")]
    if let Some(options) = config.s3() {
        return Ok(Some(Arc::new(bowei_store::photos::S3Photos::open(&options).await?)));
    }
    #[cfg(not(feature = "cluster"))]
    if config.url.is_some() {
        return Err(not_built("S3"));
    }
    Ok(None)
}

/// Opens the embedded store in `data`.
pub fn open_embedded(data: &Path) -> Result<Stores, StoreError> {
    let store = SqliteStore::open(data, sqlite::Options::default())?;
    let photos = DayFiles::open(data)?;
    Ok((Arc::new(store), Arc::new(photos)))
}

/// The store's master key. One is made only for a store that has none yet: in the folder of another it would be taken for
/// that one's.
pub async fn master_key(store: &dyn Store, file: Option<&Path>, data: &Path) -> Result<MasterKey, KeyError> {
    let found = MasterKey::find(file, data)?;
    let is_new = found.is_none();
    if is_new && store.mark(KEY_MARK).await?.is_some() {
        return Err(KeyError::Missing { data: data.to_owned() });
    }
    let key = found.map_or_else(|| MasterKey::load(file, data), Ok)?;
    check_key(store, &key).await.inspect_err(|wrong| {
        // Another node was faster.
        if is_new && matches!(wrong, KeyError::Another) {
            let _ = std::fs::remove_file(data.join(KEY_FILE));
        }
    })?;
    Ok(key)
}

/// Whether `key` is the one that the store's secrets are sealed with. The first key that comes is: nodes that were each
/// left to make their own would not open each other's secrets.
pub(crate) async fn check_key(store: &dyn Store, key: &MasterKey) -> Result<(), KeyError> {
    let mark = store.mark_once(KEY_MARK, key.seal(KEY_MARK, b"bowei")?).await?;
    key.open(KEY_MARK, &mark).map(drop).map_err(|_| KeyError::Another)
}

/// Why a master key is not the store's.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is another one.
    #[error(
        "主密钥与数据不符：请使用最初的主密钥文件 the store's secrets are sealed with another master key: give this node the file \
         that the first node has (BOWEI_MASTER_KEY_FILE, or master.key in its data folder)"
    )]
    Another,
    /// It is not where it is looked for.
    #[error(
        "{data} 中没有主密钥，而数据由主密钥加密：请将原来的 master.key 放回，或用 --master-key-file 指明 there is no master key in {data}, \
         and the store's secrets are sealed with one: put its master.key back there, or name the file \
         (--master-key-file, BOWEI_MASTER_KEY_FILE)"
    )]
    Missing {
        /// The data folder.
        data: PathBuf,
    },
    /// The key cannot be used.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_store::photos::NewPicture;

    #[tokio::test]
    async fn photos_go_into_the_folder_that_is_named() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("elsewhere/photos");
        let config = PhotosConfig { url: Some(folder.display().to_string()), ..PhotosConfig::default() };
        let photos = named_photos(&config).await.unwrap().unwrap();
        let picture = NewPicture { sha256: "0".repeat(64), bytes: "picture".into() };
        photos.put(20260401, vec![picture]).await.unwrap();
        assert!(std::fs::read_dir(&folder).unwrap().next().is_some());
        assert!(!data.path().join("photos").exists());
        let again = named_photos(&config).await.unwrap().unwrap();
        assert_eq!(again.get(20260401, &"0".repeat(64)).await.unwrap().unwrap(), "picture");
    }
}
