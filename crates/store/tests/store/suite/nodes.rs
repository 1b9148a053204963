//! What many nodes on one store rely on.

use super::speech::*;
use bowei_model::{LotCode, Report};
use bowei_store::{
    JobClaim, JobEnd, JobOutcome, JobProgress, JobResult, ProviderRow, RUNS_KEPT_MAX, RegistryChange, Store,
    StoreError,
};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;

/// No test holds a transaction open for so long, on a busy machine either.
const OTHERS_END_WITHIN: Duration = Duration::from_secs(120);

fn claim(holder: &str, period: i64, now: i64) -> JobClaim {
    JobClaim {
        job: "sweep".to_owned(),
        period: at(period),
        holder: holder.to_owned(),
        now: at(now),
        ttl: SignedDuration::from_mins(2),
    }
}

fn end(holder: &str, period: i64, result: JobResult) -> JobEnd {
    JobEnd {
        job: "sweep".to_owned(),
        period: at(period),
        holder: holder.to_owned(),
        ended_at: at(period + 1),
        result,
    }
}

fn done(holder: &str, period: i64) -> JobEnd {
    end(holder, period, JobResult::Done { message: String::new() })
}

pub(crate) async fn one_node_does_a_periods_job_and_nobody_does_it_twice(store: Arc<dyn Store>) {
    assert!(store.claim_job(claim("a", 0, 0)).await.unwrap());
    assert!(!store.claim_job(claim("b", 0, 1)).await.unwrap(), "a has it");
    assert!(store.claim_job(claim("a", 0, 1)).await.unwrap(), "a holds on to it");
    // Whoever has not the right says nothing by finishing.
    store.finish_job(done("b", 0)).await.unwrap();
    assert!(!store.claim_job(claim("b", 0, 2)).await.unwrap());
    store.finish_job(done("a", 0)).await.unwrap();
    for holder in ["a", "b"] {
        assert!(!store.claim_job(claim(holder, 0, 50)).await.unwrap(), "the period's job is done");
    }
    assert!(store.claim_job(claim("b", 60, 60)).await.unwrap(), "the next period's is not");
    assert!(!store.claim_job(claim("a", 60, 60)).await.unwrap());
    let other = JobClaim { job: "another".to_owned(), ..claim("a", 60, 60) };
    assert!(store.claim_job(other).await.unwrap(), "another job is another matter");
    store.finish_job(done("b", 60)).await.unwrap();
    assert!(!store.claim_job(claim("a", 0, 61)).await.unwrap(), "what is past stays past");
}

pub(crate) async fn another_node_takes_over_from_one_that_died(store: Arc<dyn Store>) {
    assert!(store.claim_job(claim("a", 0, 0)).await.unwrap());
    assert!(!store.claim_job(claim("b", 0, 1)).await.unwrap());
    assert!(store.claim_job(claim("b", 0, 2)).await.unwrap(), "its time was up");
    assert!(!store.claim_job(claim("a", 0, 3)).await.unwrap(), "it came back too late");
    store.finish_job(done("a", 0)).await.unwrap();
    assert!(store.claim_job(claim("b", 0, 3)).await.unwrap(), "b is still at it");
    // A job that a dead node left undone does not hold up the next period's.
    assert!(store.claim_job(claim("c", 60, 70)).await.unwrap());
}

pub(crate) async fn what_became_of_a_job_can_be_asked_for(store: Arc<dyn Store>) {
    assert_eq!(store.job_progress("sweep").await.unwrap(), None);
    assert!(store.claim_job(claim("a", 0, 0)).await.unwrap());
    assert!(store.claim_job(claim("a", 0, 1)).await.unwrap(), "holding on begins no run");
    let failed = JobResult::Failed { message: "no\0 room".to_owned(), retry_at: at(5) };
    store.finish_job(end("a", 0, failed)).await.unwrap();
    for holder in ["a", "b"] {
        assert!(!store.claim_job(claim(holder, 0, 4)).await.unwrap(), "it is not to be tried again yet");
    }
    assert!(store.claim_job(claim("b", 0, 5)).await.unwrap());
    let progress = JobProgress { period: at(0), done: false, attempts: 2 };
    assert_eq!(store.job_progress("sweep").await.unwrap(), Some(progress));
    // b dies, and c comes.
    assert!(store.claim_job(claim("c", 0, 9)).await.unwrap());
    store.finish_job(done("b", 0)).await.unwrap();
    let told = store.job_runs(Some("sweep"), 10).await.unwrap();
    let told: Vec<_> =
        told.iter().map(|run| (run.attempt, &*run.holder, run.outcome, &*run.message)).collect();
    assert_eq!(
        told,
        [
            (3, "c", JobOutcome::Running, ""),
            (2, "b", JobOutcome::Abandoned, ""),
            (1, "a", JobOutcome::Failed, "no\0 room"),
        ]
    );
    let swept = JobResult::Done { message: "3 pictures".to_owned() };
    store.finish_job(end("c", 0, swept)).await.unwrap();
    let run = store.job_runs(None, 1).await.unwrap().remove(0);
    assert_eq!((run.started_at, run.ended_at), (at(9), Some(at(1))));
    assert_eq!((run.outcome, run.message.as_str()), (JobOutcome::Done, "3 pictures"));
    assert!(store.job_progress("sweep").await.unwrap().unwrap().done);
    assert!(store.job_runs(Some("another"), 10).await.unwrap().is_empty());
}

pub(crate) async fn the_last_runs_of_a_job_are_kept(store: Arc<dyn Store>) {
    let periods = i64::try_from(RUNS_KEPT_MAX).unwrap() + 3;
    for period in 1..=periods {
        assert!(store.claim_job(claim("a", period, period)).await.unwrap());
        store.finish_job(done("a", period)).await.unwrap();
    }
    let kept = store.job_runs(None, usize::MAX).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|run| run.period).collect();
    assert_eq!(kept, (4..=periods).rev().map(at).collect::<Vec<_>>());
}

pub(crate) async fn a_mark_is_made_once(store: Arc<dyn Store>) {
    assert_eq!(store.mark("key").await.unwrap(), None);
    assert_eq!(store.mark_once("key", vec![1, 2]).await.unwrap(), [1, 2]);
    assert_eq!(store.mark_once("key", vec![3]).await.unwrap(), [1, 2]);
    assert_eq!(store.mark("key").await.unwrap().unwrap(), [1, 2]);
    assert_eq!(store.mark_once("other", vec![3]).await.unwrap(), [3]);
}

pub(crate) async fn a_change_worked_out_from_an_older_registry_is_refused(store: Arc<dyn Store>) {
    let change = |based_on, code: &str| {
        let provider = ProviderRow {
            code: code.into(),
            name: String::new(),
            contact: None,
            details: Default::default(),
        };
        RegistryChange { based_on, providers: vec![provider], ..RegistryChange::default() }
    };
    let first = store.change_registry(change(Some(0), "a")).await.unwrap();
    let late = store.change_registry(change(Some(0), "b")).await;
    let Err(StoreError::Outdated { based_on: 0, found }) = late else { panic!("{late:?}") };
    assert_eq!(found, first);
    assert_eq!(store.registry().await.unwrap().providers.len(), 1);
    store.change_registry(change(Some(first), "b")).await.unwrap();
    store.change_registry(change(None, "c")).await.unwrap();
    assert_eq!(store.registry().await.unwrap().providers.len(), 3);
}

pub(crate) async fn revisions_tell_which_states_to_read(store: Arc<dyn Store>) {
    assert!(store.lot_revisions(None).await.unwrap().lots.is_empty());
    keep(&*store, [told(&entry("L1", "R1", 0)), told(&entry("L2", "R2", 0))]).await;
    let look = async |since| {
        let mut revisions = store.lot_revisions(since).await.unwrap();
        revisions.lots.sort();
        revisions
    };
    let before = look(None).await;
    keep(&*store, [told(&exit("L2", "R2", 5))]).await;
    let after = look(None).await;
    let (before_of, after) = (before.lots, after.lots);
    assert_eq!(before_of[0], after[0]);
    assert!(before_of[1].1 < after[1].1);
    let since = look(Some(before.horizon)).await;
    assert!(since.lots.contains(&after[1]), "{since:?}");
    // Told of once more as long as anybody's transaction is under way that is as old, another test's on the same server too;
    // with one node there is nobody to tell.
    let told_of_no_more = async {
        while store.is_shared()
            && !look(Some(store.lot_revisions(None).await.unwrap().horizon)).await.lots.is_empty()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let ended = tokio::time::timeout(OTHERS_END_WITHIN, told_of_no_more).await;
    assert!(ended.is_ok(), "what was kept before is told of for ever");
    let asked = vec![LotCode::from("L2"), LotCode::from("nowhere")];
    let states = store.lot_states_of(asked).await.unwrap();
    assert_eq!(states.len(), 1);
    assert_eq!((states[0].lot.as_str(), states[0].revision, states[0].state.inside), ("L2", after[1].1, 0));
    assert_eq!(store.lot_states().await.unwrap().iter().filter(|row| **row == states[0]).count(), 1);
}

pub(crate) async fn a_picture_that_no_record_shows_is_told_apart(store: Arc<dyn Store>) {
    let picture = |number: u8| format!("{number:064x}");
    keep(&*store, [said(Report::Photo(photo("L1", "R1", 1)), 0)]).await;
    let pictures = vec![picture(2), picture(1), picture(3)];
    // A photo of a record that has not come shows nothing to anybody.
    assert_eq!(store.photos_unshown(20_260_401, pictures.clone()).await.unwrap(), pictures);
    keep(&*store, [told(&entry("L1", "R1", 1))]).await;
    let unshown = store.photos_unshown(20_260_401, pictures.clone()).await.unwrap();
    assert_eq!(unshown, [picture(2), picture(3)]);
    assert_eq!(store.photos_unshown(20_260_402, pictures.clone()).await.unwrap(), pictures);
    assert!(store.photos_unshown(20_260_401, vec![]).await.unwrap().is_empty());
}

pub(crate) async fn days_can_be_made_at_any_time_and_again(store: Arc<dyn Store>) {
    keep(&*store, [told(&entry("L1", "R1", 0)), said(Report::SpaceCount(count("L1", 1, 5)), 1)]).await;
    for _ in 0..2 {
        store.prepare_days(at(0)).await.unwrap();
        keep(&*store, [told(&exit("L1", "R1", 9)), said(Report::SpaceCount(count("L1", 2, 6)), 2)]).await;
    }
    let session = store.session(&"L1".into(), "R1").await.unwrap().unwrap();
    assert!(!session.is_open());
    let points = store.counts(&"L1".into(), at(-5), at(20), 100).await.unwrap();
    assert_eq!(
        points.iter().map(|point| (point.inside, point.reported)).collect::<Vec<_>>(),
        [(0, None), (1, None), (1, Some(5)), (1, Some(6)), (0, Some(6)),]
    );
}
