//! Who has a case and what was done: 待核 → 立案 → 责令改正 → 待复查 → 结案, or 不予立案. People's word alone moves it, but for a
//! relapse, which opens a closed one again.

use super::super::HandlingSettings;
use super::handling_state::HandlingState;
use super::refused::{HISTORY_MAX, TEXT_MAX};
use super::{Condition, ConditionState, Refused};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What a person does with a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Gives it to somebody, or to nobody.
    Assign {
        /// Whom.
        user: Option<String>,
    },
    /// Says something about it.
    Comment {
        /// What.
        text: String,
    },
    /// 立案.
    File,
    /// 责令改正.
    Order {
        /// The order.
        order: String,
        /// Until when it is to be mended.
        due_at: Timestamp,
    },
    /// The lot says that it is mended.
    Verify,
    /// It is not mended after all.
    Reject {
        /// Why.
        reason: String,
    },
    /// 结案.
    Close {
        /// Why, where there is something to say.
        reason: Option<String>,
    },
    /// 不予立案.
    Dismiss {
        /// Why.
        reason: String,
    },
    /// Opens an ended one again.
    Reopen {
        /// Why, where there is something to say.
        reason: Option<String>,
    },
    /// Hides it for a while.
    Pause {
        /// Why.
        reason: String,
        /// Until when.
        until: Timestamp,
    },
    /// Ends a pause before its time.
    Resume,
}

/// The name of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    /// [`Action::Assign`].
    Assign,
    /// [`Action::Comment`].
    Comment,
    /// [`Action::File`].
    File,
    /// [`Action::Order`].
    Order,
    /// [`Action::Verify`].
    Verify,
    /// [`Action::Reject`].
    Reject,
    /// [`Action::Close`].
    Close,
    /// [`Action::Dismiss`].
    Dismiss,
    /// [`Action::Reopen`].
    Reopen,
    /// [`Action::Pause`].
    Pause,
    /// [`Action::Resume`].
    Resume,
    /// What was done to many at once is undone.
    Undo,
    /// The fault came back: nobody did that.
    Relapse,
}

/// A case that is hidden for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who hides it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Something that was done with a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// By whom; `None`: by nobody, it came back.
    pub by: Option<String>,
    /// What.
    pub action: ActionKind,
    /// Whom, why, or what was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where it stood afterwards.
    pub state: HandlingState,
}

/// The handling of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handling {
    /// Where it stands.
    pub state: HandlingState,
    /// Who has it.
    pub assignee: Option<String>,
    /// The order that was issued on it.
    pub order: Option<String>,
    /// Until when it is to be mended.
    pub due_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Every pause that it had; the last may be in force.
    pub pauses: Vec<Pause>,
    /// Everything that was done, oldest first.
    pub history: Vec<HistoryEntry>,
}

/// Where a case stood: what undoing an action brings back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    state: HandlingState,
    assignee: Option<String>,
    order: Option<String>,
    due_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    paused_until: Option<Timestamp>,
}

impl Handling {
    /// The pause that is in force.
    pub fn paused(&self, now: Timestamp) -> Option<&Pause> {
        self.pauses.last().filter(|pause| pause.from <= now && now < pause.until)
    }

    /// The handling after somebody has done something.
    pub fn act(
        &self,
        action: &Action,
        by: &str,
        settings: &HandlingSettings,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        use HandlingState as S;
        if self.history.len() >= HISTORY_MAX {
            return Err(Refused::HistoryFull);
        }
        let mut next = self.clone();
        let from = |states: &[S]| {
            if states.contains(&self.state) { Ok(()) } else { Err(Refused::NotFrom(self.state)) }
        };
        const OPEN: [S; 4] = [S::New, S::Filed, S::Ordered, S::Verifying];
        match action {
            Action::Assign { user } => {
                from(&OPEN)?;
                next.assignee.clone_from(user);
            }
            Action::Comment { .. } => {}
            Action::File => {
                from(&[S::New])?;
                next.state = S::Filed;
            }
            Action::Order { order, due_at } => {
                from(&[S::New, S::Filed, S::Verifying])?;
                if *due_at <= now {
                    return Err(Refused::NotInFuture);
                }
                next.state = S::Ordered;
                (next.order, next.due_at) = (Some(order.clone()), Some(*due_at));
            }
            Action::Verify => {
                from(&[S::Filed, S::Ordered])?;
                next.state = S::Verifying;
            }
            Action::Reject { .. } => {
                from(&[S::Verifying])?;
                next.state = if self.order.is_some() { S::Ordered } else { S::Filed };
            }
            Action::Close { .. } => {
                from(&OPEN)?;
                (next.state, next.ended_at) = (S::Closed, Some(now));
            }
            Action::Dismiss { .. } => {
                // What was ordered is a fault by the office's own word: it is closed, and the order withdrawn.
                from(&[S::New, S::Filed])?;
                (next.state, next.ended_at) = (S::Dismissed, Some(now));
            }
            Action::Reopen { .. } => {
                from(&[S::Closed, S::Dismissed])?;
                next.begin_again();
            }
            Action::Pause { reason, until } => {
                from(&OPEN)?;
                if self.paused(now).is_some() {
                    return Err(Refused::IsPaused);
                }
                if *until <= now {
                    return Err(Refused::NotInFuture);
                }
                let longest = SignedDuration::from_hours(24 * i64::from(settings.pause_max_days));
                if until.duration_since(now) > longest {
                    return Err(Refused::PauseTooLong(settings.pause_max_days));
                }
                let (author, reason) = (by.to_owned(), reason.clone());
                next.pauses.push(Pause { author, reason, from: now, until: *until });
            }
            Action::Resume => {
                self.paused(now).ok_or(Refused::NotPaused)?;
                next.end_pause(now);
            }
        }
        if next.state.is_ended() {
            next.end_pause(now);
        }
        let text = action.text()?;
        let state = next.state;
        next.history.push(HistoryEntry {
            at: now,
            by: Some(by.to_owned()),
            action: action.kind(),
            text,
            state,
        });
        Ok(next)
    }

    /// The handling after the fault came back; `None` where the case is not closed, or nothing was found since. Of one that
    /// was dismissed a person has said that it is none, and more of the same changes nothing.
    pub fn relapse(&self, condition: &Condition, now: Timestamp) -> Option<Self> {
        let ended_at = self.ended_at.filter(|_| self.state == HandlingState::Closed)?;
        let is_back = condition.state == ConditionState::Holds && condition.last_at > ended_at;
        is_back.then(|| {
            let mut next = self.clone();
            next.begin_again();
            let state = next.state;
            next.history.push(HistoryEntry {
                at: now,
                by: None,
                action: ActionKind::Relapse,
                text: None,
                state,
            });
            next
        })
    }

    /// Where it stands.
    pub fn standing(&self, now: Timestamp) -> Standing {
        Standing {
            state: self.state,
            assignee: self.assignee.clone(),
            order: self.order.clone(),
            due_at: self.due_at,
            ended_at: self.ended_at,
            paused_until: self.paused(now).map(|pause| pause.until),
        }
    }

    /// The handling after its last action was undone, which stays in its history; `before` is where it stood.
    #[must_use]
    pub fn undo(&self, before: &Standing, by: &str, now: Timestamp) -> Self {
        let mut next = Self {
            state: before.state,
            assignee: before.assignee.clone(),
            order: before.order.clone(),
            due_at: before.due_at,
            ended_at: before.ended_at,
            ..self.clone()
        };
        match (before.paused_until, self.paused(now)) {
            (None, Some(_)) => next.end_pause(now),
            (Some(until), None) => {
                if let Some(pause) = next.pauses.last_mut() {
                    pause.until = until;
                }
            }
            _ => {}
        }
        let (action, state) = (ActionKind::Undo, next.state);
        next.history.push(HistoryEntry { at: now, by: Some(by.to_owned()), action, text: None, state });
        next
    }

    fn begin_again(&mut self) {
        (self.state, self.ended_at, self.order, self.due_at) = (HandlingState::New, None, None, None);
    }

    fn end_pause(&mut self, now: Timestamp) {
        if let Some(pause) = self.pauses.last_mut() {
            pause.until = pause.until.min(now);
        }
    }
}

impl Action {
    /// Its name.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Assign { .. } => ActionKind::Assign,
            Self::Comment { .. } => ActionKind::Comment,
            Self::File => ActionKind::File,
            Self::Order { .. } => ActionKind::Order,
            Self::Verify => ActionKind::Verify,
            Self::Reject { .. } => ActionKind::Reject,
            Self::Close { .. } => ActionKind::Close,
            Self::Dismiss { .. } => ActionKind::Dismiss,
            Self::Reopen { .. } => ActionKind::Reopen,
            Self::Pause { .. } => ActionKind::Pause,
            Self::Resume => ActionKind::Resume,
        }
    }

    /// What it says, which some need.
    fn text(&self) -> Result<Option<String>, Refused> {
        let text = match self {
            Self::Assign { user: text } | Self::Close { reason: text } | Self::Reopen { reason: text } => {
                text.as_ref()
            }
            Self::Order { order: reason, .. }
            | Self::Comment { text: reason }
            | Self::Reject { reason }
            | Self::Dismiss { reason }
            | Self::Pause { reason, .. } => Some(reason).filter(|reason| !reason.trim().is_empty()),
            Self::File | Self::Verify | Self::Resume => return Ok(None),
        };
        let may_be_silent = matches!(self, Self::Assign { .. } | Self::Close { .. } | Self::Reopen { .. });
        if text.is_none() && !may_be_silent {
            return Err(Refused::NoReason);
        }
        if text.is_some_and(|text| text.chars().count() > TEXT_MAX) {
            return Err(Refused::TooLong);
        }
        Ok(text.cloned())
    }
}
