//! People who are signed in and read lists all day: what they leave of the intake, and what a list costs.

use crate::platform::Platform;
use crate::{Failure, MESSAGES, ROUNDS, each_us, median, pushed, say, sealed};
use aws_lc_rs::digest::{SHA256, digest};
use bowei_city::CityPlan;
use bowei_platform::accounts::user::{NewUser, role_of};
use bowei_store::{Change, SignInMethod, Store, UserSessionRow};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How many there are.
const PEOPLE: usize = 500;

/// Each opens a list so often, which is more than anybody reads.
const EVERY: Duration = Duration::from_secs(10);

/// Accounts made in one transaction.
const TOGETHER: usize = 100;

/// Lists of a kind that are read one after another to learn what one costs.
const LISTS: usize = 300;

/// Read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// One round's figures.
struct Round {
    alone: f64,
    beside: f64,
    lists_us: [f64; 3],
}

/// Reports a second with readers and without, in turns, and what a list costs.
pub(crate) async fn rows(plan: &CityPlan, platform: &Platform) -> Result<(), Failure> {
    say("");
    say(&format!(
        "{PEOPLE} signed-in people who read a list every {} s; medians of {ROUNDS} rounds of {MESSAGES} on-street reports:",
        EVERY.as_secs()
    ));
    let mut rounds = Vec::new();
    for number in 0..ROUNDS {
        // Numbers that no other row's messages have.
        let messages = |turn: usize| sealed(plan, &platform.accounts, (2 + turn) * ROUNDS + number);
        let alone = pushed(messages(0)?, platform.child.address).await?.per_second();
        let beside = beside(messages(1)?, platform).await?;
        rounds.push(Round { alone, beside, lists_us: lists_us(platform).await? });
    }
    say(&format!(
        "  reports/s while nobody reads                        {:>8.0}",
        median(&rounds, |r| r.alone)
    ));
    say(&format!(
        "  … while they read                                   {:>8.0}",
        median(&rounds, |r| r.beside)
    ));
    say(&format!(
        "  … of those without                                  {:>7.1}%",
        median(&rounds, |r| r.beside / r.alone) * 100.0
    ));
    for (at, what) in ["lots", "sessions", "findings"].into_iter().enumerate() {
        let us = median(&rounds, |r| r.lists_us.get(at).copied().unwrap_or(f64::NAN));
        say(&format!("  the platform's processor time for a list of {what:<9} {us:>6.0} µs"));
    }
    Ok(())
}

/// Reports a second while people read.
async fn beside(messages: Vec<Bytes>, platform: &Platform) -> Result<f64, Failure> {
    let lot = platform.lot.code.as_str();
    let mut readers = Readers::start(platform.child.address, &platform.readers, lot).await?;
    let result = pushed(messages, platform.child.address).await?;
    match readers.count() {
        PEOPLE => Ok(result.per_second()),
        left => Err(format!("of {PEOPLE} readers {left} were left").into()),
    }
}

/// The platform's processor time for each of the lists, read by one person.
async fn lists_us(platform: &Platform) -> Result<[f64; 3], Failure> {
    let secret = platform.readers.first().ok_or("nobody is signed in")?;
    let mut stream = TcpStream::connect(platform.child.address).await?;
    let mut lists_us = [0.0; 3];
    for (request, us) in requests(platform.lot.code.as_str(), secret).iter().zip(&mut lists_us) {
        let before = platform.child.processor_time()?;
        for _ in 0..LISTS {
            ask(&mut stream, request).await?;
        }
        *us = each_us(platform.child.processor_time()? - before, LISTS);
    }
    Ok(lists_us)
}

/// What somebody asks for, one after the other: lots, sessions, findings.
fn requests(lot: &str, secret: &str) -> [String; 3] {
    [
        "/api/v1/lots?limit=50&sort=name".to_owned(),
        format!("/api/v1/lots/{lot}/sessions?limit=50"),
        "/api/v1/findings?limit=50".to_owned(),
    ]
    .map(|path| format!("GET {path} HTTP/1.1\r\nhost: bench\r\ncookie: bowei_session={secret}\r\n\r\n"))
}

/// Makes the accounts, signed in; the secrets of their cookies.
pub(crate) async fn sign_in(store: &dyn Store, now: Timestamp) -> Result<Vec<String>, Failure> {
    let mut secrets = Vec::new();
    let mut changes = Vec::new();
    for number in 0..PEOPLE {
        let (login, secret) = (format!("reader-{number}"), format!("secret-{number}"));
        let new = NewUser {
            login: login.clone(),
            name: login.clone(),
            role: role_of("viewer", None)?,
            district: None,
        };
        changes.push(Change::User(Box::new(new.row(String::new(), false, now)?)));
        changes.push(Change::SessionBegin(Box::new(UserSessionRow {
            sha256: digest(&SHA256, secret.as_bytes()).as_ref().to_vec(),
            id: format!("se-{number}"),
            login,
            created_at: now,
            last_seen_at: now,
            expires_at: now + SignedDuration::from_hours(12),
            authenticated_at: now,
            address: "127.0.0.1".to_owned(),
            user_agent: "bench".to_owned(),
            method: SignInMethod::Password,
        })));
        secrets.push(secret);
        if changes.len() >= TOGETHER || number + 1 == PEOPLE {
            store.administer(std::mem::take(&mut changes), Vec::new()).await?;
        }
    }
    Ok(secrets)
}

/// Read until it is dropped.
struct Readers(JoinSet<()>);

impl Readers {
    /// Each on a connection of his own, one after another over the time in which each asks once.
    async fn start(address: SocketAddr, secrets: &[String], lot: &str) -> Result<Self, Failure> {
        let mut readers = JoinSet::new();
        for (number, secret) in (0u32..).zip(secrets) {
            let mut stream = TcpStream::connect(address).await?;
            let requests = requests(lot, secret);
            // The first is seen to be answered, so that nobody measures refusals.
            let [_, _, findings] = &requests;
            ask(&mut stream, findings).await?;
            let first = EVERY * number / u32::try_from(secrets.len())?;
            readers.spawn(async move {
                let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + first, EVERY);
                for request in requests.iter().cycle() {
                    tick.tick().await;
                    if ask(&mut stream, request).await.is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Self(readers))
    }

    /// How many still read.
    fn count(&mut self) -> usize {
        while self.0.try_join_next().is_some() {}
        self.0.len()
    }
}

/// Asks, and reads the answer whole: its body.
pub(crate) async fn ask(stream: &mut TcpStream, request: &str) -> Result<Vec<u8>, Failure> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = stream.read(&mut buffer).await?;
        answer.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
            if read == 0 {
                return Err("the connection was closed".into());
            }
            continue;
        };
        let text = std::str::from_utf8(answer.get(..head).unwrap_or_default())?.to_ascii_lowercase();
        if !text.starts_with("http/1.1 2") {
            return Err(format!("not answered: {}", text.lines().next().unwrap_or_default()).into());
        }
        let length =
            text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let length = length.ok_or("an answer without a length")?;
        if answer.len() >= head + 4 + length {
            return Ok(answer.split_off(head + 4));
        }
    }
}
