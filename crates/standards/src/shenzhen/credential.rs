//! 表 2: userId and password — and, by agreement, the key for plates and the address that the platform calls.
//!
//! What travels is base64(SM3(password)), which is as good as the password to whoever reads it on the way; the
//! platform keeps a slow hash of that and can give it back to nobody. None of the types here can be printed.

use super::sign::sm3;
use super::sm4;
use crate::platform_side::{Credential, CredentialFault, Fields, Issued};
use crate::shared::credential::{fault, random_hex, required};
use bowei_encoding::password::{self, Hashed};
use bowei_encoding::{from_base64, from_hex, to_base64};
use http::Uri;
use http::uri::Scheme;
use std::any::Any;

pub(super) const USER_ID: &str = "user_id";
pub(super) const PASSWORD: &str = "password";
pub(super) const PASSWORD_HASH: &str = "password_argon2";
const CALLBACK_URL: &str = "callback_url";
const SM4_KEY: &str = "sm4_key_hex";
/// Of the lot's side alone: `0`, as in the header, has plates encrypted.
const ENCRYPTED: &str = "encrypted";

/// 表 2 userId, String 32.
pub(super) const USER_ID_MAX: usize = 32;
/// The most characters of a clear password; on the wire every one has 44.
const PASSWORD_MAX: usize = 128;
/// The most characters of a callback address, what browsers and proxies agree to carry.
const URL_MAX: usize = 2_048;

/// What the platform needs of an account.
pub(super) struct PlatformAccount {
    pub(super) user_id: String,
    pub(super) password: Hashed,
    pub(super) callback_url: Option<String>,
    pub(super) sm4_key: Option<sm4::Key>,
}

/// What a lot needs to speak.
pub(super) struct LotAccount {
    pub(super) user_id: String,
    /// As it travels.
    pub(super) password: String,
    pub(super) sm4_key: Option<sm4::Key>,
    /// Whether plates are encrypted.
    pub(super) encrypts: bool,
    /// The accessToken of the last login.
    pub(super) token: Option<String>,
}

impl Credential for PlatformAccount {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Credential for LotAccount {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl PlatformAccount {
    pub(super) fn from_kept(kept: &Fields) -> Result<Self, CredentialFault> {
        Ok(Self {
            user_id: user_id(required(kept, USER_ID)?)?,
            password: Hashed::read(&hash(kept)?.ok_or_else(|| fault(PASSWORD_HASH, "缺失 it is missing"))?)
                .ok_or_else(|| {
                fault(PASSWORD_HASH, "应为 Argon2 的 PHC 字符串 an Argon2 PHC string is expected")
            })?,
            callback_url: kept.get(CALLBACK_URL).map(|url| callback_url(url)).transpose()?,
            sm4_key: kept.get(SM4_KEY).map(|key| sm4_key(key)).transpose()?,
        })
    }
}

impl LotAccount {
    pub(super) fn from_handed_out(handed_out: &Fields) -> Result<Self, CredentialFault> {
        let sm4_key = handed_out.get(SM4_KEY).map(|key| sm4_key(key)).transpose()?;
        let encrypts = match handed_out.get(ENCRYPTED).map(|text| text.trim()) {
            None | Some("1") => false,
            Some("0") if sm4_key.is_some() => true,
            Some("0") => {
                return Err(fault(ENCRYPTED, format!("加密需要 {SM4_KEY} encryption needs {SM4_KEY}")));
            }
            Some(_) => {
                return Err(fault(ENCRYPTED, "应为 0（加密）或 1（不加密） 0 (encrypted) or 1 is expected"));
            }
        };
        Ok(Self {
            user_id: user_id(required(handed_out, USER_ID)?)?,
            password: on_the_wire(clear_password(required(handed_out, PASSWORD)?)?),
            sm4_key,
            encrypts,
            token: None,
        })
    }

    /// The same, logged in.
    pub(super) fn with_token(&self, token: String) -> Self {
        Self {
            user_id: self.user_id.clone(),
            password: self.password.clone(),
            sm4_key: self.sm4_key.clone(),
            encrypts: self.encrypts,
            token: Some(token),
        }
    }
}

/// 表 2 password: base64 of the SM3 of its UTF-8.
pub(super) fn on_the_wire(clear: &str) -> String {
    to_base64(&sm3(clear.as_bytes()))
}

/// A password that came, as we would have written it: base64 may lack its padding or be broken into lines, and some
/// write the digest in hex.
pub(super) fn as_we_write_it(received: &str) -> String {
    let digest = from_hex::<32>(received.trim()).map(Vec::from).or_else(|| from_base64(received));
    digest.map_or_else(|| received.to_owned(), |digest| to_base64(&digest))
}

/// Makes a credential from what is given, generating what is not.
pub(super) fn issue(given: &Fields) -> Result<Issued, CredentialFault> {
    let mut kept = Fields::new();
    let mut handed_out = Fields::new();
    let mut generated = Vec::new();
    let mut both = |field: &str, value: String| {
        kept.insert(field.to_owned(), value.clone());
        handed_out.insert(field.to_owned(), value);
    };
    both(
        USER_ID,
        match given.get(USER_ID) {
            Some(text) => user_id(text)?,
            None => format!("sz-{}", random_hex::<8>(USER_ID)?),
        },
    );
    if let Some(url) = given.get(CALLBACK_URL) {
        both(CALLBACK_URL, callback_url(url)?);
    }
    if let Some(key) = given.get(SM4_KEY) {
        sm4_key(key)?;
        both(SM4_KEY, key.trim().to_ascii_lowercase());
    }
    let known = if let Some(hash) = hash(given)? {
        if let Some(clear) = given.get(PASSWORD) {
            handed_out.insert(PASSWORD.to_owned(), clear.clone());
        }
        hash
    } else {
        let clear = random_hex::<12>(PASSWORD)?;
        let hash = hash_of(&clear)?;
        handed_out.insert(PASSWORD.to_owned(), clear);
        generated.push(PASSWORD);
        hash
    };
    kept.insert(PASSWORD_HASH.to_owned(), known);
    Ok(Issued { kept, handed_out, generated })
}

/// Whether what is given asks for nothing that is not kept.
pub(super) fn same(given: &Fields, kept: &Fields) -> bool {
    let as_kept = |field: &str, plain: fn(&str) -> String| {
        given.get(field).is_none_or(|value| kept.get(field).is_some_and(|kept| plain(kept) == plain(value)))
    };
    let trimmed = |text: &str| text.trim().to_owned();
    let cheap = as_kept(USER_ID, trimmed)
        && as_kept(CALLBACK_URL, |url| url.trim().trim_end_matches('/').to_owned())
        && as_kept(SM4_KEY, |key| key.trim().to_ascii_lowercase());
    // The slow hash last. A clear password outweighs a hash beside it, as when issuing.
    cheap
        && match given.get(PASSWORD) {
            Some(clear) => kept
                .get(PASSWORD_HASH)
                .and_then(|hash| Hashed::read(hash))
                .is_some_and(|hashed| hashed.verify(&on_the_wire(clear))),
            None => as_kept(PASSWORD_HASH, trimmed),
        }
}

/// The hash of the clear password, or the one that is there in its place.
fn hash(fields: &Fields) -> Result<Option<String>, CredentialFault> {
    if let Some(clear) = fields.get(PASSWORD) {
        return hash_of(clear_password(clear)?).map(Some);
    }
    let Some(hash) = fields.get(PASSWORD_HASH) else { return Ok(None) };
    Hashed::read(hash)
        .ok_or_else(|| fault(PASSWORD_HASH, "应为 Argon2 的 PHC 字符串 an Argon2 PHC string is expected"))?;
    Ok(Some(hash.clone()))
}

fn hash_of(clear: &str) -> Result<String, CredentialFault> {
    password::hash(&on_the_wire(clear))
        .ok_or_else(|| fault(PASSWORD, "无法计算散列，请重试 it could not be hashed: try again"))
}

fn user_id(text: &str) -> Result<String, CredentialFault> {
    let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
    if text.is_empty() || !plain || text.chars().count() > USER_ID_MAX {
        return Err(fault(
            USER_ID,
            format!(
                "应为 1 至 {USER_ID_MAX} 个字符，不含空白 1 to {USER_ID_MAX} characters are expected, no blank"
            ),
        ));
    }
    Ok(text.to_owned())
}

fn clear_password(text: &str) -> Result<&str, CredentialFault> {
    if text.trim().is_empty() || text.chars().any(char::is_control) || text.chars().count() > PASSWORD_MAX {
        return Err(fault(
            PASSWORD,
            format!(
                "应为 1 至 {PASSWORD_MAX} 个字符，不含控制字符 1 to {PASSWORD_MAX} characters are expected, no control characters"
            ),
        ));
    }
    Ok(text)
}

/// The address without a slash at its end, since the text's path is put behind it.
fn callback_url(text: &str) -> Result<String, CredentialFault> {
    let text = text.trim().trim_end_matches('/');
    let is_web = text.len() <= URL_MAX
        && text.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme(), Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS)
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.query().is_none()
        });
    if is_web {
        Ok(text.to_owned())
    } else {
        Err(fault(
            CALLBACK_URL,
            "应为 http 或 https 地址，不带查询参数 an http or https address without a query is expected",
        ))
    }
}

fn sm4_key(text: &str) -> Result<sm4::Key, CredentialFault> {
    sm4::Key::read(text).ok_or_else(|| {
        fault(SM4_KEY, "应为 32 位十六进制数（16 字节的 SM4 密钥） 32 hex digits are expected")
    })
}
