//! Rules about being there: heartbeats, passages where the lot's own past has many, and clocks.

use super::super::day::{Day, Passed};
use super::Found;
use crate::Facts;
use std::collections::BTreeMap;

/// What is shown of a minute of the day.
fn clock(minute: usize) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Minutes in which a sign of life was due for several intervals and none was received, on its own or by the account.
pub(super) fn heartbeat_missed(day: &Day<'_>) -> Vec<Found> {
    let every_minutes = day.evidence.heartbeat_minutes;
    // The interval of the last sign of life is none that was missed.
    let intervals = day.rules.heartbeat_missed.intervals.saturating_sub(1);
    let least = every_minutes.saturating_mul(intervals).clamp(1, 1_440) as usize;
    let missed = day.due() - day.online();
    let found = missed.runs().filter(|(_, minutes)| *minutes >= least).map(|(first, minutes)| {
        let from = day.moment(first);
        let minutes = u32::try_from(minutes).unwrap_or(u32::MAX);
        let facts = Facts::HeartbeatMissed { from, minutes, every_minutes };
        Found::of_day(clock(first), from, day.moment(first + least), facts)
    });
    found.collect()
}

/// Stretches without a passage that are too long for how busy the lot is at that time of the week, and on that day.
///
/// Passages are taken as a Poisson process of the profile's rate times the day's level, which is Gamma distributed: what
/// the rest of the day tells of it makes the tail Negative Binomial. A quiet day (a holiday, roadworks) lowers what is
/// expected of the stretch; a busy one (a concert) does not raise it. The rate itself is known from so many weeks alone: of two
/// of them that were busy by chance a third says little. Of a lot with short stays passages come in pairs: it is cars that
/// come by chance, and each counts once. An hour has the passages that it has, in whichever of its minutes: a lot that opens at
/// six lets out by half past whoever was locked in. And one stretch is unlike another of the same time of the week by more than
/// chance, as one day is unlike another.
pub(super) fn silence(day: &Day<'_>) -> Vec<Found> {
    let settings = &day.rules.silence;
    if day.evidence.profile.weeks < settings.weeks_min {
        return Vec::new();
    }
    let expected_by_minute: Vec<f64> = (0..1_440)
        .map(|minute| {
            let counts = day.elapsed.contains(minute) && !day.excused.contains(minute);
            let in_hour = day.evidence.profile.passages_in(day.evidence.day, minute / 60);
            if counts { in_hour / 60.0 } else { 0.0 }
        })
        .collect();
    let expected_of_day: f64 = expected_by_minute.iter().sum();
    let (mut has_passage, mut passed_in) = ([false; 1_440], [0.0; 24]);
    for passed in &day.passages {
        let minute = day.minute(passed.at());
        if let (Some(minute), Some(hour)) = (has_passage.get_mut(minute), passed_in.get_mut(minute / 60)) {
            *minute = true;
            *hour += 1.0;
        }
    }
    let over = day.elapsed.count() as usize;
    let mut found = Vec::new();
    let mut first = 0;
    while first < over {
        let end = (first..over).find(|minute| has_passage.get(*minute) == Some(&true)).unwrap_or(over);
        if end - first >= settings.minutes_min as usize {
            let left = left_in(&expected_by_minute, &passed_in, (first, end));
            found.extend(silent(day, &expected_by_minute, expected_of_day, &left, (first, end)));
        }
        first = end + 1;
    }
    found
}

/// What is expected in each minute of a stretch without passages, beyond those that its first and last hour had outside it.
fn left_in(by_minute: &[f64], passed_in: &[f64; 24], (first, end): (usize, usize)) -> Vec<f64> {
    let sum =
        |from: usize, to: usize| by_minute.get(from..to).map_or(0.0, |minutes| minutes.iter().sum::<f64>());
    let share = |(hour, passed): (usize, &f64)| {
        let (from, to) = (hour * 60, hour * 60 + 60);
        let inside = sum(from.max(first), to.min(end));
        let left = (sum(from, to) - passed).max(0.0);
        if inside > left { left / inside } else { 1.0 }
    };
    let shares: Vec<f64> = passed_in.iter().enumerate().map(share).collect();
    let minutes = (first..end).zip(by_minute.get(first..end).unwrap_or_default());
    minutes.map(|(minute, expected)| expected * shares.get(minute / 60).copied().unwrap_or(1.0)).collect()
}

/// The stretch of minutes, if it is too long: `left` is what counts of what is expected in each.
fn silent(
    day: &Day<'_>,
    by_minute: &[f64],
    of_day: f64,
    left: &[f64],
    (first, end): (usize, usize),
) -> Option<Found> {
    let settings = &day.rules.silence;
    let at_least = |weight: f64| if weight.is_finite() { weight.max(0.1) } else { 0.1 };
    let (weight, stretch_weight) = (at_least(settings.day_weight), at_least(settings.stretch_weight));
    let stretch = by_minute.get(first..end)?;
    let expected: f64 = stretch.iter().sum();
    let elsewhere = (of_day - expected).max(0.0);
    let passages = (day.passages.len() as f64).min(elsewhere);
    let ln_alpha = settings.alpha.clamp(f64::MIN_POSITIVE, 1.0).ln();
    // The chance of no passage where so many are expected on an ordinary day.
    let ln_none = |expected: f64| {
        let expected = stretch_weight * (expected / stretch_weight).ln_1p();
        (weight + passages) * ((weight + elsewhere) / (weight + elsewhere + expected)).ln()
    };
    // What weeks with a mean of one tell of another: none of it comes as often as of a mean that were known to be this.
    let weeks = f64::from(day.evidence.profile.weeks).max(1.0);
    let known = weeks * weeks.recip().ln_1p();
    let mut so_far = 0.0;
    let told = left.iter().enumerate().position(|(minutes, expected)| {
        so_far += expected * known;
        let pairs = day.evidence.profile.stays.both_within((minutes + 1) as f64 * 60.0) / 2.0;
        ln_none(so_far * (1.0 - pairs)) <= ln_alpha
    })?;
    let told = told.max(settings.minutes_min as usize);
    let level = (weight + passages) / (weight + elsewhere);
    let from = day.moment(first);
    let facts = Facts::Silence {
        from,
        minutes: u32::try_from(end - first).unwrap_or(u32::MAX),
        expected: expected.round() as u64,
        level_percent: (level * 100.0).round() as u32,
    };
    Some(Found::of_day(clock(first), from, day.moment(first + told), facts))
}

/// A clock that is off by the same all day: the middle half of the delays lies close together, and far from none. All of the
/// lot's, or some gates'.
pub(super) fn clock_off(day: &Day<'_>) -> Vec<Found> {
    let all: Vec<_> = day.passages.iter().collect();
    if let Some(found) = off_clock(day, None, &all) {
        return vec![found];
    }
    let mut gates = BTreeMap::<&str, Vec<_>>::new();
    for passed in &day.passages {
        let passage = &passed.version.content;
        if let Some(gate) = passage.gate_code.as_deref().or(passage.gate.as_deref()) {
            gates.entry(gate).or_default().push(passed);
        }
    }
    gates.iter().filter_map(|(gate, passages)| off_clock(day, Some(*gate), passages)).collect()
}

fn off_clock(day: &Day<'_>, gate: Option<&str>, passages: &[&Passed<'_>]) -> Option<Found> {
    let settings = &day.rules.clock_off;
    let least = (settings.passages_min as usize).max(4);
    let mut delays: Vec<_> = passages.iter().map(|passed| passed.delay_s()).collect();
    delays.sort_unstable();
    let quantile = |quarter: usize| delays.get(delays.len() * quarter / 4).copied();
    let (low, middle, high) = (quantile(1)?, quantile(2)?, quantile(3)?);
    let is_off = delays.len() >= least
        && middle.saturating_abs() > i64::from(settings.tolerance_s)
        && high.saturating_sub(low) <= i64::from(settings.spread_max_s);
    let mut known: Vec<_> = passages.iter().map(|passed| (passed.first.received_at, passed.at())).collect();
    known.sort_unstable();
    let (opened_at, at) = known.get(least - 1).copied().filter(|_| is_off)?;
    let facts = Facts::ClockOff {
        gate: gate.map(str::to_owned),
        seconds: middle.saturating_neg(),
        passages: delays.len() as u64,
    };
    Some(Found::of_day(gate.unwrap_or_default(), at, opened_at, facts))
}
