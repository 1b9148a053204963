//! The platform in a process of its own.

use crate::{Failure, say};
use bowei_city::{Accounts, CityPlan};
use bowei_platform::registry::apply::{OVERLAP, apply};
use bowei_platform::registry::seal::MasterKey;
use bowei_platform::{Config, SystemClock, open_embedded};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// The kernel counts processor time in ticks of this many a second on every Linux that we build for.
const TICKS_PER_SECOND: u64 = 100;

/// This program as another process that listens.
pub(crate) struct Child {
    process: std::process::Child,
    pub(crate) address: SocketAddr,
}

impl Child {
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, Failure> {
        let mut process =
            Command::new(std::env::current_exe()?).args(arguments).stdout(Stdio::piped()).spawn()?;
        let out = process.stdout.take().ok_or("no output to read the address from")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        Ok(Self { process, address: line.trim().parse()? })
    }

    /// User and system time of the process so far.
    pub(crate) fn processor_time(&self) -> Result<Duration, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The second field is the command in brackets, and may itself hold blanks.
        let rest = stat.rsplit(')').next().ok_or("no such process")?;
        let mut fields = rest.split_whitespace().skip(11);
        let mut ticks = || fields.next().and_then(|field| field.parse::<u64>().ok()).ok_or("no times");
        Ok(Duration::from_millis((ticks()? + ticks()?) * 1_000 / TICKS_PER_SECOND))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A platform with the city registered.
pub(crate) struct Platform {
    pub(crate) child: Child,
    pub(crate) accounts: Accounts,
    /// One account's name.
    pub(crate) account: String,
    /// Its private key, PKCS#8.
    pub(crate) private_key: aws_lc_rs::rsa::PrivateDecryptingKey,
}

impl Platform {
    pub(crate) async fn start(data: &Path, plan: &CityPlan) -> Result<Self, Failure> {
        let (store, _) = open_embedded(data)?;
        let key = MasterKey::load(None, data)?;
        let text = plan.registry_file();
        let handed_out = apply(store.as_ref(), &key, &text, OVERLAP, jiff::Timestamp::now()).await?;
        let accounts = Accounts::read(&serde_json::to_string(&handed_out)?)?;
        let account = handed_out
            .providers
            .first()
            .and_then(|provider| provider.standards.get("huzhou"))
            .and_then(|fields| fields.get("app_id"))
            .ok_or("no account was handed out")?
            .clone();
        drop(store);
        let data = data.to_str().ok_or("a folder's name that is no text")?;
        let child = Child::start(&["platform", data])?;
        let private_key = aws_lc_rs::rsa::PrivateDecryptingKey::generate(aws_lc_rs::rsa::KeySize::Rsa2048)?;
        Ok(Self { child, accounts, account, private_key })
    }
}

/// What the child does.
pub(crate) async fn serve(data: &Path) -> Result<(), Failure> {
    let mut config = Config::default();
    config.server.data = data.to_owned();
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    // A benchmark is one account sending as much as it can.
    config.limits.account_requests_per_second = u32::MAX;
    config.limits.account_burst = u32::MAX;
    let running = bowei_platform::Platform::open(config, Arc::new(SystemClock)).await?.start().await?;
    say(&running.address.to_string());
    std::future::pending().await
}
