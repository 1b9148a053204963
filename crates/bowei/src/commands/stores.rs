//! Which store a command works on: the flags that `serve` and every tool share.

use super::Failure;
use bowei_platform::config::PhotosConfig;
use bowei_platform::registry::seal::MasterKey;
use bowei_platform::stores;
use bowei_store::Store;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// Where records are.
#[derive(Args)]
pub(crate) struct Records {
    /// The platform's data folder; a platform may be running on it
    #[arg(long, env = "BOWEI_DATA", default_value = "bowei-data", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The PostgreSQL database of a platform with many nodes, instead of the data folder
    #[arg(long, env = "BOWEI_DATABASE", hide_env_values = true, value_name = "postgres://…")]
    pub(crate) database: Option<String>,
}

impl Records {
    /// Opens them.
    pub(crate) async fn open(&self) -> Result<Arc<dyn Store>, Failure> {
        Ok(stores::open_store(&self.data, self.database.as_deref()).await?)
    }
}

/// Records with the secrets among them.
#[derive(Args)]
pub(crate) struct Secrets {
    #[command(flatten)]
    pub(crate) records: Records,
    /// The file with the master key; master.key in the data folder without it
    #[arg(long, env = "BOWEI_MASTER_KEY_FILE", value_name = "FILE")]
    pub(crate) master_key_file: Option<PathBuf>,
}

impl Secrets {
    /// Opens the records, and sees that the key is theirs.
    pub(crate) async fn open(&self) -> Result<(Arc<dyn Store>, MasterKey), Failure> {
        let store = self.records.open().await?;
        let key = MasterKey::load(self.master_key_file.as_deref(), &self.records.data)?;
        stores::check_key(store.as_ref(), &key).await?;
        Ok((store, key))
    }
}

/// Where pictures are, if not in the data folder.
#[derive(Args)]
pub(crate) struct Pictures {
    /// A bucket of S3 or of what speaks it, or another folder, instead of files in the data folder; a bucket's credentials
    /// come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)
    #[arg(long, env = "BOWEI_PHOTOS", value_name = "s3://BUCKET/PREFIX|/FOLDER")]
    pub(crate) photos: Option<String>,
    /// The S3 server, such as `https://s3.example`; AWS's own without it
    #[arg(long, env = "BOWEI_S3_ENDPOINT", value_name = "URL")]
    pub(crate) s3_endpoint: Option<String>,
    /// The S3 region
    #[arg(long, env = "BOWEI_S3_REGION", value_name = "NAME")]
    pub(crate) s3_region: Option<String>,
    /// Name the bucket in the path instead of in the host: most servers of one's own want so
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
