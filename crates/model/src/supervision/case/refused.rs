//! What cannot be done with a case, and why.

use super::HandlingState;
use std::fmt;

/// Characters of a reason or a comment at most.
pub(super) const TEXT_MAX: usize = 2_000;
/// Entries of a case's history at most: more are no handling any more.
pub(super) const HISTORY_MAX: usize = 1_000;

/// Why something cannot be done with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is not one of those that can be done where the case stands.
    NotFrom(HandlingState),
    /// It needs a reason.
    NoReason,
    /// A text is longer than is kept.
    TooLong,
    /// A time is not in the future.
    NotInFuture,
    /// A pause may last so many days.
    PauseTooLong(u32),
    /// It is paused already.
    IsPaused,
    /// It is not paused.
    NotPaused,
    /// So much was done with it that no more is kept.
    HistoryFull,
}

impl Refused {
    /// In Chinese, for people.
    pub fn in_chinese(self) -> String {
        match self {
            Self::NotFrom(state) => format!("案件状态为“{}”，不能执行此操作", state.in_chinese()),
            Self::NoReason => "请填写理由".to_owned(),
            Self::TooLong => format!("文字应不超过 {TEXT_MAX} 个字符"),
            Self::NotInFuture => "时间应在当前时间之后".to_owned(),
            Self::PauseTooLong(days) => format!("暂停应不超过 {days} 天"),
            Self::IsPaused => "案件已暂停".to_owned(),
            Self::NotPaused => "案件未暂停".to_owned(),
            Self::HistoryFull => format!("案件的处理记录已达 {HISTORY_MAX} 条"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFrom(state) => write!(f, "that cannot be done with a case that is {}", state.name()),
            Self::NoReason => f.write_str("a reason is needed"),
            Self::TooLong => write!(f, "a text should have no more than {TEXT_MAX} characters"),
            Self::NotInFuture => f.write_str("the time should be in the future"),
            Self::PauseTooLong(days) => write!(f, "a pause should last no more than {days} days"),
            Self::IsPaused => f.write_str("the case is paused"),
            Self::NotPaused => f.write_str("the case is not paused"),
            Self::HistoryFull => write!(f, "the case has {HISTORY_MAX} entries in its history"),
        }
    }
}

impl std::error::Error for Refused {}
