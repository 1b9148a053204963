//! A lot's circuit breaker: a lot that does not answer is left alone for a while, so that it holds up nobody else's calls.

use jiff::{SignedDuration, Timestamp};

/// So many calls without an answer open it.
const OPENS_AFTER: u32 = 5;
/// It stays open so long at first; twice as long each time that the call that tries it fails.
const OPEN_FIRST: SignedDuration = SignedDuration::from_secs(15);
/// And at most: a lot that is back is called within two minutes.
const OPEN_MAX: SignedDuration = SignedDuration::from_secs(120);

/// The breaker of one lot, at one node.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    opened: Option<Opened>,
}

#[derive(Clone, Copy, Debug)]
struct Opened {
    until: Timestamp,
    length: SignedDuration,
    /// A call is on its way that tries whether the lot answers again.
    is_tried: bool,
}

impl Breaker {
    /// Whether a call may be made now. After its time one call at once tries.
    pub(super) fn lets_through(&mut self, now: Timestamp) -> bool {
        match &mut self.opened {
            None => true,
            Some(opened) if now < opened.until || opened.is_tried => false,
            Some(opened) => {
                opened.is_tried = true;
                true
            }
        }
    }

    /// Notes whether a call was answered.
    pub(super) fn note(&mut self, is_heard: bool, now: Timestamp) {
        if is_heard {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let length = match self.opened {
            // What was on its way when it opened changes nothing.
            Some(opened) if !opened.is_tried => return,
            Some(opened) => (opened.length * 2).min(OPEN_MAX),
            None if self.failures >= OPENS_AFTER => OPEN_FIRST,
            None => return,
        };
        let until = now.saturating_add(length).unwrap_or(now);
        self.opened = Some(Opened { until, length, is_tried: false });
    }

    /// Until when it lets nothing through; `None` while it is closed.
    pub(super) fn opens_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.opened.map(|opened| opened.until).filter(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_lot_is_left_alone_tried_by_one_call_and_called_again_when_it_answers() {
        let at = |seconds: i64| Timestamp::from_second(1_775_002_530 + seconds).unwrap();
        let mut breaker = Breaker::default();
        for _ in 0..OPENS_AFTER {
            assert!(breaker.lets_through(at(0)));
            breaker.note(false, at(0));
        }
        assert!(!breaker.lets_through(at(14)));
        assert_eq!(breaker.opens_until(at(1)), Some(at(15)));
        // One tries, and the others wait for what comes of it.
        assert!(breaker.lets_through(at(15)) && !breaker.lets_through(at(15)));
        breaker.note(false, at(20));
        assert!(!breaker.lets_through(at(49)) && breaker.lets_through(at(50)));
        breaker.note(true, at(51));
        assert!(breaker.lets_through(at(51)));
        assert_eq!(breaker.opens_until(at(51)), None);
    }

    #[test]
    fn answers_between_failures_keep_it_closed() {
        let now = Timestamp::UNIX_EPOCH;
        let mut breaker = Breaker::default();
        for call in 0..40 {
            assert!(breaker.lets_through(now));
            breaker.note(call % OPENS_AFTER == 0, now);
        }
    }
}
