//! `bowei edge`.

use super::{Failure, block_on_small, print, stop_signal};
use bowei_edge::outbox::RealDisk;
use bowei_edge::uplink::Tuning;
use bowei_edge::{Config, Environment, Gateway, SystemClock, preflight};
use clap::Args;
use jiff::Timestamp;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs the gateway at a lot.
#[derive(Args)]
#[command(
    after_help = "Example 示例:\n  bowei edge --config edge.toml\n  bowei edge --config edge.toml --check\n\
    docs/edge/INSTALL.md has an edge.toml to begin with, and the systemd unit."
)]
pub(crate) struct Edge {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edge.toml")]
    config: PathBuf,
    /// Address and port, over the configuration's; port 0 is any free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The data folder, over the configuration's
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Only say what is wrong with the configuration, or what it lacks that a platform requires. 只检查配置，不启动
    #[arg(long)]
    check: bool,
}

impl Edge {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut config = Config::load(&self.config)?;
        config.listen = self.listen.unwrap_or(config.listen);
        config.data = self.data.unwrap_or(config.data);
        if self.check {
            return check(&config, &self.config);
        }
        block_on_small(async {
            // Whoever stops the gateway while it starts must not have to wait for it to have started.
            let stop = stop_signal()?;
            let disk = Arc::new(RealDisk::open(&config.data)?);
            let machine = Environment {
                clock: Arc::new(SystemClock),
                disk,
                tuning: Tuning::default(),
                transport: None,
            };
            let uplinks = config.uplinks.len();
            let running = Gateway::start(config, machine).await?;
            tracing::info!(version = env!("CARGO_PKG_VERSION"), uplinks, "the gateway has started");
            if uplinks == 0 {
                tracing::warn!("edge.toml has no [[uplink]]: what comes in is kept and goes nowhere");
            }
            print(&format!("listening on http://{}", running.address))?;
            let failed = tokio::select! {
                () = stop => false,
                () = running.failed() => true,
            };
            tracing::info!("stopping: what is under way finishes first");
            running.stop().await;
            if failed {
                return Err(
                    "the gateway ended by a fault of its own (the log says which): start it again, as its \
                            service unit does. What it acknowledged is on disk and goes on"
                        .into(),
                );
            }
            Ok(())
        })
    }
}

/// Holds a configuration against what its platforms require.
fn check(config: &Config, file: &Path) -> Result<(), Failure> {
    let (lacks, file) = (preflight::check(config, Timestamp::now())?, file.display());
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
