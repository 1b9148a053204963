//! 2.1 访问凭证: AppId, SecretKey, PublicKey — and the private key that stays with the platform.
//!
//! None of the types here can be printed: a key in a log is a key given away.

use crate::lot_side::BASE_PATH;
use crate::platform_side::{Credential, CredentialFault, Fields, Issued};
use crate::shared::credential::{fault, random_hex, required};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{
    KeySize, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use bowei_encoding::{from_base64, to_base64};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use std::any::Any;

/// 4.1.2: 需采用 2048 位密钥长度.
pub(super) const KEY_BITS: usize = 2048;

const APP_ID: &str = "app_id";
pub(super) const SECRET_KEY: &str = "secret_key";
pub(super) const PRIVATE_KEY: &str = "private_key_pem";
const PUBLIC_KEY: &str = "public_key";

/// The most characters of an AppId or SecretKey.
const NAME_MAX: usize = 128;
/// A 2048 bit key in PEM has about 1,700 bytes.
const PEM_MAX_BYTES: usize = 16 * 1024;

/// What the platform needs to open an account's messages.
pub(super) struct PlatformKeys {
    pub(super) app_id: String,
    pub(super) secret: hmac::Key,
    pub(super) private: Pkcs1PrivateDecryptingKey,
}

/// What a lot needs to seal its messages.
pub(super) struct LotKeys {
    pub(super) app_id: String,
    pub(super) secret: hmac::Key,
    pub(super) public: Pkcs1PublicEncryptingKey,
    /// What stands in front of the text's paths at this platform, and so is requested and signed as well.
    pub(super) base_path: String,
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
        let private = private_key(required(kept, PRIVATE_KEY)?)?;
        Ok(Self {
            app_id: app_id(required(kept, APP_ID)?)?,
            secret: hmac_key(&secret_key(required(kept, SECRET_KEY)?)?),
            private: Pkcs1PrivateDecryptingKey::new(private)
                .map_err(|_| fault(PRIVATE_KEY, "无法用于解密 it cannot be used to decrypt"))?,
        })
    }
}

impl LotKeys {
    pub(super) fn from_handed_out(handed_out: &Fields) -> Result<Self, CredentialFault> {
        let public = public_key(required(handed_out, PUBLIC_KEY)?)?;
        Ok(Self {
            app_id: app_id(required(handed_out, APP_ID)?)?,
            secret: hmac_key(&secret_key(required(handed_out, SECRET_KEY)?)?),
            public: Pkcs1PublicEncryptingKey::new(public)
                .map_err(|_| fault(PUBLIC_KEY, "无法用于加密 it cannot be used to encrypt"))?,
            base_path: handed_out.get(BASE_PATH).cloned().unwrap_or_default(),
        })
    }
}

/// 4.1.3: 严格按照 UTF-8 编码数据源. The SecretKey's characters are the key, not what they might be hex of.
fn hmac_key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

/// Makes a credential from what is given, generating what is not.
pub(super) fn issue(given: &Fields) -> Result<Issued, CredentialFault> {
    let app_id = match given.get(APP_ID) {
        Some(text) => app_id(text)?,
        None => format!("hz-{}", random_hex::<8>(APP_ID)?),
    };
    let mut generated = Vec::new();
    let secret_key = match given.get(SECRET_KEY) {
        Some(text) => secret_key(text)?,
        None => {
            generated.push(SECRET_KEY);
            random_hex::<16>(SECRET_KEY)?
        }
    };
    let (private, pem) = match given.get(PRIVATE_KEY) {
        Some(text) => (private_key(text)?, text.trim().to_owned()),
        None => {
            generated.push(PRIVATE_KEY);
            generate_private_key().ok_or_else(|| {
                fault(PRIVATE_KEY, "密钥对生成失败，请重试 no key pair could be made: try again")
            })?
        }
    };
    let public = private
        .public_key()
        .as_der()
        .map_err(|_| fault(PRIVATE_KEY, "无法导出公钥 its public key cannot be had"))?;
    let kept = fields([(APP_ID, &app_id), (SECRET_KEY, &secret_key), (PRIVATE_KEY, &pem)]);
    let handed_out =
        fields([(APP_ID, &app_id), (SECRET_KEY, &secret_key), (PUBLIC_KEY, &to_base64(public.as_ref()))]);
    Ok(Issued { kept, handed_out, generated })
}

fn fields<const N: usize>(pairs: [(&str, &String); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

fn app_id(text: &str) -> Result<String, CredentialFault> {
    // It stands in the string to sign between `=` and `&`, and in logs.
    let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '&' | '='));
    if text.is_empty() || !plain || text.chars().count() > NAME_MAX {
        return Err(fault(
            APP_ID,
            format!(
                "应为 1 至 {NAME_MAX} 个字符，不含空白、& 与 = 1 to {NAME_MAX} characters are expected, no blank, & or ="
            ),
        ));
    }
    Ok(text.to_owned())
}

fn secret_key(text: &str) -> Result<String, CredentialFault> {
    // Keys in use elsewhere are taken as they are, short ones too: the text names no length.
    if text.trim().is_empty() || text.chars().any(char::is_control) || text.chars().count() > NAME_MAX {
        return Err(fault(
            SECRET_KEY,
            format!(
                "应为 1 至 {NAME_MAX} 个字符，不含控制字符 1 to {NAME_MAX} characters are expected, no control characters"
            ),
        ));
    }
    Ok(text.to_owned())
}

fn private_key(pem: &str) -> Result<PrivateDecryptingKey, CredentialFault> {
    let form = "应为 PKCS#8 PEM（-----BEGIN PRIVATE KEY-----）；PKCS#1 的密钥可用 `openssl pkcs8 -topk8 -nocrypt` 转换 a PKCS#8 PEM is expected; openssl turns PKCS#1 into one";
    if pem.len() > PEM_MAX_BYTES {
        return Err(fault(
            PRIVATE_KEY,
            format!("不超过 {PEM_MAX_BYTES} 字节 at most {PEM_MAX_BYTES} bytes are expected"),
        ));
    }
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| fault(PRIVATE_KEY, form))?;
    let key = PrivateDecryptingKey::from_pkcs8(der.secret_pkcs8_der()).map_err(|rejected| {
        fault(PRIVATE_KEY, format!("不是可用的 RSA {KEY_BITS} 位私钥（{rejected}）；{form}"))
    })?;
    if key.key_size_bits() != KEY_BITS {
        let bits = key.key_size_bits();
        return Err(fault(
            PRIVATE_KEY,
            format!(
                "应为 RSA {KEY_BITS} 位，实为 {bits} 位 RSA of {KEY_BITS} bits is expected, it has {bits}"
            ),
        ));
    }
    Ok(key)
}

/// 5.2: the samples import base64 of an X.509 SubjectPublicKeyInfo. PEM of the same is taken as well.
fn public_key(text: &str) -> Result<PublicEncryptingKey, CredentialFault> {
    let form = || {
        fault(
            PUBLIC_KEY,
            "应为 X.509 SubjectPublicKeyInfo（DER）的 Base64，一行 the Base64 of an X.509 SubjectPublicKeyInfo is expected, in one line",
        )
    };
    if text.len() > PEM_MAX_BYTES {
        return Err(form());
    }
    let der = if text.trim_start().starts_with("-----") {
        SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()).map_err(|_| form())?.as_ref().to_vec()
    } else {
        from_base64(text).ok_or_else(form)?
    };
    let key = PublicEncryptingKey::from_der(&der).map_err(|_| form())?;
    if key.key_size_bits() != KEY_BITS {
        let bits = key.key_size_bits();
        return Err(fault(
            PUBLIC_KEY,
            format!(
                "应为 RSA {KEY_BITS} 位，实为 {bits} 位 RSA of {KEY_BITS} bits is expected, it has {bits}"
            ),
        ));
    }
    Ok(key)
}

fn generate_private_key() -> Option<(PrivateDecryptingKey, String)> {
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).ok()?;
    let der: Pkcs8V1Der<'_> = key.as_der().ok()?;
    let base64 = to_base64(der.as_ref());
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    // RFC 7468: lines of 64 characters.
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END PRIVATE KEY-----");
    Some((key, pem))
}
