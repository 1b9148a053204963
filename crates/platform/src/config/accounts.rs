use super::OidcConfig;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// `[accounts]`: the rules of people's accounts. The defaults are those of an office under 等保三级.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountsConfig {
    /// Characters of a password, at least. Default 10.
    pub password_min: usize,
    /// Of the four kinds (capital letters, small letters, digits, others) a password has so many. Default 3.
    pub password_classes: usize,
    /// So many of the last passwords may not be chosen again. Default 5.
    pub passwords_remembered: usize,
    /// A password is good for so many days; 0 without end. Default 90.
    pub password_days: u32,
    /// An account that nobody has signed in with for so many days is closed; 0 never. Default 90.
    pub idle_account_days: u32,
    /// So many failures in a row lock an account. Default 5.
    pub failures_max: u32,
    /// So many failures in a row lock an address: an office has one address for all. Default 50.
    pub failures_per_address_max: u32,
    /// For how many minutes. Default 30.
    pub lock_minutes: u32,
    /// Whoever does nothing for so many minutes is signed out. Default 30.
    pub idle_minutes: u32,
    /// Whoever signed in so many hours ago is signed out. Default 12.
    pub session_hours: u32,
    /// For so many minutes after the password was given it is not asked for again. Default 5.
    pub confirmed_minutes: u32,
    /// An export of so many rows is ready at once; one of more a second person has to approve. Default 1000.
    pub export_rows_without_approval: u64,
    /// Officers and administrators need a second factor. Default true.
    pub second_factor: bool,
    /// The identity provider by which people may sign in too; absent: by password alone.
    pub oidc: Option<OidcConfig>,
}

impl Default for AccountsConfig {
    fn default() -> Self {
        Self {
            password_min: 10,
            password_classes: 3,
            passwords_remembered: 5,
            password_days: 90,
            idle_account_days: 90,
            failures_max: 5,
            failures_per_address_max: 50,
            lock_minutes: 30,
            idle_minutes: 30,
            session_hours: 12,
            confirmed_minutes: 5,
            export_rows_without_approval: 1_000,
            second_factor: true,
            oidc: None,
        }
    }
}

impl AccountsConfig {
    pub(crate) fn lock(&self) -> SignedDuration {
        SignedDuration::from_mins(self.lock_minutes.into())
    }

    pub(crate) fn idle(&self) -> SignedDuration {
        SignedDuration::from_mins(self.idle_minutes.into())
    }

    pub(crate) fn session(&self) -> SignedDuration {
        SignedDuration::from_hours(self.session_hours.into())
    }

    pub(crate) fn confirmed(&self) -> SignedDuration {
        SignedDuration::from_mins(self.confirmed_minutes.into())
    }
}
