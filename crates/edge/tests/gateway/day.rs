//! A day of one lot, made of a seed: cars, a platform that is away, slow or talks nonsense, a disk that fails, power
//! that goes. What was accepted is at the platform in the end, and in order.

use crate::gateway::harness::{Lot, entry, exit, picture, seeds};
use crate::gateway::platform::{Platform, Say};
use crate::gateway::time::{HOUR, still};
use bowei_edge::outbox::sim::{Fault, On};
use bowei_model::{Direction, Report};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Cars of a day.
const CARS: u32 = 40;
/// Steps of a day; in each one thing happens.
const STEPS: u32 = 200;

/// A report as it is told apart: kind, record, and what it says.
type Told = (String, String, String);

/// How the platform is for a while.
#[derive(Clone, Copy)]
struct Mood {
    away: u32,
    busy: u32,
    garbled: u32,
    deaf: u32,
}

const WELL: Mood = Mood { away: 0, busy: 0, garbled: 0, deaf: 0 };

struct Day {
    lot: Lot,
    platform: Arc<Platform>,
    random: StdRng,
    mood: Arc<Mutex<Mood>>,
    /// Played twice it must be the same: the power goes only when what is written is synced.
    exact: bool,
    /// What the gateway has accepted, in order.
    told: Vec<Told>,
    inside: BTreeMap<u32, (Timestamp, u32)>,
    next_car: u32,
}

impl Day {
    async fn begin(seed: u64, exact: bool) -> Self {
        let (mut lot, mut platforms) = Lot::speaking(&["ningbo"]);
        let platform = platforms.remove(0);
        let mood = Arc::new(Mutex::new(WELL));
        let (moods, mut times) = (Arc::clone(&mood), BTreeMap::new());
        platform.answers(move |arrived| {
            let Mood { away, busy, garbled, deaf } = *moods.lock().unwrap();
            // Of each message by itself: which of two comes first within a millisecond is nobody's to say.
            let time = times.entry(arrived.body.clone()).and_modify(|time| *time += 1).or_insert(0_u64);
            let mut hash = DefaultHasher::new();
            (seed, &arrived.body, *time).hash(&mut hash);
            let mut dice = u32::try_from(hash.finish() % 100).unwrap();
            for (share, say) in [
                (away, Say::Silence),
                (busy, if dice % 2 == 0 { Say::Later(None) } else { Say::Later(Some(3)) }),
                (garbled, Say::Garbage),
                (deaf, Say::TakeInSilence),
            ] {
                if dice < share {
                    return say;
                }
                dice -= share;
            }
            Say::Slow(Duration::from_millis(u64::from(dice)))
        });
        lot.start().await;
        let random = StdRng::seed_from_u64(seed);
        let (told, inside) = (Vec::new(), BTreeMap::new());
        Self { lot, platform, random, mood, exact, told, inside, next_car: 0 }
    }

    /// Tells the gateway until it accepts, as a lot's system does.
    async fn tell(&mut self, report: Value) {
        loop {
            let answer = self.lot.post("/v1/reports", report.to_string()).await;
            if answer.status == 200 {
                break;
            }
            assert!(answer.status.is_server_error(), "{}", answer.text());
            self.lot.pass(Duration::from_secs(5)).await;
            self.lot.disk.heal();
        }
        let text = |field: &str| report[field].as_str().unwrap_or_default().to_owned();
        self.told.push((text("kind"), text("record_id"), text("plate")));
    }

    async fn step(&mut self) {
        let car = self.random.random_range(0..CARS);
        let now = self.lot.now();
        match self.random.random_range(0..100_u32) {
            0..50 => {
                if let Some((entered, number)) = self.inside.remove(&car) {
                    self.tell(exit(&format!("R{number}"), car, entered, now)).await;
                } else {
                    let number = self.next_car;
                    self.next_car += 1;
                    self.inside.insert(car, (now, number));
                    self.tell(entry(&format!("R{number}"), car, now)).await;
                }
            }
            50..58 => {
                // A plate was read wrongly, and is told again.
                if let Some((entered, number)) = self.inside.get(&car).copied() {
                    let wrong = self.random.random_range(50_000..60_000);
                    self.tell(entry(&format!("R{number}"), wrong, entered)).await;
                }
            }
            58..65 => {
                if let Some((_, number)) = self.inside.get(&car).copied() {
                    let path = format!("/v1/photos?record_id=R{number}&role=entry&slot=1");
                    let answer = self.lot.post(&path, picture(number)).await;
                    let photo = ("photo".to_owned(), format!("R{number}"), String::new());
                    if answer.status == 200 && !self.told.contains(&photo) {
                        self.told.push(photo);
                    }
                }
            }
            65..72 => {
                let mut share = |most: u32| self.random.random_range(0..most);
                let mood = match share(5) {
                    0 => Mood { away: 100, ..WELL },
                    1 => Mood { away: share(40), busy: share(30), garbled: share(20), deaf: share(10) },
                    2 => Mood { busy: 100, ..WELL },
                    _ => WELL,
                };
                *self.mood.lock().unwrap() = mood;
            }
            72..75 => {
                let on = [On::Write, On::Sync, On::SyncDir][self.random.random_range(0..3)];
                let times = self.random.random_range(1..4);
                if !self.exact {
                    self.lot.disk.fail(Fault::eio(on).within("log").times(times));
                }
            }
            75..78 => {
                if self.exact {
                    still(self.lot.gateway().outbox.written(true)).await;
                }
                let seed = self.random.random();
                self.lot.lose_power(seed);
                self.lot.start().await;
            }
            78..80 => self.lot.restart().await,
            _ => {
                let seconds = self.random.random_range(1..400);
                self.lot.pass(Duration::from_secs(seconds)).await;
            }
        }
    }

    /// What follows from a step at once has happened: other threads have nothing to do.
    async fn quiet(&self) {
        for _ in 0..6 {
            self.lot.settle().await;
            still(tokio::task::spawn_blocking(|| {})).await.unwrap();
        }
    }

    async fn play(seed: u64, exact: bool) -> Self {
        let mut day = Self::begin(seed, exact).await;
        for _ in 0..STEPS {
            day.step().await;
            if exact {
                day.quiet().await;
            }
        }
        day.lot.disk.heal();
        *day.mood.lock().unwrap() = WELL;
        day.lot.pass(2 * HOUR).await;
        day
    }

    /// What the platform took, in order.
    fn taken(&self) -> Vec<Told> {
        let told = |report: &Report| match report {
            Report::Passage(passage) => {
                let kind = if passage.direction == Direction::Entry { "entry" } else { "exit" };
                let plate = passage.plate.as_ref().map(ToString::to_string).unwrap_or_default();
                Some((kind.to_owned(), passage.record_id.to_string(), plate))
            }
            Report::Photo(photo) => Some(("photo".to_owned(), photo.record_id.to_string(), String::new())),
            _ => None,
        };
        let all = self.platform.arrived();
        all.iter().filter(|one| one.accepted).flat_map(|one| one.reports()).filter_map(told).collect()
    }
}

/// The reports of each record, in order; what is said twice running is said once.
fn by_record(told: &[Told]) -> BTreeMap<String, Vec<Told>> {
    let mut records: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for one in told {
        let record = records.entry(one.1.clone()).or_default();
        if record.last() != Some(one) {
            record.push(one.clone());
        }
    }
    records
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_what_was_accepted_arrives_and_takes_effect_once() {
    for seed in seeds(40) {
        println!("BOWEI_SEED={seed}");
        let day = Day::play(seed, false).await;
        let uplink = day.lot.uplink("ningbo").await;
        let ends = (&uplink["backlog"], &uplink["dead_letters"]);
        assert_eq!(ends, (&json!(0), &json!(0)), "seed {seed}: {uplink}");
        let (told, taken) = (by_record(&day.told), by_record(&day.taken()));
        assert_eq!(told.keys().collect::<Vec<_>>(), taken.keys().collect::<Vec<_>>(), "seed {seed}");
        for (record, told) in told {
            let taken = &taken[&record];
            // What a power loss took of the notes is sent again, from some report on and in order again: the platform
            // keeps the last of what is said of a record, which must be the last that was told.
            let mut rest = taken.as_slice();
            let mut place = 0;
            while let Some((next, more)) = rest.split_first() {
                let of_next = told.iter().position(|one| one == next);
                let of_next =
                    of_next.unwrap_or_else(|| panic!("seed {seed} {record}: {next:?} was never told"));
                assert!(of_next <= place, "seed {seed} {record}: {next:?} before {:?}", told[place]);
                place = place.max(of_next + 1).min(told.len());
                rest = more;
            }
            assert_eq!(place, told.len(), "seed {seed} {record}: {taken:?} of {told:?}");
            let last = |of: &[Told], kind: &str| of.iter().rfind(|one| one.0 == kind).cloned();
            for kind in ["entry", "exit", "photo"] {
                assert_eq!(
                    last(taken, kind),
                    last(&told, kind),
                    "seed {seed} {record}: {taken:?} of {told:?}"
                );
            }
        }
    }
}

#[test]
fn the_same_seed_is_the_same_day() {
    for seed in seeds(5) {
        println!("BOWEI_SEED={seed}");
        let play = || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().start_paused(true).max_blocking_threads(1);
            runtime.global_queue_interval(u32::MAX).build().unwrap().block_on(async {
                let day = Day::play(seed, true).await;
                // How often a message was tried is up to how quickly the machine's own thread writes; what was said, and
                // what came of it, is the seed's.
                let arrived: BTreeSet<Told> = day.taken().into_iter().collect();
                (day.told, arrived)
            })
        };
        let (first, second) = (play(), play());
        assert!(first.0.len() > 50 && !first.1.is_empty());
        assert_eq!(first, second, "seed {seed}");
    }
}
