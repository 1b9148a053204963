//! The second factor: codes by time (RFC 6238), and recovery codes for whoever has lost the device.

use super::random;
use super::token::NoRandomness;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use totp_rs::{Algorithm, Secret, TOTP};

/// Bytes of a secret: 160 bits, as RFC 4226 asks.
const SECRET_BYTES: usize = 20;
/// What every authenticator app takes for granted.
const DIGITS: usize = 6;
const STEP_S: u64 = 30;
/// Steps that a device's clock may be off, either way.
const SKEW: i64 = 1;
/// Recovery codes that a person is given.
const RECOVERY_CODES: usize = 10;

/// Makes a secret.
pub(crate) fn new_secret() -> Result<[u8; SECRET_BYTES], NoRandomness> {
    random()
}

/// The secret in base32, as a person types it into an app.
pub(crate) fn shown(secret: &[u8]) -> String {
    let Secret::Encoded(text) = Secret::Raw(secret.to_vec()).to_encoded() else { return String::new() };
    text
}

fn totp(secret: &[u8], login: &str) -> Option<TOTP> {
    let (issuer, account) = (Some("Bowei".to_owned()), login.to_owned());
    TOTP::new(Algorithm::SHA1, DIGITS, 0, STEP_S, secret.to_vec(), issuer, account).ok()
}

/// The address that a QR shows.
pub(crate) fn uri(secret: &[u8], login: &str) -> String {
    totp(secret, login).map(|totp| totp.get_url()).unwrap_or_default()
}

/// The step whose code this is: one after `last_step`, and not further from now than clocks are off.
pub(crate) fn step_of(secret: &[u8], code: &str, now: Timestamp, last_step: i64) -> Option<i64> {
    let totp = totp(secret, "bowei")?;
    let now = now.as_second().div_euclid(STEP_S as i64);
    (now - SKEW..=now + SKEW).filter(|step| *step > last_step).find(|step| {
        let at = u64::try_from(step * STEP_S as i64).unwrap_or_default();
        aws_lc_rs::constant_time::verify_slices_are_equal(totp.generate(at).as_bytes(), code.as_bytes())
            .is_ok()
    })
}

/// Recovery codes: what to show, and what to keep.
pub(crate) fn recovery_codes() -> Result<(Vec<String>, Vec<String>), NoRandomness> {
    let mut shown = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        // 80 bits: as random as a key, so that a plain digest is as good as a slow one.
        let code = Secret::Raw(random::<10>()?.to_vec()).to_encoded().to_string();
        let (a, b) = code.split_at(code.len() / 2);
        shown.push(format!("{a}-{b}"));
    }
    let kept = shown.iter().map(|code| recovery_digest(code)).collect();
    Ok((shown, kept))
}

/// The digest by which a recovery code is kept, however it is typed.
pub(crate) fn recovery_digest(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    URL_SAFE_NO_PAD.encode(digest(&SHA256, plain.to_ascii_uppercase().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            let now = Timestamp::from_second(at).unwrap();
            assert_eq!(step_of(secret, code, now, 0), Some(at / 30), "{code}");
            let later = Timestamp::from_second(at + 30).unwrap();
            assert_eq!(step_of(secret, code, later, 0), Some(at / 30), "a step late");
            let too_late = Timestamp::from_second(at + 60).unwrap();
            assert_eq!(step_of(secret, code, too_late, 0), None, "two steps late");
            assert_eq!(step_of(secret, code, now, at / 30), None, "a step is used once");
        }
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let (shown, kept) = recovery_codes().unwrap();
        assert_eq!(shown.len(), RECOVERY_CODES);
        assert_eq!(recovery_digest(&shown[0].to_lowercase().replace('-', " ")), kept[0]);
        assert_ne!(kept[0], kept[1]);
    }

    #[test]
    fn an_app_is_told_everything_in_one_address() {
        let uri = uri(b"12345678901234567890", "zhang");
        assert!(
            uri.starts_with("otpauth://totp/Bowei:zhang?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{uri}"
        );
    }
}
