//! What every node does for itself, again and again: following what others keep, telling watchers, tending to itself. Each
//! is a loop of its own that ends when the platform stops; a failure is logged and tried again at the next turn, for
//! nothing here may take the platform down.
//!
//! What one node does for all is in [`crate::jobs`].

use crate::app::{App, Shared};
use crate::availability;
use crate::live::follow::{EVERY as LEDGER_EVERY, Followed};
use crate::metrics;
use crate::office::{nodes, settings};
use crate::readiness::PROBE_EVERY;
use crate::reservations::TICK_EVERY;
use crate::vacancy::{Status, follow, publisher};
use bowei_service::stopping::stopped;
use bowei_service::tls::Tls;
use bowei_store::StoreError;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// The registry's version is asked so often: what another process changed is seen within two seconds.
const REGISTRY_EVERY: Duration = Duration::from_millis(500);
/// TLS certificate files are looked at so often.
const CERTIFICATES_EVERY: Duration = Duration::from_secs(5);
/// The metrics' memory is tidied so often.
const METRICS_EVERY: Duration = Duration::from_secs(5);

/// Starts all of it.
pub(crate) fn start(app: &App, tls: Option<Arc<Tls>>, tasks: &mut JoinSet<()>) {
    let publisher = Arc::clone(&app.publisher);
    start_loop(app, tasks, publisher::PUBLISHER, move || {
        let publisher = Arc::clone(&publisher);
        async move { publisher.run().await }
    });
    let judge = Arc::clone(&app.supervision.judge);
    start_loop(app, tasks, "cases", move || {
        let judge = Arc::clone(&judge);
        async move { judge.run().await }
    });
    let (shared, failures) = (Arc::clone(app), Arc::<FailureLog>::default());
    start_loop(app, tasks, "evaluations", move || {
        let (shared, failures) = (Arc::clone(&shared), Arc::clone(&failures));
        async move {
            loop {
                let requested = shared.evaluation_requests.next().await;
                let now = shared.clock.now();
                let evaluated = shared.supervision.days.evaluate_requested(requested, now).await;
                // The hourly evaluation has them too.
                failures.note(evaluated, "days cannot be evaluated at once");
            }
        }
    });
    let passages = Arc::clone(&app.passages);
    start_loop(app, tasks, "reservations-passages", move || {
        let passages = Arc::clone(&passages);
        async move { passages.run().await }
    });
    let (shared, failures) = (Arc::clone(app), Arc::<FailureLog>::default());
    start_periodic(app, tasks, "reservations", TICK_EVERY, move || {
        tick_reservations(Arc::clone(&shared), Arc::clone(&failures))
    });
    let (shared, failures) = (Arc::clone(app), Arc::<FailureLog>::default());
    start_periodic(app, tasks, "follow-rules", settings::FOLLOWED_EVERY, move || {
        follow_rules(Arc::clone(&shared), Arc::clone(&failures))
    });
    let shared = Arc::clone(app);
    let published = Arc::new(AtomicI64::new(app.registry.snapshot().version));
    start_periodic(app, tasks, "follow-registry", REGISTRY_EVERY, move || {
        follow_registry(Arc::clone(&shared), Arc::clone(&published))
    });
    if app.store.is_shared() {
        let (shared, failures) = (Arc::clone(app), Arc::<FailureLog>::default());
        let followed = Arc::<Mutex<Option<i64>>>::default();
        start_periodic(app, tasks, "follow-vacancy", follow::EVERY, move || {
            follow_vacancy(Arc::clone(&shared), Arc::clone(&followed), Arc::clone(&failures))
        });
        let (shared, failures) = (Arc::clone(app), Arc::<FailureLog>::default());
        let followed = Arc::<Mutex<Followed>>::default();
        start_periodic(app, tasks, "follow-ledger", LEDGER_EVERY, move || {
            follow_ledger(Arc::clone(&shared), Arc::clone(&followed), Arc::clone(&failures))
        });
    }
    let (shared, failures) = (Arc::clone(app), Arc::<FailureLog>::default());
    start_periodic(app, tasks, "readiness", PROBE_EVERY, move || {
        probe_store(Arc::clone(&shared), Arc::clone(&failures))
    });
    let (shared, failures) = (Arc::clone(app), Arc::<FailureLog>::default());
    start_periodic(app, tasks, "node-health", nodes::EVERY, move || {
        say_how_it_is(Arc::clone(&shared), Arc::clone(&failures))
    });
    let (shared, failures) = (Arc::clone(app), Arc::<FailureLog>::default());
    start_periodic(app, tasks, "availability", availability::MARK_EVERY, move || {
        mark_availability(Arc::clone(&shared), Arc::clone(&failures))
    });
    let shared = Arc::clone(app);
    start_periodic(app, tasks, "metrics-upkeep", METRICS_EVERY, move || {
        let shared = Arc::clone(&shared);
        async move {
            // There may be a hundred thousand lots.
            if let Err(error) = tokio::task::spawn_blocking(move || measure(&shared)).await
                && let Ok(panic) = error.try_into_panic()
            {
                // Whoever watches this task is to see the panic too.
                std::panic::resume_unwind(panic);
            }
        }
    });
    if let Some(tls) = tls {
        start_periodic(app, tasks, "certificates", CERTIFICATES_EVERY, move || renew(Arc::clone(&tls)));
    }
}

/// Starts what goes on until the platform stops, and is begun anew should it panic.
fn start_loop<F: Future<Output = ()> + Send + 'static>(
    app: &App,
    tasks: &mut JoinSet<()>,
    name: &'static str,
    begin: impl Fn() -> F + Send + Sync + 'static,
) {
    let stopping = app.stopping.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = bowei_watch::task(name, begin) => {}
            () = stopped(stopping) => {}
        }
    });
}

/// Starts what does its work now and then every `period`. A stop lets work that is under way finish.
fn start_periodic<F: Future<Output = ()> + Send + 'static>(
    app: &App,
    tasks: &mut JoinSet<()>,
    name: &'static str,
    period: Duration,
    work: impl Fn() -> F + Send + Sync + 'static,
) {
    let (stopping, work) = (app.stopping.clone(), Arc::new(work));
    tasks.spawn(bowei_watch::task(name, move || {
        let (stopping, work) = (stopping.clone(), Arc::clone(&work));
        async move {
            let mut tick = tokio::time::interval(period);
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = tick.tick() => {
                        bowei_watch::injection_point(name);
                        work().await;
                    }
                    () = stopped(stopping.clone()) => return,
                }
            }
        }
    }));
}

/// A lot's own word may have changed the registry since the last turn: what watchers know is what counts.
async fn follow_registry(app: Arc<Shared>, published: Arc<AtomicI64>) {
    if let Err(error) = app.registry.refresh().await {
        return tracing::warn!(%error, "the registry could not be read again");
    }
    let snapshot = app.registry.snapshot();
    if published.swap(snapshot.version, Relaxed) != snapshot.version {
        tracing::info!(version = snapshot.version, lots = snapshot.lots.len(), "the registry has changed");
        app.publisher.lots_changed();
    }
}

/// Another node, or the command, may have put other rules in force.
async fn follow_rules(app: Arc<Shared>, failures: Arc<FailureLog>) {
    let followed = async {
        app.supervision.book.refresh().await?;
        app.reservations.parts.policy.refresh().await
    };
    failures.note(followed.await, "the rules that are in force cannot be read");
}

/// Reservations whose time has come, whichever node they were made at.
async fn tick_reservations(app: Arc<Shared>, failures: Arc<FailureLog>) {
    let done = app.reservations.tick().await;
    failures.note(done, "reservations that are due cannot be read");
}

/// Whether reports can be taken. Said when it ends and when it begins again, however often it is asked.
async fn probe_store(app: Arc<Shared>, failures: Arc<FailureLog>) {
    let ready = app.readiness.probe(app.store.as_ref()).await;
    let was_away = failures.0.load(Relaxed);
    if ready.is_ok() && was_away {
        tracing::info!(store = app.config.place(), "存储已恢复 the store is back: reports are taken again");
    }
    if ready.is_err() && !was_away {
        tracing::error!(
            store = app.config.place(),
            "存储不可用 the store is away: lots are told to send again"
        );
    }
    failures.note(ready, "not ready: the store cannot be written to");
}

/// How this node is, for whoever looks at the platform's health at any node.
async fn say_how_it_is(app: Arc<Shared>, failures: Arc<FailureLog>) {
    let reported = nodes::say(app.store.as_ref(), &app.node, app.health()).await;
    failures.note(reported, "this node cannot say how it is");
}

/// How the city and this node are, for whoever draws it: lots by whether they are heard from, and the disk's room.
fn measure(app: &Shared) {
    let (now, snapshot) = (app.clock.now(), app.registry.snapshot());
    let mut lots = [("online", 0u32), ("stale", 0), ("closed", 0)];
    for lot in snapshot.live_lots() {
        let place = match app.vacancy.status(lot, now) {
            Status::Online => 0,
            Status::Stale => 1,
            Status::Closed => 2,
        };
        if let Some((_, number)) = lots.get_mut(place) {
            *number += 1;
        }
    }
    for (status, number) in lots {
        ::metrics::gauge!("bowei_lots", "status" => status).set(number);
    }
    if let Some(disk) = nodes::disk("data", &app.config.server.data) {
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let [free, total] = [disk.free_bytes as f64, disk.total_bytes as f64];
        ::metrics::gauge!("bowei_disk_free_bytes", "use" => "data").set(free);
        ::metrics::gauge!("bowei_disk_total_bytes", "use" => "data").set(total);
    }
    metrics::upkeep();
}

/// The minute in which the platform could keep what lots say: what is not marked is the platform's own fault.
async fn mark_availability(app: Arc<Shared>, failures: Arc<FailureLog>) {
    let marked = availability::mark(app.store.as_ref(), app.clock.now()).await;
    failures.note(marked, "this node cannot mark that it is there");
}

/// What other nodes have kept is shown here too.
async fn follow_vacancy(app: Arc<Shared>, followed: Arc<Mutex<Option<i64>>>, failures: Arc<FailureLog>) {
    let mut followed = followed.lock().await;
    let caught_up = follow::catch_up(&app.store, &app.vacancy, *followed).await;
    if let Some(horizon) = failures.note(caught_up, "what other nodes keep cannot be read") {
        *followed = horizon;
    }
}

async fn follow_ledger(app: Arc<Shared>, followed: Arc<Mutex<Followed>>, failures: Arc<FailureLog>) {
    let (store, now) = (app.store.as_ref(), app.clock.now());
    let shown = app.live.show_ledger(store, &mut *followed.lock().await, now).await;
    failures.note(shown, "the ledger cannot be shown to those who watch");
}

/// Whether something that is done several times a second fails: said when it begins to and when it ends.
#[derive(Default)]
struct FailureLog(AtomicBool);

impl FailureLog {
    fn note<T>(&self, done: Result<T, StoreError>, what: &'static str) -> Option<T> {
        let failed = done.is_err();
        if self.0.swap(failed, Relaxed) != failed {
            match &done {
                Err(error) => tracing::warn!(%error, "{what}"),
                Ok(_) => tracing::info!("no longer: {what}"),
            }
        }
        done.ok()
    }
}

async fn renew(tls: Arc<Tls>) {
    match tls.refresh() {
        Ok(true) => tracing::info!("a new TLS certificate is in use"),
        Ok(false) => {}
        Err(error) => {
            tracing::error!(%error, "the new TLS certificate cannot be used; the old one stays in use")
        }
    }
}
