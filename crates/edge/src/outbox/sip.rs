//! SipHash-2-4 with a fixed key: written to disk, so it must be the same in every version of this software.

const KEY: (u64, u64) = (0x626f_7765_695f_6564, 0x6765_5f6f_7574_626f);

/// The hash of `bytes`.
pub(super) fn sip(bytes: &[u8]) -> u64 {
    keyed(KEY.0, KEY.1, bytes)
}

fn keyed(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    let mut state = State {
        v0: k0 ^ 0x736f_6d65_7073_6575,
        v1: k1 ^ 0x646f_7261_6e64_6f6d,
        v2: k0 ^ 0x6c79_6765_6e65_7261,
        v3: k1 ^ 0x7465_6462_7974_6573,
    };
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        state.word(word.try_into().map_or(0, u64::from_le_bytes));
    }
    let mut last = (bytes.len() as u64) << 56;
    for (place, byte) in words.remainder().iter().enumerate() {
        last |= u64::from(*byte) << (8 * place);
    }
    state.word(last);
    state.v2 ^= 0xff;
    for _ in 0..4 {
        state.round();
    }
    state.v0 ^ state.v1 ^ state.v2 ^ state.v3
}

struct State {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl State {
    fn word(&mut self, word: u64) {
        self.v3 ^= word;
        self.round();
        self.round();
        self.v0 ^= word;
    }

    fn round(&mut self) {
        self.v0 = self.v0.wrapping_add(self.v1);
        self.v1 = self.v1.rotate_left(13) ^ self.v0;
        self.v0 = self.v0.rotate_left(32);
        self.v2 = self.v2.wrapping_add(self.v3);
        self.v3 = self.v3.rotate_left(16) ^ self.v2;
        self.v0 = self.v0.wrapping_add(self.v3);
        self.v3 = self.v3.rotate_left(21) ^ self.v0;
        self.v2 = self.v2.wrapping_add(self.v1);
        self.v1 = self.v1.rotate_left(17) ^ self.v2;
        self.v2 = self.v2.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::keyed;

    #[test]
    fn it_is_the_hash_of_the_published_vectors() {
        let key = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);
        let message: Vec<u8> = (0..15).collect();
        assert_eq!(keyed(key.0, key.1, &message), 0xa129_ca61_49be_45e5);
        assert_eq!(keyed(key.0, key.1, &[]), 0x726f_db47_dd0e_0e31);
    }
}
