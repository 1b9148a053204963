//! Signing in by an identity provider: OpenID Connect's authorization code with PKCE (RFC 7636).
//!
//! `oauth2` speaks what is OAuth's; what OpenID Connect adds is in [`id_token`] and [`provider`]. The crate that has both,
//! `openidconnect`, depends on `rsa`, which `deny.toml` keeps out: here `jsonwebtoken` verifies by aws-lc.

mod error;
mod id_token;
mod provider;

pub(crate) use self::error::OidcError;
pub(super) use self::id_token::LEEWAY_S;

use self::id_token::Expected;
use self::provider::{Metadata, Provider};
use super::random;
use crate::config::{CALLBACK_PATH, OidcConfig};
use crate::seal::{MasterKey, SealError};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_service::outgoing::BadAddress;
use bowei_store::Identity;
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::url::{ParseError, Url};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Who was sent to the provider comes back within so long: a password, a code, a password forgotten.
pub(crate) const FLOW_TTL: SignedDuration = SignedDuration::from_mins(10);

/// Bytes of an ID token that a browser keeps until it signs out: sealed, with an account's names beside it, it is within the
/// four kilobytes that a cookie may have. Without a longer one the provider asks whether one wants to sign out.
const HINT_MAX: usize = 2_048;

/// Bytes of what a browser keeps meanwhile: longer ones than browsers keep are not looked at.
const SEALED_MAX: usize = 4_096;

type Tokens = StandardTokenResponse<IdTokenField, BasicTokenType>;
type OAuth = Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What OpenID Connect adds to an answer with tokens.
#[derive(Debug, Serialize, Deserialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

/// This platform as the identity provider's client.
pub(crate) struct Oidc {
    config: OidcConfig,
    provider: Provider,
    key: MasterKey,
}

/// What a browser takes along to the provider and back, sealed: whichever node it comes back to can open it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Flow {
    state: String,
    nonce: String,
    verifier: String,
    /// The path to go on with.
    pub(crate) next: String,
    /// The digest of the session whose person is to show once more who he is, in base64.
    pub(crate) confirms: Option<String>,
    /// When the browser was sent.
    pub(crate) started_at: Timestamp,
}

/// Somebody whom the provider has named.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Verified {
    /// Who it is.
    pub(crate) identity: Identity,
    /// What the login claim says, where there is one.
    pub(crate) login: Option<String>,
    /// When the provider last asked the person, where it tells.
    pub(crate) auth_time: Option<Timestamp>,
    /// The token that says so, for signing out at the provider; none that is longer than a browser can keep.
    #[serde(default)]
    pub(crate) id_token: Option<String>,
}

/// What a browser keeps while its person is signed in, to sign out at the provider.
#[derive(Serialize, Deserialize)]
pub(crate) struct Hint {
    /// The token by which the provider knows which session to end.
    pub(crate) id_token: String,
    /// When the session here is over, whatever comes.
    pub(crate) expires_at: Timestamp,
}

/// What a browser keeps while its person looks for the code that is still needed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Whom the provider has named.
    pub(crate) verified: Verified,
    /// Until when a code may follow.
    pub(crate) expires_at: Timestamp,
}

/// What is sealed for a browser, and is no other's.
pub(crate) trait Sealed: Serialize + DeserializeOwned {
    /// What it is bound to.
    const PURPOSE: &'static str;

    /// When it is good no longer.
    fn expires_at(&self) -> Timestamp;
}

impl Sealed for Flow {
    const PURPOSE: &'static str = "flow";

    fn expires_at(&self) -> Timestamp {
        self.started_at.saturating_add(FLOW_TTL).unwrap_or(Timestamp::MAX)
    }
}

impl Sealed for Pending {
    const PURPOSE: &'static str = "pending";

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Sealed for Hint {
    const PURPOSE: &'static str = "hint";

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Flow {
    /// Whether this is what it was sent with.
    pub(crate) fn is_of(&self, state: &str) -> bool {
        verify_slices_are_equal(self.state.as_bytes(), state.as_bytes()).is_ok()
    }
}

impl Oidc {
    pub(crate) fn new(config: OidcConfig, master: &MasterKey) -> Result<Self, OidcConfigError> {
        config.check()?;
        RedirectUrl::new(config.redirect_uri.clone())?;
        let provider = Provider::new(&config.issuer)?;
        Ok(Self { provider, key: master.derived("oidc")?, config })
    }

    /// The provider's name for itself.
    pub(crate) fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// Whether the provider's second factor counts here.
    pub(crate) fn trusts_second_factor(&self) -> bool {
        self.config.trust_second_factor
    }

    /// Begins: where the browser has to go. `max_age` is how long ago the provider may have asked the person; zero has it
    /// ask anew.
    pub(crate) async fn begin(
        &self,
        (next, confirms): (String, Option<&[u8]>),
        max_age: SignedDuration,
        now: Timestamp,
    ) -> Result<(String, Flow), OidcError> {
        let metadata = self.provider.metadata(now).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = Flow {
            state: URL_SAFE_NO_PAD.encode(random::<32>()?),
            nonce: URL_SAFE_NO_PAD.encode(random::<32>()?),
            verifier: verifier.into_secret(),
            next,
            confirms: confirms.map(|sha256| URL_SAFE_NO_PAD.encode(sha256)),
            started_at: now,
        };
        let client = self.client(&metadata)?;
        let scopes = self.config.scopes.split_ascii_whitespace().map(|scope| Scope::new(scope.to_owned()));
        let mut request = client
            .authorize_url(|| CsrfToken::new(flow.state.clone()))
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .add_extra_param("nonce", flow.nonce.clone())
            .add_extra_param("max_age", max_age.as_secs().to_string());
        if max_age.is_zero() {
            request = request.add_extra_param("prompt", "login");
        }
        let (url, _) = request.url();
        Ok((url.to_string(), flow))
    }

    /// Ends: who it is that the provider has sent back with a code.
    pub(crate) async fn finish(
        &self,
        code: String,
        flow: &Flow,
        now: Timestamp,
    ) -> Result<Verified, OidcError> {
        let metadata = self.provider.metadata(now).await?;
        let tokens: Tokens = self
            .client(&metadata)?
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(flow.verifier.clone()))
            .request_async(&self.provider)
            .await
            .map_err(told)?;
        let without = || OidcError::Malformed("there is no id_token: is openid among the scopes?".to_owned());
        let id_token = tokens.extra_fields().id_token.as_deref().ok_or_else(without)?;
        let header = id_token::header(id_token)?;
        let key = self.provider.key(&header, &metadata, now).await?;
        let expected = Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce: &flow.nonce,
            access_token: tokens.access_token().secret(),
            started_at: flow.started_at,
            now,
        };
        let claims = id_token::verify(id_token, header.alg, &key, &expected)?;
        let login_claim = &self.config.login_claim;
        let login = match (claims.text(login_claim), &metadata.userinfo_endpoint) {
            (None, Some(url)) => {
                let told = self.provider.userinfo(url, tokens.access_token().secret()).await?;
                // Core, 5.3.2: an answer about somebody else is none.
                let is_same = told.get("sub").and_then(|sub| sub.as_str()) == Some(claims.subject());
                told.get(login_claim).and_then(|login| login.as_str()).filter(|_| is_same).map(str::to_owned)
            }
            (login, _) => login.map(str::to_owned),
        };
        let identity = Identity { issuer: self.config.issuer.clone(), subject: claims.subject().to_owned() };
        let hint = (id_token.len() <= HINT_MAX).then(|| id_token.to_owned());
        Ok(Verified { identity, login, auth_time: claims.auth_time(), id_token: hint })
    }

    /// Where a browser goes to sign out at the provider too, and is sent back from to a page of this platform (OpenID Connect
    /// RP-Initiated Logout, 2); `None` where the provider has no such place.
    pub(crate) async fn end_session(
        &self,
        id_token: Option<&str>,
        page: &str,
        now: Timestamp,
    ) -> Result<Option<String>, OidcError> {
        let metadata = self.provider.metadata(now).await?;
        let Some(endpoint) = &metadata.end_session_endpoint else { return Ok(None) };
        let mut url = Url::parse(endpoint).map_err(malformed)?;
        let here = self.config.redirect_uri.strip_suffix(CALLBACK_PATH).unwrap_or_default();
        url.query_pairs_mut()
            .append_pair("client_id", &self.config.client_id)
            .append_pair("post_logout_redirect_uri", &format!("{here}{page}"))
            .extend_pairs(id_token.map(|token| ("id_token_hint", token)));
        Ok(Some(url.into()))
    }

    fn client(&self, metadata: &Metadata) -> Result<OAuth, OidcError> {
        let mut client: OAuth = Client::new(ClientId::new(self.config.client_id.clone()))
            .set_auth_uri(AuthUrl::new(metadata.authorization_endpoint.clone()).map_err(malformed)?)
            .set_token_uri(TokenUrl::new(metadata.token_endpoint.clone()).map_err(malformed)?)
            .set_redirect_uri(RedirectUrl::new(self.config.redirect_uri.clone()).map_err(malformed)?);
        if let Some(secret) = &self.config.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.clone()));
        }
        // What a provider takes that does not say so: RFC 8414, 2.
        let takes_basic = metadata.token_endpoint_auth_methods_supported.as_ref();
        if takes_basic.is_some_and(|methods| !methods.iter().any(|method| method == "client_secret_basic")) {
            client = client.set_auth_type(AuthType::RequestBody);
        }
        Ok(client)
    }

    /// Seals something for a browser to keep.
    pub(crate) fn seal<T: Sealed>(&self, value: &T) -> Result<String, OidcError> {
        let text = serde_json::to_vec(value).map_err(|error| OidcError::Malformed(error.to_string()))?;
        Ok(URL_SAFE_NO_PAD.encode(self.key.seal(T::PURPOSE, &text)?))
    }

    /// What a browser has kept, while it is good.
    pub(crate) fn open<T: Sealed>(&self, sealed: &str, now: Timestamp) -> Option<T> {
        let bytes = (sealed.len() <= SEALED_MAX).then(|| URL_SAFE_NO_PAD.decode(sealed).ok()).flatten()?;
        let value: T = serde_json::from_slice(&self.key.open(T::PURPOSE, &bytes).ok()?).ok()?;
        (now < value.expires_at()).then_some(value)
    }
}

/// A configuration by which nobody can sign in.
#[derive(Debug, thiserror::Error)]
pub enum OidcConfigError {
    /// A setting does not fit.
    #[error(transparent)]
    Setting(#[from] crate::config::UnfitOidc),
    /// `redirect_uri` is no address.
    #[error("[accounts.oidc] redirect_uri is no address: {0}")]
    RedirectUri(#[from] ParseError),
    /// There is no client for the provider's address.
    #[error("[accounts.oidc] issuer: {0}")]
    Client(#[from] BadAddress),
    /// The key for what browsers keep cannot be made.
    #[error(transparent)]
    Seal(#[from] SealError),
}

fn malformed(error: ParseError) -> OidcError {
    OidcError::Malformed(error.to_string())
}

/// What the provider says of a code that it does not take; nothing of what it answers else, which may have tokens in it.
fn told(error: RequestTokenError<OidcError, BasicErrorResponse>) -> OidcError {
    match error {
        RequestTokenError::ServerResponse(error) => OidcError::Refused(error.to_string()),
        RequestTokenError::Request(error) => error,
        RequestTokenError::Parse(error, _) => OidcError::Malformed(format!("at {}", error.path())),
        RequestTokenError::Other(words) => OidcError::Malformed(words),
    }
}
