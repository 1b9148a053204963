//! The parts of a running platform, as its handlers and its background work reach them.

use crate::accounts::sign_in::Accounts;
use crate::address_limits::AddressLimits;
use crate::availability::Availability;
use crate::clock::Clock;
use crate::config::Config;
use crate::cursors::Cursors;
use crate::evaluation_requests::EvaluationRequests;
use crate::forecast::{self, Forecasts};
use crate::intake::Intake;
use crate::intake::past::PastMessage;
use crate::jobs::Jobs;
use crate::live::Live;
use crate::offers::Offers;
use crate::office::nodes::{self, Node, QueueState};
use crate::office::occupancy;
use crate::office::pulse::Pulse;
use crate::open_data::OpenData;
use crate::papers::Papers;
use crate::readiness::Readiness;
use crate::registry::Registry;
use crate::reservations::{Passages, Reservations};
use crate::retention::Plates;
use crate::statistics::{self, Accountability};
use crate::supervision::Supervision;
use crate::vacancy::{Publisher, Status, Vacancy};
use crate::webhooks::Webhooks;
use bowei_service::body::Admission;
use bowei_service::places::Places;
use bowei_standards::Standard;
use bowei_standards::platform_side::Lane;
use bowei_store::{PhotoStore, QueueDepth, Store, StoreError};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore, watch};

/// What every handler may reach.
pub struct Shared {
    /// The configuration.
    pub config: Config,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The photos.
    pub photos: Arc<dyn PhotoStore>,
    /// The registry.
    pub registry: Arc<Registry>,
    /// People's accounts.
    pub(crate) accounts: Accounts,
    /// The view of vacancy.
    pub vacancy: Arc<Vacancy>,
    /// Who is told of passages and photos.
    pub live: Arc<Live>,
    /// The last hour of passages.
    pub(crate) pulse: Arc<Pulse>,
    /// Who evaluates days and makes cases of findings.
    pub(crate) supervision: Supervision,
    /// Who is told of what somebody waits for.
    pub(crate) webhooks: Arc<Webhooks>,
    /// Spaces that drivers reserve.
    pub reservations: Reservations,
    /// What lots report, on its way to the reservations.
    pub(crate) passages: Arc<Passages>,
    /// How the platform's own people behaved.
    pub(crate) accountability: Accountability,
    /// How the office's papers are printed.
    pub(crate) papers: Arc<Papers>,
    /// The public lots in the field's own formats.
    pub(crate) open_data: OpenData,
    /// What was learned of lots' free spaces.
    pub(crate) forecasts: Forecasts,
    /// Lots that can be reserved, or sell parking off peak.
    pub(crate) offers: Offers,
    /// When the platform itself was there.
    pub(crate) availability: Availability,
    /// Days to evaluate now.
    pub evaluation_requests: Arc<EvaluationRequests>,
    /// This node's name, another at every start.
    pub(crate) node: String,
    /// When it was started.
    pub(crate) started_at: Timestamp,
    /// What happens by the clock, once in the cluster.
    pub jobs: Arc<Jobs>,
    /// Who tells watchers of vacancy.
    pub(crate) publisher: Arc<Publisher>,
    /// The way of a report.
    pub(crate) intake: Arc<Intake>,
    /// How much of bodies is in memory.
    pub(crate) admission: Admission,
    /// What stands for plates past their time.
    pub(crate) plates: Plates,
    /// Seals places in lists.
    pub(crate) cursors: Cursors,
    /// How much one address may ask.
    pub(crate) address_limits: AddressLimits,
    /// The public's streams.
    pub(crate) public_streams: Arc<Places>,
    /// The streams of holders of tokens.
    pub(crate) token_streams: Arc<Places>,
    /// Taken while a table that somebody sends is read and worked in: each may have a hundred thousand rows.
    pub(crate) table_turn: Semaphore,
    /// Held while the rows that somebody was given without a second person are added up and more are given: several
    /// exports asked for at once on this node may not each find room for all.
    pub(crate) export_turn: Mutex<()>,
    /// Whether the store can be written to.
    pub(crate) readiness: Readiness,
    /// Turns true when the platform stops: streams end, readiness fails.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// The state of every handler.
pub type App = Arc<Shared>;

impl Shared {
    /// Takes one whole message in and answers it, as its standard's path does, without a socket.
    pub async fn receive(&self, standard: &'static dyn Standard, request: Request<Bytes>) -> Response<Bytes> {
        self.intake.receive(standard, Lane::Records, request).await
    }

    /// Takes a message of a made-up past in, as of the clock's moment (see [`crate::clock::at`]). Why it is not kept, in
    /// words.
    pub async fn receive_past(&self, message: PastMessage<'_>) -> Result<(), String> {
        self.intake.receive_past(message).await
    }

    /// Notes how full the districts were at a moment of a made-up past, in which lots have no heartbeats.
    pub async fn note_past_occupancy(&self, at: Timestamp) -> Result<(), StoreError> {
        let past = occupancy::at(&self.registry, &self.vacancy, at, |status| status != Status::Closed);
        occupancy::keep(self.store.as_ref(), past).await
    }

    /// Evaluates a day, `yyyymmdd`, of every lot in service as of `now`, and judges what follows: what the jobs do by the
    /// clock, for whoever makes up a past.
    pub async fn evaluate_day(&self, day: u32, now: Timestamp) -> Result<(), StoreError> {
        self.supervision.days.evaluate(day, now).await?;
        self.supervision.days.evaluate_dirty(now).await?;
        self.supervision.judge.sweep(now).await.map(drop)
    }

    /// Has everything of reservations done that waits or is due, and what came of it kept: what a node does by itself while it
    /// runs, for whoever turns the clock.
    pub async fn settle_reservations(&self) -> Result<(), StoreError> {
        self.passages.work_off().await;
        self.reservations.tick().await?;
        self.reservations.calls_done().await;
        Ok(())
    }

    /// Learns the free spaces of all days that were over at `now`: what the job does by the clock, for whoever makes up a
    /// past.
    pub async fn learn_forecasts(&self, now: Timestamp) -> Result<(), StoreError> {
        let calendar = self.forecasts.calendar();
        forecast::nightly::learn_all(&self.store, &self.registry, calendar, now).await.map(drop)
    }

    /// Works out how good the data of all days was that were over at `now`: likewise.
    pub async fn work_out_quality(&self, now: Timestamp) -> Result<(), StoreError> {
        statistics::quality::work_out(self.store.as_ref(), &self.registry, now).await
    }

    /// How this node is.
    pub(crate) fn health(&self) -> Node {
        let limits = &self.config.limits;
        let queue = |QueueDepth { name, waiting, max }| QueueState {
            name: name.to_owned(),
            waiting: waiting as u64,
            max: max as u64,
        };
        let depth = |name, waiting, max| QueueDepth { name, waiting, max };
        let here = [
            depth("bodies-bytes", self.admission.bytes(), limits.bodies_max_bytes),
            depth("public-streams", self.public_streams.taken(), limits.streams_max),
            depth("signed-in-streams", self.token_streams.taken(), limits.token_streams_max),
        ];
        let queues = self.store.queues().into_iter().chain(self.intake.queues()).chain(here);
        let folder = &self.config.server.data;
        let disk = nodes::disk("data", folder);
        Node {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at,
            seen_at: self.clock.now(),
            queues: queues.map(queue).collect(),
            disks: disk.into_iter().collect(),
        }
    }
}
