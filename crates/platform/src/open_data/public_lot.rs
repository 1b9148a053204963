//! A lot as anybody may see it, and how far its counts can be believed.

use super::contradictions::Contradictions;
use crate::vacancy::{LotView, Status};
use aws_lc_rs::digest::{SHA256, digest};
use bowei_model::{Lot, LotCategory, LotKind};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// How far a lot's counts can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OpenStatus {
    /// Heard from: the counts are of now.
    Online,
    /// Not heard from: the counts are the last ones, or there are none.
    Stale,
    /// Its counts contradict one another or what it has: none is shown.
    Unknown,
    /// Out of service.
    Closed,
}

impl OpenStatus {
    /// Its name in the formats that have none of their own for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Closed => "closed",
        }
    }
}

/// A public lot.
#[derive(Clone, Debug)]
pub(super) struct PublicLot {
    pub(super) lot: Arc<Lot>,
    /// A number of what is public of it beside the counts: another after any change, the same at every node.
    pub(super) version: u32,
    /// When it became so, as far as this node knows.
    pub(super) recorded_at: Timestamp,
    pub(super) status: OpenStatus,
    /// Free spaces, never more than there are.
    pub(super) vacant: Option<i64>,
    pub(super) charging_vacant: Option<i64>,
    /// Whether the lot has said so itself, or it follows from its passages.
    pub(super) is_counted: bool,
    /// When that was right.
    pub(super) as_of: Option<Timestamp>,
}

/// Degrees to seven decimals: a centimetre.
pub(crate) fn degrees(exact: f64) -> f64 {
    (exact * 1e7).round() / 1e7
}

impl PublicLot {
    pub(super) fn new(
        lot: &Arc<Lot>,
        view: &LotView,
        found: &Contradictions,
        now: Timestamp,
        before: Option<&Self>,
    ) -> Self {
        let unchanged = before.filter(|before| Arc::ptr_eq(&before.lot, lot));
        let version = unchanged.map_or_else(|| version(lot), |before| before.version);
        let known_since = before.filter(|before| before.version == version).map(|before| before.recorded_at);
        let edited = lot.edited.values().map(|edit| edit.at).max();
        // A lot without spaces has no number to hold a count against.
        let vacant = view.vacant(lot).filter(|_| lot.spaces_total > 0);
        let is_impossible = view.state.reported.is_some() && vacant.is_none();
        let status = match view.status {
            Status::Closed => OpenStatus::Closed,
            _ if is_impossible || found.of(lot, &view.state) => OpenStatus::Unknown,
            Status::Stale => OpenStatus::Stale,
            Status::Online if vacant.is_none() => OpenStatus::Unknown,
            Status::Online => OpenStatus::Online,
        };
        let shown = matches!(status, OpenStatus::Online | OpenStatus::Stale);
        Self {
            lot: Arc::clone(lot),
            version,
            recorded_at: known_since.or(lot.described_at.max(edited)).unwrap_or(now),
            status,
            vacant: vacant.filter(|_| shown),
            charging_vacant: view.state.charging_vacant(lot.charging_spaces).filter(|_| shown),
            is_counted: view.state.reported.is_some(),
            as_of: view.as_of(),
        }
    }

    pub(super) fn code(&self) -> &str {
        self.lot.code.as_str()
    }

    /// Its name, or its code where it has none.
    pub(super) fn name(&self) -> &str {
        if self.lot.name.is_empty() { self.code() } else { &self.lot.name }
    }

    /// Degrees east and north.
    pub(super) fn position(&self) -> Option<[f64; 2]> {
        self.lot.position.map(|place| [degrees(place.longitude), degrees(place.latitude)])
    }

    /// Spaces taken.
    pub(super) fn occupied(&self) -> Option<i64> {
        self.vacant.map(|vacant| i64::from(self.lot.spaces_total) - vacant)
    }

    /// Spaces taken of all, 0 to 1, to a thousandth.
    pub(super) fn occupancy(&self) -> Option<f64> {
        // Numbers of spaces are far below what a float has exactly.
        #[expect(clippy::cast_precision_loss, reason = "spaces are few")]
        let share = |occupied: i64| occupied as f64 / f64::from(self.lot.spaces_total);
        self.occupied().map(|occupied| (share(occupied) * 1_000.0).round() / 1_000.0)
    }

    /// What it says of itself in its own words: each with what it is about, in Chinese and in English.
    pub(super) fn words(&self) -> impl Iterator<Item = (&'static str, &'static str, &str)> {
        let closed = self.lot.closed.then_some(("已停用", "Out of service", ""));
        let tariff = self.lot.tariff.as_deref().map(|words| ("收费：", "Tariff: ", words));
        let hours = self.lot.hours.as_deref().map(|words| ("开放时间：", "Hours: ", words));
        [closed, tariff, hours].into_iter().flatten()
    }

    /// All that its counts say.
    pub(super) fn counts(&self) -> impl Serialize + use<> {
        (self.status, self.vacant, self.charging_vacant, self.is_counted, self.as_of)
    }
}

/// What is public of a lot beside its counts.
#[derive(Serialize)]
struct Base<'a> {
    name: &'a str,
    kind: LotKind,
    category: Option<LotCategory>,
    district: &'a str,
    address: &'a str,
    position: Option<[f64; 2]>,
    spaces: [u32; 3],
    words: [Option<&'a str>; 2],
    closed: bool,
}

fn version(lot: &Lot) -> u32 {
    let base = Base {
        name: &lot.name,
        kind: lot.kind,
        category: lot.category,
        district: &lot.district,
        address: &lot.address,
        position: lot.position.map(|place| [degrees(place.longitude), degrees(place.latitude)]),
        spaces: [lot.spaces_total, lot.charging_spaces, lot.accessible_spaces],
        words: [lot.tariff.as_deref(), lot.hours.as_deref()],
        closed: lot.closed,
    };
    let digest = digest(&SHA256, &serde_json::to_vec(&base).unwrap_or_default());
    let first = digest.as_ref().first_chunk().copied().unwrap_or_default();
    // APDS wants a positive whole number, and not every reader has more than 31 bits of one.
    (u32::from_be_bytes(first) >> 1).max(1)
}
