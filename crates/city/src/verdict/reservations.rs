//! Whether a platform makes of every order what it should, and whether anything was that must not be.

use crate::drivers::{Breach, Expected, TrueOrder};
use bowei_model::Plate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A reservation as the platform has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FoundReservation {
    /// Its code.
    pub code: String,
    /// The lot.
    pub lot: String,
    /// What became of it.
    pub state: String,
    /// Why, in a word.
    #[serde(default)]
    pub reason: Option<String>,
    /// The record that it became.
    #[serde(default)]
    pub record_id: Option<String>,
    /// Of a no-show: `suspected`, `counted`, `revoked` or `dropped`.
    #[serde(default)]
    pub no_show: Option<String>,
}

/// How orders of one kind went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OrderFigures {
    /// How many there were.
    pub orders: usize,
    /// Of them, those of which the platform makes what it should.
    pub right: usize,
    /// How many came to which end.
    pub ends: BTreeMap<String, usize>,
}

/// The outcome of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReservationVerdict {
    /// By what the driver does.
    pub by_conduct: BTreeMap<String, OrderFigures>,
    /// By what the lot makes of it.
    pub by_manner: BTreeMap<String, OrderFigures>,
    /// What was seen that must not be.
    pub breaches: Vec<Breach>,
    /// Orders of which the platform makes something else, in words; and plates.
    pub wrong: Vec<String>,
    /// Plates that are suspended in the end.
    pub suspended: BTreeSet<String>,
}

/// Holds what the platform has of every order against what really became of it.
pub fn judge_reservations(
    orders: &[TrueOrder],
    found: &[FoundReservation],
    breaches: &[Breach],
) -> ReservationVerdict {
    let mut left: BTreeMap<&str, &FoundReservation> =
        found.iter().map(|found| (found.code.as_str(), found)).collect();
    let mut verdict = ReservationVerdict {
        by_conduct: BTreeMap::new(),
        by_manner: BTreeMap::new(),
        breaches: breaches.to_vec(),
        wrong: Vec::new(),
        suspended: BTreeSet::new(),
    };
    for order in orders {
        let found = left.remove(order.code.as_str());
        let differs = match found {
            Some(found) => differs(&order.expected(), found),
            None => Some("the platform does not have it".to_owned()),
        };
        let state = found.map_or("none", |found| found.state.as_str());
        verdict.by_conduct.entry(word(order.conduct)).or_default().count(state, differs.is_none());
        verdict.by_manner.entry(word(order.manner)).or_default().count(state, differs.is_none());
        if let Some(words) = differs {
            verdict.wrong.push(format!("{} {}: {words}; {order:?}", order.lot, order.code));
        }
    }
    let invented =
        left.into_values().map(|found| format!("{} {}: nobody asked for it", found.lot, found.code));
    verdict.wrong.extend(invented);
    verdict
}

/// Why what was found is not what is expected.
fn differs(expected: &Expected, found: &FoundReservation) -> Option<String> {
    let Expected { states, record, counts, reason } = expected;
    if !states.contains(&found.state.as_str()) {
        return Some(format!("{} is expected, not {}", states.join(" or "), found.state));
    }
    if *record != found.record_id {
        return Some(format!("the record {record:?} is expected, not {:?}", found.record_id));
    }
    if let Some(counts) = counts
        && *counts != (found.no_show.as_deref() == Some("counted"))
    {
        let expected = if *counts { "to count" } else { "not to count" };
        return Some(format!("the no-show is expected {expected}, and is {:?}", found.no_show));
    }
    if reason.is_some() && found.reason.as_deref() != *reason {
        return Some(format!("the reason {reason:?} is expected, not {:?}", found.reason));
    }
    None
}

/// As it stands in JSON.
fn word(of: impl Serialize) -> String {
    serde_json::to_value(of).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

impl OrderFigures {
    fn count(&mut self, state: &str, is_right: bool) {
        self.orders += 1;
        self.right += usize::from(is_right);
        *self.ends.entry(state.to_owned()).or_default() += 1;
    }
}

impl ReservationVerdict {
    /// Whether everything is as it should be.
    pub fn is_right(&self) -> bool {
        self.wrong.is_empty() && self.breaches.is_empty()
    }

    /// Holds the plates that the platform has suspended against those that are to be.
    pub fn hold_suspensions(&mut self, expected: &BTreeSet<Plate>, found: BTreeSet<String>) {
        let expected: BTreeSet<_> = expected.iter().map(ToString::to_string).collect();
        self.wrong.extend(expected.difference(&found).map(|plate| format!("{plate} is not suspended")));
        self.wrong.extend(found.difference(&expected).map(|plate| format!("{plate} is suspended")));
        self.suspended = found;
    }

    /// How many orders there were.
    pub fn orders(&self) -> usize {
        self.by_conduct.values().map(|figures| figures.orders).sum()
    }
}

impl fmt::Display for ReservationVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// What is wrong beyond these is counted only.
        const SHOWN_MAX: usize = 40;
        for (of, figures) in [("driver", &self.by_conduct), ("lot", &self.by_manner)] {
            writeln!(f, "{of:<14}{:>8}{:>8}  ends", "orders", "right")?;
            for (name, figures) in figures {
                let ends: Vec<_> = figures.ends.iter().map(|(end, count)| format!("{end} {count}")).collect();
                writeln!(f, "{name:<14}{:>8}{:>8}  {}", figures.orders, figures.right, ends.join(", "))?;
            }
        }
        write!(
            f,
            "核对 {} 个预约：不一致 {}，违反规则 {}，暂停预约的车牌 {}",
            self.orders(),
            self.wrong.len(),
            self.breaches.len(),
            self.suspended.len()
        )?;
        for words in self.wrong.iter().take(SHOWN_MAX) {
            write!(f, "\n  {words}")?;
        }
        for Breach { rule, at, lot, detail } in self.breaches.iter().take(SHOWN_MAX) {
            write!(f, "\n  {lot} {} {rule} {detail}", bowei_model::moment::rfc3339(*at))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::{Conduct, Manner};
    use jiff::Timestamp;

    fn order(code: &str) -> TrueOrder {
        let at = Timestamp::from_second(1_775_000_000).unwrap();
        TrueOrder {
            code: code.to_owned(),
            lot: "L1".into(),
            is_lot_heard: Some(true),
            plate: Plate::read("浙E12345").unwrap(),
            conduct: Conduct::Comes,
            manner: Manner::Prompt,
            asked_at: at,
            enter_at: at,
            confirmed_at: Some(at),
            cancelled_at: None,
            called_off_at: None,
            is_refused: false,
            entered: None,
            left_at: None,
            came_early: false,
            is_suspended: false,
            is_sustained: false,
        }
    }

    fn found(code: &str, state: &str) -> FoundReservation {
        FoundReservation {
            code: code.to_owned(),
            lot: "L1".to_owned(),
            state: state.to_owned(),
            reason: None,
            record_id: None,
            no_show: Some("counted".to_owned()),
        }
    }

    #[test]
    fn whatever_differs_is_wrong() {
        let orders = ["a", "b", "c", "d"].map(order);
        let came = TrueOrder {
            entered: Some((orders[0].asked_at, "R1".to_owned())),
            left_at: Some(orders[0].asked_at),
            ..order("e")
        };
        let orders: Vec<_> = orders.into_iter().chain([came]).collect();
        let left = FoundReservation { record_id: Some("R1".to_owned()), ..found("e", "left") };
        let right =
            [found("a", "no-show"), found("b", "no-show"), found("c", "no-show"), found("d", "no-show")];
        let right: Vec<_> = right.into_iter().chain([left.clone()]).collect();
        let verdict = judge_reservations(&orders, &right, &[]);
        assert!(verdict.is_right() && verdict.orders() == 5, "{verdict}");
        assert_eq!(verdict.by_conduct["comes"].ends["no-show"], 4);

        let wrong = [
            found("a", "left"),
            FoundReservation { no_show: Some("suspected".to_owned()), ..found("b", "no-show") },
            FoundReservation { record_id: Some("R9".to_owned()), ..found("c", "no-show") },
            FoundReservation { record_id: None, ..left },
            found("nobody", "held"),
        ];
        let verdict = judge_reservations(&orders, &wrong, &[]);
        assert_eq!(verdict.wrong.len(), 6, "{verdict}");
        let mut suspended = judge_reservations(&orders, &right, &[]);
        let plates = ["浙E12345", "浙E22222"].map(|plate| Plate::read(plate).unwrap()).into();
        suspended.hold_suspensions(&plates, ["浙E12345".to_owned(), "浙E33333".to_owned()].into());
        assert_eq!(suspended.wrong, ["浙E22222 is not suspended", "浙E33333 is suspended"]);
        let breach = Breach {
            rule: "oversold",
            at: orders[0].asked_at,
            lot: "L1".into(),
            detail: "3 of 2".to_owned(),
        };
        assert!(!judge_reservations(&orders, &right, &[breach]).is_right());
    }
}
