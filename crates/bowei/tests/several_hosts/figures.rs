//! What a run says about itself: by the phases of the test and the events within them.

use crate::journal::{Heard, Try};
use jiff::Timestamp;

/// A part of the test.
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    /// Milliseconds since 1970, as everything here.
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// The phases, as they come.
#[derive(Default)]
pub(crate) struct Phases(Vec<Phase>);

impl Phases {
    pub(crate) fn during<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        println!("… {name}");
        let from = now();
        let done = work();
        self.0.push(Phase { name, from, to: now() });
        done
    }

    pub(crate) fn of(&self, name: &str) -> &Phase {
        self.0.iter().find(|phase| phase.name == name).unwrap()
    }

    /// Prints what happened in each.
    pub(crate) fn print(&self, tries: &[Try]) {
        println!(
            "{:42} {:>12} {:>7} {:>7} {:>8} {:>5} {:>11} {:>8}",
            "", "acknowledged", "node 1", "node 2", "put off", "gone", "answer, ms", "gap, ms"
        );
        for phase in &self.0 {
            let within = || tries.iter().filter(|one| phase.has(one));
            let reports = || within().filter(|one| one.is_report());
            let [first, second] = [0, 1].map(|node| acknowledged(tries, phase, node));
            let put_off = reports().filter(|one| matches!(one.heard, Heard::NotNow { .. })).count();
            let gone = reports().filter(|one| matches!(one.heard, Heard::Gone(_))).count();
            let longest = within().map(|one| one.took_ms).max().unwrap_or_default();
            let gap = longest_gap(tries, phase, |_| true);
            let (all, seconds) = (first + second, (phase.to - phase.from) / 1_000);
            println!(
                "{:42} {all:5} in {seconds:2} s {first:7} {second:7} {put_off:8} {gone:5} {longest:11} {gap:8}",
                phase.name
            );
        }
    }
}

impl Phase {
    pub(crate) fn has(&self, one: &Try) -> bool {
        (self.from..self.to).contains(&one.heard_at())
    }
}

pub(crate) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// How many reports a node acknowledged.
pub(crate) fn acknowledged(tries: &[Try], phase: &Phase, node: usize) -> usize {
    tries.iter().filter(|one| one.node == node && one.is_acknowledged() && phase.has(one)).count()
}

/// The longest time within the phase without an acknowledgement among `which`.
pub(crate) fn longest_gap(tries: &[Try], phase: &Phase, which: impl Fn(&Try) -> bool) -> i64 {
    let acknowledged = tries.iter().filter(|one| one.is_acknowledged() && phase.has(one) && which(one));
    let mut last = phase.from;
    let mut longest = 0;
    for at in acknowledged.map(Try::heard_at).chain([phase.to]) {
        longest = longest.max(at - last);
        last = at;
    }
    longest
}

/// How long after a moment a node first acknowledged something that it was told after that moment.
pub(crate) fn back_after(tries: &[Try], moment: i64, node: usize) -> Option<i64> {
    let after = tries.iter().filter(|one| one.node == node && one.sent_at >= moment && one.is_acknowledged());
    after.map(|one| one.heard_at() - moment).min()
}
