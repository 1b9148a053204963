//! How soon the office's first pages are there in a province's registry: a hundred thousand lots, a million sessions, on
//! either engine. `bowei-bench office` runs it; most of its time it spends filling the stores, by the way of reports.

use crate::platform::Child;
use crate::readers::ask;
use crate::{Failure, median, say};
use bowei_model::supervision::{DayRates, KeptDay, Ratio};
use bowei_model::{Direction, Lot, LotKind, Passage, Plate, PlateKind, Report, Statement, moment};
use bowei_platform::accounts::{Role, token};
use bowei_platform::stores;
use bowei_store::{
    EvaluationRow, NewDelivery, NewStatement, ProviderDetails, ProviderRow, RegistryChange, Store,
};
use bowei_test_servers::Postgres;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Lots, their providers and districts.
const LOTS: usize = 100_000;
const PROVIDERS: usize = 200;
const DISTRICTS: usize = 10;
/// Lots that are registered in one change.
const LOTS_TOGETHER: usize = 10_000;
/// Sessions: half of them of the first lot, over so many days. Of one in ten there is an exit alone, which is a finding.
const SESSIONS: usize = 1_000_000;
const DAYS: i64 = 28;
const UNMATCHED: usize = 10;
/// Passages in a delivery, and deliveries under way.
const TOGETHER: usize = 50;
const WAITING: usize = 64;
/// How often each page is asked for: odd, so that a median is one of them.
const ASKED: usize = 21;
/// Lots that have rates of a year, and evaluations under way.
const RATED: usize = 1_000;
const MONTHS: i32 = 12;
/// What a first page may take.
const AIM_MS: f64 = 200.0;

/// A first page, and who asks: of the whole city, or of a district.
type Page = (&'static str, bool, &'static str);

/// Of a province.
const PAGES: [Page; 21] = [
    ("lots by name", false, "/api/v1/lots?limit=50&sort=name"),
    ("lots, the fullest first", false, "/api/v1/lots?limit=50&sort=occupancy&order=desc"),
    ("lots, heard from last", false, "/api/v1/lots?limit=50&sort=last_heard_at&order=desc"),
    (
        "lots of a district and status, by spaces",
        false,
        "/api/v1/lots?limit=50&district=330504&status=stale&sort=spaces_total",
    ),
    ("lots with these words", false, "/api/v1/lots?limit=50&q=%E5%81%9C%E8%BD%A6%E5%9C%BA%20777&sort=name"),
    ("lots of a provider", false, "/api/v1/lots?limit=50&provider=p-0007&sort=vacant"),
    ("lots by name, for a district", true, "/api/v1/lots?limit=50&sort=name"),
    ("sessions of the busiest lot", false, "/api/v1/lots/330500-000000/sessions?limit=50"),
    ("open sessions of the busiest lot", false, "/api/v1/lots/330500-000000/sessions?limit=50&state=open"),
    ("sessions of a quiet lot", false, "/api/v1/lots/330501-000001/sessions?limit=50"),
    ("findings", false, "/api/v1/findings?limit=50"),
    ("findings of a kind", false, "/api/v1/findings?limit=50&kind=exit-before-entry"),
    ("findings, for a district", true, "/api/v1/findings?limit=50"),
    ("findings by the lots' own time", false, "/api/v1/findings?limit=50&by=at"),
    ("findings that are resolved", false, "/api/v1/findings?limit=50&state=resolved"),
    ("findings of a quiet lot", false, "/api/v1/findings?limit=50&lot=330501-000001"),
    ("cases", false, "/api/v1/cases?limit=50"),
    ("the overview", false, "/api/v1/overview"),
    ("the overview, for a district", true, "/api/v1/overview"),
    ("search for a lot", false, "/api/v1/search?q=330507-07"),
    ("providers", false, "/api/v1/providers?limit=50"),
];

/// Of a city of a thousand lots, once the work of its first start is done.
const RATES: [Page; 3] = [
    ("a year of 1,000 lots' rates, the first page", false, "/api/v1/rates?by=month&limit=100"),
    ("a year of 1,000 lots' rates, by provider", false, "/api/v1/rates?by=month&group=provider"),
    ("a year of 1,000 lots' rates, of all", false, "/api/v1/rates?by=month&group=all"),
];

pub(crate) async fn rows() -> Result<(), Failure> {
    say(&format!("{LOTS} lots, {SESSIONS} sessions; first pages of 50, asked for {ASKED} times each:"));
    let server = Postgres::options().start()?;
    for (name, server) in [("SQLite", None), ("PostgreSQL", Some(&server))] {
        let database = || server.map(|server| server.create_database());
        let (folder, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
        province(name, folder.path(), database().as_deref()).await?;
        year(name, other.path(), database().as_deref()).await?;
    }
    Ok(())
}

async fn province(name: &str, data: &Path, database: Option<&str>) -> Result<(), Failure> {
    let began = Instant::now();
    let store = stores::open_store(data, database).await?;
    let tokens = register(store.as_ref(), LOTS).await?;
    fill(&store, SESSIONS, DAYS, passage).await?;
    store.flush().await?;
    drop(store);
    say("");
    say(&format!("{name}, filled in {:.0} s:", began.elapsed().as_secs_f64()));
    say("                                                     median    slowest");
    time(&Child::platform(data, database)?, &tokens, &PAGES).await
}

async fn year(name: &str, data: &Path, database: Option<&str>) -> Result<(), Failure> {
    let store = stores::open_store(data, database).await?;
    let tokens = register(store.as_ref(), RATED).await?;
    rates(&store).await?;
    store.flush().await?;
    drop(store);
    let child = Child::platform(data, database)?;
    child.settled().await?;
    say(&format!("{name}, a city of {RATED} lots:"));
    time(&child, &tokens, &RATES).await
}

async fn time(child: &Child, tokens: &(String, String), pages: &[Page]) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(child.address).await?;
    for (what, of_a_district, path) in pages {
        let token = if *of_a_district { &tokens.1 } else { &tokens.0 };
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n");
        let mut took = Vec::new();
        // The first finds the store's files unread, and is not counted.
        for _ in 0..=ASKED {
            let began = Instant::now();
            ask(&mut stream, &request).await.map_err(|error| format!("{path}: {error}"))?;
            took.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
        took.remove(0);
        let (middle, slowest) = (median(&took, |ms| *ms), took.iter().copied().fold(0.0, f64::max));
        let late = if middle > AIM_MS { "   late" } else { "" };
        say(&format!("  {what:<48} {middle:>6.1} ms {slowest:>7.1} ms{late}"));
    }
    Ok(())
}

/// Registers everything; the tokens of one who sees the whole city and of one who sees a district.
async fn register(store: &dyn Store, lots: usize) -> Result<(String, String), Failure> {
    let now = Timestamp::now();
    let (whole, row) = token::make(&Role::Viewer, None, now, None)?;
    let (district, other) = token::make(&Role::Viewer, Some("330503".to_owned()), now, None)?;
    let provider = |number| ProviderRow {
        code: format!("p-{number:04}").into(),
        name: format!("第 {number} 停车管理有限公司"),
        contact: None,
        details: ProviderDetails::default(),
    };
    let providers = (0..PROVIDERS).map(provider).collect();
    store
        .change_registry(RegistryChange { providers, tokens: vec![row, other], ..RegistryChange::default() })
        .await?;
    for first in (0..lots).step_by(LOTS_TOGETHER) {
        let lots = (first..lots.min(first + LOTS_TOGETHER)).map(lot).collect::<Result<_, _>>()?;
        store.change_registry(RegistryChange { lots, ..RegistryChange::default() }).await?;
    }
    Ok((whole, district))
}

fn code_of(number: usize) -> String {
    format!("33050{}-{number:06}", number % DISTRICTS)
}

fn lot(number: usize) -> Result<Lot, Failure> {
    let provider = format!("p-{:04}", number % PROVIDERS);
    // Neighbours in one order are none in another.
    let shuffled = number * 7_919 % LOTS;
    Ok(Lot {
        name: format!("{} 号停车场 {shuffled}", shuffled % 97),
        district: format!("33050{}", number % DISTRICTS),
        address: format!("人民路 {shuffled} 号"),
        spaces_total: u32::try_from(20 + shuffled % 800)?,
        ids: [("huzhou".to_owned(), format!("HZ{number:08}"))].into(),
        ..Lot::new(code_of(number).into(), provider.into(), LotKind::OffStreet)
    })
}

/// Keeps so many statements of the last days as reports of them are kept.
pub(crate) async fn fill(
    store: &Arc<dyn Store>,
    count: usize,
    days: i64,
    statement: impl Fn(usize, Timestamp) -> Result<NewStatement, Failure>,
) -> Result<(), Failure> {
    let now = Timestamp::now();
    for day in 0..=days {
        store.prepare_days(now - SignedDuration::from_hours(24 * day)).await?;
    }
    let mut keeping = JoinSet::new();
    for first in (0..count).step_by(TOGETHER) {
        if keeping.len() >= WAITING {
            keeping.join_next().await.ok_or("nothing is under way")???;
        }
        let statements = (first..count.min(first + TOGETHER))
            .map(|number| statement(number, now))
            .collect::<Result<_, _>>()?;
        let delivery = NewDelivery { message_sha256: [0; 32], statements, condition: None };
        let store = Arc::clone(store);
        keeping.spawn(async move { store.commit(delivery).await.map(drop).map_err(Failure::from) });
    }
    while let Some(kept) = keeping.join_next().await {
        kept??;
    }
    Ok(())
}

/// What is kept of a middling lot's month: as long as such a document is.
fn month() -> KeptDay {
    let ratio = |num| Ratio { num, den: 4_157 };
    let rates = DayRates { online: ratio(4_000), timeliness: ratio(4_122), ..DayRates::default() };
    let mut month = KeptDay { rates, ..KeptDay::default() };
    (0..60).for_each(|seconds| month.rates.delays.add(seconds));
    (0..80).for_each(|ninth: u64| month.stays.add(60 * ninth * ninth));
    for hours in [&mut month.hours.entries, &mut month.hours.exits, &mut month.hours.inside] {
        hours.fill(110);
    }
    month
}

/// Keeps a day's rates of each of the last twelve months.
async fn rates(store: &Arc<dyn Store>) -> Result<(), Failure> {
    let month = month();
    let at_close = KeptDay { rates: month.rates.clone(), ..KeptDay::default() };
    let (rates, at_close) = (serde_json::to_string(&month)?, serde_json::to_string(&at_close)?);
    let now = Timestamp::now();
    let mut keeping = JoinSet::new();
    for number in 0..RATED {
        for month in 0..MONTHS {
            if keeping.len() >= WAITING {
                keeping.join_next().await.ok_or("nothing is under way")???;
            }
            let first = moment::to_wall(now).date().first_of_month().checked_sub(month.months())?;
            let evaluation = EvaluationRow {
                lot: code_of(number).into(),
                day: moment::day_of_date(first),
                evaluated_at: now,
                findings: Vec::new(),
                rates: rates.clone(),
                at_close: Some(at_close.clone()),
                passages: Vec::new(),
                dirty: None,
                elsewhere: BTreeMap::new(),
            };
            let store = Arc::clone(store);
            keeping.spawn(async move {
                store.write_evaluation(evaluation).await.map(drop).map_err(Failure::from)
            });
        }
    }
    while let Some(kept) = keeping.join_next().await {
        kept??;
    }
    Ok(())
}

fn passage(number: usize, now: Timestamp) -> Result<NewStatement, Failure> {
    let ago = DAYS * 86_400_000 * i64::try_from(SESSIONS - number)? / i64::try_from(SESSIONS)?;
    let at = now - SignedDuration::from_millis(ago);
    let lot = if number.is_multiple_of(2) { 0 } else { number / 2 % LOTS };
    let direction = if number % UNMATCHED == 3 { Direction::Exit } else { Direction::Entry };
    let passage = Passage {
        plate: Plate::read(&format!("浙E{:05}", number % 100_000)),
        plate_kind: Some(PlateKind::SMALL),
        ..Passage::new(code_of(lot).into(), format!("o{number}").into(), direction, at)
    };
    let statement = Statement {
        standard: "huzhou".to_owned(),
        provider: format!("p-{:04}", lot % PROVIDERS).into(),
        sent_at: at,
        received_at: at,
        report: Report::Passage(passage),
        doubts: Vec::new(),
    };
    Ok(NewStatement { statement, unnamed_fields: None })
}
