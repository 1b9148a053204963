//! A machine whose clock leaps a day, either way.

use crate::edge::city::{City, port};
use crate::edge::gate::{Gate, edge_toml, hasty, until};
use crate::edge::proxy::Proxy;
use crate::edge::sent::{check, entry, exit, whole};
use bowei_edge::{Clock, Config};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const DAY_S: i64 = 86_400;
const STANDARDS: [&str; 3] = ["huzhou", "shenzhen", "ningbo"];
/// So many messages a start with a wrong clock may cost: the heartbeat's and those of the first two sessions, which go
/// side by side.
const IN_VAIN_MAX: i64 = 3;
/// A heartbeat of Shenzhen is due every thirty seconds, whatever the clock says.
const HEARTBEAT_WITHIN: Duration = Duration::from_secs(40);

/// The machine's clock, and how far it is off.
struct Leaping(AtomicI64);

impl Clock for Leaping {
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_leaps_a_day_either_way_loses_nothing() {
    let city = City::start();
    let line = Proxy::start(port(), city.address()).await;
    let uplinks = STANDARDS.map(|standard| city.uplink(standard, &line.url));
    let file = edge_toml(city.folder(), 0, &uplinks);
    let clock = Arc::new(Leaping(AtomicI64::new(0)));
    let start =
        async || Gate::of(Config::load(&file).unwrap(), Arc::clone(&clock) as Arc<dyn Clock>, hasty()).await;
    let mut gate = start().await;
    gate.local.until_delivered(Duration::from_secs(20)).await;
    let mut cars = 0;
    for off_s in [0, DAY_S, 0, -DAY_S, DAY_S] {
        clock.0.store(off_s, Ordering::Relaxed);
        // While it runs, and from a start on: then nothing is known of the platform's clock before its first answer.
        for restarted in [false, true] {
            if restarted {
                gate.stop().await;
                gate = start().await;
            }
            gate.local.report(&[entry(cars), exit(cars)]).await;
            gate.local.until_delivered(Duration::from_secs(20)).await;
            cars += 1;
            let shown = async || {
                let status = gate.local.status().await;
                let warnings = status["warnings"].as_array().unwrap();
                let warned = warnings.iter().filter(|warning| warning["code"] == "clock-drift").count();
                let uplinks = status["uplinks"].as_array().unwrap().clone();
                let is_shown = |uplink: &Value| {
                    let offset_s = uplink["clock"]["offset_ms"].as_i64().unwrap_or(i64::MAX) / 1_000;
                    (offset_s + off_s).abs() <= 3 && uplink["clock"]["drifting"] == (off_s != 0)
                };
                uplinks.iter().all(is_shown) && warned == if off_s == 0 { 0 } else { STANDARDS.len() }
            };
            assert!(
                until(Duration::from_secs(10), shown).await,
                "{off_s} s: {:#}",
                gate.local.status().await
            );
        }
    }
    gate.local.no_dead_letters().await;
    for standard in STANDARDS {
        check(&city, standard, &whole(0..cars)).await;
        let refused = city.tally(standard, "refused").await;
        println!("{standard}: {refused} of {} messages were outside its window", refused + 2 * cars as i64);
        // Huzhou takes a message for five minutes only. A gateway that starts with a wrong clock learns of it by its
        // first messages; one that runs knows the platform's, whatever its own does.
        let in_vain = if standard == "huzhou" { 3 * IN_VAIN_MAX } else { 0 };
        assert!(refused <= in_vain, "{standard}: {refused} messages were refused");
    }
    // Signs of life keep their interval while the clock leaps back and forth.
    let beats = |line: &Proxy| {
        let log = line.log();
        let taken = log.iter().filter(|went| {
            let answer = went.answer.as_ref();
            went.asked.path.ends_with("heartBeats") && answer.is_some_and(|answer| answer.status == 200)
        });
        taken.count()
    };
    let before = beats(&line);
    let mut leap = DAY_S;
    let went_on = until(HEARTBEAT_WITHIN, async || {
        leap = -leap;
        clock.0.store(leap, Ordering::Relaxed);
        beats(&line) > before
    });
    assert!(went_on.await, "no heartbeat came");
    gate.stop().await;
}
