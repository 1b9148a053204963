//! What was answered for is there after the process was killed in the middle of its work.

use super::open;
use crate::suite::speech::*;
use bowei_store::{Commit, LotStates, NewDelivery, SessionQuery, Sessions, SqliteStore};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Names the data directory to the child.
const DIR: &str = "BOWEI_STORE_TEST_DIR";
const LEASE_TTL: u64 = 8;

#[tokio::test]
async fn what_was_answered_survives_being_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut answered = BTreeSet::new();
    for life in 0..LEASE_TTL {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["sqlite::killed::the_child_keeps_records_until_it_is_killed", "--exact", "--ignored"])
            .args(["--nocapture", "--test-threads=1"])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let reading = std::thread::spawn(move || {
            let whole = |line: &String| line.starts_with("kept ") && line.ends_with(';');
            lines.lines().map_while(Result::ok).filter(whole).collect::<Vec<_>>()
        });
        std::thread::sleep(Duration::from_millis(150 + 37 * life));
        // SIGKILL: nothing of the child's own runs any more.
        child.kill().unwrap();
        child.wait().unwrap();
        let lines = reading.join().unwrap();
        answered.extend(lines.iter().map(|line| line["kept ".len()..line.len() - 1].to_owned()));
        check(&open(dir.path()), &answered).await;
    }
    assert!(answered.len() as u64 > LEASE_TTL * 10, "only {} were answered", answered.len());
}

async fn check(store: &SqliteStore, answered: &BTreeSet<String>) {
    let mut open = 0;
    let mut kept = BTreeSet::new();
    let mut cursor = None;
    loop {
        let query = SessionQuery { limit: 10_000, cursor, ..SessionQuery::default() };
        let page = store.sessions(query).await.unwrap();
        for session in page.items {
            open += i64::from(session.is_open());
            kept.insert(session.record_id.as_str().to_owned());
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let lost: Vec<_> = answered.difference(&kept).collect();
    assert!(lost.is_empty(), "{} records were answered for and are gone: {lost:?}", lost.len());
    let inside: i64 = store.lot_states().await.unwrap().iter().map(|row| row.state.inside).sum();
    assert_eq!(inside, open, "the lots' states are of the same moment as their sessions");
}

#[ignore = "what_was_answered_survives_being_killed starts and kills it"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_keeps_records_until_it_is_killed() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let store = Arc::new(open(&PathBuf::from(dir)));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..16 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for i in 0_u64.. {
                let record = format!("{}-{task}-{i}", std::process::id());
                store.commit(of_a_car(&record)).await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "kept {record};").unwrap();
                out.flush().unwrap();
            }
        });
    }
    tasks.join_all().await;
}

/// A delivery of two statements, so that half of one would show.
fn of_a_car(record: &str) -> NewDelivery {
    delivery([told(&entry("L1", record, 0)), told(&entry("L2", record, 1))])
}
