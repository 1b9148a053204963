//! Signs of life: in which minutes a lot, an account or the platform itself was heard.

use super::Result;
use async_trait::async_trait;
use bowei_model::{LotCode, ProviderCode};
use jiff::Timestamp;

/// Under which subject the platform's own minutes are kept: those in which a node of it ran.
pub const HEARD_PLATFORM: &str = "platform";

/// Hours that one call forgets at most: some tens of milliseconds, for which others wait.
pub(crate) const HEARD_FORGOTTEN_AT_ONCE: i64 = 5_000;

/// The subject of a lot's own signs of life: `lot:CODE`.
pub fn heard_lot(lot: &LotCode) -> String {
    format!("lot:{lot}")
}

/// The subject of an account's heartbeats that name no lot: `account:PROVIDER/STANDARD`.
pub fn heard_account(provider: &ProviderCode, standard: &str) -> String {
    format!("account:{provider}/{standard}")
}

/// The minutes of an hour in which a subject was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardHour {
    /// [`heard_lot`], [`heard_account`] or [`HEARD_PLATFORM`].
    pub subject: String,
    /// The hour since 1970 by the wall clock, as [`Minutes::hour_and_bit`](bowei_model::supervision::Minutes::hour_and_bit) has it.
    pub hour: i64,
    /// Its minutes, a bit each, the lowest the first.
    pub minutes: u64,
}

/// When there was a sign of life. Those of lots and accounts are kept with what they say; a minute is written once.
#[async_trait]
pub trait Heard {
    /// The hours of `subjects` from `from_hour` to before `to_hour` in which they were heard, by subject and hour.
    async fn heard(&self, subjects: Vec<String>, from_hour: i64, to_hour: i64) -> Result<Vec<HeardHour>>;

    /// Notes that `subject` was heard at `at`: the platform's nodes of themselves.
    async fn mark_heard(&self, subject: &str, at: Timestamp) -> Result<()>;

    /// Forgets some of the hours before `before_hour`; how many went.
    async fn forget_heard(&self, before_hour: i64) -> Result<u64>;
}
