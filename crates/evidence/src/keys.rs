//! The platform's key: Ed25519, by aws-lc-rs, with the public half as others exchange it (SPKI in PEM, RFC 8410).

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use bowei_encoding::{from_base64, sha256_hex, to_base64};

/// What stands before the 32 bytes of an Ed25519 key in its SPKI (RFC 8410, section 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";
/// Bytes of a file with a public key: there may be words around it.
const PEM_MAX: usize = 64 * 1024;

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an Ed25519 public key in PEM.
    #[error("不是 Ed25519 公钥 it is no Ed25519 public key: a PEM with BEGIN PUBLIC KEY is expected")]
    NoPublicKey,
    /// Not an Ed25519 key pair in PKCS #8.
    #[error("不是 Ed25519 私钥 it is no Ed25519 key pair in PKCS #8")]
    NoKeyPair,
    /// The machine gave no randomness, or would not sign.
    #[error("加密库出错 the crypto library failed")]
    Failed,
}

/// Whoever checks has this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Out of a PEM.
    ///
    /// # Errors
    ///
    /// Where it is none, or of another kind of key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let pem = Some(pem).filter(|pem| pem.len() <= PEM_MAX);
        let (_, rest) = pem.and_then(|pem| pem.split_once(BEGIN)).ok_or(KeyError::NoPublicKey)?;
        let (body, _) = rest.split_once(END).ok_or(KeyError::NoPublicKey)?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = from_base64(&body).ok_or(KeyError::NoPublicKey)?;
        let key = der.strip_prefix(&SPKI).and_then(|key| key.try_into().ok());
        key.map(Self).ok_or(KeyError::NoPublicKey)
    }

    /// As a PEM, with a line end behind it.
    pub fn to_pem(&self) -> String {
        format!("{BEGIN}\n{}\n{END}\n", to_base64(&self.spki()))
    }

    /// SHA-256 of its SPKI, in lower-case hex: what the platform publishes it by.
    pub fn fingerprint(&self) -> String {
        sha256_hex(&self.spki())
    }

    fn spki(&self) -> Vec<u8> {
        [SPKI.as_slice(), &self.0].concat()
    }

    /// Whether the signature is its holder's, over these bytes.
    pub(crate) fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(bytes, signature).is_ok()
    }
}

/// The platform has this.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// A new one, and what to keep of it: PKCS #8, a secret.
    ///
    /// # Errors
    ///
    /// Where the machine has no randomness.
    pub fn generate() -> Result<(Self, Vec<u8>), KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Failed)?;
        let kept = pair.to_pkcs8v1().map_err(|_| KeyError::Failed)?.as_ref().to_vec();
        Ok((Self(pair), kept))
    }

    /// One that was kept.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn from_pkcs8(kept: &[u8]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(kept).map(Self).map_err(|_| KeyError::NoKeyPair)
    }

    /// The half that is published.
    ///
    /// # Errors
    ///
    /// Never with a key that was made or read here.
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        self.0.public_key().as_ref().try_into().map(PublicKey).map_err(|_| KeyError::Failed)
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.0.try_sign(bytes).map_err(|_| KeyError::Failed)?;
        Ok(signature.as_ref().to_vec())
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}
