//! `bowei demo`: a platform and a simulated city on this machine. What `make run` starts.

use super::gateways::{self, AtLot};
use super::local_platform::Registered;
use super::{Failure, block_on, local_platform, note, print, show, stop_signal};
use bowei_city::faults::FaultOptions;
use bowei_city::run::{LiveOptions, live};
use bowei_city::{CityPlan, PlanOptions, Progress, SendOptions, Stop, send};
use bowei_platform::{Clock as _, Running, SystemClock};
use clap::Args;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// Runs a platform and a simulated city on this machine.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei demo\n  bowei demo --listen 127.0.0.1:9000 --seed 7")]
pub(crate) struct Demo {
    /// Address and port
    #[arg(long, env = "BOWEI_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The seed of the city: the same seed, the same city
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// How many lots and on-street sections
    #[arg(long, default_value_t = 48)]
    lots: usize,
    /// The standard that all lots speak; without it the city speaks them all
    #[arg(long, value_name = "NAME", value_parser = super::city::standard)]
    standard: Option<&'static str>,
    /// How many hours of the past are made up for first, so that there is something to look at
    #[arg(long, default_value_t = 3.0, value_name = "HOURS")]
    history: f64,
    /// How many of the lots report through gateways, in this process
    #[arg(long, default_value_t = 10, value_name = "NUMBER")]
    gateways: usize,
    /// How long the platform is away after SIGUSR1, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    outage: u64,
    /// Keep the data in this folder, which must be new; without it they are deleted at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Demo {
    pub(crate) fn run(self) -> Result<(), Failure> {
        block_on(self.go())
    }

    async fn go(self) -> Result<(), Failure> {
        let stop_asked = stop_signal()?;
        let temporary = tempfile::Builder::new().prefix("bowei-demo-").tempdir()?;
        let data = match &self.data {
            None => temporary.path().to_owned(),
            Some(data) if data.join("bowei.db").exists() => {
                let words =
                    "has data already: name a new folder, or use `bowei serve` and `bowei city` on it";
                return Err(format!("{} {words}", data.display()).into());
            }
            Some(data) => data.clone(),
        };
        let mut plan =
            CityPlan::new(&PlanOptions { seed: self.seed, lots: self.lots, standard: self.standard })?;
        let with_gateways = plan.put_gateways(self.gateways);
        let running = local_platform::platform(&data, self.listen).await?;
        let listen = running.address;
        let url = format!("http://{listen}");
        let app = running.app();
        let Registered { accounts, handed_out, token } =
            local_platform::register_in(app.store.as_ref(), app.registry.key(), &plan, &data).await?;
        app.registry.refresh().await?;
        let at_lots = gateways::start(with_gateways, &url, &handed_out, &data).await?;
        let people = local_platform::people(app.store.as_ref(), &plan).await?;
        greet(&plan, &url, (&token, &people), &at_lots, self.outage)?;

        let live_options = LiveOptions {
            history_hours: self.history,
            // Lots repeat themselves, are late and misread plates: a city where nothing is doubtful is no city.
            faults: Some(FaultOptions::bad_day(self.seed)),
            ..LiveOptions::default()
        };
        let prepared = live(&plan, &live_options, SystemClock.now());
        let (stop, stop_signal) = Stop::new();
        let gateways = at_lots.iter().map(AtLot::of_lot).collect();
        let options = SendOptions { timeout: None, gateways, ..SendOptions::new(&url) };
        let begun = SystemClock.now();
        let caught_up = AtomicBool::new(false);
        let tell = move |progress: &Progress| {
            if !caught_up.load(Ordering::Relaxed) && progress.reached.is_some_and(|reached| reached >= begun)
            {
                caught_up.store(true, Ordering::Relaxed);
                note("\r── 历史数据已补齐，城市进入实时 the past is made up for, the city is live   ");
            } else if std::io::stderr().is_terminal() {
                show(&format!("\r── {progress}        "));
            }
        };
        let sending =
            send(prepared, &plan, &accounts, &options, Arc::new(|| SystemClock.now()), tell, stop_signal);
        let (ended, platform_ends) = oneshot::channel();
        let platform =
            tokio::spawn(stand(running, data, listen, Duration::from_secs(self.outage), platform_ends));
        tokio::pin!(sending);
        tokio::select! {
            sent = &mut sending => drop(sent?),
            () = stop_asked => {
                stop.give();
                drop(sending.await?);
            }
        }
        for at_lot in at_lots {
            at_lot.running.stop().await;
        }
        drop(ended);
        platform.await?.map_err(Into::into)
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
            "\r── 平台已停，{0} 秒后恢复 the platform is away for {0} s        ",
            outage.as_secs()
        ));
        tokio::select! {
            _ = &mut ends => break,
            () = tokio::time::sleep(outage) => {}
        }
        running = Some(local_platform::platform(&data, listen).await.map_err(|error| error.to_string())?);
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
    for at_lot in at_lots {
        let (lot, url) = (&at_lot.lot, at_lot.url());
        print(&format!("  网关     gateway      {url}/  {} {}（{}）", lot.code, lot.name, lot.standard))?;
    }
    if !at_lots.is_empty() {
        let pid = std::process::id();
        print(&format!("  停平台 {outage} 秒  the platform away for {outage} s   kill -USR1 {pid}"))?;
    }
    print("  停止     stop         Ctrl-C")?;
    print("")
}
