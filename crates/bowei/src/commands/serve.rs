//! `bowei serve`.

use super::stores::Pictures;
use super::{Failure, block_on, open_named, print, stop_signal};
use bowei_platform::config::{SelfDescribedLots, listen_address};
use bowei_platform::{Config, Platform, SystemClock};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs the city platform 运行城市平台.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei serve --listen 127.0.0.1:8080 --data bowei-data\n  \
    bowei serve --database postgres://bowei@db/bowei --photos s3://bowei/photos\n\
    Every setting has a default; docs/CONFIGURATION.md lists them.")]
pub(crate) struct Serve {
    /// The configuration; every setting has a default 配置文件，各项均有默认值
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port; port 0 is any free one [default: 127.0.0.1:8080] 监听地址与端口，:8080 为所有地址
    #[arg(long, env = "BOWEI_LISTEN", value_name = "ADDRESS:PORT", value_parser = listen_address)]
    listen: Option<SocketAddr>,
    /// The data folder [default: bowei-data] 数据目录
    #[arg(long, env = "BOWEI_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// The file with the master key; master.key in the data folder without it 主密钥文件
    #[arg(long, env = "BOWEI_MASTER_KEY_FILE", value_name = "FILE")]
    master_key_file: Option<PathBuf>,
    /// A PostgreSQL database instead of the embedded store: for more than one node 数据库，代替数据目录，用于多节点
    #[arg(long, env = "BOWEI_DATABASE", hide_env_values = true, value_name = "postgres://…")]
    database: Option<String>,
    /// Whether a lot that a message describes waits for an operator (approve, the default) or is public and counted at
    /// once (at-once) 自行上报的停车场：待审批（approve）或立即公开（at-once）
    #[arg(long, value_name = "approve|at-once")]
    self_described_lots: Option<SelfDescribedLots>,
    #[command(flatten)]
    pictures: Pictures,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Failure> {
        for named in self.config.iter().chain(&self.master_key_file) {
            open_named(named)?;
        }
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        if let Some(data) = self.data {
            config.server.data = data;
        }
        if let Some(file) = self.master_key_file {
            config.server.master_key_file = Some(file);
        }
        if let Some(self_described) = self.self_described_lots {
            config.lots.self_described = self_described;
        }
        config.store.database = self.database.or(config.store.database);
        self.pictures.over(&mut config.photos);
        block_on(async {
            // Whoever stops the platform while it starts must not have to wait for it to have started.
            let stop = stop_signal()?;
            Platform::check(&config)?;
            let running = Platform::open(config, Arc::new(SystemClock)).await?.start().await?;
            let (app, snapshot) = (running.app(), running.app().registry.snapshot());
            tracing::info!(
                version = env!("CARGO_PKG_VERSION"),
                build = crate::BUILD,
                data = %app.config.server.data.display(),
                store = app.config.place(),
                photos = app.config.photos.url.as_deref(),
                providers = snapshot.providers.len(),
                lots = snapshot.lots.len(),
                "the platform has started"
            );
            if !bowei_platform::http::has_pages() {
                tracing::warn!(
                    "本程序不含页面 this binary was built without the pages: `make web`, then build again"
                );
            }
            if snapshot.lots.is_empty() {
                tracing::info!(
                    "no lot is registered yet: `bowei registry apply FILE.toml` with the same --data or --database"
                );
            }
            print(&format!("listening on http://{}", running.address))?;
            if let Some(address) = running.tls_address {
                tracing::info!("also listening on https://{address}");
            }
            stop.await;
            tracing::info!("stopping: what is under way finishes first");
            running.stop().await;
            Ok(())
        })
    }
}
