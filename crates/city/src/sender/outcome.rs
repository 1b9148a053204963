//! What became of a message, and how long to wait before it is sent again.

use super::StopSignal;
use std::time::Duration;

/// The wait after the first failure; it doubles with each further one.
pub(super) const BACKOFF_MIN: Duration = Duration::from_millis(100);
pub(super) const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Accepted,
    Lost,
}

/// Waits, unless the run is stopped. Answers the wait after another failure.
pub(super) async fn backed_off(stop: &StopSignal, wait: Duration) -> Duration {
    let mut stop = stop.clone();
    let _ = tokio::time::timeout(wait, stop.given()).await;
    (wait * 2).min(BACKOFF_MAX)
}
