//! Rules about counts and lists of the cars inside.

use super::days::*;
use bowei_model::FindingKind as K;
use bowei_model::occupancy::Reported;
use bowei_model::supervision::{Evidence, Minutes};
use bowei_model::{CarsInside, Facts, Plate, Version};
use jiff::Timestamp;

/// The counts of the day changed, from a time on.
fn counted(evidence: &mut Evidence, from: &str, change: impl Fn(usize, i64) -> i64) {
    let from = t(from);
    evidence.counts.sort();
    for (at, word) in evidence.counts.iter_mut().filter(|word| word.as_of >= from).enumerate() {
        word.vacant = change(at, word.vacant);
    }
}

#[test]
fn a_count_that_drifts_is_found_by_its_hours() {
    let drifts = |evidence: &mut Evidence| counted(evidence, "09:00", |at, vacant| vacant + at as i64 / 10);
    let [Facts::VacancyDrift { received, expected, tolerance: 5, hours_off, hours }] =
        found(K::VacancyDrift, drifts)[..]
    else {
        panic!("no drift")
    };
    assert!(received - expected > 5 && hours_off >= 4 && hours > hours_off, "{hours_off} of {hours}");
    assert!(!kinds(drifts).contains(&K::CountJump), "it creeps");
}

#[test]
fn a_count_that_is_off_now_and_then_is_right() {
    let of = |change: fn(usize, i64) -> i64| {
        found(K::VacancyDrift, |evidence| counted(evidence, "00:00", change)).len()
    };
    assert_eq!(of(|_, vacant| vacant + 5), 0, "at the edge of what may be");
    assert_eq!(of(|_, vacant| vacant + 6), 1);
    assert_eq!(of(|at, vacant| vacant + if at % 50 < 10 { 9 } else { 0 }), 0, "an hour of five");
    assert_eq!(of(|at, vacant| vacant + [-2, 1, 0, 2][at % 4]), 0, "cars on the ramp");
}

#[test]
fn cars_that_were_inside_before_the_first_report_are_nobodys_fault() {
    let of = |days: u32, later: i64| {
        found(K::VacancyDrift, |evidence| {
            evidence.profile.days = days;
            counted(evidence, "-1 00:00", |_, vacant| vacant - 12);
            counted(evidence, "12:00", |_, vacant| vacant - later);
        })
        .len()
    };
    assert_eq!((of(2, 0), of(2, 10), of(30, 0)), (0, 1, 1));
}

#[test]
fn hours_in_which_the_platform_was_away_tell_nothing() {
    let away = |evidence: &mut Evidence| {
        counted(evidence, "09:00", |at, vacant| if at < 80 { vacant + 20 } else { vacant });
    };
    assert_eq!(found(K::VacancyDrift, away).len(), 1);
    let excused = found(K::VacancyDrift, |evidence| {
        away(evidence);
        evidence.platform_away = Minutes::between(DAY, t("09:00"), t("13:00"));
    });
    assert_eq!(excused, []);
}

#[test]
fn a_count_that_stands_still_while_cars_pass_is_found_and_explains_the_rest() {
    let freezes = |evidence: &mut Evidence| {
        evidence.counts.sort();
        let stood = evidence.counts.iter().find(|word| word.as_of >= t("08:00")).unwrap().vacant;
        let frozen = evidence.counts.iter_mut().filter(|word| (t("08:00")..t("14:00")).contains(&word.as_of));
        frozen.for_each(|word| word.vacant = stood);
    };
    assert_eq!(kinds(freezes), [K::FrozenCount]);
    // A lot that is full stands still at 0, and a quiet one with its few cars.
    let full = kinds(|evidence| {
        evidence.lot.spaces_total = 12;
        right_counts(evidence);
        evidence.counts.iter_mut().for_each(|word| word.vacant = word.vacant.max(0));
    });
    assert_eq!(full, []);
    let quiet = kinds(|evidence| {
        evidence.sessions.truncate(3);
        evidence.profile.passages.clear();
        right_counts(evidence);
        evidence.counts = (0..24).map(|hour| word(t("00:00") + s(3_600 * hour), 98)).collect();
    });
    assert_eq!(quiet, []);
}

#[test]
fn a_jump_without_passages_is_found_and_its_correction_is_not() {
    let jumps = |by: i64, until: &'static str| {
        move |evidence: &mut Evidence| {
            for word in &mut evidence.counts {
                if (t("12:00")..t(until)).contains(&word.as_of) {
                    word.vacant += by;
                }
            }
        }
    };
    let [Facts::CountJump { before, after, expected }] = found(K::CountJump, jumps(20, "12:30"))[..] else {
        panic!("no jump, or two")
    };
    assert_eq!(after - before - expected, 20);
    assert_eq!(found(K::CountJump, jumps(9, "12:30")), [], "a tenth of the spaces is needed");
    assert_eq!(found(K::CountJump, jumps(-20, "+1 00:00")).len(), 1);
    let offline = found(K::CountJump, |evidence| {
        jumps(20, "+1 00:00")(evidence);
        evidence.counts.retain(|word| !(t("10:20")..t("12:00")).contains(&word.as_of));
    });
    assert_eq!(offline, [], "passages may have been lost meanwhile");
}

#[test]
fn a_day_whose_passages_do_not_add_up_is_unbalanced() {
    let of = |lost: usize, now: &str| {
        found(K::UnbalancedDay, |evidence| {
            for session in evidence.sessions.iter_mut().take(lost) {
                session.exits.clear();
            }
            evidence.now = t(now);
        })
    };
    let facts = Facts::UnbalancedDay { entries: 140, exits: 110, change: 0 };
    assert_eq!(of(30, "+1 00:30"), [facts]);
    assert_eq!(of(30, "23:00"), [], "the day is not over");
    assert_eq!(of(7, "+1 00:30"), [], "a few are lost everywhere");
    // A lot that nobody came to in the evening has said nothing since: its own first word of the day begins it.
    let quiet = found(K::UnbalancedDay, |evidence| {
        evidence.sessions.iter_mut().take(30).for_each(|session| session.exits.clear());
        evidence.counts.retain(|word| word.as_of >= t("00:00"));
    });
    assert_eq!(quiet.len(), 1);
    // A word that says more than there is tells nothing of the change, first or last.
    let impossible = found(K::UnbalancedDay, |evidence| {
        let by_day = t("06:00")..t("20:00");
        let by_night = evidence.counts.iter_mut().filter(|word| !by_day.contains(&word.as_of));
        by_night.for_each(|word| word.vacant = 10_000);
    });
    assert_eq!(impossible, []);
    // Without counts, exits without an entry are what does not add up.
    let unmatched = found(K::UnbalancedDay, |evidence| {
        evidence.counts.clear();
        evidence.sessions.iter_mut().take(30).for_each(|session| session.entries.clear());
    });
    assert_eq!(unmatched, [Facts::UnbalancedDay { entries: 110, exits: 140, change: 0 }]);
}

/// Hourly lists of the cars inside, right but for a change.
fn listed(evidence: &mut Evidence, change: impl Fn(&mut Vec<Plate>)) {
    let inside = |at: Timestamp| {
        let there = evidence.sessions.iter().filter(|session| {
            session.entered_at().is_some_and(|entered| entered <= at)
                && session.exited_at().is_none_or(|exited| exited > at)
        });
        there.filter_map(|session| session.plate().cloned()).collect::<Vec<_>>()
    };
    let lists = (0..24).map(|hour| {
        let at = t("00:00") + s(3_600 * hour);
        let mut plates = inside(at);
        change(&mut plates);
        let content = CarsInside { lot: lot().code, at, plates };
        Version { sent_at: at + s(5), content, received_at: at + s(5), doubts: Vec::new() }
    });
    evidence.lists = lists.collect();
}

#[test]
fn the_lots_own_lists_are_held_against_its_passages() {
    let of = |change: fn(&mut Vec<Plate>)| found(K::ListMismatch, |evidence| listed(evidence, change));
    assert_eq!(of(|_| {}), []);
    assert_eq!(of(|plates| _ = plates.pop()), [], "one car on the ramp");
    let [Facts::ListMismatch { not_listed, not_inside: 0, lists: 24, .. }] =
        of(|plates| plates.truncate(plates.len() / 2))[..]
    else {
        panic!("no mismatch")
    };
    assert!(not_listed > 5, "{not_listed}");
    let strangers: fn(&mut Vec<Plate>) = |plates| plates.extend((0..10).map(|car| plate(1_500 + car)));
    assert_eq!(of(strangers).len(), 1);
    assert_eq!(
        of(|plates| {
            for plate in plates.iter_mut() {
                let misread = plate.as_str().replacen('E', "F", 1);
                *plate = Plate::read(&misread).unwrap();
            }
        }),
        [],
        "one character misread"
    );
    let first_days = found(K::ListMismatch, |evidence| {
        evidence.profile.days = 1;
        listed(evidence, strangers);
        counted(evidence, "-1 00:00", |_, vacant| vacant - 10);
    });
    assert_eq!(first_days, [], "they were inside before the first report, and the lot counts them");
}

#[test]
fn a_lot_of_unknown_size_has_no_count_to_hold_against() {
    let odd = kinds(|evidence| {
        evidence.lot.spaces_total = 0;
        evidence.counts =
            vec![Reported { vacant: i64::MIN, ..word(t("12:00"), 0) }, word(t("12:01"), i64::MAX)];
    });
    assert_eq!(odd, [K::BaseDataIncomplete]);
}
