//! The embedded engine: the whole contract, and what is its own.

mod killed;
mod people;
mod trouble;

use crate::suite::alike::{FORMER_MOMENTS, after_moments_are_kept, before_moments_were_kept};
use crate::suite::inspector::ROOMY;
use crate::suite::sentences::{FORMER_SENTENCE, after_the_release, before_the_release};
use crate::suite::speech::*;
use crate::suite::{Fresh, cases};
use bowei_model::LotCode;
use bowei_store::sqlite::{DATABASE, Options};
use bowei_store::{
    Commit, Findings, Inspector, LotStates, ProviderRow, RefusedMessage, RegistryChange, RegistryStore,
    ReportQuery, SessionQuery, Sessions, SqliteStore, Store, StoreError, Upkeep,
};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

struct Folder {
    store: Arc<SqliteStore>,
    _dir: TempDir,
}

impl Fresh for Folder {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as Arc<dyn Store>
    }
}

async fn fresh() -> Folder {
    let dir = tempfile::tempdir().unwrap();
    Folder { store: Arc::new(open(dir.path())), _dir: dir }
}

fn open(dir: &Path) -> SqliteStore {
    SqliteStore::open(dir, Options::default()).unwrap()
}

cases!(fresh);

#[tokio::test]
async fn reopening_keeps_all() {
    let dir = tempfile::tempdir().unwrap();
    let mut received = entry("L1", "R1", 0);
    received.vacant = Some(3);
    let (states, findings) = {
        let store = open(&dir.path().join("made on the way"));
        keep(&store, [told(&received), told(&exit("L2", "R2", 5)), said(heartbeat(None), 6)]).await;
        store.note_refusal(refusal(), ROOMY);
        (store.lot_states().await.unwrap(), store.findings(Default::default()).await.unwrap())
    };
    let store = open(&dir.path().join("made on the way"));
    assert_eq!(store.lot_states().await.unwrap(), states);
    assert_eq!(store.findings(Default::default()).await.unwrap(), findings);
    assert_eq!(store.accounts_last_seen().await.unwrap()[0].at, at(6));
    assert!(store.session(&LotCode::from("L1"), "R1").await.unwrap().unwrap().is_open());
    let reports = store.reports(ReportQuery { limit: 9, ..ReportQuery::default() }).await.unwrap();
    assert_eq!(
        reports.items.len(),
        3,
        "two accepted, and the refusal that waited when the store was dropped"
    );
    store.ready().await.unwrap();
}

fn refusal() -> RefusedMessage {
    RefusedMessage {
        at: at(0),
        standard: "huzhou".to_owned(),
        path: "/".to_owned(),
        account: None,
        provider: None,
        claimed: false,
        lot: None,
        record_id: None,
        code: "1".to_owned(),
        message: String::new(),
        field: None,
        expected: String::new(),
        received: None,
        steps: "[]".to_owned(),
        read_as: None,
    }
}

#[tokio::test]
async fn a_database_of_a_newer_bowei_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).close();
    let raw = rusqlite::Connection::open(dir.path().join(DATABASE)).unwrap();
    raw.execute_batch("PRAGMA user_version = 9999").unwrap();
    let refused = SqliteStore::open(dir.path(), Options::default()).err();
    let Some(StoreError::Unreadable(words)) = refused else { panic!("{refused:?}") };
    assert!(words.contains("9999") && words.contains("newer version"), "{words}");
}

#[tokio::test]
async fn what_is_no_database_is_not_taken_for_one() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(DATABASE), "车位".repeat(1_000)).unwrap();
    let refused = SqliteStore::open(dir.path(), Options::default()).err();
    assert!(matches!(refused, Some(StoreError::Unreadable(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_registry_changes_from_another_process_while_records_come() {
    let dir = tempfile::tempdir().unwrap();
    let platform = Arc::new(open(dir.path()));
    let mut load = tokio::task::JoinSet::new();
    for task in 0..8 {
        let platform = Arc::clone(&platform);
        load.spawn(async move {
            for i in 0..200 {
                keep(&*platform, [told(&entry("L1", &format!("R{task}-{i}"), i))]).await;
            }
        });
    }
    // Connections of its own, as another process has: SQLite treats the two alike.
    let command = open(dir.path());
    let mut version = 0;
    for i in 0..20 {
        let code = format!("p{i}");
        let provider = ProviderRow {
            code: code.as_str().into(),
            name: code,
            contact: None,
            details: Default::default(),
        };
        let change = RegistryChange { providers: vec![provider], ..RegistryChange::default() };
        version = command.change_registry(change).await.unwrap();
        assert_eq!(platform.registry_version().await.unwrap(), version);
    }
    load.join_all().await;
    assert_eq!(version, 20);
    assert_eq!(platform.registry().await.unwrap().providers.len(), 20);
    assert_eq!(command.lot_states().await.unwrap()[0].state.inside, 1_600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_writes_what_waits_and_takes_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(open(dir.path()));
    let lock = trouble::locked(dir.path());
    let mut waiting = tokio::task::JoinSet::new();
    for i in 0..50 {
        let store = Arc::clone(&store);
        waiting.spawn(async move { store.commit(delivery([told(&entry("L1", &format!("R{i}"), i))])).await });
    }
    trouble::until_waiting().await;
    let closing = Arc::clone(&store);
    let closing = tokio::task::spawn_blocking(move || closing.close());
    drop(lock);
    closing.await.unwrap();
    for answer in waiting.join_all().await {
        answer.unwrap();
    }
    let late = store.commit(delivery([told(&entry("L1", "late", 0))])).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    assert!(store.ready().await.is_err());
    let query = SessionQuery { lot: Some("L1".into()), limit: 100, ..SessionQuery::default() };
    assert_eq!(store.sessions(query).await.unwrap().items.len(), 50);
}

#[tokio::test]
async fn a_sentence_that_a_release_changes_orphans_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let ids = {
        let store = open(dir.path());
        before_the_release(&store).await
    };
    // As the release before kept it: under its sentences, which are none of today's.
    let raw = rusqlite::Connection::open(dir.path().join(DATABASE)).unwrap();
    raw.execute_batch(&format!(
        "CREATE TABLE kept (
             at INTEGER NOT NULL, lot TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
             record_id TEXT, PRIMARY KEY (at, lot, subject, kind, detail)
         ) STRICT, WITHOUT ROWID;
         INSERT INTO kept SELECT at, lot, subject, kind,
           CASE WHEN facts IS NULL THEN detail ELSE {FORMER_SENTENCE} END, record_id FROM findings;
         DROP TABLE findings;
         ALTER TABLE kept RENAME TO findings;
         CREATE INDEX findings_by_lot ON findings (lot, at);
         ALTER TABLE jobs DROP COLUMN attempts;
         DROP TABLE job_runs;
         {NO_SUPERVISION}
         {NO_MOMENTS}
         {NO_PEOPLE}
         {NO_HOLDS}
         {NO_OFFICE}
         PRAGMA user_version = 5;"
    ))
    .unwrap();
    drop(raw);
    after_the_release(&open(dir.path()), &ids).await;
}

/// Takes away what the schemas that keep people and their exports have more than the one before.
const NO_PEOPLE: &str = "DROP TABLE users; DROP TABLE user_sessions; DROP TABLE sign_in_failures; DROP TABLE audit; DROP TABLE audit_head; DROP TABLE exports;";

/// Takes away what the schema that keeps what supervision goes by has more than the one before, but for findings.
const NO_SUPERVISION: &str = "
    DROP TABLE heard; DROP TABLE finding_tallies; DROP TABLE changed_findings; DROP TABLE dirty_days;
    DROP TABLE day_rates; DROP TABLE month_rates; DROP TABLE passage_hours; DROP TABLE declarations; DROP TABLE cases;";

/// The same of findings.
const NO_FOUND_DAYS: &str = "
    DROP INDEX findings_open; DROP INDEX findings_open_by_lot; DROP INDEX findings_open_by_kind;
    DROP INDEX findings_open_by_case; DROP INDEX findings_resolved; DROP INDEX findings_resolved_by_lot;
    DROP INDEX findings_resolved_by_kind; DROP INDEX findings_resolved_by_case; DROP INDEX findings_of_day;
    DROP INDEX findings_open_received; DROP INDEX findings_open_by_lot_received;
    DROP INDEX findings_open_by_kind_received; DROP INDEX findings_open_by_case_received;
    DROP INDEX findings_resolved_received; DROP INDEX findings_resolved_by_lot_received;
    DROP INDEX findings_resolved_by_kind_received; DROP INDEX findings_resolved_by_case_received;
    ALTER TABLE findings DROP COLUMN cause;
    ALTER TABLE findings DROP COLUMN evaluated_day;
    CREATE INDEX findings_by_lot ON findings (lot, at);";

/// Takes away what the schema that keeps holds has more than the one before.
const NO_HOLDS: &str = "DROP TABLE holds; DROP TABLE plates_progress; DROP TABLE audit_anchor;";

/// Takes away what the schema that keeps the office's records has more than the one before.
const NO_OFFICE: &str =
    "DROP TABLE office_records; DROP TABLE registry_history; ALTER TABLE providers DROP COLUMN doc;";

/// Takes away what the schema that knows identity providers has more than the one before.
const NO_SINGLE_SIGN_ON: &str = "
    DROP INDEX users_by_identity;
    ALTER TABLE users DROP COLUMN identity;
    ALTER TABLE user_sessions DROP COLUMN method;";

/// Takes away what the schema that keeps moments has more than the one before.
const NO_MOMENTS: &str = "
    ALTER TABLE passages DROP COLUMN number;
    ALTER TABLE passages DROP COLUMN since;
    ALTER TABLE passages DROP COLUMN until;
    ALTER TABLE passages DROP COLUMN earlier;
    ALTER TABLE charging_records DROP COLUMN received_at;";

#[tokio::test]
async fn what_was_kept_before_moments_were_is_taken_along() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = open(dir.path());
        before_moments_were_kept(&store).await;
    }
    let raw = rusqlite::Connection::open(dir.path().join(DATABASE)).unwrap();
    raw.execute_batch(&format!(
        "{NO_SUPERVISION} {NO_FOUND_DAYS} {NO_MOMENTS} {FORMER_MOMENTS}; {NO_HOLDS} {NO_OFFICE} {NO_SINGLE_SIGN_ON} DROP TABLE exports; PRAGMA user_version = 8;"
    ))
    .unwrap();
    drop(raw);
    after_moments_are_kept(&open(dir.path())).await;
}
