//! The message inspector: what was accepted and what was refused. How much of the latter is kept: rings, each with
//! its bound, so that nobody pushes out what is another's.

use super::{Cursor, Page, Result};
use async_trait::async_trait;
use bowei_model::{LotCode, ProviderCode, Statement};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;

/// A message that was refused, for the message inspector. Secrets and pictures are cut out before it gets here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedMessage {
    /// When it was received.
    pub at: Timestamp,
    /// The standard's name.
    pub standard: String,
    /// The path as requested.
    pub path: String,
    /// Who it says spoke.
    pub account: Option<String>,
    /// The provider, where the account is known.
    pub provider: Option<ProviderCode>,
    /// Nothing proves that it was `account`, or `provider`, who spoke: it was refused before that was found right.
    #[serde(default)]
    pub claimed: bool,
    /// The lot, where it is known.
    pub lot: Option<LotCode>,
    /// The record, as the message gives it.
    pub record_id: Option<String>,
    /// The answer's code.
    pub code: String,
    /// The answer's words.
    pub message: String,
    /// The field at fault.
    pub field: Option<String>,
    /// What was expected.
    pub expected: String,
    /// What came.
    #[serde(rename = "came")]
    pub received: Option<String>,
    /// The steps of opening it, as a JSON list of `{name, value}`.
    pub steps: String,
    /// What it was read as, as far as reading got.
    pub read_as: Option<String>,
}

/// Which messages to inspect: newest first.
#[derive(Clone, Debug, Default)]
pub struct ReportQuery {
    /// Of this provider.
    pub provider: Option<ProviderCode>,
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// Accepted ones.
    pub accepted: bool,
    /// Refused ones. Neither means both.
    pub refused: bool,
    /// Received at this moment or later.
    pub from: Option<Timestamp>,
    /// Received before this moment.
    pub to: Option<Timestamp>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// A row of the message inspector.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectedReport {
    /// Its id, unique in the inspector.
    pub id: String,
    /// When it was received.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: InspectedOutcome,
}

/// What became of an inspected message.
#[derive(Clone, Debug, PartialEq)]
pub enum InspectedOutcome {
    /// It is in the ledger.
    Accepted {
        /// The statement as kept.
        statement: Box<Statement>,
        /// Fields the text does not name, as a JSON object.
        unnamed_fields: Option<String>,
        /// Whether it was the first of its record and kind.
        amended: bool,
        /// SHA-256 of the message it came in, lower-case hex.
        message_sha256: String,
    },
    /// It was refused.
    Refused(Box<RefusedMessage>),
}

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

/// The message inspector.
#[async_trait]
pub trait Inspector {
    /// Notes a refused message, and forgets what is then beyond the bounds. Not waited for: when more than a bounded number
    /// wait, further ones are dropped and counted, for an attacker must not be able to fill the queue that records go
    /// through.
    fn note_refusal(&self, refused: RefusedMessage, bounds: InspectorBounds);

    /// The message inspector.
    async fn reports(&self, query: ReportQuery) -> Result<Page<InspectedReport>>;

    /// When the oldest refused message that is kept was received; `None` without any.
    async fn oldest_refusal(&self) -> Result<Option<Timestamp>>;

    /// Forgets what is too old for the inspector or beyond its bounds; returns how many rows went.
    async fn trim_inspector(&self, now: Timestamp, bounds: InspectorBounds) -> Result<u64>;
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
