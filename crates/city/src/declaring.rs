//! Lots that declare after midnight which records they have of the day: what their own books say, whatever has become of the
//! messages.

use crate::faults::declares_days;
use crate::faults::midnight;
use crate::message::{DeclaredDay, Message, Says};
use crate::plan::{CityLot, CityPlan};
use bowei_model::{Direction, LotCode, moment};
use jiff::{SignedDuration, Timestamp, civil::Date};
use std::collections::{BTreeMap, VecDeque};
use std::iter::Peekable;
use std::sync::Arc;

/// When a day is declared, after its end.
const DECLARED_AT: SignedDuration = SignedDuration::from_mins(20);

/// Traffic with what lots declare of its days. To be put around traffic as it happens, before anything goes wrong with it.
pub struct Declaring<T: Iterator> {
    traffic: Peekable<T>,
    lots: Vec<Arc<CityLot>>,
    books: BTreeMap<(LotCode, Date), DeclaredDay>,
    start: Timestamp,
    /// The day, counted from the start's, that is declared next.
    day: usize,
    outgoing: VecDeque<Message>,
}

impl<T: Iterator<Item = Message>> Declaring<T> {
    /// Traffic that begins at `start`.
    pub fn new(traffic: T, plan: &CityPlan, start: Timestamp) -> Self {
        let lots = plan.lots.iter().filter(|lot| declares_days(lot)).cloned().collect();
        let (books, outgoing) = (BTreeMap::new(), VecDeque::new());
        Self { traffic: traffic.peekable(), lots, books, start, day: 0, outgoing }
    }

    fn note(&mut self, message: &Message) {
        if !declares_days(&message.lot) {
            return;
        }
        let at = match &message.says {
            Says::Passage(passage) => passage.at,
            Says::Photo(scene) => scene.at,
            Says::Charge(charge) => charge.ended_at,
            Says::OfLot(_) | Says::DayDeclared(_) | Says::LotChanged(_) => return,
        };
        let book = self.book(message.lot.code.clone(), moment::to_wall(at).date());
        match &message.says {
            Says::Passage(passage) => {
                let records = match passage.direction {
                    Direction::Entry => &mut book.entries,
                    Direction::Exit => &mut book.exits,
                };
                records.insert(passage.record_id.to_string());
            }
            Says::Photo(_) => book.photos += 1,
            Says::Charge(_) => book.charges += 1,
            Says::OfLot(_) | Says::DayDeclared(_) | Says::LotChanged(_) => {}
        }
    }

    fn book(&mut self, lot: LotCode, day: Date) -> &mut DeclaredDay {
        self.books.entry((lot, day)).or_insert_with(|| DeclaredDay {
            day,
            entries: Default::default(),
            exits: Default::default(),
            photos: 0,
            charges: 0,
        })
    }

    fn declare(&mut self, due: Timestamp) {
        let day = moment::to_wall(midnight(self.start, self.day)).date();
        self.day += 1;
        for lot in self.lots.clone() {
            self.book(lot.code.clone(), day);
            let declared = self.books.remove(&(lot.code.clone(), day));
            self.outgoing
                .extend(declared.map(|declared| Message::new(due, lot, Says::DayDeclared(declared))));
        }
    }
}

impl<T: Iterator<Item = Message>> Iterator for Declaring<T> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        if let Some(outgoing) = self.outgoing.pop_front() {
            return Some(outgoing);
        }
        let declared_at = midnight(self.start, self.day + 1) + DECLARED_AT;
        if self.traffic.peek().is_some_and(|next| next.due >= declared_at) {
            self.declare(declared_at);
            return self.next();
        }
        let message = self.traffic.next()?;
        self.note(&message);
        Some(message)
    }
}
