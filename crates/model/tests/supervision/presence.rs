//! Rules about being there, about clocks and about base data.

use super::days::*;
use bowei_model::FindingKind as K;
use bowei_model::finding::BaseDataItem;
use bowei_model::supervision::{Durations, Evidence, Minutes, metres_outside};
use bowei_model::{Facts, Position};
use jiff::SignedDuration;

fn between(from: &str, to: &str) -> Minutes {
    Minutes::between(DAY, t(from), t(to))
}

#[test]
fn missed_heartbeats_are_found_by_stretch() {
    let of = |heard: Minutes, change: fn(&mut Evidence)| {
        found(K::HeartbeatMissed, |evidence| {
            evidence.heard = heard;
            change(evidence);
        })
    };
    let facts = |from: &str, minutes| Facts::HeartbeatMissed { from: t(from), minutes, every_minutes: 5 };
    let dead = !between("10:00", "12:00");
    assert_eq!(of(dead, |_| {}), [facts("10:05", 115)]);
    assert_eq!(of(!between("10:00", "10:14"), |_| {}), [], "two beats were missed");
    assert_eq!(of(!between("10:00", "10:15"), |_| {}), [facts("10:05", 10)]);
    let mut beats = Minutes::NONE;
    (0..1_440).step_by(5).for_each(|minute| beats.add(minute + minute / 5 % 2));
    assert_eq!(of(beats, |_| {}), [], "a beat every five minutes, more or less");
    assert_eq!(of(Minutes::NONE, |_| {}), [facts("00:00", 1_440)]);
    assert_eq!(of(Minutes::NONE, |evidence| evidence.account_heard = Minutes::ALL), []);
    assert_eq!(of(Minutes::NONE, |evidence| evidence.heartbeat_minutes = 0), [], "the standard has none");
    assert_eq!(of(dead, |evidence| evidence.platform_away = between("10:00", "11:57")), []);
    assert_eq!(of(dead, |evidence| evidence.maintenance = between("09:50", "12:00")), []);
    assert_eq!(of(dead, |evidence| evidence.now = t("10:14")), []);
    assert_eq!(of(!between("00:00", "10:00"), |evidence| evidence.profile.days = 0), [], "its first day");
}

/// Takes the passages between two times out.
fn without(evidence: &mut Evidence, from: &str, to: &str) {
    let (from, to) = (t(from), t(to));
    for session in &mut evidence.sessions {
        session.entries.retain(|version| !(from..to).contains(&version.content.at));
        session.exits.retain(|version| !(from..to).contains(&version.content.at));
    }
}

#[test]
fn a_busy_lot_without_passages_is_silent_and_a_quiet_one_is_quiet() {
    let of = |change: fn(&mut Evidence)| found(K::Silence, change);
    let [Facts::Silence { minutes, expected, level_percent, .. }] =
        of(|evidence| without(evidence, "12:00", "14:00"))[..]
    else {
        panic!("not silent")
    };
    assert!((119..=126).contains(&minutes) && (38..=42).contains(&expected) && level_percent > 80);
    assert_eq!(of(|evidence| without(evidence, "12:00", "12:40")), [], "too short to tell");
    assert_eq!(
        of(|evidence| without(evidence, "00:00", "+1 00:00")),
        [],
        "closed all day: nothing tells why"
    );
    assert_eq!(of(|evidence| evidence.profile.weeks = 1), []);
    assert_eq!(
        of(|evidence| {
            without(evidence, "12:00", "14:00");
            evidence.profile.weeks = 1;
        }),
        []
    );
    assert_eq!(
        of(|evidence| {
            without(evidence, "12:00", "14:00");
            evidence.platform_away = between("12:00", "14:00");
        }),
        []
    );
    assert_eq!(
        of(|evidence| {
            evidence.sessions.retain(|session| session.record_id.as_str().ends_with('0'));
            without(evidence, "12:00", "14:00");
        }),
        [],
        "a holiday: the whole day is quiet"
    );
    assert_eq!(
        of(|evidence| {
            evidence.sessions.truncate(50);
            evidence.profile.passages = vec![0.3; 168];
            without(evidence, "12:00", "18:00");
        }),
        [],
        "a lot with few cars"
    );
    let known_for = |weeks, stay_s| {
        found(K::Silence, |evidence| {
            evidence.profile.stays = Durations::default();
            evidence.profile.stays.add(stay_s);
            let mut number = 0;
            evidence.sessions.retain(|_| {
                number += 1;
                number % 20 < 9
            });
            evidence.profile.passages.iter_mut().for_each(|mean| *mean *= 0.45);
            evidence.profile.weeks = weeks;
            without(evidence, "12:00", "14:00");
        })
    };
    assert_eq!(known_for(2, 9 * 3_600), [], "eighteen of two weeks may be fourteen");
    assert_eq!(known_for(20, 9 * 3_600).len(), 1);
    assert_eq!(known_for(20, 600), [], "nine cars, each of which passes twice");
}

#[test]
fn an_hour_whose_passages_came_at_once_is_not_silent_after_them() {
    let (from, to) = ("12:20", "13:40");
    let all_at_once = |is_a_crowd| {
        found(K::Silence, |evidence| {
            evidence.profile.stays = Durations::default();
            if is_a_crowd {
                let passages = evidence.sessions.iter_mut();
                let passages =
                    passages.flat_map(|session| session.entries.iter_mut().chain(&mut session.exits));
                let waiting = passages.filter(|version| (t(from)..t(to)).contains(&version.content.at));
                for (version, second) in waiting.zip(0..) {
                    version.content.at = t("12:00") + SignedDuration::from_secs(second);
                }
            }
            without(evidence, from, to);
        })
    };
    assert_eq!(all_at_once(false).len(), 1);
    assert_eq!(all_at_once(true), [], "whoever was waiting left as the gate opened");
}

#[test]
fn a_clock_is_off_by_the_same_all_day_and_a_queue_is_not() {
    // How many seconds after it happened each passage is received.
    let of = |delays: fn(usize) -> i64| {
        found(K::ClockOff, |evidence| {
            for (at, session) in evidence.sessions.iter_mut().enumerate() {
                for version in session.entries.iter_mut().chain(&mut session.exits) {
                    version.received_at = version.content.at + s(delays(at));
                }
            }
        })
    };
    let off = |seconds| vec![Facts::ClockOff { gate: None, seconds, passages: 280 }];
    assert_eq!(of(|_| 1), []);
    assert_eq!(of(|_| 60), [], "at the edge");
    assert_eq!(of(|at| 600 + at as i64 % 10), off(-605));
    assert_eq!(of(|_| -240), off(240));
    assert_eq!(of(|at| 30 + 60 * (at as i64 % 10)), [], "sent every ten minutes");
    assert_eq!(of(|at| 7_200 - 40 * at as i64), [], "a backlog");
    let gate = found(K::ClockOff, |evidence| {
        for session in &mut evidence.sessions {
            for version in &mut session.exits {
                version.content.gate = Some("西门".to_owned());
                version.received_at = version.content.at + s(300);
            }
        }
    });
    assert_eq!(gate, [Facts::ClockOff { gate: Some("西门".to_owned()), seconds: -300, passages: 140 }]);
    assert_eq!(gate[0].cause(), "西门");
}

#[test]
fn base_data_are_complete_consistent_and_in_time() {
    let of = |change: fn(&mut Evidence)| {
        let findings = evaluated(change).findings.into_iter();
        findings.map(|found| (found.kind, found.facts.cause().to_owned())).collect::<Vec<_>>()
    };
    let one = |kind, cause: &str| vec![(kind, cause.to_owned())];
    assert_eq!(
        of(|evidence| evidence.lot.tariff = Some(" ".to_owned())),
        one(K::BaseDataIncomplete, "tariff")
    );
    assert_eq!(
        of(|evidence| evidence.lot.charging_spaces = 101),
        one(K::BaseDataContradictory, "charging-spaces")
    );
    assert_eq!(of(|evidence| evidence.lot.charging_spaces = 100), []);
    assert_eq!(
        of(|evidence| evidence.base_data.reported_total = Some(120)),
        one(K::BaseDataContradictory, "spaces-total")
    );
    assert_eq!(of(|evidence| evidence.base_data.reported_total = Some(102)), [], "two per cent");
    assert_eq!(
        of(|evidence| evidence.base_data.metres_outside = Some(9_000)),
        one(K::BaseDataContradictory, "position")
    );
    assert_eq!(of(|evidence| evidence.base_data.metres_outside = Some(2_000)), [], "the boundary's");
    assert_eq!(of(|evidence| evidence.base_data.changed_at = Some(t("-3 00:00"))), one(K::BaseDataLate, ""));
    assert_eq!(of(|evidence| evidence.base_data.changed_at = Some(t("-1 12:00"))), [], "not due yet");
    assert_eq!(
        of(|evidence| {
            evidence.base_data.changed_at = Some(t("-3 00:00"));
            evidence.base_data.reported_at = Some(t("-2 00:00"));
        }),
        []
    );
    let missing = found(K::BaseDataIncomplete, |evidence| evidence.lot.position = None);
    assert_eq!(missing, [Facts::BaseDataMissing { item: BaseDataItem::Position }]);
}

#[test]
fn a_position_far_from_all_others_of_its_district_is_outside() {
    let others: Vec<_> = (0..20)
        .map(|at| Position {
            longitude: 120.0 + 0.005 * f64::from(at),
            latitude: 30.8 + 0.002 * f64::from(at),
        })
        .collect();
    let at = |longitude, latitude| metres_outside(Position { longitude, latitude }, &others);
    assert_eq!(at(120.05, 30.82), None);
    assert_eq!(at(120.12, 30.85), None, "its outskirts");
    assert!(
        at(30.87, 120.09).is_some_and(|metres| metres > 1_000_000),
        "longitude and latitude changed places"
    );
    assert_eq!(metres_outside(Position { longitude: 0.0, latitude: 0.0 }, &others[..5]), None, "too few");
    let odd = vec![Position { longitude: f64::NAN, latitude: 1.0 }; 10];
    assert_eq!(metres_outside(Position { longitude: 0.0, latitude: 0.0 }, &odd), None);
}

#[test]
fn findings_are_opened_at_moments_that_the_evidence_tells() {
    let of = |now: &str| {
        let now = t(now);
        evaluated(|evidence| {
            evidence.heard = !between("10:00", "12:00");
            evidence.now = now;
        })
        .findings
    };
    let (early, late) = (of("+1 05:00"), of("+9 00:00"));
    assert_eq!(early, late);
    assert_eq!(early[0].opened_at, t("10:05") + SignedDuration::from_mins(10));
}
