//! Accounts, sessions, failures and the audit move along, and the audit goes on where it ended.

use super::{differences, embedded, moment};
use crate::postgres::{database, open};
use crate::suite::audit::{entries, fault, is_chained};
use crate::suite::exports::export;
use crate::suite::people::{entry, session, user};
use crate::suite::retention::hold;
use crate::suite::speech::at;
use bowei_store::postgres::PostgresEnd;
use bowei_store::sqlite::{DATABASE, SqliteEnd};
use bowei_store::transfer::{
    Migration, NoProgress, back_up_database, back_up_folder, migrate, restore_database, restore_folder,
};
use bowei_store::{
    Administration, AuditFault, Change, HoldRow, Identity, LockoutPolicy, NewAuditEntry, Store, StoreError,
    UserRow,
};
use jiff::SignedDuration;

const POLICY: LockoutPolicy = LockoutPolicy {
    failures_max: 2,
    window: SignedDuration::from_mins(10),
    lock: SignedDuration::from_mins(30),
};

fn identity() -> Identity {
    Identity { issuer: "https://id.example".to_owned(), subject: "7\0".to_owned() }
}

/// An office: two accounts, a session, a lock, and entries of several days with odd words.
async fn office(store: &dyn Store) {
    let changes = vec![
        Change::User(Box::new(UserRow { identity: Some(identity()), ..user("zhang") })),
        Change::User(Box::new(user("li\0"))),
        Change::SessionBegin(Box::new(session("li\0", 1, 0))),
        Change::Export(Box::new(export("e\0", "li\0"))),
        Change::Hold(Box::new(HoldRow { record_id: Some("R\0".to_owned()), ..hold("h\0") })),
    ];
    store.administer(changes, vec![entry("user.create", "user:zhang")]).await.unwrap();
    for minute in [0, 1] {
        store.count_failure("192.0.2.7\0", at(minute), POLICY).await.unwrap();
    }
    for day in 0..3 {
        let odd = NewAuditEntry {
            at: at(day * 24 * 60),
            user: "a\0\u{F8FE}🚗".to_owned(),
            ..entry("plate.reveal", "")
        };
        store.administer(vec![], vec![odd]).await.unwrap();
    }
}

/// Everything of an office, in words; its chain holds.
async fn all(store: &dyn Store) -> String {
    let mut sessions = Vec::new();
    let users = store.users().await.unwrap();
    for user in &users {
        sessions.extend(store.user_sessions(&user.login).await.unwrap());
    }
    let failures = store.failures("192.0.2.7\0").await.unwrap();
    assert_eq!((users.len(), sessions.len(), failures.failures), (2, 1, 2));
    assert_eq!(store.user_by_identity(&identity()).await.unwrap().unwrap().login, "zhang");
    let exports = store.exports(None, 9).await.unwrap();
    assert_eq!(exports.len(), 1);
    let (holds, anchor) = (store.holds(true, 9).await.unwrap(), store.audit_anchor().await.unwrap());
    assert_eq!(holds.len(), 1);
    format!(
        "{users:?} {sessions:?} {failures:?} {exports:?} {holds:?} {anchor} {:?}",
        is_chained(store).await
    )
}

async fn goes_on(store: &dyn Store) {
    let before = is_chained(store).await.len();
    store.administer(vec![], vec![entry("after", "")]).await.unwrap();
    assert_eq!(is_chained(store).await.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_office_moves_and_its_audit_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (store, url) = (embedded(dir.path()), database().await);
    office(&store).await;
    let office = all(&store).await;
    // A transfer that was begun before the last of it happened.
    let there = PostgresEnd::open(&url).await.unwrap();
    bowei_store::transfer::copy(&moment(&store, dir.path()).await, &there, &NoProgress).await.unwrap();
    drop(there);
    migrate(&Migration { data: dir.path(), database: &url, photos: None, name: b"here" }, &NoProgress)
        .await
        .unwrap();
    let refused = store.administer(vec![], vec![entry("late", "")]).await;
    assert!(
        matches!(&refused, Err(StoreError::Unavailable(words)) if words.contains("moved")),
        "{refused:?}"
    );
    let moved = open(&url).await;
    assert_eq!(all(&moved).await, office);
    goes_on(&moved).await;
    // And back.
    let (folder, back) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    back_up_database(&url, folder.path(), &NoProgress).await.unwrap();
    restore_folder(folder.path(), back.path(), &NoProgress).await.unwrap();
    let back_again = embedded(back.path());
    assert_eq!(all(&back_again).await, all(&moved).await);
    goes_on(&back_again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_shows_in_an_audit_shows_in_its_copies() {
    let dir = tempfile::tempdir().unwrap();
    let store = embedded(dir.path());
    office(&store).await;
    rusqlite::Connection::open(dir.path().join(DATABASE))
        .unwrap()
        .execute_batch("DELETE FROM audit WHERE seq = 4")
        .unwrap();
    let cut = Some(AuditFault::TailMissing { seq: 4, noted: 4 });
    assert_eq!(fault(&store).await, cut);
    let (folder, url) = (tempfile::tempdir().unwrap(), database().await);
    back_up_folder(dir.path(), folder.path()).await.unwrap();
    assert_eq!(fault(&embedded(folder.path())).await, cut);
    restore_database(folder.path(), &url, &NoProgress).await.unwrap();
    let restored = open(&url).await;
    assert_eq!(entries(&restored).await.len(), 3);
    assert_eq!(fault(&restored).await, cut);
    let here = SqliteEnd::moment(folder.path()).unwrap();
    assert_eq!(differences(&here, &PostgresEnd::moment(&url).await.unwrap()).await, Vec::<String>::new());
}
