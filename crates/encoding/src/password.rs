//! Passwords that need never be read again: kept as Argon2id, and checked without paying for it at every call.
//!
//! A slow hash is what makes a stolen store worthless. Standards that send the password with every message would
//! pay it thousands of times a second; so the first word that proves right is remembered as a keyed digest, whose
//! key lives in this process alone.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use aws_lc_rs::{constant_time, hmac, rand};
use std::sync::OnceLock;

/// What one slow hash costs, in units of an RSA block (a quarter of a millisecond).
pub const COST: usize = 100;
/// The longest password in bytes.
pub const PASSWORD_MAX_BYTES: usize = 1_024;

/// The Argon2id of a password, in PHC form; `None` where the machine has no memory or no randomness left for it.
pub fn hash(password: &str) -> Option<String> {
    Argon2::default().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

/// Does the work of a password that proves wrong, for an account that nobody has: so that the time of the answer does
/// not tell which accounts there are. Costs [`COST`].
pub fn verify_of_nobody(password: &str) {
    std::hint::black_box(hash(password));
}

/// A password as it is kept.
pub struct Hashed {
    phc: String,
    /// The keyed digest of the password that proved right.
    known: OnceLock<[u8; 32]>,
}

impl Hashed {
    /// Reads a PHC string.
    pub fn read(phc: &str) -> Option<Self> {
        PasswordHash::new(phc).ok()?;
        Some(Self { phc: phc.to_owned(), known: OnceLock::new() })
    }

    /// What [`Hashed::verify`] costs for this password, in units of an RSA block: nothing once a password has
    /// proved right and this is the same.
    pub fn cost(&self, password: &str) -> usize {
        if self.is_known(password) { 0 } else { COST }
    }

    /// Whether it is the password.
    pub fn verify(&self, password: &str) -> bool {
        if password.len() > PASSWORD_MAX_BYTES {
            return false;
        }
        if self.is_known(password) {
            return true;
        }
        let right = PasswordHash::new(&self.phc)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        if right && let Some(digest) = digest(password) {
            let _ = self.known.set(digest);
        }
        right
    }

    fn is_known(&self, password: &str) -> bool {
        let (Some(known), Some(this)) = (self.known.get(), digest(password)) else { return false };
        constant_time::verify_slices_are_equal(known, &this).is_ok()
    }
}

fn digest(password: &str) -> Option<[u8; 32]> {
    static KEY: OnceLock<Option<hmac::Key>> = OnceLock::new();
    let key = KEY.get_or_init(|| {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).ok()?;
        Some(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    });
    hmac::sign(key.as_ref()?, password.as_bytes()).as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_costs_nothing_after_the_first_time() {
        let hashed = Hashed::read(&hash("停车-S3cret").unwrap()).unwrap();
        assert_eq!(hashed.cost("停车-S3cret"), COST);
        assert!(!hashed.verify("another"));
        assert!(hashed.verify("停车-S3cret"));
        assert_eq!(hashed.cost("停车-S3cret"), 0);
        assert_eq!(hashed.cost("another"), COST);
        assert!(!hashed.verify("another"));
    }

    #[test]
    fn what_is_no_hash_is_not_taken_for_one() {
        assert!(Hashed::read("e10adc3949ba59abbe56e057f20f883e").is_none());
        assert!(Hashed::read("").is_none());
    }
}
