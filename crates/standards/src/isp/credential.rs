//! 1 安全认证: the account that logs in, and what its tokens are signed with.
//!
//! None of the types here can be printed: a secret in a log is a secret given away.

use super::token::TokenKey;
use crate::platform_side::{Credential, CredentialFault, Fields, Issued};
use crate::shared::credential::{fault, random_hex, required};
use bowei_encoding::password::{self, Hashed};
use std::any::Any;

pub(super) const CLIENT_ID: &str = "client_id";
pub(super) const CLIENT_SECRET: &str = "client_secret";
/// What is kept of the secret: it is compared at logins and need never be read again.
pub(super) const SECRET_HASH: &str = "client_secret_argon2";
/// What tokens are signed with. It never leaves the platform; that it is kept lets every node of the platform check
/// the tokens that any of them gave out.
pub(super) const TOKEN_KEY: &str = "token_key";

/// The most characters of a client_id or client_secret.
const NAME_MAX: usize = 128;

/// What the platform needs to let an account in.
pub(super) struct PlatformKeys {
    pub(super) client_id: String,
    pub(super) secret: Hashed,
    pub(super) token_key: TokenKey,
}

/// What a lot needs to log in, and the token that it was given.
#[derive(Clone)]
pub(super) struct LotKeys {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) token: Option<String>,
}

impl Credential for PlatformKeys {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Credential for LotKeys {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl PlatformKeys {
    pub(super) fn from_kept(kept: &Fields) -> Result<Self, CredentialFault> {
        Ok(Self {
            client_id: client_id(required(kept, CLIENT_ID)?)?,
            secret: secret_hash(required(kept, SECRET_HASH)?)?,
            token_key: token_key(required(kept, TOKEN_KEY)?)?,
        })
    }
}

impl LotKeys {
    pub(super) fn from_handed_out(handed_out: &Fields) -> Result<Self, CredentialFault> {
        Ok(Self {
            client_id: client_id(required(handed_out, CLIENT_ID)?)?,
            client_secret: client_secret(required(handed_out, CLIENT_SECRET)?)?,
            token: None,
        })
    }
}

/// Makes a credential from what is given, generating what is not. Tokens given out under a secret end with it: another
/// secret brings another token key.
pub(super) fn issue(given: &Fields) -> Result<Issued, CredentialFault> {
    let name = match given.get(CLIENT_ID) {
        Some(text) => client_id(text)?,
        None => format!("isp-{}", random_hex::<8>(CLIENT_ID)?),
    };
    let kept_hash = given.get(SECRET_HASH).map(|phc| secret_hash(phc).map(|hash| (phc, hash))).transpose()?;
    let given_secret = given.get(CLIENT_SECRET).map(|text| client_secret(text)).transpose()?;
    let mut generated = Vec::new();
    let (secret, hash, is_new) = match (given_secret, kept_hash) {
        (None, Some((phc, _))) => (None, phc.trim().to_owned(), false),
        (Some(secret), Some((phc, hash))) if hash.verify(&secret) => {
            (Some(secret), phc.trim().to_owned(), false)
        }
        (Some(secret), _) => (Some(secret.clone()), hashed(&secret)?, true),
        (None, None) => {
            generated.push(CLIENT_SECRET);
            let secret = random_hex::<16>(CLIENT_SECRET)?;
            (Some(secret.clone()), hashed(&secret)?, true)
        }
    };
    let key = match given.get(TOKEN_KEY).filter(|_| !is_new) {
        Some(text) => token_key(text).map(|_| text.trim().to_owned())?,
        None => {
            generated.push(TOKEN_KEY);
            random_hex::<{ TokenKey::BYTES }>(TOKEN_KEY)?
        }
    };
    let kept = [(CLIENT_ID, name.clone()), (SECRET_HASH, hash), (TOKEN_KEY, key)];
    let handed_out = [Some((CLIENT_ID, name)), secret.map(|secret| (CLIENT_SECRET, secret))];
    Ok(Issued { kept: fields(kept), handed_out: fields(handed_out.into_iter().flatten()), generated })
}

/// Whether what is given asks for nothing but what is kept.
pub(super) fn is_same(given: &Fields, kept: &Fields) -> bool {
    given.iter().all(|(field, value)| match field.as_str() {
        CLIENT_SECRET => {
            let hash = kept.get(SECRET_HASH).and_then(|phc| Hashed::read(phc.trim()));
            hash.is_some_and(|hash| hash.verify(value))
        }
        field => kept.get(field).is_some_and(|kept| kept.trim() == value.trim()),
    })
}

fn fields(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn client_id(text: &str) -> Result<String, CredentialFault> {
    // HTTP Basic ends it at the first colon; logs and tables want it in one piece.
    let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != ':');
    if text.is_empty() || !plain || text.chars().count() > NAME_MAX {
        return Err(fault(
            CLIENT_ID,
            format!(
                "应为 1 至 {NAME_MAX} 个字符，不含空白与冒号 1 to {NAME_MAX} characters are expected, no blank or colon"
            ),
        ));
    }
    Ok(text.to_owned())
}

fn client_secret(text: &str) -> Result<String, CredentialFault> {
    // Secrets in use elsewhere are taken as they are, short ones too: the text names no length.
    if text.trim().is_empty() || text.chars().any(char::is_control) || text.chars().count() > NAME_MAX {
        return Err(fault(
            CLIENT_SECRET,
            format!(
                "应为 1 至 {NAME_MAX} 个字符，不含控制字符 1 to {NAME_MAX} characters are expected, no control characters"
            ),
        ));
    }
    Ok(text.to_owned())
}

fn secret_hash(phc: &str) -> Result<Hashed, CredentialFault> {
    Hashed::read(phc.trim())
        .ok_or_else(|| fault(SECRET_HASH, "应为 Argon2id 的 PHC 字符串 an Argon2id PHC string is expected"))
}

fn hashed(secret: &str) -> Result<String, CredentialFault> {
    password::hash(secret)
        .ok_or_else(|| fault(CLIENT_SECRET, "密钥散列失败，请重试 it could not be hashed: try again"))
}

fn token_key(text: &str) -> Result<TokenKey, CredentialFault> {
    TokenKey::from_hex(text.trim()).ok_or_else(|| {
        fault(
            TOKEN_KEY,
            format!("应为 {n} 位十六进制数 {n} hex digits are expected", n = TokenKey::BYTES * 2),
        )
    })
}
