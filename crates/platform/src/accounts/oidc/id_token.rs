//! What an ID token has to prove (OpenID Connect Core, 3.1.3.7).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_store::SUBJECT_MAX;
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};

/// By which a token may be signed: keys of the provider's own alone, and none that this platform has too.
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// Seconds that the provider's clock may be off.
pub(in crate::accounts) const LEEWAY_S: i64 = 60;

/// What of an ID token does not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ID token's {0} does not fit")]
pub(crate) struct Unfit(pub(crate) &'static str);

/// What a token has to be for.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) access_token: &'a str,
    pub(super) started_at: Timestamp,
    pub(super) now: Timestamp,
}

/// What a token says of whose it is.
pub(super) struct Claims {
    told: Told,
    all: Map<String, Value>,
}

#[derive(Deserialize)]
struct Told {
    iss: String,
    sub: String,
    aud: OneOrMany,
    azp: Option<String>,
    // Seconds since 1970, whole or not.
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    auth_time: Option<f64>,
    nonce: Option<String>,
    at_hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// By what and which key a token says that it is signed.
pub(super) fn header(token: &str) -> Result<Header, Unfit> {
    // `none` is no algorithm at all to the library.
    let header = jsonwebtoken::decode_header(token).map_err(|_| Unfit("header"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Unfit("alg"));
    }
    Ok(header)
}

/// What a token says, once it is proved that the provider says it, now, to this platform and this browser.
pub(super) fn verify(
    token: &str,
    alg: Algorithm,
    key: &DecodingKey,
    expected: &Expected<'_>,
) -> Result<Claims, Unfit> {
    let mut validation = Validation::new(alg);
    // The library's clock is the machine's; ours is handed in.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let decoded = jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation);
    let all = decoded.map_err(|error| match error.kind() {
        ErrorKind::Json(_) => Unfit("claims"),
        _ => Unfit("signature"),
    })?;
    let all = all.claims;
    let told: Told = serde_json::from_value(Value::Object(all.clone())).map_err(|_| Unfit("claims"))?;
    told.check(alg, expected)?;
    Ok(Claims { told, all })
}

impl Told {
    fn check(&self, alg: Algorithm, expected: &Expected<'_>) -> Result<(), Unfit> {
        let (now, leeway) = (expected.now.as_second() as f64, LEEWAY_S as f64);
        let audiences = self.aud.all();
        let is_ours = |name: &str| name == expected.client_id;
        let nonce = self.nonce.as_deref().unwrap_or_default();
        let is_nonce = verify_slices_are_equal(nonce.as_bytes(), expected.nonce.as_bytes()).is_ok();
        let is_subject = !self.sub.is_empty() && self.sub.len() <= SUBJECT_MAX && self.sub.is_ascii();
        for (fits, what) in [
            (self.iss == expected.issuer, "iss"),
            (audiences.iter().any(|one| is_ours(one)), "aud"),
            // Who is meant of several is told by `azp`.
            (self.azp.as_deref().map_or(audiences.len() == 1, is_ours), "azp"),
            (is_subject, "sub"),
            (is_nonce, "nonce"),
            (self.exp + leeway > now, "exp"),
            (self.iat - leeway <= now && self.iat + leeway >= expected.started_at.as_second() as f64, "iat"),
            (self.nbf.is_none_or(|nbf| nbf - leeway <= now), "nbf"),
            (self.auth_time.is_none_or(|at| at - leeway <= now), "auth_time"),
            (
                self.at_hash.as_deref().is_none_or(|hash| hash == at_hash(alg, expected.access_token)),
                "at_hash",
            ),
        ] {
            if !fits {
                return Err(Unfit(what));
            }
        }
        Ok(())
    }
}

impl Claims {
    pub(super) fn subject(&self) -> &str {
        &self.told.sub
    }

    /// The text of a claim.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all.get(name)?.as_str()
    }

    /// When the provider last asked the person.
    pub(super) fn auth_time(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.told.auth_time? as i64).ok()
    }
}

/// The left half of the digest that goes with the algorithm (Core, 3.1.3.6).
fn at_hash(alg: Algorithm, access_token: &str) -> String {
    let kind = if alg == Algorithm::EdDSA { &SHA512 } else { &SHA256 };
    let digest = digest(kind, access_token.as_bytes());
    let (left, _) = digest.as_ref().split_at(digest.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}
