//! An order's text, drafted from its case in one step.

use super::content::{Content, OrderFinding, Party, Term};
use crate::supervision::{CaseKey, rule};
use crate::{Finding, Lot, moment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What all orders of a city say alike: its settings. Each may be changed in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// The agency (执法机关).
    pub agency: String,
    /// 责令限期改正通知书, or as the city calls it.
    pub title: String,
    /// The name of the measures whose articles the rules carry out, with its 《》.
    pub measures: String,
    /// What the order rests on.
    pub basis: String,
    /// How to report back.
    pub report_back: String,
    /// What follows if it is not done.
    pub consequence: String,
    /// The right to be heard, to review and to suit, with the bodies' names.
    pub remedies: String,
    /// Whom to ask.
    pub contact: String,
}

impl Content {
    /// What an order about a case says, by the words of its rule; `None` without findings. `case` is the case's id.
    pub fn of_case(
        case: String,
        (lot, party): (&Lot, Party),
        (wording, term): (&Wording, Term),
        rule_set: u64,
        findings: &[Finding],
    ) -> Option<Self> {
        let rule = rule(CaseKey::of(findings.first()?).kind);
        let times = || findings.iter().map(|finding| finding.at);
        let (first, last) = (times().min()?, times().max()?);
        let Wording { agency, title, measures, basis, report_back, consequence, remedies, contact } =
            wording.clone();
        let facts = format!(
            "经核查，{}（{}）上报的停车数据存在“{}”问题，共 {} 项，最早 {}，最近 {}，逐项见所附清单。证据：{}。",
            lot.name,
            lot.code,
            rule.title.zh,
            findings.len(),
            in_chinese(first),
            in_chinese(last),
            rule.evidence.zh,
        );
        Some(Self {
            case,
            lot: lot.code.clone(),
            provider: lot.provider.clone(),
            agency,
            title,
            party,
            facts,
            rule_broken: format!("{measures}{}", rule.article),
            basis,
            demand: format!("{}，并补报、更正所附清单中的数据。", rule.cure.zh),
            report_back,
            consequence,
            remedies,
            contact,
            term,
            rule_set,
            findings: OrderFinding::numbered(findings),
        })
    }
}

/// Date and minute as documents write them.
fn in_chinese(at: Timestamp) -> String {
    let wall = moment::to_wall(at);
    let (year, month, day) = (wall.year(), wall.month(), wall.day());
    format!("{year}年{month}月{day}日{:02}时{:02}分", wall.hour(), wall.minute())
}
