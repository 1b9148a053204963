use super::shared::{Attachment, Figure, Number, Party, Period};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 通报: how the lots of a city reported in a period.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// Absent: a draft.
    pub number: Option<Number>,
    /// What it is called, such as 关于2026年10月停车数据接入质量情况的通报; a line of it ends where it is to be broken.
    pub title: String,
    /// To whom, such as 各停车场经营单位.
    pub addressees: Vec<String>,
    /// About when.
    pub period: Period,
    /// What was looked at, and for what.
    pub introduction: String,
    /// The totals, with those of the period before.
    pub totals: Vec<Figure>,
    /// A section each, at least one.
    pub indicators: Vec<Indicator>,
    /// Those with the best score.
    pub best: Vec<Standing>,
    /// Those with the worst.
    pub worst: Vec<Standing>,
    /// Those that are named in public, with the reason; none: the section says so.
    pub named: Vec<Named>,
    /// What is demanded, at least one.
    pub demands: Vec<String>,
    /// The day it is issued; absent in a draft.
    pub date: Option<Date>,
    /// Listed after those that the indicators' rows make.
    pub attachments: Vec<Attachment>,
    /// 抄送.
    pub copies_to: Vec<String>,
}

/// A rate of a [`Notice`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// Of all lots together.
    pub figure: Figure,
    /// What is aimed at, in the figure's unit.
    pub aim: Option<f64>,
    /// What it counts, a sentence.
    pub meaning: Option<String>,
    /// Those that did best.
    pub best: Vec<Standing>,
    /// Those that did worst.
    pub worst: Vec<Standing>,
    /// All of them, the best first: an attachment of its own; none: no attachment.
    pub rows: Vec<Standing>,
}

/// One's place among others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The lot, provider or district.
    pub name: String,
    /// Of the period, in the unit of what it stands under; absent: not scored.
    pub now: Option<f64>,
    /// Of the period before.
    pub before: Option<f64>,
}

/// Who is named in public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Who.
    pub party: Party,
    /// Of which lot.
    pub lot: Option<String>,
    /// For what.
    pub reason: String,
    /// What was done about it, such as 已责令限期改正.
    pub measure: Option<String>,
}
