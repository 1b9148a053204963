//! Reservations: the book of a lot, a plate's record, and the proof that a car did not come.

mod capacity;
mod faults;
mod lot;
mod plates;
mod proofs;
mod scenarios;
mod settings;
mod transitions;

use bowei_model::reservation::{
    Applied, Book, CallKind, CarPassage, Command, Declined, Effect, Event, Grant, Granted, LotAnswer,
    NewOrder, Order, OrderCode, OrderState, Party, Policy,
};
use bowei_model::{Direction, Plate, SpaceKind};
use jiff::{SignedDuration, Timestamp};

/// A moment of the day on which all of this happens, by the clock on the wall.
fn t(clock: &str) -> Timestamp {
    let clock = if clock.len() == 5 { format!("{clock}:00") } else { clock.to_owned() };
    format!("2026-11-20T{clock}+08:00").parse().unwrap()
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn code(number: u32) -> OrderCode {
    OrderCode::read(&format!("{number:032x}")).unwrap()
}

fn plate(number: u32) -> Plate {
    Plate::read(&format!("粤B{number:05}")).unwrap()
}

/// A book whose lot grants so many ordinary places.
fn book(reservable: u32) -> Book {
    let mut book = Book::new("440305-001".into());
    book.granted = granted(reservable, None);
    book
}

fn granted(reservable: u32, unused: Option<(u32, Timestamp)>) -> Granted {
    Granted { by_space: [(SpaceKind::Ordinary, Grant { reservable, unused })].into() }
}

fn new(number: u32, enter_at: Timestamp, wait: bool) -> NewOrder {
    NewOrder {
        code: code(number),
        plate: plate(number),
        space: SpaceKind::Ordinary,
        enter_at,
        wait,
        notify: true,
        limit: None,
        wait_limit: None,
    }
}

/// A lot's book with what a test says short.
struct Desk {
    book: Book,
    policy: Policy,
}

impl Desk {
    fn new(reservable: u32) -> Self {
        Self { book: book(reservable), policy: Policy::default() }
    }

    fn apply(&mut self, at: &str, command: Command) -> Result<Applied, Declined> {
        self.book.apply(command, t(at), &self.policy)
    }

    /// Orders number `number`, whose plate is of that number too.
    fn request(&mut self, at: &str, number: u32, enter_at: &str, wait: bool) -> Applied {
        self.apply(at, Command::Request(new(number, t(enter_at), wait))).unwrap()
    }

    /// The lot answers the call that is out.
    fn answer(&mut self, at: &str, number: u32, reading: LotAnswer) -> Applied {
        let call = self.order(number).call.clone().unwrap();
        self.answer_attempt(at, number, call.what, call.attempt, reading)
    }

    fn answer_attempt(
        &mut self,
        at: &str,
        number: u32,
        what: CallKind,
        attempt: u32,
        reading: LotAnswer,
    ) -> Applied {
        self.apply(at, Command::Answer { code: code(number), what, attempt, reading }).unwrap()
    }

    /// Has an order that the lot took.
    fn confirmed(&mut self, at: &str, number: u32, enter_at: &str) {
        self.request(at, number, enter_at, false);
        self.answer(at, number, LotAnswer::Taken);
        assert_eq!(self.state(number), OrderState::Confirmed);
    }

    fn cancel(&mut self, at: &str, number: u32, by: Party) -> Result<Applied, Declined> {
        self.apply(at, Command::Cancel { code: code(number), by, version: None })
    }

    fn change(&mut self, at: &str, number: u32, enter_at: &str) -> Result<Applied, Declined> {
        let version = self.order(number).version;
        let enter_at = Some(t(enter_at));
        self.apply(at, Command::Change { code: code(number), enter_at, space: None, version })
    }

    fn tick(&mut self, at: &str) -> Applied {
        self.apply(at, Command::Tick).unwrap()
    }

    fn car(&mut self, received: &str, direction: Direction, number: u32, at: &str) -> Applied {
        self.apply(received, Command::Passage(car(direction, number, at))).unwrap()
    }

    fn order(&self, number: u32) -> &Order {
        &self.book.orders[&code(number)]
    }

    fn state(&self, number: u32) -> OrderState {
        self.order(number).state
    }
}

/// The car of that number passes under a record of that number, and no order is named.
fn car(direction: Direction, number: u32, at: &str) -> CarPassage {
    CarPassage {
        plate: Some(plate(number)),
        reservation_code: None,
        direction,
        at: t(at),
        entered_at: None,
        record_id: format!("R{number}").into(),
    }
}

/// What the lot is to be told now.
fn calls(applied: &Applied) -> Vec<(OrderCode, CallKind)> {
    let call = |effect: &Effect| match effect {
        Effect::Call { code, what, .. } => Some((code.clone(), *what)),
        _ => None,
    };
    applied.effects.iter().filter_map(call).collect()
}

/// What drivers are told.
fn notices(applied: &Applied) -> Vec<(OrderCode, Event)> {
    let notice = |effect: &Effect| match effect {
        Effect::Notice { code, event } => Some((code.clone(), *event)),
        _ => None,
    };
    applied.effects.iter().filter_map(notice).collect()
}
