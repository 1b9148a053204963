//! A copy put away while the platform goes on, and what comes back out of it.

use super::{differences, embedded};
use crate::postgres::differential::everything;
use crate::postgres::{database, open};
use crate::suite::speech::*;
use bowei_store::postgres::PostgresEnd;
use bowei_store::sqlite::SqliteEnd;
use bowei_store::transfer::{
    NoProgress, Surplus, back_up_database, back_up_folder, copy_pictures, restore_database, restore_folder,
};
use bowei_store::{DayFiles, LotStates, PhotoStore, SessionQuery, Sessions, Store};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Cars come for as long as this goes on; the records that were acknowledged before each back-up began are answered.
async fn with_cars_coming(store: Arc<dyn Store>, back_up: impl AsyncFn()) -> Vec<String> {
    keep(&*store, [told(&entry("L1", "first", 0))]).await;
    let over = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(std::sync::Mutex::new(vec!["first".to_owned()]));
    let speaking = tokio::spawn({
        let (store, over, acknowledged) = (Arc::clone(&store), Arc::clone(&over), Arc::clone(&acknowledged));
        async move {
            for i in 0.. {
                let record = format!("R{i}");
                store.commit(delivery([told(&entry("L1", &record, i % 600))])).await.unwrap();
                acknowledged.lock().unwrap().push(record.clone());
                if i % 3 == 0 {
                    keep(&*store, [told(&exit("L1", &record, 700))]).await;
                }
                if over.load(Ordering::Relaxed) {
                    return;
                }
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let before = acknowledged.lock().unwrap().clone();
    back_up().await;
    over.store(true, Ordering::Relaxed);
    speaking.await.unwrap();
    before
}

/// The copy opens, is of one moment, and has what was acknowledged before it was made.
async fn is_whole(folder: &Path, before: &[String]) {
    let copy = embedded(folder);
    let states = copy.lot_states().await.unwrap();
    let query = SessionQuery { open: true, limit: 10_000, ..SessionQuery::default() };
    let open = copy.sessions(query).await.unwrap().items.len();
    assert_eq!(states[0].state.inside, open as i64);
    for record in before {
        assert!(copy.session(&"L1".into(), record).await.unwrap().is_some(), "{record}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_put_away_while_cars_come_and_comes_back_as_it_was() {
    let (dir, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store: Arc<dyn Store> = Arc::new(embedded(dir.path()));
    let before = with_cars_coming(Arc::clone(&store), async || {
        back_up_folder(dir.path(), folder.path()).await.unwrap();
    });
    is_whole(folder.path(), &before.await).await;
    // A later copy takes the place of the earlier.
    keep(&*store, [told(&entry("L2", "later", 0))]).await;
    let counted = back_up_folder(dir.path(), folder.path()).await.unwrap();
    assert!(counted.iter().any(|(table, rows)| *table == "sessions" && *rows > 1));
    let (back, url) = (tempfile::tempdir().unwrap(), database().await);
    restore_folder(folder.path(), back.path(), &NoProgress).await.unwrap();
    restore_database(folder.path(), &url, &NoProgress).await.unwrap();
    let all = everything(&*store).await;
    assert_eq!(all, everything(&embedded(back.path())).await);
    assert_eq!(all, everything(&open(&url).await).await);
    // Never over something that is there.
    let again = restore_folder(folder.path(), back.path(), &NoProgress).await.unwrap_err();
    assert!(again.to_string().contains("there"), "{again}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let again = restore_database(folder.path(), &url, &NoProgress).await.unwrap_err();
    assert!(again.to_string().contains("empty database"), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_database_is_put_away_while_cars_come_and_comes_back_as_it_was() {
    let (url, folder) = (database().await, tempfile::tempdir().unwrap());
    let store: Arc<dyn Store> = Arc::new(open(&url).await);
    store.prepare_days(at(0)).await.unwrap();
    let before = with_cars_coming(Arc::clone(&store), async || {
        back_up_database(&url, folder.path(), &NoProgress).await.unwrap();
    });
    is_whole(folder.path(), &before.await).await;
    back_up_database(&url, folder.path(), &NoProgress).await.unwrap();
    let (back, other) = (tempfile::tempdir().unwrap(), database().await);
    restore_folder(folder.path(), back.path(), &NoProgress).await.unwrap();
    restore_database(folder.path(), &other, &NoProgress).await.unwrap();
    let all = everything(&*store).await;
    assert_eq!(all, everything(&embedded(back.path())).await);
    assert_eq!(all, everything(&open(&other).await).await);
    let here = SqliteEnd::moment(folder.path()).unwrap();
    assert_eq!(differences(&here, &PostgresEnd::moment(&url).await.unwrap()).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_pictures_only_those_that_are_new_are_copied() {
    let (dir, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (DayFiles::open(dir.path()).unwrap(), DayFiles::open(folder.path()).unwrap());
    let pictures: Vec<_> = (0..200).map(|n| super::picture(&format!("picture {n}"))).collect();
    here.put(20_260_401, pictures[..150].to_vec()).await.unwrap();
    here.put(20_260_402, pictures[150..].to_vec()).await.unwrap();
    let copy = || copy_pictures(&here, &there, Surplus::Stays, false, &NoProgress);
    let first = copy().await.unwrap();
    assert_eq!((first.pictures, first.source.days, first.source.sum.rows), (200, 2, 200));
    here.put(20_260_402, vec![super::picture("one more")]).await.unwrap();
    here.delete_day(20_260_401).await.unwrap();
    let second = copy().await.unwrap();
    assert_eq!((second.pictures, second.source.sum.rows), (1, 51));
    assert_eq!(there.digests(20_260_401, None, 1_000).await.unwrap().len(), 150);
    // One that is not what its name says is found before it is copied.
    let mut spoilt = super::picture("spoilt");
    spoilt.bytes = "other bytes".into();
    here.put(20_260_403, vec![spoilt]).await.unwrap();
    assert!(copy().await.unwrap_err().to_string().contains("not what its name says"));
}
