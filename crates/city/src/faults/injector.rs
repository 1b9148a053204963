//! Traffic with faults that a platform ought to find.

use super::held::Held;
use super::hit::{Edge, Hit, Inside, Memory, Outcome};
use super::injected::{InjectedFault, SharedFaults};
use super::kinds::{Extent, Group};
use super::schedule::{Planned, Schedule};
use crate::message::{Message, Says};
use crate::plan::CityLot;
use crate::rng::{Purpose, Rng};
use bowei_model::{Direction, LotCode, Passage, RecordId, pairing};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

struct Running {
    planned: Planned,
    memory: Memory,
    rng: Rng,
    /// Records met, one fault each or all of one.
    met: HashSet<RecordId>,
    touched: BTreeMap<LotCode, BTreeSet<String>>,
    /// By record, what was injected.
    injected: Vec<InjectedFault>,
    over: bool,
    /// When everything ends.
    until: Timestamp,
}

/// Traffic with faults.
pub struct Injector<T> {
    traffic: T,
    running: Vec<Running>,
    by_lot: HashMap<usize, Vec<usize>>,
    inside: Inside,
    /// Records that one fault has, and no other may take.
    taken: HashSet<RecordId>,
    held: Held,
    faults: SharedFaults,
    watermark: Option<Timestamp>,
    ended: bool,
}

impl<T: Iterator<Item = Message>> Injector<T> {
    /// `traffic` with the faults of a schedule.
    pub fn new(traffic: T, schedule: Schedule) -> Self {
        let (seed, until) = (schedule.seed, schedule.until);
        let running: Vec<Running> = schedule
            .planned
            .into_iter()
            .enumerate()
            .map(|(i, planned)| Running::new(planned, seed, i, until))
            .collect();
        let mut by_lot: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, running) in running.iter().enumerate() {
            for lot in &running.planned.lots {
                by_lot.entry(lot.ordinal).or_default().push(index);
            }
        }
        Self {
            traffic,
            running,
            by_lot,
            inside: Inside::default(),
            taken: HashSet::new(),
            held: Held::default(),
            faults: schedule.faults,
            watermark: None,
            ended: false,
        }
    }

    /// What has been injected so far; whole once the traffic is over.
    pub fn faults(&self) -> SharedFaults {
        self.faults.clone()
    }

    fn take(&mut self, mut message: Message) {
        let due = message.due;
        self.watermark = self.watermark.max(Some(due));
        let really = message.passage().cloned();
        let mut lost = false;
        if let Some(indices) = self.by_lot.get(&message.lot.ordinal) {
            for index in indices {
                let Some(running) = self.running.get_mut(*index) else { continue };
                if running.over {
                    continue;
                }
                let outcome = running.meet(&mut message, due, &self.inside, &mut self.taken, &mut self.held);
                if matches!(outcome, Outcome::HitAndLost | Outcome::Lost) {
                    lost = true;
                    break;
                }
                if running.is_over(due) {
                    running.end(&self.faults);
                }
            }
        }
        // Of a lot that knows a stay by its plate no other's name is known here; and a car that nobody told of is nowhere.
        let is_known = |passage: &Passage| {
            !(message.lot.pairs_by_plate() || lost && passage.direction == Direction::Entry)
        };
        if let Some(passage) = really.filter(is_known) {
            self.inside.meet(&passage);
        }
        if !lost {
            self.held.hold(message);
        }
    }
}

impl Running {
    fn new(planned: Planned, seed: u64, index: usize, until: Timestamp) -> Self {
        Self {
            rng: Rng::numbered(seed, Purpose::Injection, index as u64),
            planned,
            memory: Memory::default(),
            met: HashSet::new(),
            touched: BTreeMap::new(),
            injected: Vec::new(),
            over: false,
            until,
        }
    }

    /// Of passages and pictures within the window one in some is met, so that they are spread over it.
    const ONE_IN: f64 = 0.3;
    /// What follows a record that was met is waited for so long after the window.
    const FOLLOWED_FOR: SignedDuration = SignedDuration::from_hours(24 * 4);

    fn meet(
        &mut self,
        message: &mut Message,
        due: Timestamp,
        inside: &Inside,
        taken: &mut HashSet<RecordId>,
        held: &mut Held,
    ) -> Outcome {
        let Planned { kind, from, to, edge, .. } = &self.planned;
        let record = RecordId::from(message.record_id());
        let again = self.met.contains(&record);
        let is_in = (*from..*to).contains(&due);
        let is_of_record =
            !matches!(message.says, Says::OfLot(_) | Says::DayDeclared(_) | Says::LotChanged(_));
        if let Extent::Records(most) = kind.extent {
            let is_free = is_in && self.injected.len() < most && !taken.contains(&record);
            let is_frequent = matches!(message.says, Says::Passage(_) | Says::Photo(_));
            let share = if is_frequent { Self::ONE_IN } else { 1.0 };
            let is_hit = again || (is_free && self.rng.happens(share));
            if !is_hit {
                return Outcome::Untouched;
            }
        } else if !is_in && (!again || !is_of_record) {
            return Outcome::Untouched;
        }
        let lot = Arc::clone(&message.lot);
        let name = on_platform(message, &lot);
        let at = message.passage().map_or(due, |passage| passage.at);
        let mut hit = Hit {
            message: &mut *message,
            is_within: is_in,
            again,
            edge: *edge,
            from: *from,
            to: *to,
            memory: &mut self.memory,
            rng: &mut self.rng,
            inside,
            more: Vec::new(),
            records: Vec::new(),
            elsewhere: None,
        };
        let outcome = (kind.act)(&mut hit);
        let Hit { more, records, elsewhere, .. } = hit;
        more.into_iter().for_each(|message| held.hold(message));
        if outcome == Outcome::Untouched {
            return outcome;
        }
        self.memory.changed += 1;
        self.met.insert(record.clone());
        if matches!(kind.extent, Extent::Records(_)) {
            if is_of_record {
                taken.insert(record);
            }
            let ends = [at, due, message.due, message.passage().map_or(due, |passage| passage.at)];
            let span = (ends.into_iter().min().unwrap_or(due), ends.into_iter().max().unwrap_or(due));
            let records = BTreeSet::from_iter(name.into_iter().chain(records));
            self.note_record(&lot.code, records, span, outcome);
            if let Some((other, record)) = elsewhere {
                self.note_record(&other, BTreeSet::from([record]), span, outcome);
            }
        } else {
            self.touched.entry(lot.code.clone()).or_default().extend(records.into_iter().chain(name));
        }
        outcome
    }

    /// Notes a fault of one record, or what more has become of it.
    fn note_record(
        &mut self,
        lot: &LotCode,
        records: BTreeSet<String>,
        (from, to): (Timestamp, Timestamp),
        outcome: Outcome,
    ) {
        let is_new = matches!(outcome, Outcome::Hit | Outcome::HitAndLost | Outcome::Uncertain);
        let known = self.injected.iter_mut().find(|it| it.lot == *lot && !it.records.is_disjoint(&records));
        match known {
            Some(known) => {
                known.records.extend(records);
                known.effects_to = known.effects_to.max(to);
                (known.from, known.to) = (known.from.min(from), known.to.max(to));
                known.certain |= matches!(outcome, Outcome::Hit | Outcome::HitAndLost);
            }
            None if is_new => {
                let fault = self.fault(lot.clone(), (from, to));
                self.injected.push(InjectedFault {
                    records,
                    certain: outcome != Outcome::Uncertain,
                    ..fault
                });
            }
            None => {}
        }
    }

    fn fault(&self, lot: LotCode, (from, to): (Timestamp, Timestamp)) -> InjectedFault {
        let Planned { kind, edge, .. } = &self.planned;
        let is_lasting = kind.group == Group::Losing;
        InjectedFault {
            kind: kind.finds,
            lot,
            from,
            to,
            effects_to: if is_lasting { self.until.max(to) } else { to },
            records: BTreeSet::new(),
            touched: BTreeSet::new(),
            at_edge: *edge == Edge::AtThreshold,
            near_miss: *edge == Edge::NearMiss,
            certain: true,
            also: kind.also.iter().copied().collect(),
        }
    }

    fn is_over(&self, due: Timestamp) -> bool {
        due > self.planned.to + Self::FOLLOWED_FOR
    }

    /// Notes what came of it.
    fn end(&mut self, faults: &SharedFaults) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.injected.drain(..).for_each(|fault| faults.note(fault));
        let messages = match self.planned.kind.extent {
            Extent::Records(_) => return,
            Extent::Hours { messages, .. } | Extent::AccountHours { messages, .. } => messages,
            Extent::ToTheEnd => 1,
        };
        if self.memory.changed == 0 {
            return;
        }
        let span = (self.planned.from, self.planned.to);
        for lot in self.planned.lots.clone() {
            let touched = self.touched.remove(&lot.code).unwrap_or_default();
            let is_enough = self.memory.is_enough.filter(|_| self.planned.edge != Edge::NearMiss);
            let certain = is_enough.unwrap_or(self.memory.changed >= messages);
            faults.note(InjectedFault { touched, certain, ..self.fault(lot.code.clone(), span) });
        }
    }
}

/// What a platform calls the record that a message is about.
fn on_platform(message: &Message, lot: &CityLot) -> Option<String> {
    Some(match &message.says {
        Says::Passage(passage) if lot.pairs_by_plate() => {
            let entered_at = passage.entered_at.unwrap_or(passage.at);
            pairing::leg_id(Direction::Entry, passage.plate.as_ref(), entered_at).to_string()
        }
        Says::OfLot(_) | Says::DayDeclared(_) | Says::LotChanged(_) => return None,
        _ => message.record_id().to_owned(),
    })
}

impl<T: Iterator<Item = Message>> Iterator for Injector<T> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        loop {
            let by = if self.ended { Some(Timestamp::MAX) } else { self.watermark };
            if let Some(message) = by.and_then(|by| self.held.release(by)) {
                return Some(message);
            }
            if self.ended {
                return None;
            }
            match self.traffic.next() {
                Some(message) => self.take(message),
                None => {
                    self.ended = true;
                    self.running.iter_mut().for_each(|running| running.end(&self.faults));
                }
            }
        }
    }
}
