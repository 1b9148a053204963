//! What is kept of logins: the tokens that some standards hand out, so that every node knows them.

use jiff::{SignedDuration, Timestamp};

/// A token that an account was given when it logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRow {
    /// The standard's name.
    pub standard: String,
    /// The account's name in messages.
    pub account: String,
    /// SHA-256 of the token: what recognises it.
    pub token_sha256: Vec<u8>,
    /// The token, sealed: the platform presents it in its own calls to the lot.
    pub token_sealed: Vec<u8>,
    /// When it was handed out.
    pub issued_at: Timestamp,
    /// How long it lives after that, and after each renewal.
    pub lives: SignedDuration,
    /// When it dies unless it is renewed.
    pub dies_at: Timestamp,
}
