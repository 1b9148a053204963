//! A server under a small shell that outlives the test process for as long as it takes to clean up.
//!
//! Statics are never dropped and a killed process drops nothing, so that no destructor of ours can be what ends a
//! server. The shell reads a pipe from this process, and what a process holds closes with it.

use crate::TestbedError;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const SUPERVISOR: &str = include_str!("supervisor.sh");

/// How long a server may take until it answers: many times what it takes on a machine that compiles besides.
const START_MAX: Duration = Duration::from_secs(60);

/// Of a log, what an error shows.
const LOG_SHOWN_BYTES: usize = 4_000;

/// How a start ended.
pub(crate) enum Started {
    /// It answers.
    Ready,
    /// Somebody else has its port.
    PortInUse,
}

/// A folder and, while it is started, the server that lives in it.
pub(crate) struct Supervised {
    server: &'static str,
    folder: PathBuf,
    shell: Mutex<Shell>,
}

struct Shell {
    process: Child,
    /// Closed to end it all; `None` from then on.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervised {
    /// A fresh folder with a shell that will end the server with `signal` and remove the folder.
    pub(crate) fn new(server: &'static str, signal: &str) -> Result<Self, TestbedError> {
        let folder = tempfile::Builder::new()
            .prefix("bowei-test-servers-")
            .tempdir()
            .map_err(TestbedError::machine("make a temporary folder"))?;
        let mut process = Command::new("sh")
            .args(["-c", SUPERVISOR, "supervisor"])
            .arg(folder.path())
            .arg(signal)
            // The server's user may not be let in where the tests run.
            .current_dir("/")
            // What ends the tests from a terminal must not end what cleans up after them.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(TestbedError::machine("start a shell"))?;
        let (orders, answers) = (process.stdin.take(), process.stdout.take().map(BufReader::new));
        let answers =
            answers.ok_or_else(|| TestbedError::machine("talk to a shell")(io::ErrorKind::Other.into()))?;
        let shell = Mutex::new(Shell { process, orders, answers });
        Ok(Self { server, folder: folder.keep(), shell })
    }

    /// Where it lives.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// All that was logged so far.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, command: &[String]) -> Result<(), TestbedError> {
        let code = self.order(&format!("run {}", quoted(command)))?;
        if code == "0" { Ok(()) } else { Err(self.not_started(format!("{} failed", command.join(" ")))) }
    }

    /// Starts the server and waits until `ready`, which is told its process number and what it has logged since.
    pub(crate) fn start(
        &self,
        command: &[String],
        ready: impl Fn(&str, &str) -> bool,
    ) -> Result<Started, TestbedError> {
        let logged = self.log().len();
        let since = || self.log().get(logged..).unwrap_or_default().to_owned();
        let number = self.order(&format!("start {}", quoted(command)))?;
        let begun = Instant::now();
        while !ready(&number, &since()) {
            if self.order("look")? == "ended" {
                self.stop("KILL")?;
                if since().contains("already in use") {
                    return Ok(Started::PortInUse);
                }
                return Err(self.not_started("it ended at once".to_owned()));
            }
            if begun.elapsed() > START_MAX {
                self.stop("KILL")?;
                return Err(self.not_started(format!("it is not ready after {START_MAX:?}")));
            }
        }
        Ok(Started::Ready)
    }

    /// Sends the server a signal and waits until it has gone. One that is not there is stopped already.
    pub(crate) fn stop(&self, signal: &str) -> Result<(), TestbedError> {
        self.order(&format!("stop {signal}")).map(drop)
    }

    pub(crate) fn not_started(&self, why: String) -> TestbedError {
        let log = self.log();
        let from = log.ceil_char_boundary(log.len().saturating_sub(LOG_SHOWN_BYTES));
        let log = log.get(from..).unwrap_or_default().to_owned();
        TestbedError::NotStarted { server: self.server, why, log }
    }

    fn order(&self, line: &str) -> Result<String, TestbedError> {
        let mut shell = self.shell.lock().unwrap_or_else(PoisonError::into_inner);
        let reported = shell.order(line);
        reported.map_err(TestbedError::machine(format!("have {} supervised", self.server)))
    }
}

impl Shell {
    fn order(&mut self, line: &str) -> io::Result<String> {
        let orders = self.orders.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        orders.write_all(format!("{line}\n").as_bytes())?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(answer.trim_end().to_owned())
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        let mut shell = self.shell.lock().unwrap_or_else(PoisonError::into_inner);
        shell.orders = None;
        // So that what comes next meets neither the server nor its folder.
        let _ = shell.process.wait();
    }
}

/// A command as the shell reads it: each word in quotes.
fn quoted(command: &[String]) -> String {
    let words = command.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''")));
    words.collect::<Vec<_>>().join(" ")
}
