//! Pictures that belong to nothing.

pub(crate) mod sweep;

use bowei_model::moment;
use jiff::{SignedDuration, Timestamp};

fn day_before(now: Timestamp, by: SignedDuration) -> u32 {
    moment::day(now.saturating_sub(by).unwrap_or(Timestamp::MIN))
}
