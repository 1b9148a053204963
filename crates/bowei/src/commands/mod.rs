//! One file a command.

#[cfg(feature = "cluster")]
pub(crate) mod archive;
#[cfg(feature = "platform")]
pub(crate) mod audit;
#[cfg(feature = "cluster")]
pub(crate) mod backup;
#[cfg(feature = "platform")]
pub(crate) mod city;
pub(crate) mod completions;
mod curl;
#[cfg(feature = "platform")]
pub(crate) mod demo;
pub(crate) mod edge;
#[cfg(feature = "platform")]
pub(crate) mod forecast;
#[cfg(feature = "platform")]
mod gateways;
#[cfg(feature = "cluster")]
mod generations;
#[cfg(feature = "platform")]
mod local_platform;
mod message;
#[cfg(feature = "cluster")]
pub(crate) mod migrate;
pub(crate) mod open;
#[cfg(feature = "platform")]
mod past;
#[cfg(feature = "platform")]
pub(crate) mod registry;
#[cfg(feature = "platform")]
pub(crate) mod rules;
pub(crate) mod seal;
#[cfg(feature = "platform")]
pub(crate) mod serve;
#[cfg(feature = "platform")]
mod stores;
#[cfg(feature = "platform")]
pub(crate) mod token;
#[cfg(feature = "cluster")]
mod transfer_args;
#[cfg(feature = "platform")]
pub(crate) mod user;
#[cfg(feature = "platform")]
pub(crate) mod verify;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// Whatever a command can fail of, in words.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A command that was called in a way that cannot be meant, which only its run could find out: exit code 2. An option or a
/// value is such that it fits no store and no platform, or a file that it names cannot be opened.
#[derive(Debug)]
pub(crate) struct BadUse(pub(crate) String);

impl std::fmt::Display for BadUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadUse {}

/// The same of an argument whose value does not fit.
pub(crate) fn bad_use(why: impl std::fmt::Display) -> Failure {
    BadUse(why.to_string()).into()
}

/// Opens a file that an argument names; one that cannot be is no use of the command.
pub(crate) fn open_named(path: &Path) -> Result<File, Failure> {
    let failed = |why: String| bad_use(format!("{}：无法打开 cannot be opened: {why}", path.display()));
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    // A folder can be opened, and not be read.
    match file.metadata() {
        Ok(found) if found.is_dir() => Err(failed("是文件夹 it is a folder".to_owned())),
        _ => Ok(file),
    }
}

/// The text of such a file.
#[cfg(feature = "platform")]
pub(crate) fn read_named(path: &Path) -> Result<String, Failure> {
    let text = std::io::read_to_string(open_named(path)?);
    text.map_err(|error| format!("{}：无法读取 cannot be read: {error}", path.display()).into())
}

/// Writes a line to stdout. A reader that has gone away is no failure.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Who runs the command, as the audit has it: whoever the machine says.
#[cfg(feature = "platform")]
pub(crate) fn operator() -> bowei_platform::accounts::Source {
    let name = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER"));
    let user = name.unwrap_or_else(|_| format!("uid {}", rustix::process::getuid().as_raw()));
    bowei_platform::accounts::Source { user, address: "command".to_owned() }
}

/// The number of a day that `--before` names, `yyyymmdd`.
#[cfg(feature = "platform")]
pub(crate) fn day(text: &str) -> Result<u32, Failure> {
    let wrong = || BadUse(format!("--before is {text:?}: write it as YYYY-MM-DD, such as 2026-01-01"));
    let date: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    let number = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
    Ok(number.parse().map_err(|_| wrong())?)
}

/// Writes a line to stderr, where it can be written: who called with stderr closed does not want to know.
pub(crate) fn note(line: &str) {
    show(&format!("{line}\n"));
}

/// Writes part of a line to stderr, likewise.
pub(crate) fn show(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Runs a command that is to take little of a small machine: two threads are what its cores are.
pub(crate) fn block_on_small<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    /// Sealing and reading wait for one another rather than take a stack and an arena each.
    const BLOCKING_MAX: usize = 8;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).max_blocking_threads(BLOCKING_MAX).enable_all().build()?.block_on(work)
}

#[cfg(feature = "platform")]
/// Runs a command that waits, on as many threads as the machine has cores.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// Resolves when the process is asked to stop. From the call on, the signals no longer end the process by
/// themselves.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
