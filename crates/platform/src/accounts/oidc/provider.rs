//! What is known of the identity provider: its addresses and its keys, read from itself.

use super::error::OidcError;
use super::id_token::Unfit;
use crate::config::is_guarded;
use bowei_service::outgoing::{BadAddress, ClientBounds, HttpClient};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Header};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// What the provider is asked with: a person waits for it, and its answers are some kilobytes.
const BOUNDS: ClientBounds = ClientBounds {
    idle_connections: 2,
    answer_timeout: Duration::from_secs(10),
    answer_max_bytes: 256 * 1024,
    https: true,
};

/// Addresses and keys are read anew after so long: a key that the provider has withdrawn is good no longer.
const TTL: SignedDuration = SignedDuration::from_hours(1);

/// A key that is not known has the keys read anew, so often at most, whatever tokens name.
const KEYS_REREAD_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// A provider that has not answered is not asked again before: who signs in meanwhile does not wait for it in a row.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// Keys that are looked at.
const KEYS_MAX: usize = 64;

/// What the provider says of itself (OpenID Connect Discovery, 3).
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    jwks_uri: String,
    pub(super) userinfo_endpoint: Option<String>,
    /// RP-Initiated Logout, 2.1.
    pub(super) end_session_endpoint: Option<String>,
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct KeySet {
    // One of a kind that is not known here is no reason not to read the others.
    keys: Vec<Value>,
}

/// The provider.
pub(super) struct Provider {
    issuer: String,
    client: HttpClient,
    known: Mutex<Known>,
}

/// What was read, and when.
#[derive(Default)]
struct Known {
    metadata: Option<(Timestamp, Arc<Metadata>)>,
    keys: Option<(Timestamp, Vec<Jwk>)>,
    failed_at: Option<Timestamp>,
}

impl Provider {
    pub(super) fn new(issuer: &str) -> Result<Self, BadAddress> {
        Ok(Self { issuer: issuer.to_owned(), client: HttpClient::to_any(BOUNDS)?, known: Mutex::default() })
    }

    /// Its addresses.
    pub(super) async fn metadata(&self, now: Timestamp) -> Result<Arc<Metadata>, OidcError> {
        // Whoever finds another reading waits for what that one finds.
        let mut known = self.known.lock().await;
        if let Some((_, metadata)) = known.metadata.as_ref().filter(|(at, _)| now.duration_since(*at) < TTL) {
            return Ok(Arc::clone(metadata));
        }
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let metadata: Metadata = self.read(&mut known, &url, now).await?;
        self.check(&metadata).inspect_err(|_| known.failed_at = Some(now))?;
        let metadata = Arc::new(metadata);
        known.metadata = Some((now, Arc::clone(&metadata)));
        Ok(metadata)
    }

    fn check(&self, metadata: &Metadata) -> Result<(), OidcError> {
        if metadata.issuer != self.issuer {
            let words = format!("it calls itself {:?}, and `issuer` has {:?}", metadata.issuer, self.issuer);
            return Err(OidcError::Malformed(words));
        }
        let Metadata { authorization_endpoint, token_endpoint, jwks_uri, .. } = metadata;
        let optional = metadata.userinfo_endpoint.iter().chain(&metadata.end_session_endpoint);
        let mut urls = [authorization_endpoint, token_endpoint, jwks_uri].into_iter().chain(optional);
        match urls.find(|url| !is_guarded(url)) {
            Some(url) => Err(OidcError::Malformed(format!("{url:?} is no address of HTTPS"))),
            None => Ok(()),
        }
    }

    /// The key that a token says it is signed with.
    pub(super) async fn key(
        &self,
        header: &Header,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<DecodingKey, OidcError> {
        let mut known = self.known.lock().await;
        // Once with what is known, and once anew.
        for least_age in [TTL, KEYS_REREAD_AFTER] {
            if known.keys.as_ref().is_none_or(|(at, _)| now.duration_since(*at) >= least_age) {
                let set: KeySet = self.read(&mut known, &metadata.jwks_uri, now).await?;
                let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
                known.keys = Some((now, keys.take(KEYS_MAX).collect()));
            }
            let keys = known.keys.as_ref().map(|(_, keys)| keys.as_slice()).unwrap_or_default();
            if let Some(key) = chosen(keys, header) {
                return Ok(key);
            }
        }
        Err(Unfit("key").into())
    }

    /// What it says of the person that an access token is of.
    pub(super) async fn userinfo(&self, url: &str, token: &str) -> Result<Map<String, Value>, OidcError> {
        let request = Request::get(url)
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.ask(request.body(Vec::new()).map_err(|error| OidcError::Malformed(error.to_string()))?).await
    }

    /// Sends a request to one of its addresses. Where it answers that something is elsewhere nobody goes.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, OidcError> {
        let answer = self.client.send(request.map(Bytes::from)).await;
        answer
            .map(|answer| answer.map(|body| body.to_vec()))
            .map_err(|error| OidcError::Unreachable(error.to_string()))
    }

    /// Reads one of its documents, unless it has just failed to answer.
    async fn read<T: DeserializeOwned>(
        &self,
        known: &mut MutexGuard<'_, Known>,
        url: &str,
        now: Timestamp,
    ) -> Result<T, OidcError> {
        if known.failed_at.is_some_and(|at| now.duration_since(at) < RETRY_AFTER) {
            return Err(OidcError::Unreachable("it did not answer a moment ago".to_owned()));
        }
        let request = Request::get(url).header(header::ACCEPT, "application/json").body(Vec::new());
        let answer = self.ask(request.map_err(|error| OidcError::Malformed(error.to_string()))?).await;
        known.failed_at = answer.is_err().then_some(now);
        answer
    }

    async fn ask<T: DeserializeOwned>(&self, request: HttpRequest) -> Result<T, OidcError> {
        let url = request.uri().clone();
        let answer = self.send(request).await?;
        if answer.status() != StatusCode::OK {
            return Err(OidcError::Unreachable(format!("{url} answers {}", answer.status())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| OidcError::Malformed(format!("{url}: {error}")))
    }
}

impl<'c> AsyncHttpClient<'c> for Provider {
    type Error = OidcError;
    type Future = BoxFuture<'c, Result<HttpResponse, OidcError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.send(request).boxed()
    }
}

/// Of several keys the one that a token names; where it names none, the only one that fits.
fn chosen(keys: &[Jwk], header: &Header) -> Option<DecodingKey> {
    let signs = |key: &&Jwk| {
        let common = &key.common;
        let is_for_it = common.key_algorithm.is_none_or(|alg| alg.to_string() == format!("{:?}", header.alg));
        is_for_it && common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature)
    };
    let named = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
    let fitting = keys.iter().filter(signs).filter(named).filter_map(|key| DecodingKey::from_jwk(key).ok());
    let mut fitting = fitting.filter(|key| key.family() == header.alg.family());
    let first = fitting.next()?;
    (header.kid.is_some() || fitting.next().is_none()).then_some(first)
}
