//! A lot's own system: which spaces it keeps, and what it says when it is asked. Some of what it says is wrong; what it keeps
//! is the truth.

use super::plan::{Manner, ReservableLot};
use crate::plan::CityLot;
use bowei_model::{Plate, SpaceCount, SpaceParts};
use bowei_standards::downlink::Directive;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How often one that answers what no text has does so before it answers as it should.
const GARBLED_TIMES: u32 = 2;

/// A space that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) arrives_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It keeps the space, or lets it go, as it was asked.
    Taken,
    /// It has it already.
    TakenBefore,
    /// It has no space.
    NoSpace,
    /// It refuses the plate.
    Blacklisted,
    /// It knows no such order.
    NoSuchOrder,
    /// Nothing that any text has.
    Garbled,
    /// Nothing at all.
    Silence,
}

/// A lot's own system.
#[derive(Debug)]
pub(super) struct LotSystem {
    pub(super) lot: Arc<CityLot>,
    granted: u32,
    kept: BTreeMap<String, Kept>,
    manners: BTreeMap<Plate, Manner>,
    /// How often it was asked for each order, and of whose plate that is.
    asked: BTreeMap<String, (u32, Manner)>,
    refused: BTreeSet<String>,
    /// Cars inside.
    pub(super) inside: u32,
    /// Whether what it keeps has changed since it last reported.
    pub(super) has_news: bool,
}

impl LotSystem {
    pub(super) fn new(lot: &ReservableLot) -> Self {
        Self {
            lot: Arc::clone(&lot.lot),
            granted: lot.granted,
            kept: BTreeMap::new(),
            manners: BTreeMap::new(),
            asked: BTreeMap::new(),
            refused: BTreeSet::new(),
            inside: 0,
            has_news: true,
        }
    }

    /// How it takes the order of a plate that is about to come.
    pub(super) fn will_meet(&mut self, plate: Plate, manner: Manner) {
        self.manners.insert(plate, manner);
    }

    /// How it takes an order that it was asked for.
    pub(super) fn manner_of(&self, code: &str) -> Option<Manner> {
        self.asked.get(code).map(|(_, manner)| *manner)
    }

    pub(super) fn keeps(&self, code: &str) -> Option<&Kept> {
        self.kept.get(code)
    }

    /// Orders that it keeps a space for.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&String, &Kept)> {
        self.kept.iter()
    }

    pub(super) fn has_refused(&self, code: &str) -> bool {
        self.refused.contains(code)
    }

    /// Lets a space go that it kept: its car has come, or it calls the order off.
    pub(super) fn let_go(&mut self, code: &str) -> Option<Kept> {
        let was = self.kept.remove(code);
        self.has_news |= was.is_some();
        was
    }

    /// Keeps no longer what has run out.
    pub(super) fn run_out(&mut self, now: Timestamp) {
        let before = self.kept.len();
        self.kept.retain(|_, kept| kept.expires_at > now);
        self.has_news |= self.kept.len() != before;
    }

    /// What it does and says when it is asked for something.
    pub(super) fn ask(&mut self, asked: &Directive, now: Timestamp) -> Word {
        self.run_out(now);
        let code = asked.reservation_code();
        let Directive::Reservation(reservation) = asked else {
            if self.manner_of(code) == Some(Manner::Never) {
                return Word::Silence;
            }
            return if self.let_go(code).is_some() { Word::Taken } else { Word::NoSuchOrder };
        };
        let manner = self.manners.get(&reservation.plate).copied().unwrap_or(Manner::Prompt);
        let (times, _) = self.asked.entry(code.to_owned()).or_insert((0, manner));
        *times += 1;
        let times = *times;
        match manner {
            Manner::Never | Manner::TooLate => Word::Silence,
            Manner::Refuses => {
                self.refused.insert(code.to_owned());
                Word::Blacklisted
            }
            Manner::Garbled if times <= GARBLED_TIMES => Word::Garbled,
            Manner::Full if times == 1 => Word::NoSpace,
            Manner::Late if times == 1 => match self.keep(asked) {
                Word::Taken => Word::Silence,
                other => other,
            },
            Manner::Twice => match self.keep(asked) {
                Word::Taken if !reservation.changes => Word::TakenBefore,
                other => other,
            },
            _ => self.keep(asked),
        }
    }

    /// Keeps a space as it is asked, if there is one.
    pub(super) fn keep(&mut self, asked: &Directive) -> Word {
        let Directive::Reservation(reservation) = asked else { return Word::NoSuchOrder };
        let has_room = self.kept.len() < self.granted as usize;
        let (arrives_at, expires_at) = (reservation.arrives_at, reservation.expires_at);
        let code = &reservation.reservation_code;
        match self.kept.get_mut(code) {
            Some(kept) if reservation.changes => {
                (kept.arrives_at, kept.expires_at) = (arrives_at, expires_at);
                Word::Taken
            }
            Some(_) => Word::TakenBefore,
            None if reservation.changes => Word::NoSuchOrder,
            None if !has_room => Word::NoSpace,
            None => {
                self.kept.insert(code.clone(), Kept { arrives_at, expires_at });
                self.has_news = true;
                Word::Taken
            }
        }
    }

    /// What it reports of its spaces.
    pub(super) fn count(&self, at: Timestamp) -> SpaceCount {
        let lot = &self.lot;
        let kept = u32::try_from(self.kept.len()).unwrap_or(u32::MAX);
        let vacant = i64::from(lot.spaces_total) - i64::from(self.inside) - i64::from(kept);
        let parts = SpaceParts {
            used: Some(i64::from(self.inside)),
            reserved: Some(i64::from(kept)),
            reservable_vacant: Some(i64::from(self.granted.saturating_sub(kept))),
            charging_used: Some(0),
            temporary_vacant: Some(vacant.max(0)),
            ..SpaceParts::default()
        };
        SpaceCount {
            charging_vacant: Some(i64::from(lot.charging_spaces)),
            total: Some(i64::from(lot.spaces_total)),
            parts: Some(parts),
            ..SpaceCount::new(lot.code.clone(), at, vacant.max(0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{CityPlan, PlanOptions};
    use bowei_model::{Cancellation, Reservation, SpaceKind};

    const PLATES: [&str; 3] = ["浙E11111", "浙E22222", "浙E33333"];

    fn system(manner: Manner) -> LotSystem {
        let plan = CityPlan::new(&PlanOptions { lots: 1, ..PlanOptions::default() }).unwrap();
        let lot = Arc::clone(&plan.lots[0]);
        let mut system = LotSystem::new(&ReservableLot { lot, granted: 2, is_called: false, is_heard: true });
        PLATES.iter().for_each(|plate| system.will_meet(Plate::read(plate).unwrap(), manner));
        system
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_775_000_000 + minute * 60).unwrap()
    }

    fn reserve(number: usize, changes: bool) -> Directive {
        Directive::Reservation(Reservation {
            lot: "L1".into(),
            reservation_code: format!("c{number}"),
            plate: Plate::read(PLATES[number]).unwrap(),
            plate_kind: None,
            vehicle: None,
            arrives_at: at(60),
            expires_at: at(90),
            kept_minutes: 30,
            only_if_free: true,
            space: SpaceKind::Ordinary,
            changes,
        })
    }

    #[test]
    fn a_lot_keeps_what_it_has_and_says_what_it_is_made_to() {
        let received = |manner, times: usize| {
            let mut system = system(manner);
            (0..times).map(|_| system.ask(&reserve(0, false), at(0))).collect::<Vec<_>>()
        };
        assert_eq!(received(Manner::Prompt, 2), [Word::Taken, Word::TakenBefore]);
        assert_eq!(received(Manner::Late, 2), [Word::Silence, Word::TakenBefore]);
        assert_eq!(received(Manner::Twice, 1), [Word::TakenBefore]);
        assert_eq!(received(Manner::Never, 2), [Word::Silence, Word::Silence]);
        assert_eq!(received(Manner::Garbled, 3), [Word::Garbled, Word::Garbled, Word::Taken]);
        assert_eq!(received(Manner::Refuses, 1), [Word::Blacklisted]);
        assert_eq!(received(Manner::Full, 2), [Word::NoSpace, Word::Taken]);
    }

    #[test]
    fn no_more_is_kept_than_it_lets_be_reserved() {
        let mut system = system(Manner::Prompt);
        let cancel = |number: usize| {
            Directive::Cancellation(Cancellation { lot: "L1".into(), reservation_code: format!("c{number}") })
        };
        let asked = [reserve(0, false), reserve(1, false), reserve(2, false), reserve(2, true), cancel(2)];
        let received = asked.map(|asked| system.ask(&asked, at(0)));
        use Word::{NoSpace, NoSuchOrder, Taken};
        assert_eq!(received, [Taken, Taken, NoSpace, NoSuchOrder, NoSuchOrder]);
        assert_eq!(system.count(at(1)).parts.unwrap().reservable_vacant, Some(0));
        assert_eq!(system.ask(&cancel(0), at(1)), Taken);
        assert_eq!(system.ask(&reserve(2, false), at(1)), Taken);
        assert_eq!(system.ask(&reserve(1, true), at(1)), Taken);
        system.run_out(at(90));
        assert_eq!(system.kept().count(), 0);
    }
}
