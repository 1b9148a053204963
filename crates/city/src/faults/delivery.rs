//! What goes wrong between a lot and the platform, each fault a probability, all of them from the seed: messages
//! said twice, out of order, hours late, or with a plate misread.
//!
//! None of them changes what happened. Once everything has arrived, the platform's state must be the truth.

use super::held::Held;
use crate::message::{Message, Says};
use crate::plates::misread;
use crate::rng::{Purpose, Rng};
use crate::truth::SharedTruth;
use bowei_model::Direction;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Which faults, and how often. By default none.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultOptions {
    /// The seed of the faults.
    pub seed: u64,
    /// The probability that a message is said again.
    pub repeat: f64,
    /// Within which time it is said again. Default 60 s.
    pub repeat_within: SignedDuration,
    /// The probability that a message is held up, so that later ones overtake it.
    pub shuffle: f64,
    /// How long it is held up at most. Default 30 s.
    pub shuffle_within: SignedDuration,
    /// How many outages a lot has in an hour, on average. What it has to say meanwhile comes when it is over.
    pub outages_per_hour: f64,
    /// How long an outage lasts, at least and at most. Default 2 to 20 minutes.
    pub outage: (SignedDuration, SignedDuration),
    /// The probability that a camera misreads a plate. Never in lots whose standard knows a passage by its plate: a
    /// misread one would be another car there, and nobody could say what the platform ought to make of it.
    pub misread: f64,
}

impl FaultOptions {
    /// No faults yet.
    pub fn none(seed: u64) -> Self {
        Self {
            seed,
            repeat: 0.0,
            repeat_within: SignedDuration::from_secs(60),
            shuffle: 0.0,
            shuffle_within: SignedDuration::from_secs(30),
            outages_per_hour: 0.0,
            outage: (SignedDuration::from_mins(2), SignedDuration::from_mins(20)),
            misread: 0.0,
        }
    }

    /// A bad day: a bit of everything.
    pub fn bad_day(seed: u64) -> Self {
        Self { repeat: 0.03, shuffle: 0.05, outages_per_hour: 0.05, misread: 0.01, ..Self::none(seed) }
    }
}

/// Traffic with faults.
#[derive(Debug)]
pub struct Faulty<T> {
    traffic: T,
    truth: SharedTruth,
    options: FaultOptions,
    rng: Rng,
    /// Outages by the lot's ordinal: the current or next one.
    outages: HashMap<usize, (i64, i64)>,
    held: Held,
    /// Everything due until here has come out of the traffic.
    watermark: Option<Timestamp>,
    over: bool,
}

impl<T: Iterator<Item = Message>> Faulty<T> {
    /// `traffic` with faults; misreadings are noted in `truth`.
    pub fn new(traffic: T, truth: SharedTruth, options: FaultOptions) -> Self {
        Self {
            traffic,
            truth,
            rng: Rng::new(options.seed, Purpose::Faults),
            options,
            outages: HashMap::new(),
            held: Held::default(),
            watermark: None,
            over: false,
        }
    }

    fn take(&mut self, mut message: Message) {
        self.watermark = self.watermark.max(Some(message.due));
        self.misread(&mut message);
        if self.rng.happens(self.options.shuffle) {
            message.due = self.later(message.due, self.options.shuffle_within);
        }
        message.due = self.after_outage(&message);
        if self.rng.happens(self.options.repeat) {
            let due = self.later(message.due, self.options.repeat_within);
            self.held.hold(Message { due, ..message.clone() });
        }
        self.held.hold(message);
    }

    fn later(&mut self, due: Timestamp, within: SignedDuration) -> Timestamp {
        let by = SignedDuration::from_millis((within.as_secs_f64() * 1_000.0 * self.rng.share()) as i64 + 1);
        due.saturating_add(by).unwrap_or(due)
    }

    fn misread(&mut self, message: &mut Message) {
        let Says::Passage(passage) = &mut message.says else { return };
        if message.lot.pairs_by_plate() || !self.rng.happens(self.options.misread) {
            return;
        }
        if let Some(read) = passage.plate.as_ref().and_then(|plate| misread(plate, &mut self.rng)) {
            let going_out = passage.direction == Direction::Exit;
            self.truth.look().misread(&passage.record_id, going_out, read.clone());
            passage.plate = Some(read);
        }
    }

    /// When the lot's line is up again, if it is down.
    fn after_outage(&mut self, message: &Message) -> Timestamp {
        let rate = self.options.outages_per_hour / 3_600.0;
        if rate <= 0.0 {
            return message.due;
        }
        let now = message.due.as_second();
        let (shortest, longest) = self.options.outage;
        let rng = &mut self.rng;
        let mut draw = |after: i64| {
            let from = after + rng.wait_s(rate) as i64;
            (from, from + rng.between(shortest.as_secs_f64(), longest.as_secs_f64()) as i64)
        };
        let outage = self.outages.entry(message.lot.ordinal).or_insert_with(|| draw(now));
        while now >= outage.1 {
            *outage = draw(outage.1);
        }
        if now < outage.0 {
            return message.due;
        }
        Timestamp::from_second(outage.1).unwrap_or(message.due)
    }
}

impl<T: Iterator<Item = Message>> Iterator for Faulty<T> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        loop {
            let by = if self.over { Some(Timestamp::MAX) } else { self.watermark };
            if let Some(mut message) = by.and_then(|by| self.held.release(by)) {
                // When the traffic is over, what is still held up has waited long enough.
                message.due = message.due.min(self.watermark.unwrap_or(message.due));
                return Some(message);
            }
            if self.over {
                return None;
            }
            match self.traffic.next() {
                Some(message) => self.take(message),
                None => self.over = true,
            }
        }
    }
}

#[cfg(test)]
mod tests;
