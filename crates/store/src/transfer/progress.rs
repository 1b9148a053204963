//! How far a transfer is, for whoever waits for it.

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A table is summed up at both ends.
    Comparing(&'static str),
    /// Rows were read while comparing.
    Compared(u64),
    /// What differs of a table is copied: so many rows.
    Copying(&'static str, u64),
    /// Rows were copied.
    Copied(u64),
    /// A day's pictures are looked through.
    Pictures(u32),
    /// A picture was copied and read back.
    Picture,
    /// Nothing more can be acknowledged by the platform that ran until now.
    Standstill,
}

/// Is told of every step.
pub trait Progress: Send + Sync {
    /// Something was done.
    fn told(&self, step: Step);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn told(&self, _step: Step) {}
}
