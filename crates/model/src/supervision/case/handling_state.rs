//! Where a case stands.

use serde::{Deserialize, Serialize};

/// Where a case stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandlingState {
    /// 待核: nobody has looked at it.
    #[default]
    New,
    /// 立案: it is a fault.
    Filed,
    /// 责令改正: an order was issued.
    Ordered,
    /// 待复查: the lot says that it is mended.
    Verifying,
    /// 结案.
    Closed,
    /// 不予立案: it is none.
    Dismissed,
}

impl HandlingState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::New, Self::Filed, Self::Ordered, Self::Verifying, Self::Closed, Self::Dismissed];

    /// Its name in the API and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Filed => "filed",
            Self::Ordered => "ordered",
            Self::Verifying => "verifying",
            Self::Closed => "closed",
            Self::Dismissed => "dismissed",
        }
    }

    /// Its name in Chinese, as the pages have it.
    pub fn in_chinese(self) -> &'static str {
        match self {
            Self::New => "待核",
            Self::Filed => "已立案",
            Self::Ordered => "责令改正",
            Self::Verifying => "待复查",
            Self::Closed => "已结案",
            Self::Dismissed => "不予立案",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing is to be done any more.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Closed | Self::Dismissed)
    }
}
