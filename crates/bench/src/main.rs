//! `make bench`: speed as ratios within one run, for machines here are shared and noisy.
//!
//! Everything is measured in rounds, one thing after the other in each, and the medians of the rounds are held
//! against each other. The platform runs in a process of its own, so that its processor time can be told from the
//! load generator's, which has the same cores.

mod audit;
mod bare;
mod bystander;
mod near;
mod neighbours;
mod nodes;
mod office;
mod outbox;
mod platform;
mod readers;
mod rsa;
mod rush;
mod scale;
mod standards;
mod supervision;
mod watcher;

use bowei_city::load::{LoadOptions, LoadResult, Sealing, presealed, push};
use bowei_city::{Accounts, CityPlan, PlanOptions};
use bowei_standards::huzhou::Huzhou;
use bytes::Bytes;
use clap::{Parser, Subcommand};
use jiff::Timestamp;
use platform::Platform;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use watcher::Watcher;

/// Reports are made by threads that serve connections and freed by the one that writes: the system's allocator has
/// both wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Rounds: odd, so that a median is a round.
const ROUNDS: usize = 5;
/// Messages of a round: some seconds of the slowest.
const MESSAGES: usize = 12_000;
/// Lots that speak at once, each on a connection of its own and waiting for its answer, as lots do: enough that
/// batches form while the disk works, and no more than a small machine's backlog of new connections takes at once.
const CONNECTIONS: usize = 120;
/// Photos of a round, of a size that lots send.
const PHOTOS: usize = 60;
const PHOTO_BYTES: usize = 30 * 1024;
/// Refused messages of a round, each of this size.
const FORGED: usize = 200;
const FORGED_BYTES: usize = 600 * 1024;

/// Bowei's speed, as ratios within one run.
#[derive(Parser)]
#[command(
    after_help = "Example 示例:\n  cargo run --release -p bowei-bench\n  cargo run --release -p bowei-bench -- neighbours"
)]
struct Bench {
    #[command(subcommand)]
    what: Option<What>,
}

/// What to measure; without it everything but `outbox`, `office`, `supervision` and `scale`.
#[derive(Subcommand)]
enum What {
    /// Each standard through HTTP
    Standards,
    /// The gateway's outbox
    Outbox {
        /// Where it lies; without it in the machine's folder for temporary files
        folder: Option<String>,
    },
    /// What people who read lists leave of the intake, and what a list costs
    Readers,
    /// The lots nearest to somebody, of ten thousand
    Near,
    /// A thousand drivers who want a lot's last place at once
    Rush,
    /// One node and two on PostgreSQL
    Nodes,
    /// Audit entries on PostgreSQL
    Audit,
    /// What an honest lot notices of a neighbour who does not behave
    Neighbours,
    /// How soon the office's pages are there, with 100,000 lots and a million sessions
    Office,
    /// What the rules take of the intake, how long a night's work is, and a replay of 90 days
    Supervision,
    /// How speed holds at 1, 10 and more millions of ledger rows
    Scale {
        /// The largest, in millions
        millions: Option<String>,
    },
    /// The platform of a run, in a process of its own
    #[command(hide = true)]
    Platform { data: PathBuf, database: Option<String> },
    /// The same with the bounds that every city has
    #[command(hide = true)]
    Bounded { data: PathBuf },
    /// The handler that only parses
    #[command(hide = true)]
    Bystander,
}

fn main() -> Result<(), Failure> {
    let bench = Bench::parse();
    tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::ERROR).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match bench.what {
            None => run().await,
            Some(What::Standards) => standards().await,
            Some(What::Outbox { folder }) => outbox::rows(folder.as_deref()).await,
            Some(What::Readers) => readers().await,
            Some(What::Near) => near::rows().await,
            Some(What::Rush) => rush::rows().await,
            Some(What::Nodes) => nodes::rows().await,
            Some(What::Audit) => audit::rows().await,
            Some(What::Neighbours) => neighbours::rows().await,
            Some(What::Office) => office::rows().await,
            Some(What::Supervision) => supervision::rows().await,
            Some(What::Scale { millions }) => scale::rows(millions.as_deref()).await,
            Some(What::Platform { data, database }) => platform::serve(&data, database).await,
            Some(What::Bounded { data }) => platform::serve_bounded(&data).await,
            Some(What::Bystander) => bystander::serve().await,
        }
    })
}

/// The rows of the standards alone.
async fn standards() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let plan = CityPlan::new(&PlanOptions::default())?;
    let platform = Platform::start(folder.path(), &plan).await?;
    let bystander = platform::Child::start(&["bystander"])?;
    standards::rows(&plan, &platform, &bystander).await
}

/// The rows of readers alone.
async fn readers() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let plan = CityPlan::new(&PlanOptions::default())?;
    let platform = Platform::start(folder.path(), &plan).await?;
    readers::rows(&plan, &platform).await
}

/// One round's figures.
struct Round {
    whole: f64,
    whole_cpu_us: f64,
    watched_cpu_us: f64,
    parsing: f64,
    parsing_cpu_us: f64,
    writing: f64,
    blocks: f64,
    photo_blocks: f64,
    blocks_one_thread: f64,
    forged_cpu_us: f64,
}

async fn run() -> Result<(), Failure> {
    let cores = std::thread::available_parallelism()?.get();
    say(&format!(
        "{cores} cores, {ROUNDS} rounds of {MESSAGES} on-street reports, {CONNECTIONS} lots speaking at once"
    ));
    let folder = tempfile::tempdir()?;
    let plan = CityPlan::new(&PlanOptions::default())?;
    let platform = Platform::start(folder.path(), &plan).await?;
    let bystander = platform::Child::start(&["bystander"])?;
    let mut rounds = Vec::new();
    for number in 0..ROUNDS {
        let round = round(number, &plan, &platform, &bystander, cores).await?;
        say(&format!(
            "round {}: through HTTP {:.0}/s · parsing only {:.0}/s · store only {:.0}/s · RSA alone {:.0} blocks/s",
            number + 1,
            round.whole,
            round.parsing,
            round.writing,
            round.blocks
        ));
        rounds.push(round);
    }
    report(&rounds, cores);
    readers::rows(&plan, &platform).await?;
    standards::rows(&plan, &platform, &bystander).await?;
    near::rows().await?;
    rush::rows().await?;
    neighbours::rows().await?;
    nodes::rows().await?;
    audit::rows().await
}

async fn round(
    number: usize,
    plan: &CityPlan,
    platform: &Platform,
    bystander: &platform::Child,
    cores: usize,
) -> Result<Round, Failure> {
    let messages = sealed(plan, &platform.accounts, number)?;
    let before = platform.child.processor_time()?;
    let whole = pushed(messages.clone(), platform.child.address).await?;
    let whole_cpu = platform.child.processor_time()? - before;
    let watched_cpu = watched(number, plan, platform).await?;

    let before = bystander.processor_time()?;
    let parsing = pushed(messages.clone(), bystander.address).await?;
    let parsing_cpu = bystander.processor_time()? - before;

    let writing = bare::reports_per_second(number, MESSAGES, CONNECTIONS).await?;
    let blocks = rsa::blocks_per_second(&platform.private_key, cores)?;
    let blocks_one_thread = rsa::blocks_per_second(&platform.private_key, 1)?;
    let photo_blocks = photos(number, platform).await?;
    let forged_cpu = forged(platform).await?;
    Ok(Round {
        whole: whole.per_second(),
        whole_cpu_us: each_us(whole_cpu, MESSAGES),
        watched_cpu_us: each_us(watched_cpu, MESSAGES),
        parsing: parsing.per_second(),
        parsing_cpu_us: each_us(parsing_cpu, MESSAGES),
        writing,
        blocks,
        photo_blocks,
        blocks_one_thread,
        forged_cpu_us: each_us(forged_cpu, FORGED),
    })
}

/// The platform's processor time for a round's messages of its own while somebody watches every passage.
async fn watched(round: usize, plan: &CityPlan, platform: &Platform) -> Result<Duration, Failure> {
    let messages = sealed(plan, &platform.accounts, ROUNDS + round)?;
    let _watcher = Watcher::start(platform.child.address, &platform.token).await?;
    let before = platform.child.processor_time()?;
    pushed(messages, platform.child.address).await?;
    Ok(platform.child.processor_time()? - before)
}

fn sealed(plan: &CityPlan, accounts: &Accounts, round: usize) -> Result<Vec<Bytes>, Failure> {
    let sealing = Sealing {
        seed: u64::try_from(round)?,
        standard: "huzhou",
        messages: MESSAGES,
        on_street_only: true,
        host: "bench".to_owned(),
        path_prefix: String::new(),
    };
    Ok(presealed(plan, accounts, &sealing, Timestamp::now())?)
}

async fn pushed(messages: Vec<Bytes>, address: SocketAddr) -> Result<LoadResult, Failure> {
    let options = LoadOptions { connections: CONNECTIONS, depth: 1, ..LoadOptions::new(address) };
    let result = push(messages, &Huzhou, &options).await;
    if result.accepted != u64::try_from(MESSAGES)? {
        return Err(format!("not every message was accepted: {result} {:?}", result.words).into());
    }
    Ok(result)
}

/// RSA blocks a second through the whole path with photos, which take a hundred blocks and more each: their lane
/// has one thread for two cores.
async fn photos(round: usize, platform: &Platform) -> Result<f64, Failure> {
    let mut messages = Vec::new();
    let mut blocks = 0;
    for number in 0..PHOTOS {
        let (message, its_blocks) = platform.sealed_photo(&format!("p{round}-{number}"), PHOTO_BYTES)?;
        messages.push(message);
        blocks += its_blocks;
    }
    let options = LoadOptions { connections: 8, depth: 1, ..LoadOptions::new(platform.child.address) };
    let result = push(messages, &Huzhou, &options).await;
    if result.accepted != u64::try_from(PHOTOS)? {
        return Err(format!("not every photo was accepted: {result} {:?}", result.words).into());
    }
    Ok(num(blocks) / result.took.as_secs_f64())
}

/// The platform's processor time for messages of 600 KB whose signature is wrong.
async fn forged(platform: &Platform) -> Result<Duration, Failure> {
    let data = "A".repeat(FORGED_BYTES);
    let now = Timestamp::now().as_millisecond();
    let signature = "pTV6Zo5gNNCl1PgIVOPoSqV47eV/zzSDci3wWGaOG/8=";
    let account = &platform.account;
    let body = format!(
        r#"{{"appId":"{account}","encryptedData":"{data}","timestamp":{now},"signature":"{signature}"}}"#
    );
    let head = format!(
        "POST /api/parking/in HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let message = Bytes::from(head + &body);
    let before = platform.child.processor_time()?;
    let options = LoadOptions { connections: 2, depth: 1, ..LoadOptions::new(platform.child.address) };
    let result = push(vec![message; FORGED], &Huzhou, &options).await;
    let after = platform.child.processor_time()?;
    // Refused with 401, which to a lot's gateway means: mend the keys, then try again.
    if result.accepted != 0 || result.broken != 0 {
        return Err(format!("forged messages were not all refused: {result}").into());
    }
    Ok(after - before)
}

fn report(rounds: &[Round], cores: usize) {
    let median = |of: fn(&Round) -> f64| median(rounds, of);
    let ratio = |of: fn(&Round) -> f64| median(of) * 100.0;
    say("");
    say("medians of the rounds:");
    say(&format!("  durable on-street reports/s through HTTP            {:>8.0}", median(|r| r.whole)));
    say(&format!(
        "  … of an axum handler that only parses the JSON      {:>7.1}%",
        ratio(|r| r.whole / r.parsing)
    ));
    say(&format!(
        "  … of the store alone, with as many waiting          {:>7.1}%",
        ratio(|r| r.whole / r.writing)
    ));
    say(&format!(
        "  … RSA blocks/s, of aws-lc-rs alone on {cores} threads     {:>7.1}%   (the load generator has the same cores)",
        ratio(|r| r.whole / r.blocks)
    ));
    say(&format!(
        "  photos: RSA blocks/s, of aws-lc-rs alone on 1 thread  {:>6.1}%   (photos have one thread for two cores)",
        ratio(|r| r.photo_blocks / r.blocks_one_thread)
    ));
    say(&format!(
        "  the platform's processor time a report              {:>7.0} µs",
        median(|r| r.whole_cpu_us)
    ));
    say(&format!(
        "  … while somebody watches every passage              {:>7.0} µs",
        median(|r| r.watched_cpu_us)
    ));
    say(&format!(
        "  … of which RSA takes, at aws-lc-rs's own speed      {:>7.1}%",
        median(|r| 1e8 / r.blocks) * num(cores) / median(|r| r.whole_cpu_us)
    ));
    say(&format!(
        "  the parsing handler's processor time a report       {:>7.0} µs",
        median(|r| r.parsing_cpu_us)
    ));
    say(&format!(
        "  processor time to refuse 600 KB with a wrong signature {:>4.0} µs",
        median(|r| r.forged_cpu_us)
    ));
}

/// The median of the rounds' figures.
fn median<R>(rounds: &[R], of: impl Fn(&R) -> f64) -> f64 {
    let mut figures: Vec<_> = rounds.iter().map(of).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

/// Within how long so many of a hundred were answered, the median of the rounds.
fn quantile(rounds: &mut [Vec<f64>], percent: usize) -> f64 {
    rounds.iter_mut().for_each(|waits| waits.sort_by(f64::total_cmp));
    median(rounds, |waits| waits.get(waits.len() * percent / 100).copied().unwrap_or(f64::NAN))
}

fn each_us(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / num(count)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn num(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::print_stdout, reason = "this is what a benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}
