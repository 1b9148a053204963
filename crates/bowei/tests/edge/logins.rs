//! Standards with a login: tokens that are dead, and both sides starting again in the middle.

use crate::edge::city::{City, port};
use crate::edge::gate::Gate;
use crate::edge::proxy::{Asked, Plan, Proxy, Way};
use crate::edge::sent::{check, entry, exit, plate, whole};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const STANDARDS: [&str; 2] = ["shenzhen", "isp"];
const CARS: usize = 10;

/// The token in a request's head.
fn token(asked: &Asked) -> Option<String> {
    let mut lines = asked.head.lines();
    let value = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("authorization").then_some(value)
    })?;
    value.split_whitespace().last().map(str::to_owned)
}

fn is_login(asked: &Asked) -> bool {
    asked.path.ends_with("/login") || asked.path.ends_with("/oauth/token")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_and_a_restart_in_the_middle_lose_nothing() {
    let mut city = City::start();
    let mut lines = Vec::new();
    let dead: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    for _ in STANDARDS {
        let line = Proxy::start(port(), city.address()).await;
        let dead = Arc::clone(&dead);
        line.follow(Plan::there(move |asked| match token(asked) {
            // To the platform it is a token that it never gave out.
            Some(token) if !is_login(asked) && dead.lock().unwrap().contains(&token) => {
                Way::OnWith(token.clone(), token.chars().rev().collect())
            }
            _ => Way::On,
        }));
        lines.push(line);
    }
    let uplinks: Vec<_> =
        STANDARDS.iter().zip(&lines).map(|(standard, line)| city.uplink(standard, &line.url)).collect();
    let mut gate = Gate::start(&city, &uplinks).await;
    gate.local.until_delivered(Duration::from_secs(20)).await;
    let logins = |line: &Proxy| line.log().iter().filter(|went| is_login(&went.asked)).count();
    for phase in 0..4 {
        let before: Vec<_> = lines.iter().map(logins).collect();
        let cars = phase * CARS..(phase + 1) * CARS;
        let entries: Vec<Value> = cars.clone().map(entry).collect();
        let exits: Vec<Value> = cars.map(exit).collect();
        let used = |line: &Proxy| {
            let log = line.log();
            log.iter()
                .filter(|went| !is_login(&went.asked))
                .filter_map(|went| token(&went.asked))
                .collect::<Vec<_>>()
        };
        match phase {
            // Every token that was used so far dies while reports are on their way.
            0 | 1 => {
                gate.local.report(&entries).await;
                dead.lock().unwrap().extend(lines.iter().flat_map(used));
            }
            2 => {
                gate.local.report(&entries).await;
                city.kill();
                gate.local.report(&exits[..1]).await;
                city.restart();
            }
            _ => {
                gate.local.report(&entries).await;
                gate.stop().await;
                gate = Gate::start(&city, &uplinks).await;
            }
        }
        gate.local.report(&exits).await;
        gate.local.until_delivered(Duration::from_secs(20)).await;
        for ((standard, line), before) in STANDARDS.iter().zip(&lines).zip(before) {
            let logins = logins(line) - before;
            println!("phase {phase}, {standard}: {logins} logins");
            // A restarted platform still knows its tokens.
            assert!(phase == 2 || logins > 0, "{standard}: a dead token went on being used");
            // Everyone who waits for a login waits for the same one.
            assert!(logins <= 3, "{standard}: {logins} logins");
        }
    }
    gate.local.no_dead_letters().await;
    check(&city, "shenzhen", &whole(0..4 * CARS)).await;
    // ISP knows no record ids: cars are told by their plates.
    let sessions = city.sessions("isp").await;
    let plates: BTreeSet<_> =
        sessions.values().map(|session| session["plate"].as_str().unwrap().to_owned()).collect();
    assert_eq!((sessions.len(), plates), (4 * CARS, (0..4 * CARS).map(plate).collect()));
    assert!(sessions.values().all(|session| session["entry"].is_object() && session["exit"].is_object()));
    gate.stop().await;
}
