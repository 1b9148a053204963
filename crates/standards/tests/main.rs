//! The translators alone, without a socket or a clock. One executable: each more would link everything anew.

#![recursion_limit = "256"]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::result_large_err,
    clippy::unwrap_used,
    reason = "tests"
)]

mod huzhou;
mod isp;
mod ningbo;
mod over_quota;
mod shared {
    pub(crate) mod changes;
}
mod shenzhen;
mod unserved;
mod wire;
mod yunkuaichong;
