//! A gateway at work: its listener, its uplinks, its clockwork, and their end.

use crate::config::Config;
use crate::gateway::{Environment, Gateway, INSIDE, PROFILE, StartError, WhoWasHeard};
use crate::outbox::NewEntry;
use crate::sessions::OccupancyTracker;
use crate::{directives, folder, http, preflight, schedule};
use bowei_model::{Gate, LotProfile, Report};
use bowei_service::TrustedProxies;
use bowei_service::serve::{Server, ServerBounds};
use bowei_service::stopping::stopped;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Connections at once: a lot has some cameras, a system or two and a page.
const CONNECTIONS_MAX: usize = 256;
/// Of them, of one address: a camera or a system opens a few. A further one takes the place of the one unused longest.
const ADDRESS_CONNECTIONS_MAX: usize = 64;
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// What is under way may take so long to finish when the gateway stops.
const GRACE: Duration = Duration::from_secs(6);
/// Between snapshots of the cars inside: what is between the last one and a crash is read from the log again.
const SNAPSHOTS: Duration = Duration::from_secs(300);

/// A gateway at work.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The gateway.
    pub gateway: Arc<Gateway>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// The cars inside as they were when the log had got to a place.
#[derive(Serialize, Deserialize)]
struct Kept {
    after: u64,
    tracker: String,
}

impl Gateway {
    /// Opens a gateway and starts it.
    pub async fn start(config: Config, machine: Environment) -> Result<Running, StartError> {
        let address = config.listen;
        let opening = tokio::task::spawn_blocking(move || Self::open(config, machine));
        let gateway = match opening.await {
            Ok(opened) => Arc::new(opened?),
            Err(broken) => std::panic::resume_unwind(broken.into_panic()),
        };
        gateway.follow_the_log().await;
        gateway.say_profile().await;
        gateway.say_gates().await;
        preflight::warn(&gateway).await;
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let server = Server::new(http::router(Arc::clone(&gateway)), bounds());
        tasks.spawn(Arc::new(server).run(listener, None, stopping.clone(), GRACE));
        for uplink in &gateway.uplinks {
            uplink.start(&stopping, &mut tasks);
            let (of, uplink, stop) = (Arc::clone(&gateway), Arc::clone(uplink), stopping.clone());
            let (counts_of, counts_to, counts_stop) = (Arc::clone(&of), Arc::clone(&uplink), stop.clone());
            tasks.spawn(bowei_watch::task("schedule", move || {
                schedule::run(Arc::clone(&of), Arc::clone(&uplink), stop.clone())
            }));
            tasks.spawn(bowei_watch::task("counts", move || {
                schedule::counts::run(Arc::clone(&counts_of), Arc::clone(&counts_to), counts_stop.clone())
            }));
        }
        for reconciliation in &gateway.reconciliations {
            let (of, stop) = (Arc::clone(reconciliation), stopping.clone());
            tasks.spawn(bowei_watch::task("reconciliation", move || Arc::clone(&of).run(stop.clone())));
        }
        for directives in &gateway.directives {
            let (of, asked, stop) = (Arc::clone(&gateway), Arc::clone(directives), stopping.clone());
            tasks.spawn(bowei_watch::task("directives", move || {
                directives::run(Arc::clone(&of), Arc::clone(&asked), stop.clone())
            }));
        }
        let webhook = gateway.config.downlink.webhook.as_deref();
        gateway
            .desk
            .start(webhook, Arc::clone(&gateway.clock), &stopping, &mut tasks)
            .map_err(|bad| crate::config::ConfigError::setting("downlink.webhook", bad.to_string()))?;
        if gateway.config.folder.is_some() {
            let (of, stop) = (Arc::clone(&gateway), stopping.clone());
            tasks.spawn(bowei_watch::task("folder", move || folder::run(Arc::clone(&of), stop.clone())));
        }
        let of = Arc::clone(&gateway);
        tasks.spawn(bowei_watch::task("snapshots", move || snapshots(Arc::clone(&of), stopping.clone())));
        Ok(Running { address, gateway, stop, tasks })
    }

    /// The cars inside: the last snapshot, and what the log has since.
    async fn follow_the_log(&self) {
        let total = Some(self.config.lot.spaces_total);
        let kept = self.outbox.load(INSIDE).and_then(|kept| serde_json::from_slice::<Kept>(&kept).ok());
        let restored = kept.and_then(|kept| {
            let tracker = OccupancyTracker::restore(self.lot.clone(), total, kept.tracker.as_bytes()).ok()?;
            Some((kept.after, tracker))
        });
        let (after, tracker) =
            restored.unwrap_or_else(|| (0, OccupancyTracker::new(self.lot.clone(), total)));
        let shared = Arc::new(std::sync::Mutex::new(tracker));
        let heard = Arc::clone(&shared);
        self.outbox
            .visit(after, move |entry| {
                if entry.only.is_none() {
                    let mut tracker = heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    tracker.hear_at(&entry.report, entry.taken_at);
                }
            })
            .await;
        let tracker = shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        *self.tracker.lock().await = tracker;
    }

    /// The base data go to every platform again when they have changed, and to one that is new.
    async fn say_profile(&self) {
        let profile = self.configured_profile();
        let uplinks: BTreeSet<String> = self.uplinks.iter().map(|uplink| uplink.name.clone()).collect();
        let told = self.outbox.load(CONFIGURED).and_then(|told| serde_json::from_slice::<Told>(&told).ok());
        let known = told.filter(|told| told.profile == profile).map(|told| told.uplinks).unwrap_or_default();
        let new: Vec<&String> = uplinks.difference(&known).collect();
        if new.is_empty() {
            return;
        }
        let entry = |only| NewEntry { report: Report::Lot(profile.clone()), picture: None, only };
        let entries = if known.is_empty() {
            vec![entry(None)]
        } else {
            new.into_iter().map(|name| entry(Some(name.clone()))).collect()
        };
        if let Err(not_taken) = self.outbox.take(entries).await {
            tracing::warn!(%not_taken, "the lot's base data could not be kept yet");
            return;
        }
        // Not kept, they are said once more at the next start: platforms take that as the same.
        let told = Told { profile, uplinks };
        let (outbox, bytes) = (self.outbox.clone(), serde_json::to_vec(&told).unwrap_or_default());
        let _ = tokio::task::spawn_blocking(move || outbox.save(CONFIGURED, &bytes)).await;
    }

    /// The gates of the configured lanes go to every platform when they have changed (Shenzhen 4.5.1), and to one that
    /// is new.
    async fn say_gates(&self) {
        let gates = self.configured_gates();
        let uplinks: BTreeSet<String> = self.uplinks.iter().map(|uplink| uplink.name.clone()).collect();
        let told =
            self.outbox.load(GATES_TOLD).and_then(|told| serde_json::from_slice::<GatesTold>(&told).ok());
        let known = told.filter(|told| told.gates == gates).map(|told| told.uplinks).unwrap_or_default();
        let new: Vec<&String> = uplinks.difference(&known).collect();
        let entry = |gate: &Gate, only: &String| NewEntry {
            report: Report::Gate(gate.clone()),
            picture: None,
            only: Some(only.clone()),
        };
        let entries: Vec<NewEntry> =
            new.iter().flat_map(|name| gates.iter().map(|gate| entry(gate, name))).collect();
        if entries.is_empty() {
            return;
        }
        if let Err(not_taken) = self.outbox.take(entries).await {
            tracing::warn!(%not_taken, "the gates could not be kept yet");
            return;
        }
        let told = GatesTold { gates, uplinks };
        let (outbox, bytes) = (self.outbox.clone(), serde_json::to_vec(&told).unwrap_or_default());
        let _ = tokio::task::spawn_blocking(move || outbox.save(GATES_TOLD, &bytes)).await;
    }

    /// Keeps the cars inside.
    async fn snapshot(&self) {
        let _following = self.following.write().await;
        let tracker = self.tracker.lock().await;
        let after = *self.outbox.newest().borrow();
        let Ok(text) = String::from_utf8(tracker.snapshot()) else { return };
        drop(tracker);
        let Ok(bytes) = serde_json::to_vec(&Kept { after, tracker: text }) else { return };
        let outbox = self.outbox.clone();
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || outbox.save(INSIDE, &bytes)).await {
            tracing::warn!(%error, "the cars inside could not be kept");
        }
    }

    /// Keeps the base data that the lot's own system says.
    pub(crate) async fn keep_profile(&self, report: &Report) {
        let Report::Lot(profile) = report else { return };
        let Ok(bytes) = serde_json::to_vec(profile) else { return };
        let outbox = self.outbox.clone();
        let _ = tokio::task::spawn_blocking(move || outbox.save(PROFILE, &bytes)).await;
    }
}

/// The configuration's base data, and who has been told.
#[derive(Serialize, Deserialize)]
struct Told {
    profile: LotProfile,
    uplinks: BTreeSet<String>,
}

/// The gates that platforms have been told of.
#[derive(Serialize, Deserialize)]
struct GatesTold {
    gates: Vec<Gate>,
    uplinks: BTreeSet<String>,
}

/// What they are kept under.
const GATES_TOLD: &str = "gates-told";
/// What that is kept under.
const CONFIGURED: &str = "configured";

/// What the gateway's server is bound by. This machine's own systems share all connections: nobody stands before them.
fn bounds() -> ServerBounds {
    ServerBounds {
        connections_max: CONNECTIONS_MAX,
        address_connections_max: ADDRESS_CONNECTIONS_MAX,
        proxies: TrustedProxies::default(),
        header_timeout: HEADER_TIMEOUT,
    }
}

async fn snapshots(gateway: Arc<Gateway>, stopping: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = stopped(stopping.clone()) => return,
            () = tokio::time::sleep(SNAPSHOTS) => {
                bowei_watch::injection_point("snapshots");
                gateway.snapshot().await;
            }
        }
    }
}

impl Running {
    /// Returns once the gateway can go on no longer: its outbox has no writer any more. What it acknowledged is on disk,
    /// and is found there at the next start.
    pub async fn failed(&self) {
        self.gateway.outbox.ended().await;
    }

    /// Stops: what is under way finishes, and what is to be written is written. Who was heard is given back: nothing of
    /// that is on disk.
    pub async fn stop(mut self) -> WhoWasHeard {
        let _ = self.stop.send(true);
        let finishing = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE + Duration::from_secs(1), finishing).await.is_err() {
            tracing::warn!("some work did not end in time and is left: it is done at the next start");
        }
        self.gateway.snapshot().await;
        self.gateway.outbox.close().await;
        WhoWasHeard {
            cameras: self.gateway.cameras.heard_all(),
            senders: self.gateway.unknown_senders.take(),
        }
    }
}
