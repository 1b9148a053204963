//! Who asks, and what they may: [`Principal`], its [`Role`] and the [`Permission`]s that go with it; and the tokens by
//! which programs say who they are.

mod permission;
mod principal;
mod role;
pub mod token;

pub use permission::Permission;
pub(crate) use principal::Principal;
pub use role::{Role, UnknownRole};
