//! portName (道闸停车方提供) and key (云快充平台统一发放): both sides hold the same two, and both sign with them.
//!
//! The type here cannot be printed.

use crate::platform_side::{Account, Credential, CredentialFault, Fields, Issued};
use crate::shared::credential::{fault, random_hex, required};
use std::any::Any;

const NAME: &str = "port_name";
pub(super) const KEY: &str = "key";

/// The most characters of a name or a key.
const NAME_MAX: usize = 128;

/// An account's name and key.
pub(super) struct Keys {
    pub(super) port_name: String,
    pub(super) key: String,
}

impl Credential for Keys {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Keys {
    pub(super) fn from_fields(fields: &Fields) -> Result<Self, CredentialFault> {
        Ok(Self { port_name: text(required(fields, NAME)?, NAME)?, key: text(required(fields, KEY)?, KEY)? })
    }
}

/// An account's credentials, newest first.
pub(super) fn keys(account: &Account) -> impl Iterator<Item = &Keys> {
    account.credentials.iter().filter_map(|credential| credential.as_any().downcast_ref())
}

/// Makes a credential from what is given, generating what is not.
pub(super) fn issue(given: &Fields) -> Result<Issued, CredentialFault> {
    let port_name = match given.get(NAME) {
        Some(name) => text(name, NAME)?,
        None => format!("ykc-{}", random_hex::<8>(NAME)?),
    };
    let mut generated = Vec::new();
    let key = match given.get(KEY) {
        Some(key) => text(key, KEY)?,
        None => {
            generated.push(KEY);
            random_hex::<16>(KEY)?
        }
    };
    let kept = Fields::from([(NAME.to_owned(), port_name), (KEY.to_owned(), key)]);
    Ok(Issued { handed_out: kept.clone(), kept, generated })
}

fn text(text: &str, field: &'static str) -> Result<String, CredentialFault> {
    // Keys in use elsewhere are taken as they are, short ones too: the text names no length.
    if text.trim().is_empty() || text.chars().any(char::is_control) || text.chars().count() > NAME_MAX {
        return Err(fault(
            field,
            format!(
                "应为 1 至 {NAME_MAX} 个字符，不含控制字符 1 to {NAME_MAX} characters are expected, no control characters"
            ),
        ));
    }
    Ok(text.to_owned())
}
