//! Entries and exits without a record id find each other.

use bowei_model::{Direction, FindingKind, ParkingSession, Passage, Plate, Report, Statement, pairing};
use jiff::{SignedDuration, Timestamp};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_775_000_000 + second).unwrap()
}

fn entry(plate: &str, second: i64) -> Passage {
    let plate = Plate::read(plate);
    let record_id = pairing::leg_id(Direction::Entry, plate.as_ref(), at(second));
    Passage {
        without_record_id: true,
        plate,
        ..Passage::new("L1".into(), record_id, Direction::Entry, at(second))
    }
}

fn exit(plate: &str, second: i64, minutes: i64) -> Passage {
    let plate = Plate::read(plate);
    let record_id = pairing::leg_id(Direction::Exit, plate.as_ref(), at(second));
    Passage {
        without_record_id: true,
        plate,
        minutes: Some(minutes),
        entered_at: Some(at(second) - SignedDuration::from_mins(minutes)),
        ..Passage::new("L1".into(), record_id, Direction::Exit, at(second))
    }
}

fn told(passages: &[Passage]) -> Vec<ParkingSession> {
    passages.iter().fold(Vec::new(), |sessions, passage| {
        let statement = Statement {
            standard: "isp".to_owned(),
            provider: "p".into(),
            sent_at: at(10_000),
            received_at: at(10_000),
            report: Report::Passage(passage.clone()),
            doubts: Vec::new(),
        };
        let (mut sessions, _) = pairing::absorb(sessions, passage, &statement);
        sessions.sort_by_key(|session| session.record_id.clone());
        sessions
    })
}

/// Entry and exit of each session in seconds.
fn spans(passages: &[Passage]) -> Vec<(Option<i64>, Option<i64>)> {
    let second = |at: Timestamp| at.as_second() - 1_775_000_000;
    let mut spans: Vec<_> = told(passages)
        .iter()
        .map(|session| {
            (session.entry().map(|v| second(v.content.at)), session.exit().map(|v| second(v.content.at)))
        })
        .collect();
    spans.sort_unstable();
    spans
}

#[test]
fn an_exit_that_comes_first_is_one_session_with_its_entry() {
    let (a, b) = (entry("鲁A12345", 0), exit("鲁A12345", 3_540, 59));
    for order in [[a.clone(), b.clone()], [b, a]] {
        let sessions = told(&order);
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions[0].record_id.as_str(), "鲁A12345-in-1775000000");
        assert_eq!(sessions[0].minutes(), Some(59));
        assert!(sessions[0].findings().is_empty());
    }
}

#[test]
fn an_exit_closes_the_latest_entry_not_after_it() {
    let day = [entry("鲁A12345", 0), entry("鲁A12345", 1_000), exit("鲁A12345", 1_500, 8)];
    assert_eq!(spans(&day), [(Some(0), None), (Some(1_000), Some(1_500))]);
}

#[test]
fn a_late_entry_takes_the_exit_that_was_its_own_all_along() {
    let day = [entry("鲁A12345", 0), exit("鲁A12345", 1_500, 8), entry("鲁A12345", 1_000)];
    assert_eq!(spans(&day), [(Some(0), None), (Some(1_000), Some(1_500))]);
}

#[test]
fn a_second_exit_after_one_entry_is_unmatched() {
    let day = [entry("鲁A12345", 0), exit("鲁A12345", 2_000, 5), exit("鲁A12345", 600, 10)];
    assert_eq!(spans(&day), [(None, Some(2_000)), (Some(0), Some(600))]);
    let unmatched = told(&day).into_iter().find(|session| session.entry().is_none()).unwrap();
    assert!(unmatched.findings().iter().any(|finding| finding.kind == FindingKind::UnmatchedExit));
}

#[test]
fn cars_without_a_plate_are_paired_by_when_the_exit_says_they_came() {
    let day = [entry("", 0), entry("", 300), exit("", 3_700, 60), exit("", 4_000, 62)];
    assert_eq!(spans(&day), [(Some(0), Some(3_700)), (Some(300), Some(4_000))]);
}

#[test]
fn two_minutes_is_near_and_a_second_more_is_not() {
    assert_eq!(spans(&[entry("", 0), exit("", 3_720, 60)]), [(Some(0), Some(3_720))]);
    assert_eq!(spans(&[entry("", 0), exit("", 3_721, 60)]), [(None, Some(3_721)), (Some(0), None)]);
    assert_eq!(spans(&[entry("", 240), exit("", 3_720, 60)]), [(Some(240), Some(3_720))]);
}

#[test]
fn an_entry_with_other_content_is_an_amendment_of_the_same_session() {
    let amended = Passage { abnormal: Some(true), ..entry("鲁A12345", 0) };
    let sessions = told(&[entry("鲁A12345", 0), amended]);
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].entries.len(), 2);
}
