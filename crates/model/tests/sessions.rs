//! What a parking looks like, told in this order or that.

use bowei_model::finding::TimeOf;
use bowei_model::words::chinese;
use bowei_model::{
    Direction, Doubt, Effect, Facts, Finding, FindingKind, LotState, ParkingSession, Passage, Photo,
    PhotoRole, Picture, Plate, Report, SpaceCount, Statement,
};
use jiff::{SignedDuration, Timestamp};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_775_000_000 + minute * 60).unwrap()
}

fn passage(direction: Direction, minute: i64) -> Passage {
    let passage = Passage::new("L1".into(), "R1".into(), direction, at(minute));
    Passage { plate: Plate::read("浙E12345"), ..passage }
}

fn said(passage: &Passage, minute: i64) -> Statement {
    Statement {
        standard: "huzhou".into(),
        provider: "p".into(),
        sent_at: at(minute),
        received_at: at(minute),
        report: Report::Passage(passage.clone()),
        doubts: vec![],
    }
}

fn session(passages: &[(Passage, i64)]) -> ParkingSession {
    let first = said(&passages[0].0, passages[0].1);
    let mut session = ParkingSession::new("L1".into(), "R1".into(), &first);
    for (passage, minute) in passages {
        session.absorb_passage(passage, &said(passage, *minute));
    }
    session
}

fn kinds(session: &ParkingSession) -> Vec<FindingKind> {
    session.findings().into_iter().map(|finding| finding.kind).collect()
}

#[test]
fn a_day_old_exit_closes_its_session() {
    let (entry, exit) = (passage(Direction::Entry, 0), passage(Direction::Exit, 60));
    let session = session(&[(entry, 0), (exit, 26 * 60)]);
    assert!(!session.is_open());
    assert_eq!(session.minutes(), Some(60));
}

#[test]
fn how_late_a_record_is_its_first_reception_tells() {
    let late = |passage: &Passage, minute| {
        let doubt: Doubt =
            Facts::LateReport { time: TimeOf::Passage, received: passage.at, platform: at(minute) }.into();
        Statement { doubts: vec![doubt], ..said(passage, minute) }
    };
    let (first, right) = (passage(Direction::Entry, 0), passage(Direction::Entry, 2));
    let mut corrected = session(&[(first.clone(), 1)]);
    corrected.absorb_passage(&right, &late(&right, 90));
    assert_eq!(kinds(&corrected), [FindingKind::AmendedReport], "a correction is no late report");
    let mut late_at_once = session(&[(right.clone(), 90)]);
    late_at_once.absorb_passage(&first, &late(&first, 60));
    assert_eq!(kinds(&late_at_once), [FindingKind::LateReport, FindingKind::AmendedReport]);
}

#[test]
fn an_exit_without_its_entry_is_found_until_the_entry_comes() {
    let (entry, exit) = (passage(Direction::Entry, 0), passage(Direction::Exit, 60));
    let mut session = session(&[(exit, 60)]);
    assert_eq!(kinds(&session), [FindingKind::UnmatchedExit]);
    session.absorb_passage(&entry, &said(&entry, 61));
    assert_eq!(kinds(&session), []);
}

#[test]
fn the_newer_content_counts_and_a_finding_says_so() {
    let first = passage(Direction::Entry, 0);
    let mut second = first.clone();
    second.plate = Plate::read("浙E99999");
    let mut session = session(&[(first.clone(), 1), (second.clone(), 2)]);
    assert_eq!(session.plate(), second.plate.as_ref());
    assert_eq!(kinds(&session), [FindingKind::AmendedReport]);
    // The lot's retransmission of the first, sealed anew, is the same report as ever.
    assert_eq!(session.absorb_passage(&first, &said(&first, 3)), Effect::Duplicate);
    assert_eq!(session.plate(), second.plate.as_ref());
}

#[test]
fn a_duration_may_be_rounded_by_a_minute_and_no_more() {
    let entry = passage(Direction::Entry, 0);
    for (minutes, found) in [(58, true), (59, false), (60, false), (61, false), (62, true)] {
        let mut exit = passage(Direction::Exit, 60);
        exit.minutes = Some(minutes);
        let session = session(&[(entry.clone(), 0), (exit, 60)]);
        let expected = if found { vec![FindingKind::DurationMismatch] } else { vec![] };
        assert_eq!(kinds(&session), expected, "{minutes} minutes");
    }
}

#[test]
fn an_exit_that_says_another_entry_time_is_found() {
    let entry = passage(Direction::Entry, 0);
    for (claimed, found) in [
        (Some(0), false),
        (Some(5), false),
        (Some(-5), false),
        (Some(6), true),
        (Some(-6), true),
        (None, false),
    ] {
        let mut exit = passage(Direction::Exit, 60);
        exit.entered_at = claimed.map(at);
        let session = session(&[(entry.clone(), 0), (exit, 60)]);
        let expected = if found { vec![FindingKind::EntryTimeMismatch] } else { vec![] };
        assert_eq!(kinds(&session), expected, "{claimed:?}");
    }
}

#[test]
fn an_exit_before_its_entry_has_no_duration() {
    let session = session(&[(passage(Direction::Entry, 10), 10), (passage(Direction::Exit, 5), 11)]);
    assert_eq!(session.minutes(), None);
    assert_eq!(kinds(&session), [FindingKind::ExitBeforeEntry]);
}

#[test]
fn a_clock_that_runs_ahead_does_not_pin_the_vacancy() {
    let count = |minute, vacant| SpaceCount::new("L1".into(), at(minute), vacant);
    let mut state = LotState::default();
    // Of a day ahead, and said to be said then as well: only when it was received is certain.
    state.absorb_count(&count(24 * 60, 5), at(24 * 60), at(0));
    state.absorb_count(&count(1, 100), at(1), at(1));
    assert_eq!(state.vacant(200), Some(100));
    // A backlog's old count does not overwrite it either.
    state.absorb_count(&count(-60, 9), at(2), at(2));
    assert_eq!(state.vacant(200), Some(100));
}

#[test]
fn a_clock_that_runs_ahead_does_not_pin_a_record() {
    let (wrong, mut right) = (passage(Direction::Entry, 0), passage(Direction::Entry, 0));
    right.plate = Plate::read("浙E99999");
    let ahead = Statement { sent_at: at(24 * 60), ..said(&wrong, 1) };
    for order in [[0, 1], [1, 0]] {
        let words = [(&wrong, ahead.clone()), (&right, said(&right, 2))];
        let mut session = ParkingSession::new("L1".into(), "R1".into(), &ahead);
        for place in order {
            session.absorb_passage(words[place].0, &words[place].1);
        }
        assert_eq!(session.plate(), right.plate.as_ref(), "the correction came last");
    }
}

#[test]
fn what_nobody_can_have_free_is_unknown() {
    let count = |vacant| SpaceCount::new("L1".into(), at(0), vacant);
    for (said, shown) in [(0, Some(0)), (140, Some(140)), (141, None), (8_259, None), (-3, Some(0))] {
        let mut state = LotState::default();
        state.absorb_count(&count(said), at(0), at(0));
        assert_eq!(state.vacant(140), shown, "{said} of 140");
    }
    // What follows from passages is the platform's own count, and cut to what there is.
    for (inside, shown) in [(0, 140), (-2, 140), (150, 0)] {
        assert_eq!(LotState { inside, ..LotState::default() }.vacant(140), Some(shown));
    }
}

#[test]
fn more_versions_than_are_kept_leave_the_first_and_the_newest() {
    let versions: Vec<_> = (0..40)
        .map(|i| {
            let mut entry = passage(Direction::Entry, 0);
            entry.at += SignedDuration::from_secs(i);
            (entry, i)
        })
        .collect();
    let session = session(&versions);
    assert_eq!(session.entries.len(), bowei_model::session::PASSAGE_VERSIONS_MAX);
    assert_eq!(session.entry().unwrap().content, versions[39].0);
    assert_eq!(session.entries[0].content, versions[0].0);
    let words: Vec<_> =
        session.findings().into_iter().map(|finding| chinese(finding.kind, &finding.facts)).collect();
    assert_eq!(words, ["入场记录以不同内容上报了 40 次，以最新一次为准"]);
}

fn photo(role: PhotoRole, number: u64, slot: Option<u32>) -> Photo {
    let picture = Picture::Bytes {
        sha256: format!("{number:064x}"),
        bytes: number,
        media_type: "image/jpeg".to_owned(),
    };
    Photo { lot: "L1".into(), record_id: "R1".into(), role, slot, taken_at: None, picture }
}

#[test]
fn newer_photos_do_not_push_the_first_of_entry_and_exit_out() {
    let mut session = session(&[(passage(Direction::Entry, 0), 0)]);
    let words = said(&passage(Direction::Entry, 0), 0);
    let mut show = |photo: &Photo, minute: i64| {
        let statement = Statement {
            sent_at: at(minute),
            received_at: at(minute),
            report: Report::Photo(photo.clone()),
            ..words.clone()
        };
        session.absorb_photo(photo, &statement)
    };
    let (entry, exit) = (photo(PhotoRole::Entry, 1_000, Some(1)), photo(PhotoRole::Exit, 2_000, None));
    show(&entry, 1);
    show(&exit, 2);
    for i in 0..60 {
        assert_ne!(show(&photo(PhotoRole::Entry, i, Some(1)), 3 + i as i64), Effect::Duplicate);
    }
    // What has gone is known all the same.
    assert_eq!(show(&photo(PhotoRole::Entry, 3, Some(1)), 100), Effect::Duplicate);
    assert_eq!(session.photos.len(), bowei_model::session::PHOTOS_MAX);
    let kept: Vec<_> = session.photos.iter().map(|version| &version.content).collect();
    assert_eq!(kept[..2], [&entry, &exit]);
    assert_eq!(kept[31], &photo(PhotoRole::Entry, 59, Some(1)));
    let first: Vec<_> = session.first_photos_replaced().map(|version| &version.content).collect();
    assert_eq!(first, [&entry]);
    let found = session.findings();
    let found = found.iter().find(|finding| finding.kind == FindingKind::TooManyPhotos).unwrap();
    assert_eq!(chinese(found.kind, &found.facts), "收到 62 张不同的照片，保留首张和最新的，共 32 张");
}

#[test]
fn what_was_doubted_has_a_beginning_and_an_end_and_may_begin_anew() {
    let exit = passage(Direction::Exit, 60);
    let other = Passage { plate: Plate::read("浙E54321"), ..passage(Direction::Exit, 60) };
    let again = Passage { gate: Some("东门".to_owned()), ..other.clone() };
    let mismatch = |found: &[Finding]| {
        let found = found.iter().find(|found| found.kind == FindingKind::PlateMismatch).cloned();
        found.map(|found| (found.opened_at, found.resolved_at))
    };
    let entry = passage(Direction::Entry, 0);
    let told = [(exit, 61), (entry, 63), (other, 65)];
    // An exit before its entry: no longer unmatched once that came.
    let unmatched = session(&told[..2]).history();
    assert_eq!((unmatched[0].kind, unmatched[0].opened_at), (FindingKind::UnmatchedExit, at(61)));
    assert_eq!(unmatched[0].resolved_at, Some(at(63)));
    assert_eq!(session(&told[..2]).findings(), []);
    assert_eq!(mismatch(&session(&told[..3]).history()), Some((at(65), None)));
    // A word that is said later makes it hold no more; a further one makes it hold again.
    let right = Passage { gate: Some("西门".to_owned()), ..passage(Direction::Exit, 60) };
    let mut told = told.to_vec();
    told.push((right, 67));
    assert_eq!(mismatch(&session(&told).history()), Some((at(65), Some(at(67)))));
    assert_eq!(mismatch(&session(&told).findings()), None);
    told.push((again, 70));
    assert_eq!(mismatch(&session(&told).history()), Some((at(70), None)));
}

#[test]
fn a_photo_that_overtakes_its_record_is_no_finding_and_one_that_waits_is() {
    for (minutes, found) in [(1, 0), (9, 0), (10, 1), (30, 1)] {
        let words = said(&passage(Direction::Entry, minutes), minutes);
        let mut session = ParkingSession::new("L1".into(), "R1".into(), &words);
        let early = photo(PhotoRole::Entry, 1, None);
        let statement = Statement {
            sent_at: at(0),
            received_at: at(0),
            report: Report::Photo(early.clone()),
            ..words.clone()
        };
        session.absorb_photo(&early, &statement);
        session.absorb_passage(&passage(Direction::Entry, minutes), &words);
        let history = session.history();
        assert_eq!(history.len(), found, "{minutes} min: {history:?}");
        assert!(history.iter().all(|found| found.resolved_at == Some(at(minutes))));
    }
}

#[test]
fn a_finding_is_known_by_what_it_is_about_and_not_by_its_facts() {
    let doubtful = |fields: &[&str], minute: i64, gate: &str| {
        let passage = Passage { gate: Some(gate.to_owned()), ..passage(Direction::Entry, 0) };
        let field = |field: &&str| Doubt::from(Facts::FieldUnset { field: (*field).to_owned() });
        Statement { doubts: fields.iter().map(field).collect(), ..said(&passage, minute) }
    };
    let mut session = ParkingSession::new("L1".into(), "R1".into(), &said(&passage(Direction::Entry, 0), 0));
    for statement in [doubtful(&["a", "b"], 1, "1"), doubtful(&["c"], 2, "2")] {
        let Report::Passage(passage) = statement.report.clone() else { unreachable!() };
        session.absorb_passage(&passage, &statement);
    }
    let history = session.history();
    let missing: Vec<_> = history.iter().filter(|found| found.kind == FindingKind::MissingField).collect();
    let of = |which: &str| missing.iter().find(|found| found.which == which).unwrap();
    assert_eq!(missing.len(), 2);
    let first = of("entry");
    assert_eq!((first.opened_at, first.resolved_at), (at(1), None));
    assert_eq!(first.facts, Facts::FieldUnset { field: "c".to_owned() });
    assert_eq!((of("entry#2").opened_at, of("entry#2").resolved_at), (at(1), Some(at(2))));
}
