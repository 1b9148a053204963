//! How an uplink goes, for the page and the metrics.

use bowei_service::Clock;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// In one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing has been said yet.
    Starting,
    /// The last thing said was taken.
    Up,
    /// The platform answers, and wants to be asked again later.
    Waiting,
    /// No answer.
    Down,
    /// The platform refuses the account, its keys, the signature, the clock or the lot.
    Refused,
}

impl State {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Up => "up",
            Self::Waiting => "waiting",
            Self::Down => "down",
            Self::Refused => "refused",
        }
    }
}

/// How an uplink goes.
#[derive(Clone, Debug)]
pub struct UplinkSnapshot {
    /// In one word.
    pub state: State,
    /// Where it does not go well: why, as far as known in the platform's words.
    pub why: Option<String>,
    /// When a sign of life was taken last.
    pub last_heartbeat: Option<Timestamp>,
    /// When it will be tried again.
    pub retry_at: Option<Timestamp>,
    /// Messages on their way.
    pub in_flight: usize,
    /// Records that went without the picture that the text asks for.
    pub without_picture: u64,
}

struct Written {
    seen: UplinkSnapshot,
    retry_at: Option<Instant>,
    /// What is wrong was said to a sign of life, and to no report since.
    of_heartbeat: bool,
    /// What is refused was said of a report: a sign of life that is taken says nothing of it, as it names no lot in
    /// some texts.
    of_report: bool,
}

/// Where it is written down.
pub(super) struct UplinkStatus {
    uplink: String,
    wall: Arc<dyn Clock>,
    written: Mutex<Written>,
}

impl UplinkStatus {
    pub(super) fn new(uplink: String, wall: Arc<dyn Clock>) -> Self {
        let seen = UplinkSnapshot {
            state: State::Starting,
            why: None,
            last_heartbeat: None,
            retry_at: None,
            in_flight: 0,
            without_picture: 0,
        };
        Self {
            uplink,
            wall,
            written: Mutex::new(Written { seen, retry_at: None, of_heartbeat: false, of_report: false }),
        }
    }

    pub(super) fn seen(&self) -> UplinkSnapshot {
        let written = self.lock();
        let wait = written.retry_at.map(|at| at.saturating_duration_since(Instant::now()));
        let retry_at = wait.filter(|wait| *wait > Duration::ZERO);
        let retry_at = retry_at.and_then(|wait| self.wall.now().checked_add(wait).ok());
        UplinkSnapshot { retry_at, ..written.seen.clone() }
    }

    pub(super) fn up(&self) {
        let mut written = self.lock();
        if !matches!(written.seen.state, State::Up | State::Starting) {
            tracing::info!(uplink = self.uplink, "the platform takes reports again");
        }
        written.seen.state = State::Up;
        written.seen.why = None;
        written.retry_at = None;
        written.of_heartbeat = false;
        written.of_report = false;
    }

    pub(super) fn alive(&self) {
        let now = self.wall.now();
        self.lock().seen.last_heartbeat = Some(now);
    }

    /// A sign of life was taken: where nothing else is known, or nobody answered, or the sign of life before was not
    /// taken, all is well again. What a report's answer said stays.
    pub(super) fn answers(&self) {
        let passes = {
            let written = self.lock();
            written.of_heartbeat
                || match written.seen.state {
                    State::Starting | State::Down => true,
                    State::Refused => !written.of_report,
                    State::Up | State::Waiting => false,
                }
        };
        if passes {
            self.up();
        }
    }

    /// A sign of life was not taken, while the account is not known to be refused.
    pub(super) fn heartbeat_failed(&self, state: State, why: &str) {
        let (before, of_heartbeat) = (self.seen().state, self.lock().of_heartbeat);
        if before != State::Refused {
            self.say(state, why);
            self.lock().of_heartbeat = of_heartbeat || matches!(before, State::Starting | State::Up);
        }
    }

    pub(super) fn waiting(&self, why: &str) {
        self.say(State::Waiting, why);
    }

    pub(super) fn down(&self, why: &str) {
        self.say(State::Down, why);
    }

    pub(super) fn refused(&self, why: &str) {
        self.say(State::Refused, why);
    }

    /// The answer to a report blames what every report shares.
    pub(super) fn held(&self, why: &str) {
        self.say(State::Refused, why);
        self.lock().of_report = true;
    }

    fn say(&self, state: State, why: &str) {
        // Whoever looks for what is wrong must not find nothing.
        let why = if why.trim().is_empty() { "平台返回空内容 the answer is empty" } else { why };
        let mut written = self.lock();
        if written.seen.state != state {
            tracing::warn!(
                uplink = self.uplink,
                state = state.name(),
                why,
                "the platform does not take reports"
            );
        }
        written.seen.state = state;
        written.seen.why = Some(why.to_owned());
        written.of_heartbeat = false;
        written.of_report = false;
    }

    pub(super) fn retry_at(&self, at: Option<Instant>) {
        self.lock().retry_at = at;
    }

    pub(super) fn in_flight(&self, number: usize) {
        self.lock().seen.in_flight = number;
    }

    pub(super) fn without_picture(&self) {
        self.lock().seen.without_picture += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        // Each change is one assignment or two: a panic elsewhere leaves nothing half done.
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
