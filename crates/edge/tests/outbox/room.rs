//! What goes, and when: for room and with age.

use crate::outbox::harness::{HOUR, Hands, entry, opened, photo, small, take, uplinks, waiting};
use bowei_edge::outbox::sim::SimDisk;
use bowei_edge::outbox::{DiskState, EnqueueError, Kind, Limits, NoPicture, Outbox, Settled, Taken};
use jiff::SignedDuration;

fn deliver_all(outbox: &Outbox) {
    for uplink in uplinks() {
        for seq in waiting(outbox, &uplink) {
            outbox.settle(&uplink, seq, Settled::Delivered);
        }
    }
}

/// Days pass, hour by hour.
async fn days(outbox: &Outbox, clock: &Hands, days: i64) {
    for _ in 0..days * 24 {
        clock.turn(HOUR);
        outbox.tidy().await;
    }
}

#[tokio::test]
async fn at_the_bound_photos_go_first_delivered_ones_before_others_and_records_stay() {
    let limits = Limits { max_bytes: 14_000, ..small() };
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, limits.clone());
    let photos: Vec<_> = (1..=7).map(|record| photo(record, 1_000)).collect();
    for photo in photos {
        take(&outbox, photo).await.unwrap();
    }
    // The third segment is delivered, the first two are not.
    for seq in [5, 6] {
        uplinks().iter().for_each(|uplink| outbox.settle(uplink, seq, Settled::Delivered));
    }
    let mut record = 100;
    while outbox.picture(5).await.is_ok() {
        take(&outbox, entry(record)).await.unwrap();
        record += 1;
    }
    assert!(outbox.picture(1).await.is_ok(), "a delivered one goes first");
    assert_eq!(outbox.status().photos_dropped, 0);
    while outbox.picture(1).await.is_ok() {
        take(&outbox, entry(record)).await.unwrap();
        record += 1;
    }
    assert_eq!(outbox.picture(1).await, Err(NoPicture::Dropped));
    assert_eq!((outbox.status().disk, outbox.status().photos_dropped), (DiskState::PhotosGoing, 2));
    while outbox.status().photos > 0 {
        take(&outbox, entry(record)).await.unwrap();
        record += 1;
    }
    assert_eq!(take(&outbox, photo(200, 1_000)).await, Err(EnqueueError::PhotosRefused));
    assert_eq!(outbox.status().disk, DiskState::PhotosRefused);
    for record in 300..330 {
        take(&outbox, entry(record)).await.unwrap();
    }
    assert!(outbox.status().bytes > limits.max_bytes);

    // When the disk has no room either, nothing is taken, and what is there stays.
    disk.set_capacity(Some(disk.used() + 100));
    assert_eq!(take(&outbox, entry(400)).await, Err(EnqueueError::Full));
    assert_eq!(outbox.status().disk, DiskState::Full);
    let before = waiting(&outbox, "city");
    let lengths = disk.paths();
    assert_eq!(take(&outbox, entry(401)).await, Err(EnqueueError::Full));
    assert_eq!(disk.paths(), lengths, "nothing half written is left");
    disk.set_capacity(None);
    let Ok(Taken::New(seq)) = take(&outbox, entry(400)).await else { panic!("there is room again") };
    drop(outbox);
    let outbox = opened(&disk.power_loss(2), &clock, limits);
    assert_eq!(waiting(&outbox, "city"), [before, vec![seq]].concat());
}

#[tokio::test]
async fn a_full_disk_costs_photos_before_a_report() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    for record in 1..=4 {
        take(&outbox, photo(record, 1_500)).await.unwrap();
    }
    disk.set_capacity(Some(disk.used() + 50));
    take(&outbox, entry(9)).await.unwrap();
    assert_eq!(outbox.picture(1).await, Err(NoPicture::Dropped));
    assert!(outbox.picture(4).await.is_ok());
    assert_eq!(outbox.status().photos_dropped, 2);
}

#[tokio::test]
async fn delivered_records_go_after_a_week_and_waiting_ones_never() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    for record in 1..=30 {
        take(&outbox, entry(record)).await.unwrap();
    }
    deliver_all(&outbox);
    for record in 31..=60 {
        take(&outbox, entry(record)).await.unwrap();
    }
    days(&outbox, &clock, 6).await;
    assert_eq!(outbox.status().records, 60);
    days(&outbox, &clock, 2).await;
    let left = outbox.status().records;
    assert!((30..45).contains(&left), "{left} records are left");
    days(&outbox, &clock, 40).await;
    assert_eq!(outbox.status().records, left);
    assert_eq!(take(&outbox, entry(1)).await, Ok(Taken::New(61)), "what is gone is no longer known");
    outbox.close().await;
    let outbox = opened(&disk.power_loss(1), &clock, small());
    assert_eq!(waiting(&outbox, "city"), (31..=61).collect::<Vec<_>>());
    deliver_all(&outbox);
    days(&outbox, &clock, 9).await;
    outbox.close().await;
    let outbox = opened(&disk.power_loss(1), &clock, small());
    assert!(take(&outbox, entry(2)).await.unwrap().seq() > 61, "numbers are not used twice");
}

#[tokio::test]
async fn photos_go_a_day_after_delivery_and_undelivered_after_a_month() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    take(&outbox, photo(1, 3_000)).await.unwrap();
    take(&outbox, photo(2, 3_000)).await.unwrap();
    assert_eq!(outbox.pending("city", 0, 1)[0].kind, Kind::Photo);
    uplinks().iter().for_each(|uplink| outbox.settle(uplink, 1, Settled::Delivered));
    days(&outbox, &clock, 2).await;
    assert_eq!(outbox.picture(1).await, Err(NoPicture::Dropped));
    assert!(outbox.picture(2).await.is_ok());
    days(&outbox, &clock, 27).await;
    assert!(outbox.picture(2).await.is_ok());
    days(&outbox, &clock, 2).await;
    assert_eq!(outbox.picture(2).await, Err(NoPicture::Dropped));
    assert_eq!(waiting(&outbox, "city"), [2], "the report goes without its photo");
}

#[tokio::test]
async fn a_clock_that_leaps_deletes_nothing_early() {
    for leap in [-40, -8, -1, 2, 8, 40, 20_000] {
        let leap = SignedDuration::from_hours(24 * leap);
        let (disk, clock) = (SimDisk::new(), Hands::new());
        let mut outbox = opened(&disk, &clock, small());
        for record in 1..=20 {
            take(&outbox, photo(record, 900)).await.unwrap();
            if record == 10 {
                deliver_all(&outbox);
            }
        }
        let before = outbox.status();
        clock.turn(leap);
        outbox.tidy().await;
        // Through a restart too, with the clock wrong, and set right again after it.
        outbox.close().await;
        outbox = opened(&disk, &clock, small());
        outbox.tidy().await;
        for record in 21..=22 {
            take(&outbox, photo(record, 900)).await.unwrap();
        }
        clock.turn(-leap);
        outbox.tidy().await;
        let status = outbox.status();
        assert_eq!(
            (status.records, status.photos),
            (before.records + 2, before.photos + 2),
            "a leap of {leap}"
        );
        // Time goes on, and so does deleting.
        deliver_all(&outbox);
        days(&outbox, &clock, 10).await;
        assert!(outbox.status().records < 22 && outbox.status().photos == 0, "after a leap of {leap}");
    }
}

/// A hundred thousand records opened: what it takes is printed, that it is moments is held.
#[tokio::test]
async fn a_hundred_thousand_records_open_in_moments() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, Limits::default());
    for thousand in 0..100 {
        outbox.take((thousand * 1_000..(thousand + 1) * 1_000).map(entry).collect()).await.unwrap();
    }
    let begun = std::time::Instant::now();
    let again = opened(&disk.kill(), &clock, Limits::default());
    let opened_in = begun.elapsed();
    println!("100,000 records opened in {opened_in:?}");
    assert_eq!(again.status().records, 100_000);
    assert!(opened_in.as_secs() < 3, "{opened_in:?}");
    assert_eq!(again.pending("city", 99_000, 10).len(), 10);
}
