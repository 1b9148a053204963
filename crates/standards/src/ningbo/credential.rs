//! 2.1.3 账号验证: portname and portpwd. On the wire goes the MD5 of the password; kept is the Argon2id of that MD5,
//! which is all that the platform ever needs to know.
//!
//! None of the types here can be printed.

use crate::platform_side::{Account, Credential, CredentialFault, Fields, Issued};
use crate::shared::credential::{fault, random_hex, required};
use bowei_encoding::md5_hex;
use bowei_encoding::password::{self, Hashed, PASSWORD_MAX_BYTES};
use std::any::Any;

pub(super) const NAME: &str = "portname";
pub(super) const PASSWORD: &str = "portpwd";
pub(super) const HASH: &str = "portpwd_argon2";

/// The most characters of a name.
const NAME_MAX: usize = 128;

/// What the platform needs to know an account's messages.
pub(super) struct PlatformKeys {
    pub(super) portname: String,
    pub(super) password: Hashed,
}

/// What a lot needs to write its messages.
pub(super) struct LotKeys {
    pub(super) portname: String,
    /// The MD5 of the password, lower-case hex.
    pub(super) portpwd: String,
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
        Ok(Self { portname: portname(required(kept, NAME)?)?, password: read_hash(required(kept, HASH)?)? })
    }
}

impl LotKeys {
    pub(super) fn from_handed_out(handed_out: &Fields) -> Result<Self, CredentialFault> {
        Ok(Self {
            portname: portname(required(handed_out, NAME)?)?,
            portpwd: md5_hex(clear(required(handed_out, PASSWORD)?)?.as_bytes()),
        })
    }
}

/// An account's credentials, newest first.
pub(super) fn platform_keys(account: &Account) -> impl Iterator<Item = &PlatformKeys> {
    account.credentials.iter().filter_map(|credential| credential.as_any().downcast_ref())
}

/// What it costs to find out whether one of the account's passwords has this MD5.
pub(super) fn cost(account: &Account, md5: &str) -> usize {
    let costs = || platform_keys(account).map(|keys| keys.password.cost(md5));
    if costs().any(|cost| cost == 0) { 0 } else { costs().sum() }
}

/// Whether one of the account's passwords has this MD5: those that have proved right before are asked first.
pub(super) fn is_right(account: &Account, md5: &str) -> bool {
    let known = platform_keys(account).any(|keys| keys.password.cost(md5) == 0 && keys.password.verify(md5));
    known || platform_keys(account).any(|keys| keys.password.verify(md5))
}

/// Makes a credential from what is given, generating what is not. The clear password counts before a hash.
pub(super) fn issue(given: &Fields) -> Result<Issued, CredentialFault> {
    let name = match given.get(NAME) {
        Some(text) => portname(text)?,
        None => format!("nb-{}", random_hex::<8>(NAME)?),
    };
    let mut generated = Vec::new();
    let (password, hash) = match (given.get(PASSWORD), given.get(HASH)) {
        (Some(text), _) => (Some(clear(text)?.to_owned()), None),
        (None, Some(hash)) => {
            read_hash(hash)?;
            (None, Some(hash.trim().to_owned()))
        }
        (None, None) => {
            generated.push(PASSWORD);
            // Not of an MD5's length: what looks hashed already would be sent as it is.
            (Some(random_hex::<12>(PASSWORD)?), None)
        }
    };
    let hash = match (&password, hash) {
        (_, Some(hash)) => hash,
        (password, None) => password::hash(&md5_hex(password.as_deref().unwrap_or_default().as_bytes()))
            .ok_or_else(|| fault(PASSWORD, "密码摘要生成失败，请重试 it could not be hashed: try again"))?,
    };
    let kept = Fields::from([(NAME.to_owned(), name.clone()), (HASH.to_owned(), hash)]);
    let mut handed_out = Fields::from([(NAME.to_owned(), name)]);
    if let Some(password) = password {
        handed_out.insert(PASSWORD.to_owned(), password);
    }
    Ok(Issued { kept, handed_out, generated })
}

/// Whether what is given is what is kept: a clear password is held against the hash.
pub(super) fn same(given: &Fields, kept: &Fields) -> bool {
    given.iter().all(|(field, value)| match field.as_str() {
        PASSWORD => kept
            .get(HASH)
            .and_then(|hash| Hashed::read(hash.trim()))
            .is_some_and(|hashed| hashed.verify(&md5_hex(value.as_bytes()))),
        // The clear password beside it counts, as it does when issuing.
        HASH if given.contains_key(PASSWORD) => true,
        _ => kept.get(field).is_some_and(|kept| kept.trim() == value.trim()),
    })
}

fn portname(text: &str) -> Result<String, CredentialFault> {
    if text.trim().is_empty() || text.chars().any(char::is_control) || text.chars().count() > NAME_MAX {
        return Err(fault(
            NAME,
            format!(
                "应为 1 至 {NAME_MAX} 个字符，不含控制字符 1 to {NAME_MAX} characters are expected, no control characters"
            ),
        ));
    }
    Ok(text.to_owned())
}

fn clear(text: &str) -> Result<&str, CredentialFault> {
    // Passwords in use elsewhere are taken as they are: the text names no length, and its own example has six digits.
    if text.is_empty() || text.len() > PASSWORD_MAX_BYTES {
        return Err(fault(
            PASSWORD,
            format!(
                "应为密码明文，1 至 {PASSWORD_MAX_BYTES} 字节 the password as it is, of 1 to {PASSWORD_MAX_BYTES} bytes, is expected"
            ),
        ));
    }
    Ok(text)
}

fn read_hash(text: &str) -> Result<Hashed, CredentialFault> {
    Hashed::read(text.trim()).ok_or_else(|| fault(HASH, "应为密码 MD5（小写）的 Argon2id（PHC 格式） the Argon2id PHC string of the password's MD5 is expected"))
}
