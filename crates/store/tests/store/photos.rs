//! Photos: kept by the day, read while they are written, gone with their day.

use bowei_store::photos::{DayFiles, NewPicture, PhotoStore};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

const DAY: u32 = 20_260_401;

fn picture(number: usize, bytes: usize) -> NewPicture {
    let content = [number.to_le_bytes().as_slice(), &vec![7; bytes]].concat();
    NewPicture { sha256: format!("{number:064x}"), bytes: Bytes::from(content) }
}

fn files(dir: &Path) -> usize {
    std::fs::read_dir(dir.join("photos")).unwrap().count()
}

#[tokio::test]
async fn a_picture_is_read_as_it_was_put() {
    let dir = tempfile::tempdir().unwrap();
    let (small, large) = (picture(1, 10), picture(2, 3_000_000));
    let photos = DayFiles::open(dir.path()).unwrap();
    assert_eq!(photos.get(DAY, &small.sha256).await.unwrap(), None);
    photos.put(DAY, vec![small.clone(), large.clone()]).await.unwrap();
    photos.put(DAY, vec![]).await.unwrap();
    for photos in [photos, DayFiles::open(dir.path()).unwrap()] {
        for picture in [&small, &large] {
            assert_eq!(photos.get(DAY, &picture.sha256).await.unwrap().as_ref(), Some(&picture.bytes));
        }
        assert_eq!(photos.get(DAY, &picture(3, 1).sha256).await.unwrap(), None);
        assert_eq!(photos.get(DAY + 1, &small.sha256).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_known_picture_is_not_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let photos = DayFiles::open(dir.path()).unwrap();
    let picture = picture(1, 1_000_000);
    for _ in 0..30 {
        photos.put(DAY, vec![picture.clone(), picture.clone()]).await.unwrap();
    }
    photos.close();
    drop(photos);
    let file = std::fs::metadata(dir.path().join("photos/20260401.db")).unwrap();
    assert!(file.len() < 2_000_000, "{} bytes", file.len());
}

#[tokio::test]
async fn a_day_goes_whole() {
    let dir = tempfile::tempdir().unwrap();
    let photos = DayFiles::open(dir.path()).unwrap();
    let kept = picture(1, 1_000);
    for day in [DAY + 2, DAY, DAY + 1] {
        photos.put(day, vec![kept.clone()]).await.unwrap();
        photos.get(day, &kept.sha256).await.unwrap().unwrap();
    }
    std::fs::write(dir.path().join("photos/README.txt"), "none of ours").unwrap();
    assert_eq!(photos.days().await.unwrap(), [DAY, DAY + 1, DAY + 2]);
    photos.delete_day(DAY).await.unwrap();
    photos.delete_day(DAY).await.unwrap();
    assert_eq!(photos.days().await.unwrap(), [DAY + 1, DAY + 2]);
    assert_eq!(photos.get(DAY, &kept.sha256).await.unwrap(), None);
    assert_eq!(photos.get(DAY + 1, &kept.sha256).await.unwrap(), Some(kept.bytes.clone()));
    photos.delete_day(DAY + 1).await.unwrap();
    photos.delete_day(DAY + 2).await.unwrap();
    assert_eq!(files(dir.path()), 1, "no file of a day's log stays behind");
    // A day may begin anew.
    photos.put(DAY, vec![kept.clone()]).await.unwrap();
    assert_eq!(photos.get(DAY, &kept.sha256).await.unwrap(), Some(kept.bytes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_day_can_be_deleted_while_it_is_read_and_another_written() {
    let dir = tempfile::tempdir().unwrap();
    let photos = Arc::new(DayFiles::open(dir.path()).unwrap());
    let old: Vec<_> = (0..40).map(|i| picture(i, 50_000)).collect();
    photos.put(DAY, old.clone()).await.unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..6 {
        let (photos, old) = (Arc::clone(&photos), old.clone());
        tasks.spawn(async move {
            for i in 0..200 {
                let wanted = &old[(i * 7 + task) % old.len()];
                // Whole, or not there any more; never an error.
                let read = photos.get(DAY, &wanted.sha256).await.unwrap();
                assert!(read.is_none_or(|read| read == wanted.bytes));
                let new = picture(1_000 + task * 1_000 + i, 1_000);
                photos.put(DAY + 1, vec![new.clone()]).await.unwrap();
                assert_eq!(photos.get(DAY + 1, &new.sha256).await.unwrap(), Some(new.bytes));
            }
        });
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    photos.delete_day(DAY).await.unwrap();
    tasks.join_all().await;
    assert_eq!(photos.days().await.unwrap(), [DAY + 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_may_wait_is_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let photos = Arc::new(DayFiles::open(dir.path()).unwrap());
    let mut tasks = JoinSet::new();
    for i in 0..100 {
        let photos = Arc::clone(&photos);
        tasks.spawn(async move { photos.put(DAY, vec![picture(i, 4_000_000)]).await });
    }
    let answers = tasks.join_all().await;
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    let turned_away = answers
        .iter()
        .filter(|answer| matches!(answer, Err(bowei_store::StoreError::Overloaded { .. })))
        .count();
    assert_eq!(kept + turned_away, 100);
    assert!(kept >= 16 && turned_away > 0, "{kept} kept, {turned_away} turned away");
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let photos = DayFiles::open(dir.path()).unwrap();
    photos.close();
    assert!(photos.put(DAY, vec![picture(1, 1)]).await.is_err());
}
