//! Where the bucket is and who asks: from the options, and for what they leave open from the environment, as the AWS
//! tools read it.

use super::errors;
use crate::{Result, StoreError};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, AwsCredential, Checksum};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, RetryConfig, StaticCredentialProvider};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A server in the same city answers in a hundredth of it; one that is gone does not answer at all.
const CONNECT_MAX: Duration = Duration::from_secs(2);

/// One request with its answer: the largest picture over a poor line.
const REQUEST_MAX: Duration = Duration::from_secs(5);

/// No further try after this, so that the last one has time within [`super::ANSWER_MAX`].
const RETRY_MAX: Duration = Duration::from_secs(6);

/// Between tries, at most: a server that is started again is met within a second.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// More tries than fit into [`RETRY_MAX`], which is what ends them.
const RETRIES_MAX: usize = 50;

/// Where pictures are kept in S3.
#[derive(Clone, Default)]
pub struct S3Options {
    /// `s3://bucket/prefix`; the prefix may be left out.
    pub url: String,
    /// The server, as `https://s3.example`. `None`: `AWS_ENDPOINT_URL`, or else AWS's own.
    pub endpoint: Option<String>,
    /// The region. `None`: `AWS_REGION`, or else `us-east-1`, which most servers but AWS's take for theirs.
    pub region: Option<String>,
    /// Whether the bucket is named in the path (`https://s3.example/bucket`) and not in the host
    /// (`https://bucket.s3.example`). Servers of one's own mostly want the path.
    pub path_style: bool,
    /// The key's name. `None`, with the secret: the environment (`AWS_ACCESS_KEY_ID`, a role's token), or the machine's
    /// role.
    pub access_key: Option<String>,
    /// The key's secret.
    pub secret_key: Option<String>,
}

impl fmt::Debug for S3Options {
    /// Without the secret: options are logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Options")
            .field("url", &self.url)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("path_style", &self.path_style)
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

/// What the options come to.
pub(super) struct Bucket {
    pub(super) client: AmazonS3,
    pub(super) prefix: Path,
    /// The bucket, the prefix and the server, and what else an error should recall.
    pub(super) name: String,
}

impl S3Options {
    pub(super) fn bucket(&self) -> Result<Bucket> {
        let (bucket, prefix) = self.parts()?;
        let mut builder = AmazonS3Builder::from_env();
        let endpoint = self.endpoint.clone().or_else(|| from_environment(&builder));
        if let Some(endpoint) = &endpoint {
            let endpoint = self.endpoint_of(bucket, endpoint)?;
            // The name of S3's own wins over the general one, which the environment may have set.
            builder = builder
                .with_allow_http(endpoint.starts_with("http://"))
                .with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        let credential = self.credential()?;
        let has_key =
            credential.is_some() || builder.get_config_value(&AmazonS3ConfigKey::AccessKeyId).is_some();
        if let Some(credential) = credential {
            builder = builder.with_credentials(Arc::new(StaticCredentialProvider::new(credential)));
        }
        let client = builder
            .with_bucket_name(bucket)
            .with_virtual_hosted_style_request(!self.path_style)
            // What is spoilt on its way is refused, and S3 keeps the sum beside the picture.
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(client_options(endpoint.as_deref()))
            .with_retry(RetryConfig {
                max_retries: RETRIES_MAX,
                retry_timeout: RETRY_MAX,
                backoff: BackoffConfig { max_backoff: PAUSE_MAX, ..BackoffConfig::default() },
            })
            .build()
            .map_err(|error| {
                wrong(format!(
                    "no client for the photos' S3: {}; see that the options go together, and that this machine has the \
                     certificates of authorities (Debian's package is `ca-certificates`), which are read even for http",
                    errors::described(&error)
                ))
            })?;
        let mut name = format!("{} at {}", self.url, endpoint.as_deref().unwrap_or("AWS"));
        if !has_key {
            name.push_str(" (no access_key is set: it was asked for as a role's)");
        }
        Ok(Bucket { client, prefix, name })
    }

    /// The bucket and the prefix.
    fn parts(&self) -> Result<(&str, Path)> {
        let not_so = || {
            wrong(format!(
                "the photos' url is \"{}\": write it as \"s3://bucket/prefix\", with a bucket that is there, or as a \
                 folder of this machine's, \"/srv/bowei/photos\"",
                self.url
            ))
        };
        let address = self.url.strip_prefix("s3://").ok_or_else(not_so)?;
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if bucket.is_empty() || !bucket.bytes().all(known) {
            return Err(not_so());
        }
        Ok((bucket, Path::parse(prefix).map_err(|_| not_so())?))
    }

    /// The address that requests go to, which has the bucket in its host where that is the style.
    fn endpoint_of(&self, bucket: &str, endpoint: &str) -> Result<String> {
        let endpoint = endpoint.trim_end_matches('/');
        match endpoint.split_once("://") {
            Some((scheme @ ("http" | "https"), host)) if !host.is_empty() && !host.contains('/') => {
                Ok(if self.path_style { endpoint.to_owned() } else { format!("{scheme}://{bucket}.{host}") })
            }
            _ => Err(wrong(format!(
                "the photos' endpoint is \"{endpoint}\": write it as \"https://s3.example\" or, for a server in your \
                 own network, \"http://10.0.0.5:9000\""
            ))),
        }
    }

    fn credential(&self) -> Result<Option<AwsCredential>> {
        let missing = |which, other| {
            Err(wrong(format!(
                "the photos' {which} is missing beside the {other}: set both, or neither, and AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY in the environment"
            )))
        };
        match (&self.access_key, &self.secret_key) {
            (Some(key), Some(secret)) => {
                Ok(Some(AwsCredential { key_id: key.clone(), secret_key: secret.clone(), token: None }))
            }
            (None, None) => Ok(None),
            (Some(_), None) => missing("secret_key", "access_key"),
            (None, Some(_)) => missing("access_key", "secret_key"),
        }
    }
}

fn from_environment(builder: &AmazonS3Builder) -> Option<String> {
    let keys = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
    keys.iter().find_map(|key| builder.get_config_value(key))
}

fn client_options(endpoint: Option<&str>) -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")))
        .with_connect_timeout(CONNECT_MAX)
        .with_timeout(REQUEST_MAX)
}

fn wrong(why: String) -> StoreError {
    StoreError::Unavailable(why)
}
