//! Whose turn it is.

use bowei_edge::uplink::queue::{Bounds, End, Item, Queue, Turn};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// So long a report is fresh, as the queue's page says.
const FRESH_MS: u64 = 30_000;
const BOUNDS: Bounds = Bounds { in_flight: 4, backlog: 3, heavy: 1 };

fn item(seq: u64, added_ms: u64) -> Item {
    Item { seq, added_ms, heavy: false, passage: true }
}

#[derive(Clone, Debug)]
enum Step {
    Add {
        session: u64,
        live: bool,
        heavy: bool,
    },
    Next,
    /// One of those on their way ends: settled, or later after so long.
    End {
        which: usize,
        later_ms: Option<u64>,
        failed: bool,
    },
    Pass(u64),
    Rouse(u64),
    WakeAll,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..8_u64, any::<bool>(), prop::bool::weighted(0.3))
            .prop_map(|(session, live, heavy)| Step::Add { session, live, heavy }),
        6 => Just(Step::Next),
        4 => (any::<usize>(), prop::option::of(0..60_000_u64), any::<bool>())
            .prop_map(|(which, later_ms, failed)| Step::End { which, later_ms, failed }),
        2 => (0..40_000_u64).prop_map(Step::Pass),
        1 => (0..8_u64).prop_map(Step::Rouse),
        1 => Just(Step::WakeAll),
    ]
}

/// What the queue must be like, kept as plainly as can be.
#[derive(Default)]
struct Model {
    now_ms: u64,
    /// What waits or is on its way, in order.
    sessions: BTreeMap<u64, Vec<u64>>,
    on_their_way: Vec<Turn>,
    handed_out: BTreeMap<u64, u32>,
    settled: BTreeSet<u64>,
    failures: BTreeMap<u64, u32>,
    resting: BTreeMap<u64, u64>,
}

impl Model {
    fn took(&mut self, turn: Turn) {
        let seq = turn.item.seq;
        assert_eq!(self.sessions[&turn.session].first(), Some(&seq), "not the first of its session");
        assert!(self.on_their_way.iter().all(|other| other.session != turn.session), "two of one session");
        assert!(!self.settled.contains(&seq), "settled before");
        assert_eq!(turn.attempts, self.failures.get(&seq).copied().unwrap_or_default());
        assert!(self.resting.get(&turn.session).is_none_or(|until| *until <= self.now_ms), "it rests");
        *self.handed_out.entry(seq).or_default() += 1;
        self.on_their_way.push(turn);
        let backlog = self.on_their_way.iter().filter(|turn| !turn.live).count();
        let heavy = self.on_their_way.iter().filter(|turn| turn.item.heavy).count();
        assert!(self.on_their_way.len() <= BOUNDS.in_flight);
        assert!(backlog <= BOUNDS.backlog && heavy <= BOUNDS.heavy);
    }

    fn ended(&mut self, queue: &mut Queue, which: usize, later_ms: Option<u64>, failed: bool) {
        if self.on_their_way.is_empty() {
            return;
        }
        let turn = self.on_their_way.remove(which % self.on_their_way.len());
        let end = match later_ms {
            Some(later_ms) => End::Later { until_ms: self.now_ms + later_ms, failed },
            None => End::Settled,
        };
        queue.end(&turn, end, self.now_ms);
        match end {
            End::Later { until_ms, failed } => {
                *self.failures.entry(turn.item.seq).or_default() += u32::from(failed);
                self.resting.insert(turn.session, until_ms);
            }
            End::Settled => {
                self.settled.insert(turn.item.seq);
                let waits = self.sessions.get_mut(&turn.session).unwrap();
                waits.remove(0);
                if waits.is_empty() {
                    self.sessions.remove(&turn.session);
                }
            }
        }
    }

    fn waiting(&self) -> usize {
        self.sessions.values().map(Vec::len).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn within_a_session_in_order_and_never_two_at_once(steps in prop::collection::vec(step(), 1..200)) {
        let (mut queue, mut model) = (Queue::default(), Model::default());
        let mut added = 0;
        for step in steps {
            match step {
                Step::Add { session, live, heavy } => {
                    added += 1;
                    queue.add(session, Item { heavy, ..item(added, model.now_ms) }, live);
                    model.sessions.entry(session).or_default().push(added);
                }
                Step::Next => {
                    if let Some(turn) = queue.next(model.now_ms, &BOUNDS) {
                        model.resting.retain(|_, until| *until > model.now_ms);
                        model.took(turn);
                    }
                }
                Step::End { which, later_ms, failed } => model.ended(&mut queue, which, later_ms, failed),
                Step::Pass(ms) => model.now_ms += ms,
                Step::Rouse(session) => {
                    queue.requeue_now(session, model.now_ms);
                    model.resting.remove(&session);
                }
                Step::WakeAll => {
                    queue.wake_all(model.now_ms);
                    let failures = |session: &u64| {
                        let first = model.sessions.get(session).and_then(|waits| waits.first());
                        first.and_then(|first| model.failures.get(first)).copied().unwrap_or_default()
                    };
                    let rests_on = |session: &u64, _: &mut u64| failures(session) > 1;
                    let mut resting = std::mem::take(&mut model.resting);
                    resting.retain(rests_on);
                    model.resting = resting;
                }
            }
            prop_assert_eq!(queue.waiting(), model.waiting());
            prop_assert_eq!(queue.sessions(), model.sessions.len());
            prop_assert_eq!(queue.in_flight(), model.on_their_way.len());
        }
        // In the end all settle: each goes, and goes once more for each time that it was put off.
        let put_off: BTreeMap<u64, u32> = model.handed_out.clone();
        model.now_ms += 120_000;
        loop {
            while let Some(turn) = queue.next(model.now_ms, &BOUNDS) {
                model.resting.clear();
                model.took(turn);
            }
            if model.on_their_way.is_empty() {
                break;
            }
            model.ended(&mut queue, 0, None, false);
        }
        prop_assert_eq!(queue.waiting(), 0, "something is stuck");
        prop_assert_eq!(model.settled.len() as u64, added);
        prop_assert_eq!(queue.next_wake_ms(), None);
        for (seq, times) in &model.handed_out {
            prop_assert!(*times <= put_off.get(seq).copied().unwrap_or_default() + 1);
        }
    }

    #[test]
    fn a_fresh_session_overtakes_any_backlog(backlog in 1..2_000_u64) {
        let mut queue = Queue::default();
        for seq in 1..=backlog {
            queue.add(seq, item(seq, 0), false);
        }
        // The backlog fills its share of the ways, and no more.
        let first: Vec<_> = std::iter::from_fn(|| queue.next(0, &BOUNDS)).collect();
        prop_assert_eq!(first.len() as u64, backlog.min(BOUNDS.backlog as u64));
        queue.add(9_999_999, item(backlog + 1, 1_000), true);
        let turn = queue.next(1_000, &BOUNDS).expect("a way is free for it");
        prop_assert_eq!((turn.session, turn.live), (9_999_999, true));
    }
}

#[test]
fn a_fresh_report_brings_its_whole_session_forward() {
    let mut queue = Queue::default();
    for seq in 1..=10 {
        queue.add(seq, item(seq, 0), false);
    }
    queue.add(7, item(11, 60_000), true);
    let turn = queue.next(60_000, &BOUNDS).unwrap();
    assert_eq!((turn.session, turn.item.seq, turn.live), (7, 7, true), "its entry goes before its exit");
    queue.end(&turn, End::Settled, 60_000);
    let turn = queue.next(60_000, &BOUNDS).unwrap();
    assert_eq!((turn.item.seq, turn.live), (11, true));
}

#[test]
fn a_fresh_report_that_got_no_turn_becomes_backlog() {
    let mut queue = Queue::default();
    queue.add(1, item(1, 0), false);
    queue.add(2, item(2, 0), true);
    queue.add(3, item(3, FRESH_MS), true);
    let turn = queue.next(FRESH_MS + 1, &BOUNDS).unwrap();
    assert_eq!((turn.item.seq, turn.live), (3, true), "what is fresh now goes first");
    let turn = queue.next(FRESH_MS + 1, &BOUNDS).unwrap();
    assert_eq!((turn.item.seq, turn.live), (1, false), "then the oldest");
    let turn = queue.next(FRESH_MS + 1, &BOUNDS).unwrap();
    assert_eq!((turn.item.seq, turn.live), (2, false), "and what is fresh no longer is backlog");
}

#[test]
fn who_rests_is_passed_over_until_then_or_until_roused() {
    let mut queue = Queue::default();
    queue.add(1, item(1, 0), false);
    queue.add(2, item(2, 0), false);
    let turn = queue.next(0, &BOUNDS).unwrap();
    queue.end(&turn, End::Later { until_ms: 5_000, failed: true }, 0);
    assert_eq!(queue.next_wake_ms(), Some(5_000));
    let turn = queue.next(4_999, &BOUNDS).unwrap();
    assert_eq!(turn.session, 2);
    assert_eq!(queue.next(4_999, &BOUNDS), None);
    let turn = queue.next(5_000, &BOUNDS).unwrap();
    assert_eq!((turn.session, turn.attempts), (1, 1));
    queue.end(&turn, End::Later { until_ms: 60_000, failed: false }, 5_000);
    queue.requeue_now(1, 5_001);
    let turn = queue.next(5_001, &BOUNDS).unwrap();
    assert_eq!((turn.session, turn.attempts), (1, 1), "held back is not failed");
}

#[test]
fn when_the_platform_is_well_again_all_go_but_those_that_fail_by_themselves() {
    let mut queue = Queue::default();
    for session in 1..=3 {
        queue.add(session, item(session, 0), false);
        for _ in 0..session {
            let turn = queue.next(0, &BOUNDS).unwrap();
            let failed = session > 1;
            queue.end(&turn, End::Later { until_ms: 60_000, failed }, 0);
            queue.requeue_now(session, 0);
        }
        let turn = queue.next(0, &BOUNDS).unwrap();
        queue.end(&turn, End::Later { until_ms: 60_000, failed: false }, 0);
    }
    queue.wake_all(0);
    assert_eq!(
        queue.next(0, &BOUNDS).map(|turn| turn.session),
        Some(1),
        "it was held back, and never failed"
    );
    assert_eq!(queue.next(0, &BOUNDS), None, "twice and three times is its own fault");
    assert_eq!(queue.next(60_000, &BOUNDS).map(|turn| turn.session), Some(2));
}

#[test]
fn pictures_have_a_bound_of_their_own_and_hold_no_record_up() {
    let mut queue = Queue::default();
    for seq in 1..=3 {
        queue.add(seq, Item { heavy: true, ..item(seq, 0) }, true);
    }
    queue.add(4, item(4, 0), true);
    let taken: Vec<u64> = std::iter::from_fn(|| queue.next(0, &BOUNDS)).map(|turn| turn.item.seq).collect();
    assert_eq!(taken, [4, 3], "records first, then the newest picture, and one at a time");
}
