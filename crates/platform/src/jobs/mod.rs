//! What happens by the clock. Each job is a loop of its own that ends when the platform stops; a failure is logged
//! and tried again at the next turn, for nothing here may take the platform down.

use crate::http::metrics;
use crate::http::tls::Tls;
use crate::http::{App, Shared};
use crate::stopping::stopped;
use bowei_model::moment;
use jiff::ToSpan as _;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The registry's version is asked so often: what another process changed is seen within two seconds.
const REGISTRY_EVERY: Duration = Duration::from_millis(500);
/// TLS certificate files are looked at so often.
const CERTIFICATES_EVERY: Duration = Duration::from_secs(5);
/// The inspector and the photos are trimmed so often.
const TRIM_EVERY: Duration = Duration::from_secs(10 * 60);
/// The metrics' memory is tidied so often.
const METRICS_EVERY: Duration = Duration::from_secs(5);

/// Starts every job.
pub fn start(app: &App, tls: Option<Arc<Tls>>, jobs: &mut JoinSet<()>) {
    let stopping = &app.stopping;
    let publisher = Arc::clone(&app.publisher);
    jobs.spawn(until(stopping.clone(), async move { publisher.run().await }));
    let shared = Arc::clone(app);
    let published = Arc::new(AtomicI64::new(app.registry.snapshot().version));
    jobs.spawn(every(stopping.clone(), REGISTRY_EVERY, move || {
        follow_registry(Arc::clone(&shared), Arc::clone(&published))
    }));
    let shared = Arc::clone(app);
    jobs.spawn(every(stopping.clone(), TRIM_EVERY, move || trim(Arc::clone(&shared))));
    jobs.spawn(every(stopping.clone(), METRICS_EVERY, || async { metrics::upkeep() }));
    if let Some(tls) = tls {
        jobs.spawn(every(stopping.clone(), CERTIFICATES_EVERY, move || renew(Arc::clone(&tls))));
    }
}

async fn until(stopping: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        () = stopped(stopping) => {}
    }
}

async fn every<F: Future<Output = ()> + Send>(
    stopping: watch::Receiver<bool>,
    period: Duration,
    mut work: impl FnMut() -> F + Send,
) {
    let mut tick = tokio::time::interval(period);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => work().await,
            () = stopped(stopping.clone()) => return,
        }
    }
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

async fn trim(app: Arc<Shared>) {
    let now = app.clock.now();
    match app.store.trim_inspector(now, app.config.inspector.bounds()).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "refused messages past their time are forgotten"),
        Err(error) => tracing::warn!(%error, "the inspector could not be trimmed"),
    }
    let days_max = app.config.photos.days_max;
    let Ok(oldest) = now.checked_sub((i64::from(days_max) * 24).hours()) else { return };
    if days_max == 0 {
        return;
    }
    let days = match app.photos.days().await {
        Ok(days) => days,
        Err(error) => return tracing::warn!(%error, "the days of photos could not be listed"),
    };
    for day in days.into_iter().filter(|day| *day < moment::day(oldest)) {
        match app.photos.delete_day(day).await {
            Ok(()) => tracing::info!(day, "photos past their time are deleted"),
            Err(error) => tracing::warn!(day, %error, "photos past their time could not be deleted"),
        }
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
