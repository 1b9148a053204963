//! The platform in a process of its own.

use crate::{Failure, readers, say};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bowei_city::{Accounts, CityLot, CityPlan};
use bowei_encoding::sha256_hex;
use bowei_model::{Photo, PhotoRole, Picture, Report};
use bowei_platform::accounts::Source;
use bowei_platform::accounts::{Role, token};
use bowei_platform::registry::apply::{OVERLAP, apply};
use bowei_platform::registry::seal::MasterKey;
use bowei_platform::{Config, SystemClock, open_embedded};
use bowei_standards::LotSide as _;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::lot_side::Outgoing;
use bowei_standards::platform_side::Credential;
use bowei_store::RegistryChange;
use bytes::Bytes;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// An RSA block of the keys that accounts have.
const RSA_BLOCK_BYTES: usize = 256;
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
        let (mut out, mut line) = (BufReader::new(out), String::new());
        out.read_line(&mut line)?;
        // What it logs is read on: a pipe that is full would stop it.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Ok(Self { process, address: line.trim().parse()? })
    }

    /// A platform on what lies in a folder, or in a database.
    pub(crate) fn platform(data: &Path, database: Option<&str>) -> Result<Self, Failure> {
        let data = data.to_str().ok_or("a folder's name that is no text")?;
        Self::start(&["platform", data].into_iter().chain(database).collect::<Vec<_>>())
    }

    /// Waits until it has caught up with the work of the past, as it does at its first start.
    pub(crate) async fn settled(&self) -> Result<(), Failure> {
        const QUIET: Duration = Duration::from_millis(50);
        const SECONDS_MAX: usize = 300;
        for _ in 0..SECONDS_MAX {
            let before = self.processor_time()?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            if self.processor_time()? - before <= QUIET {
                return Ok(());
            }
        }
        Err(format!("the platform is still busy by itself after {SECONDS_MAX} s").into())
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
    /// A token that sees all.
    pub(crate) token: String,
    /// The cookies of people who are signed in.
    pub(crate) readers: Vec<String>,
    /// One account's name.
    pub(crate) account: String,
    own: Arc<dyn Credential>,
    /// A lot of that account.
    pub(crate) lot: Arc<CityLot>,
    /// A key of the size that accounts have.
    pub(crate) private_key: aws_lc_rs::rsa::PrivateDecryptingKey,
}

impl Platform {
    pub(crate) async fn start(data: &Path, plan: &CityPlan) -> Result<Self, Failure> {
        Self::start_as("platform", data, plan).await
    }

    /// `as_what`: the word that makes this program's child a platform.
    pub(crate) async fn start_as(as_what: &str, data: &Path, plan: &CityPlan) -> Result<Self, Failure> {
        let (store, _) = open_embedded(data)?;
        let key = MasterKey::load(None, data)?;
        let (text, now) = (plan.registry_file(), jiff::Timestamp::now());
        let handed_out = apply(store.as_ref(), &key, &text, OVERLAP, now, &Source::default()).await?;
        let (token, row) = token::make(&Role::Operator, None, now, None)?;
        store.change_registry(RegistryChange { tokens: vec![row], ..RegistryChange::default() }).await?;
        let readers = readers::sign_in(store.as_ref(), now).await?;
        let accounts = Accounts::read(&serde_json::to_string(&handed_out)?)?;
        let provider = handed_out.providers.first().ok_or("no credential was handed out")?;
        let fields = provider.standards.get("huzhou").ok_or("no account was handed out")?;
        let account = fields.get("app_id").ok_or("an account without a name")?.clone();
        let own = Huzhou.own_credential(fields)?;
        let lot = plan.lots.iter().find(|lot| lot.provider.as_str() == provider.code);
        let lot = Arc::clone(lot.ok_or("a provider without a lot")?);
        drop(store);
        let data = data.to_str().ok_or("a folder's name that is no text")?;
        let child = Child::start(&[as_what, data])?;
        let private_key = aws_lc_rs::rsa::PrivateDecryptingKey::generate(aws_lc_rs::rsa::KeySize::Rsa2048)?;
        Ok(Self { child, accounts, token, readers, account, own, lot, private_key })
    }

    /// A photo upload under a right signature, which does not cover the data: so many RSA blocks that open for nobody.
    pub(crate) fn signed_junk(&self, blocks: usize) -> Result<Bytes, Failure> {
        let (message, _) = self.sealed_photo("junk", 100)?;
        let text = std::str::from_utf8(&message)?;
        let (_, body) = text.split_once("\r\n\r\n").ok_or("a request without a body")?;
        let mut body: serde_json::Value = serde_json::from_str(body)?;
        let mut block = vec![0; RSA_BLOCK_BYTES];
        // Below every modulus of that size: each block costs what a good one does.
        block.iter_mut().skip(1).zip((1..=u8::MAX).cycle()).for_each(|(byte, number)| *byte = number);
        let data = body.get_mut("encryptedData").ok_or("a message without data")?;
        *data = BASE64.encode(block.repeat(blocks)).into();
        Ok(post("/api/photo/upload", body.to_string().as_bytes()))
    }

    /// A photo of so many bytes as an HTTP/1.1 request, and how many RSA blocks it takes.
    pub(crate) fn sealed_photo(&self, record: &str, bytes: usize) -> Result<(Bytes, usize), Failure> {
        let mut picture = format!("....{record}").into_bytes();
        picture.resize(bytes, b'.');
        picture.splice(..4, [0xff, 0xd8, 0xff, 0xe0]);
        let photo = Report::Photo(Photo {
            lot: self.lot.code.clone(),
            record_id: record.into(),
            role: PhotoRole::Entry,
            slot: None,
            taken_at: None,
            picture: Picture::Bytes {
                sha256: sha256_hex(&picture),
                bytes: u64::try_from(bytes)?,
                media_type: "image/jpeg".to_owned(),
            },
        });
        let outgoing = Outgoing {
            report: &photo,
            lot_id: &self.lot.lot_id,
            lot_kind: self.lot.kind,
            picture: Some(&picture),
        };
        let (parts, body) =
            Huzhou.seal(outgoing, self.own.as_ref(), jiff::Timestamp::now())?.request.into_parts();
        // What is base64 of base64 is 16/9 of the picture; a block takes 245 bytes of the inner one.
        let blocks = (bytes * 4 / 3).div_ceil(245);
        Ok((post(&parts.uri.to_string(), &body), blocks))
    }
}

fn post(path: &str, body: &[u8]) -> Bytes {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Bytes::from([head.as_bytes(), body].concat())
}

/// What the child does, as one account that sends as much as it can.
pub(crate) async fn serve(data: &Path, database: Option<String>) -> Result<(), Failure> {
    let mut config = Config::default();
    config.store.database = database;
    config.limits.account_requests_per_second = u32::MAX;
    config.limits.account_burst = u32::MAX;
    config.limits.daily_quota_factor = 0;
    config.limits.account_blocks_per_second = u32::MAX;
    serve_as(config, data).await
}

/// The same with the bounds that every city has.
pub(crate) async fn serve_bounded(data: &Path) -> Result<(), Failure> {
    serve_as(Config::default(), data).await
}

async fn serve_as(mut config: Config, data: &Path) -> Result<(), Failure> {
    config.server.data = data.to_owned();
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let running = bowei_platform::Platform::open(config, Arc::new(SystemClock)).await?.start().await?;
    say(&running.address.to_string());
    std::future::pending().await
}
