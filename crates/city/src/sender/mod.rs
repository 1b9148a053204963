//! Gets traffic to a platform through the standards' own messages: several connections at once, in order for each
//! record, again until it is accepted or refused for good.
//!
//! This is the city's edge to real time: the clock is handed in, waiting is tokio's. Queues are bounded: a platform
//! that takes its time slows the simulation down, and nothing piles up.

mod authenticator;
pub mod counts;
pub(crate) mod delivery;
#[cfg(test)]
pub(crate) mod fake_platform;
mod gateway;
mod heartbeat;
mod outcome;
mod pace;
mod stop;
mod tally;
#[cfg(test)]
mod tests;

pub use bowei_service::outgoing::BadAddress;
pub use stop::{Stop, StopSignal};
pub use tally::{Progress, RefusalHeard};

use crate::message::Message;
use crate::plan::{Accounts, CityPlan, CredentialsError};
use crate::run::Prepared;
use bowei_model::LotCode;
use bowei_service::outgoing::{ClientBounds, HttpClient};
use delivery::Delivering;
use gateway::Gateway;
use jiff::Timestamp;
use pace::Pace;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tally::Tally;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Messages that the simulation may be ahead of the sender.
pub(crate) const TRAFFIC_AHEAD_MAX: usize = 1_024;
/// Lanes to all gateways together: they are on the same machine.
const GATEWAY_LANES: usize = 4;
/// Messages that wait for one connection.
pub(crate) const LANE_QUEUE_MAX: usize = 64;

/// What time it is: real time in the binary, any other in tests.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How fast simulated time goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many simulated seconds a second, at least 1: slower, and the run would never reach the present.
    Times(f64),
    /// As quickly as the platform takes it, but never ahead of real time.
    Max,
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "max" => Ok(Self::Max),
            times => match times.parse() {
                Ok(times) if times >= 1.0 && f64::is_finite(times) => Ok(Self::Times(times)),
                _ => Err(format!("{text:?} is no speed: a number from 1, or max")),
            },
        }
    }
}

/// How to send.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// The platform's address, `http://host:port` with or without a path in front of the standards' own.
    pub url: String,
    /// How many connections at once. Default 8.
    pub connections: usize,
    /// How fast. Default [`Speed::Max`].
    pub speed: Speed,
    /// How long a message is tried before it is given up. Default two minutes; `None`: for ever.
    pub timeout: Option<Duration>,
    /// Lots that have a gateway, and where it is: they speak to it alone.
    pub gateways: Vec<(LotCode, String)>,
    /// How often progress is told. Default every second.
    pub progress_every: Duration,
}

impl SendOptions {
    /// The defaults towards `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connections: 8,
            speed: Speed::Max,
            timeout: Some(Duration::from_secs(120)),
            gateways: Vec::new(),
            progress_every: Duration::from_secs(1),
        }
    }
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// A lot has no account to speak through.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

/// How long an answer may take before the message is sent again.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// Answers are a code and a few words.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// A client of a platform or of a gateway.
pub(crate) fn http_client(url: &str, idle_connections: usize) -> Result<HttpClient, BadAddress> {
    let bounds = ClientBounds {
        idle_connections,
        answer_timeout: ANSWER_TIMEOUT,
        answer_max_bytes: ANSWER_MAX_BYTES,
        https: false,
    };
    HttpClient::to(url, bounds)
}

/// Sends everything in `prepared`, until it ends or `stop` is given; answers how it went.
pub async fn send(
    prepared: Prepared,
    plan: &CityPlan,
    accounts: &Accounts,
    options: &SendOptions,
    clock: Clock,
    tell: impl Fn(&Progress) + Send + Sync + 'static,
    stop: StopSignal,
) -> Result<Progress, SendError> {
    let client = http_client(&options.url, options.connections)?;
    let gateway = |(lot, url): &(LotCode, String)| Ok((lot.to_string(), Gateway::at(url)?));
    let gateways = options.gateways.iter().map(gateway).collect::<Result<_, BadAddress>>()?;
    let tally = Arc::new(Tally::default());
    let delivering = Arc::new(Delivering::new(
        plan,
        accounts,
        (client, gateways),
        clock.clone(),
        options.timeout,
        tally.clone(),
        stop.clone(),
    )?);
    let mut beside = JoinSet::new();
    beside.spawn(tell_progress(tally.clone(), options.progress_every, tell));
    heartbeat::first(&delivering, plan).await;
    heartbeat::go_on(&mut beside, &delivering, plan);

    let mut lanes = JoinSet::new();
    let mut open = |number: usize| (0..number).map(|_| open_lane(&mut lanes, &delivering)).collect();
    // A platform that is away holds up those who speak to it themselves, and nobody else.
    let queues = Queues { to_platform: open(options.connections.max(1)), to_gateways: open(GATEWAY_LANES) };
    let pace = Pace::new(prepared.start, clock, options.speed);
    dispatch(prepared, &queues, &delivering, &pace, &tally, stop).await;
    drop(queues);
    while lanes.join_next().await.is_some() {}
    beside.shutdown().await;
    Ok(tally.progress())
}

/// The lanes' queues.
struct Queues {
    to_platform: Vec<mpsc::Sender<Message>>,
    to_gateways: Vec<mpsc::Sender<Message>>,
}

fn open_lane(lanes: &mut JoinSet<()>, delivering: &Arc<Delivering>) -> mpsc::Sender<Message> {
    let (queue, mut waiting) = mpsc::channel::<Message>(LANE_QUEUE_MAX);
    let delivering = delivering.clone();
    lanes.spawn(async move {
        while let Some(message) = waiting.recv().await {
            delivering.deliver(&message).await;
        }
    });
    queue
}

/// Hands each message to its record's lane when its time has come. The simulation runs on a thread of its own, for
/// its silent hours take longer than an async task may.
async fn dispatch(
    prepared: Prepared,
    queues: &Queues,
    delivering: &Delivering,
    pace: &Pace,
    tally: &Tally,
    mut stop: StopSignal,
) {
    let (ahead, mut coming) = mpsc::channel(TRAFFIC_AHEAD_MAX);
    let traffic = prepared.traffic;
    let source = tokio::task::spawn_blocking(move || {
        for message in traffic {
            if ahead.blocking_send(message).is_err() {
                break;
            }
        }
    });
    let going = async {
        while let Some(message) = coming.recv().await {
            pace.wait_for(message.due).await;
            tally.reached(message.due);
            let mut hasher = DefaultHasher::new();
            message.record_id().hash(&mut hasher);
            let queues =
                if delivering.has_gateway(&message.lot) { &queues.to_gateways } else { &queues.to_platform };
            let lane = hasher.finish() as usize % queues.len().max(1);
            if let Some(queue) = queues.get(lane)
                && queue.send(message).await.is_err()
            {
                break;
            }
        }
    };
    tokio::select! {
        () = going => {}
        () = stop.given() => {}
    }
    drop(coming);
    let _ = source.await;
}

async fn tell_progress(tally: Arc<Tally>, every: Duration, tell: impl Fn(&Progress)) {
    let mut ticks = tokio::time::interval(every);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        tell(&tally.progress());
    }
}
