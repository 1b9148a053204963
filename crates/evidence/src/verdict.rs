//! What verifying came to: steps in words, Chinese first.

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 通过.
    Holds,
    /// 不通过.
    Fails,
    /// 说明: what was done, or cannot be; it decides nothing.
    Note,
}

/// What was done, and what came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How it ended.
    pub outcome: Outcome,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// All steps, in the order in which they were done. After one that shows the package not to be whole there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Verdict {
    /// Whether the package holds: every step does, and none was left out.
    pub fn holds(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.outcome != Outcome::Fails)
    }

    pub(crate) fn step(&mut self, outcome: Outcome, zh: impl Into<String>, en: impl Into<String>) {
        self.steps.push(Step { outcome, zh: zh.into(), en: en.into() });
    }

    pub(crate) fn holds_that(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.step(Outcome::Holds, zh, en);
    }

    pub(crate) fn fails(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.step(Outcome::Fails, zh, en);
    }

    pub(crate) fn note(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.step(Outcome::Note, zh, en);
    }
}
