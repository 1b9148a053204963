//! What holds wherever photos are kept, case by case: [`cases`] makes a test of each.

use super::{DAY, picture};
use bowei_store::StoreError;
use bowei_store::photos::{NewPicture, PhotoStore};
use futures::FutureExt as _;
use std::sync::Arc;
use tokio::task::JoinSet;

/// A place that holds no photos yet, and goes away with everything when dropped.
pub(super) trait Place {
    /// An empty one.
    fn fresh() -> Self;

    /// Opens it, as often as is wanted.
    async fn open(&self) -> Arc<dyn PhotoStore>;
}

macro_rules! cases {
    ($place:ty) => {
        $crate::photos::suite::cases! { $place:
            a_picture_is_read_as_it_was_put
            a_picture_said_again_is_one_picture
            a_day_goes_whole
            a_day_can_be_deleted_while_it_is_read_and_another_written
            more_than_may_wait_is_turned_away
            digests_come_in_their_order_and_in_pages
            pictures_are_deleted_one_by_one
            a_day_of_thousands_is_listed_and_deleted
        }
    };
    ($place:ty: $($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                $crate::photos::suite::$case(<$place as $crate::photos::suite::Place>::fresh()).await;
            }
        )*
    };
}
pub(super) use cases;

fn digests(pictures: &[NewPicture]) -> Vec<String> {
    pictures.iter().map(|picture| picture.sha256.clone()).collect()
}

pub(super) async fn a_picture_is_read_as_it_was_put(place: impl Place) {
    let (small, large) = (picture(1, 10), picture(2, 3_000_000));
    let photos = place.open().await;
    assert_eq!(photos.days().await.unwrap(), Vec::<u32>::new());
    assert_eq!(photos.get(DAY, &small.sha256).await.unwrap(), None);
    photos.put(DAY, vec![small.clone(), large.clone()]).await.unwrap();
    photos.put(DAY, vec![]).await.unwrap();
    for photos in [photos, place.open().await] {
        for picture in [&small, &large] {
            assert_eq!(photos.get(DAY, &picture.sha256).await.unwrap().as_ref(), Some(&picture.bytes));
        }
        assert_eq!(photos.get(DAY, &picture(3, 1).sha256).await.unwrap(), None);
        assert_eq!(photos.get(DAY + 1, &small.sha256).await.unwrap(), None);
    }
}

pub(super) async fn a_picture_said_again_is_one_picture(place: impl Place) {
    let photos = place.open().await;
    let picture = picture(1, 1_000);
    for _ in 0..3 {
        photos.put(DAY, vec![picture.clone(), picture.clone()]).await.unwrap();
    }
    assert_eq!(photos.digests(DAY, None, 10).await.unwrap(), [picture.sha256.as_str()]);
    assert_eq!(photos.get(DAY, &picture.sha256).await.unwrap(), Some(picture.bytes));
}

pub(super) async fn a_day_goes_whole(place: impl Place) {
    let photos = place.open().await;
    let kept = picture(1, 1_000);
    for day in [DAY + 2, DAY, DAY + 1] {
        photos.put(day, vec![kept.clone()]).await.unwrap();
        photos.get(day, &kept.sha256).await.unwrap().unwrap();
    }
    assert_eq!(photos.days().await.unwrap(), [DAY, DAY + 1, DAY + 2]);
    photos.delete_day(DAY).await.unwrap();
    photos.delete_day(DAY).await.unwrap();
    assert_eq!(photos.days().await.unwrap(), [DAY + 1, DAY + 2]);
    assert_eq!(photos.get(DAY, &kept.sha256).await.unwrap(), None);
    assert_eq!(photos.digests(DAY, None, 10).await.unwrap(), Vec::<String>::new());
    assert_eq!(photos.get(DAY + 1, &kept.sha256).await.unwrap(), Some(kept.bytes.clone()));
    // A day may begin anew.
    photos.put(DAY, vec![kept.clone()]).await.unwrap();
    assert_eq!(photos.get(DAY, &kept.sha256).await.unwrap(), Some(kept.bytes));
}

pub(super) async fn a_day_can_be_deleted_while_it_is_read_and_another_written(place: impl Place) {
    let photos = place.open().await;
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

pub(super) async fn more_than_may_wait_is_turned_away(place: impl Place) {
    const BYTES_MAX: usize = 64 * 1024 * 1024;
    let photos = place.open().await;
    let put = |picture| {
        let photos = Arc::clone(&photos);
        async move { photos.put(DAY, vec![picture]).await }
    };
    // All made before the first is put, and the large one handed over while the others are on their way.
    let small: Vec<_> = (0..5).map(|i| picture(i, 1_000_000)).collect();
    let small_bytes: usize = small.iter().map(|picture| picture.bytes.len()).sum();
    let number_bytes = size_of::<usize>();
    let (large, fits) = (picture(5, BYTES_MAX), picture(6, BYTES_MAX - small_bytes - number_bytes));
    let waiting = JoinSet::from_iter(small.iter().cloned().map(put));
    let turned_away = tokio::spawn(put(large)).await.unwrap();
    assert!(matches!(turned_away, Err(StoreError::Overloaded { waiting: 1..=5 })), "{turned_away:?}");
    // To the byte what may wait is let in: it is on its way, and nobody waits for it any more.
    let let_in = put(fits).now_or_never();
    assert!(let_in.is_none(), "{let_in:?}");
    // Neither what was turned away nor what was kept leaves room taken: so often it would be all.
    let mut answers = waiting.join_all().await;
    for _ in 0..=BYTES_MAX / 5_000_000 {
        answers.extend(JoinSet::from_iter(small.iter().cloned().map(put)).join_all().await);
    }
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

pub(super) async fn digests_come_in_their_order_and_in_pages(place: impl Place) {
    let photos = place.open().await;
    let mut pictures: Vec<_> = (0..10).map(|i| picture(i * 7 % 10, 10)).collect();
    photos.put(DAY, pictures.clone()).await.unwrap();
    photos.put(DAY + 1, vec![picture(50, 10)]).await.unwrap();
    pictures.sort_by(|a, b| a.sha256.cmp(&b.sha256));
    let all = digests(&pictures);
    assert_eq!(photos.digests(DAY, None, 100).await.unwrap(), all);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = photos.digests(DAY, after, 4).await.unwrap();
        assert!(page.len() <= 4);
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        paged.extend(page);
    }
    assert_eq!(paged, all);
    // A page may go on after a picture that is deleted by now.
    photos.delete(DAY, vec![all[3].clone()]).await.unwrap();
    assert_eq!(photos.digests(DAY, Some(all[3].clone()), 2).await.unwrap(), all[4..6]);
    assert_eq!(photos.digests(DAY + 2, None, 4).await.unwrap(), Vec::<String>::new());
}

pub(super) async fn pictures_are_deleted_one_by_one(place: impl Place) {
    let photos = place.open().await;
    let pictures: Vec<_> = (0..4).map(|i| picture(i, 10)).collect();
    for day in [DAY, DAY + 1] {
        photos.put(day, pictures.clone()).await.unwrap();
    }
    let never_there = picture(9, 1).sha256;
    let gone = vec![pictures[0].sha256.clone(), never_there, pictures[2].sha256.clone()];
    for _ in 0..2 {
        photos.delete(DAY, gone.clone()).await.unwrap();
    }
    photos.delete(DAY, vec![]).await.unwrap();
    photos.delete(DAY + 2, gone).await.unwrap();
    assert_eq!(
        photos.digests(DAY, None, 10).await.unwrap(),
        digests(&[pictures[1].clone(), pictures[3].clone()])
    );
    assert_eq!(photos.get(DAY, &pictures[0].sha256).await.unwrap(), None);
    assert_eq!(photos.get(DAY, &pictures[1].sha256).await.unwrap().as_ref(), Some(&pictures[1].bytes));
    assert_eq!(photos.digests(DAY + 1, None, 10).await.unwrap(), digests(&pictures));
    assert_eq!(photos.days().await.unwrap(), [DAY, DAY + 1]);
}

pub(super) async fn a_day_of_thousands_is_listed_and_deleted(place: impl Place) {
    let photos = place.open().await;
    // S3 lists and deletes a thousand at a time.
    let pictures: Vec<_> = (0..2_100).map(|i| picture(i, 1)).collect();
    for some in pictures.chunks(300) {
        photos.put(DAY, some.to_vec()).await.unwrap();
    }
    let all = digests(&pictures);
    assert_eq!(photos.digests(DAY, None, 10_000).await.unwrap(), all);
    assert_eq!(photos.digests(DAY, Some(all[99].clone()), 1_500).await.unwrap(), all[100..1_600]);
    photos.delete(DAY, all[..1_050].to_vec()).await.unwrap();
    assert_eq!(photos.digests(DAY, None, 10_000).await.unwrap(), all[1_050..]);
    photos.delete_day(DAY).await.unwrap();
    assert_eq!(photos.days().await.unwrap(), Vec::<u32>::new());
}
