//! What supervision goes by moves along.

use super::{differences, embedded, moment};
use crate::postgres::{database, open};
use crate::suite::cases_and_days::{condition, handled, one};
use crate::suite::people::entry as audited;
use crate::suite::speech::*;
use crate::suite::supervision::{all_findings, evaluation, found, tallies_are_of_findings};
use crate::suite::whole;
use bowei_model::supervision::Minutes;
use bowei_model::{FindingKind, LotCode};
use bowei_store::postgres::PostgresEnd;
use bowei_store::transfer::{
    Migration, NoProgress, back_up_database, back_up_folder, copy, migrate, restore_database, restore_folder,
};
use bowei_store::{
    CaseQuery, CaseRow, Change, ConditionRow, DeclarationRow, EvaluationRow, HEARD_PLATFORM, PassageHour,
    RatePeriod, RateQuery, Store, heard_lot,
};

const DAY: u32 = 20_260_401;
const LOT: &str = "L\0";

/// After the other, however an engine writes a NUL.
const OTHER: &str = "M";

/// Two evaluated days, declarations, cases of which somebody has one, and signs of life; with words that a column does not
/// take as they are.
async fn supervised(store: &dyn Store) {
    keep(store, [told(&exit(LOT, "R1", 0)), told(&exit(OTHER, "R1", 24 * 60))]).await;
    keep(store, [said(bowei_model::Report::Passage(exit(OTHER, "R2", 0)), 24 * 60)]).await;
    store.mark_heard(HEARD_PLATFORM, at(7)).await.unwrap();
    let (hour, _) = Minutes::hour_and_bit(at(0));
    for (day, at_close) in [(DAY, Some(r#"{"rates":{"online":[2,4]}}"#.to_owned())), (DAY + 1, None)] {
        let passages = vec![PassageHour { hour: hour + i64::from(day - DAY) * 24, entries: 3, exits: 1 }];
        let finding = bowei_model::Finding { which: format!("day {day}"), ..found(LOT, "A\0", 10) };
        let row = EvaluationRow { at_close, passages, ..evaluation(LOT, day, vec![finding], None) };
        store.write_evaluation(row).await.unwrap();
    }
    let declaration = DeclarationRow {
        received_at: at(50),
        entries: vec!["A\0".to_owned()],
        exits: vec![],
        photos: 1,
        charges: 2,
    };
    assert!(store.declare_day(&LOT.into(), DAY, declaration).await.unwrap());
    let vendor = ConditionRow { vendor: "商\0".to_owned(), ..condition("a\0", Some(LOT), 5) };
    let above = ConditionRow { provider: None, inhibited: true, ..condition("b", None, 6) };
    let under = ConditionRow { parent: Some("b".to_owned()), ..condition("c", Some(OTHER), 7) };
    store.write_conditions(vec![vendor, above, under], vec![]).await.unwrap();
    let taken = CaseRow {
        assignee: Some("zhang\0".to_owned()),
        due_at: Some(at(900)),
        paused_until: Some(at(800)),
        order_id: Some("o1".to_owned()),
        doc: r#"{"comments":["a\u0000"]}"#.to_owned(),
        ..handled(&one(store, "a\0").await, "filed")
    };
    let change = vec![Change::Case(Box::new(taken))];
    store.administer(change, vec![audited("case.file", "")]).await.unwrap();
}

/// Everything of it, in words; the tallies are those of the findings.
async fn all(store: &dyn Store) -> String {
    tallies_are_of_findings(store).await;
    let cases =
        whole(|cursor| store.cases(CaseQuery { limit: 2, cursor, now: at(0), ..CaseQuery::default() })).await;
    let (changed, dirty) = (store.changed_findings(99).await.unwrap(), store.dirty_days(99).await.unwrap());
    assert_eq!((cases.len(), changed.len(), dirty.len()), (3, 3, 2), "{changed:?} {dirty:?}");
    let mut rates = Vec::new();
    for by in [RatePeriod::Day, RatePeriod::Month] {
        let query = RateQuery { by, from: 0, to: DAY + 1, limit: 9, ..RateQuery::default() };
        rates.push(store.rates(query).await.unwrap().items);
    }
    assert_eq!(rates.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    let lot = LotCode::from(LOT);
    let day = store.day_evidence(&lot, DAY + 1).await.unwrap();
    assert_eq!(day.passage_hours.len(), 1);
    let declarations = store.declarations(&lot, DAY).await.unwrap();
    assert_eq!(declarations.len(), 1);
    let (hour, _) = Minutes::hour_and_bit(at(0));
    let subjects = vec![HEARD_PLATFORM.to_owned(), heard_lot(&lot), heard_lot(&OTHER.into())];
    let heard = store.heard(subjects, hour, hour + 48).await.unwrap();
    assert_eq!(heard.len(), 3, "{heard:?}");
    format!("{cases:?} {changed:?} {dirty:?} {rates:?} {day:?} {declarations:?} {heard:?}")
}

/// A day is evaluated anew, and a case handled, where they came to.
async fn goes_on(store: &dyn Store) {
    let before = all_findings(store).await.len();
    let kinds = store.write_evaluation(evaluation(LOT, DAY, vec![], None)).await.unwrap();
    assert_eq!(kinds, [FindingKind::OddPlate]);
    assert_eq!(all_findings(store).await.len(), before - 1, "the day's findings are known as its own");
    tallies_are_of_findings(store).await;
    let closed = handled(&one(store, "a\0").await, "closed");
    let change = vec![Change::Case(Box::new(closed))];
    store.administer(change, vec![audited("case.close", "")]).await.unwrap();
    assert_eq!(one(store, "a\0").await.revision, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn supervision_moves_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (store, url) = (embedded(dir.path()), database().await);
    // A transfer that was begun before there was any of it.
    let there = PostgresEnd::open(&url).await.unwrap();
    copy(&moment(&store, dir.path()).await, &there, &NoProgress).await.unwrap();
    supervised(&store).await;
    let kept = all(&store).await;
    let here = moment(&store, dir.path()).await;
    copy(&here, &there, &NoProgress).await.unwrap();
    assert_eq!(differences(&here, &there).await, Vec::<String>::new());
    drop((here, there));
    migrate(&Migration { data: dir.path(), database: &url, photos: None, name: b"here" }, &NoProgress)
        .await
        .unwrap();
    let moved = open(&url).await;
    assert_eq!(all(&moved).await, kept);
    // And back, by a copy of each engine.
    let (folder, back) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    back_up_database(&url, folder.path(), &NoProgress).await.unwrap();
    restore_folder(folder.path(), back.path(), &NoProgress).await.unwrap();
    let back_again = embedded(back.path());
    assert_eq!(all(&back_again).await, kept);
    let (again, other) = (tempfile::tempdir().unwrap(), database().await);
    back_up_folder(back.path(), again.path()).await.unwrap();
    restore_database(again.path(), &other, &NoProgress).await.unwrap();
    let restored = open(&other).await;
    assert_eq!(all(&restored).await, kept);
    for store in [&moved as &dyn Store, &back_again, &restored] {
        goes_on(store).await;
    }
}
