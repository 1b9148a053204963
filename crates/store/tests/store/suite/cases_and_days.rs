//! Cases, and what lots have of a day.

use super::people::entry as audited;
use super::speech::*;
use super::whole;
use bowei_model::{Direction, FindingKind, LotCode, Passage, PhotoRole, Report};
use bowei_store::{
    CASE_DOC_MAX, CASE_NEW, CaseOrder, CaseQuery, CaseRow, Change, ConditionRow, DECLARATIONS_MAX,
    DayRecordKind, DayRecordQuery, DeclarationRow, Store, StoreError, record_set,
};
use std::sync::Arc;

type Kept = Arc<dyn Store>;

const DAY: u32 = 20_260_401;

pub(crate) fn condition(id: &str, lot: Option<&str>, last: i64) -> ConditionRow {
    ConditionRow {
        id: id.to_owned(),
        lot: lot.map(LotCode::from),
        rule: "late-report".to_owned(),
        cause: "gate\0".to_owned(),
        ordinal: 1,
        parent: None,
        provider: Some("p".into()),
        district: "330502".to_owned(),
        vendor: "软件商".to_owned(),
        condition: "holds".to_owned(),
        inhibited: false,
        count: 3,
        first_at: at(0),
        last_at: at(last),
        opened_at: at(1),
        condition_doc: "{}".to_owned(),
    }
}

pub(crate) fn handled(case: &CaseRow, state: &str) -> CaseRow {
    CaseRow { state: state.to_owned(), ..case.clone() }
}

fn change(case: &CaseRow) -> Vec<Change> {
    vec![Change::Case(Box::new(case.clone()))]
}

pub(crate) async fn one(store: &dyn Store, id: &str) -> CaseRow {
    store.cases_named(vec![id.to_owned(), "nobody".to_owned()]).await.unwrap().pop().unwrap()
}

pub(crate) async fn a_cases_condition_and_its_handling_leave_each_other_alone(store: Kept) {
    store
        .write_conditions(vec![condition("a", Some("L1"), 5), condition("b", Some("L1"), 6)], vec![])
        .await
        .unwrap();
    let new = one(&*store, "a").await;
    let begun = CaseRow {
        condition: condition("a", Some("L1"), 5),
        state: CASE_NEW.to_owned(),
        assignee: None,
        due_at: None,
        paused_until: None,
        order_id: None,
        doc: "{}".to_owned(),
        revision: 1,
    };
    assert_eq!(new, begun);
    // Somebody takes it, and what he knows of its condition is not written.
    let taken = CaseRow {
        condition: ConditionRow { count: 99, condition: "quiet".to_owned(), ..new.condition.clone() },
        assignee: Some("zhang".to_owned()),
        due_at: Some(at(900)),
        paused_until: Some(at(800)),
        order_id: Some("o1".to_owned()),
        doc: r#"{"comments":["a\u0000"]}"#.to_owned(),
        ..handled(&new, "filed")
    };
    store.administer(change(&taken), vec![audited("case.file", "")]).await.unwrap();
    let expected = CaseRow { condition: new.condition.clone(), revision: 2, ..taken.clone() };
    assert_eq!(one(&*store, "a").await, expected);
    // Its condition changes, and its handling stays; so does when it was opened, and which of its kind it is.
    let more = ConditionRow {
        count: 10,
        parent: Some("b".to_owned()),
        inhibited: true,
        ..condition("a", Some("L1"), 50)
    };
    let written = ConditionRow { ordinal: 7, opened_at: at(40), ..more.clone() };
    store.write_conditions(vec![written.clone(), written], vec![]).await.unwrap();
    assert_eq!(one(&*store, "a").await, CaseRow { condition: more, ..expected });
    assert_eq!(
        store.case_children(vec!["b".to_owned(), "a".to_owned()]).await.unwrap(),
        [("b".to_owned(), 1)]
    );
    // Whoever worked from an older revision is told so, and a bulk of changes is done whole or not at all.
    let other = one(&*store, "b").await;
    let outdated =
        store.administer([change(&handled(&other, "closed")), change(&taken)].concat(), vec![]).await;
    assert!(matches!(outdated, Err(StoreError::Outdated { based_on: 1, found: 2 })), "{outdated:?}");
    assert_eq!(one(&*store, "b").await.state, CASE_NEW);
    let large = CaseRow { doc: "x".repeat(CASE_DOC_MAX + 1), ..other.clone() };
    let nobody = CaseRow { condition: condition("c", None, 1), ..other };
    for (refused, words) in [(large, "the most"), (nobody, "there is no case")] {
        let refused = store.administer(change(&refused), vec![audited("case.file", "")]).await;
        assert!(matches!(&refused, Err(StoreError::Conflict(why)) if why.contains(words)), "{refused:?}");
    }
}

pub(crate) async fn cases_are_listed_and_counted_by_what_is_asked_for(store: Kept) {
    let rows = [
        condition("a", Some("L1"), 1),
        ConditionRow { rule: "odd-plate".to_owned(), count: 9, ..condition("b", Some("L1"), 2) },
        ConditionRow {
            district: "330503".to_owned(),
            provider: None,
            vendor: String::new(),
            ..condition("c", Some("L2"), 3)
        },
        ConditionRow {
            condition: "quiet".to_owned(),
            inhibited: true,
            parent: Some("e".to_owned()),
            ..condition("d", Some("L3"), 3)
        },
        ConditionRow { count: 5, provider: None, district: String::new(), ..condition("e", None, 4) },
    ];
    store.write_conditions(rows.to_vec(), vec![]).await.unwrap();
    let filed = CaseRow {
        assignee: Some("zhang".to_owned()),
        due_at: Some(at(9)),
        ..handled(&one(&*store, "b").await, "filed")
    };
    let paused = CaseRow { paused_until: Some(at(20)), due_at: Some(at(8)), ..one(&*store, "c").await };
    store.administer([change(&filed), change(&paused)].concat(), vec![]).await.unwrap();
    let all = CaseQuery { now: at(10), limit: 2, ..CaseQuery::default() };
    let text = |words: &str| Some(words.to_owned());
    let questions = [
        (all.clone(), vec!["e", "d", "c", "b", "a"]),
        (CaseQuery { order: CaseOrder::Count, ..all.clone() }, vec!["b", "e", "d", "c", "a"]),
        (CaseQuery { order: CaseOrder::DueAt, ..all.clone() }, vec!["c", "b", "a", "d", "e"]),
        (CaseQuery { states: vec!["filed".to_owned(), "x".to_owned()], ..all.clone() }, vec!["b"]),
        (CaseQuery { rules: vec!["late-report".to_owned()], ..all.clone() }, vec!["e", "d", "c", "a"]),
        (CaseQuery { lots: Some(vec!["L1".into(), "L3".into()]), ..all.clone() }, vec!["d", "b", "a"]),
        (CaseQuery { lots: Some(vec![]), ..all.clone() }, vec![]),
        (CaseQuery { provider: Some("p".into()), ..all.clone() }, vec!["d", "b", "a"]),
        (CaseQuery { district: text("3305"), ..all.clone() }, vec!["d", "c", "b", "a"]),
        (CaseQuery { district: text("330503"), ..all.clone() }, vec!["c"]),
        (CaseQuery { vendor: text("软件商"), ..all.clone() }, vec!["e", "d", "b", "a"]),
        (CaseQuery { assignee: text("zhang"), ..all.clone() }, vec!["b"]),
        (CaseQuery { condition: text("quiet"), ..all.clone() }, vec!["d"]),
        (CaseQuery { inhibited: Some(false), ..all.clone() }, vec!["e", "c", "b", "a"]),
        (CaseQuery { parent: text("e"), ..all.clone() }, vec!["d"]),
        (CaseQuery { paused: Some(true), ..all.clone() }, vec!["c"]),
        (CaseQuery { paused: Some(true), now: at(20), ..all.clone() }, vec![]),
        (CaseQuery { paused: Some(false), ..all.clone() }, vec!["e", "d", "b", "a"]),
        (CaseQuery { from: Some(at(2)), to: Some(at(4)), ..all.clone() }, vec!["d", "c", "b"]),
    ];
    for (query, expected) in questions {
        let listed = whole(|cursor| store.cases(CaseQuery { cursor, ..query.clone() })).await;
        let ids: Vec<_> = listed.iter().map(|case| case.condition.id.as_str()).collect();
        assert_eq!(ids, expected, "{query:?}");
        let counts = store.cases_count(query.clone()).await.unwrap();
        assert_eq!(counts.total, expected.len() as u64, "{query:?}");
    }
    let counts = store.cases_count(all).await.unwrap();
    let of =
        |counts: &[(&str, u64)]| counts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(counts.by_state, of(&[("filed", 1), ("new", 4)]));
    assert_eq!(counts.by_rule, of(&[("late-report", 4), ("odd-plate", 1)]));
    let of = vec![
        (Some("L1".into()), FindingKind::LateReport),
        (None, FindingKind::LateReport),
        (Some("L2".into()), FindingKind::OddPlate),
    ];
    let found = store.cases_of(of).await.unwrap();
    assert_eq!(found.iter().map(|case| case.condition.id.as_str()).collect::<Vec<_>>(), ["a", "e"]);
}

pub(crate) async fn a_days_records_are_those_whose_moments_lie_in_it(store: Kept) {
    let lot = LotCode::from("L1");
    let of = |record: &str, direction, minute| passage("L1", record, direction, minute);
    let (entry, exit) = (Direction::Entry, Direction::Exit);
    let passages = [
        of("b", entry, 0),
        of("a", entry, 1),
        of("a", exit, 10),
        of("yesterday's", entry, -1_440),
        of("yesterday's", exit, 5),
        of("tomorrow's", entry, 20),
        of("tomorrow's", exit, 1_440),
        // A clock that was set back: out before it came in.
        of("backwards", entry, 60),
        of("backwards", exit, 30),
    ];
    // An exit that tells when the car came in is no entry.
    let told_entry = Passage { entered_at: Some(at(2)), ..of("alone", exit, 40) };
    keep(&*store, passages.iter().chain([&told_entry]).map(told)).await;
    keep(&*store, [1, 2].map(|picture| said(Report::Photo(photo("L1", "a", picture)), 3))).await;
    let picture = bowei_model::Photo { role: PhotoRole::Exit, ..photo("L1", "tomorrow's", 3) };
    keep(
        &*store,
        [said(Report::Photo(picture), 3), said(Report::ChargingRecord(charge("L1", "O\n1", 0, 30)), 31)],
    )
    .await;
    let list = async |kind, limit| {
        whole(|cursor| store.day_records(DayRecordQuery { lot: lot.clone(), day: DAY, kind, limit, cursor }))
            .await
    };
    let expected = [
        (DayRecordKind::Entries, vec!["a", "b", "backwards", "tomorrow's"]),
        (DayRecordKind::Exits, vec!["a", "alone", "backwards", "yesterday's"]),
        (DayRecordKind::Photos, vec!["a", "a"]),
        (DayRecordKind::Charges, vec!["O\n1"]),
    ];
    let summary = store.day_summary(&lot, DAY).await.unwrap();
    let sets = [&summary.entries, &summary.exits, &summary.photos, &summary.charges];
    for ((kind, ids), set) in expected.into_iter().zip(sets) {
        assert_eq!(list(kind, 1).await, ids, "{kind:?}");
        assert_eq!(*set, record_set(&list(kind, 99).await), "{kind:?}");
    }
}

pub(crate) async fn the_first_and_the_last_declarations_of_a_day_are_kept(store: Kept) {
    let lot = LotCode::from("L1");
    let declaration = |minute: i64, ids: &[&str]| DeclarationRow {
        received_at: at(minute),
        entries: ids.iter().map(|id| (*id).to_owned()).collect(),
        exits: vec![],
        photos: 1,
        charges: 0,
    };
    assert!(store.declare_day(&lot, DAY, declaration(0, &["b", "a", "b"])).await.unwrap());
    assert!(!store.declare_day(&lot, DAY, declaration(1, &["a", "b"])).await.unwrap(), "the same");
    assert_eq!(store.declarations(&lot, DAY).await.unwrap(), [declaration(0, &["a", "b"])]);
    assert_eq!(store.dirty_days(9).await.unwrap().len(), 1);
    for minute in 2..40 {
        let id = format!("{minute}\0");
        assert!(store.declare_day(&lot, DAY, declaration(minute, &[&id])).await.unwrap());
    }
    let kept = store.declarations(&lot, DAY).await.unwrap();
    let received: Vec<_> = kept.iter().map(|row| row.received_at).collect();
    let last = 40 - i64::try_from(DECLARATIONS_MAX).unwrap() + 1;
    assert_eq!(received, [0].into_iter().chain(last..40).map(at).collect::<Vec<_>>());
    assert_eq!(store.day_evidence(&lot, DAY).await.unwrap().declarations, kept);
    assert!(store.declare_day(&lot, 20_261_301, declaration(0, &[])).await.is_err());
}
