#[cfg(feature = "cluster")]
use bowei_store::photos::S3Options;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[photos]`: where pictures are kept, and for how long.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhotosConfig {
    /// Days that pictures are kept; the records stay. Default 90. 0 keeps them for ever.
    pub days_max: u32,
    /// `s3://bucket/prefix`: a bucket of S3 or of what speaks it; or the path of a folder, which one node alone sees.
    /// `BOWEI_PHOTOS`. Without it files in the data folder.
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

    /// The folder, where one is named: a path that begins with `/`, `./` or `../`. Anything else is a bucket's address, or
    /// none at all.
    pub fn folder(&self) -> Option<PathBuf> {
        let url = self.url.as_deref()?;
        ["/", "./", "../"].iter().any(|start| url.starts_with(start)).then(|| PathBuf::from(url))
    }

    /// The bucket, where one is named.
    #[cfg(feature = "cluster")]
    pub fn s3(&self) -> Option<S3Options> {
        if self.folder().is_some() {
            return None;
        }
        let Self { endpoint, region, path_style, access_key, secret_key, .. } = self.clone();
        Some(S3Options { url: self.url.clone()?, endpoint, region, path_style, access_key, secret_key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_folder_and_an_address_is_a_bucket() {
        let named = |url: &str| PhotosConfig { url: Some(url.to_owned()), ..PhotosConfig::default() };
        for path in ["/srv/photos", "./photos", "../photos"] {
            assert_eq!(named(path).folder(), Some(PathBuf::from(path)));
            assert!(named(path).s3().is_none(), "{path}");
        }
        for address in ["s3://bowei/photos", "https://s3.example/bowei", "photos", "s3:/bowei", ""] {
            assert_eq!(named(address).folder(), None, "{address}");
            assert!(
                named(address).s3().is_some(),
                "{address}: the bucket's own words say what is wrong with it"
            );
        }
        assert!(PhotosConfig::default().folder().is_none() && PhotosConfig::default().s3().is_none());
    }
}
