//! What an honest lot notices of a neighbour who does not behave: the time that 99 in 100 of its reports wait at most,
//! against the same while the neighbour does the same to another process on the same processors.

use crate::platform::{Child, Platform};
use crate::{Failure, median, say};
use bowei_city::load::{LoadOptions, LoadResult, Sealing, presealed, push};
use bowei_city::{CityPlan, PlanOptions};
use bowei_standards::huzhou::Huzhou;
use bytes::Bytes;
use jiff::Timestamp;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Rounds: odd, so that a median is a round.
const ROUNDS: usize = 5;
/// The honest lots' reports of a round, and the connections that they come by.
const MESSAGES: usize = 2_000;
const CONNECTIONS: usize = 8;
/// The neighbour's connections.
const HOSTILE: usize = 64;
/// RSA blocks of a photo that does not open: some 700 KB.
const JUNK_BLOCKS: usize = 2_000;
/// Time for the neighbour to get going before the honest lots are measured.
const HEAD_START: Duration = Duration::from_millis(500);

/// What the neighbour does on each of its connections.
#[derive(Clone, Copy)]
enum Attack {
    /// Photos under a right signature, one after the other, that do not open.
    Junk,
    /// Bodies under no account.
    Stranger,
    /// A body is announced and does not come.
    Announced,
    /// Answers are asked for and not read.
    Unread,
}

const ATTACKS: [(Attack, &str); 4] = [
    (Attack::Junk, "signed photos that do not open"),
    (Attack::Stranger, "messages of nobody's account"),
    (Attack::Announced, "bodies announced that do not come"),
    (Attack::Unread, "answers that nobody reads"),
];

pub(crate) async fn rows() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut plan = CityPlan::new(&PlanOptions::default())?;
    let platform = Platform::start_as("bounded", folder.path(), &plan).await?;
    // The neighbour is the provider whose account the platform's process is measured with.
    plan.lots.retain(|lot| lot.provider != platform.lot.provider);
    let bystander = Child::start(&["bystander"])?;
    say("");
    say("an honest lot beside a neighbour: p99 of its reports, against the same attack upon another process");
    let mut number = 0;
    for (attack, name) in ATTACKS {
        let (mut ratios, mut refused) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let elsewhere = beside(attack, bystander.address, &platform, &plan, number).await?;
            let here = beside(attack, platform.child.address, &platform, &plan, number + 1).await?;
            number += 2;
            refused += here.refused + here.later + here.lost;
            let p99 = |result: &LoadResult| result.waits[1].as_secs_f64().max(1e-9);
            ratios.push(p99(&here) / p99(&elsewhere));
        }
        let ratio = median(&ratios, |ratio| *ratio);
        say(&format!("  {name:<36} {ratio:>6.2}×   {refused} of the honest lot's reports not taken"));
    }
    Ok(())
}

/// The honest lots' reports while the neighbour is at it.
async fn beside(
    attack: Attack,
    target: SocketAddr,
    platform: &Platform,
    plan: &CityPlan,
    number: usize,
) -> Result<LoadResult, Failure> {
    let sealing = Sealing {
        seed: 1_000 + u64::try_from(number)?,
        standard: "huzhou",
        messages: MESSAGES,
        on_street_only: true,
        host: "bench".to_owned(),
        path_prefix: String::new(),
    };
    let messages = presealed(plan, &platform.accounts, &sealing, Timestamp::now())?;
    let request = request(attack, platform)?;
    let mut hostile = JoinSet::new();
    for _ in 0..HOSTILE {
        hostile.spawn(harass(attack, target, request.clone()));
    }
    tokio::time::sleep(HEAD_START).await;
    let options =
        LoadOptions { connections: CONNECTIONS, depth: 1, ..LoadOptions::new(platform.child.address) };
    let result = push(messages, &Huzhou, &options).await;
    hostile.shutdown().await;
    Ok(result)
}

/// What the neighbour sends over and over.
fn request(attack: Attack, platform: &Platform) -> Result<Bytes, Failure> {
    let post = |length: usize, body: &str| {
        let head = "POST /api/photo/upload HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json";
        Bytes::from(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}"))
    };
    Ok(match attack {
        Attack::Junk => platform.signed_junk(JUNK_BLOCKS)?,
        Attack::Stranger => {
            let body = format!(r#"{{"appId":"nobody","encryptedData":"{}"}}"#, "A".repeat(12_000));
            post(body.len(), &body)
        }
        Attack::Announced => post(1_000_000, ""),
        Attack::Unread => Bytes::from_static(b"GET /open/v1/lots HTTP/1.1\r\nhost: bench\r\n\r\n"),
    })
}

/// One connection after the other, without end.
async fn harass(attack: Attack, target: SocketAddr, request: Bytes) {
    /// Before the next connection where one was refused.
    const PAUSE: Duration = Duration::from_millis(50);
    loop {
        let _ = talk(attack, target, &request).await;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn talk(attack: Attack, target: SocketAddr, request: &[u8]) -> Result<(), std::io::Error> {
    let mut stream = TcpStream::connect(target).await?;
    let mut answer = vec![0; 16 * 1024];
    loop {
        stream.write_all(request).await?;
        if matches!(attack, Attack::Unread) {
            continue;
        }
        let ended = stream.read(&mut answer).await? == 0;
        if ended || matches!(attack, Attack::Announced) {
            return Ok(());
        }
    }
}
