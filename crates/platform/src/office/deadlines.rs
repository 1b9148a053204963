//! The terms of the measures: from the notice to the registration, from the keys to the connection.

use crate::config::{ConnectionConfig, DayKind};
use bowei_model::moment;
use bowei_store::ProviderDetails;
use jiff::civil::{Time, time};
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;
use utoipa::ToSchema;

/// A term ends with its last day.
const END_OF_DAY: Time = time(23, 59, 59, 0);

/// What a provider has to do by when.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deadline {
    pub(crate) kind: DeadlineKind,
    pub(crate) due_at: Timestamp,
    /// How much of the term is over: 1 and more when it is late.
    pub(crate) share: f64,
    pub(crate) state: DeadlineState,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DeadlineKind {
    /// Registration, from the notice.
    Register,
    /// Connection, from the keys.
    Connect,
}

/// How a term stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DeadlineState {
    /// Less than half of it is over.
    Running,
    /// Half of it is over.
    Warned50,
    /// Four fifths are over.
    Warned80,
    /// All of it is over.
    Overdue,
    /// It was done.
    Met,
}

/// How a provider's term stands; `None` where none has begun.
pub(crate) fn of(details: &ProviderDetails, config: &ConnectionConfig, now: Timestamp) -> Option<Deadline> {
    let (kind, begins, days, done_at) = match (details.keys_at, details.notified_at) {
        (Some(keys_at), _) => (DeadlineKind::Connect, keys_at, config.integration_days, details.connected_at),
        (None, Some(notified_at)) => {
            (DeadlineKind::Register, notified_at, config.registration_days, details.registered_at)
        }
        (None, None) => return None,
    };
    Some(term(kind, begins, days, done_at, config, now))
}

/// How a term of so many days stands.
pub(crate) fn term(
    kind: DeadlineKind,
    begins: Timestamp,
    days: u32,
    done_at: Option<Timestamp>,
    config: &ConnectionConfig,
    now: Timestamp,
) -> Deadline {
    let first = moment::to_wall(begins).date();
    let last = match config.days {
        DayKind::Calendar => first.saturating_add(i64::from(days).days()),
        DayKind::Working => config.calendar().after(first, days),
    };
    let due_at = moment::from_wall(last.to_datetime(END_OF_DAY)).unwrap_or(Timestamp::MAX);
    let (over, whole) =
        (now.duration_since(begins).as_secs_f64(), due_at.duration_since(begins).as_secs_f64());
    let share = if whole > 0.0 { (over / whole).max(0.0) } else { 1.0 };
    let state = match (done_at, share) {
        (Some(_), _) => DeadlineState::Met,
        (None, share) if share >= 1.0 => DeadlineState::Overdue,
        (None, share) if share >= 0.8 => DeadlineState::Warned80,
        (None, share) if share >= 0.5 => DeadlineState::Warned50,
        _ => DeadlineState::Running,
    };
    Deadline { kind, due_at, share: (share * 1_000.0).round() / 1_000.0, state }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_term_ends_with_its_last_day_and_warns_on_its_way() {
        let details =
            ProviderDetails { keys_at: Some(at("2026-03-01T09:00:00+08:00")), ..Default::default() };
        let config = ConnectionConfig::default();
        let now = |text| of(&details, &config, at(text)).unwrap();
        assert_eq!(now("2026-03-02T00:00:00Z").due_at, at("2026-04-30T23:59:59+08:00"));
        let states = [
            ("2026-03-01T09:00:00+08:00", DeadlineState::Running),
            ("2026-03-31T20:00:00+08:00", DeadlineState::Warned50),
            ("2026-04-19T09:00:00+08:00", DeadlineState::Warned80),
            ("2026-04-30T23:59:58+08:00", DeadlineState::Warned80),
            ("2026-05-01T00:00:00+08:00", DeadlineState::Overdue),
        ];
        for (moment, state) in states {
            assert_eq!(now(moment).state, state, "{moment}");
        }
        let met = ProviderDetails { connected_at: Some(at("2026-06-01T00:00:00Z")), ..details.clone() };
        assert_eq!(of(&met, &config, at("2026-07-01T00:00:00Z")).unwrap().state, DeadlineState::Met);
        assert_eq!(of(&ProviderDetails::default(), &config, at("2026-07-01T00:00:00Z")), None);
    }

    #[test]
    fn working_days_leave_the_spring_festival_out() {
        let config = ConnectionConfig { days: DayKind::Working, ..ConnectionConfig::default() };
        let begins = at("2026-02-13T09:00:00+08:00");
        let deadline = term(DeadlineKind::Register, begins, 2, None, &config, begins);
        assert_eq!(deadline.due_at, at("2026-02-24T23:59:59+08:00"));
    }
}
