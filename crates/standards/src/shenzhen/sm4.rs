//! 表 27 encrypted: 0 says that sensitive data, the plates, are encrypted, and names no algorithm. Ours, by agreement:
//! SM4-CBC with PKCS#7, the account's key, a random IV of 16 bytes in front, base64 around the whole.

use crate::Fault;
use aws_lc_rs::rand;
use bowei_encoding::{from_base64, from_hex, to_base64};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use sm4::Sm4;

/// The bytes of a key, an IV and a block.
const BLOCK_BYTES: usize = 16;

/// A key. It cannot be printed: a key in a log is a key given away.
#[derive(Clone)]
pub(super) struct Key([u8; BLOCK_BYTES]);

impl Key {
    /// Reads 32 digits of hex.
    pub(super) fn read(hex: &str) -> Option<Self> {
        from_hex(hex.trim()).map(Self)
    }

    /// Encrypts; `None` where the machine has no randomness left.
    pub(super) fn seal(&self, plain: &str) -> Option<String> {
        let mut iv = [0; BLOCK_BYTES];
        rand::fill(&mut iv).ok()?;
        let cipher = cbc::Encryptor::<Sm4>::new(&self.0.into(), &iv.into());
        let mut sealed = iv.to_vec();
        sealed.extend(cipher.encrypt_padded_vec::<Pkcs7>(plain.as_bytes()));
        Some(to_base64(&sealed))
    }

    fn open(&self, bytes: &[u8]) -> Option<String> {
        let (iv, sealed) = bytes.split_first_chunk::<BLOCK_BYTES>()?;
        let cipher = cbc::Decryptor::<Sm4>::new(&self.0.into(), &(*iv).into());
        String::from_utf8(cipher.decrypt_padded_vec::<Pkcs7>(sealed).ok()?).ok()
    }
}

/// Decrypts with the first key that can, newest first. One fault for every cause, a missing key among them: who
/// could tell causes apart could use us to decrypt what is not theirs.
pub(super) fn open(keys: &[&Key], field: &'static str, place: &str, text: &str) -> Result<String, Fault> {
    let bytes = from_base64(text).unwrap_or_default();
    keys.iter().find_map(|key| key.open(&bytes)).ok_or_else(|| cannot_open(field, place))
}

/// `place` is where the field stands in the message.
pub(super) fn cannot_open(field: &'static str, place: &str) -> Fault {
    Fault::CannotOpen {
        field,
        check: format!(
            "（{place}）请核对：请求头 encrypted 为 0 时须先与平台约定密钥；算法 SM4-CBC，PKCS#7 填充，密钥 16 字节；\
             16 字节 IV 置于密文之前，整体做一次 Base64；明文为 UTF-8"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with OpenSSL's sm4-cbc.
    const SEALED: &str = "AAECAwQFBgcICQoLDA0OD82uOK6nCEf+279I0elPO/3fi8/tgdfUhYgqTUzpZomr";

    #[test]
    fn what_another_library_sealed_opens() {
        let key = Key::read("0123456789ABCDEFfedcba9876543210").unwrap();
        let other = Key::read("00000000000000000000000000000000").unwrap();
        let opened = open(&[&other, &key], "plateNoList", "data[0].plateNoList", SEALED);
        assert_eq!(opened.unwrap(), "粤BD12345,粤B54321");
        let sealed = key.seal("粤B12345").unwrap();
        assert_ne!(sealed, key.seal("粤B12345").unwrap(), "a new IV every time");
        assert_eq!(open(&[&key], "plateNo", "data[0].plateNo", &sealed).unwrap(), "粤B12345");
    }

    #[test]
    fn every_failure_is_the_same() {
        let key = Key::read("00000000000000000000000000000000").unwrap();
        let faults = ["", "粤B12345", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA==", SEALED]
            .map(|text| open(&[&key], "plateNo", "data[0].plateNo", text).unwrap_err());
        assert!(faults.iter().all(|fault| *fault == cannot_open("plateNo", "data[0].plateNo")));
        assert!(Key::read("0123").is_none() && Key::read(&"x".repeat(32)).is_none());
    }
}
