//! What is said again and again of one thing: the word said last counts.

use bowei_model::words::chinese;
use bowei_model::{
    CarsInside, Closure, Effect, FindingKind, LotProfile, NamedRecord, NamedRecordKey, Plate, Report,
    Statement,
};
use jiff::Timestamp;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_775_000_000 + minute * 60).unwrap()
}

fn open(name: &str) -> Report {
    Report::Lot(LotProfile {
        lot: "L1".into(),
        lot_id: "9f3b".to_owned(),
        name: Some(name.to_owned()),
        kind: None,
        district: None,
        address: None,
        position: None,
        spaces_total: None,
        charging_spaces: None,
        tariff: None,
        in_service: Some(true),
        details: Default::default(),
    })
}

fn closed() -> Report {
    Report::LotClosed(Closure { lot: "L1".into() })
}

fn said(report: Report, said: i64, received: i64) -> Statement {
    Statement {
        standard: "shenzhen".to_owned(),
        provider: "p".into(),
        sent_at: at(said),
        received_at: at(received),
        report,
        doubts: Vec::new(),
    }
}

#[test]
fn a_lot_that_closes_opens_and_closes_is_closed() {
    let mut lot = NamedRecord::default();
    let words = [(closed(), 1), (open("东门"), 2), (closed(), 3)];
    let effects = words.map(|(word, minute)| lot.absorb(&said(word, minute, minute)));
    assert_eq!(effects, [Effect::New, Effect::Amended, Effect::Duplicate]);
    assert_eq!(lot.current().unwrap().content, closed());
}

#[test]
fn a_word_that_comes_late_changes_nothing() {
    let mut lot = NamedRecord::default();
    lot.absorb(&said(open("新名"), 5, 5));
    lot.absorb(&said(open("旧名"), 2, 6));
    assert_eq!(lot.current().unwrap().content, open("新名"));
}

#[test]
fn a_clock_that_runs_ahead_does_not_pin_its_word() {
    let mut lot = NamedRecord::default();
    lot.absorb(&said(open("昨日"), 24 * 60, 1));
    lot.absorb(&said(open("今日"), 2, 2));
    assert_eq!(lot.current().unwrap().content, open("今日"));
}

#[test]
fn a_list_that_says_something_else_the_second_time_is_found() {
    let cars = |plate: &str| {
        let plates = Plate::read(plate).into_iter().collect();
        Report::CarsInside(CarsInside { lot: "L1".into(), at: at(0), plates })
    };
    let key = NamedRecordKey::of(&cars("浙E12345")).unwrap();
    let mut list = NamedRecord::default();
    list.absorb(&said(cars("浙E12345"), 1, 1));
    assert!(list.findings(&key).is_empty());
    list.absorb(&said(cars("浙E54321"), 2, 2));
    assert_eq!(list.findings(&key)[0].kind, FindingKind::AmendedReport);
}

#[test]
fn what_a_list_said_first_stays_however_often_it_is_said_otherwise() {
    let list = |cars: String| {
        Report::CarsInside(CarsInside {
            lot: "L1".into(),
            at: at(0),
            plates: vec![Plate::read(&cars).unwrap()],
        })
    };
    let words: Vec<_> = (0..40).map(|i| said(list(format!("浙E{:05}", 10_000 + i)), i, i)).collect();
    let whole = |words: &mut dyn Iterator<Item = &Statement>| {
        let mut document = NamedRecord::default();
        words.for_each(|word| {
            document.absorb(word);
        });
        document
    };
    let document = whole(&mut words.iter());
    assert_eq!(document.first().unwrap().content, words[0].report);
    assert_eq!(document.current().unwrap().content, words[39].report);
    let key = NamedRecordKey::of(&words[0].report).unwrap();
    let found = document.findings(&key);
    let details: Vec<_> = found.iter().map(|found| chinese(found.kind, &found.facts)).collect();
    assert_eq!(details, ["以不同内容上报了 40 次，以最新一次为准"]);
    // In any order, and told again.
    assert_eq!(whole(&mut words.iter().rev()), document);
    assert_eq!(whole(&mut words.iter().chain(words.iter().step_by(3))), document);
    let json = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<NamedRecord>(&json).unwrap(), document);
}
