use super::data::{Interview, Notice, Order, Receipt, Report, Review};
use serde::Serialize;

/// Something that is printed, with what it says.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Paper {
    /// 责令限期改正通知书.
    Order(Order),
    /// 整改复查意见.
    Review(Review),
    /// 送达回证.
    Receipt(Receipt),
    /// 通报.
    Notice(Notice),
    /// 约谈通知书.
    Interview(Interview),
    /// 报表.
    Report(Report),
}

/// Which paper it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperKind {
    /// 责令限期改正通知书.
    Order,
    /// 整改复查意见.
    Review,
    /// 送达回证.
    Receipt,
    /// 通报.
    Notice,
    /// 约谈通知书.
    Interview,
    /// 报表.
    Report,
}

impl PaperKind {
    /// Its name in English, by which its template is called: `order` is `order.html`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Review => "review",
            Self::Receipt => "receipt",
            Self::Notice => "notice",
            Self::Interview => "interview",
            Self::Report => "report",
        }
    }

    /// Its name on paper.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Order => "责令限期改正通知书",
            Self::Review => "整改复查意见",
            Self::Receipt => "送达回证",
            Self::Notice => "通报",
            Self::Interview => "约谈通知书",
            Self::Report => "报表",
        }
    }
}

impl Paper {
    /// Which it is.
    pub const fn kind(&self) -> PaperKind {
        match self {
            Self::Order(_) => PaperKind::Order,
            Self::Review(_) => PaperKind::Review,
            Self::Receipt(_) => PaperKind::Receipt,
            Self::Notice(_) => PaperKind::Notice,
            Self::Interview(_) => PaperKind::Interview,
            Self::Report(_) => PaperKind::Report,
        }
    }
}
