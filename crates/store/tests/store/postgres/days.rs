//! Partitions by day: where rows lie is nobody's business but the engine's.

use super::{database, open};
use crate::suite::speech::*;
use bowei_model::Report;
use bowei_store::{Commit, Counts, Findings, SessionQuery, Sessions, Upkeep};
use bowei_test_servers::Postgres;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

fn rows(url: &str, table: &str) -> String {
    Postgres::shared().sql(url, &format!("SELECT count(*) FROM {table}")).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_before_its_day_was_made_moves_there() {
    let url = database().await;
    let store = open(&url).await;
    keep(&store, [told(&entry("L1", "R1", 0)), said(Report::Photo(photo("L1", "R1", 1)), 1)]).await;
    assert_eq!((rows(&url, "ledger_other"), rows(&url, "sessions_other")), ("2".into(), "1".into()));
    store.prepare_days(at(0)).await.unwrap();
    for table in ["ledger", "sessions", "photo_refs"] {
        assert_eq!(rows(&url, &format!("{table}_other")), "0", "{table}");
        assert_ne!(rows(&url, &format!("{table}_20260401")), "0", "{table}");
    }
    keep(&store, [told(&exit("L1", "R1", 30))]).await;
    assert_eq!(rows(&url, "sessions_20260401"), "1");
    assert!(!store.session(&"L1".into(), "R1").await.unwrap().unwrap().is_open());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_whose_beginning_turns_out_to_be_another_day_moves_there() {
    let url = database().await;
    let store = open(&url).await;
    store.prepare_days(at(0)).await.unwrap();
    // Known by its exit alone it stands where that was; its entry the day before comes late.
    keep(&store, [told(&exit("L1", "R1", 0))]).await;
    assert_eq!(rows(&url, "sessions_20260401"), "1");
    let late = entry("L1", "R1", -24 * 60);
    keep(&store, [bowei_model::Statement { received_at: at(5), ..told(&late) }]).await;
    assert_eq!((rows(&url, "sessions_20260331"), rows(&url, "sessions_20260401")), ("1".into(), "0".into()));
    let session = store.session(&"L1".into(), "R1").await.unwrap().unwrap();
    assert_eq!(session.minutes(), Some(24 * 60));
    assert_eq!(rows(&url, "session_keys"), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_no_index_and_no_text_column_takes_are_kept() {
    let url = database().await;
    let store = open(&url).await;
    let long = "牌".repeat(5_000);
    let mut odd = told(&entry("L1", "R\0\u{F8FE}1", 0));
    odd.doubts = vec![doubt(bowei_model::FindingKind::OddPlate, &format!("{long}\0"))];
    keep(&store, [odd]).await;
    let session = store.session(&"L1".into(), "R\0\u{F8FE}1").await.unwrap().unwrap();
    assert_eq!(session.record_id.as_str(), "R\0\u{F8FE}1");
    let findings =
        store.findings(bowei_store::FindingQuery { limit: 9, ..Default::default() }).await.unwrap();
    let found = &findings.items[0];
    assert_eq!(bowei_model::words::chinese(found.kind, &found.facts), format!("{long}\0"));
    assert_eq!(findings.items[0].record_id.as_deref(), Some("R\0\u{F8FE}1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_days_need_no_more_locks_than_few() {
    // A server that has room for some two thousand locks: a statement that touched every day would take a thousand.
    let server = Postgres::options().setting("max_connections", "30").start().unwrap();
    let url = server.create_database();
    let stores = [Arc::new(open(&url).await), Arc::new(open(&url).await)];
    for nine_days in 0..14 {
        stores[0].prepare_days(at(nine_days * 9 * 24 * 60)).await.unwrap();
    }
    let mut working = JoinSet::new();
    // As many at once as have connections: it is locks that run out here, if anything does.
    let at_once = Arc::new(Semaphore::new(16));
    for car in 0..120i64 {
        let (store, at_once) = (Arc::clone(&stores[car as usize % 2]), Arc::clone(&at_once));
        working.spawn(async move {
            let _at_once = at_once.acquire_owned().await.unwrap();
            let (lot, record, day) = (format!("L{}", car % 5), format!("R{car}"), car * 24 * 60);
            let came = entry(&lot, &record, day);
            store.commit(delivery([told(&came)])).await.unwrap();
            store.commit(delivery([told(&exit(&lot, &record, day + 30))])).await.unwrap();
            let counted = said(Report::SpaceCount(count(&lot, day, car)), day);
            store.commit(delivery([counted.clone(), counted])).await.unwrap();
            // A plate that comes every day, and a curve over all of them.
            let query =
                SessionQuery { plate: Some("浙E12345".to_owned()), limit: 1_000, ..Default::default() };
            assert!(!store.sessions(query).await.unwrap().items.is_empty());
            store.counts(&lot.as_str().into(), at(0), at(130 * 24 * 60), 100).await.unwrap();
        });
    }
    while let Some(done) = working.join_next().await {
        done.unwrap();
    }
    let query = SessionQuery { limit: 1_000, ..Default::default() };
    let sessions = stores[1].sessions(query).await.unwrap().items;
    assert_eq!(sessions.len(), 120);
    assert!(sessions.is_sorted_by(|a, b| a.entered_at() >= b.entered_at()));
    assert!(sessions.iter().all(|session| session.minutes() == Some(30)));
}
