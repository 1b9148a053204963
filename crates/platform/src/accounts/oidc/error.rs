use super::id_token::Unfit;
use crate::accounts::token::NoRandomness;
use crate::seal::SealError;

/// Why nobody comes back from the provider with a name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    /// It cannot be asked.
    #[error("the identity provider cannot be asked: {0}")]
    Unreachable(String),
    /// It answers something else than OpenID Connect's.
    #[error("the identity provider's answer does not fit: {0}")]
    Malformed(String),
    /// It has let nobody in.
    #[error("the identity provider refused: {0}")]
    Refused(String),
    /// Its ID token proves nothing.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The machine gives no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Nothing can be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}
