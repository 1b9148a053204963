//! SipHash-2-4 with a fixed key: written to disk, so it must be the same in every version of this software.

use siphasher::sip::SipHasher24;

const KEY: (u64, u64) = (0x626f_7765_695f_6564, 0x6765_5f6f_7574_626f);

/// The hash of `bytes`.
pub(super) fn siphash(bytes: &[u8]) -> u64 {
    SipHasher24::new_with_keys(KEY.0, KEY.1).hash(bytes)
}

#[cfg(test)]
mod tests {
    use super::siphash;

    #[test]
    fn what_older_versions_wrote_is_found_again() {
        // As the first version of the outbox hashed them.
        let fifteen: Vec<u8> = (0..15).collect();
        assert_eq!(siphash(&fifteen), 0x337a_cd76_cefc_eeb4);
        assert_eq!(siphash(b""), 0x2e49_5fba_1193_67c3);
        assert_eq!(siphash("湖州平台".as_bytes()), 0xc681_be61_715f_5897);
    }
}
