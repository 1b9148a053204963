//! What every credential is made of: fields that are there, faults that name them, and randomness.

use crate::platform_side::{CredentialFault, Fields};
use aws_lc_rs::rand;
use bowei_encoding::hex;

/// The fault of a field.
pub(crate) fn fault(field: &'static str, problem: impl Into<String>) -> CredentialFault {
    CredentialFault { field, problem: problem.into() }
}

/// A field that must be there.
pub(crate) fn required<'a>(fields: &'a Fields, field: &'static str) -> Result<&'a str, CredentialFault> {
    fields.get(field).map(String::as_str).ok_or_else(|| fault(field, "缺失 it is missing"))
}

/// So many random bytes for a field, in lower-case hex.
pub(crate) fn random_hex<const BYTES: usize>(field: &'static str) -> Result<String, CredentialFault> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes)
        .map_err(|_| fault(field, "随机数生成失败，请重试 no random numbers could be had: try again"))?;
    Ok(hex(&bytes))
}
