//! The parts of a running platform, as its handlers and its background work reach them.

use crate::accounts::sign_in::Accounts;
use crate::address_limits::AddressLimits;
use crate::clock::Clock;
use crate::config::Config;
use crate::cursors::Cursors;
use crate::intake::Intake;
use crate::jobs::Jobs;
use crate::live::Live;
use crate::office::pulse::Pulse;
use crate::readiness::Readiness;
use crate::registry::Registry;
use crate::vacancy::{Publisher, Vacancy};
use bowei_service::body::Admission;
use bowei_service::places::Places;
use bowei_store::{PhotoStore, Store};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

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
    /// Whether the store can be written to.
    pub(crate) readiness: Readiness,
    /// Turns true when the platform stops: streams end, readiness fails.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// The state of every handler.
pub type App = Arc<Shared>;
