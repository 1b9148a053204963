//! The log, on stderr: `BOWEI_LOG` says how much (`info` by default), `BOWEI_LOG_FORMAT=json` in which form.

use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("BOWEI_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    // A second subscriber cannot be set: then the first goes on.
    let _ = if std::env::var("BOWEI_LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().try_init()
    } else {
        log.with_target(false).try_init()
    };
}
