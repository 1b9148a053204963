//! 4.1.2 数据加密: business data in RSA blocks, one after another, base64 around the whole.
//!
//! A block takes at most 245 bytes (2048 bit less PKCS#1 v1.5 padding). Senders cut UTF-8 wherever a block is full,
//! so a block alone need not be text; and they may fill blocks less than they could.

use super::credential::{KEY_BITS, LotKeys, PlatformKeys};
use crate::Fault;
use crate::shared::Object;
use aws_lc_rs::rsa::Pkcs1PrivateDecryptingKey;
use bowei_encoding::{from_base64, to_base64};

/// Its name.
pub(super) const FIELD: &str = "encryptedData";

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

/// What the opened bytes have to be.
pub(super) type Fits = fn(&[u8]) -> bool;

/// Opens business data, telling how far it got.
pub(super) fn look(base64: &str, keys: &[&PlatformKeys], fits: Fits) -> Opening {
    let mut decrypting = Decrypting::new(base64);
    decrypting.work(keys, fits, usize::MAX);
    decrypting.opening
}

/// Business data on the way to being opened, with the first of `keys` that can: newest first, so that during a rotation
/// the key of yesterday still opens what it was used for. Every call of [`Decrypting::work`] has the same keys.
pub(super) struct Decrypting {
    encrypted: Vec<u8>,
    /// The key that is tried; behind the last one, what is left is done with the newest, in vain.
    key: usize,
    /// The block that comes next.
    place: usize,
    plain: Vec<u8>,
    shut: Option<(usize, usize)>,
    is_done: bool,
    opening: Opening,
}

impl Decrypting {
    pub(super) fn new(base64: &str) -> Self {
        let encrypted = from_base64(base64);
        let opening = Opening { encrypted_bytes: encrypted.as_ref().map(Vec::len), shut: None, plain: None };
        let encrypted = encrypted.unwrap_or_default();
        let is_done = encrypted.is_empty() || !encrypted.len().is_multiple_of(BLOCK_BYTES);
        Self { encrypted, key: 0, place: 0, plain: Vec::new(), shut: None, is_done, opening }
    }

    /// Decrypts so many blocks, if so many are left; whether any is.
    pub(super) fn work(&mut self, keys: &[&PlatformKeys], fits: Fits, blocks_max: usize) -> bool {
        for _ in 0..blocks_max {
            if self.is_done || !self.block(keys, fits) {
                self.is_done = true;
                return false;
            }
        }
        !self.is_done
    }

    /// What came of it, all of it done: what opens is what `fits`, or it is not open.
    pub(super) fn finish(mut self, keys: &[&PlatformKeys], fits: Fits) -> Result<Vec<u8>, Fault> {
        self.work(keys, fits, usize::MAX);
        // One fault for every cause: who could tell them apart could use us to decrypt what is not theirs.
        self.opening.plain.filter(|plain| fits(plain)).ok_or_else(cannot_open)
    }

    /// Decrypts the next block; whether another follows. The first block tells which key it is, so that a rotation does not
    /// double the work of every message. Every block after it is decrypted also after one has failed, so that the time
    /// taken does not say which one it was.
    fn block(&mut self, keys: &[&PlatformKeys], fits: Fits) -> bool {
        let Some(newest) = keys.first() else { return false };
        let key = keys.get(self.key);
        let (blocks, _) = self.encrypted.as_chunks::<BLOCK_BYTES>();
        let Some(block) = blocks.get(self.place) else { return false };
        let opened = decrypt(block, &key.unwrap_or(newest).private, &mut self.plain);
        if self.place == 0 && !opened {
            return self.next_key(keys, blocks.len());
        }
        if !opened {
            let (first, count) = self.shut.unwrap_or((self.place + 1, 0));
            self.shut = Some((first, count + 1));
        }
        self.place += 1;
        if self.place < blocks.len() {
            return true;
        }
        self.opening.shut = self.shut;
        if key.is_none() {
            return false;
        }
        self.opening.plain = Some(std::mem::take(&mut self.plain)).filter(|_| self.shut.is_none());
        // A wrong key takes a block for its own once in about 100,000: then the next one may still be right.
        !self.opening.plain.as_deref().is_some_and(fits) && self.next_key(keys, blocks.len())
    }

    /// Goes on with the next key, or with none where all have been tried; whether there is anything left to decrypt.
    fn next_key(&mut self, keys: &[&PlatformKeys], blocks: usize) -> bool {
        self.plain.clear();
        self.key += 1;
        (self.place, self.shut) = (0, None);
        if self.key < keys.len() {
            return true;
        }
        if self.opening.shut.is_some() || self.opening.plain.is_some() {
            return false;
        }
        // No key has opened the first block: the others cost what they would have cost.
        (self.place, self.shut) = (1, Some((1, 1)));
        self.opening.shut = self.shut;
        blocks > 1
    }
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
        field: FIELD,
        check: format!(
            "请核对：使用本账号当前的 PublicKey（X.509，RSA {KEY_BITS} 位）；算法 RSA/ECB/PKCS1Padding；\
             明文为 UTF-8 编码的 JSON 对象，按每 {PLAIN_MAX_BYTES} 字节以内分块加密，每块密文 {BLOCK_BYTES} 字节；\
             各块密文依次拼接后整体做一次 Base64"
        ),
    }
}
