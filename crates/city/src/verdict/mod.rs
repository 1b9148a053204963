//! Whether the platform knows what really happened: its two counts of every lot against the truth's, and record by
//! record where that is wanted.

mod faults;
mod fetch;
mod records;
mod reservations;

pub use faults::{AIM, FoundFinding, RuleFigures, RuleVerdict, judge_findings};
pub use fetch::{
    FetchError, FoundCharge, FoundSession, fetch_charges, fetch_counts, fetch_findings, fetch_reservations,
    fetch_sessions, fetch_suspensions,
};
pub use records::{Records, judge_charge_numbers, judge_charges, judge_sessions};
pub use reservations::{FoundReservation, OrderFigures, ReservationVerdict, judge_reservations};

use bowei_model::LotCode;
use std::collections::BTreeMap;
use std::fmt;

/// What a platform should count for a lot once everything has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// All spaces less the cars inside.
    pub derived: i64,
    /// The lot's own last word; `None` where it has said nothing.
    pub reported: Option<i64>,
}

/// What the platform counts: derived and reported, by lot.
pub type Counts = BTreeMap<LotCode, (Option<i64>, Option<i64>)>;

/// The outcome of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Lots looked at.
    pub checked: usize,
    /// Lots of which both counts are right.
    pub equal: usize,
    /// The others.
    pub differing: Vec<Difference>,
}

/// A lot that the platform counts otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The lot.
    pub lot: LotCode,
    /// What it should be.
    pub expected: Expected,
    /// What the platform says, derived and reported; `None` where it does not know the lot.
    pub found: Option<(Option<i64>, Option<i64>)>,
}

/// Holds what was found against what is expected.
pub fn judge(expected: &BTreeMap<LotCode, Expected>, found: &Counts) -> Verdict {
    let differing: Vec<Difference> = expected
        .iter()
        .filter_map(|(lot, expected)| {
            let found = found.get(lot).copied();
            let right = found.is_some_and(|(derived, reported)| {
                derived == Some(expected.derived) && reported == expected.reported
            });
            (!right).then(|| Difference { lot: lot.clone(), expected: *expected, found })
        })
        .collect();
    Verdict { checked: expected.len(), equal: expected.len() - differing.len(), differing }
}

impl Verdict {
    /// Whether every lot is right.
    pub fn is_right(&self) -> bool {
        self.differing.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Differences beyond these are counted only.
        const SHOWN_MAX: usize = 40;
        let differing = self.differing.len();
        write!(f, "核对 {} 个停车场：一致 {}，不一致 {differing}", self.checked, self.equal)?;
        let number = |count: Option<i64>| count.map_or("无".to_owned(), |count| count.to_string());
        for Difference { lot, expected, found } in self.differing.iter().take(SHOWN_MAX) {
            write!(f, "\n  {lot}  应推算 {}、应上报 {}", expected.derived, number(expected.reported))?;
            match found {
                Some((derived, reported)) => {
                    write!(f, "；平台推算 {}、上报 {}", number(*derived), number(*reported))?;
                }
                None => write!(f, "；平台没有这个停车场")?,
            }
        }
        if differing > SHOWN_MAX {
            write!(f, "\n  另有 {} 个", differing - SHOWN_MAX)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_names_what_differs() {
        let expected = |vacant| Expected { derived: vacant, reported: Some(vacant) };
        let should =
            BTreeMap::from([("a".into(), expected(1)), ("b".into(), expected(2)), ("c".into(), expected(3))]);
        let is = Counts::from([("a".into(), (Some(1), Some(1))), ("b".into(), (Some(2), None))]);
        let verdict = judge(&should, &is);
        assert_eq!((verdict.checked, verdict.equal, verdict.is_right()), (3, 1, false));
        let text = verdict.to_string();
        assert!(text.contains("一致 1，不一致 2"), "{text}");
        assert!(text.contains("b  应推算 2、应上报 2；平台推算 2、上报 无"), "{text}");
        assert!(text.contains("c  应推算 3、应上报 3；平台没有这个停车场"), "{text}");
    }
}
