//! What must not be at any moment, whatever lots and drivers do: more promised than there is, a promise that the lot does not
//! know of, a space that is kept for nobody, one that is free while drivers wait, one who is overtaken in the queue.

use super::lot_system::LotSystem;
use super::plan::Manner;
use bowei_model::LotCode;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a platform may need to reach a lot that does not answer at once: its circuit breaker is open for two minutes, and it
/// tries again once a minute.
const GRACE: SignedDuration = SignedDuration::from_mins(6);
/// The waitlist closes so long before the time booked.
const CLOSES: SignedDuration = SignedDuration::from_mins(10);

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// Which rule.
    pub rule: &'static str,
    /// When it was seen.
    pub at: Timestamp,
    /// Where.
    pub lot: LotCode,
    /// In words.
    pub detail: String,
}

/// An order as its page shows it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) code: String,
    pub(super) state: String,
    /// What it showed the last time.
    pub(super) before: Option<String>,
    pub(super) enter_at: Timestamp,
    pub(super) until: Timestamp,
    /// A change is on its way.
    pub(super) changing: bool,
    /// Drivers in the order in which they asked.
    pub(super) number: usize,
    /// Its car has come under it, or the lot has called it off.
    pub(super) is_done: bool,
    pub(super) manner: Manner,
}

/// Whether nothing more comes of an order.
pub(super) fn is_over(state: &str) -> bool {
    matches!(state, "left" | "no-show" | "cancelled" | "expired" | "refused")
}

fn holds(state: &str) -> bool {
    matches!(state, "held" | "requested" | "unknown" | "confirmed" | "offered")
}

/// Who looks.
#[derive(Debug, Default)]
pub(super) struct Witness {
    pub(super) breaches: Vec<Breach>,
    /// Since when something is as it may be for a while only.
    since: BTreeMap<String, Timestamp>,
}

impl Witness {
    pub(super) fn note(&mut self, rule: &'static str, at: Timestamp, lot: &LotCode, detail: String) {
        let is_known = |known: &Breach| known.rule == rule && known.lot == *lot && known.detail == detail;
        if !self.breaches.iter().any(is_known) {
            self.breaches.push(Breach { rule, at, lot: lot.clone(), detail });
        }
    }

    /// Looks at a lot: its orders' pages, and what it really keeps.
    pub(super) fn look(&mut self, orders: &[Seen], (system, granted): (&LotSystem, u32), now: Timestamp) {
        let lot = &system.lot.code.clone();
        let confirmed = orders.iter().filter(|seen| seen.state == "confirmed").count();
        if confirmed > granted as usize {
            self.note("oversold", now, lot, format!("{confirmed} confirmed of {granted}"));
        }
        let mut lasting = Vec::new();
        for seen in orders.iter().filter(|seen| seen.state == "confirmed" && !seen.is_done) {
            match system.keeps(&seen.code) {
                None if now + SignedDuration::from_mins(1) < seen.until => {
                    self.note("promised-without-the-lot", now, lot, seen.code.clone());
                }
                Some(kept) if !seen.changing && kept.arrives_at != seen.enter_at => {
                    lasting.push(("other-time-than-the-lots", seen.code.clone()));
                }
                _ => {}
            }
        }
        for (code, _) in system.kept() {
            let order = orders.iter().find(|seen| seen.code == *code);
            if order.is_none_or(|seen| is_over(&seen.state) && seen.manner != Manner::Never) {
                lasting.push(("kept-for-nobody", code.clone()));
            }
        }
        let held = orders.iter().filter(|seen| holds(&seen.state)).count();
        let waits = |seen: &&Seen| seen.state == "waiting" && now < seen.enter_at - CLOSES;
        if held < granted as usize && orders.iter().any(|seen| waits(&seen)) {
            lasting.push(("free-while-drivers-wait", String::new()));
        }
        self.too_long(lot, lasting, now);
        self.overtaken(lot, orders, now);
    }

    /// What may be so for a while must not be so for longer.
    fn too_long(&mut self, lot: &LotCode, lasting: Vec<(&'static str, String)>, now: Timestamp) {
        let of_lot = format!("{lot}/");
        let key = |rule: &str, what: &str| format!("{of_lot}{rule}/{what}");
        let keys: Vec<_> = lasting.iter().map(|(rule, what)| key(rule, what)).collect();
        self.since.retain(|known, _| !known.starts_with(&of_lot) || keys.contains(known));
        for ((rule, what), key) in lasting.into_iter().zip(keys) {
            let since = *self.since.entry(key).or_insert(now);
            if now.duration_since(since) > GRACE {
                self.note(rule, now, lot, what);
            }
        }
    }

    /// Whose turn came while somebody who had asked before still waits.
    fn overtaken(&mut self, lot: &LotCode, orders: &[Seen], now: Timestamp) {
        let waited = |seen: &&Seen| seen.before.as_deref() == Some("waiting");
        let first_waiting =
            orders.iter().filter(waited).filter(|seen| seen.state == "waiting").map(|seen| seen.number).min();
        let Some(first_waiting) = first_waiting else { return };
        let promoted = orders.iter().filter(waited).filter(|seen| holds(&seen.state));
        let overtakers: Vec<_> = promoted.filter(|seen| seen.number > first_waiting).collect();
        for seen in overtakers {
            self.note("overtaken-in-the-queue", now, lot, seen.code.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::ReservableLot;
    use super::*;
    use crate::plan::{CityPlan, PlanOptions};
    use bowei_model::{Plate, Reservation, SpaceKind};
    use bowei_standards::downlink::Directive;
    use std::sync::Arc;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_775_000_000 + minute * 60).unwrap()
    }

    fn seen(number: usize, state: &str, before: &str) -> Seen {
        Seen {
            code: format!("c{number}"),
            state: state.to_owned(),
            before: Some(before.to_owned()),
            enter_at: at(100),
            until: at(130),
            changing: false,
            number,
            is_done: false,
            manner: Manner::Prompt,
        }
    }

    fn system(kept: &[usize]) -> LotSystem {
        let plan = CityPlan::new(&PlanOptions { lots: 1, ..PlanOptions::default() }).unwrap();
        let lot = Arc::clone(&plan.lots[0]);
        let mut system = LotSystem::new(&ReservableLot { lot, granted: 2, is_called: false, is_heard: true });
        for number in kept {
            let reservation = Reservation {
                lot: "L1".into(),
                reservation_code: format!("c{number}"),
                plate: Plate::read("浙E12345").unwrap(),
                plate_kind: None,
                vehicle: None,
                arrives_at: at(100),
                expires_at: at(130),
                kept_minutes: 30,
                only_if_free: true,
                space: SpaceKind::Ordinary,
                changes: false,
            };
            system.ask(&Directive::Reservation(reservation), at(0));
        }
        system
    }

    fn rules(looks: &[(&[Seen], &LotSystem, i64)]) -> Vec<&'static str> {
        let mut witness = Witness::default();
        for (orders, system, minute) in looks {
            witness.look(orders, (system, 2), at(*minute));
        }
        witness.breaches.iter().map(|breach| breach.rule).collect()
    }

    #[test]
    fn what_is_right_is_no_breach() {
        let orders = [
            seen(0, "confirmed", "requested"),
            seen(1, "confirmed", "waiting"),
            seen(2, "waiting", "waiting"),
        ];
        let system = system(&[0, 1]);
        assert!(rules(&[(&orders, &system, 0), (&orders, &system, 20)]).is_empty());
    }

    #[test]
    fn what_must_not_be_is_seen_once() {
        let three = [0, 1, 2].map(|number| seen(number, "confirmed", "held"));
        let kept = system(&[0, 1]);
        let found = rules(&[(&three, &kept, 0), (&three, &kept, 1)]);
        assert_eq!(found, ["oversold", "promised-without-the-lot"]);

        let overtaken =
            [seen(0, "waiting", "waiting"), seen(1, "held", "waiting"), seen(2, "confirmed", "confirmed")];
        assert_eq!(rules(&[(&overtaken, &system(&[2]), 0)]), ["overtaken-in-the-queue"]);

        let lost = [seen(0, "cancelled", "confirmed"), seen(1, "waiting", "waiting")];
        let kept = system(&[0]);
        assert!(rules(&[(&lost, &kept, 0), (&lost, &kept, 6)]).is_empty(), "for a while");
        let found = rules(&[(&lost, &kept, 0), (&lost, &kept, 3), (&lost, &kept, 7)]);
        assert_eq!(found, ["kept-for-nobody", "free-while-drivers-wait"]);
        // What is right in between begins anew.
        let right = [seen(1, "confirmed", "waiting")];
        assert!(rules(&[(&lost, &kept, 0), (&right, &system(&[1]), 3), (&lost, &kept, 7)]).is_empty());
    }
}
