//! API tokens: who may see what. A token is 32 random bytes; the store has its digest alone. A token is as random
//! as a key, so that a plain digest is as good as a slow one and does not cost a slow one on each request.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_model::{Lot, ProviderCode};
use bowei_store::TokenRow;
use jiff::Timestamp;
use std::fmt;
use std::str::FromStr;

/// What every token begins with, so that a leaked one can be recognised for what it is.
const PREFIX: &str = "bowei_";

/// What the holder of a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The supervising authority: reads everything in its district.
    Regulator,
    /// Runs the platform: reads everything.
    Operator,
    /// A data provider: its own lots alone.
    Provider(ProviderCode),
    /// Sees numbers; plates are masked and photos closed to it.
    Viewer,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Regulator => f.write_str("regulator"),
            Self::Operator => f.write_str("operator"),
            Self::Provider(code) => write!(f, "provider:{code}"),
            Self::Viewer => f.write_str("viewer"),
        }
    }
}

/// A role that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no role: regulator, operator, provider:CODE or viewer")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "regulator" => Ok(Self::Regulator),
            None if text == "operator" => Ok(Self::Operator),
            None if text == "viewer" => Ok(Self::Viewer),
            Some(("provider", code)) if !code.is_empty() => Ok(Self::Provider(code.into())),
            _ => Err(UnknownRole(text.to_owned())),
        }
    }
}

/// Who holds a token, as requests know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The token's public id.
    pub id: String,
    /// What the holder is.
    pub role: Role,
    /// Prefix of the districts that it sees; `None`: all.
    pub district: Option<String>,
}

impl Holder {
    /// Whether the holder may see this lot at all.
    pub fn sees(&self, lot: &Lot) -> bool {
        let district = self.district.as_ref().is_none_or(|prefix| lot.district.starts_with(prefix));
        let own = match &self.role {
            Role::Provider(code) => lot.provider == *code,
            Role::Regulator | Role::Operator | Role::Viewer => true,
        };
        district && own
    }

    /// Whether the holder sees every lot there is, known or not.
    pub fn sees_all(&self) -> bool {
        self.district.is_none() && !matches!(self.role, Role::Provider(_))
    }

    /// Whether the holder may see plates and photos.
    pub fn sees_plates(&self) -> bool {
        self.role != Role::Viewer
    }
}

/// The digest by which a token is kept.
pub fn token_digest(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

/// Makes a token: what to hand out, and what to keep.
pub fn make(
    role: &Role,
    district: Option<String>,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<(String, TokenRow), super::seal::SealError> {
    let mut bytes = [0u8; 40];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| super::seal::SealError::Cipher)?;
    let (id, secret) = bytes.split_at(8);
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    let row = TokenRow {
        id: format!("tk-{}", URL_SAFE_NO_PAD.encode(id)),
        sha256: token_digest(&token),
        role: role.to_string(),
        district,
        issued_at: now,
        expires_at,
    };
    Ok((token, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_as_they_are_written() {
        for text in ["regulator", "operator", "viewer", "provider:hz-demo"] {
            assert_eq!(text.parse::<Role>().unwrap().to_string(), text);
        }
        for text in ["", "admin", "provider", "provider:", "operator:x"] {
            assert!(text.parse::<Role>().is_err(), "{text}");
        }
    }
}
