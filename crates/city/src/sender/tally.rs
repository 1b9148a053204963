//! What became of the messages, counted while they go.

use jiff::Timestamp;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many refusals are remembered in full.
pub(crate) const REFUSALS_KEPT_MAX: usize = 20;

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Messages accepted: passages, photos, charges, and what lots say of themselves.
    pub accepted: u64,
    /// Pictures accepted, on their own or within a passage.
    pub photos: u64,
    /// Charges among the accepted.
    pub charges: u64,
    /// What lots say of themselves, among the accepted.
    pub of_lots: u64,
    /// Counts of free spaces, apart from passages, accepted; not among the accepted messages.
    pub counts: u64,
    /// Logins that succeeded.
    pub logins: u64,
    /// Messages refused for good.
    pub refused: u64,
    /// Times that the platform said "later".
    pub later: u64,
    /// Times that no answer came.
    pub unreachable: u64,
    /// Messages given up when timeout was over, or left when the run was stopped.
    pub given_up: u64,
    /// Messages that the standard has no words for.
    pub unsaid: u64,
    /// Heartbeats accepted.
    pub heartbeats: u64,
    /// The simulated moment that the run has reached.
    pub reached: Option<Timestamp>,
    /// The first refusals, in the platform's words.
    pub refusals: Vec<RefusalHeard>,
    /// Why something last had to wait or could not be said.
    pub trouble: Option<String>,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalHeard {
    /// The lot, or the account for a heartbeat.
    pub of: String,
    /// The record, where there is one.
    pub record_id: Option<String>,
    /// The platform's code.
    pub code: String,
    /// The platform's words.
    pub why: String,
}

impl Progress {
    /// Whether everything has arrived.
    pub fn is_complete(&self) -> bool {
        self.refused == 0 && self.given_up == 0 && self.unsaid == 0
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "已接收 {}（照片 {}、充电 {}、", self.accepted, self.photos, self.charges)?;
        write!(f, "停车场信息 {}），", self.of_lots)?;
        write!(f, "空位数上报 {}，心跳 {}，登录 {}", self.counts, self.heartbeats, self.logins)?;
        write!(f, "，拒绝 {}，稍后重试 {}，未应答 {}", self.refused, self.later, self.unreachable)?;
        if self.given_up + self.unsaid > 0 {
            write!(f, "，放弃 {}，标准无法表达 {}", self.given_up, self.unsaid)?;
        }
        if let Some(reached) = self.reached {
            write!(f, "，模拟至 {}", bowei_model::moment::rfc3339(reached))?;
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct Tally {
    pub(super) accepted: AtomicU64,
    pub(super) photos: AtomicU64,
    pub(super) charges: AtomicU64,
    pub(super) of_lots: AtomicU64,
    pub(super) counts: AtomicU64,
    pub(super) logins: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) later: AtomicU64,
    pub(super) unreachable: AtomicU64,
    pub(super) given_up: AtomicU64,
    pub(super) unsaid: AtomicU64,
    pub(super) heartbeats: AtomicU64,
    reached_ms: AtomicI64,
    refusals: Mutex<Vec<RefusalHeard>>,
    trouble: Mutex<Option<String>>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            accepted: AtomicU64::new(0),
            photos: AtomicU64::new(0),
            charges: AtomicU64::new(0),
            of_lots: AtomicU64::new(0),
            counts: AtomicU64::new(0),
            logins: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            later: AtomicU64::new(0),
            unreachable: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            unsaid: AtomicU64::new(0),
            heartbeats: AtomicU64::new(0),
            reached_ms: AtomicI64::new(i64::MIN),
            refusals: Mutex::default(),
            trouble: Mutex::default(),
        }
    }
}

pub(super) fn one_more(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Tally {
    pub(super) fn reached(&self, at: Timestamp) {
        self.reached_ms.fetch_max(at.as_millisecond(), Ordering::Relaxed);
    }

    pub(super) fn refused(&self, refusal: RefusalHeard) {
        one_more(&self.refused);
        let mut kept = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < REFUSALS_KEPT_MAX {
            kept.push(refusal);
        }
    }

    pub(super) fn trouble(&self, words: String) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
    }

    pub(super) fn progress(&self) -> Progress {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let reached = self.reached_ms.load(Ordering::Relaxed);
        Progress {
            accepted: count(&self.accepted),
            photos: count(&self.photos),
            charges: count(&self.charges),
            of_lots: count(&self.of_lots),
            counts: count(&self.counts),
            logins: count(&self.logins),
            refused: count(&self.refused),
            later: count(&self.later),
            unreachable: count(&self.unreachable),
            given_up: count(&self.given_up),
            unsaid: count(&self.unsaid),
            heartbeats: count(&self.heartbeats),
            reached: (reached != i64::MIN).then(|| Timestamp::from_millisecond(reached).ok()).flatten(),
            refusals: self.refusals.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            trouble: self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
