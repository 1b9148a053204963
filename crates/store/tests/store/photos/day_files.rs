//! Photos in a file a day.

use super::suite::{Place, cases};
use super::{DAY, picture};
use bowei_store::photos::{DayFiles, PhotoStore};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

struct Folder(TempDir);

impl Place for Folder {
    fn fresh() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    async fn open(&self) -> Arc<dyn PhotoStore> {
        Arc::new(DayFiles::open(self.0.path()).unwrap())
    }
}

cases!(Folder);

fn files(dir: &Path) -> usize {
    std::fs::read_dir(dir.join("photos")).unwrap().count()
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
async fn a_day_leaves_no_file_and_what_is_none_of_ours_stays() {
    let dir = tempfile::tempdir().unwrap();
    let photos = DayFiles::open(dir.path()).unwrap();
    std::fs::write(dir.path().join("photos/README.txt"), "none of ours").unwrap();
    for day in [DAY, DAY + 1] {
        photos.put(day, vec![picture(1, 1_000)]).await.unwrap();
        photos.get(day, &picture(1, 1).sha256).await.unwrap().unwrap();
    }
    assert_eq!(photos.days().await.unwrap(), [DAY, DAY + 1]);
    for day in [DAY, DAY + 1] {
        photos.delete_day(day).await.unwrap();
    }
    assert_eq!(files(dir.path()), 1, "no file of a day's log stays behind");
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let photos = DayFiles::open(dir.path()).unwrap();
    photos.close();
    assert!(photos.put(DAY, vec![picture(1, 1)]).await.is_err());
}
