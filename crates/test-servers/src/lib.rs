//! The real servers that tests and benchmarks need: PostgreSQL and S3, each in a folder of its own.
//!
//! Nothing here is part of the product. Servers go when the process that started them goes, however it ends; see
//! [`supervised`]. What cannot be started says so as an error; later troubles panic, for the test has failed then.

#![allow(clippy::panic, reason = "a test whose server is gone has failed")]

mod found;
mod port;
mod postgres;
mod s3;
mod supervised;

pub use postgres::{Postgres, PostgresOptions, Stop};
pub use s3::{S3, S3ServerOptions};

use std::io;

/// Why a server could not be had.
#[derive(Debug, thiserror::Error)]
pub enum TestbedError {
    /// Its binaries are nowhere.
    #[error("{server} is not installed: {remedy}, or run `make test`, which does so")]
    Missing {
        /// The server.
        server: &'static str,
        /// What to install.
        remedy: &'static str,
    },
    /// It was started, and is not there.
    #[error("{server} did not start ({why}); its log ends:\n{log}")]
    NotStarted {
        /// The server.
        server: &'static str,
        /// At which step.
        why: String,
        /// The end of what it logged.
        log: String,
    },
    /// The machine did not do what was asked of it.
    #[error("cannot {what}: {source}")]
    Machine {
        /// What was asked.
        what: String,
        /// What it said.
        source: io::Error,
    },
}

impl TestbedError {
    fn machine(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Machine { what, source }
    }
}
