//! A platform, put together and running.

use crate::accounts::sign_in::{Accounts, AccountsError};
use crate::accounts::upkeep;
use crate::address_limits::AddressLimits;
use crate::after_commit::AfterCommit;
use crate::app::{App, Shared};
use crate::availability::Availability;
use crate::background;
use crate::clock::Clock;
use crate::config::Config;
use crate::cursors::Cursors;
use crate::evaluation_requests::EvaluationRequests;
use crate::forecast::{Forecasts, nightly};
use crate::http;
use crate::intake::{Intake, PoolError, inspector_expiry};
use crate::jobs::{Job, Jobs};
use crate::live::Live;
use crate::metrics::{self, ReportCounter};
use crate::offers::Offers;
use crate::office::businesses::refresh;
use crate::office::checklist::Checklists;
use crate::office::pulse::Pulse;
use crate::office::registrations_expiry;
use crate::office::{connections, occupancy, taps};
use crate::open_data::OpenData;
use crate::orders;
use crate::papers::{PaperError, Papers};
use crate::photos::sweep;
use crate::readiness::Readiness;
use crate::registry::{Registry, secrets};
use crate::reservations::{self, Passages, Reservations, ReservationsError};
use crate::retention::{self, Plates};
use crate::seal::{MasterKey, SealError};
use crate::statistics::{self, Accountability};
use crate::stores::{self, FolderLock, KeyError, LockError, day_partitions};
use crate::supervision::{Supervision, jobs as supervision};
use crate::vacancy::{Publisher, Vacancy};
use crate::webhooks::{self, WebhookError, Webhooks};
use axum::Router;
use axum::routing::get;
use bowei_service::TrustedProxies;
use bowei_service::body::Admission;
use bowei_service::places::Places;
use bowei_service::serve::{Server, ServerBounds};
use bowei_service::tls::{Tls, TlsError};
use bowei_store::{PhotoStore, Store, StoreError};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::task::JoinSet;

/// What is under way may take so long to finish after a stop.
const GRACE: Duration = Duration::from_secs(7);
/// The store may take so long to write what it has after that: both together are under the ten seconds that a
/// stop may take.
const FLUSH: Duration = Duration::from_secs(2);

/// Why a platform does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another platform has the data folder.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The master key cannot be used.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The master key is not the store's.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The decryption threads cannot be started.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// People's accounts cannot be served.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// Webhooks cannot be sent.
    #[error(transparent)]
    Webhooks(#[from] WebhookError),
    /// Spaces cannot be reserved.
    #[error(transparent)]
    Reservations(#[from] ReservationsError),
    /// The office's papers cannot be printed.
    #[error(transparent)]
    Papers(#[from] PaperError),
    /// TLS cannot be served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The metrics recorder cannot be made.
    #[error("metrics cannot be recorded: {0}")]
    Metrics(String),
    /// An address cannot be listened on.
    #[error(
        "无法监听 {address} cannot listen on {address}: {source}. Is something running there already, or is it no address of \
         this machine? Choose another with --listen"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// A platform whose parts are put together, before it listens.
pub struct Platform {
    app: App,
    lock: Option<FolderLock>,
    stop: watch::Sender<bool>,
}

/// A platform that listens.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens for HTTPS.
    pub tls_address: Option<SocketAddr>,
    app: App,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    // Held until the last is written.
    _lock: Option<FolderLock>,
}

impl Platform {
    /// Looks for what would let a start fail, as far as it can be told before a store is made for it: a first start that
    /// fails leaves nothing behind.
    pub fn check(config: &Config) -> Result<(), StartError> {
        let tls = config.tls.as_ref();
        let addresses = [Some(config.server.listen), tls.map(|tls| tls.listen), config.server.metrics_listen];
        let bind = |address| {
            std::net::TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })
        };
        // All at once, so that one address for two of them is found.
        drop(addresses.into_iter().flatten().map(bind).collect::<Result<Vec<_>, _>>()?);
        if let Some(tls) = tls {
            Tls::open(tls.certificate.clone(), tls.private_key.clone())?;
        }
        if let Some(oidc) = &config.accounts.oidc {
            oidc.check().map_err(|unfit| AccountsError::Oidc(unfit.into()))?;
        }
        Webhooks::receiver(&config.webhook)?;
        Papers::load(&config.papers.or_general())?;
        Ok(())
    }

    /// Opens the stores that the configuration names and puts a platform on them.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let (named_key, data) = (config.server.master_key_file.as_deref(), &config.server.data);
        // Before a store is made that would lie there without its key.
        MasterKey::find(named_key, data)?;
        let embedded = config.store.database.is_none();
        let lock = embedded.then(|| FolderLock::take(data)).transpose()?;
        let (store, photos) = stores::open(&config).await?;
        let key = stores::master_key(store.as_ref(), named_key, data).await?;
        Ok(Self { lock, ..Self::new(config, store, photos, key, clock).await? })
    }

    /// Puts a platform on a store.
    pub async fn new(
        config: Config,
        store: Arc<dyn Store>,
        photos: Arc<dyn PhotoStore>,
        key: MasterKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let config = Config { papers: config.papers.or_general(), ..config };
        metrics::install().map_err(|error| StartError::Metrics(error.to_string()))?;
        stores::check_key(store.as_ref(), &key).await?;
        secrets::bind(store.as_ref(), &key).await?;
        store.prepare_days(clock.now()).await?;
        let lots = config.lots.clone();
        let registry = Arc::new(Registry::open(Arc::clone(&store), key, Arc::clone(&clock), lots).await?);
        let vacancy = Arc::new(Vacancy::open(store.as_ref()).await?);
        let publisher = Publisher::new(Arc::clone(&vacancy), Arc::clone(&registry), Arc::clone(&clock));
        let live = Arc::new(Live::new(Arc::clone(&registry)));
        let pulse = Arc::new(Pulse::new(Arc::clone(&registry)));
        let evaluation_requests = Arc::<EvaluationRequests>::default();
        let plates = Plates::new(registry.key(), config.retention.plates_days)?;
        let node = node_name();
        let phones = registry.key().derived(reservations::PHONES)?;
        let webhooks = Arc::new(Webhooks::open(&config.webhook, &phones)?);
        let parts = (&store, &registry, &clock);
        let reservations =
            Reservations::open(parts, plates.clone(), webhooks.is_told(), node.clone()).await?;
        let passages = Arc::new(Passages::new(reservations.clone()));
        let papers = Arc::new(Papers::load(&config.papers)?);
        let supervision = Supervision::open(&store, &registry, &clock).await?;
        let intake = Intake::new(
            (Arc::clone(&registry), plates.clone()),
            Arc::clone(&store),
            Arc::clone(&photos),
            after_commit(
                &store,
                &registry,
                &vacancy,
                (&live, &pulse, &supervision, &passages),
                &evaluation_requests,
            ),
            Arc::clone(&clock),
            &config,
        )?;
        let open_data = OpenData::new(&config, &store, (&registry, &vacancy), &clock);
        let forecasts = Forecasts::new(config.connection.calendar());
        let mut list =
            jobs(&store, &photos, &plates, (&registry, &vacancy, &supervision, &webhooks), &config);
        list.extend(reservations::jobs(&reservations));
        let jobs = Jobs::new(list, Arc::clone(&store), Arc::clone(&clock), node.clone());
        let started_at = clock.now();
        let (stop, stopping) = watch::channel(false);
        let limits = &config.limits;
        let admission = Admission::new(limits.bodies_max_bytes, Duration::from_secs(limits.body_timeout_s));
        let public_streams = Places::new(limits.streams_max, limits.streams_per_address);
        let token_streams = Places::new(limits.token_streams_max, limits.streams_per_address);
        let address_limits = AddressLimits::new(&config.limits, Arc::clone(&clock));
        let readiness = Readiness::of(store.as_ref()).await;
        let cursors = Cursors::new(registry.key())?;
        let accounts = Accounts::new(Arc::clone(&store), config.accounts.clone(), registry.key())?;
        let app = Arc::new(Shared {
            accounts,
            address_limits,
            cursors,
            plates,
            clock,
            store,
            photos,
            registry,
            vacancy,
            live,
            pulse,
            supervision,
            papers,
            webhooks,
            reservations,
            passages,
            offers: Offers::default(),
            availability: Availability::default(),
            open_data,
            forecasts,
            accountability: Accountability::default(),
            evaluation_requests,
            node,
            started_at,
            jobs: Arc::new(jobs),
            publisher: Arc::new(publisher),
            intake: Arc::new(intake),
            admission,
            public_streams,
            token_streams,
            table_turn: Semaphore::new(1),
            export_turn: Mutex::default(),
            readiness,
            stopping,
            config,
        });
        Ok(Self { app, lock: None, stop })
    }

    /// Every path, without a server around: for tests.
    pub fn router(&self) -> Router {
        http::router(Arc::clone(&self.app))
    }

    /// The parts, for tests and for the command.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Listens.
    pub async fn start(self) -> Result<Running, StartError> {
        let Self { app, lock, stop } = self;
        let server = Arc::new(serving(http::router(Arc::clone(&app)), &app.config));
        let mut tasks = JoinSet::new();
        let (listener, address) = listen(app.config.server.listen).await?;
        let mut tls_address = None;
        let mut tls = None;
        if let Some(config) = app.config.tls.clone() {
            let (listener, address) = listen(config.listen).await?;
            let shared = Arc::new(Tls::open(config.certificate, config.private_key)?);
            let server = Arc::clone(&server);
            tasks.spawn(server.run(listener, Some(Arc::clone(&shared)), app.stopping.clone(), GRACE));
            (tls_address, tls) = (Some(address), Some(shared));
        }
        if let Some(address) = app.config.server.metrics_listen {
            let (listener, _) = listen(address).await?;
            let router = Router::new().route("/metrics", get(metrics::render));
            let server = Arc::new(serving(router, &app.config));
            tasks.spawn(server.run(listener, None, app.stopping.clone(), GRACE));
        }
        tasks.spawn(server.run(listener, None, app.stopping.clone(), GRACE));
        background::start(&app, tls, &mut tasks);
        app.jobs.start(&app.stopping, &mut tasks);
        Ok(Running { address, tls_address, app, stop, tasks, _lock: lock })
    }
}

impl Running {
    /// The parts, for the command.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops: takes no new connection, lets what is under way finish, and writes what is left, all in ten seconds
    /// at most.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let finishing = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE + Duration::from_secs(1), finishing).await.is_err() {
            tracing::warn!("some work did not end in time and is left");
        }
        if !matches!(tokio::time::timeout(FLUSH, self.app.store.flush()).await, Ok(Ok(()))) {
            tracing::warn!("the store did not write everything in time; nothing acknowledged is lost");
        }
    }
}

/// What happens after a commit, in this order.
fn after_commit(
    store: &Arc<dyn Store>,
    registry: &Arc<Registry>,
    vacancy: &Arc<Vacancy>,
    (live, pulse, supervision, passages): (&Arc<Live>, &Arc<Pulse>, &Supervision, &Arc<Passages>),
    evaluation_requests: &Arc<EvaluationRequests>,
) -> Vec<Arc<dyn AfterCommit>> {
    let mut steps: Vec<Arc<dyn AfterCommit>> = vec![
        // What lots say of themselves, and what is noted of those on trial, are the steps that can fail.
        Arc::clone(registry) as Arc<dyn AfterCommit>,
        Arc::clone(vacancy) as Arc<dyn AfterCommit>,
        Arc::new(Checklists::new(Arc::clone(store), Arc::clone(registry))),
        Arc::new(ReportCounter),
        Arc::clone(pulse) as Arc<dyn AfterCommit>,
        Arc::clone(&supervision.judge) as Arc<dyn AfterCommit>,
        Arc::clone(evaluation_requests) as Arc<dyn AfterCommit>,
        Arc::clone(passages) as Arc<dyn AfterCommit>,
    ];
    // Where nodes share a store, watchers are told from its ledger.
    if !store.is_shared() {
        steps.push(Arc::clone(live) as Arc<dyn AfterCommit>);
    }
    steps
}

/// What happens by the clock, once in the cluster.
fn jobs(
    store: &Arc<dyn Store>,
    photos: &Arc<dyn PhotoStore>,
    plates: &Plates,
    (registry, vacancy, supervised, hooks): (&Arc<Registry>, &Arc<Vacancy>, &Supervision, &Arc<Webhooks>),
    config: &Config,
) -> Vec<Job> {
    vec![
        day_partitions::job(Arc::clone(store)),
        inspector_expiry::job(Arc::clone(store), config.inspector.bounds()),
        retention::photos::job(Arc::clone(store), Arc::clone(photos), config.photos.days_max),
        retention::plates_job(Arc::clone(store), plates.clone()),
        sweep::job(Arc::clone(store), Arc::clone(photos)),
        upkeep::expiry(Arc::clone(store), &config.accounts),
        upkeep::audit_head(Arc::clone(store)),
        connections::job(Arc::clone(store), Arc::clone(registry)),
        occupancy::job(Arc::clone(store), Arc::clone(registry), Arc::clone(vacancy)),
        taps::old(Arc::clone(store)),
        registrations_expiry::job(Arc::clone(store), Arc::clone(photos)),
        refresh::job(Arc::clone(store)),
        supervision::hourly(Arc::clone(&supervised.days)),
        supervision::closing(Arc::clone(&supervised.days)),
        supervision::old_signs_of_life(Arc::clone(store)),
        statistics::job(Arc::clone(store), Arc::clone(registry), Arc::clone(&supervised.book)),
        statistics::quality::job(Arc::clone(store), Arc::clone(registry)),
        orders::clock::job(Arc::clone(store), hooks.is_told()),
        webhooks::job(Arc::clone(store), Arc::clone(hooks)),
        nightly::job(Arc::clone(store), Arc::clone(registry), config.connection.calendar()),
        supervision::sweep(Arc::clone(&supervised.judge)),
    ]
}

/// A name that no other node has, nor this one after a restart: what it held before is not its own any more.
fn node_name() -> String {
    let mut random = [0u8; 8];
    // Without randomness the process's number has to do: jobs may be done twice, which is harmless.
    if aws_lc_rs::rand::fill(&mut random).is_err() {
        random = u64::from(std::process::id()).to_be_bytes();
    }
    format!("node-{:016x}", u64::from_be_bytes(random))
}

/// A server of `router` under the configuration's limits.
fn serving(router: Router, config: &Config) -> Server {
    let bounds = ServerBounds {
        connections_max: config.limits.connections_max,
        address_connections_max: config.limits.connections_per_address,
        proxies: TrustedProxies::new(config.server.trusted_proxies.iter().copied()),
        header_timeout: Duration::from_secs(config.limits.header_timeout_s),
    };
    Server::new(router, bounds)
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
