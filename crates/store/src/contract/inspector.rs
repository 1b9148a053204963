//! How much of what was refused is kept: rings, each with its bound, so that nobody pushes out what is another's.

use super::RefusedMessage;
use bowei_model::ProviderCode;
use std::collections::HashMap;
use std::time::Duration;

/// Bounds of what is kept for the message inspector. Of what is beyond one the oldest goes.
#[derive(Clone, Copy, Debug)]
pub struct InspectorBounds {
    /// Refused messages older than this go.
    pub age_max: Duration,
    /// Refused messages whose sender was proved, in all.
    pub rows_max: u64,
    /// … of one provider.
    pub provider_rows_max: u64,
    /// Messages that anybody may have sent, in all.
    pub claimed_rows_max: u64,
    /// … that claim to be from one provider, or from nobody who is known.
    pub claimed_provider_rows_max: u64,
}

/// Rows that are bounded together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ring {
    /// Those whose sender is claimed, or those whose sender is proved.
    pub(crate) claimed: bool,
    /// Of one provider, or of nobody who is known; `None`: of all.
    pub(crate) of: Option<Option<ProviderCode>>,
}

/// How many rows more than its bound a ring may come to have on each node: finding the surplus costs a walk through the
/// ring, which is not done for every row.
const SURPLUS_MAX: u64 = 1_000;

/// What each ring has got since it was last cut to its bound. There are no more rings than providers, twice.
#[derive(Default)]
pub(crate) struct Surplus(HashMap<Ring, u64>);

impl Surplus {
    /// Counts what is noted; gives the rings that are to be cut now, each with how many rows it may have.
    pub(crate) fn note(&mut self, noted: &[(RefusedMessage, InspectorBounds)]) -> Vec<(Ring, u64)> {
        let mut due = HashMap::new();
        for (message, bounds) in noted {
            let (all_max, one_max) = match message.claimed {
                true => (bounds.claimed_rows_max, bounds.claimed_provider_rows_max),
                false => (bounds.rows_max, bounds.provider_rows_max),
            };
            for (of, max) in [(None, all_max), (Some(message.provider.clone()), one_max)] {
                let ring = Ring { claimed: message.claimed, of };
                let rows = self.0.entry(ring.clone()).or_default();
                *rows += 1;
                if *rows > (max / 16).min(SURPLUS_MAX) {
                    due.insert(ring, max);
                }
            }
        }
        due.keys().for_each(|ring| {
            self.0.remove(ring);
        });
        let mut due: Vec<_> = due.into_iter().collect();
        // One provider's surplus first, or else its newest would push another's oldest out.
        due.sort_by_key(|(ring, _)| ring.of.is_none());
        due
    }
}
