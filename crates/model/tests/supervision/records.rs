//! Rules about records and declarations.

use super::days::*;
use bowei_model::FindingKind as K;
use bowei_model::supervision::{DayDeclaration, Durations, Elsewhere, Evidence};
use bowei_model::{Direction, Facts, LotCategory, LotKind, RecordId, pairing};
use jiff::SignedDuration;

#[test]
fn a_car_that_enters_while_inside_is_found_once() {
    let of = |exit: Option<&str>, again: &str| {
        let stays = [
            stay("A", 900, Some(t("08:00")), exit.map(t)),
            stay("B", 900, Some(t(again)), Some(t("20:00"))),
            stay("C", 900, Some(t("21:00")), Some(t("22:00"))),
        ];
        found(K::DoubleEntry, |evidence| evidence.sessions.extend(stays))
    };
    let facts = Facts::DoubleEntry { other_record: "A".to_owned(), other_entered_at: t("08:00") };
    assert_eq!(of(None, "12:00"), std::slice::from_ref(&facts), "its exit was lost");
    assert_eq!(of(Some("13:00"), "12:00"), [facts], "both cannot be");
    assert_eq!(of(Some("11:00"), "12:00"), []);
    assert_eq!(of(Some("12:00:30"), "12:00"), [], "two clocks at two gates");
    assert_eq!(of(None, "08:00:20"), [], "one passage under two ids is a duplicate");
}

#[test]
fn a_misread_plate_is_no_second_entry() {
    // Its exit is read rightly, so that nobody knows which of the two it was.
    let misread = session(&[
        (passage("B", Direction::Entry, t("09:00"), Some(plate(900))), t("09:00:02")),
        (passage("B", Direction::Exit, t("11:00"), Some(plate(901))), t("11:00:02")),
    ]);
    let first = stay("A", 900, Some(t("08:00")), Some(t("12:00")));
    assert_eq!(found(K::DoubleEntry, |evidence| evidence.sessions.extend([first, misread])), []);
}

fn elsewhere(from: &str, to: Option<&str>) -> Elsewhere {
    Elsewhere {
        record_id: "A".into(),
        plate: plate(900),
        other_lot: "330502-002".into(),
        other_record_id: "X".into(),
        from: t(from),
        to: to.map(t),
        received_at: t("20:00"),
    }
}

#[test]
fn a_car_in_two_lots_is_found_at_the_lot_that_has_to_explain_it() {
    let of = |exit: Option<&str>, there: Elsewhere| {
        let here = stay("A", 900, Some(t("08:00")), exit.map(t));
        found(K::TwoLotsAtOnce, |evidence| {
            evidence.sessions.push(here);
            evidence.elsewhere.push(there);
        })
        .len()
    };
    for (exit, there, count, why) in [
        (Some("12:00"), elsewhere("10:00", Some("11:00")), 1, "within the stay here"),
        (Some("12:00"), elsewhere("11:55", Some("13:00")), 0, "two clocks"),
        (Some("12:00"), elsewhere("07:00", Some("08:30")), 1, "overlaps by half an hour"),
        (None, elsewhere("10:00", Some("11:00")), 1, "the exit here is missing"),
        (Some("12:00"), elsewhere("07:00", None), 0, "the exit there is missing"),
    ] {
        assert_eq!(of(exit, there), count, "{why}");
    }
}

#[test]
fn an_exit_is_missing_after_the_longest_plausible_stay() {
    // The quantile of the past is 2.4 hours: half as much again is below the least that is plausible everywhere.
    let of = |entered: &str, change: fn(&mut Evidence)| {
        let stay = stay("A", 900, Some(t(entered)), None);
        found(K::MissingExit, |evidence| {
            evidence.open_before = i64::from(t(entered) < t("00:00"));
            evidence.sessions.push(stay);
            change(evidence);
        })
    };
    let facts = |entered: &str, hours: i64, from_past| {
        vec![Facts::MissingExit { entered_at: t(entered), plausible_minutes: hours * 60, from_past }]
    };
    assert_eq!(of("-1 10:00", |_| {}), facts("-1 10:00", 24, true));
    assert_eq!(of("10:00", |_| {}), [], "it may leave tomorrow");
    assert_eq!(of("-3 10:00", |_| {}), [], "it was found the day before yesterday");
    assert_eq!(of("-1 10:00", |evidence| evidence.now = t("09:00")), [], "not yet");
    let months: fn(&mut Evidence) = |evidence| {
        // Of a thousand stays five last three weeks.
        (0..25).for_each(|_| evidence.profile.stays.add(21 * 86_400));
    };
    assert_eq!(of("-1 10:00", months), [], "monthly tickets");
    assert_eq!(of("-20 10:00", months), [], "for weeks");
    assert_eq!(of("-35 10:00", months), facts("-35 10:00", 840, true));
    let no_past: fn(&mut Evidence) = |evidence| evidence.profile.stays = Durations::default();
    assert_eq!(of("-7 10:00", no_past), facts("-7 10:00", 168, false));
    let past_since_today: fn(&mut Evidence) = |evidence| {
        evidence.profile.stays_before = Some(Durations::default());
    };
    assert_eq!(of("-3 10:00", past_since_today), facts("-3 10:00", 24, true), "believed until yesterday");
    assert_eq!(of("-8 10:00", past_since_today), [], "found yesterday");
    let less_since_today: fn(&mut Evidence) = |evidence| {
        evidence.profile.stays_before = Some(evidence.profile.stays.clone());
        (0..25).for_each(|_| evidence.profile.stays.add(21 * 86_400));
    };
    assert_eq!(of("-35 10:00", less_since_today), [], "found 34 days ago");
    assert_eq!(
        of("-7 10:00", |evidence| {
            evidence.profile.stays = Durations::default();
            evidence.lot.category = Some(LotCategory::Residential);
        }),
        [],
        "a resident's car"
    );
    assert_eq!(
        of("-3 10:00", |evidence| {
            evidence.profile.stays = Durations::default();
            (evidence.lot.kind, evidence.lot.category) = (LotKind::OnStreet, None);
        }),
        facts("-3 10:00", 72, false)
    );
}

#[test]
fn an_exit_that_comes_after_close_resolves_what_was_found() {
    let exit = passage("A", Direction::Exit, t("09:00"), Some(plate(900)));
    let late = session(&[
        (passage("A", Direction::Entry, t("-1 08:00"), Some(plate(900))), t("-1 08:00:02")),
        (exit, t("+1 10:00")),
    ]);
    let evaluation = evaluated(|evidence| {
        evidence.open_before = 1;
        evidence.sessions.push(late);
    });
    let missing: Vec<_> = evaluation.findings.iter().filter(|found| found.kind == K::MissingExit).collect();
    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].opened_at, missing[0].resolved_at), (t("+0 08:00"), Some(t("+1 10:00"))));
    let at_close = evaluation.at_close.unwrap();
    assert_eq!(
        (evaluation.rates.completeness.num, evaluation.rates.completeness.den),
        (at_close.completeness.num + 1, at_close.completeness.den)
    );
    assert_eq!(evaluation.rates.timeliness.den, at_close.timeliness.den + 1);
    assert_eq!(evaluation.rates.timeliness.num, at_close.timeliness.num, "late is late");
}

#[test]
fn a_passage_without_a_picture_is_found_where_the_standard_carries_them() {
    let bare = || session(&[(passage("A", Direction::Entry, t("09:00"), Some(plate(900))), t("09:00:02"))]);
    let facts = Facts::MissingPhoto { direction: Direction::Entry, within_minutes: 10 };
    assert_eq!(found(K::MissingPhoto, |evidence| evidence.sessions.push(bare())), [facts]);
    let none = found(K::MissingPhoto, |evidence| {
        evidence.sessions.push(bare());
        evidence.carries_photos = false;
    });
    assert_eq!(none, []);
    let soon = found(K::MissingPhoto, |evidence| {
        evidence.sessions.retain(|session| session.entered_at() < Some(t("08:50")));
        evidence.sessions.push(bare());
        evidence.now = t("09:09");
    });
    assert_eq!(soon, [], "it may still come");
    let named = found(K::MissingPhoto, |evidence| {
        let mut session = bare();
        session.entries[0].content.photo_id = Some("P1".to_owned());
        evidence.sessions.push(session);
        evidence.named_photos.insert("P1".to_owned(), t("09:03"));
    });
    assert_eq!(named, []);
    let late = evaluated(|evidence| {
        let mut session = bare();
        session.entries[0].content.photo_id = Some("P1".to_owned());
        evidence.sessions.push(session);
        evidence.named_photos.insert("P1".to_owned(), t("09:10:03"));
    });
    let late: Vec<_> = late.findings.iter().filter(|found| found.kind == K::MissingPhoto).collect();
    assert_eq!(late.len(), 1, "whoever looked meanwhile missed it");
    assert_eq!((late[0].opened_at, late[0].resolved_at), (t("09:10:02"), Some(t("09:10:03"))));
}

#[test]
fn many_amendments_are_found_and_a_few_corrections_are_not() {
    let of = |amended: usize| {
        found(K::AmendmentShare, |evidence| {
            for session in evidence.sessions.iter_mut().take(amended) {
                let entry = session.entries[0].content.clone();
                let at = entry.at + s(-3_600);
                let again = bowei_model::Passage { at, ..entry };
                let told = statement(bowei_model::Report::Passage(again.clone()), t("23:00"));
                session.absorb_passage(&again, &told);
            }
        })
    };
    assert_eq!(of(10), []);
    assert_eq!(of(40), [Facts::AmendmentShare { amended: 40, passages: 280, allowed_permille: 50 }]);
}

fn declared(evidence: &Evidence, received_at: &str) -> DayDeclaration {
    let ids = |direction| {
        evidence.sessions.iter().filter_map(|session| pairing::passage_id(session, direction)).collect()
    };
    let received_at = t(received_at);
    DayDeclaration {
        received_at,
        entries: ids(Direction::Entry),
        exits: ids(Direction::Exit),
        photos: 280,
        charges: 0,
    }
}

#[test]
fn records_that_the_lot_declares_and_that_did_not_come_are_missing() {
    let of = |change: fn(&mut Evidence, &mut DayDeclaration)| {
        kinds(|evidence| {
            let mut declaration = declared(evidence, "+1 00:10");
            change(evidence, &mut declaration);
            evidence.declarations.push(declaration);
        })
    };
    assert_eq!(of(|_, _| {}), []);
    assert_eq!(
        of(|_, declaration| {
            declaration.entries.insert("N1".into());
            declaration.exits.insert("N1".into());
        }),
        [K::MissingRecord; 2]
    );
    assert_eq!(of(|_, declaration| declaration.charges = 2), [K::MissingRecord]);
    assert_eq!(of(|_, declaration| _ = declaration.exits.remove(&RecordId::from("R7"))), [K::VanishedRecord]);
    assert_eq!(
        of(|evidence, declaration| {
            let at = t("+1 00:05") - SignedDuration::from_mins(7);
            evidence.sessions.push(stay("N", 800, Some(at), None));
            _ = declaration;
        }),
        [],
        "too close to midnight to tell"
    );
}

#[test]
fn a_record_that_a_later_declaration_has_no_more_has_vanished() {
    let evaluation = evaluated(|evidence| {
        let mut first = declared(evidence, "+1 00:10");
        first.entries.insert("N1".into());
        let second = declared(evidence, "+1 03:00");
        // In any order.
        evidence.declarations.extend([second, first]);
    });
    let [found] = evaluation.findings.as_slice() else { panic!("{:?}", evaluation.findings) };
    let facts =
        Facts::VanishedRecord { direction: Direction::Entry, received_at: None, declared_at: t("+1 03:00") };
    assert_eq!((&found.facts, found.subject.as_str()), (&facts, "record:N1"));
}

#[test]
fn a_passage_without_a_record_id_is_declared_by_itself() {
    let of = |change: fn(&mut DayDeclaration)| {
        kinds(|evidence| {
            evidence.sessions.iter_mut().for_each(|session| session.without_record_id = true);
            let mut declaration = declared(evidence, "+1 00:10");
            assert!(declaration.exits.iter().all(|id| id.as_str().contains("-out-")));
            change(&mut declaration);
            evidence.declarations.push(declaration);
        })
    };
    assert_eq!(of(|_| {}), []);
    assert_eq!(of(|declaration| _ = declaration.exits.pop_first()), [K::VanishedRecord]);
    assert_eq!(of(|declaration| _ = declaration.exits.insert("浙E00001-out-1".into())), [K::MissingRecord]);
}
