//! What supervision costs: the rules at intake, the night's work for a thousand lots and a million passages beside live
//! traffic, and a draft of the rules tried on 90 days. `bowei-bench supervision` runs it; most of its time it fills stores.

use crate::office::fill;
use crate::platform::Platform;
use crate::readers::ask;
use crate::{CONNECTIONS, Failure, MESSAGES, ROUNDS, each_us, median, num, say, sealed};
use bowei_city::load::{LoadOptions, push};
use bowei_city::{CityPlan, PlanOptions};
use bowei_model::rules::doubts;
use bowei_model::session::ParkingSession;
use bowei_model::supervision::RuleSet;
use bowei_model::{
    Direction, Lot, LotKind, Passage, Photo, PhotoRole, Picture, Plate, PlateKind, Report, Statement, moment,
};
use bowei_platform::accounts::{Role, token};
use bowei_platform::stores;
use bowei_platform::supervision::replay::{Progress, replay};
use bowei_standards::huzhou::Huzhou;
use bowei_store::{FindingQuery, NewStatement, ProviderDetails, ProviderRow, RegistryChange, Store};
use jiff::{SignedDuration, Timestamp};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Lots and passages of the night, and of the replay.
const LOTS: usize = 1_000;
const PASSAGES: usize = 1_000_000;
const REPLAYED_LOTS: usize = 100;
const REPLAYED_DAYS: u32 = 90;
/// Of so many parkings one has an exit and no entry.
const UNMATCHED: usize = 10;
/// Live traffic beside the night's work: so many reports by so many connections, again and again after a pause.
const LIVE: usize = 20;
const LIVE_CONNECTIONS: usize = 4;
const PAUSE: Duration = Duration::from_millis(100);
/// What is a stall.
const STALL: Duration = Duration::from_millis(100);
/// The night's jobs: what is learned, judged and counted of the day before.
const NIGHT: [&str; 4] = ["closing of days", "supervision by the hour", "forecasts", "reports"];

pub(crate) async fn rows() -> Result<(), Failure> {
    at_intake().await?;
    night(Pictures::Sent).await?;
    night(Pictures::Missing).await?;
    a_replay().await
}

/// What the rules take of a report's processor time: of themselves, and where one parking in ten is found at fault.
async fn at_intake() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let plan = CityPlan::new(&PlanOptions::default())?;
    let platform = Platform::start(folder.path(), &plan).await?;
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let clean = cpu_us(&platform, sealed(&plan, &platform.accounts, 2 * round)?).await?;
        let messages = sealed(&plan, &platform.accounts, 2 * round + 1)?;
        // Entries and exits in turn.
        let kept = messages.into_iter().enumerate().filter(|(at, _)| at % (2 * UNMATCHED) != 0);
        let found = cpu_us(&platform, kept.map(|(_, message)| message).collect()).await?;
        rounds.push((clean, found, rules_us()?));
    }
    say(&format!("the rules at intake, medians of {ROUNDS} rounds of {MESSAGES} on-street reports:"));
    let of = |figure: fn(&(f64, f64, f64)) -> f64| median(&rounds, figure);
    say(&format!("  the platform's processor time a report              {:>7.1} µs", of(|r| r.0)));
    say(&format!(
        "  … of which the rules of one report and one parking  {:>7.1}%",
        of(|r| r.2 / r.0) * 100.0
    ));
    say(&format!(
        "  … more where one parking in {UNMATCHED} is a finding          {:>7.1}%",
        of(|r| r.1 / r.0 - 1.0) * 100.0
    ));
    Ok(())
}

async fn cpu_us(platform: &Platform, messages: Vec<bytes::Bytes>) -> Result<f64, Failure> {
    let (before, count) = (platform.child.processor_time()?, messages.len());
    let options =
        LoadOptions { connections: CONNECTIONS, depth: 1, ..LoadOptions::new(platform.child.address) };
    let result = push(messages, &Huzhou, &options).await;
    if result.accepted != u64::try_from(count)? {
        return Err(format!("not every message was accepted: {result} {:?}", result.words).into());
    }
    Ok(each_us(platform.child.processor_time()? - before, count))
}

/// The processor time of what intake doubts of a report and what its parking is then found to be, one after the other.
fn rules_us() -> Result<f64, Failure> {
    let now = Timestamp::now();
    let lot = lot(0, LOTS)?;
    let mut found = 0;
    let statements = (0..MESSAGES).map(|number| passage(number, LOTS, now)).collect::<Result<Vec<_>, _>>()?;
    let began = Instant::now();
    for new in &statements {
        let statement = &new.statement;
        let Report::Passage(passage) = &statement.report else { continue };
        found += doubts(&statement.report, &lot, statement.received_at).len();
        let mut session = ParkingSession::new(passage.lot.clone(), passage.record_id.clone(), statement);
        session.absorb_passage(passage, statement);
        found += session.findings().len();
    }
    let took = began.elapsed();
    if found == 0 { Err("no rule found anything".into()) } else { Ok(each_us(took, MESSAGES)) }
}

/// Whether the lots send the pictures of their passages: of one that does not each passage is a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pictures {
    Sent,
    Missing,
}

/// The night's work beside live traffic.
async fn night(pictures: Pictures) -> Result<(), Failure> {
    let each = if pictures == Pictures::Sent { 2 } else { 1 };
    let (folder, plan) = (tempfile::tempdir()?, CityPlan::new(&PlanOptions::default())?);
    let began = Instant::now();
    let token = {
        let store = stores::open_store(folder.path(), None).await?;
        let token = register(store.as_ref(), LOTS).await?;
        let midnight = moment::start_of_day(Timestamp::now());
        let yesterday = |number: usize, _| {
            let (passed, is_picture) = (number / each, number % each == 1);
            let into = 86_400_000 * i64::try_from(passed)? / i64::try_from(PASSAGES)?;
            let at = midnight - SignedDuration::from_hours(24) + SignedDuration::from_millis(into);
            let passage = passage(passed, LOTS, at)?;
            Ok(if is_picture { pictured(passage) } else { passage })
        };
        fill(&store, each * PASSAGES, 2, yesterday).await?;
        store.flush().await?;
        token
    };
    say("");
    say(&format!(
        "the night's work: {LOTS} lots, {PASSAGES} passages, pictures {pictures:?}, filled in {:.0} s",
        began.elapsed().as_secs_f64()
    ));
    let platform = Platform::start(folder.path(), &plan).await?;
    let (address, began) = (platform.child.address, Instant::now());
    let over = Arc::new(AtomicBool::new(false));
    let live = tokio::spawn(live(sealed(&plan, &platform.accounts, 0)?, address, Arc::clone(&over)));
    let jobs = done(address, &token).await?;
    let took = began.elapsed();
    over.store(true, Ordering::Relaxed);
    let during = live.await?;
    let quiet = live_for(sealed(&plan, &platform.accounts, 1)?, address).await;
    for (name, seconds) in jobs {
        say(&format!("  {name:<48} {seconds:>7.1} s"));
    }
    say(&format!("  all of it, beside live traffic                   {:>7.1} s", took.as_secs_f64()));
    for (what, waits) in [("a report's longest wait beside it", during), ("… with nothing beside it", quiet)]
    {
        say(&format!(
            "  {what:<48} {:>7.1} ms   {} of {} turns over {} ms",
            waits.iter().max().copied().unwrap_or_default().as_secs_f64() * 1_000.0,
            waits.iter().filter(|wait| **wait > STALL).count(),
            waits.len(),
            STALL.as_millis()
        ));
    }
    drop(platform);
    let store = stores::open_store(folder.path(), None).await?;
    say(&format!(
        "  findings of it                                   {:>7}",
        store.findings_count(FindingQuery::default()).await?
    ));
    Ok(())
}

/// Reports in turns until it is over: each turn's longest wait.
async fn live(messages: Vec<bytes::Bytes>, address: SocketAddr, over: Arc<AtomicBool>) -> Vec<Duration> {
    let options = LoadOptions { connections: LIVE_CONNECTIONS, depth: 1, ..LoadOptions::new(address) };
    let mut waits = Vec::new();
    for turn in messages.chunks(LIVE) {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let [_, _, longest] = push(turn.to_vec(), &Huzhou, &options).await.waits;
        waits.push(longest);
        tokio::time::sleep(PAUSE).await;
    }
    waits
}

/// The same for a tenth of the messages.
async fn live_for(messages: Vec<bytes::Bytes>, address: SocketAddr) -> Vec<Duration> {
    let some = messages.into_iter().take(MESSAGES / 10).collect();
    live(some, address, Arc::default()).await
}

/// Waits until each of the night's jobs is done; how long each took.
async fn done(address: SocketAddr, token: &str) -> Result<Vec<(&'static str, f64)>, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    let mut took = Vec::new();
    while took.len() < NIGHT.len() {
        tokio::time::sleep(PAUSE).await;
        for name in NIGHT.into_iter().skip(took.len()) {
            let path = format!("/api/v1/jobs?limit=1&name={}", name.replace(' ', "%20"));
            let request =
                format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n");
            let answer: serde_json::Value = serde_json::from_slice(&ask(&mut stream, &request).await?)?;
            let text = |field: &str| {
                answer
                    .pointer(&format!("/items/0/{field}"))
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
            };
            match text("outcome") {
                "done" => {}
                "failed" => return Err(format!("{name}: {}", text("message")).into()),
                _ => break,
            }
            let at = |field: &str| text(field).parse::<Timestamp>();
            took.push((name, at("ended_at")?.duration_since(at("started_at")?).as_secs_f64()));
        }
    }
    Ok(took)
}

/// A draft of the rules tried on a quarter of a year.
async fn a_replay() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let store = stores::open_store(folder.path(), None).await?;
    register(store.as_ref(), REPLAYED_LOTS).await?;
    let spread = |number: usize, now: Timestamp| {
        let ago = i64::from(REPLAYED_DAYS) * 86_400_000 * i64::try_from(PASSAGES - number)?
            / i64::try_from(PASSAGES)?;
        passage(number, REPLAYED_LOTS, now - SignedDuration::from_millis(ago))
    };
    fill(&store, PASSAGES, i64::from(REPLAYED_DAYS) + 1, spread).await?;
    let lots = (0..REPLAYED_LOTS).map(|number| lot(number, REPLAYED_LOTS)).collect::<Result<_, _>>()?;
    let mut draft = RuleSet::default();
    draft.missing_exit.resident_hours = 1;
    let rules = (Arc::<RuleSet>::default(), Arc::new(draft));
    let began = Instant::now();
    let replayed = replay(store, lots, rules, REPLAYED_DAYS, Timestamp::now(), &Progress::default()).await?;
    let seconds = began.elapsed().as_secs_f64();
    say("");
    say(&format!(
        "a draft of the rules tried on {REPLAYED_DAYS} days of {} lots, {} passages: {seconds:.1} s, {:.1} s a million",
        replayed.lots,
        replayed.passages,
        seconds * 1e6 / num(usize::try_from(replayed.passages)?)
    ));
    Ok(())
}

/// Registers so many lots of one provider; a token that sees all.
async fn register(store: &dyn Store, lots: usize) -> Result<String, Failure> {
    let (token, row) = token::make(&Role::Operator, None, Timestamp::now(), None)?;
    let provider = ProviderRow {
        code: "night".into(),
        name: "某停车管理有限公司".to_owned(),
        contact: None,
        details: ProviderDetails::default(),
    };
    let lots = (0..lots).map(|number| lot(number, lots)).collect::<Result<_, _>>()?;
    let change =
        RegistryChange { providers: vec![provider], lots, tokens: vec![row], ..RegistryChange::default() };
    store.change_registry(change).await?;
    Ok(token)
}

fn lot(number: usize, of: usize) -> Result<Lot, Failure> {
    Ok(Lot {
        name: format!("{number} 号停车场"),
        district: "330599".to_owned(),
        spaces_total: 400,
        ids: [("huzhou".to_owned(), format!("N{of}-{number:06}"))].into(),
        ..Lot::new(format!("330599-{number:06}").into(), "night".into(), LotKind::OffStreet)
    })
}

/// Entries and exits of one parking after the other, of each lot in turn; of one in ten the exit alone.
fn passage(number: usize, lots: usize, at: Timestamp) -> Result<NewStatement, Failure> {
    let (turn, lot) = (number / lots, number % lots);
    let parking = turn / 2;
    let direction =
        if turn % 2 == 1 || parking.is_multiple_of(UNMATCHED) { Direction::Exit } else { Direction::Entry };
    // Of an exit without an entry the other half is another such parking's.
    let record = if parking.is_multiple_of(UNMATCHED) {
        format!("n{lot}-{turn}")
    } else {
        format!("p{lot}-{parking}")
    };
    let passage = Passage {
        plate: Plate::read(&format!("浙E{:05}", (parking * lots + lot) % 100_000)),
        plate_kind: Some(PlateKind::SMALL),
        vacant: Some(i64::try_from(200 + turn % 100)?),
        ..Passage::new(format!("330599-{lot:06}").into(), record.into(), direction, at)
    };
    let statement = Statement {
        standard: "huzhou".to_owned(),
        provider: "night".into(),
        sent_at: at,
        received_at: at + SignedDuration::from_secs(2),
        report: Report::Passage(passage),
        doubts: Vec::new(),
    };
    Ok(NewStatement { statement, unnamed_fields: None })
}

/// The picture of a passage, which is sent right after it.
fn pictured(passage: NewStatement) -> NewStatement {
    let mut statement = passage.statement;
    if let Report::Passage(passage) = &statement.report {
        statement.report = Report::Photo(Photo {
            lot: passage.lot.clone(),
            record_id: passage.record_id.clone(),
            role: PhotoRole::from(passage.direction),
            slot: None,
            taken_at: None,
            picture: Picture::Url(format!("https://lot.example/{}.jpg", passage.record_id)),
        });
    }
    NewStatement { statement, unnamed_fields: None }
}
