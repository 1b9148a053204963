//! What really became of an order: what its driver was told and did, what the lot kept, where the car was. What a platform has
//! of it in the end follows.

use super::plan::{Conduct, Manner};
use bowei_model::{LotCode, Plate};
use jiff::{SignedDuration, Timestamp};

/// A car may come so long before the time booked, and the space is kept so long after it: the usual rules.
pub(super) const EARLY: SignedDuration = SignedDuration::from_mins(30);
pub(super) const KEPT: SignedDuration = SignedDuration::from_mins(30);
/// Calling off is free until so long before it.
pub(super) const FREE_UNTIL: SignedDuration = SignedDuration::from_mins(30);

/// An order as it really went.
#[derive(Clone, Debug)]
pub struct TrueOrder {
    /// Its code.
    pub code: String,
    /// The lot.
    pub lot: LotCode,
    /// Whether a no-show of it can be proven: the lot is heard all through its window. `None`: it shows no sign of life and
    /// reports so many cars that it may be.
    pub is_lot_heard: Option<bool>,
    /// The car.
    pub plate: Plate,
    /// What its driver does.
    pub conduct: Conduct,
    /// What the lot makes of it.
    pub manner: Manner,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// For when, as last agreed.
    pub enter_at: Timestamp,
    /// Since when its driver was shown that the lot keeps a space.
    pub confirmed_at: Option<Timestamp>,
    /// When its driver called it off, and was told that it is.
    pub cancelled_at: Option<Timestamp>,
    /// When the lot called it off, and was told that it is.
    pub called_off_at: Option<Timestamp>,
    /// Whether the lot has refused it for good.
    pub is_refused: bool,
    /// When the car came in its window under its own plate, and under which record.
    pub entered: Option<(Timestamp, String)>,
    /// When it went.
    pub left_at: Option<Timestamp>,
    /// Whether it came before the window and was still there.
    pub came_early: bool,
    /// Whether its plate was suspended when it was asked for.
    pub is_suspended: bool,
    /// Whether the office has found that the car came after all.
    pub is_sustained: bool,
}

/// What a platform has of an order in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// One of these states.
    pub states: &'static [&'static str],
    /// The record that it became.
    pub record: Option<String>,
    /// Whether the no-show counts, of one that is one and of which that is certain.
    pub counts: Option<bool>,
    /// Why it was called off, in the platform's word, where it was.
    pub reason: Option<&'static str>,
}

impl TrueOrder {
    /// When the car may come first.
    pub fn window_from(&self) -> Timestamp {
        self.enter_at - EARLY
    }

    /// When the space is kept no longer.
    pub fn window_until(&self) -> Timestamp {
        self.enter_at + KEPT
    }

    /// What a platform has of it in the end.
    pub fn expected(&self) -> Expected {
        let ends = |states| Expected { states, record: None, counts: None, reason: None };
        if self.is_suspended {
            return Expected { reason: Some("limited"), ..ends(&["refused"]) };
        }
        if let Some(at) = self.cancelled_at {
            let was_kept = self.confirmed_at.is_some_and(|confirmed_at| confirmed_at <= at);
            let is_late = was_kept && at > self.enter_at - FREE_UNTIL;
            let reason = was_kept.then_some(if is_late { "late-driver" } else { "driver" });
            return Expected { reason, ..ends(&["cancelled"]) };
        }
        if self.called_off_at.is_some() {
            return Expected { reason: Some("lot"), ..ends(&["cancelled"]) };
        }
        if let Some((_, record)) = &self.entered {
            let states: &[_] = if self.left_at.is_some() { &["left"] } else { &["entered"] };
            return Expected { record: Some(record.clone()), ..ends(states) };
        }
        match self.confirmed_at {
            Some(_) if self.came_early => ends(&["expired"]),
            Some(_) => {
                let counts = self.is_lot_heard.map(|is_heard| is_heard && !self.is_sustained);
                Expected { counts, ..ends(&["no-show"]) }
            }
            None if self.is_refused => ends(&["refused"]),
            None => ends(&["expired", "refused"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_come_of_an_order_follows_from_what_happened() {
        let at = |minute: i64| Timestamp::from_second(1_775_000_000 + minute * 60).unwrap();
        let kept = TrueOrder {
            code: "c".to_owned(),
            lot: "L1".into(),
            is_lot_heard: Some(true),
            plate: Plate::read("浙E12345").unwrap(),
            conduct: Conduct::Comes,
            manner: Manner::Prompt,
            asked_at: at(0),
            enter_at: at(60),
            confirmed_at: Some(at(1)),
            cancelled_at: None,
            called_off_at: None,
            is_refused: false,
            entered: None,
            left_at: None,
            came_early: false,
            is_suspended: false,
            is_sustained: false,
        };
        let none = kept.expected();
        assert_eq!((none.states, none.counts), (&["no-show"][..], Some(true)));
        let unheard = TrueOrder { is_lot_heard: Some(false), ..kept.clone() };
        assert_eq!(unheard.expected().counts, Some(false));
        let sustained = TrueOrder { is_sustained: true, ..kept.clone() };
        assert_eq!(sustained.expected().counts, Some(false));
        let suspended = TrueOrder { is_suspended: true, ..kept.clone() };
        assert_eq!(
            (suspended.expected().states, suspended.expected().reason),
            (&["refused"][..], Some("limited"))
        );
        let in_time = TrueOrder { cancelled_at: Some(at(30)), ..kept.clone() };
        let late = TrueOrder { cancelled_at: Some(at(31)), ..kept.clone() };
        assert_eq!(
            (in_time.expected().reason, late.expected().reason),
            (Some("driver"), Some("late-driver"))
        );
        let came = TrueOrder { entered: Some((at(50), "R1".to_owned())), ..kept.clone() };
        assert_eq!(
            (came.expected().states, came.expected().record),
            (&["entered"][..], Some("R1".to_owned()))
        );
        assert_eq!(TrueOrder { left_at: Some(at(90)), ..came }.expected().states, ["left"]);
        assert_eq!(TrueOrder { came_early: true, ..kept.clone() }.expected().states, ["expired"]);
        let never = TrueOrder { confirmed_at: None, ..kept };
        assert_eq!(never.expected().states, ["expired", "refused"]);
        assert_eq!(TrueOrder { is_refused: true, ..never }.expected().states, ["refused"]);
    }
}
