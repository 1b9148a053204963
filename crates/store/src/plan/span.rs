//! The moments of a session that lists and curves go by.

use bowei_model::ParkingSession;
use jiff::Timestamp;

/// Milliseconds of an hour, and how far the city's wall clock is ahead of UTC's.
const HOUR_MS: i64 = 60 * 60 * 1_000;
const AHEAD_MS: i64 = 8 * HOUR_MS;

/// The hour since 1970 by the wall clock that a moment is in, as the model's `Minutes::hour_and_bit` has it.
pub(crate) fn hour_of_millis(at: i64) -> i64 {
    at.saturating_add(AHEAD_MS).div_euclid(HOUR_MS)
}

/// When a session began and ended, and for which time its car counts as present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionSpan {
    /// Where it stands in a list: when the car came in or, where that is not known, went out. `None` while only
    /// photos have come.
    pub begun_at: Option<Timestamp>,
    /// When the car came in.
    pub entered_at: Option<Timestamp>,
    /// When the car went out.
    pub exited_at: Option<Timestamp>,
    /// From when on the car counts as present; `None` where it never does.
    pub present_from: Option<Timestamp>,
    /// Until when; `None` while it is inside, and where it never counts.
    pub present_to: Option<Timestamp>,
    /// Whether the car is inside, as far as is known.
    pub open: bool,
}

impl SessionSpan {
    /// The span of `session` as it stands.
    ///
    /// A car is not counted before the platform was told of it: with a lot's clock that runs ahead, a car that is
    /// inside now would otherwise be missing from the curve's last point. And a stay that ends before it begins
    /// never counts.
    pub fn of(session: &ParkingSession) -> Self {
        let (entered_at, exited_at) = (session.entered_at(), session.exited_at());
        let mut span = Self {
            begun_at: entered_at.or(exited_at),
            entered_at,
            exited_at,
            open: session.is_open(),
            ..Self::default()
        };
        let told_of_entry = session.entry().or(session.exit()).map(|version| version.received_at);
        let told_of_exit = session.exit().map(|version| version.received_at);
        let from = entered_at.map(|at| told_of_entry.map_or(at, |told| at.min(told)));
        let to = exited_at.map(|at| told_of_exit.map_or(at, |told| at.min(told)));
        let backwards = exited_at.is_some_and(|out| entered_at.is_none_or(|entered| out < entered));
        if !backwards {
            span.present_from = from.map(|from| to.map_or(from, |to| from.min(to)));
            span.present_to = to;
        }
        span
    }
}
