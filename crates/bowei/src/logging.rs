//! The log, on stderr: `BOWEI_LOG` says how much (`info` by default), `BOWEI_LOG_FORMAT=json` in which form.
//!
//! Nobody who logs may fail by it or wait for it: a full disk, a reader that has gone away or one that has stopped
//! reading would otherwise take the thread along. So a thread of its own writes, from a queue that drops lines when it is
//! full, and what cannot be written is lost without a word.

use crate::repeats::{self, Repeats};
use bowei_edge::{Clock as _, SystemClock};
use bowei_model::moment;
use std::io::IsTerminal as _;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

/// Lines that may wait to be written: some seconds of the busiest log, and at most a few megabytes.
const LINES_WAITING_MAX: usize = 16_384;

/// How much is logged where nobody says: of an S3 server that is away what comes of it, and not each attempt.
const USUAL: &str = "info,object_store=warn";

/// The time as everywhere: that of UTC+08:00, with its offset.
struct Time;

impl FormatTime for Time {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        writer.write_str(&moment::rfc3339(SystemClock.now()))
    }
}

/// Starts the log. What waits is written when the guard goes.
pub(crate) fn start() -> WorkerGuard {
    let filter = EnvFilter::try_from_env("BOWEI_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL));
    let colours = std::io::stderr().is_terminal();
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(LINES_WAITING_MAX)
        .thread_name("log-writer")
        .finish(std::io::stderr());
    // Its own complaints would go to stderr by a macro that panics where stderr cannot be written.
    let lines =
        fmt::layer().with_writer(writer).with_timer(Time).with_ansi(colours).log_internal_errors(false);
    let lines = if std::env::var("BOWEI_LOG_FORMAT").is_ok_and(|format| format == "json") {
        lines.json().boxed()
    } else {
        lines.with_target(false).boxed()
    };
    // A second subscriber cannot be set: then the first goes on.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter.and(Repeats))).try_init();
    repeats::tell();
    guard
}
