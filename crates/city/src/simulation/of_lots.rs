//! What lots say of themselves: their base data and gates at the start, and what a text wants by the clock, which is the
//! cars inside on the hour and the base data once a night.

use super::{Event, Simulation, WARM_UP, hour_after, second};
use crate::message::{Message, Says};
use crate::plan::{CityLot, Describes};
use bowei_model::{CarsInside, Plate, Report, moment};
use bowei_standards::by_name;
use bowei_standards::lot_side::{Duty, When};
use std::sync::Arc;

impl Simulation {
    /// Every lot on itself, when the run starts.
    pub(super) fn describe(&mut self) {
        let start_s = self.options.start.as_second();
        let at_s = if self.options.opening_on_time { start_s - WARM_UP.as_secs() } else { start_s };
        for now in &self.lots {
            let describes = now.lot.speaks().map_or(Describes::Nothing, |speaks| speaks.describes);
            let profile = (describes != Describes::Nothing).then(|| Report::Lot(now.lot.profile()));
            let gates = if describes == Describes::ItselfAndGates { now.lot.gates() } else { Vec::new() };
            let reports = profile.into_iter().chain(gates.into_iter().map(Report::Gate));
            self.outgoing.extend(reports.map(|report| of_lot(&now.lot, at_s, report)));
        }
    }

    pub(super) fn on_the_hour(&mut self, at_s: i64) {
        self.plan_event(hour_after(at_s), Event::Hour);
        let hour = moment::to_wall(second(at_s)).hour();
        let mut outgoing = Vec::new();
        for (index, now) in self.lots.iter().enumerate() {
            let duties = by_name(now.lot.standard).map_or(&[][..], |standard| standard.duties());
            for (duty, when) in duties {
                let is_due = match when {
                    When::Hourly => true,
                    When::DailyAt { hour: due } => *due == hour,
                    When::Every(_) => false,
                };
                match duty {
                    Duty::CarsInside if is_due => {
                        let plates = self.plates_inside(index);
                        let cars = CarsInside { lot: now.lot.code.clone(), at: second(at_s), plates };
                        outgoing.push(of_lot(&now.lot, at_s, Report::CarsInside(cars)));
                    }
                    Duty::Profile if is_due => {
                        outgoing.push(of_lot(&now.lot, at_s, Report::Lot(now.lot.profile())));
                    }
                    // Questions change nothing.
                    _ => {}
                }
            }
        }
        self.outgoing.extend(outgoing);
    }

    /// In their order, so that the same cars are the same list.
    fn plates_inside(&self, lot: usize) -> Vec<Plate> {
        let cars = self.cars.values().filter(|car| car.lot == lot);
        let mut plates: Vec<Plate> = cars.filter_map(|car| car.plate.clone()).collect();
        plates.sort();
        plates
    }
}

fn of_lot(lot: &Arc<CityLot>, at_s: i64, report: Report) -> Message {
    Message::new(second(at_s), lot.clone(), Says::OfLot(report))
}
