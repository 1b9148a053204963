//! Cars that come and go, as a lot reports them.

use super::plan::ReservableLot;
use crate::looks::{look, payment, vehicle};
use crate::message::{Message, Says};
use crate::plan::CountsGo;
use bowei_model::{Direction, Passage, Plate, PlateKind};
use jiff::Timestamp;
use std::sync::Arc;

/// A car at a lot.
#[derive(Clone, Debug)]
pub(super) struct CarInside {
    pub(super) record_id: String,
    pub(super) plate: Plate,
    pub(super) plate_kind: PlateKind,
    pub(super) entered_at: Timestamp,
    /// The order that it names at the gate.
    pub(super) code: Option<String>,
    /// The city's how manieth it is.
    pub(super) number: u64,
}

impl CarInside {
    /// What the lot says of the entry, with so many cars inside.
    pub(super) fn entry(&self, of: &ReservableLot, inside: u32) -> Message {
        Message::new(self.entered_at, Arc::clone(&of.lot), Says::Passage(self.passage(of, inside)))
    }

    /// And of the exit.
    pub(super) fn exit(&self, of: &ReservableLot, inside: u32, at: Timestamp) -> Message {
        let lot = &of.lot;
        let gate = lot.exits.first();
        let minutes = at.duration_since(self.entered_at).as_mins();
        let fee = |fee| payment(fee, minutes, self.plate_kind, look(self.number), at);
        let passage = Passage {
            direction: Direction::Exit,
            at,
            gate_code: gate.map(|gate| gate.code.clone()),
            gate: gate.map(|gate| gate.name.clone()),
            entered_at: Some(self.entered_at),
            minutes: Some(minutes),
            payment: lot.fee.map(fee),
            ..self.passage(of, inside)
        };
        Message::new(at, Arc::clone(lot), Says::Passage(passage))
    }

    fn passage(&self, of: &ReservableLot, inside: u32) -> Passage {
        let lot = &of.lot;
        let gate = lot.entrances.first();
        let vacant = i64::from(lot.spaces_total) - i64::from(inside);
        // Who reports his counts apart does so as his own system has them.
        let is_within = lot.speaks().is_some_and(|speaks| speaks.counts == CountsGo::Within);
        Passage {
            plate: Some(self.plate.clone()),
            plate_kind: Some(self.plate_kind),
            vehicle: Some(vehicle(look(self.number), self.plate_kind)),
            gate_code: gate.map(|gate| gate.code.clone()),
            gate: gate.map(|gate| gate.name.clone()),
            vacant: is_within.then_some(vacant),
            charging_vacant: (lot.charging_spaces > 0).then(|| i64::from(lot.charging_spaces)),
            reservation_code: self.code.clone(),
            ..Passage::new(
                lot.code.clone(),
                self.record_id.as_str().into(),
                Direction::Entry,
                self.entered_at,
            )
        }
    }
}
