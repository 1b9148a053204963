//! A lot that misbehaves, and chance by seed.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// Chance that is the same for the same seed: SplitMix64.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `0..below`.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        self.next() % below
    }

    /// So many times of a hundred.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// A lot's own system: what it keeps, and answers that are on their way.
#[derive(Default)]
pub(super) struct Lot {
    capacity: usize,
    /// How many per cent of its answers are not as they should be.
    pub(super) faulty: u64,
    /// What it keeps, with when that runs out.
    pub(super) keeps: BTreeMap<OrderCode, Timestamp>,
    /// Requests and answers on their way, with when they arrive.
    pub(super) on_the_way: Vec<(Timestamp, Message)>,
    /// Orders of which nobody can know what it did: its answer was lost, or another one came.
    pub(super) misled: BTreeSet<OrderCode>,
}

pub(super) enum Message {
    Call { code: OrderCode, what: CallKind, attempt: u32, until: Timestamp },
    Answer { code: OrderCode, what: CallKind, attempt: u32, reading: LotAnswer },
}

impl Lot {
    pub(super) fn new(capacity: usize, faulty: u64) -> Self {
        Self { capacity, faulty, ..Self::default() }
    }

    /// It is told something, at once or after a while, or not at all, or twice.
    pub(super) fn call(
        &mut self,
        order: &Order,
        what: CallKind,
        attempt: u32,
        now: Timestamp,
        chance: &mut Chance,
    ) {
        let until = order.reservation(what).expires_at;
        let code = order.code.clone();
        if order.call.as_ref().is_some_and(|call| call.is_pretended) {
            // Nobody tells it: whoever makes the calls says something in its place.
            let reading = chance.pick(&[&LotAnswer::Taken, &LotAnswer::NoSpace, &LotAnswer::Silent]).clone();
            let at = now + SignedDuration::from_secs(chance.pick(&[0, 2, 30]));
            return self.on_the_way.push((at, Message::Answer { code, what, attempt, reading }));
        }
        let answer = |reading| Message::Answer { code: code.clone(), what, attempt, reading };
        let call = || Message::Call { code: code.clone(), what, attempt, until };
        if !chance.percent(self.faulty) {
            self.on_the_way.push((now, call()));
            return;
        }
        let late = now + SignedDuration::from_secs(chance.below(900) as i64);
        match chance.below(6) {
            0 => self.on_the_way.push((now, answer(LotAnswer::NotReachable))),
            1 => self.on_the_way.push((now, answer(LotAnswer::Silent))),
            2 => self.on_the_way.push((late, call())),
            3 => {
                self.on_the_way.push((now, answer(LotAnswer::Silent)));
                self.on_the_way.push((late, call()));
            }
            4 => self.on_the_way.extend([(now, call()), (late, call())]),
            _ => {
                self.misled.insert(code.clone());
                let refused = LotAnswer::Refused { code: 3, why: "其他错误".to_owned() };
                let reading = chance.pick(&[&LotAnswer::Taken, &LotAnswer::NoSpace, &refused]).clone();
                self.on_the_way.push((late, answer(reading)));
            }
        }
    }

    /// What arrives until `now`, in no particular order.
    pub(super) fn arrives(&mut self, now: Timestamp, chance: &mut Chance) -> Vec<Command> {
        let mut answers = Vec::new();
        while let Some(next) = self.on_the_way.iter().position(|(at, _)| *at <= now) {
            match self.on_the_way.swap_remove(next).1 {
                Message::Answer { code, what, attempt, reading } => {
                    answers.push(Command::Answer { code, what, attempt, reading });
                }
                Message::Call { code, what, attempt, until } => {
                    let reading = self.decide(&code, what, until, now);
                    let lost = chance.percent(self.faulty / 2);
                    if lost {
                        self.misled.insert(code);
                    } else {
                        let at = now + SignedDuration::from_secs(chance.pick(&[0, 0, 1, 4, 30]));
                        self.on_the_way.push((at, Message::Answer { code, what, attempt, reading }));
                    }
                }
            }
        }
        answers
    }

    /// Whether anything about an order is on its way.
    pub(super) fn speaks_of(&self, code: &OrderCode) -> bool {
        self.on_the_way.iter().any(|(_, message)| match message {
            Message::Call { code: of, .. } | Message::Answer { code: of, .. } => of == code,
        })
    }

    fn decide(&mut self, code: &OrderCode, what: CallKind, until: Timestamp, now: Timestamp) -> LotAnswer {
        self.keeps.retain(|_, until| *until > now);
        match what {
            CallKind::Cancel => {
                self.keeps.remove(code);
                LotAnswer::Taken
            }
            _ if self.keeps.contains_key(code) || self.keeps.len() < self.capacity => {
                self.keeps.insert(code.clone(), until);
                LotAnswer::Taken
            }
            CallKind::Change => LotAnswer::Refused { code: 1104, why: "预约订单不存在".to_owned() },
            CallKind::Reserve => LotAnswer::NoSpace,
        }
    }
}
