//! 4.1.2 数据加密: business data in RSA blocks, one after another, base64 around the whole.
//!
//! A block takes at most 245 bytes (2048 bit less PKCS#1 v1.5 padding). Senders cut UTF-8 wherever a block is full,
//! so a block alone need not be text; and they may fill blocks less than they could.

use super::credential::{KEY_BITS, LotKeys, PlatformKeys};
use crate::Fault;
use crate::shared::Object;
use crate::shared::encoding::{from_base64, to_base64};
use aws_lc_rs::rsa::Pkcs1PrivateDecryptingKey;

/// The bytes of an encrypted block.
pub(super) const BLOCK_BYTES: usize = KEY_BITS / 8;
/// The most bytes of plain text in a block.
pub(super) const PLAIN_MAX_BYTES: usize = BLOCK_BYTES - 11;

/// How many blocks so much base64 makes; line breaks in it count as if they were data.
pub(super) const fn count(base64_len: usize) -> usize {
    // Padding stands for up to two bytes that are not there.
    let bytes = (base64_len / 4 * 3 + base64_len % 4).saturating_sub(2);
    if base64_len == 0 {
        0
    } else if bytes == 0 {
        1
    } else {
        bytes.div_ceil(BLOCK_BYTES)
    }
}

/// Encrypts business data.
pub(super) fn seal(plain: &[u8], keys: &LotKeys) -> Option<String> {
    let mut sealed = Vec::with_capacity(plain.len().div_ceil(PLAIN_MAX_BYTES) * BLOCK_BYTES);
    let mut block = [0; BLOCK_BYTES];
    for chunk in plain.chunks(PLAIN_MAX_BYTES) {
        sealed.extend_from_slice(keys.public.encrypt(chunk, &mut block).ok()?);
    }
    Some(to_base64(&sealed))
}

/// Business data as far as opening got, kept for an engineer with the account's own keys.
pub(super) struct Opening {
    /// The bytes that the base64 stands for; `None` if it is no base64.
    pub(super) encrypted_bytes: Option<usize>,
    /// The first block, counted from 1, that no key opens, with the number of blocks that do not open.
    pub(super) shut: Option<(usize, usize)>,
    /// The opened bytes, were they JSON or not; `None` where not every block opened.
    pub(super) plain: Option<Vec<u8>>,
}

/// Opens business data with the first of `keys` that can: newest first, so that during a rotation the key of
/// yesterday still opens what it was used for. What opens is what `fits`, a UTF-8 JSON object as a rule, or it is not
/// open.
pub(super) fn open(base64: &str, keys: &[&PlatformKeys], fits: Fits) -> Result<Vec<u8>, Fault> {
    let opening = look(base64, keys, fits);
    // One fault for every cause: who could tell them apart could use us to decrypt what is not theirs.
    opening.plain.filter(|plain| fits(plain)).ok_or_else(cannot_open)
}

/// What the opened bytes have to be.
pub(super) type Fits = fn(&[u8]) -> bool;

/// Opens business data, telling how far it got.
pub(super) fn look(base64: &str, keys: &[&PlatformKeys], fits: Fits) -> Opening {
    let mut opening = Opening { encrypted_bytes: None, shut: None, plain: None };
    let Some(encrypted) = from_base64(base64) else { return opening };
    opening.encrypted_bytes = Some(encrypted.len());
    let (blocks, rest) = encrypted.as_chunks::<BLOCK_BYTES>();
    let (Some(first), true) = (blocks.first(), rest.is_empty()) else { return opening };
    // The first block tells which key it is, so that a rotation does not double the work of every message; what it
    // opens to is kept, so that nothing is decrypted twice.
    for keys in keys {
        let mut begun = Vec::with_capacity(blocks.len() * PLAIN_MAX_BYTES);
        if !decrypt(first, &keys.private, &mut begun) {
            continue;
        }
        let (plain, shut) = decrypt_rest(begun, None, blocks, &keys.private);
        opening.shut = shut;
        opening.plain = Some(plain).filter(|_| shut.is_none());
        // A wrong key takes a block for its own once in about 100,000: then the next one may still be right.
        if opening.plain.as_deref().is_some_and(fits) {
            return opening;
        }
    }
    if opening.shut.is_none()
        && opening.plain.is_none()
        && let Some(newest) = keys.first()
    {
        opening.shut = decrypt_rest(Vec::new(), Some((1, 1)), blocks, &newest.private).1;
    }
    opening
}

/// Decrypts every block after the first, also after one has failed, so that the time taken does not say which one
/// it was.
fn decrypt_rest(
    mut plain: Vec<u8>,
    mut shut: Option<(usize, usize)>,
    blocks: &[[u8; BLOCK_BYTES]],
    key: &Pkcs1PrivateDecryptingKey,
) -> (Vec<u8>, Option<(usize, usize)>) {
    for (place, block) in blocks.iter().enumerate().skip(1) {
        if !decrypt(block, key, &mut plain) {
            let (first, count) = shut.unwrap_or((place + 1, 0));
            shut = Some((first, count + 1));
        }
    }
    (plain, shut)
}

fn decrypt(block: &[u8; BLOCK_BYTES], key: &Pkcs1PrivateDecryptingKey, plain: &mut Vec<u8>) -> bool {
    let mut buffer = [0; BLOCK_BYTES];
    let opened = key.decrypt(block, &mut buffer);
    opened.map(|bytes| plain.extend_from_slice(bytes)).is_ok()
}

/// An object, even one with too many fields: that is another fault, and no secret.
pub(super) fn is_object(plain: &[u8]) -> bool {
    !matches!(Object::read(plain), Err(crate::shared::Unfit::NotAnObject { .. }))
}

/// The one fault of data that does not open, with all that there is to check.
pub(super) fn cannot_open() -> Fault {
    Fault::CannotOpen {
        field: super::encrypted_data::FIELD,
        check: format!(
            "请核对：使用本账号当前的 PublicKey（X.509，RSA {KEY_BITS} 位）；算法 RSA/ECB/PKCS1Padding；\
             明文为 UTF-8 编码的 JSON 对象，按每 {PLAIN_MAX_BYTES} 字节以内分块加密，每块密文 {BLOCK_BYTES} 字节；\
             各块密文依次拼接后整体做一次 Base64"
        ),
    }
}
