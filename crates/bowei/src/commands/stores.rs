//! Which store a command works on: the flags that `serve` and every tool share.

use super::{Failure, note, open_named};
use bowei_platform::config::PhotosConfig;
use bowei_platform::registry::seal::MasterKey;
use bowei_platform::stores;
use bowei_store::{Store, sqlite};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The data folder where none is named.
const FOLDER: &str = "bowei-data";

/// Where records are.
#[derive(Args)]
pub(crate) struct Records {
    /// The platform's data folder; a platform may be running on it [default: bowei-data] 平台的数据目录，平台可正在运行
    #[arg(long, env = "BOWEI_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The PostgreSQL database of a platform with many nodes, instead of the data folder 多节点平台的数据库，代替数据目录
    #[arg(long, env = "BOWEI_DATABASE", hide_env_values = true, value_name = "postgres://…")]
    pub(crate) database: Option<String>,
}

impl Records {
    /// The data folder.
    pub(crate) fn folder(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new(FOLDER))
    }

    /// Opens them. No tool makes a store by accident: one that is not there is said so, and where it was looked for.
    pub(crate) async fn open(&self) -> Result<Arc<dyn Store>, Failure> {
        if self.database.is_none() {
            existing(self.folder())?;
        }
        self.open_as_is().await
    }

    /// The same for what may come before a platform's first start: a store is made in a folder that is there and was
    /// named.
    pub(crate) async fn open_or_make(&self) -> Result<Arc<dyn Store>, Failure> {
        if self.database.is_none() && existing(self.folder()).is_err() {
            if self.data.is_none() || !self.folder().is_dir() {
                existing(self.folder())?;
            }
            note(&format!("bowei: 新建存储 a new store is made in {}", self.folder().display()));
        }
        self.open_as_is().await
    }

    async fn open_as_is(&self) -> Result<Arc<dyn Store>, Failure> {
        Ok(stores::open_store(self.folder(), self.database.as_deref()).await?)
    }
}

/// Sees that there is a store in `data`.
pub(crate) fn existing(data: &Path) -> Result<(), Failure> {
    if data.join(sqlite::DATABASE).is_file() {
        return Ok(());
    }
    let whole = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
    let place = whole.display();
    Err(format!(
        "{place} 中没有平台的数据：请用 --data 指明平台的数据目录（或 BOWEI_DATA），或用 --database 指明数据库；新的平台由 bowei serve 建立 \
         there is no store in {place}: name the platform's data folder with --data, or its database with --database; \
         `bowei serve` makes a new one"
    )
    .into())
}

/// Records with the secrets among them.
#[derive(Args)]
pub(crate) struct Secrets {
    #[command(flatten)]
    pub(crate) records: Records,
    /// The file with the master key; master.key in the data folder without it 主密钥文件，默认为数据目录中的 master.key
    #[arg(long, env = "BOWEI_MASTER_KEY_FILE", value_name = "FILE")]
    pub(crate) master_key_file: Option<PathBuf>,
}

impl Secrets {
    /// Opens the records, and sees that the key is theirs.
    pub(crate) async fn open(&self) -> Result<(Arc<dyn Store>, MasterKey), Failure> {
        self.find_key()?;
        self.with_key(self.records.open().await?).await
    }

    /// The same for what may come before a platform's first start.
    pub(crate) async fn open_or_make(&self) -> Result<(Arc<dyn Store>, MasterKey), Failure> {
        self.find_key()?;
        self.with_key(self.records.open_or_make().await?).await
    }

    /// A key that is named and cannot be used is said so before a store is made for it.
    fn find_key(&self) -> Result<(), Failure> {
        self.master_key_file.as_deref().map(open_named).transpose()?;
        MasterKey::find(self.master_key_file.as_deref(), self.records.folder())?;
        Ok(())
    }

    async fn with_key(&self, store: Arc<dyn Store>) -> Result<(Arc<dyn Store>, MasterKey), Failure> {
        let (file, folder) = (self.master_key_file.as_deref(), self.records.folder());
        let key = stores::master_key(store.as_ref(), file, folder).await?;
        Ok((store, key))
    }
}

/// Where pictures are, if not in the data folder.
#[derive(Args)]
pub(crate) struct Pictures {
    /// A bucket of S3 or of what speaks it, or another folder, instead of files in the data folder; a bucket's credentials
    /// come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) 照片存入 S3 存储桶或其他文件夹
    #[arg(long, env = "BOWEI_PHOTOS", value_name = "s3://BUCKET/PREFIX|/FOLDER")]
    pub(crate) photos: Option<String>,
    /// The S3 server, such as `https://s3.example`; AWS's own without it S3 服务地址
    #[arg(long, env = "BOWEI_S3_ENDPOINT", value_name = "URL")]
    pub(crate) s3_endpoint: Option<String>,
    /// The S3 region S3 区域
    #[arg(long, env = "BOWEI_S3_REGION", value_name = "NAME")]
    pub(crate) s3_region: Option<String>,
    /// Name the bucket in the path instead of in the host: most servers of one's own want so 存储桶名放在路径中
    #[arg(long, env = "BOWEI_S3_PATH_STYLE")]
    pub(crate) s3_path_style: bool,
}

impl Pictures {
    /// What the flags say over what the configuration says.
    pub(crate) fn over(&self, photos: &mut PhotosConfig) {
        photos.url = self.photos.clone().or(photos.url.take());
        photos.endpoint = self.s3_endpoint.clone().or(photos.endpoint.take());
        photos.region = self.s3_region.clone().or(photos.region.take());
        photos.path_style |= self.s3_path_style;
    }
}
