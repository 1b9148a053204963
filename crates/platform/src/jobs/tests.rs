//! Jobs by a clock turned by hand, on the embedded engine.

use super::*;
use bowei_service::Clock;
use bowei_store::{JobOutcome, SqliteStore, Store, sqlite};
use jiff::SignedDuration;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::SeqCst};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

const DAY: SignedDuration = SignedDuration::from_hours(24);

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(SeqCst)).unwrap()
    }
}

/// Two nodes' store and clock.
struct Scene {
    store: Arc<dyn Store>,
    clock: Arc<HandClock>,
    _folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path(), sqlite::Options::default()).unwrap());
        let morning: Timestamp = "2026-04-01T08:00:00+08:00".parse().unwrap();
        Self { store, clock: Arc::new(HandClock(AtomicI64::new(morning.as_second()))), _folder: folder }
    }

    fn turn(&self, by: SignedDuration) {
        self.clock.0.fetch_add(by.as_secs(), SeqCst);
    }

    fn node(&self, name: &str, list: Vec<Job>) -> Arc<Jobs> {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Arc::new(Jobs::new(list, Arc::clone(&self.store), clock, name.to_owned()))
    }

    async fn outcomes(&self, job: &str) -> Vec<(u32, JobOutcome, String)> {
        let runs = self.store.job_runs(Some(job), 100).await.unwrap();
        runs.into_iter().map(|run| (run.attempt, run.outcome, run.message)).collect()
    }
}

/// A job that notes the periods it is handed.
fn noting(schedule: Schedule) -> (Job, mpsc::UnboundedReceiver<Period>) {
    let (handed, periods) = mpsc::unbounded_channel();
    let job = Job::new("noting", schedule, move |period| {
        handed.send(period).unwrap();
        async { Ok(Words::new("已记下", "noted")) }
    });
    (job, periods)
}

fn days(periods: &mut mpsc::UnboundedReceiver<Period>) -> Vec<String> {
    let all = std::iter::from_fn(|| periods.try_recv().ok());
    all.map(|period| bowei_model::moment::day(period.from).to_string()).collect()
}

#[tokio::test]
async fn missed_days_are_caught_up_with_the_oldest_first_and_within_a_bound() {
    let scene = Scene::new();
    let (job, mut periods) = noting(Schedule::Daily { hour: 3 });
    let node = scene.node("a", vec![job.catching_up()]);
    assert_eq!(node.do_all_due().await.unwrap(), ["noting"]);
    assert_eq!(days(&mut periods), ["20260401"], "nothing was missed before it was there");
    assert!(node.do_all_due().await.unwrap().is_empty());
    scene.turn(DAY * 3);
    assert_eq!(node.do_all_due().await.unwrap(), ["noting"]);
    assert_eq!(days(&mut periods), ["20260402", "20260403", "20260404"]);
    scene.turn(DAY * 100);
    node.do_all_due().await.unwrap();
    assert_eq!(days(&mut periods).len(), 1 + CAUGHT_UP_MAX);
    let due = node.due_times().await.unwrap()[0].1;
    assert_eq!(due, scene.clock.now() + SignedDuration::from_hours(19), "at three the next morning");
}

#[tokio::test]
async fn a_job_that_does_not_catch_up_leaves_out_what_was_missed() {
    let scene = Scene::new();
    let (job, mut periods) = noting(Schedule::Minutes(5));
    let node = scene.node("a", vec![job]);
    node.do_all_due().await.unwrap();
    scene.turn(DAY);
    node.do_all_due().await.unwrap();
    assert_eq!(days(&mut periods), ["20260401", "20260402"]);
}

#[tokio::test]
async fn two_nodes_do_a_period_once() {
    let scene = Scene::new();
    let count = Arc::new(AtomicU32::new(0));
    let counting = || {
        let count = Arc::clone(&count);
        Job::new("counting", Schedule::Hourly, move |_| {
            count.fetch_add(1, SeqCst);
            async { Ok(Words::none()) }
        })
    };
    let (one, other) = (scene.node("a", vec![counting()]), scene.node("b", vec![counting()]));
    for hours in 1..=3 {
        let (here, there) = tokio::join!(one.do_all_due(), other.do_all_due());
        assert_eq!(here.unwrap().len() + there.unwrap().len(), 1);
        assert_eq!(count.load(SeqCst), hours);
        scene.turn(SignedDuration::from_hours(1));
    }
}

#[tokio::test]
async fn a_job_that_hangs_keeps_no_other_from_its_turn() {
    let scene = Scene::new();
    let hanging = Job::new("hanging", Schedule::Hourly, |_| std::future::pending());
    let (job, mut periods) = noting(Schedule::Hourly);
    let node = scene.node("a", vec![hanging, job]);
    let (_stop, stopping) = watch::channel(false);
    let mut tasks = JoinSet::new();
    node.start(&stopping, &mut tasks);
    assert!(periods.recv().await.is_some());
    // Where it stands can be seen.
    loop {
        if let [(1, JobOutcome::Running, _)] = scene.outcomes("hanging").await.as_slice() {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_job_that_fails_is_recorded_and_tried_again() {
    let scene = Scene::new();
    let attempts = Arc::new(AtomicU32::new(0));
    let begun = Arc::clone(&attempts);
    let failing = Job::new("failing", Schedule::Daily { hour: 3 }, move |_| {
        let attempt = begun.fetch_add(1, SeqCst) + 1;
        async move {
            match attempt {
                1 => Err(std::io::Error::other("disk full").into()),
                2 => panic!("a bug"),
                _ => Ok(Words::new("终于完成", "done at last")),
            }
        }
    });
    let node = scene.node("a", vec![failing]);
    assert!(node.do_all_due().await.unwrap().is_empty());
    assert!(node.do_all_due().await.unwrap().is_empty());
    assert_eq!(attempts.load(SeqCst), 1, "not at once");
    for minutes in [1, 2] {
        scene.turn(SignedDuration::from_mins(minutes));
        node.do_all_due().await.unwrap();
    }
    let told = scene.outcomes("failing").await;
    assert_eq!(told[0], (3, JobOutcome::Done, "终于完成\ndone at last".to_owned()));
    assert_eq!((told[1].0, told[1].1), (2, JobOutcome::Failed));
    let (zh, en) = Words::read(&told[1].2);
    assert!(zh.starts_with("程序出错") && zh.contains("a bug") && en.ends_with("a bug"), "{told:?}");
    assert_eq!(told[2], (1, JobOutcome::Failed, "未完成，出错：disk full\nnot done: disk full".to_owned()));
    assert!(node.do_all_due().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_always_fails_is_given_up_and_the_next_period_has_its_turn() {
    let scene = Scene::new();
    let failing =
        Job::new("failing", Schedule::Daily { hour: 3 }, |_| async { Err("never".into()) }).catching_up();
    let node = scene.node("a", vec![failing]);
    for _ in 0..48 {
        node.do_all_due().await.unwrap();
        scene.turn(SignedDuration::from_hours(1));
    }
    let told = scene.store.job_runs(None, 100).await.unwrap();
    let of_day = |day: u32| told.iter().filter(|run| bowei_model::moment::day(run.period) == day).count();
    assert_eq!(of_day(20_260_401), usize::try_from(ATTEMPTS_MAX).unwrap());
    assert_eq!(of_day(20_260_402), usize::try_from(ATTEMPTS_MAX).unwrap());
}
