//! One fault at a time, at every place it can strike.

use crate::outbox::harness::{Hands, count, entry, opened, passage, photo, seeds, small, take, waiting};
use bowei_edge::outbox::sim::{Fault, On, SimDisk};
use bowei_edge::outbox::{DiskState, EnqueueError, NewEntry, NoPicture, Settled, Taken, Unreadable};
use bowei_model::Direction;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::sync::Arc;

#[tokio::test]
async fn after_a_failed_sync_the_batch_is_safe_in_a_new_segment() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    take(&outbox, entry(1)).await.unwrap();
    disk.fail(Fault::eio(On::Sync).within("log/"));
    assert!(matches!(take(&outbox, entry(2)).await, Ok(Taken::New(_))));
    assert_eq!(disk.paths().iter().filter(|(path, _)| path.starts_with("log/")).count(), 2);
    take(&outbox, entry(3)).await.unwrap();
    let before = waiting(&outbox, "city");
    for seed in 1..=40 {
        let outbox = opened(&disk.power_loss(seed), &clock, small());
        assert_eq!(waiting(&outbox, "city"), before, "power lost with seed {seed}");
        assert_eq!(outbox.status().damaged, 0, "seed {seed}");
    }
}

#[tokio::test]
async fn a_disk_that_fails_altogether_is_told_of_and_taken_up_again_when_it_mends() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    take(&outbox, entry(1)).await.unwrap();
    disk.fail(Fault::eio(On::Sync).times(u64::MAX));
    assert!(matches!(take(&outbox, entry(2)).await, Err(EnqueueError::Disk { .. })));
    assert!(matches!(outbox.status().disk, DiskState::Failing { .. }));
    outbox.settle("city", 1, Settled::Delivered);
    outbox.written(true).await;
    disk.heal();
    let Ok(Taken::New(seq)) = take(&outbox, entry(2)).await else { panic!("it was not taken before") };
    outbox.written(true).await;
    assert_eq!(outbox.status().disk, DiskState::Ok);
    let outbox = opened(&disk.power_loss(9), &clock, small());
    assert_eq!(waiting(&outbox, "city"), [seq]);
}

/// One take, then the `n`th call that changes the disk fails, then the disk is well: whatever was answered holds.
async fn struck(fault: impl Fn(u64) -> Fault) {
    for n in 0..40 {
        let (disk, clock) = (SimDisk::new(), Hands::new());
        let outbox = opened(&disk, &clock, small());
        take(&outbox, entry(1)).await.unwrap();
        outbox.settle("city", 1, Settled::Refused { code: "1".to_owned(), why: String::new() });
        outbox.written(true).await;
        disk.fail(fault(n));
        let mut promised = vec![1];
        for record in 2..12 {
            if let Ok(taken) = outbox.take(vec![entry(record), photo(record, 300)]).await {
                promised.extend(taken.iter().map(|taken| taken.seq()));
            }
            if record % 3 == 0 {
                outbox.settle("湖州", promised[promised.len() - 1], Settled::Unsupported);
            }
        }
        disk.heal();
        // That there is room for photos again is known when one finds it.
        let taken = outbox.take(vec![entry(99), photo(99, 300)]).await.unwrap();
        promised.extend(taken.iter().map(|taken| taken.seq()));
        outbox.written(true).await;
        // That pictures went is said for a while yet.
        let state = outbox.status().disk;
        assert!(matches!(state, DiskState::Ok | DiskState::PhotosGoing), "{state:?} after call {n} failed");
        for disk in [disk.kill(), disk.power_loss(n)] {
            let outbox = opened(&disk, &clock, small());
            for seq in &promised {
                outbox.read(*seq).await.unwrap_or_else(|error| panic!("call {n} failed and {seq} {error}"));
            }
            assert_eq!(outbox.dead_letters(None, 9).len(), 1);
            assert_eq!(
                waiting(&outbox, "city")[..],
                promised[1..],
                "call {n}: what was refused is not there"
            );
        }
    }
}

#[tokio::test]
async fn no_room_at_any_call_loses_nothing() {
    struck(|n| Fault::full(On::Change).after(n)).await;
    struck(|n| Fault::full(On::Change).after(n).times(3)).await;
}

#[tokio::test]
async fn an_error_at_any_call_loses_nothing() {
    struck(|n| Fault::eio(On::Change).after(n)).await;
    struck(|n| Fault::eio(On::Change).after(n).times(3)).await;
}

#[tokio::test]
async fn a_flipped_bit_costs_one_record_at_most() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    for record in 1..=40 {
        let second = if record % 4 == 0 { photo(record, 200) } else { count(record as i64) };
        outbox.take(vec![entry(record), second]).await.unwrap();
    }
    for seq in 1..=20 {
        outbox.settle("city", seq, Settled::Delivered);
        outbox.settle("湖州", seq, Settled::Refused { code: "1".to_owned(), why: "no".to_owned() });
    }
    outbox.save("inside", b"cars").unwrap();
    outbox.close().await;
    for seed in seeds(300) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let disk = disk.kill();
        let paths = disk.paths();
        let (path, length) = &paths[random.random_range(0..paths.len())];
        assert!(disk.flip(path, random.random_range(0..*length), random.random_range(0..8)));
        let at = format!("BOWEI_SEED={seed}: a bit of {path}");
        let outbox = opened(&disk, &clock, small());
        let (mut unreadable, mut unseen) = (0, 0);
        for seq in 1..=80 {
            match outbox.read(seq).await {
                Ok(entry) => match outbox.picture(seq).await {
                    Ok(_) | Err(NoPicture::None) => {}
                    Err(error) => {
                        assert!(entry.has_picture && error == NoPicture::Damaged, "{at}: {error}");
                        unseen += 1;
                    }
                },
                Err(_) => unreadable += 1,
            }
        }
        assert!(unreadable + unseen <= 1, "{at}: {unreadable} records and {unseen} photos");
        assert!((unreadable == 0) || path.starts_with("log/"), "{at}");
        if !path.starts_with("documents/") {
            assert_eq!(outbox.status().damaged, 1, "{at}");
        }
        // Nobody is told of a delivery that was not, and the rest is taken as before.
        assert!(waiting(&outbox, "city").iter().filter(|seq| **seq > 20).count() >= 59, "{at}");
        let Ok(Taken::New(seq)) = take(&outbox, entry(1_000)).await else { panic!("{at}") };
        assert!(seq > 80, "{at}: number {seq} anew");
        assert!(waiting(&outbox, "city").contains(&seq), "{at}");
    }
}

#[tokio::test]
async fn a_record_damaged_while_it_waits_is_set_aside_and_taken_anew() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    outbox.take((1..=3).map(entry).collect()).await.unwrap();
    let (path, length) = disk.paths().into_iter().find(|(path, _)| path.starts_with("log/")).unwrap();
    disk.flip(&path, length - 5, 1);
    assert_eq!(outbox.read(3).await, Err(Unreadable::Damaged));
    assert_eq!(outbox.read(3).await, Err(Unreadable::Damaged));
    assert_eq!((waiting(&outbox, "city"), outbox.status().damaged), (vec![1, 2], 1));
    assert!(disk.paths().iter().any(|(path, _)| path.starts_with("damaged/")));
    assert_eq!(take(&outbox, entry(3)).await, Ok(Taken::New(4)));
}

#[tokio::test]
async fn a_disk_that_does_not_give_back_costs_nothing_when_it_does_again() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    outbox.take(vec![entry(1), photo(1, 20)]).await.unwrap();
    disk.fail(Fault::eio(On::Read).times(2));
    assert!(matches!(outbox.read(1).await, Err(Unreadable::Disk { .. })));
    assert!(matches!(outbox.picture(2).await, Err(NoPicture::Disk { .. })));
    assert!(outbox.read(1).await.is_ok() && outbox.picture(2).await.is_ok());
}

#[tokio::test]
async fn files_that_are_not_ours_are_left_alone() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    for path in
        ["log/readme.txt", "log/7.seg", "pictures/x.seg", "uplinks/other.journal", "log/.seg", "dead/x"]
    {
        disk.put(path, b"something else");
    }
    disk.put("log/00000000000000000005.seg", &[0xAB; 700]);
    disk.put("uplinks/city.journal", &[7; 90]);
    disk.put("dead/letters.journal", b"");
    let outbox = opened(&disk, &clock, small());
    assert_eq!(outbox.status().damaged, 2);
    let seq = take(&outbox, entry(1)).await.unwrap().seq();
    assert!(seq > 5);
    drop(outbox);
    let outbox = opened(&disk.power_loss(1), &clock, small());
    assert_eq!(waiting(&outbox, "city"), [seq]);
    assert!(disk.get("log/7.seg").is_some());
}

#[tokio::test]
async fn a_torn_end_is_cut_and_said_once() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    outbox.take((1..=3).map(entry).collect()).await.unwrap();
    drop(outbox);
    let (path, length) = disk.paths().into_iter().find(|(path, _)| path.starts_with("log/")).unwrap();
    let whole = disk.get(&path).unwrap();
    for cut in 1..length as usize {
        let disk = disk.kill();
        disk.put(&path, &whole[..cut]);
        let outbox = opened(&disk, &clock, small());
        let left = waiting(&outbox, "city");
        assert!(left.len() < 3 && left.iter().copied().eq(1..=left.len() as u64), "cut at {cut}");
        assert_eq!(outbox.status().damaged, 0, "cut at {cut}");
        let seq = take(&outbox, entry(9)).await.unwrap().seq();
        let outbox = opened(&disk.kill(), &clock, small());
        assert_eq!(waiting(&outbox, "city"), [left, vec![seq]].concat(), "cut at {cut}");
        assert_eq!(outbox.status().damaged, 0, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_repetition_waits_until_what_it_repeats_is_safe() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    for round in 0..20 {
        let takes: Vec<_> = (0..8).map(|_| take(&outbox, entry(round))).collect();
        let disk_before = Arc::clone(&disk);
        let answers = futures::future::join_all(takes).await;
        assert_eq!(answers.iter().filter(|answer| matches!(answer, Ok(Taken::New(_)))).count(), 1);
        let seq = answers[0].as_ref().unwrap().seq();
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap().seq() == seq));
        assert!(opened(&disk_before.power_loss(round), &clock, small()).read(seq).await.is_ok());
    }
}

#[tokio::test]
async fn what_a_killed_process_had_not_synced_is_safe_before_it_is_said_to_be_repeated() {
    for seed in 1..=20 {
        let (disk, clock) = (SimDisk::new(), Hands::new());
        let outbox = opened(&disk, &clock, small());
        take(&outbox, entry(1)).await.unwrap();
        disk.fail(Fault::eio(On::Sync).within("log/"));
        disk.fail(Fault::eio(On::Truncate));
        disk.fail(Fault::eio(On::Write).within("log/").after(1));
        assert!(take(&outbox, entry(2)).await.is_err(), "written and not synced");
        let disk = disk.kill();
        let outbox = opened(&disk, &clock, small());
        let Ok(Taken::Duplicate(seq)) = take(&outbox, entry(2)).await else { panic!("it is there") };
        let outbox = opened(&disk.power_loss(seed), &clock, small());
        assert!(outbox.read(seq).await.is_ok(), "seed {seed}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_its_size() {
    let (disk, clock) = (SimDisk::new(), Hands::new());
    let outbox = opened(&disk, &clock, small());
    let long =
        NewEntry { report: passage(1, Direction::Entry, &"x".repeat(5 << 20)), picture: None, only: None };
    assert!(matches!(take(&outbox, long).await, Err(EnqueueError::TooLarge { what: "a report", .. })));
    assert!(matches!(
        outbox.take((1..=1_001).map(entry).collect()).await,
        Err(EnqueueError::TooLarge { .. })
    ));
    assert_eq!(outbox.status().records, 0);
    outbox.close().await;
    assert_eq!(take(&outbox, entry(1)).await, Err(EnqueueError::Closed));
}
