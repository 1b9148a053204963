//! Whether a car really did not come: a no-show counts only where the lot would have been heard to say otherwise.

use super::order::Order;
use crate::supervision::Minutes;
use crate::{Plate, moment};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What was heard of a lot on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WitnessedDay {
    /// The day.
    pub day: Date,
    /// The minutes with a sign of life of the lot.
    pub heard: Minutes,
    /// The minutes in which the platform itself was away.
    pub platform_away: Minutes,
}

/// The car at the lot around its window, by what the lot reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlateSeen {
    /// When it came in.
    pub entered_at: Timestamp,
    /// When it went out, where that is known.
    pub left_at: Option<Timestamp>,
}

/// What is known about the lot around an order's window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnessed {
    /// The days that the window touches.
    pub days: Vec<WitnessedDay>,
    /// For how many minutes a sign of life speaks, its own included: as long as the lot counts as online after it.
    pub heard_for_minutes: u32,
    /// Whether the lot has been asked for what was missing of the day, and what it sent has been taken in.
    pub is_settled: bool,
    /// Passages of the lot in the window.
    pub passages: u32,
    /// Records that the lot says it has of the day and that have not come.
    pub lacking: u32,
    /// Entries in the window of cars whose plate was not read.
    pub unread: u32,
    /// Entries in the window whose plate may be this one, misread: see [`is_alike`].
    pub alike: u32,
    /// The stays of the plate at the lot that the window meets, and those after it on the same day.
    pub seen: Vec<PlateSeen>,
}

/// Why it is not proven that a car did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// The lot was not heard all through the window.
    LotAway,
    /// The platform was not there all through the window.
    PlatformAway,
    /// The lot has not yet been asked what is missing of the day.
    NotSettled,
    /// The lot has records of the day that have not come.
    RecordsLacking,
    /// A car came whose plate was not read.
    PlateUnread,
    /// A car came whose plate may be this one, misread.
    PlateAlike,
    /// The car was there.
    CarSeen,
}

/// What the driver and the office are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofFacts {
    /// When the window began.
    pub window_from: Timestamp,
    /// When it was over.
    pub window_to: Timestamp,
    /// Minutes that the window touches.
    pub minutes: u32,
    /// Minutes of them that a sign of life of the lot covers.
    pub heard_minutes: u32,
    /// Minutes of them in which the platform was away.
    pub away_minutes: u32,
    /// Passages of the lot in the window.
    pub passages: u32,
    /// Records of the day that have not come.
    pub lacking: u32,
    /// Entries in the window of cars whose plate was not read.
    pub unread: u32,
    /// Entries in the window whose plate may be this one, misread.
    pub alike: u32,
    /// Whether the lot has been asked for what was missing.
    pub is_settled: bool,
    /// The car's stay that the window meets.
    pub seen: Option<PlateSeen>,
    /// When the car came after its window, where it did.
    pub came_late_at: Option<Timestamp>,
}

/// Whether a car did not come, and by what that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Whether it counts against the plate.
    pub is_proven: bool,
    /// What it lacks to be proven.
    pub lacks: Vec<Lack>,
    /// By what it is known.
    pub facts: ProofFacts,
}

/// Whether the car of an order did not come in its window. Whatever speaks for the driver keeps it from being proven.
pub fn proof(order: &Order, known: &Witnessed) -> Proof {
    let (from, to) = (order.window_from(), order.expires_at);
    let heard_for = known.heard_for_minutes.saturating_sub(1) as usize;
    let (mut minutes, mut heard_minutes, mut away_minutes) = (0, 0, 0);
    let mut day = Some(moment::to_wall(from).date()).filter(|_| from <= to);
    // A window is a day long at most on either side.
    for _ in 0..4 {
        let Some(date) = day.filter(|date| *date <= moment::to_wall(to).date()) else { break };
        let window = Minutes::between(date, from, to);
        minutes += window.count();
        if let Some(known) = known.days.iter().find(|known| known.day == date) {
            heard_minutes += (known.heard.extended(heard_for) & window).count();
            away_minutes += (known.platform_away & window).count();
        }
        day = date.tomorrow().ok();
    }
    let meets =
        |seen: &&PlateSeen| seen.entered_at <= to && seen.left_at.is_none_or(|left_at| left_at >= from);
    let seen = known.seen.iter().filter(meets).min().copied();
    let late = known.seen.iter().map(|seen| seen.entered_at).filter(|entered_at| *entered_at > to).min();
    let lacks = [
        (heard_minutes < minutes || minutes == 0, Lack::LotAway),
        (away_minutes > 0, Lack::PlatformAway),
        (!known.is_settled, Lack::NotSettled),
        (known.lacking > 0, Lack::RecordsLacking),
        (known.unread > 0, Lack::PlateUnread),
        (known.alike > 0, Lack::PlateAlike),
        (seen.is_some(), Lack::CarSeen),
    ];
    let lacks: Vec<_> = lacks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, lack)| lack).collect();
    let facts = ProofFacts {
        window_from: from,
        window_to: to,
        minutes,
        heard_minutes,
        away_minutes,
        passages: known.passages,
        lacking: known.lacking,
        unread: known.unread,
        alike: known.alike,
        is_settled: known.is_settled,
        seen,
        came_late_at: late,
    };
    Proof { is_proven: lacks.is_empty(), lacks, facts }
}

/// Whether one plate may be the other, misread: they are not the same, and differ in one character, or in one that one of
/// them lacks.
pub fn is_alike(a: &Plate, b: &Plate) -> bool {
    let (a, b): (Vec<_>, Vec<_>) = (a.as_str().chars().collect(), b.as_str().chars().collect());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 || short == long {
        return false;
    }
    let ahead = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let is_longer = long.len() > short.len();
    let rest = if is_longer { short.get(ahead..) } else { short.get(ahead + 1..) };
    rest == long.get(ahead + 1..)
}
