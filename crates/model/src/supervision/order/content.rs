//! What an order says: all of it is frozen when it is issued.

use super::refused::{Why, positive, text};
use crate::working_days::Calendar;
use crate::{Facts, Finding, FindingKind, LotCode, ProviderCode, moment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Findings of one order. A fault that makes more of them is one case all the same, and the rest is cured with these.
pub const ORDER_FINDINGS_MAX: usize = 20_000;
/// Working days of a term: the longest that the measures name is 60.
const WORKING_DAYS_MAX: u32 = 60;

/// The number of a document (文号): 〔2026〕12号. What goes before it is the city's setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentNumber {
    /// The year of its sequence.
    pub year: i16,
    /// From 1.
    pub n: u32,
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "〔{}〕{}号", self.year, self.n)
    }
}

/// By when to correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Term {
    /// So many working days after service; the day of service does not count.
    WorkingDays {
        /// How many, 1 to 60.
        days: u32,
        /// The hour of the last of them by the wall clock, 0 to 23.
        hour: i8,
    },
    /// A moment that the office names.
    Moment {
        /// Which.
        due_at: Timestamp,
    },
}

/// When a term ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The moment.
    pub at: Timestamp,
    /// Whether every year that was counted through is announced. If not, Saturdays and Sundays alone were left out.
    pub is_announced: bool,
}

impl Term {
    /// When it ends, begun by service at that moment; `None` beyond the range of time.
    pub fn due(&self, served_at: Timestamp, calendar: &Calendar) -> Option<Due> {
        match *self {
            Self::Moment { due_at } => Some(Due { at: due_at, is_announced: true }),
            Self::WorkingDays { days, hour } => {
                let begins = moment::to_wall(served_at).date();
                let last = calendar.after(begins, days);
                let at = moment::from_wall(last.to_datetime(jiff::civil::Time::new(hour, 0, 0, 0).ok()?))?;
                let is_announced = (begins.year()..=last.year()).all(|year| calendar.knows(year));
                Some(Due { at, is_announced })
            }
        }
    }
}

/// Whom an order is addressed to (当事人).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// 统一社会信用代码; empty where it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub credit_code: String,
    /// Its address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}

/// A finding as an order has it: what [`Finding`] says, with its number in the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderFinding {
    /// Its number in the order, from 1, without gaps.
    pub number: u32,
    /// As [`Finding::kind`].
    pub kind: FindingKind,
    /// As [`Finding::subject`].
    pub subject: String,
    /// As [`Finding::which`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub which: String,
    /// As [`Finding::record_id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_id: Option<String>,
    /// As [`Finding::at`].
    pub at: Timestamp,
    /// As [`Finding::facts`].
    pub facts: Facts,
    /// As [`Finding::opened_at`].
    pub opened_at: Timestamp,
    /// As [`Finding::resolved_at`]: what was late is late also once it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}

impl OrderFinding {
    /// The findings of a case, numbered in their order.
    pub fn numbered(findings: &[Finding]) -> Vec<Self> {
        let numbered = (1..).zip(findings).map(|(number, finding)| {
            let Finding { kind, lot: _, subject, which, record_id, at, facts, opened_at, resolved_at } =
                finding.clone();
            Self { number, kind, subject, which, record_id, at, facts, opened_at, resolved_at }
        });
        numbered.collect()
    }

    /// The finding, of the order's lot.
    pub fn finding(&self, lot: &LotCode) -> Finding {
        let Self { number: _, kind, subject, which, record_id, at, facts, opened_at, resolved_at } =
            self.clone();
        Finding { kind, lot: lot.clone(), subject, which, record_id, at, facts, opened_at, resolved_at }
    }
}

/// What an order says, part by part as it is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The case that it follows from.
    pub case: String,
    /// The lot that it is about.
    pub lot: LotCode,
    /// What the lot was called when it was drafted; empty in one of before this was kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lot_name: String,
    /// Who reports for the lot, and answers.
    pub provider: ProviderCode,
    /// Who issues it (执法机关).
    pub agency: String,
    /// 责令限期改正通知书, or as the city calls it.
    pub title: String,
    /// Whom it is addressed to.
    pub party: Party,
    /// What was found (违法事实), in sentences.
    pub facts: String,
    /// The rule that it broke (违反的规定).
    pub rule_broken: String,
    /// What the order rests on (依据).
    pub basis: String,
    /// What to correct (改正要求).
    pub demand: String,
    /// How to report back (报告方式).
    pub report_back: String,
    /// What follows if it is not done (逾期后果).
    pub consequence: String,
    /// The right to be heard, to review and to suit, with the bodies' names (救济途径).
    pub remedies: String,
    /// Whom to ask (联系人).
    pub contact: String,
    /// By when.
    pub term: Term,
    /// The version of the rule set by which it was found.
    pub rule_set: u64,
    /// What was found, one by one.
    pub findings: Vec<OrderFinding>,
}

impl Content {
    /// What is wrong with it, if anything is: parts of a draft may be empty until it is issued.
    pub(super) fn check(&self, is_issued: bool) -> Result<(), Why> {
        let parts = [
            ("agency", &self.agency),
            ("title", &self.title),
            ("party.name", &self.party.name),
            ("facts", &self.facts),
            ("rule_broken", &self.rule_broken),
            ("basis", &self.basis),
            ("demand", &self.demand),
            ("report_back", &self.report_back),
            ("consequence", &self.consequence),
            ("remedies", &self.remedies),
            ("contact", &self.contact),
        ];
        for (field, part) in parts {
            if is_issued || !part.is_empty() {
                text(field, part)?;
            }
        }
        if let Term::WorkingDays { days, hour } = self.term {
            positive("term.days", u64::from(days), u64::from(WORKING_DAYS_MAX))?;
            if !(0..24).contains(&hour) {
                return Err(Why::field("term.hour", "0 至 23 的整点", "an hour, 0 to 23", hour));
            }
        }
        positive("findings", self.findings.len() as u64, ORDER_FINDINGS_MAX as u64)?;
        match (1..).zip(&self.findings).find(|(expected, finding)| finding.number != *expected) {
            Some((_, finding)) => Err(Why::field(
                "findings.number",
                "从 1 起连续编号",
                "numbers from 1 without gaps",
                finding.number,
            )),
            None => Ok(()),
        }
    }
}
