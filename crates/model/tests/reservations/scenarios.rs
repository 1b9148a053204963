//! Random days by seed: lots that answer late, twice, never and wrongly, clocks that jump, stale tabs, cars as they like. What
//! must hold holds after each command; then the world heals, and what must come comes.

use super::lot::{Chance, Lot};
use super::*;
use OrderState as S;
use bowei_model::reservation::{Limit, TRANSITIONS};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const SCENARIOS: u64 = 10_000;
const COMMANDS: usize = 40;

struct Day {
    desk: Desk,
    lot: Lot,
    now: Timestamp,
    /// The furthest that the clock has been.
    latest: Timestamp,
    chance: Chance,
    next: u32,
    /// Orders that the book has forgotten.
    ended: BTreeMap<OrderCode, Order>,
    /// How many per cent of commands meet a node that dies.
    node_faults: u64,
    /// What went wrong is told with this.
    seed: u64,
}

/// From where to where an order may go, by whatever command.
static LEGAL: LazyLock<BTreeSet<(Option<S>, S)>> =
    LazyLock::new(|| TRANSITIONS.iter().flat_map(|(from, _, to)| to.iter().map(|to| (*from, *to))).collect());

impl Day {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let mut desk = Desk::new(chance.below(4) as u32);
        desk.policy.hold_minutes = chance.pick(&[1, 10, 30]);
        desk.policy.waiting_max = chance.pick(&[2, 100]);
        if chance.percent(30) {
            let reservable = chance.below(3) as u32;
            desk.book.granted.by_space.insert(SpaceKind::Charging, Grant { reservable, unused: None });
        }
        let lot = Lot::new(chance.below(5) as usize, chance.pick(&[0, 20, 60]));
        let node_faults = chance.pick(&[0, 0, 10]);
        Self {
            desk,
            lot,
            now: t("09:00"),
            latest: t("09:00"),
            chance,
            next: 1,
            ended: BTreeMap::new(),
            node_faults,
            seed,
        }
    }

    fn known(&mut self) -> OrderCode {
        code(1 + self.chance.below(u64::from(self.next)) as u32)
    }

    /// Applies a command and looks at all that must hold.
    fn apply(&mut self, command: Command) {
        self.latest = self.latest.max(self.now);
        let before = self.desk.book.clone();
        let (seed, now, applying) = (self.seed, self.now, command.clone());
        let told = move || format!("seed {seed} at {now}: {applying:?}");
        let answered = match &command {
            Command::Answer { code, .. } => Some(code.clone()),
            _ => None,
        };
        let applied = match self.desk.book.apply(command, self.now, &self.desk.policy) {
            Ok(applied) => applied,
            Err(_) => {
                assert_eq!(self.desk.book, before, "{}: declined, and changed", told());
                return;
            }
        };
        self.check(&before, &applied, &told);
        if self.chance.percent(self.node_faults) {
            // The node dies: before it has stored anything, or after, and then nobody does what was to be done.
            if self.chance.percent(50) {
                self.desk.book = before;
                // The lot has said what it did, and nobody remembers.
                self.lot.misled.extend(answered);
            }
            return;
        }
        for effect in applied.effects {
            if let Effect::Call { code, what, attempt } = effect {
                let order = &self.desk.book.orders[&code];
                // Called off again in the same turn, nobody tells the lot.
                if order.call.as_ref().is_some_and(|call| (call.what, call.attempt) == (what, attempt)) {
                    self.lot.call(order, what, attempt, self.now, &mut self.chance);
                }
            }
        }
        let forgotten = self.desk.book.forget(self.now, &self.desk.policy);
        assert!(forgotten.iter().all(|order| !order.state.is_open() && order.call.is_none()), "{}", told());
        self.ended.extend(forgotten.into_iter().map(|order| (order.code.clone(), order)));
    }

    fn check(&self, before: &Book, applied: &Applied, told: impl Fn() -> String) {
        let (book, policy) = (&self.desk.book, &self.desk.policy);
        for (code, order) in &book.orders {
            let was = before.orders.get(code);
            let is_changed = was != Some(order);
            assert!(!is_changed || applied.changed.contains(code), "{}: {code} changed unsaid", told());
            // Of a suspension nothing is seen.
            let is_unseen = was
                .is_some_and(|was| *was == Order { suspended_until: was.suspended_until, ..order.clone() });
            assert!(
                !is_changed || is_unseen || was.is_none_or(|was| was.version < order.version),
                "{}: {code} version",
                told()
            );
            let mut state = was.map(|was| was.state);
            let new = order.steps.iter().skip(was.map_or(0, |was| was.steps.len()));
            for step in new.filter(|_| order.steps.len() < bowei_model::reservation::STEPS_MAX) {
                assert_eq!(step.from, state, "{}: {code} has a gap", told());
                let is_note = step.from == Some(step.to);
                assert!(is_note || LEGAL.contains(&(step.from, step.to)), "{}: {code} {step:?}", told());
                state = Some(step.to);
            }
            assert_eq!(order.ended_at.is_some(), !order.state.is_open(), "{}: {code} ended", told());
            let has_place = matches!(order.state, S::Confirmed | S::Entered | S::Left | S::NoShow);
            assert!(order.barred.is_none() || !has_place, "{}: {code} is barred", told());
        }
        for space in [SpaceKind::Ordinary, SpaceKind::Charging] {
            let held = |book: &Book| {
                let holds = |order: &&Order| {
                    order.state.holds_place()
                        && (order.space == space || order.wanted.is_some_and(|wanted| wanted.space == space))
                };
                book.orders.values().filter(holds).count()
            };
            let granted = book.granted.by_space.get(&space).map_or(0, |grant| grant.reservable as usize);
            // A lot that grants less takes nothing back.
            assert!(held(book) <= granted.max(held(before)), "{}: more held than granted", told());

            let queue = book.queue(space);
            let first = queue.iter().find(|order| order.call.is_none());
            let is_free = book.free(space, self.now, policy) > 0;
            assert!(!is_free || first.is_none(), "{}: a place is free, and {first:?} waits", told());
            let promoted = book.orders.values().filter(|order| {
                let was_waiting = before.orders.get(&order.code).is_some_and(|was| was.state == S::Waiting);
                was_waiting && order.state == S::Offered && order.space == space
            });
            for order in promoted {
                let passed_over = first.filter(|first| first.joined < order.joined);
                assert_eq!(passed_over, None, "{}: {} went first", told(), order.code);
            }
            for waiting in queue {
                assert!(waiting.waitlist_closes_at(policy) > self.now, "{}: waits for what is over", told());
            }
        }
        assert!(book.next_due(policy).is_none_or(|due| due > self.now), "{}: something is due still", told());
    }

    /// Something happens.
    fn happens(&mut self) {
        let passed = self.chance.pick(&[0, 0, 0, 1, 5, 30, 120, 600]);
        self.now += SignedDuration::from_secs(passed);
        if self.chance.percent(2) {
            self.now += SignedDuration::from_secs(self.chance.below(7_200) as i64 - 3_600);
        }
        for answer in self.lot.arrives(self.now, &mut self.chance) {
            self.apply(answer);
        }
        let command = match self.chance.below(20) {
            0..=5 => self.requested(),
            6 => self.changed(),
            7 | 8 => {
                let (code, by) = (
                    self.known(),
                    self.chance.pick(&[Party::Driver, Party::Driver, Party::Lot, Party::Office]),
                );
                if by == Party::Lot {
                    self.lot.keeps.remove(&code);
                }
                let version = self.chance.percent(20).then(|| self.chance.below(9));
                Command::Cancel { code, by, version }
            }
            9 => {
                let (code, attempt) = (self.known(), self.chance.below(3) as u32);
                Command::Sent { code, attempt }
            }
            10 => {
                // An answer to nothing that was asked.
                let what = self.chance.pick(&[CallKind::Reserve, CallKind::Change, CallKind::Cancel]);
                let reading =
                    self.chance.pick(&[&LotAnswer::Taken, &LotAnswer::NoSpace, &LotAnswer::Silent]).clone();
                let code = self.known();
                self.lot.misled.insert(code.clone());
                Command::Answer { code, what, attempt: self.chance.below(4) as u32, reading }
            }
            11 | 12 => {
                let as_of = self.now - SignedDuration::from_secs(self.chance.below(300) as i64);
                let unused = self.chance.percent(50).then(|| (self.chance.below(4) as u32, as_of));
                let mut granted = self.desk.book.granted.clone();
                granted
                    .by_space
                    .insert(SpaceKind::Ordinary, Grant { reservable: self.chance.below(4) as u32, unused });
                Command::Granted(granted)
            }
            13 => {
                let until = self.chance.percent(60).then(|| self.now + minutes(self.chance.below(60) as i64));
                Command::Suspend { plate: plate(self.chance.below(8) as u32), until }
            }
            14..=17 => self.passed(),
            _ => Command::Tick,
        };
        self.apply(command);
    }

    fn requested(&mut self) -> Command {
        let number = if self.chance.percent(90) { self.next } else { 1 };
        self.next += u32::from(number == self.next);
        let enter_at = self.now + minutes(self.chance.below(140) as i64 - 8);
        let wait = self.chance.percent(70);
        let space = self.chance.pick(&[SpaceKind::Ordinary, SpaceKind::Ordinary, SpaceKind::Charging]);
        let plate = plate(self.chance.below(8) as u32);
        let mut limit = || self.chance.percent(5).then_some(Limit::PerDay);
        let (limit, wait_limit) = (limit(), limit());
        Command::Request(NewOrder { plate, space, limit, wait_limit, ..new(number, enter_at, wait) })
    }

    fn changed(&mut self) -> Command {
        let code = self.known();
        let version = self.desk.book.orders.get(&code).map_or(0, |order| order.version);
        let version = version + self.chance.pick(&[0, 0, 0, 1]);
        let enter_at = self.chance.percent(60).then(|| self.now + minutes(self.chance.below(120) as i64));
        let space =
            self.chance.percent(50).then(|| self.chance.pick(&[SpaceKind::Ordinary, SpaceKind::Charging]));
        Command::Change { code, enter_at, space, version }
    }

    fn passed(&mut self) -> Command {
        let code = self.known();
        let its = self.desk.book.orders.get(&code).map(|order| (order.plate.clone(), order.enter_at));
        let (its_plate, enter_at) = its.unwrap_or((plate(1), self.now));
        let around = enter_at + minutes(self.chance.below(90) as i64 - 45);
        let at = self.chance.pick(&[self.now, around, enter_at]);
        let plate = self
            .chance
            .percent(85)
            .then(|| if self.chance.percent(85) { its_plate } else { plate(self.chance.below(8) as u32) });
        let direction = self.chance.pick(&[Direction::Entry, Direction::Entry, Direction::Exit]);
        let entered_at = self.chance.percent(50).then(|| at - minutes(self.chance.below(60) as i64));
        Command::Passage(CarPassage {
            plate,
            reservation_code: self.chance.percent(30).then_some(code),
            direction,
            at,
            entered_at,
            record_id: format!("R{}", self.chance.below(12)).into(),
        })
    }

    /// Everybody behaves from now on, and time goes by until nothing is due.
    fn heals(&mut self) {
        (self.lot.faulty, self.node_faults) = (0, 0);
        let began_at = self.now;
        // More turns than any day has.
        for _ in 0..2_000 {
            for answer in self.lot.arrives(self.now, &mut self.chance) {
                self.apply(answer);
            }
            self.apply(Command::Tick);
            // What was on its way has arrived within a quarter of an hour, and what came of it soon after.
            if self.now > began_at + minutes(30) {
                self.no_place_is_lost();
            }
            let Some(due) = self.desk.book.next_due(&self.desk.policy) else { break };
            let is_still = self.now > began_at + minutes(60);
            self.now = self.now.max(if is_still { due } else { due.min(self.now + minutes(10)) });
        }
    }

    /// What the lot keeps somebody has, or the lot is being told to let it go; but for what nobody can know of.
    fn no_place_is_lost(&self) {
        for (code, _) in self.lot.keeps.iter().filter(|(_, until)| **until > self.now) {
            let order = self.desk.book.orders.get(code).or(self.ended.get(code));
            let is_somebody_s =
                order.is_some_and(|order| order.state.holds_place() || order.state == S::Entered);
            let is_being_told = order.is_some_and(|order| order.call.is_some());
            let has_left = order.is_some_and(|order| order.entered_at.is_some());
            // A lot that had another time keeps it until then; so does one whose order a clock that ran ahead took for over.
            let is_past = order.is_some_and(|order| order.expires_at <= self.latest);
            let is_known = !self.lot.misled.contains(code);
            assert!(
                is_somebody_s
                    || is_being_told
                    || has_left
                    || is_past
                    || !is_known
                    || self.lot.speaks_of(code),
                "seed {} at {}: the lot keeps a space for nobody: {code} {order:?}",
                self.seed,
                self.now
            );
        }
    }
}

/// One random day with all that comes of it: the states in which its orders end.
fn day(seed: u64) -> BTreeSet<S> {
    let mut day = Day::new(seed);
    (0..COMMANDS).for_each(|_| day.happens());
    day.heals();
    day.ended.extend(day.desk.book.orders.clone());
    let mut ends = BTreeSet::new();
    // One that was declined, or lost with its node, never was.
    for order in (1..day.next).filter_map(|number| day.ended.get(&code(number))) {
        assert!(!order.state.is_open(), "seed {seed}: it has no end: {order:?}");
        assert_eq!(order.call, None, "seed {seed}: the lot is still to be told: {order:?}");
        ends.insert(order.state);
    }
    ends
}

#[test]
fn whatever_happens_what_must_hold_holds() {
    let (mut ends, mut failed) = (BTreeSet::new(), Vec::new());
    for seed in 0..SCENARIOS {
        match std::panic::catch_unwind(|| day(seed)) {
            Ok(of_day) => ends.extend(of_day),
            Err(_) => failed.push(seed),
        }
    }
    assert!(failed.is_empty(), "seeds that do not hold: {failed:?}");
    let all: BTreeSet<_> = S::ALL.into_iter().filter(|state| !state.is_open()).collect();
    assert_eq!(ends, all, "not tried");
}
