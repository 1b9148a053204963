#[cfg(feature = "cluster")]
use bowei_store::photos::S3Options;
use serde::{Deserialize, Serialize};

/// `[photos]`: where pictures are kept, and for how long.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhotosConfig {
    /// Days that pictures are kept; the records stay. Default 90. 0 keeps them for ever.
    pub days_max: u32,
    /// `s3://bucket/prefix`: a bucket of S3 or of what speaks it. `BOWEI_PHOTOS`. Without it files in the data folder.
    pub url: Option<String>,
    /// The S3 server, such as `https://s3.example`. `BOWEI_S3_ENDPOINT`. Without it AWS's own.
    pub endpoint: Option<String>,
    /// The region. `BOWEI_S3_REGION`. Without it `AWS_REGION` or `us-east-1`.
    pub region: Option<String>,
    /// Whether the bucket is named in the path instead of in the host: most servers of one's own want so.
    /// `BOWEI_S3_PATH_STYLE`. Default false.
    pub path_style: bool,
    /// The key's name and its secret, best left to the environment, as the AWS tools read it (`AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`), or to the machine's role.
    pub access_key: Option<String>,
    /// See `access_key`.
    pub secret_key: Option<String>,
}

impl Default for PhotosConfig {
    fn default() -> Self {
        Self {
            days_max: 90,
            url: None,
            endpoint: None,
            region: None,
            path_style: false,
            access_key: None,
            secret_key: None,
        }
    }
}

impl PhotosConfig {
    pub(super) fn override_from_environment(&mut self) {
        let variable = |name: &str| std::env::var(name).ok();
        self.url = variable("BOWEI_PHOTOS").or(self.url.take());
        self.endpoint = variable("BOWEI_S3_ENDPOINT").or(self.endpoint.take());
        self.region = variable("BOWEI_S3_REGION").or(self.region.take());
        if let Some(value) = variable("BOWEI_S3_PATH_STYLE") {
            self.path_style = matches!(value.as_str(), "1" | "true" | "yes");
        }
    }

    /// The bucket, where there is one.
    #[cfg(feature = "cluster")]
    pub fn s3(&self) -> Option<S3Options> {
        let Self { endpoint, region, path_style, access_key, secret_key, .. } = self.clone();
        Some(S3Options { url: self.url.clone()?, endpoint, region, path_style, access_key, secret_key })
    }
}
