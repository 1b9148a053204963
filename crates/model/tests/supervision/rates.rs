//! The seven rates, and what opens each of them.

use super::days::*;
use bowei_model::supervision::{DayRates, Evidence, Minutes, Part, Rate, Ratio, RuleSet, evaluate, records};
use bowei_model::{Direction, Doubt, Facts, FindingKind};

fn rates(change: impl FnOnce(&mut Evidence)) -> DayRates {
    evaluated(change).rates
}

fn of(num: u64, den: u64) -> Ratio {
    Ratio { num, den }
}

#[test]
fn an_ordinary_day_is_as_it_should_be() {
    let rates = rates(|_| {});
    for (rate, ratio) in [
        (Rate::Online, of(1_440, 1_440)),
        (Rate::Timeliness, of(280, 280)),
        (Rate::Completeness, of(140, 140)),
        (Rate::Photos, of(280, 280)),
        (Rate::Balance, of(140, 140)),
        (Rate::Vacancy, of(17, 17)),
        (Rate::BaseData, of(10, 10)),
    ] {
        assert_eq!(rates.ratio(rate), ratio, "{rate:?}");
    }
    assert_eq!((rates.delays.p50_s(), rates.delays.p95_s()), (Some(2), Some(2)));
    assert_eq!(rates.score(&RuleSet::default()), Some(100.0));
}

#[test]
fn each_rate_counts_what_it_says() {
    let late = rates(|evidence| {
        for (at, session) in evidence.sessions.iter_mut().enumerate().take(100) {
            let after = if at < 50 { 11 } else { 61 };
            session.entries[0].received_at = session.entries[0].content.at + s(after);
        }
    });
    assert_eq!((late.timeliness, late.within_60s), (of(180, 280), of(230, 280)));
    assert_eq!(late.delays.p95_s(), Some(63), "to an eighth");

    let offline = rates(|evidence| evidence.heard = !Minutes::between(DAY, t("10:00"), t("11:00")));
    assert_eq!(offline.online, of(1_440 - 55, 1_440), "the last sign of life covers five minutes");

    let excused = rates(|evidence| {
        evidence.heard = !Minutes::between(DAY, t("10:00"), t("11:00"));
        evidence.platform_away = Minutes::between(DAY, t("10:00"), t("11:00"));
        for session in &mut evidence.sessions {
            for version in session.entries.iter_mut().chain(&mut session.exits) {
                if (t("10:00")..t("11:00")).contains(&version.content.at) {
                    version.received_at = t("11:05");
                }
            }
        }
    });
    assert_eq!(excused.online.num, excused.online.den);
    assert_eq!(excused.timeliness.num, excused.timeliness.den);
    assert!(excused.online.den == 1_375 && excused.timeliness.den < 270, "{excused:?}");

    let incomplete = rates(|evidence| {
        evidence.sessions[0].entries.clear();
        let facts = Facts::FieldBlank { field: "gate".to_owned(), expected: "通道名称".to_owned() };
        evidence.sessions[1].exits[0].doubts.push(Doubt::from(facts));
    });
    assert_eq!(incomplete.completeness, of(138, 140));

    let photos = rates(|evidence| {
        evidence.sessions[0].photos.clear();
        let late = t("23:00");
        evidence.sessions[1].photos.iter_mut().for_each(|photo| photo.received_at = late);
    });
    assert_eq!(photos.photos, of(276, 280), "one is never, one too late");

    let none = rates(|evidence| evidence.carries_photos = false);
    assert_eq!((none.photos, none.rate(Rate::Photos, &RuleSet::default())), (of(0, 0), None));

    let unbalanced =
        rates(|evidence| evidence.sessions.iter_mut().take(14).for_each(|session| session.exits.clear()));
    assert_eq!(unbalanced.balance, of(126, 140));
    let running = rates(|evidence| evidence.now = t("23:59"));
    assert_eq!(running.balance, of(0, 0), "of a day that is not over nobody knows");

    let base_data = rates(|evidence| {
        evidence.lot.tariff = None;
        evidence.lot.charging_spaces = 500;
        evidence.base_data.changed_at = Some(t("-9 00:00"));
    });
    assert_eq!(base_data.base_data, of(7, 10));
}

#[test]
fn too_few_cases_are_no_rate_and_never_nought_or_all() {
    let rules = RuleSet::default();
    let rates = rates(|evidence| {
        evidence.sessions.truncate(2);
        right_counts(evidence);
        evidence.counts.clear();
    });
    for rate in [Rate::Timeliness, Rate::Completeness, Rate::Photos, Rate::Balance, Rate::Vacancy] {
        assert_eq!(rates.rate(rate, &rules), None, "{rate:?}");
    }
    assert_eq!(DayRates::default().score(&rules), None);
    let mut month = rates.clone();
    (0..9).for_each(|_| month += &rates);
    assert_eq!(month.rate(Rate::Timeliness, &rules), Some(1.0));
}

#[test]
fn every_number_opens_into_what_it_counts() {
    let rules = RuleSet::default();
    let odd = day(|evidence| {
        evidence.heard = !Minutes::between(DAY, t("10:00"), t("11:00"));
        evidence.maintenance = Minutes::between(DAY, t("15:00"), t("15:30"));
        evidence.sessions[3].photos.clear();
        evidence.sessions[5].entries.clear();
        evidence.sessions.iter_mut().skip(40).take(12).for_each(|session| session.exits.clear());
        evidence.sessions[9].entries[0].received_at = t("20:00");
        evidence.lot.tariff = None;
        evidence.counts.iter_mut().for_each(|word| word.vacant -= i64::from(word.as_of > t("12:00")) * 8);
    });
    let rates = evaluate(&odd, &rules).rates;
    for rate in Rate::ALL {
        let of_part = |part| records(&odd, &rules, (rate, part), odd.now);
        let sum = |part| of_part(part).iter().map(|record| record.counts).sum::<u64>();
        let Ratio { num, den } = rates.ratio(rate);
        assert_eq!((sum(Part::Num), sum(Part::Num) + sum(Part::Missing)), (num, den), "{rate:?}");
        assert!(num < den, "{rate:?}");
    }
    let missing = records(&odd, &rules, (Rate::Photos, Part::Missing), odd.now);
    assert_eq!(missing.len(), 2);
    assert!(missing.iter().all(|record| record.record_id.as_deref() == Some("R3")), "{missing:?}");
    assert_eq!(missing[0].words.zh, "未收到入场照片");
}

#[test]
fn a_late_day_keeps_both_figures() {
    let evaluation = evaluated(|evidence| {
        for session in evidence.sessions.iter_mut().take(40) {
            let late = t("+1 09:00");
            session
                .entries
                .iter_mut()
                .chain(&mut session.exits)
                .for_each(|version| version.received_at = late);
            session.photos.iter_mut().for_each(|photo| photo.received_at = late);
        }
    });
    let at_close = evaluation.at_close.unwrap();
    assert_eq!((at_close.completeness, evaluation.rates.completeness), (of(100, 100), of(140, 140)));
    assert_eq!((at_close.timeliness, evaluation.rates.timeliness), (of(200, 200), of(200, 280)));
    assert_eq!(evaluated(|evidence| evidence.now = t("+1 03:00")).at_close, None);
}

#[test]
fn a_lot_is_late_by_its_first_word_whatever_it_says_later() {
    let rates = rates(|evidence| {
        let session = &mut evidence.sessions[0];
        let entry = session.entries[0].content.clone();
        assert_eq!(entry.direction, Direction::Entry);
        let again = bowei_model::Passage { gate: Some("西门".to_owned()), ..entry };
        session.absorb_passage(&again, &statement(bowei_model::Report::Passage(again.clone()), t("20:00")));
    });
    assert_eq!(rates.timeliness, of(280, 280), "what was amended later was there in time");
    assert_eq!(FindingKind::ALL.len(), bowei_model::supervision::RULES.len());
}
