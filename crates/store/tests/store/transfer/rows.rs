//! Rows from end to end: everything, only what changed, and nothing that is wrong.

use super::{differences, embedded, moment, replaced};
use crate::postgres::differential::{anything, everything};
use crate::postgres::{database, open};
use crate::suite::inspector::ROOMY;
use crate::suite::order::deliveries;
use crate::suite::speech::*;
use bowei_model::{FindingKind, Report};
use bowei_store::postgres::PostgresEnd;
use bowei_store::sqlite::SqliteEnd;
use bowei_store::transfer::{NoProgress, copy};
use bowei_store::{
    Change, Commit, Jobs, ProviderRow, RefusedMessage, RegistryChange, RegistryStore, Sessions, Store,
};
use bowei_test_servers::Postgres;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[test]
fn a_city_that_goes_there_and_back_is_the_same() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(16) });
    let strategy = (
        proptest::collection::vec(anything(), 1..60),
        proptest::collection::vec(anything(), 0..6),
        proptest::collection::vec(1..6usize, 70),
    );
    let outcome = runner.run(&strategy, |(before, after, sizes)| {
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let store = embedded(dir.path());
            let url = database().await;
            for delivery in deliveries(&before, &sizes) {
                store.commit(delivery).await.unwrap();
            }
            let there = PostgresEnd::open(&url).await.unwrap();
            let here = moment(&store, dir.path()).await;
            copy(&here, &there, &NoProgress).await.unwrap();
            let again = copy(&here, &there, &NoProgress).await.unwrap();
            prop_assert_eq!(replaced(&again), vec![], "nothing has changed");
            // Some more comes, and only that is copied.
            for delivery in deliveries(&after, &sizes) {
                store.commit(delivery).await.unwrap();
            }
            let here = moment(&store, dir.path()).await;
            let tables = copy(&here, &there, &NoProgress).await.unwrap();
            for table in &tables {
                prop_assert_eq!(table.source, table.destination);
            }
            let moved = open(&url).await;
            // And back.
            let back = tempfile::tempdir().unwrap();
            let path = back.path().join("bowei.db");
            let filled = SqliteEnd::empty(&path).unwrap();
            copy(&PostgresEnd::moment(&url).await.unwrap(), &filled, &NoProgress).await.unwrap();
            filled.finish().unwrap();
            let back_again = embedded(back.path());
            let all = everything(&store).await;
            for other in [everything(&moved).await, everything(&back_again).await] {
                for ((what, one), (_, other)) in all.iter().zip(&other) {
                    prop_assert_eq!(one, other, "{}", what);
                }
            }
            // What comes after goes on in all three alike.
            for delivery in deliveries(&after, &sizes) {
                let one = store.commit(delivery.clone()).await.unwrap();
                let two = moved.commit(delivery.clone()).await.unwrap();
                let three = back_again.commit(delivery).await.unwrap();
                prop_assert_eq!(&one.effects, &two.effects);
                prop_assert_eq!(&one.lots, &two.lots);
                prop_assert_eq!(&one.lots, &three.lots);
            }
            Ok(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Words that an index, a text column or a day does not take as they are.
async fn odd_things(store: &dyn Store) {
    let mut odd = told(&entry("L\u{F8FE}1", "R\0\u{F8FE}1", 0));
    odd.doubts = vec![doubt(FindingKind::OddPlate, &format!("{}\0", "牌".repeat(3_000)))];
    let photo_alone = said(Report::Photo(photo("L2", "R9", 3)), 4);
    let long_ago = told(&entry("L2", "R8", -60 * 24 * 365 * 30));
    keep(store, [odd, photo_alone, long_ago, told(&entry("L2", "R7", 1)), told(&exit("L2", "R7", 30))]).await;
    store
        .change_registry(RegistryChange {
            providers: vec![ProviderRow {
                code: "p\0".into(),
                name: "名\0".into(),
                contact: None,
                details: Default::default(),
            }],
            history: vec![crate::suite::registry::told("provider:p\0", 1)],
            ..RegistryChange::default()
        })
        .await
        .unwrap();
    let registration = Box::new(crate::suite::office::record("r\0", 1));
    store.administer(vec![Change::Office(registration)], vec![]).await.unwrap();
    let refused = RefusedMessage {
        at: at(3),
        standard: "huzhou".into(),
        path: "/api".into(),
        account: None,
        provider: None,
        claimed: true,
        lot: Some("L\0".into()),
        record_id: None,
        code: "1\0".into(),
        message: "no".into(),
        field: None,
        expected: String::new(),
        received: None,
        steps: "[]".into(),
        read_as: None,
    };
    store.note_refusal(refused, ROOMY);
    store.mark_once("key", vec![0, 1, 2]).await.unwrap();
    store.flush().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_words_absurd_days_and_photos_alone_travel_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = embedded(dir.path());
    odd_things(&store).await;
    let url = database().await;
    let there = PostgresEnd::open(&url).await.unwrap();
    let here = moment(&store, dir.path()).await;
    copy(&here, &there, &NoProgress).await.unwrap();
    assert_eq!(differences(&here, &there).await, Vec::<String>::new());
    let moved = open(&url).await;
    let session = moved.session(&"L\u{F8FE}1".into(), "R\0\u{F8FE}1").await.unwrap().unwrap();
    assert_eq!(session.record_id.as_str(), "R\0\u{F8FE}1");
    assert_eq!(moved.registry().await.unwrap().providers[0].name, "名\0");
    assert_eq!(moved.mark_once("key", vec![9]).await.unwrap(), [0, 1, 2]);
    let rows = |table: &str| Postgres::shared().sql(&url, &format!("SELECT count(*) FROM {table}"));
    // The entry of thirty years ago has no day of its own; the ledger goes by the platform's clock.
    assert_eq!(
        (rows("sessions_other"), rows("sessions_20260401"), rows("session_keys")),
        ("1".into(), "3".into(), "4".into())
    );
    // Numbers go on after those that came.
    keep(&moved, [told(&exit("L\u{F8FE}1", "R\0\u{F8FE}1", 50))]).await;
    let ledger = Postgres::shared().sql(&url, "SELECT count(*), count(DISTINCT seq) FROM ledger");
    assert_eq!(ledger, "6|6");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_changed_is_copied_and_what_is_corrupted_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = embedded(dir.path());
    for lot in ["L1", "L2", "L3"] {
        keep(&store, [told(&entry(lot, "R1", 0)), told(&entry(lot, "R2", 24 * 60))]).await;
    }
    let url = database().await;
    let there = PostgresEnd::open(&url).await.unwrap();
    copy(&moment(&store, dir.path()).await, &there, &NoProgress).await.unwrap();
    keep(&store, [told(&exit("L2", "R2", 24 * 60 + 5))]).await;
    let here = moment(&store, dir.path()).await;
    let copied = copy(&here, &there, &NoProgress).await.unwrap();
    let units =
        [("tallies", 1), ("heard", 1), ("lot_states", 1), ("sessions", 1), ("passages", 1), ("ledger", 1)];
    let changed: Vec<_> =
        replaced(&copied).into_iter().filter(|(table, _)| *table != "accounts_heard").collect();
    assert_eq!(changed, units, "one lot's one day of each table");
    // A bit turns over, a row goes, one comes, a key leads nowhere.
    let sql = |sql: &str| Postgres::shared().sql(&url, sql);
    sql("UPDATE sessions SET doc = replace(doc, '东门', '西门') WHERE lot = 'L1' AND record_id = 'R1'");
    sql(
        "DELETE FROM ledger WHERE lot = 'L3' AND received_at = (SELECT min(received_at) FROM ledger WHERE lot = 'L3')",
    );
    sql("INSERT INTO legs VALUES ('L9', '', 5, true, 'x', 'y')");
    sql("UPDATE session_keys SET stands_at = 7 WHERE lot = 'L2' AND record_id = 'R1'");
    let found = differences(&here, &there).await;
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().any(|words| words.contains("sessions of lot L1 on 20260401")), "{found:?}");
    assert!(found.iter().any(|words| words.contains("legs of lot L9: 0 rows at the source, 1")), "{found:?}");
    let mended = copy(&here, &there, &NoProgress).await.unwrap();
    assert_eq!(replaced(&mended), [("legs", 1), ("sessions", 2), ("ledger", 1)]);
    assert_eq!(differences(&here, &there).await, Vec::<String>::new());
    assert!(open(&url).await.session(&"L2".into(), "R1").await.unwrap().is_some());
}
