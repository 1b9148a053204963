//! When a simulated moment may be spoken of: at its place in the run by the chosen speed, and never before it has
//! come in real time.

use super::{Clock, Speed};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

pub(super) struct Pace {
    simulated_start: Timestamp,
    real_start: Timestamp,
    clock: Clock,
    speed: Speed,
}

impl Pace {
    pub(super) fn new(simulated_start: Timestamp, clock: Clock, speed: Speed) -> Self {
        Self { simulated_start, real_start: clock(), clock, speed }
    }

    pub(super) async fn wait_for(&self, due: Timestamp) {
        /// Looks at the clock again at least so often: it may be set.
        const NAP_MAX: Duration = Duration::from_secs(5);
        loop {
            let ahead = self.not_before(due).duration_since((self.clock)());
            match Duration::try_from(ahead) {
                Ok(ahead) if !ahead.is_zero() => tokio::time::sleep(ahead.min(NAP_MAX)).await,
                _ => return,
            }
        }
    }

    /// The real moment before which `due` is not spoken of.
    fn not_before(&self, due: Timestamp) -> Timestamp {
        let Speed::Times(speed) = self.speed else { return due };
        let into_the_run = due.duration_since(self.simulated_start).as_secs_f64().max(0.0);
        let real = SignedDuration::try_from_secs_f64(into_the_run / speed.max(1.0)).unwrap_or_default();
        self.real_start.saturating_add(real).unwrap_or(due).max(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_run_reaches_the_present_and_never_the_future() {
        let pace = |speed| Pace::new(at(0), Arc::new(|| at(3_600)), speed);
        assert_eq!(pace(Speed::Times(60.0)).not_before(at(1_800)), at(3_630));
        assert_eq!(pace(Speed::Times(60.0)).not_before(at(3_600)), at(3_660));
        assert_eq!(pace(Speed::Times(1.0)).not_before(at(100)), at(3_700));
        assert_eq!(pace(Speed::Max).not_before(at(100)), at(100));
        assert_eq!(pace(Speed::Times(60.0)).not_before(at(7_200)), at(7_200));
        assert!("0.5".parse::<Speed>().is_err() && "60".parse() == Ok(Speed::Times(60.0)));
        assert_eq!("max".parse(), Ok(Speed::Max));
    }
}
