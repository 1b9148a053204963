use super::shared::{Attachment, Citation, Number, Party};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 约谈通知书.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interview {
    /// Absent: a draft.
    pub number: Option<Number>,
    /// Who is called.
    pub party: Party,
    /// Why, a sentence or more; an empty line begins a paragraph.
    pub reason: String,
    /// What it rests on, at least one.
    pub basis: Vec<Citation>,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: String,
    /// Who asks, such as 湖州市综合行政执法局停车管理处.
    pub interviewers: Vec<String>,
    /// Who has to come, such as 法定代表人, at least one.
    pub attendees: Vec<String>,
    /// What is talked about, at least one.
    pub matters: Vec<String>,
    /// What is to be brought.
    pub materials: Vec<String>,
    /// What follows where nobody comes, a sentence each.
    pub consequences: Vec<String>,
    /// The day it is issued; absent in a draft.
    pub date: Option<Date>,
    /// Listed below the text.
    pub attachments: Vec<Attachment>,
}
