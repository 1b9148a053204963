//! Who asks, and what they may: [`Principal`], its [`Role`] and the [`Permission`]s that go with it; the tokens by which
//! programs say who they are, and people's accounts.

mod audited;
pub(crate) mod oidc;
pub(crate) mod password;
mod permission;
mod principal;
mod role;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod single_sign_on;
pub mod token;
pub(crate) mod totp;
pub(crate) mod upkeep;
pub mod user;

pub(crate) use audited::differing;
pub use audited::{Source, entry};
pub use permission::Permission;
pub(crate) use principal::{Person, Principal};
pub use role::{Role, UnknownRole};

/// Random bytes, as many as a key has.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], token::NoRandomness> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| token::NoRandomness)?;
    Ok(bytes)
}
