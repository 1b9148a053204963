//! Random days of a gateway: takes, settlements, retries, crashes. After every crash what was promised is held
//! against what is there.

use crate::outbox::harness::{Hands, entry, opened, passage, photo, seeds, small};
use bowei_edge::outbox::sim::{Fault, On, SimDisk};
use bowei_edge::outbox::{Limits, NewEntry, NoPicture, Outbox, Seq, Settled, Standing, Taken};
use bowei_model::{Direction, Report};
use bytes::Bytes;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const UPLINKS: [&str; 2] = ["city", "湖州"];

/// What the disk does besides losing its power.
#[derive(Clone, Copy, PartialEq)]
enum DiskFault {
    None,
    /// It says that it synced.
    NoSyncs,
    /// Calls fail.
    Eio,
    /// Calls fail for want of room: photos may go.
    Full,
}

/// What the model knows of a record that was promised.
struct Known {
    report: Report,
    picture: Option<Bytes>,
    only: Option<String>,
    /// By uplink: what was said last, and whether that is synced.
    said: [(Standing, bool); 2],
}

struct World {
    random: ChaCha8Rng,
    disk: Arc<SimDisk>,
    clock: Arc<Hands>,
    limits: Limits,
    outbox: Outbox,
    known: BTreeMap<Seq, Known>,
    next_record: u64,
    trouble: DiskFault,
    retried: BTreeSet<(String, Seq)>,
}

impl World {
    fn new(seed: u64, trouble: DiskFault) -> Self {
        let (disk, clock) = (SimDisk::new(), Hands::new());
        if trouble == DiskFault::NoSyncs {
            disk.ignore_syncs();
        }
        let outbox = opened(&disk, &clock, small());
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self {
            random,
            disk,
            clock,
            limits: small(),
            outbox,
            known: BTreeMap::new(),
            next_record: 1,
            trouble,
            retried: BTreeSet::new(),
        }
    }

    fn chance(&mut self, of: u32) -> bool {
        self.random.random_range(0..of) == 0
    }

    fn some(&mut self) -> Option<Seq> {
        let place = self.random.random_range(0..self.known.len().max(1));
        self.known.keys().nth(place).copied()
    }

    fn new_entry(&mut self) -> NewEntry {
        let record = self.next_record;
        self.next_record += 1;
        match self.random.random_range(0..4_u8) {
            0 => photo(record, self.random.random_range(1..900)),
            1 => NewEntry { report: passage(record, Direction::Exit, "x"), ..entry(record) },
            2 => NewEntry { only: Some("city".to_owned()), ..entry(record) },
            _ => entry(record),
        }
    }

    async fn take(&mut self) -> Result<(), String> {
        let many = self.random.random_range(1..6);
        let mut entries: Vec<_> = (0..many).map(|_| self.new_entry()).collect();
        // Some of it was sent before.
        let repeats = self.some().filter(|seq| self.known[seq].only.is_none());
        if let Some(seq) = repeats {
            let known = &self.known[&seq];
            entries.push(NewEntry {
                report: known.report.clone(),
                picture: known.picture.clone(),
                only: None,
            });
        }
        let Ok(taken) = self.outbox.take(entries.clone()).await else { return Ok(()) };
        for (place, (entry, taken)) in entries.into_iter().zip(taken).enumerate() {
            match taken {
                Taken::Duplicate(seq) if place == many && Some(seq) == repeats => {}
                Taken::New(seq) if place < many => self.promised(seq, entry)?,
                other => return Err(format!("entry {place} of {many} was {other:?}, repeating {repeats:?}")),
            }
        }
        Ok(())
    }

    fn promised(&mut self, seq: Seq, entry: NewEntry) -> Result<(), String> {
        if self.known.keys().next_back().is_some_and(|newest| *newest >= seq) {
            return Err(format!("number {seq} was used before"));
        }
        let begin = |uplink: usize| {
            let its = entry.only.as_deref().is_none_or(|only| only == UPLINKS[uplink]);
            if its { Standing::Waiting } else { Standing::Unknown }
        };
        let said = [begin(0), begin(1)].map(|standing| (standing, true));
        self.known
            .insert(seq, Known { report: entry.report, picture: entry.picture, only: entry.only, said });
        Ok(())
    }

    fn settle(&mut self) {
        let Some(seq) = self.some() else { return };
        let uplink = self.random.random_range(0..2);
        let known = self.known.get_mut(&seq).unwrap();
        if known.said[uplink].0 != Standing::Waiting {
            return;
        }
        let refused = Settled::Refused { code: "1".to_owned(), why: "no".to_owned() };
        let (how, standing) = match self.random.random_range(0..8_u8) {
            0 => (refused, Standing::Refused),
            1 => (Settled::Unsupported, Standing::Unsupported),
            _ => (Settled::Delivered, Standing::Delivered),
        };
        known.said[uplink] = (standing, false);
        self.outbox.settle(UPLINKS[uplink], seq, how);
    }

    fn again(&mut self) {
        let Some(seq) = self.some() else { return };
        let uplink = self.random.random_range(0..2);
        let known = self.known.get_mut(&seq).unwrap();
        if matches!(known.said[uplink].0, Standing::Waiting | Standing::Unknown) {
            return;
        }
        known.said[uplink] = (Standing::Waiting, false);
        self.outbox.resend(UPLINKS[uplink], &[seq]);
    }

    async fn retry(&mut self) -> Result<(), String> {
        self.outbox.written(false).await;
        let Some(letter) = self.outbox.dead_letters(None, 1).pop() else { return Ok(()) };
        let record = self.next_record;
        self.next_record += 1;
        let Ok(seq) = self.outbox.retry(letter.id, Some(passage(record, Direction::Entry, "mended"))).await
        else {
            return Ok(());
        };
        self.retried.insert((letter.uplink.clone(), letter.seq));
        let picture = if letter.has_picture { self.known[&letter.seq].picture.clone() } else { None };
        let report = passage(record, Direction::Entry, "mended");
        self.promised(seq, NewEntry { report, picture, only: Some(letter.uplink) })
    }

    async fn sync(&mut self) {
        self.outbox.written(true).await;
        for known in self.known.values_mut() {
            for said in &mut known.said {
                said.1 = true;
            }
        }
    }

    async fn crash(&mut self) -> Result<(), String> {
        self.outbox.written(false).await;
        let killed = self.chance(3);
        let seed = self.random.random();
        self.disk = if killed { self.disk.kill() } else { self.disk.power_loss(seed) };
        self.outbox = opened(&self.disk, &self.clock, self.limits.clone());
        self.compare(killed).await
    }

    /// Everything promised is there, once, as it was said, and stands as it may stand.
    async fn compare(&mut self, killed: bool) -> Result<(), String> {
        let letters = self.outbox.dead_letters(None, usize::MAX);
        let letters: BTreeSet<_> = letters.into_iter().map(|letter| (letter.uplink, letter.seq)).collect();
        for (seq, known) in &mut self.known {
            let read = self.outbox.read(*seq).await.map_err(|error| format!("{seq}: {error}"))?;
            if read.report != known.report || read.only != known.only {
                return Err(format!("{seq} says something else"));
            }
            if let Some(picture) = &known.picture {
                match self.outbox.picture(*seq).await {
                    Ok(read) if read == picture => {}
                    Ok(_) => return Err(format!("{seq} shows something else")),
                    Err(NoPicture::Dropped) if self.trouble == DiskFault::Full => {}
                    Err(error) => return Err(format!("picture of {seq}: {error}")),
                }
            }
            for (uplink, name) in UPLINKS.iter().enumerate() {
                let how = self.outbox.how(name, *seq);
                let (said, synced) = known.said[uplink];
                // Several changes since the last sync: any of them may be the last that is left.
                let allowed = how == said || (!synced && !killed);
                if !allowed || ((how == Standing::Unknown) != (said == Standing::Unknown)) {
                    return Err(format!("{seq} is {how:?} with {name}, and was {said:?} (synced: {synced})"));
                }
                let letter = ((*name).to_owned(), *seq);
                if how == Standing::Refused && !letters.contains(&letter) && !self.retried.contains(&letter) {
                    return Err(format!("{seq} was refused by {name} and there is no dead letter"));
                }
                known.said[uplink] = (how, true);
            }
        }
        let mut all: Vec<Seq> = Vec::new();
        for uplink in UPLINKS {
            let waiting = self.outbox.pending(uplink, 0, usize::MAX);
            if !waiting.is_sorted_by(|one, next| one.seq < next.seq) {
                return Err("out of order".to_owned());
            }
            all.extend(waiting.iter().map(|head| head.seq));
        }
        // What was written and not promised may be there too: the lot sends it again and is told so.
        for seq in all {
            if !self.known.contains_key(&seq) {
                let read = self.outbox.read(seq).await.map_err(|error| format!("{seq}: {error}"))?;
                let picture = self.outbox.picture(seq).await.ok();
                let standing = UPLINKS.map(|uplink| self.outbox.how(uplink, seq));
                let said = standing.map(|standing| (standing, true));
                let known = Known { report: read.report, picture, only: read.only, said };
                self.known.insert(seq, known);
            }
        }
        Ok(())
    }
}

/// A world's days; the first thing that is not as it was promised.
async fn days(seed: u64, steps: usize, trouble: DiskFault) -> Result<(), String> {
    let mut world = World::new(seed, trouble);
    for step in 0..steps {
        let at = |fault: String| format!("BOWEI_SEED={seed}, step {step}: {fault}");
        if matches!(trouble, DiskFault::Eio | DiskFault::Full) && world.chance(12) {
            let on =
                [On::Sync, On::Write, On::SyncDir, On::Rename, On::Truncate][world.random.random_range(0..5)];
            let fault = if trouble == DiskFault::Eio { Fault::eio(on) } else { Fault::full(on) };
            let (after, times) = (world.random.random_range(0..4), world.random.random_range(1..4));
            world.disk.fail(fault.after(after).times(times));
        }
        match world.random.random_range(0..20_u8) {
            0..=7 => world.take().await.map_err(at)?,
            8..=15 => world.settle(),
            16 => world.again(),
            17 => world.retry().await.map_err(at)?,
            18 => {
                world.disk.heal();
                world.sync().await;
            }
            _ => {
                world.disk.heal();
                world.crash().await.map_err(at)?;
            }
        }
        // What the writer does meanwhile is then the same each time.
        world.outbox.written(false).await;
    }
    Ok(())
}

async fn all_days(trouble: DiskFault) {
    for seed in seeds(40) {
        if let Err(fault) = days(seed, 250, trouble).await {
            panic!("{fault}");
        }
    }
}

#[tokio::test]
async fn nothing_promised_is_ever_lost() {
    all_days(DiskFault::None).await;
}

#[tokio::test]
async fn nothing_promised_is_ever_lost_where_calls_fail() {
    all_days(DiskFault::Eio).await;
}

#[tokio::test]
async fn nothing_promised_but_photos_is_ever_lost_where_room_fails() {
    all_days(DiskFault::Full).await;
}

#[tokio::test]
async fn a_disk_that_only_says_it_synced_is_found_out() {
    let mut found = 0;
    for seed in 1..=20 {
        if let Err(fault) = days(seed, 250, DiskFault::NoSyncs).await {
            println!("as it should be: {fault}");
            found += 1;
        }
    }
    assert!(found >= 15, "the simulation noticed {found} of 20 disks that do not sync");
}
