//! `bowei edge`.

use super::{Failure, block_on_small, open_named, print, stop_signal};
use bowei_edge::outbox::RealDisk;
use bowei_edge::uplink::Tuning;
use bowei_edge::{Clock as _, Config, Environment, Gateway, Running, StartError, SystemClock, preflight};
use clap::Args;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Runs the gateway at a lot 运行停车场网关.
#[derive(Args)]
#[command(
    after_help = "Example 示例:\n  bowei edge --config edge.toml\n  bowei edge --config edge.toml --check\n\
    docs/edge/INSTALL.md has an edge.toml to begin with, and the systemd unit."
)]
pub(crate) struct Edge {
    /// The configuration; a running gateway reads it again when it changes, and on SIGHUP 配置文件，修改后自动重新读取
    #[arg(long, value_name = "FILE", default_value = "edge.toml")]
    config: PathBuf,
    /// Address and port, over the configuration's; port 0 is any free one 监听地址与端口，优先于配置文件
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The data folder, over the configuration's 数据目录，优先于配置文件
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Only say what is wrong with the configuration, or what it lacks that a platform requires. 只检查配置，不启动
    #[arg(long)]
    check: bool,
}

/// Between looks whether the configuration has changed.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a start is tried again after a stop whose last task may still hold the data folder, half a second apart.
const STARTS_MAX: u32 = 10;

/// How a gateway ended.
enum End {
    Asked,
    Failed,
    Changed(Box<Config>),
}

impl Edge {
    pub(crate) fn run(self) -> Result<(), Failure> {
        open_named(&self.config)?;
        let config = self.load()?;
        if self.check {
            return check(&config, &self.config);
        }
        block_on_small(self.keep_running(config))
    }

    /// The configuration as it is now, with what the flags say over it.
    fn load(&self) -> Result<Config, Failure> {
        let mut config = Config::load(&self.config)?;
        config.listen = self.listen.unwrap_or(config.listen);
        config.data = self.data.clone().unwrap_or(config.data);
        Ok(config)
    }

    /// Runs a gateway, and another one whenever the configuration has changed and can be used.
    async fn keep_running(self, mut config: Config) -> Result<(), Failure> {
        // Whoever stops the gateway while it starts must not have to wait for it to have started.
        let stop = stop_signal()?;
        tokio::pin!(stop);
        let mut hangup = signal(SignalKind::hangup())?;
        let mut stamp = stamp(&self.config);
        let mut running = start(&config).await?;
        loop {
            // A port that was any free one stays the same.
            config.listen = running.address;
            let end = tokio::select! {
                () = &mut stop => End::Asked,
                () = running.failed() => End::Failed,
                changed = self.changed(&running.gateway, &mut stamp, &mut hangup) => End::Changed(changed),
            };
            let why =
                if matches!(end, End::Changed(_)) { "the configuration has changed" } else { "stopping" };
            tracing::info!("{why}: what is under way finishes first");
            let heard = running.stop().await;
            let changed = match end {
                End::Asked => return Ok(()),
                End::Failed => {
                    return Err(
                        "the gateway ended by a fault of its own (the log says which): start it again, as its \
                                service unit does. What it acknowledged is on disk and goes on"
                            .into(),
                    );
                }
                End::Changed(changed) => *changed,
            };
            running = match start_again(&changed).await {
                Ok(started) => {
                    config = changed;
                    started
                }
                Err(error) => {
                    let words = "新配置无法启动，仍用原来的配置 the new configuration cannot be started with; the old one goes on";
                    tracing::error!(%error, "{words}");
                    let started = start_again(&config).await?;
                    started.gateway.set_config_fault(error.to_string());
                    started
                }
            };
            running.gateway.remember(heard);
        }
    }

    /// The configuration, once it has changed and can be used. What cannot be is said, in the log and in the status of
    /// the gateway that goes on, and nothing else done.
    async fn changed(&self, gateway: &Gateway, stamp: &mut Stamp, hangup: &mut Signal) -> Box<Config> {
        loop {
            let asked = tokio::select! {
                _ = hangup.recv() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            let now = self::stamp(&self.config);
            if !asked && now == *stamp {
                continue;
            }
            *stamp = now;
            let checked = self.load().and_then(|config| {
                preflight::check(&config, SystemClock.now())?;
                Ok(config)
            });
            match checked {
                Ok(config) => return Box::new(config),
                Err(error) => {
                    let words =
                        "配置有误，仍用原来的配置 the configuration cannot be used; the old one goes on";
                    tracing::error!(%error, "{words}");
                    gateway.set_config_fault(error.to_string());
                }
            }
        }
    }
}

/// By what a file is seen to have changed.
type Stamp = Option<(u64, Option<SystemTime>)>;

fn stamp(file: &Path) -> Stamp {
    let about = std::fs::metadata(file).ok()?;
    Some((about.len(), about.modified().ok()))
}

async fn start(config: &Config) -> Result<Running, Failure> {
    // What cannot be started leaves no folder behind.
    preflight::settings(config)?;
    let address = config.listen;
    TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })?;
    let disk = Arc::new(RealDisk::open(&config.data)?);
    let clock = Arc::new(SystemClock);
    let machine = Environment { clock, disk, tuning: Tuning::default(), transport: None };
    let uplinks = config.uplinks.len();
    let running = Gateway::start(config.clone(), machine).await?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        build = crate::BUILD,
        uplinks,
        "the gateway has started"
    );
    if uplinks == 0 {
        tracing::warn!("edge.toml has no [[uplink]]: what comes in is kept and goes nowhere");
    }
    print(&format!("listening on http://{}", running.address))?;
    Ok(running)
}

/// The same after another gateway on the same folder has stopped.
async fn start_again(config: &Config) -> Result<Running, Failure> {
    let mut tries = 1;
    loop {
        match start(config).await {
            Err(_) if tries < STARTS_MAX => tries += 1,
            done => return done,
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Holds a configuration against what its platforms require.
fn check(config: &Config, file: &Path) -> Result<(), Failure> {
    let (lacks, file) = (preflight::check(config, SystemClock.now())?, file.display());
    preflight::check_folder(config)?;
    for lack in &lacks {
        print(&lack.to_string())?;
    }
    if lacks.is_empty() {
        return print(&format!("{file}：配置可用，平台要求的内容齐全。 It can be used, and lacks nothing."));
    }
    Err(format!(
        "{file} 缺少平台要求的 {n} 项内容，停车场基础数据也可由停车场系统以 POST /v1/lot 提供。 It lacks {n} things that platforms \
         require; of the lot's base data its own system may say them (POST /v1/lot).",
        n = lacks.len()
    )
    .into())
}
