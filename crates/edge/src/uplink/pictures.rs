//! Pictures that go within their record's message: they wait here for their record's turn.

use crate::outbox::Seq;
use std::collections::{HashMap, VecDeque};

/// So long a picture waits for a record that is not there. It comes before its record by seconds, if at all.
const WAITS_MS: u64 = 600_000;

/// Pictures by session. A session has those of its entry and of its exit: which is whose, the reports say.
#[derive(Default)]
pub(super) struct Pictures {
    by_session: HashMap<u64, Vec<Seq>>,
    /// In the order in which they came: until when each waits.
    received: VecDeque<(u64, u64, Seq)>,
}

impl Pictures {
    pub(super) fn add(&mut self, session: u64, seq: Seq, now_ms: u64) {
        self.by_session.entry(session).or_default().push(seq);
        self.received.push_back((now_ms.saturating_add(WAITS_MS), session, seq));
    }

    pub(super) fn of(&self, session: u64) -> Vec<Seq> {
        self.by_session.get(&session).cloned().unwrap_or_default()
    }

    /// It waits no longer. Says whether it did.
    pub(super) fn take(&mut self, session: u64, seq: Seq) -> bool {
        let Some(waiting) = self.by_session.get_mut(&session) else { return false };
        let before = waiting.len();
        waiting.retain(|other| *other != seq);
        let waited = waiting.len() < before;
        if waiting.is_empty() {
            self.by_session.remove(&session);
        }
        waited
    }

    /// Those whose time is over, and of whose session nothing waits.
    pub(super) fn left_over(&mut self, now_ms: u64, waits: impl Fn(u64) -> bool) -> Vec<Seq> {
        let mut over = Vec::new();
        while let Some(&(until_ms, session, seq)) = self.received.front() {
            if until_ms > now_ms {
                break;
            }
            self.received.pop_front();
            if waits(session) {
                self.received.push_back((now_ms.saturating_add(WAITS_MS), session, seq));
            } else if self.take(session, seq) {
                over.push(seq);
            }
        }
        over
    }

    pub(super) fn next_look_ms(&self) -> Option<u64> {
        self.received.front().map(|(until_ms, ..)| *until_ms)
    }
}
