//! How far a registration is, and which steps may be taken from there.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RegistrationState {
    /// It waits for the office.
    Submitted,
    /// The office has asked something, and waits for the applicant.
    Asked,
    /// Provider, lots, keys and account are made.
    Approved,
    /// The office has refused it, with a reason.
    Refused,
    /// The applicant has withdrawn it.
    Withdrawn,
}

/// What is done with a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The applicant changes the form.
    Edit,
    /// The applicant writes.
    Write,
    /// The applicant adds or removes a file.
    File,
    /// The applicant withdraws it.
    Withdraw,
    /// The applicant collects the account.
    Collect,
    /// The office asks something.
    Ask,
    /// The office writes.
    Comment,
    /// The office refuses it.
    Refuse,
    /// The office approves it.
    Approve,
}

/// Why something is not done with a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotNow {
    /// It is too far for that, or not far enough.
    #[error(
        "登记申请{chinese}，不能进行此操作 the registration is {name}, and this cannot be done with it",
        chinese = .0.chinese(), name = .0.name()
    )]
    State(RegistrationState),
    /// There are enough messages.
    #[error("留言过多，请联系平台运营方 there are too many messages: call the office")]
    Messages,
}

impl RegistrationState {
    /// Those in which it waits for a decision.
    pub(crate) const OPEN: [Self; 2] = [Self::Submitted, Self::Asked];
    /// Those in which nothing comes of it.
    pub(super) const IN_VAIN: [Self; 2] = [Self::Refused, Self::Withdrawn];

    /// Its name, as lists go by it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn chinese(self) -> &'static str {
        match self {
            Self::Submitted => "待审核",
            Self::Asked => "待补充",
            Self::Approved => "已通过",
            Self::Refused => "已退回",
            Self::Withdrawn => "已撤回",
        }
    }

    /// The state after a step, where it may be taken.
    pub(crate) fn after(self, step: Step) -> Result<Self, NotNow> {
        use Step as S;
        match (self, step) {
            // Whatever the applicant says answers what was asked.
            (Self::Submitted | Self::Asked, S::Edit | S::Write) => Ok(Self::Submitted),
            (Self::Submitted | Self::Asked, S::File | S::Comment) => Ok(self),
            (Self::Submitted | Self::Asked, S::Withdraw) => Ok(Self::Withdrawn),
            (Self::Submitted | Self::Asked, S::Ask) => Ok(Self::Asked),
            (Self::Submitted | Self::Asked, S::Refuse) => Ok(Self::Refused),
            (Self::Submitted | Self::Asked, S::Approve) => Ok(Self::Approved),
            (Self::Approved, S::Write | S::Comment | S::Collect) => Ok(Self::Approved),
            _ => Err(NotNow::State(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_takes_the_steps_that_it_may_and_no_other() {
        use RegistrationState::*;
        let steps = [
            Step::Edit,
            Step::Write,
            Step::File,
            Step::Withdraw,
            Step::Collect,
            Step::Ask,
            Step::Comment,
            Step::Refuse,
            Step::Approve,
        ];
        let no = None;
        let open = |same| {
            let (back, on) = (Some(Submitted), Some(same));
            [back, back, on, Some(Withdrawn), no, Some(Asked), on, Some(Refused), Some(Approved)]
        };
        let done = Some(Approved);
        for (state, expected) in [
            (Submitted, open(Submitted)),
            (Asked, open(Asked)),
            (Approved, [no, done, no, no, done, no, done, no, no]),
            (Refused, [no; 9]),
            (Withdrawn, [no; 9]),
        ] {
            for (step, expected) in steps.into_iter().zip(expected) {
                assert_eq!(state.after(step).ok(), expected, "{state:?} {step:?}");
            }
        }
    }
}
