//! `bowei demo`: a platform and a simulated city on this machine. What `make run` starts.
//!
//! The first look is to have something to show: before the platform listens, the city's last week is made, as fast as the
//! machine takes it ([`history`]). Then the same city goes on in real time. In a folder of its own it can be stopped and
//! started again: what lies between is made up for in the same way ([`state`]).

mod history;
mod office;
mod reservable;
mod state;
mod supervised;

use super::gateways::{self, AtLot};
use super::local_platform::Registered;
use super::{Failure, block_on, local_platform, note, print, show, stop_signal};
use bowei_city::faults::FaultOptions;
use bowei_city::past::Past;
use bowei_city::run::{LiveOptions, live};
use bowei_city::sender::counts;
use bowei_city::{
    CityPlan, Message, PlanOptions, Prepared, Progress, Says, SendOptions, SharedTruth, Stop, send,
};
use bowei_model::moment;
use bowei_platform::{Clock as _, Running, SystemClock};
use clap::Args;
use history::{Made, Span};
use jiff::{SignedDuration, Timestamp};
use reservable::Reservable;
use state::State;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use supervised::{supervised_from, with_faults};
use tokio::sync::oneshot;

/// Of so much of the past some pictures are drawn: drawing one takes as long as keeping some ten records.
const DRAWN: SignedDuration = SignedDuration::from_hours(24);
/// What was due so long before the live city's latest message has arrived, or does when it is told again.
const SETTLED: SignedDuration = SignedDuration::from_hours(1);
/// Lots have been registered for so long when the city begins: who is inside then came before.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// How far the city is is kept so often.
const KEPT_EVERY: Duration = Duration::from_secs(10);

/// Runs a platform and a simulated city on this machine 一键演示.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei demo\n  bowei demo --listen 127.0.0.1:9000 --seed 7")]
pub(crate) struct Demo {
    /// Address and port 监听地址与端口
    #[arg(long, env = "BOWEI_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT", value_parser = bowei_platform::config::listen_address)]
    listen: SocketAddr,
    /// The seed of the city: the same seed, the same city 种子，相同的种子生成相同的城市
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// How many lots and on-street sections 停车场与路段数
    #[arg(long, default_value_t = 48)]
    lots: usize,
    /// How large the lots are, in percent of a real city's: what a week of them takes to make 停车场规模，相对真实城市的百分比
    #[arg(long, default_value_t = 7, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    size: u32,
    /// The standard that all lots speak; without it the city speaks them all 所有停车场采用的标准，不填则五种都用
    #[arg(long, value_name = "NAME", value_parser = super::city::standard)]
    standard: Option<&'static str>,
    /// How many hours of the past are made first, so that there is something to look at 先生成的历史小时数
    #[arg(long, default_value_t = 168.0, value_name = "HOURS")]
    history: f64,
    /// Passages a second below which the live city never falls, on average 实时阶段平均每秒过车数的下限
    #[arg(long, default_value_t = 0.3, value_name = "NUMBER")]
    floor: f64,
    /// How many of the lots report through gateways, in this process 经网关上报的停车场数
    #[arg(long, default_value_t = 10, value_name = "NUMBER")]
    gateways: usize,
    /// In how many of the others something goes wrong in the past, for supervision to find 历史中出现故障的停车场数
    #[arg(long, default_value_t = 9, value_name = "NUMBER")]
    faulty_lots: usize,
    /// How long the platform is away after SIGUSR1, in seconds 收到 SIGUSR1 后平台离线的秒数
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    outage: u64,
    /// Keep the data in this folder, new or an earlier demonstration's, which goes on; without it they are deleted at the end 数据保存到此目录，可继续上次的演示；不填则结束时删除
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Where the demonstration is begun from: its notes, and how it is registered.
struct Begun {
    state: State,
    plan: CityPlan,
    at_gateways: Vec<Arc<bowei_city::CityLot>>,
}

impl Demo {
    pub(crate) fn run(self) -> Result<(), Failure> {
        block_on(self.go())
    }

    async fn go(self) -> Result<(), Failure> {
        let stop_asked = stop_signal()?;
        tokio::pin!(stop_asked);
        let temporary = tempfile::Builder::new().prefix("bowei-demo-").tempdir()?;
        let data = self.data.clone().unwrap_or_else(|| temporary.path().to_owned());
        // Who has something on the port already is told now, and not after the history.
        drop(std::net::TcpListener::bind(self.listen).map_err(|error| in_use(self.listen, &error))?);
        let now = SystemClock.now();
        let Begun { mut state, plan, at_gateways } = self.begin(&data, now)?;
        let platform = local_platform::open(&data, self.listen).await?;
        let app = Arc::clone(platform.app());
        let registered = match state.token.is_empty() {
            false => local_platform::registered(&plan, &data, state.token.clone())?,
            true => {
                let registered = local_platform::register_in(
                    app.store.as_ref(),
                    app.registry.key(),
                    &plan,
                    &data,
                    state.start.checked_sub(BEFORE).unwrap_or(state.start),
                )
                .await?;
                state.people = local_platform::people(app.store.as_ref(), &plan).await?;
                state.token.clone_from(&registered.token);
                state.keep(&data)?;
                registered
            }
        };
        app.registry.refresh().await?;
        let Registered { accounts, handed_out, token } = registered;

        let prepared = live(&plan, &live_options(&state));
        let truth = prepared.truth.clone();
        let traffic = with_faults(prepared, &plan, &at_gateways, &state, now);
        let past =
            Past::new(&plan, &accounts, now, |standard, request| app.receive(standard, request)).await?;
        let drawn_from = state.live_from.checked_sub(DRAWN).unwrap_or(state.live_from);
        let supervised_from = supervised_from(&state);
        let span = Span { start: state.start, from: state.reached, drawn_from, supervised_from, until: now };
        let followed = at_gateways.iter().map(|lot| lot.code.clone()).collect();
        let (stop, stop_signal) = Stop::new();
        let begun = Instant::now();
        let made = {
            let noted = |reached| {
                state.reached = reached;
                state.keep(&data)
            };
            let making = history::make(&app, past, traffic, span, followed, noted, stop_signal.clone());
            tokio::pin!(making);
            tokio::select! {
                made = &mut making => made?,
                () = &mut stop_asked => {
                    stop.give();
                    making.as_mut().await?
                }
            }
        };
        if made.is_stopped {
            return Ok(app.store.flush().await?);
        }
        if made.taken > 0 {
            let seconds = begun.elapsed().as_secs_f64();
            let taken = made.taken;
            note(&format!(
                "── 历史数据 {taken} 条，用时 {seconds:.0} 秒 history: {taken} messages in {seconds:.0} s"
            ));
        }

        let running = platform.start().await?;
        let listen = running.address;
        let url = format!("http://{listen}");
        let at_lots = gateways::start(at_gateways, &url, &handed_out, &data).await?;
        let reservable = Reservable::of_city(&app, &url, (&plan, &at_lots), &mut state.lot_token).await?;
        state.keep(&data)?;
        office::fill(&app, (&url, &token), &plan, reservable.as_ref()).await?;
        greet(&plan, &url, (&token, &state.people), reservable.as_ref(), &at_lots, self.outage)?;
        let taking_reservations = reservable.map(|lot| tokio::spawn(lot.run(stop_signal.clone())));

        let gateways = at_lots.iter().map(AtLot::of_lot).collect();
        let options = SendOptions { timeout: None, gateways, ..SendOptions::new(&url) };
        let prepared = goes_on(made, truth, now);
        let sending = send(
            prepared,
            &plan,
            &accounts,
            &options,
            Arc::new(|| SystemClock.now()),
            tell(now, state.clone(), data.clone()),
            stop_signal,
        );
        let (ended, platform_ends) = oneshot::channel();
        let kept = data.clone();
        let platform =
            tokio::spawn(stand(running, data, listen, Duration::from_secs(self.outage), platform_ends));
        tokio::pin!(sending);
        let sent = tokio::select! {
            sent = &mut sending => sent?,
            () = stop_asked => {
                stop.give();
                sending.await?
            }
        };
        settle(&mut state, &sent, &kept);
        if let Some(ends) = taking_reservations {
            ends.await?;
        }
        for at_lot in at_lots {
            at_lot.running.stop().await;
        }
        drop(ended);
        platform.await?.map_err(Into::into)
    }

    /// The notes of the folder, or those of a new demonstration, and its city.
    fn begin(&self, data: &Path, now: Timestamp) -> Result<Begun, Failure> {
        let state = match State::read(data)? {
            Some(state) => {
                let reached = moment::rfc3339(state.reached.max(state.start));
                note(&format!("── 继续此前的演示 going on from {reached}, seed {}", state.seed));
                state
            }
            None if data.join("bowei.db").exists() => {
                let words = "has data that are no demonstration's: name a new folder, or use `bowei serve` and \
                             `bowei city` on it";
                return Err(format!("{} {words}", data.display()).into());
            }
            None => {
                let usual = LiveOptions::new(now, self.history);
                State {
                    seed: self.seed,
                    lots: self.lots,
                    standard: self.standard.map(str::to_owned),
                    size: self.size,
                    gateways: self.gateways,
                    faulty_lots: self.faulty_lots,
                    floor: self.floor,
                    start: usual.start,
                    live_from: now,
                    // Whoever is inside at the start has come before it.
                    reached: Timestamp::UNIX_EPOCH,
                    token: String::new(),
                    lot_token: String::new(),
                    people: Vec::new(),
                }
            }
        };
        let standard = state.standard.as_deref().map(super::city::standard).transpose()?;
        let plan = CityPlan::new(&PlanOptions { seed: state.seed, lots: state.lots, standard })?;
        let mut plan = plan.resized(state.size);
        let at_gateways = plan.put_gateways(state.gateways);
        state.keep(data)?;
        Ok(Begun { state, plan, at_gateways })
    }
}

fn in_use(listen: SocketAddr, error: &std::io::Error) -> String {
    format!(
        "cannot listen on {listen}: {error}. Is something running there already? Choose another with --listen"
    )
}

fn live_options(state: &State) -> LiveOptions {
    LiveOptions {
        start: state.start,
        floor_passages_per_s: state.floor,
        history_photos: 1.0,
        photos_from: Some(supervised_from(state)),
        // Lots repeat themselves, are late and misread plates: a city where nothing is doubtful is no city.
        faults: Some(FaultOptions::bad_day(state.seed)),
        ..LiveOptions::new(state.live_from, 0.0)
    }
}

/// The city from now on. Gateways were not there before: they are told first who is inside their lots, which the platform
/// knows, and takes as said twice.
fn goes_on(made: Made, truth: SharedTruth, now: Timestamp) -> Prepared {
    let Made { traffic, mut inside, .. } = made;
    for message in &mut inside {
        let Message { says: Says::Passage(entry), lot, .. } = message else { continue };
        // Where counts go apart this is what the gateway shows; elsewhere it is part of what was said.
        if counts::go_apart(lot).is_some() {
            entry.vacant = truth.look().vacant(&lot.code);
        }
        message.within = None;
    }
    Prepared { traffic: Box::new(inside.into_iter().chain(traffic)), truth, start: now }
}

/// Shows how the live city goes, and keeps how far it is.
fn tell(begun: Timestamp, state: State, data: PathBuf) -> impl Fn(&Progress) + Send + Sync + 'static {
    let (caught_up, kept, since) = (AtomicBool::new(false), AtomicU64::new(0), Instant::now());
    move |progress: &Progress| {
        let turn = since.elapsed().as_secs() / KEPT_EVERY.as_secs();
        if kept.swap(turn, Ordering::Relaxed) != turn {
            settle(&mut state.clone(), progress, &data);
        }
        if !caught_up.load(Ordering::Relaxed) && progress.reached.is_some_and(|reached| reached >= begun) {
            caught_up.store(true, Ordering::Relaxed);
            note("\r── 城市进入实时 the city is live                    ");
        } else if std::io::stderr().is_terminal() {
            show(&format!("\r── {progress}        "));
        }
    }
}

/// Keeps how far the live city is. It need not succeed: what has been told is told again.
fn settle(state: &mut State, progress: &Progress, data: &Path) {
    let settled = progress.reached.and_then(|reached| reached.checked_sub(SETTLED).ok());
    if let Some(settled) = settled.filter(|settled| *settled > state.reached) {
        state.reached = settled;
        if let Err(error) = state.keep(data) {
            tracing::warn!(%error, "how far the city is could not be kept");
        }
    }
}

/// Lets the platform run until the demonstration ends; at SIGUSR1 it is away for `outage`, which is what gateways are
/// there for.
async fn stand(
    running: Running,
    data: PathBuf,
    listen: SocketAddr,
    outage: Duration,
    mut ends: oneshot::Receiver<()>,
) -> Result<(), String> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut asked = signal(SignalKind::user_defined1()).map_err(|error| error.to_string())?;
    let mut running = Some(running);
    loop {
        tokio::select! {
            // The sender is dropped when it is over.
            _ = &mut ends => break,
            _ = asked.recv() => {}
        }
        if let Some(running) = running.take() {
            running.stop().await;
        }
        note(&format!(
            "\r── 平台已离线，{0} 秒后恢复 the platform is away for {0} s        ",
            outage.as_secs()
        ));
        tokio::select! {
            _ = &mut ends => break,
            () = tokio::time::sleep(outage) => {}
        }
        let platform = local_platform::open(&data, listen).await.map_err(|error| error.to_string())?;
        running = Some(platform.start().await.map_err(|error| error.to_string())?);
        note("\r── 平台已恢复 the platform is back        ");
    }
    if let Some(running) = running {
        running.stop().await;
    }
    Ok(())
}

fn greet(
    plan: &CityPlan,
    url: &str,
    (token, people): (&str, &[(String, String, String)]),
    reservable: Option<&Reservable>,
    at_lots: &[AtLot],
    outage: u64,
) -> Result<(), Failure> {
    print(&format!("listening on {url}"))?;
    print("")?;
    print(&format!("  泊位 Bowei · {plan}"))?;
    print(&format!("  公众页面 public page  {url}/"))?;
    match people.first() {
        // What stands behind # never leaves the browser.
        Some((login, _, password)) => {
            print(&format!(
                "  控制台   console      {url}/console/sign-in#login={login}&password={password}"
            ))?;
        }
        None => print(&format!("  控制台   console      {url}/console#token={token}"))?,
    }
    print(&format!("  接口令牌 API token    {token}"))?;
    for (login, role, password) in people {
        print(&format!("  账号     account      {login:<10}{password:<24}{role}"))?;
    }
    if let Some(lot) = reservable {
        print(&format!("  可预约   reservable   {url}/lots/{}", lot.lot))?;
    }
    for at_lot in at_lots {
        let (lot, url) = (&at_lot.lot, at_lot.url());
        print(&format!("  网关     gateway      {url}/  {} {}（{}）", lot.code, lot.name, lot.standard))?;
    }
    if !at_lots.is_empty() {
        let pid = std::process::id();
        print(&format!("  让平台离线 {outage} 秒  the platform away for {outage} s   kill -USR1 {pid}"))?;
    }
    print("  停止     stop         Ctrl-C")?;
    print("")
}
