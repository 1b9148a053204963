//! Signs of life as traffic of their own: of each account, or of each lot where the standard has it so.

use crate::message::{Message, Says};
use crate::plan::{CityLot, CityPlan, HeartbeatOf};
use bowei_model::{Heartbeat, Report};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::iter::Peekable;
use std::sync::Arc;

/// One who shows signs of life, every so many minutes.
struct Living {
    lot: Arc<CityLot>,
    is_lots_own: bool,
    minutes: i64,
}

/// The signs of life of a city between two moments, in their order. Of more than one in a minute one is shown: a platform
/// keeps minutes.
pub fn signs_of_life(
    plan: &CityPlan,
    start: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = Message> + use<> {
    let living = living(plan);
    let minutes = until.duration_since(start).as_mins().max(0);
    (0..minutes).flat_map(move |minute| {
        let at = start + SignedDuration::from_mins(minute);
        let beats = living.iter().zip(0..).filter(|(one, number)| (minute + number) % one.minutes == 0);
        let messages: Vec<Message> =
            beats.map(|(one, number)| one.beat(at + SignedDuration::from_secs(number % 50))).collect();
        messages
    })
}

fn living(plan: &CityPlan) -> Vec<Living> {
    let mut accounts = BTreeSet::new();
    let living = |lot: &Arc<CityLot>| {
        let is_lots_own = match lot.speaks()?.heartbeat {
            HeartbeatOf::Nobody => return None,
            HeartbeatOf::EachLot => true,
            HeartbeatOf::Account => false,
        };
        let is_first = is_lots_own || accounts.insert((lot.provider.clone(), lot.standard));
        let every = bowei_standards::by_name(lot.standard)?.card().heartbeat;
        let minutes = (every.as_secs() / 60).max(1);
        is_first.then(|| Living { lot: Arc::clone(lot), is_lots_own, minutes })
    };
    plan.lots.iter().filter_map(living).collect()
}

impl Living {
    fn beat(&self, at: Timestamp) -> Message {
        let lot = self.is_lots_own.then(|| self.lot.code.clone());
        Message::new(at, Arc::clone(&self.lot), Says::OfLot(Report::Heartbeat(Heartbeat { lot })))
    }
}

/// Two lines of traffic as one, in the order in which they fall due.
pub struct Merged<A: Iterator, B: Iterator> {
    first: Peekable<A>,
    second: Peekable<B>,
}

impl<A: Iterator<Item = Message>, B: Iterator<Item = Message>> Merged<A, B> {
    /// Both.
    pub fn new(first: A, second: B) -> Self {
        Self { first: first.peekable(), second: second.peekable() }
    }
}

impl<A: Iterator<Item = Message>, B: Iterator<Item = Message>> Iterator for Merged<A, B> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        match (self.first.peek(), self.second.peek()) {
            (Some(first), Some(second)) if second.due < first.due => self.second.next(),
            (None, _) => self.second.next(),
            _ => self.first.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanOptions;

    #[test]
    fn every_account_lives_at_its_standards_pace() {
        let plan = CityPlan::new(&PlanOptions { lots: 12, ..PlanOptions::default() }).unwrap();
        let start: Timestamp = "2026-04-01T00:00:00+08:00".parse().unwrap();
        let beats: Vec<Message> =
            signs_of_life(&plan, start, start + SignedDuration::from_hours(1)).collect();
        assert!(beats.is_sorted_by_key(|beat| beat.due.as_second() / 60));
        let of = |standard: &'static str| beats.iter().filter(move |beat| beat.lot.standard == standard);
        let accounts = |standard: &'static str| {
            of(standard).map(|beat| &beat.lot.provider).collect::<BTreeSet<_>>().len()
        };
        let lots = |standard: &str| plan.lots.iter().filter(|lot| lot.standard == standard).count();
        assert_eq!(of("huzhou").count(), 12 * accounts("huzhou"));
        assert_eq!(of("shenzhen").count(), 60 * accounts("shenzhen"));
        assert_eq!(of("ningbo").count(), 12 * lots("ningbo"));
        assert_eq!(of("isp").count(), 0);
    }
}
