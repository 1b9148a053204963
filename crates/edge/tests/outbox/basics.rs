//! What the outbox does when nothing goes wrong.

use crate::outbox::harness::{Hands, count, entry, opened, passage, photo, small, take, uplinks, waiting};
use bowei_edge::outbox::sim::SimDisk;
use bowei_edge::outbox::{
    Disk, Kind, NewEntry, NoPicture, Outbox, RealDisk, RetryFault, Settled, Standing, Taken, Unreadable,
};
use bowei_model::Direction;
use std::sync::Arc;

fn refused() -> Settled {
    Settled::Refused { code: "40012".to_owned(), why: "车牌号不正确".to_owned() }
}

#[tokio::test]
async fn what_is_taken_is_there_after_a_restart_with_its_picture() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    let taken = outbox.take(vec![entry(1), photo(1, 300), count(5)]).await.unwrap();
    assert_eq!(taken, [Taken::New(1), Taken::New(2), Taken::New(3)]);
    assert_eq!(*outbox.newest().borrow(), 3);
    outbox.close().await;

    let outbox = opened(&disk.kill(), &clock, small());
    assert_eq!(waiting(&outbox, "city"), [1, 2, 3]);
    let heads = outbox.pending("city", 0, 2);
    assert_eq!(heads[0].kind, Kind::Entry);
    assert_eq!(heads[0].session, heads[1].session, "a parking and its photo are one session");
    let read = outbox.read(2).await.unwrap();
    assert_eq!(read.report, photo(1, 300).report);
    assert!(read.has_picture);
    assert_eq!(outbox.picture(2).await.unwrap(), photo(1, 300).picture.unwrap());
    assert_eq!(outbox.picture(1).await, Err(NoPicture::None));
    assert_eq!(outbox.read(9).await, Err(Unreadable::Unknown));
    assert_eq!(outbox.recent(5), [1]);
}

#[tokio::test]
async fn the_same_again_is_a_repetition_and_other_content_an_amendment() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    let amended = NewEntry { report: passage(1, Direction::Entry, "other"), picture: None, only: None };
    assert_eq!(outbox.take(vec![entry(1), entry(1)]).await.unwrap(), [Taken::New(1), Taken::Duplicate(1)]);
    assert_eq!(take(&outbox, amended.clone()).await, Ok(Taken::New(2)));
    assert_eq!(take(&outbox, photo(1, 10)).await, Ok(Taken::New(3)));
    assert_eq!(take(&outbox, photo(1, 10)).await, Ok(Taken::Duplicate(3)));
    drop(outbox);
    let outbox = opened(&disk.kill(), &clock, small());
    assert_eq!(take(&outbox, amended).await, Ok(Taken::Duplicate(2)));
    // What it said first is a change back.
    assert_eq!(take(&outbox, entry(1)).await, Ok(Taken::New(4)));
}

#[tokio::test]
async fn each_uplink_has_its_own_standing_and_keeps_it() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    outbox.take((1..=4).map(entry).collect()).await.unwrap();
    outbox.settle("city", 2, Settled::Delivered);
    outbox.settle("city", 2, Settled::Unsupported);
    outbox.settle("湖州", 1, Settled::Unsupported);
    outbox.settle("nobody", 1, Settled::Delivered);
    assert_eq!(waiting(&outbox, "city"), [1, 3, 4]);
    outbox.close().await;
    let outbox = opened(&disk.kill(), &clock, small());
    assert_eq!(waiting(&outbox, "city"), [1, 3, 4]);
    assert_eq!(waiting(&outbox, "湖州"), [2, 3, 4]);
    assert_eq!(outbox.how("city", 2), Standing::Delivered);
    assert_eq!(outbox.how("湖州", 1), Standing::Unsupported);
    let status = outbox.status();
    assert_eq!(
        (status.uplinks[0].backlog, status.uplinks[0].accepted, status.uplinks[1].not_carried),
        (3, 1, 1)
    );
    outbox.resend("city", &[2, 99]);
    assert_eq!(waiting(&outbox, "city"), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_refused_record_is_a_dead_letter_that_can_be_mended() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    outbox.take(vec![entry(1), photo(2, 50)]).await.unwrap();
    outbox.settle("city", 1, refused());
    outbox.settle("city", 2, refused());
    outbox.written(true).await;
    drop(outbox);
    let outbox = opened(&disk.power_loss(1), &clock, small());
    let letters = outbox.dead_letters(None, 10);
    assert_eq!(letters.iter().map(|letter| letter.seq).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((letters[1].code.as_str(), letters[1].uplink.as_str()), ("40012", "city"));
    let mended = passage(1, Direction::Entry, "mended");
    assert_eq!(outbox.retry(letters[1].id, Some(mended.clone())).await, Ok(3));
    assert_eq!(outbox.retry(letters[1].id, None).await, Err(RetryFault::NoSuchLetter));
    assert_eq!(outbox.retry(letters[0].id, None).await, Ok(4));
    assert_eq!(outbox.read(3).await.unwrap().report, mended);
    assert_eq!(outbox.picture(4).await.unwrap(), photo(2, 50).picture.unwrap());
    assert_eq!(waiting(&outbox, "city"), [3, 4]);
    assert_eq!(waiting(&outbox, "湖州"), [1, 2], "a retry is for one uplink alone");
    assert!(outbox.dead_letters(None, 10).is_empty());
}

#[tokio::test]
async fn a_new_uplink_begins_at_the_newest_record() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    outbox.take((1..=3).map(entry).collect()).await.unwrap();
    outbox.close().await;
    let disk = disk.kill();
    let more = [uplinks(), vec!["new".to_owned()]].concat();
    let outbox = Outbox::open(Arc::clone(&disk) as _, Arc::clone(&clock) as _, small(), &more).unwrap();
    assert!(waiting(&outbox, "new").is_empty());
    take(&outbox, entry(4)).await.unwrap();
    assert_eq!(waiting(&outbox, "new"), [4]);
    drop(outbox);
    let outbox = Outbox::open(disk.power_loss(3), clock as _, small(), &more).unwrap();
    assert_eq!(waiting(&outbox, "new"), [4]);
    assert_eq!(waiting(&outbox, "city"), [1, 2, 3, 4]);
}

#[tokio::test]
async fn documents_are_kept_whole() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    assert_eq!(outbox.load("inside"), None);
    outbox.save("inside", b"one").unwrap();
    outbox.save("inside", b"two").unwrap();
    assert!(outbox.save("../x", b"").is_err());
    drop(outbox);
    let disk = disk.power_loss(5);
    assert_eq!(opened(&disk, &clock, small()).load("inside").unwrap(), b"two");
    disk.flip("documents/inside.doc", 25, 3);
    assert_eq!(opened(&disk, &clock, small()).load("inside"), None);
}

#[tokio::test]
async fn the_log_is_read_by_time_and_from_the_beginning() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    let begun = bowei_edge::Clock::now(&*clock);
    for record in 1..=30 {
        take(&outbox, entry(record)).await.unwrap();
        clock.turn(crate::outbox::harness::HOUR);
    }
    let to = begun.checked_add(crate::outbox::harness::HOUR * 9).unwrap();
    assert_eq!(outbox.find(begun, to, |entry| entry.seq % 2 == 0).await, [2, 4, 6, 8, 10]);
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    outbox.visit(20, move |entry| into.lock().unwrap().push(entry.seq)).await;
    assert_eq!(*seen.lock().unwrap(), (21..=30).collect::<Vec<_>>());
}

#[tokio::test]
async fn on_a_real_disk_it_is_the_same_and_a_second_gateway_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    for round in 0..3 {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::open(folder.path()).unwrap());
        let outbox = Outbox::open(disk, Arc::clone(&clock) as _, small(), &uplinks()).unwrap();
        assert_eq!(outbox.status().records, round * 20);
        let said = RealDisk::open(folder.path()).err().unwrap().to_string();
        assert!(said.contains("in use by another gateway"), "{said}");
        for record in 1..=10 {
            let taken = outbox
                .take(vec![entry(round * 100 + record), photo(round * 100 + record, 400)])
                .await
                .unwrap();
            outbox.settle("city", taken[0].seq(), Settled::Delivered);
            outbox.settle("city", taken[1].seq(), refused());
        }
        let last = waiting(&outbox, "湖州").pop().unwrap();
        assert_eq!(outbox.picture(last).await.unwrap(), photo(round * 100 + 10, 400).picture.unwrap());
        outbox.save("inside", b"cars").unwrap();
        assert_eq!(outbox.load("inside").unwrap(), b"cars");
        if round == 1 {
            outbox.close().await;
        }
    }
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::open(folder.path()).unwrap());
    let outbox = Outbox::open(disk, clock as _, small(), &uplinks()).unwrap();
    assert_eq!(outbox.status().uplinks[0].accepted, 30);
    assert_eq!(outbox.dead_letters(None, 100).len(), 30);
    assert_eq!(outbox.status().damaged, 0);
}

#[tokio::test]
async fn what_waits_is_not_taken_for_delivered_because_others_of_its_parking_are() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    let exit = NewEntry { report: passage(1, Direction::Exit, ""), picture: None, only: None };
    let amended = NewEntry { report: passage(1, Direction::Exit, "better"), picture: None, only: None };
    outbox.take(vec![entry(1), photo(1, 10), exit, amended]).await.unwrap();
    // The picture went first, the entry stands aside, and the line of the older exit is lost.
    outbox.settle("city", 2, Settled::Delivered);
    outbox.settle("city", 4, Settled::Delivered);
    outbox.close().await;
    let outbox = opened(&disk.kill(), &clock, small());
    assert_eq!(waiting(&outbox, "city"), [1]);
}
