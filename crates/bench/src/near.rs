//! "Which lots are near me?" over a large city's lots: how many such questions a second the platform answers in process, how soon
//! through HTTP while drivers ask at a steady pace, and what working out each answered lot's forecast would add.

use crate::platform::Child;
use crate::readers::ask;
use crate::{Failure, ROUNDS, median, num, quantile, say};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use bowei_model::forecast::{DaySamples, LotForecast};
use bowei_model::working_days::Calendar;
use bowei_model::{Datum, Lot, LotKind, Position, Report, SpaceCount, Statement};
use bowei_platform::{Config, Platform, SystemClock, stores};
use bowei_store::{NewDelivery, NewStatement, ProviderDetails, ProviderRow, RegistryChange};
use jiff::{Timestamp, ToSpan as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// Lots, on a square of about fifty kilometres.
const LOTS: usize = 10_000;
const SIDE: usize = 100;
/// Lots in one answer: what a phone shows.
const ANSWERED: usize = 10;
/// Questions of a round in process, by each core.
const QUESTIONS: usize = 20_000;
/// Questions a second through HTTP, on so many connections, for so long.
const PER_SECOND: usize = 2_000;
const CONNECTIONS: usize = 50;
const LASTING_S: usize = 10;
/// Statements in a delivery.
const TOGETHER: usize = 50;
/// Far more than an answer has.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;
/// What each is to be.
const AIM_PER_SECOND: f64 = 20_000.0;
const AIM_P99_MS: f64 = 5.0;
const AIM_FORECAST_PERCENT: f64 = 10.0;

pub(crate) async fn rows() -> Result<(), Failure> {
    let cores = std::thread::available_parallelism()?.get();
    say("");
    say(&format!("the {ANSWERED} lots nearest to somebody, of {LOTS}; medians of {ROUNDS} rounds:"));
    let folder = tempfile::tempdir()?;
    fill(folder.path()).await?;

    let mut config = Config::default();
    config.server.data = folder.path().to_owned();
    let platform = Platform::open(config, Arc::new(SystemClock)).await?;
    let (mut all, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        all.push(per_second(&platform.router(), cores).await?);
        alone.push(per_second(&platform.router(), 1).await?);
    }
    drop(platform);
    let (all, alone) = (median(&all, |rate| *rate), median(&alone, |rate| *rate));
    row(&format!("questions/s in process, {cores} cores"), all, "", all >= AIM_PER_SECOND);
    row("… one core", alone, "", true);

    let child = Child::platform(folder.path(), None)?;
    child.settled().await?;
    // The first finds connections and caches cold, and is not counted.
    waits_ms(child.address, 1).await?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(waits_ms(child.address, LASTING_S).await?);
    }
    let (middle, slow) = (quantile(&mut rounds, 50), quantile(&mut rounds, 99));
    row(&format!("through HTTP at {PER_SECOND}/s: half within"), middle, "ms", true);
    row("… 99 of 100 within", slow, "ms", slow < AIM_P99_MS);

    let forecast_us = forecast_us()?;
    let added = 100.0 * forecast_us * num(ANSWERED) / (1e6 / alone);
    row("the forecast of one lot", forecast_us, "µs", true);
    row(&format!("… of all {ANSWERED}, of a question in process"), added, "%", added < AIM_FORECAST_PERCENT);
    Ok(())
}

fn row(what: &str, figure: f64, unit: &str, is_reached: bool) {
    let digits = if figure < 100.0 { 2 } else { 0 };
    let short = if is_reached { "" } else { "   short of the aim" };
    say(&format!("  {what:<50} {figure:>9.digits$} {unit}{short}"));
}

/// Where the lot of that number is.
fn place(number: usize) -> (f64, f64) {
    (119.8 + num(number % SIDE) * 0.005, 30.7 + num(number / SIDE % SIDE) * 0.0045)
}

/// Where somebody stands who asks for the `number`th time: nowhere twice in a row.
fn question(number: usize) -> String {
    let (longitude, latitude) = place(number * 7_919 % LOTS);
    format!("/open/v1/lots?near={:.4},{:.4}&limit={ANSWERED}", longitude + 0.0013, latitude - 0.0017)
}

/// A store with the lots, each of which has just counted its spaces.
async fn fill(data: &Path) -> Result<(), Failure> {
    let store = stores::open_store(data, None).await?;
    let now = Timestamp::now();
    store.prepare_days(now).await?;
    let provider = ProviderRow {
        code: "p".into(),
        name: "停车管理有限公司".to_owned(),
        contact: None,
        details: ProviderDetails::default(),
    };
    let lots = (0..LOTS).map(lot).collect::<Result<Vec<_>, _>>()?;
    let change =
        RegistryChange { providers: vec![provider], lots: lots.clone(), ..RegistryChange::default() };
    store.change_registry(change).await?;
    for lots in lots.chunks(TOGETHER) {
        let statements = lots.iter().map(|lot| NewStatement {
            statement: Statement {
                standard: "huzhou".to_owned(),
                provider: lot.provider.clone(),
                sent_at: now,
                received_at: now,
                report: Report::SpaceCount(SpaceCount::new(lot.code.clone(), now, 12)),
                doubts: Vec::new(),
            },
            unnamed_fields: None,
        });
        let delivery =
            NewDelivery { message_sha256: [0; 32], statements: statements.collect(), condition: None };
        store.commit(delivery).await?;
    }
    Ok(store.flush().await?)
}

fn lot(number: usize) -> Result<Lot, Failure> {
    let (longitude, latitude) = place(number);
    Ok(Lot {
        name: format!("第 {number} 停车场"),
        district: "330502".to_owned(),
        address: format!("人民路 {number} 号"),
        position: Position::read(longitude, latitude, Datum::Wgs84),
        spaces_total: u32::try_from(20 + number % 800)?,
        ids: [("huzhou".to_owned(), format!("HZ{number:08}"))].into(),
        ..Lot::new(format!("330502-{number:06}").into(), "p".into(), LotKind::OffStreet)
    })
}

/// Questions a second that the platform's paths answer, asked by so many at once, each after the other.
async fn per_second(router: &Router, at_once: usize) -> Result<f64, Failure> {
    let began = Instant::now();
    let mut asking = JoinSet::new();
    for first in 0..at_once {
        let router = router.clone();
        asking.spawn(async move {
            for number in 0..QUESTIONS {
                let request = Request::get(question(first * QUESTIONS + number)).body(Body::empty())?;
                let answer = router.clone().oneshot(request).await?;
                let body = to_bytes(answer.into_body(), ANSWER_MAX_BYTES).await?;
                if !body.starts_with(br#"{"type":"FeatureCollection","features":[{"#) {
                    return Err(Failure::from("no lots were answered"));
                }
            }
            Ok(())
        });
    }
    while let Some(asked) = asking.join_next().await {
        asked??;
    }
    Ok(num(at_once * QUESTIONS) / began.elapsed().as_secs_f64())
}

/// How long answers took from when their questions were due, whatever the ones before them took: drivers do not wait for each
/// other. By how much a timer wakes whoever asks too late is nobody's wait.
async fn waits_ms(address: SocketAddr, seconds: usize) -> Result<Vec<f64>, Failure> {
    let every = Duration::from_secs(1) * u32::try_from(CONNECTIONS)? / u32::try_from(PER_SECOND)?;
    let begin = tokio::time::Instant::now() + Duration::from_millis(100);
    let mut connections = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let first = begin + every * u32::try_from(connection)? / u32::try_from(CONNECTIONS)?;
        connections.spawn(async move {
            let mut waits = Vec::new();
            for number in 0..PER_SECOND * seconds / CONNECTIONS {
                let due = first + every * u32::try_from(number)?;
                let is_behind = due <= tokio::time::Instant::now();
                tokio::time::sleep_until(due).await;
                let asked = if is_behind { due } else { tokio::time::Instant::now() };
                let path = question(number * CONNECTIONS + connection);
                ask(&mut stream, &format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n")).await?;
                waits.push(asked.elapsed().as_secs_f64() * 1_000.0);
            }
            Ok::<_, Failure>(waits)
        });
    }
    let mut all = Vec::new();
    while let Some(waits) = connections.join_next().await {
        all.extend(waits??);
    }
    Ok(all)
}

/// What it takes to work out whether a lot's forecast is shown, and what it says of half an hour from now.
fn forecast_us() -> Result<f64, Failure> {
    const TIMES: usize = 100_000;
    let (mut learned, calendar) = (LotForecast::default(), Calendar::default());
    let first = jiff::civil::date(2026, 3, 2);
    for day in first.series(1.day()).take(56) {
        let samples = (0..288).map(|index| Some(if (96..192).contains(&index) { 2 } else { 90 }));
        learned.absorb(day, &DaySamples::from_samples(samples), Some(100), &calendar);
    }
    let now = first.checked_add(56.days())?.at(7, 40, 0, 0);
    if !learned.is_published(120, now.date()) {
        return Err("the forecast that is measured is not shown".into());
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for vacant in 0..TIMES {
            let vacant = i64::try_from(vacant % 100)?;
            let shown = learned.is_published(30, now.date());
            std::hint::black_box((shown, learned.outlook(now, vacant, 30, &calendar)));
        }
        rounds.push(began.elapsed().as_secs_f64() * 1e6 / num(TIMES));
    }
    Ok(median(&rounds, |us| *us))
}
