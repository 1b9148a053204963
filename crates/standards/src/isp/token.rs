//! 1.2: the access_token, a JWT (HS256) that proves itself: whoever has the credential's token key can check it, and
//! nobody need remember it.

use super::field;
use crate::Fault;
use crate::shared::WallClock;
use aws_lc_rs::rand;
use bowei_encoding::shown::{shown, shown_up_to};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// How long a token is good for: 12 hours, of which the text's example has some left.
pub(super) const LIFE_S: i64 = 12 * 60 * 60;
/// The most characters of a token; ours have about 300.
const TOKEN_MAX: usize = 2_048;

/// The header, as refusals name it.
pub(super) const AUTHORIZATION: &str = "Authorization";
const EXPECTED: &str = "Bearer 加 /oauth/token 返回的 access_token";
const RENEW: &str = "有效的 access_token，请重新调用 /oauth/token 获取";

/// What tokens are signed with.
pub(super) struct TokenKey {
    sign: EncodingKey,
    check: DecodingKey,
}

/// What a token says, in the order of the text's example.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    #[serde(default)]
    scope: Vec<String>,
    /// Seconds since 1970.
    exp: i64,
    #[serde(default)]
    authorities: Vec<String>,
    #[serde(default)]
    jti: String,
    client_id: String,
}

/// A token just made.
pub(super) struct NewToken {
    /// The token.
    pub(super) jwt: String,
    /// The `token` that stands beside it in the text's answer: a short base64 word of which the text says nothing.
    /// Ours is the token's own id, so that support can tell one login from another without seeing the token.
    pub(super) short: String,
}

impl TokenKey {
    /// As many as the digest has.
    pub(super) const BYTES: usize = 32;

    pub(super) fn from_hex(hex: &str) -> Option<Self> {
        let bytes = bowei_encoding::from_hex::<{ Self::BYTES }>(hex)?;
        Some(Self { sign: EncodingKey::from_secret(&bytes), check: DecodingKey::from_secret(&bytes) })
    }

    /// Makes a token; `None` where the machine has no randomness left.
    pub(super) fn issue(&self, client_id: &str, now: Timestamp) -> Option<NewToken> {
        let mut id = [0; 16];
        rand::fill(&mut id).ok()?;
        let claims = Claims {
            scope: vec!["all".to_owned()],
            exp: now.as_second().saturating_add(LIFE_S),
            authorities: vec!["ROLE_USER".to_owned()],
            jti: hyphened(&bowei_encoding::hex(&id)),
            client_id: client_id.to_owned(),
        };
        let jwt = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.sign).ok()?;
        Some(NewToken { jwt, short: bowei_encoding::to_base64(&id) })
    }

    fn signed(&self, jwt: &str) -> bool {
        let mut validation = Validation::new(Algorithm::HS256);
        // The library's clock is the machine's; ours is handed in.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode::<Claims>(jwt, &self.check, &validation).is_ok()
    }
}

/// 8-4-4-4-12, as the example's jti.
fn hyphened(hex: &str) -> String {
    let mut text = String::with_capacity(36);
    for (place, digit) in hex.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// A token as it came: what it says is not proved yet.
pub(super) struct Presented {
    jwt: String,
    claims: Claims,
}

impl Presented {
    /// Reads the header `Authorization`: `Bearer` in any case, or the token alone.
    pub(super) fn read(header: Option<&http::HeaderValue>) -> Result<Self, Fault> {
        let missing = || Fault::Missing { field: AUTHORIZATION.to_owned(), expected: EXPECTED.to_owned() };
        let text = header.ok_or_else(missing)?.to_str().map_err(|_| garbled())?;
        Self::of(text)
    }

    /// The same of a token that stands elsewhere.
    pub(super) fn of(text: &str) -> Result<Self, Fault> {
        let missing = || Fault::Missing { field: AUTHORIZATION.to_owned(), expected: EXPECTED.to_owned() };
        let text = text.trim();
        let jwt = match text.split_once(char::is_whitespace) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
            Some(_) => return Err(garbled()),
            None if text.eq_ignore_ascii_case("bearer") => "",
            None => text,
        };
        if jwt.is_empty() {
            return Err(missing());
        }
        if jwt.len() > TOKEN_MAX {
            return Err(garbled());
        }
        let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(jwt).map_err(|_| garbled())?;
        if claims.client_id.trim().is_empty() || claims.client_id.chars().count() > crate::shared::TEXT_MAX {
            return Err(garbled());
        }
        Ok(Self { jwt: jwt.to_owned(), claims })
    }

    /// Whose it says it is.
    pub(super) fn client_id(&self) -> &str {
        &self.claims.client_id
    }

    /// As much of it as tells it from another.
    pub(super) fn began(&self) -> String {
        format!("{}（{} 个字符）", shown_up_to(&self.jwt, 8), self.jwt.chars().count())
    }

    /// Its id and its end, in words.
    pub(super) fn described(&self) -> String {
        format!("jti {}，有效期至 {}", shown(&self.claims.jti), self.ends())
    }

    fn ends(&self) -> String {
        let ends = Timestamp::from_second(self.claims.exp).ok().and_then(WallClock::of);
        ends.map_or_else(|| format!("{} 秒", self.claims.exp), |ends| ends.to_string())
    }

    /// Whether one of the keys has signed it and its time is not over.
    pub(super) fn check<'k>(
        &self,
        mut keys: impl Iterator<Item = &'k TokenKey>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        if !keys.any(|key| key.signed(&self.jwt)) {
            return Err(mismatch("签名不符的令牌"));
        }
        self.check_time(now)
    }

    /// Whether its time is not over.
    pub(super) fn check_time(&self, now: Timestamp) -> Result<(), Fault> {
        if now.as_second() >= self.claims.exp {
            return Err(mismatch(&format!("已于 {} 过期的令牌", self.ends())));
        }
        Ok(())
    }

    /// The fault of a token for an account that nobody has.
    pub(super) fn of_nobody(&self) -> Fault {
        Fault::UnknownAccount { field: AUTHORIZATION, received: shown(self.client_id()) }
    }
}

fn garbled() -> Fault {
    mismatch("无法读取的令牌")
}

fn mismatch(received: &str) -> Fault {
    field::mismatch(AUTHORIZATION, RENEW, Some(received))
}
