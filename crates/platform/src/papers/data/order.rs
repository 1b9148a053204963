use super::shared::{Attachment, Citation, Evidence, Number, Party};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 责令限期改正通知书.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Absent: a draft, which says so.
    pub number: Option<Number>,
    /// 责令限期改正通知书, or as the city calls it.
    pub title: String,
    /// Who has to correct.
    pub party: Party,
    /// The lots it is about, each by its name and code.
    pub lots: Vec<String>,
    /// What was found, at least one.
    pub facts: Vec<Fact>,
    /// What proves it, at least one.
    pub evidence: Vec<Evidence>,
    /// The rules that it breaks, at least one.
    pub rules_broken: Vec<Citation>,
    /// What the order rests on, at least one.
    pub basis: Vec<Citation>,
    /// What has to be corrected, at least one.
    pub demands: Vec<String>,
    /// By when, as it was issued: what is served says nothing of a later extension.
    pub due: Due,
    /// How the correction is reported back, a sentence each; none: as the template says.
    pub report_back: Vec<String>,
    /// What follows where it is not corrected, a sentence each, at least one.
    pub consequences: Vec<String>,
    /// Working days within which the party may be heard.
    pub hearing_days: u32,
    /// Before whom it may be contested, a sentence each; none: as the template says.
    pub remedies: Vec<String>,
    /// Whom to ask; absent: the office's own settings.
    pub contact: Option<String>,
    /// The day it is issued; absent in a draft.
    pub date: Option<Date>,
    /// Listed below the text.
    pub attachments: Vec<Attachment>,
}

/// By when an [`Order`] is to be carried out.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// A moment, to the minute.
    At(Timestamp),
    /// So many working days after service, whose day does not count, up to an hour of the last of them: when that is, nobody
    /// knows before service.
    WorkingDays {
        /// How many.
        days: u32,
        /// The hour, 0 to 23.
        hour: i8,
    },
}

/// A fact of an [`Order`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// A few words, such as 过车数据上报不及时.
    pub title: String,
    /// What was found in full: when, how often, what was expected and what received. An empty line begins a paragraph.
    pub text: String,
}
