use super::shared::{Attachment, Number, Party};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 整改复查意见: what became of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Review {
    /// Absent: a draft.
    pub number: Option<Number>,
    /// Who had to correct.
    pub party: Party,
    /// The lots it is about.
    pub lots: Vec<String>,
    /// The order's title.
    pub order_title: String,
    /// Its number.
    pub order_number: Number,
    /// The day it was issued.
    pub order_date: Date,
    /// By when it had to be corrected.
    pub due_at: Timestamp,
    /// When it was looked at again.
    pub reviewed_at: Timestamp,
    /// On what it was judged, such as the days whose data were looked at.
    pub method: String,
    /// Demand by demand, at least one.
    pub items: Vec<Reviewed>,
    /// What it comes to.
    pub conclusion: Conclusion,
    /// What is to be done now, a sentence each.
    pub next: Vec<String>,
    /// The day it is issued; absent in a draft.
    pub date: Option<Date>,
    /// Listed below the text.
    pub attachments: Vec<Attachment>,
}

/// A demand of the order, and what was found of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// As the order has it.
    pub demand: String,
    /// What was found.
    pub found: String,
    /// Whether it is corrected.
    pub corrected: bool,
}

/// What a [`Review`] comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// 已按要求改正.
    Corrected,
    /// 部分改正.
    Partly,
    /// 逾期未改正.
    NotCorrected,
}
