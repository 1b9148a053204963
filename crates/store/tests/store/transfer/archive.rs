//! Old days go into files, and what goes on does not.

use crate::postgres::{database, open};
use crate::suite::speech::*;
use bowei_model::Report;
use bowei_store::postgres::{Archive, Archived, PostgresEnd, archive};
use bowei_store::transfer::{
    Column, Kind, NoProgress, Row, Rows, Slice, Table, Value, read_parquet, table, write_parquet,
};
use bowei_store::{LotStates, SessionQuery, Sessions, ShownPhotos, Upkeep};
use bowei_test_servers::Postgres;
use std::path::Path;

const NEXT_DAY: u32 = 20_260_402;

async fn all(mut pages: bowei_store::transfer::Pages) -> Vec<Row> {
    let mut rows = Vec::new();
    while let Some(page) = pages.recv().await {
        rows.extend(page.unwrap());
    }
    rows.sort_by_key(|row| format!("{row:?}"));
    rows
}

/// Two cars that left, one that is inside, and one that came before its day was made.
async fn a_day(url: &str) -> bowei_store::PostgresStore {
    let store = open(url).await;
    keep(&store, [told(&entry("L1", "early", -24 * 60)), told(&exit("L1", "early", -24 * 60 + 5))]).await;
    store.prepare_days(at(2 * 24 * 60)).await.unwrap();
    for record in ["R1", "R\0\u{F8FE}2"] {
        keep(&store, [told(&entry("L1", record, 0)), told(&exit("L1", record, 30))]).await;
    }
    let mut odd = told(&entry("L1", "inside", 1));
    odd.doubts = vec![doubt(bowei_model::FindingKind::OddPlate, "odd\0")];
    keep(&store, [odd, said(Report::Photo(photo("L1", "inside", 1)), 2)]).await;
    keep(&store, [said(Report::SpaceCount(count("L1", 3, 40)), 3), told(&entry("L1", "today", 24 * 60))])
        .await;
    store
}

async fn weeks_later(url: &str, folder: &Path, drop: bool) -> bowei_store::Result<Vec<Archived>> {
    let now = at(20 * 24 * 60);
    archive(Archive { database: url, before: NEXT_DAY, folder, drop, now }, &NoProgress).await
}

async fn put_away(url: &str, folder: &Path, drop: bool) -> Vec<(&'static str, u32, u64)> {
    let done = weeks_later(url, folder, drop).await.unwrap();
    done.iter().map(|part| (part.table, part.day, part.rows)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_is_put_away_and_reads_back_and_what_is_open_stays() {
    let (url, folder) = (database().await, tempfile::tempdir().unwrap());
    let store = a_day(&url).await;
    let rows = |sql: &str| Postgres::shared().sql(&url, sql);
    let ledger = table("ledger").unwrap();
    let end = PostgresEnd::open(&url).await.unwrap();
    let before = all(end.read(ledger, Slice::Day(20_260_401)).await.unwrap()).await;
    // Without being told to, nothing goes.
    let kept = put_away(&url, folder.path(), false).await;
    assert!(kept.contains(&("ledger", 20_260_401, 7)), "{kept:?}");
    assert!(kept.contains(&("sessions", 20_260_401, 2)), "{kept:?}");
    assert!(kept.contains(&("sessions", 20_260_331, 1)), "{kept:?}");
    let file = folder.path().join("ledger/20260401.parquet");
    assert_eq!(all(read_parquet(&file, ledger).unwrap()).await, before);
    assert_eq!(rows("SELECT count(*) FROM ledger"), "10");
    // Done again with dropping: the same files, and the rows go.
    assert_eq!(put_away(&url, folder.path(), true).await, kept);
    assert_eq!(rows("SELECT count(*) FROM ledger"), "1");
    assert_eq!(rows("SELECT to_regclass('ledger_20260401') IS NULL"), "t");
    assert_eq!(rows("SELECT count(*) FROM session_keys"), "2", "of the open one and of today's");
    assert_eq!(std::fs::read_dir(folder.path().join("sessions")).unwrap().count(), 2);
    let listed = store.sessions(SessionQuery { limit: 10, ..SessionQuery::default() }).await.unwrap().items;
    let listed: Vec<_> = listed.iter().map(|session| session.record_id.as_str()).collect();
    assert_eq!(listed, ["today", "inside"]);
    assert_eq!(store.lot_states().await.unwrap()[0].state.inside, 2);
    // Its picture is still found, and is not taken for nobody's.
    assert_eq!(store.photo(20_260_401, &format!("{:064x}", 1)).await.unwrap().len(), 1);
    // An exit still finds its entry.
    keep(&store, [told(&exit("L1", "inside", 24 * 60 + 9))]).await;
    let session = store.session(&"L1".into(), "inside").await.unwrap().unwrap();
    assert_eq!(session.minutes(), Some(24 * 60 + 8));
    assert_eq!(store.lot_states().await.unwrap()[0].state.inside, 1);
    // Run once more it takes what has closed, beside what is there already.
    let later = put_away(&url, folder.path(), true).await;
    assert!(later.contains(&("sessions", 20_260_401, 1)), "{later:?}");
    let first = folder.path().join("sessions/20260401.parquet");
    let second = folder.path().join("sessions/20260401-2.parquet");
    let sessions = table("sessions").unwrap();
    let records = async |file: &Path| -> Vec<Value> {
        all(read_parquet(file, sessions).unwrap()).await.into_iter().map(|row| row[1].clone()).collect()
    };
    let closed = records(&first).await;
    assert_eq!(closed.len(), 2);
    assert!(closed.contains(&Value::Text("R\0\u{F8FE}2".into())), "{closed:?}");
    assert_eq!(records(&second).await, [Value::Text("inside".into())]);
    assert_eq!(put_away(&url, folder.path(), true).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_that_changed_is_written_anew_and_a_spoilt_file_lets_nothing_go() {
    let (url, folder) = (database().await, tempfile::tempdir().unwrap());
    let store = a_day(&url).await;
    put_away(&url, folder.path(), false).await;
    // A record of the day is said again, otherwise: what is written next has it too.
    keep(&store, [told(&exit("L1", "R1", 40))]).await;
    let file = folder.path().join("space_counts/20260401.parquet");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[4..middle].fill(0xff);
    std::fs::write(&file, bytes).unwrap();
    let refused = weeks_later(&url, folder.path(), true).await.unwrap_err().to_string();
    assert!(refused.contains("space_counts/20260401.parquet"), "{refused}");
    assert_eq!(Postgres::shared().sql(&url, "SELECT to_regclass('space_counts_20260401') IS NULL"), "f");
    assert!(folder.path().join("sessions/20260401-2.parquet").exists(), "the day as it was later");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_young_day_does_not_go() {
    let (url, folder) = (database().await, tempfile::tempdir().unwrap());
    let store = a_day(&url).await;
    let now = at(10 * 24 * 60);
    let what = Archive { database: &url, before: NEXT_DAY, folder: folder.path(), drop: true, now };
    let refused = archive(what, &NoProgress).await.unwrap_err().to_string();
    assert!(refused.contains("too young"), "{refused}");
    assert!(!archive(Archive { drop: false, ..what }, &NoProgress).await.unwrap().is_empty());
    assert_eq!(store.photo(20_260_401, &format!("{:064x}", 1)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_a_version_that_had_fewer_columns_is_read() {
    const fn text(name: &'static str, optional: bool) -> Column {
        Column { name, kind: Kind::Text, optional, before: None }
    }
    // Findings as they were before they had an identity.
    static FORMER: Table = Table {
        name: "findings",
        columns: &[
            text("lot", false),
            Column { name: "at", kind: Kind::Int, optional: false, before: None },
            text("subject", false),
            text("kind", false),
            text("detail", false),
            text("record_id", true),
        ],
        lot: Some("lot"),
        filed: None,
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("20260401.parquet");
    let words = |words: &str| Value::Text(words.to_owned());
    let mut row =
        vec![words("L1"), Value::Int(5), words("record:R1"), words("odd-plate"), words("旧"), Value::Null];
    let (sender, pages) = tokio::sync::mpsc::channel(1);
    sender.send(Ok(vec![row.clone()])).await.unwrap();
    drop(sender);
    let to = file.clone();
    tokio::task::spawn_blocking(move || write_parquet(&to, &FORMER, pages)).await.unwrap().unwrap();
    row.extend([Value::Null, Value::Null, Value::Null, Value::Null, words(""), Value::Null]);
    assert_eq!(all(read_parquet(&file, table("findings").unwrap()).unwrap()).await, [row]);
}
