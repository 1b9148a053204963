//! Many nodes on one PostgreSQL: durable reports a second through HTTP at 1, 2 and 4 nodes, held against bare inserts of
//! the same rows into a table like the ledger on the same server, which keep nothing else and know of nothing else.
//!
//! Nodes, server and load generator have the same cores here: what more nodes bring on machines of their own this does
//! not show; what they cost each other it does.

use crate::platform::Child;
use crate::{Failure, each_us, median, num, say};
use bowei_city::load::{LoadOptions, Sealing, presealed, push};
use bowei_city::{Accounts, CityPlan, PlanOptions};
use bowei_platform::accounts::Source;
use bowei_platform::registry::apply::{OVERLAP, apply};
use bowei_platform::registry::seal::MasterKey;
use bowei_platform::stores;
use bowei_standards::by_name;
use bowei_test_servers::Postgres;
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

/// The standard of the reports: one whose messages cost little to open, so that the store is what is measured.
const STANDARD: &str = "ningbo";
/// Lots that report, each on a connection of its own and waiting for its answer.
const LOTS: usize = 400;
/// Reports of a round.
const MESSAGES: usize = 24_000;
/// Rounds for each number of nodes: odd, so that a median is a round.
const ROUNDS: usize = 3;
/// Rows that bare inserts share a transaction for, and the connections they come by: as the platform's batches.
const BARE_BATCH: usize = 512;
const BARE_CONNECTIONS: usize = 4;

struct Round {
    whole: f64,
    bare: f64,
    cpu_us: f64,
}

pub(crate) async fn rows() -> Result<(), Failure> {
    say("");
    say(&format!(
        "PostgreSQL, durable, on this machine; {LOTS} lots under {STANDARD}, {ROUNDS} rounds of {MESSAGES} reports, medians:"
    ));
    say("  nodes   reports/s   bare UNNEST rows/s   ratio   the nodes' processor time a report");
    let plan = CityPlan::new(&PlanOptions { seed: 11, lots: LOTS, standard: Some(STANDARD) })?;
    let server = Postgres::options().durable().start()?;
    for nodes in [1, 2, 4] {
        let folder = tempfile::tempdir()?;
        let url = server.create_database();
        let accounts = register(&plan, folder.path(), &url).await?;
        let children =
            (0..nodes).map(|_| Child::platform(folder.path(), Some(&url))).collect::<Result<Vec<_>, _>>()?;
        let mut rounds = Vec::new();
        for number in 0..ROUNDS {
            rounds.push(round(number, &plan, &accounts, &children, &url).await?);
        }
        say(&format!(
            "  {nodes:>5} {:>11.0} {:>20.0} {:>6.1}% {:>12.0} µs",
            median(&rounds, |r| r.whole),
            median(&rounds, |r| r.bare),
            median(&rounds, |r| r.whole / r.bare) * 100.0,
            median(&rounds, |r| r.cpu_us),
        ));
    }
    Ok(())
}

async fn register(plan: &CityPlan, data: &Path, url: &str) -> Result<Accounts, Failure> {
    let store = stores::open_store(data, Some(url)).await?;
    let key = MasterKey::load(None, data)?;
    let handed_out =
        apply(store.as_ref(), &key, &plan.registry_file(), OVERLAP, Timestamp::now(), &Source::default())
            .await?;
    Ok(Accounts::read(&serde_json::to_string(&handed_out)?)?)
}

async fn round(
    number: usize,
    plan: &CityPlan,
    accounts: &Accounts,
    nodes: &[Child],
    url: &str,
) -> Result<Round, Failure> {
    let sealing = Sealing {
        seed: 1_000 + u64::try_from(number)?,
        standard: STANDARD,
        messages: MESSAGES,
        on_street_only: false,
        host: "bench".to_owned(),
        path_prefix: String::new(),
    };
    let messages = presealed(plan, accounts, &sealing, Timestamp::now())?;
    let standard = by_name(STANDARD).ok_or("no such standard")?;
    let cpu = || nodes.iter().map(Child::processor_time).sum::<Result<Duration, _>>();
    let before = cpu()?;
    let begun = Instant::now();
    let mut pushing = JoinSet::new();
    for (node, child) in nodes.iter().enumerate() {
        let share: Vec<_> = messages.iter().skip(node).step_by(nodes.len()).cloned().collect();
        let connections = LOTS / nodes.len();
        let options = LoadOptions { connections, depth: 1, ..LoadOptions::new(child.address) };
        pushing.spawn(async move { push(share, standard, &options).await });
    }
    let mut accepted = 0;
    for result in pushing.join_all().await {
        accepted += result.accepted;
    }
    let whole = num(MESSAGES) / begun.elapsed().as_secs_f64();
    if accepted != u64::try_from(MESSAGES)? {
        return Err(format!("{accepted} of {MESSAGES} messages were accepted").into());
    }
    let cpu_us = each_us(cpu()? - before, MESSAGES);
    Ok(Round { whole, bare: bare(url).await?, cpu_us })
}

/// One row as the ledger has it.
type Row = (String, i64, String, String, String, bool, Vec<u8>, String);

/// Rows a second that the server takes when nothing is done but to insert the ledger's own rows once more.
async fn bare(url: &str) -> Result<f64, Failure> {
    let client = connected(url).await?;
    client.batch_execute("DROP TABLE IF EXISTS bare; CREATE TABLE bare (LIKE ledger INCLUDING ALL)").await?;
    let limit = i64::try_from(MESSAGES)?;
    let rows: Arc<Vec<Row>> = Arc::new(
        client
            .query(
                "SELECT lot, received_at, provider, standard, kind, amended, message_sha256, statement
                 FROM ledger ORDER BY seq DESC LIMIT $1",
                &[&limit],
            )
            .await?
            .iter()
            .map(|row| {
                (
                    row.get(0),
                    row.get(1),
                    row.get(2),
                    row.get(3),
                    row.get(4),
                    row.get(5),
                    row.get(6),
                    row.get(7),
                )
            })
            .collect(),
    );
    let count = rows.len();
    let begun = Instant::now();
    let mut inserting = JoinSet::new();
    for connection in 0..BARE_CONNECTIONS {
        let (rows, client) = (Arc::clone(&rows), connected(url).await?);
        inserting.spawn(async move {
            let insert = client
                .prepare(
                    "INSERT INTO bare
                       (lot, received_at, provider, standard, kind, amended, message_sha256, statement)
                     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[],
                                          $6::boolean[], $7::bytea[], $8::text[])",
                )
                .await?;
            for batch in rows.chunks(BARE_BATCH).skip(connection).step_by(BARE_CONNECTIONS) {
                let text = |of: fn(&Row) -> &str| batch.iter().map(of).collect::<Vec<_>>();
                let at: Vec<_> = batch.iter().map(|row| row.1).collect();
                let amended: Vec<_> = batch.iter().map(|row| row.5).collect();
                let messages: Vec<_> = batch.iter().map(|row| row.6.as_slice()).collect();
                let (lots, providers, standards) =
                    (text(|row| &row.0), text(|row| &row.2), text(|row| &row.3));
                let (kinds, statements) = (text(|row| &row.4), text(|row| &row.7));
                client
                    .execute(
                        &insert,
                        &[&lots, &at, &providers, &standards, &kinds, &amended, &messages, &statements],
                    )
                    .await?;
            }
            Ok::<_, tokio_postgres::Error>(())
        });
    }
    for done in inserting.join_all().await {
        done?;
    }
    Ok(num(count) / begun.elapsed().as_secs_f64())
}

async fn connected(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
