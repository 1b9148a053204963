//! Measures what supervision reads most: a year's rates of a thousand lots, lists out of a million findings and of a
//! hundred thousand cases. The first answer of each question is told by itself: a connection may not know the tables yet.
//!
//! `cargo run -p bowei-store --release --example supervision_reads [DIR] [POSTGRES-URL]`, the database being empty.
#![allow(clippy::print_stdout, reason = "a program that prints figures")]

use bowei_model::{Facts, Finding, FindingKind, LotCode, Plate, moment};
use bowei_store::{
    CaseOrder, CaseQuery, ConditionRow, EvaluationRow, FindingQuery, FindingStates, FindingTime,
    PostgresStore, RatePeriod, RateQuery, SqliteStore, Store, Upkeep, postgres, sqlite,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LOTS: i64 = 1_000;
const MONTHS: u32 = 12;
/// Findings of a lot and month: a million in all.
const FINDINGS: i64 = 84;
/// Cases, of which one in twenty holds; and how many are written at once.
const CASES: usize = 100_000;
const CASES_TOGETHER: usize = 1_000;
/// Evaluations written at once.
const WRITERS: i64 = 4;
/// How often each question is asked.
const TIMES: usize = 7;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().map_or_else(|| PathBuf::from("target/supervision-reads"), PathBuf::from);
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    measure("SQLite", Arc::new(SqliteStore::open(&dir, sqlite::Options::default())?)).await?;
    std::fs::remove_dir_all(&dir)?;
    if let Some(url) = args.next() {
        let store = PostgresStore::open(&url, postgres::Options::default()).await?;
        // Room for the year, as it would have been made day by day.
        let mut day: Timestamp = "2026-01-04T00:00:00+08:00".parse()?;
        while moment::day(day) < 20_270_101 {
            store.prepare_days(day).await?;
            day += SignedDuration::from_hours(7 * 24);
        }
        measure("PostgreSQL", Arc::new(store)).await?;
    }
    Ok(())
}

async fn measure(engine: &str, store: Arc<dyn Store>) -> Result<(), Failure> {
    let began = Instant::now();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for number in (writer..LOTS * i64::from(MONTHS)).step_by(WRITERS as usize) {
                store.write_evaluation(evaluation(number % LOTS, number / LOTS)?).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    for done in writers.join_all().await {
        done?;
    }
    println!("{engine}: {} evaluations written in {:.0?}", LOTS * i64::from(MONTHS), began.elapsed());
    let months = RateQuery {
        by: RatePeriod::Month,
        from: 202_601,
        to: 202_612,
        limit: 50_000,
        ..RateQuery::default()
    };
    let days = RateQuery { by: RatePeriod::Day, from: 20_260_101, to: 20_261_231, ..months.clone() };
    asked("rates of 1,000 lots by day", || async { Ok(store.rates(days.clone()).await?.items.len()) })
        .await?;
    asked("rates of 1,000 lots by month", || async { Ok(store.rates(months.clone()).await?.items.len()) })
        .await?;
    let lots = |numbers: std::ops::Range<i64>| Some(numbers.map(lot).collect::<Vec<_>>());
    let some = RateQuery { lots: lots(0..100), ..months.clone() };
    asked("rates of 100 lots by month", || async { Ok(store.rates(some.clone()).await?.items.len()) })
        .await?;
    let summer: (Timestamp, Timestamp) =
        ("2026-06-01T00:00:00+08:00".parse()?, "2026-07-01T00:00:00+08:00".parse()?);
    let all = FindingQuery { limit: 100, ..FindingQuery::default() };
    let (rare, common) = (Some(FindingKind::OddPlate), Some(FindingKind::LateReport));
    let never = Some(FindingKind::ChargingOverlap);
    let questions = [
        ("all that hold", all.clone()),
        ("resolved (one in a hundred)", FindingQuery { states: FindingStates::Resolved, ..all.clone() }),
        ("both", FindingQuery { states: FindingStates::All, ..all.clone() }),
        ("of a common kind", FindingQuery { kind: common, ..all.clone() }),
        ("of a rare kind", FindingQuery { kind: rare, ..all.clone() }),
        ("of a rare kind, both", FindingQuery { kind: rare, states: FindingStates::All, ..all.clone() }),
        ("of a lot", FindingQuery { lots: lots(7..8), ..all.clone() }),
        ("of a lot and kind", FindingQuery { lots: lots(7..8), kind: common, ..all.clone() }),
        ("of a lot, both", FindingQuery { lots: lots(7..8), states: FindingStates::All, ..all.clone() }),
        ("of 20 lots", FindingQuery { lots: lots(0..20), ..all.clone() }),
        ("of 200 lots", FindingQuery { lots: lots(0..200), ..all.clone() }),
        ("of 900 lots without any", FindingQuery { lots: lots(LOTS..LOTS + 900), ..all.clone() }),
        ("of a kind that there is not", FindingQuery { kind: never, ..all.clone() }),
        ("of June", FindingQuery { from: Some(summer.0), to: Some(summer.1), ..all.clone() }),
        (
            "of June, of a rare kind",
            FindingQuery { from: Some(summer.0), to: Some(summer.1), kind: rare, ..all.clone() },
        ),
    ];
    for by in [FindingTime::At, FindingTime::Received] {
        println!("  by {by:?}");
        for (name, query) in &questions {
            let query = FindingQuery { by, ..query.clone() };
            asked(name, || async { Ok(store.findings(query.clone()).await?.items.len()) }).await?;
        }
    }
    cases(store.as_ref()).await?;
    let midnight: Timestamp = "2026-12-28T00:00:00+08:00".parse()?;
    let today = FindingQuery { by: FindingTime::Received, from: Some(midnight), ..all };
    asked("how many were received today", || async {
        Ok(usize::try_from(store.findings_count(today.clone()).await?)?)
    })
    .await?;
    Ok(())
}

/// Cases, which are written first.
async fn cases(store: &dyn Store) -> Result<(), Failure> {
    for first in (0..CASES).step_by(CASES_TOGETHER) {
        let conditions = (first..first + CASES_TOGETHER).map(case).collect::<Result<_, _>>()?;
        store.write_conditions(conditions, Vec::new()).await?;
    }
    println!("  {CASES} cases");
    let all = CaseQuery { limit: 100, ..CaseQuery::default() };
    let holds = CaseQuery { condition: Some("holds".to_owned()), ..all.clone() };
    let some: Vec<_> = (0..300).map(lot).collect();
    for (name, query) in [
        ("the last first", all.clone()),
        ("the largest first", CaseQuery { order: CaseOrder::Count, ..all.clone() }),
        ("the next due first", CaseQuery { order: CaseOrder::DueAt, ..all.clone() }),
        ("that hold, the largest first", CaseQuery { order: CaseOrder::Count, ..holds.clone() }),
        ("of a rule, that hold", CaseQuery { rules: vec!["odd-plate".to_owned()], ..holds.clone() }),
        ("of a district", CaseQuery { district: Some("330503".to_owned()), ..holds }),
        ("of 300 lots", CaseQuery { lots: Some(some), ..all.clone() }),
    ] {
        asked(name, || async { Ok(store.cases(query.clone()).await?.items.len()) }).await?;
    }
    asked("how many, by state and rule", || async {
        Ok(usize::try_from(store.cases_count(all.clone()).await?.total)?)
    })
    .await?;
    let pairs: Vec<_> = (0..100).map(|number| (Some(lot(number)), FindingKind::LateReport)).collect();
    asked("of 100 findings", || async { Ok(store.cases_of(pairs.clone()).await?.len()) }).await
}

fn case(number: usize) -> Result<ConditionRow, Failure> {
    let opened_at = "2026-01-01T00:00:00+08:00".parse::<Timestamp>()?
        + SignedDuration::from_mins(5 * i64::try_from(number)?);
    let kind = if number.is_multiple_of(2) { FindingKind::LateReport } else { FindingKind::OddPlate };
    Ok(ConditionRow {
        id: format!("{:016x}", number * 7_919),
        lot: Some(lot(i64::try_from(number)? % LOTS)),
        rule: kind.name().to_owned(),
        cause: String::new(),
        ordinal: i64::try_from(number)? / LOTS,
        parent: None,
        provider: Some(format!("p-{}", number % 20).into()),
        district: format!("33050{}", number % 10),
        vendor: String::new(),
        condition: if number.is_multiple_of(20) { "holds" } else { "quiet" }.to_owned(),
        inhibited: false,
        count: i64::try_from(number % 1_009)?,
        first_at: opened_at,
        last_at: opened_at,
        opened_at,
        condition_doc: format!(r#"{{"hours":"{}"}}"#, "1,".repeat(300)),
    })
}

async fn asked<F: Future<Output = Result<usize, Failure>>>(
    name: &str,
    question: impl Fn() -> F,
) -> Result<(), Failure> {
    let mut taken = Vec::new();
    let mut rows = 0;
    for _ in 0..=TIMES {
        let began = Instant::now();
        rows = question().await?;
        taken.push(began.elapsed());
    }
    let ms = |taken: Option<&Duration>| taken.map_or(0.0, |taken| taken.as_secs_f64() * 1e3);
    let first = taken.remove(0);
    taken.sort_unstable();
    println!(
        "  {name:<32} {rows:>6} rows, first {:>7.1} ms, median {:>7.1} ms, worst {:>7.1} ms",
        ms(Some(&first)),
        ms(taken.get(TIMES / 2)),
        ms(taken.last())
    );
    Ok(())
}

fn lot(number: i64) -> LotCode {
    LotCode::from(format!("330502-{number:04}"))
}

/// What came of a day of the month of a lot.
fn evaluation(number: i64, month: i64) -> Result<EvaluationRow, Failure> {
    let day = 20_260_101 + u32::try_from(month * 100 + number % 28)?;
    let (from, _) = moment::span_of_day(day).ok_or("no such day")?;
    let plate = Plate::read("浙E12345").ok_or("no plate")?;
    let findings = (0..FINDINGS).map(|n| {
        let at = from + SignedDuration::from_secs(n * 1_000 + number);
        // One in a hundred came three months late.
        let late = SignedDuration::from_hours(if n % 100 == 7 { 24 * 90 } else { 0 });
        let rare = (number * FINDINGS + n) % 1_009 == 0;
        Finding {
            kind: if rare { FindingKind::OddPlate } else { FindingKind::LateReport },
            lot: lot(number),
            subject: format!("record:R{day}{n:06}"),
            which: String::new(),
            record_id: Some(format!("R{day}{n:06}")),
            at,
            facts: Facts::OddPlate { plate: plate.clone() },
            opened_at: at + late,
            resolved_at: (n == 50).then_some(at + SignedDuration::from_mins(9)),
        }
    });
    let rate = |num: i64| format!("[{num},1440]");
    let names =
        ["online", "timeliness", "within_60s", "completeness", "photos", "balance", "vacancy", "base_data"];
    let ratios: Vec<_> = names.iter().map(|name| format!(r#""{name}":{}"#, rate(number))).collect();
    let rates = format!(r#"{{"rates":{{{},"delays":[{}1]}}}}"#, ratios.join(","), "12,".repeat(40));
    Ok(EvaluationRow {
        lot: lot(number),
        day,
        evaluated_at: from,
        findings: findings.collect(),
        at_close: Some(rates.clone()),
        rates,
        passages: vec![],
        dirty: None,
        elsewhere: BTreeMap::new(),
    })
}
