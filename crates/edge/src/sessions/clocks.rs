//! The cameras' clocks, as far as their events tell of them.

use super::recent::CLOCK_MEMO;
use crate::devices::CameraEvent;
use bowei_model::moment;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a camera's clock may be from ours before ours is believed: what platforms tolerate
/// ([`bowei_model::rules::FUTURE_TOLERANCE`]).
const CLOCK_TOLERANCE: SignedDuration = bowei_model::rules::FUTURE_TOLERANCE;
/// How old an event may be that its camera says it kept: longer than any repair of a network takes. As long, what was
/// seen of a camera's clock is taken to hold.
const RETOLD_AT_MOST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A camera's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameraClock {
    /// How far it is ahead of the gateway's, in milliseconds, and when that was seen: by the last event that was told
    /// as it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<(i64, Timestamp)>,
    /// The same as far as it is believed: one event that is off where those before were right may be a late one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settled: Option<(i64, Timestamp)>,
    /// What the camera wrote as the time of its last event, where that says no moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// Those of all cameras, by their names; as many as the configuration has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Clocks(BTreeMap<String, CameraClock>);

impl Clocks {
    pub(super) fn of(&self, device: &str) -> Option<&CameraClock> {
        self.0.get(device)
    }

    /// Takes in what an event that was not told before says of its camera's clock.
    pub(super) fn note(&mut self, device: &str, event: &CameraEvent, now: Timestamp) {
        let clock = self.0.entry(device.to_owned()).or_default();
        clock.unread.clone_from(&event.unread_time);
        if let Some(reported) = event.at.filter(|_| !event.retold) {
            let millis = i64::try_from(reported.duration_since(now).as_millis()).unwrap_or(i64::MAX);
            let near = |other: i64| {
                SignedDuration::from_millis(millis.saturating_sub(other)).abs() <= CLOCK_TOLERANCE
            };
            let seen_before =
                [clock.settled, clock.offset].into_iter().flatten().any(|(other, _)| near(other));
            if seen_before || clock.settled.is_none() || near(0) {
                clock.settled = Some((millis, now));
            }
            clock.offset = Some((millis, now));
        }
    }

    /// When the car passed: by the camera's clock where it can be right; where it is known to be off, and the event was
    /// kept, by that clock put right; else by ours. Whatever is not the camera's own word the memo says, for whoever
    /// wonders why picture and record differ.
    pub(super) fn moment_of(
        &self,
        device: &str,
        event: &CameraEvent,
        now: Timestamp,
    ) -> (Timestamp, Option<String>) {
        let Some(reported) = event.at else {
            let memo = match &event.unread_time {
                Some(text) => format!("相机所报时间“{text}”无法识别，以网关收到的时间为准"),
                None => "相机未报时间，以网关收到的时间为准".to_owned(),
            };
            return (now, Some(memo));
        };
        let oldest = if event.retold { RETOLD_AT_MOST } else { CLOCK_TOLERANCE };
        let credible = |at: &Timestamp| (-CLOCK_TOLERANCE..=oldest).contains(&now.duration_since(*at));
        if let Some(offset) = self.off(device, now).filter(|_| event.retold)
            && let Some(at) = reported.checked_sub(offset).ok().filter(credible)
        {
            let (reported, seconds) = (moment::rfc3339(reported), offset.as_secs().abs());
            let way = if offset.is_negative() { "慢" } else { "快" };
            return (at, Some(format!("{CLOCK_MEMO} {reported} {way} {seconds} 秒，已按相机时钟偏差修正")));
        }
        if credible(&reported) {
            return (reported, None);
        }
        (now, Some(format!("{CLOCK_MEMO} {} 与网关相差过大，以网关时间为准", moment::rfc3339(reported))))
    }

    /// How far the camera's clock is ahead of ours, where that is too far to be believed.
    fn off(&self, device: &str, now: Timestamp) -> Option<SignedDuration> {
        let (millis, seen_at) = self.of(device)?.settled?;
        let offset = SignedDuration::from_millis(millis);
        let holds = now.duration_since(seen_at) <= RETOLD_AT_MOST;
        (holds && offset.abs() > CLOCK_TOLERANCE).then_some(offset)
    }
}
