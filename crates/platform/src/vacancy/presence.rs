//! Whether a lot is heard from: when its last heartbeat, or its last report, expires.

use bowei_model::Lot;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A lot counts as online while its last sign of life is younger than this many of its standard's intervals.
const INTERVALS_UNTIL_STALE: i32 = 3;
/// The interval of a lot whose standards are unknown to this version.
const INTERVAL_UNKNOWN: SignedDuration = SignedDuration::from_mins(5);

/// Whether a lot is heard from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Heard from within three of its intervals.
    Online,
    /// Not heard from for longer, or never.
    Stale,
    /// Out of service.
    Closed,
}

impl Status {
    /// Of a lot that speaks several standards the longest interval counts.
    pub(super) fn of(lot: &Lot, last_heard_at: Option<Timestamp>, now: Timestamp) -> Self {
        let standards = lot.ids.keys().filter_map(|name| bowei_standards::by_name(name));
        let interval = standards.map(|standard| standard.card().heartbeat).max();
        let timeout = interval.unwrap_or(INTERVAL_UNKNOWN) * INTERVALS_UNTIL_STALE;
        match last_heard_at {
            _ if lot.closed => Self::Closed,
            Some(at) if now.duration_since(at) < timeout => Self::Online,
            Some(_) | None => Self::Stale,
        }
    }
}
