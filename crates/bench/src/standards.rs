//! Every standard in turn: durable reports a second through HTTP, held against the handler that only parses the JSON.

use crate::platform::{Child, Platform};
use crate::{CONNECTIONS, Failure, MESSAGES, each_us, median, say};
use bowei_city::load::{LoadOptions, LoadResult, Sealing, logged_in, presealed, push};
use bowei_city::{Accounts, CityPlan};
use bowei_standards::{Standard, all};
use bytes::Bytes;
use jiff::Timestamp;

/// Rounds for each: odd, so that a median is a round.
const ROUNDS: usize = 3;

struct Round {
    whole: f64,
    whole_cpu_us: f64,
    parsing: f64,
    bytes: usize,
}

pub(crate) async fn rows(plan: &CityPlan, platform: &Platform, bystander: &Child) -> Result<(), Failure> {
    say("");
    say(&format!("every standard, {ROUNDS} rounds of {MESSAGES} reports each, medians:"));
    say("  standard          reports/s   of parsing alone   processor time   bytes a message");
    for standard in all().iter().copied() {
        let mut rounds = Vec::new();
        for number in 0..ROUNDS {
            rounds.push(round(number, standard, plan, platform, bystander).await?);
        }
        say(&format!(
            "  {:<14} {:>12.0} {:>17.1}% {:>13.0} µs {:>17}",
            standard.card().name,
            median(&rounds, |r| r.whole),
            median(&rounds, |r| r.whole / r.parsing) * 100.0,
            median(&rounds, |r| r.whole_cpu_us),
            rounds.first().map_or(0, |r| r.bytes),
        ));
    }
    Ok(())
}

async fn round(
    number: usize,
    standard: &'static dyn Standard,
    plan: &CityPlan,
    platform: &Platform,
    bystander: &Child,
) -> Result<Round, Failure> {
    let messages = sealed(standard, plan, platform, number).await?;
    let bytes = messages.iter().map(Bytes::len).sum::<usize>() / messages.len().max(1);
    let before = platform.child.processor_time()?;
    let whole = pushed(messages.clone(), standard, &platform.child).await?;
    let whole_cpu = platform.child.processor_time()? - before;
    let parsing = pushed(messages, standard, bystander).await?;
    Ok(Round {
        whole: whole.per_second(),
        whole_cpu_us: each_us(whole_cpu, MESSAGES),
        parsing: parsing.per_second(),
        bytes,
    })
}

async fn sealed(
    standard: &'static dyn Standard,
    plan: &CityPlan,
    platform: &Platform,
    round: usize,
) -> Result<Vec<Bytes>, Failure> {
    let name = standard.card().name;
    let url = format!("http://{}", platform.child.address);
    let now = Timestamp::now();
    let accounts: Accounts = logged_in(plan, &platform.accounts, name, &url, now).await?;
    let sealing = Sealing {
        // Apart from the rounds of the other rows.
        seed: 1_000 + u64::try_from(round)?,
        standard: name,
        messages: MESSAGES,
        on_street_only: false,
        host: "bench".to_owned(),
        path_prefix: String::new(),
    };
    Ok(presealed(plan, &accounts, &sealing, now)?)
}

async fn pushed(
    messages: Vec<Bytes>,
    standard: &'static dyn Standard,
    to: &Child,
) -> Result<LoadResult, Failure> {
    let options = LoadOptions { connections: CONNECTIONS, depth: 1, ..LoadOptions::new(to.address) };
    let result = push(messages, standard, &options).await;
    if result.accepted != u64::try_from(MESSAGES)? {
        let name = standard.card().name;
        return Err(format!("not every message of {name} was accepted: {result} {:?}", result.words).into());
    }
    Ok(result)
}
