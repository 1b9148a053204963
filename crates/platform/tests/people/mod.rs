//! People: they sign in, see what is theirs, and leave a trace.

mod accounts;
mod bounds;
mod exports;
mod hardening;
mod holds;
pub(crate) mod oidc;
mod oidc_accounts;
mod reveals;
mod sign_in;
