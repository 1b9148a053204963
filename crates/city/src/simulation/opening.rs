//! The opening state: after the silent hours, every car that is inside is reported with its own entry.
//!
//! A platform derives free spaces from the cars it knows inside, so that without these entries it would be wrong by
//! the whole opening state and would meet their exits unmatched.

use super::{Car, Simulation};
use crate::message::{Message, Says};

impl Simulation {
    /// Runs to the start in silence and says who is inside.
    pub(super) fn open(&mut self) {
        let start_s = self.options.start.as_second();
        while self.agenda.peek().is_some_and(|next| next.0.0 < start_s) && self.step() {}
        self.opened = true;
        self.describe();
        let mut inside: Vec<&Car> = self.cars.values().collect();
        inside.sort_by_key(|car| (car.entered_s, car.lot));
        let mut counts = vec![(0_u32, 0_u32); self.lots.len()];
        let mut truth = self.truth.look();
        for car in inside {
            let (Some(now), Some((cars, charging))) = (self.lots.get(car.lot), counts.get_mut(car.lot))
            else {
                continue;
            };
            *cars += 1;
            *charging += u32::from(car.charge.is_some());
            truth.enter(&car.record_id, now.true_parking(car));
            let passage = now.entry_with(car, *cars, *charging);
            let due = if self.options.opening_on_time { passage.at } else { self.options.start };
            self.outgoing.push_back(Message::new(due, now.lot.clone(), Says::Passage(passage)));
        }
    }
}
