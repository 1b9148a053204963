//! A thousand drivers want a lot's last place at once: how soon each has an answer, on either engine. Nobody answers where the
//! lot is called: what is measured is the platform.

use crate::platform::Child;
use crate::readers::ask;
use crate::{Failure, ROUNDS, quantile, say};
use bowei_platform::accounts::Source;
use bowei_platform::registry::apply::{OVERLAP, apply};
use bowei_platform::registry::seal::MasterKey;
use bowei_platform::stores;
use bowei_store::RegistryChange;
use bowei_test_servers::Postgres;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

const DRIVERS: usize = 1_000;
/// Drivers behind one address: no more than one address may ask at once.
const BEHIND_ONE: usize = 50;
/// One driver in so many would wait.
const WAITS: usize = 20;
/// Where the answers of 99 of 100 are to be.
const AIM_P99_MS: f64 = 1_000.0;
/// The discard port: nobody listens there.
const CALLBACK: &str = "http://127.0.0.1:9/gate";

pub(crate) async fn rows() -> Result<(), Failure> {
    say("");
    say(&format!("{DRIVERS} drivers want a lot's last place at once; medians of {ROUNDS} rounds:"));
    let folder = tempfile::tempdir()?;
    engine("SQLite", folder.path(), None).await?;
    let (folder, server) = (tempfile::tempdir()?, Postgres::options().start()?);
    engine("PostgreSQL", folder.path(), Some(&server.create_database())).await
}

async fn engine(name: &str, data: &Path, database: Option<&str>) -> Result<(), Failure> {
    register(data, database).await?;
    let child = Child::platform(data, database)?;
    child.settled().await?;
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        rounds.push(waits_ms(child.address, round).await?);
    }
    let (middle, slow) = (quantile(&mut rounds, 50), quantile(&mut rounds, 99));
    let late = if slow < AIM_P99_MS { "" } else { "   late" };
    say(&format!("  {name:<12} half within {middle:>6.0} ms, 99 of 100 within {slow:>6.0} ms{late}"));
    Ok(())
}

/// A lot for each round, with one place to reserve.
async fn register(data: &Path, database: Option<&str>) -> Result<(), Failure> {
    let store = stores::open_store(data, database).await?;
    let key = MasterKey::load(None, data)?;
    let mut registry = format!(
        "[[provider]]\ncode = \"rush\"\nname = \"抢位停车\"\n[provider.shenzhen]\nuser_id = \"rush\"\npassword = \"rush\"\ncallback_url = \"{CALLBACK}\"\n"
    );
    for round in 0..ROUNDS {
        registry += &format!(
            "[[lot]]\ncode = \"rush-{round}\"\nprovider = \"rush\"\nname = \"第 {round} 停车场\"\nkind = \"off-street\"\n\
             district = \"440305\"\n\
             longitude = 113.93\nlatitude = 22.53\nspaces_total = 50\nids = {{ shenzhen = \"P{round:03}\" }}\n"
        );
    }
    apply(store.as_ref(), &key, &registry, OVERLAP, Timestamp::now(), &Source::default()).await?;
    let mut lots = store.registry().await?.lots;
    for lot in &mut lots {
        // 表 6 序号 16 and 17.
        lot.details.extend([("reservable".into(), "1".into()), ("reservableSpaces".into(), "1".into())]);
    }
    store.change_registry(RegistryChange { lots, ..RegistryChange::default() }).await?;
    Ok(())
}

/// How long each driver waits for an answer, in milliseconds. One of them has the place.
async fn waits_ms(address: SocketAddr, round: usize) -> Result<Vec<f64>, Failure> {
    let enter_at = Timestamp::now() + SignedDuration::from_hours(1);
    let mut streams = Vec::new();
    for number in 0..DRIVERS {
        streams.push(connect(address, number / BEHIND_ONE).await?);
    }
    let mut asked = JoinSet::new();
    for (number, mut stream) in streams.into_iter().enumerate() {
        let order = json!({
            "lot": format!("rush-{round}"), "plate": format!("粤B{number:05}"), "space": "ordinary",
            "enter_at": enter_at.to_string(), "wait": number % WAITS == 0,
        })
        .to_string();
        let request = format!(
            "POST /open/v1/reservations HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{order}",
            order.len()
        );
        asked.spawn(async move {
            let began = Instant::now();
            let answer: serde_json::Value = serde_json::from_slice(&ask(&mut stream, &request).await?)?;
            let held = answer.get("state").is_some_and(|state| state == "held");
            Ok::<_, Failure>((began.elapsed().as_secs_f64() * 1_000.0, held))
        });
    }
    let (mut waits, mut held) = (Vec::new(), 0);
    while let Some(answer) = asked.join_next().await {
        let (wait, is_held) = answer??;
        waits.push(wait);
        held += usize::from(is_held);
    }
    if held != 1 {
        return Err(format!("{held} of {DRIVERS} have the one place").into());
    }
    Ok(waits)
}

/// A connection from an address that so many drivers share.
async fn connect(address: SocketAddr, number: usize) -> Result<TcpStream, Failure> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 1, u8::try_from(number)?], 0)))?;
    Ok(socket.connect(address).await?)
}
