//! The cut that nobody can tell from a lost request: the platform has committed, and its answer is lost.

use crate::edge::city::{City, port};
use crate::edge::gate::Gate;
use crate::edge::proxy::{Back, Plan, Proxy};
use crate::edge::sent::{check, entry, exit, whole};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Each comes in and goes out: a thousand reports.
const SESSIONS: usize = 500;
/// In one call, as a lot's system catches up.
const AT_ONCE: usize = 50;
const STANDARDS: [&str; 3] = ["huzhou", "shenzhen", "ningbo"];

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_answers_lost_after_the_commit_are_a_thousand_reports_each_once() {
    let city = City::start();
    let mut lines = Vec::new();
    for _ in STANDARDS {
        let line = Proxy::start(port(), city.address()).await;
        let cut = Mutex::new(BTreeSet::new());
        line.follow(Plan::back(move |asked, answer| {
            let Some(about) = about(&asked.path, &asked.body, &answer.body) else { return Back::Whole };
            if cut.lock().unwrap().insert(about) { Back::Nothing } else { Back::Whole }
        }));
        lines.push(line);
    }
    let uplinks: Vec<_> =
        STANDARDS.iter().zip(&lines).map(|(standard, line)| city.uplink(standard, &line.url)).collect();
    let gate = Gate::start(&city, &uplinks).await;
    let begun = Instant::now();
    for first in (0..SESSIONS).step_by(AT_ONCE) {
        let numbers = first..first + AT_ONCE;
        let reports: Vec<Value> = numbers.flat_map(|number| [entry(number), exit(number)]).collect();
        gate.local.report(&reports).await;
    }
    gate.local.until_delivered(Duration::from_secs(120)).await;
    println!("{} reports to each of {STANDARDS:?}, each cut once, in {:.1?}", SESSIONS * 2, begun.elapsed());
    for (standard, line) in STANDARDS.iter().zip(&lines) {
        let log = line.log();
        let about = |went: &&crate::edge::proxy::Exchange| {
            let answer = went.answer.as_ref();
            answer.and_then(|answer| about(&went.asked.path, &went.asked.body, &answer.body))
        };
        let cut = log.iter().filter(|went| about(went).is_some() && !went.passed).count();
        assert_eq!(cut, SESSIONS * 2, "{standard}: not each was cut");
        check(&city, standard, &whole(0..SESSIONS)).await;
        assert_eq!(city.tally(standard, "refused").await, 0);
        // The platform knew each of them again.
        assert_eq!(city.tally(standard, "repeated").await, (SESSIONS * 2) as i64, "{standard}");
    }
    gate.local.no_dead_letters().await;
    gate.stop().await;
}

/// Which passage an exchange was about: its path or kind, and its record id. Huzhou's requests are secret, and its
/// answers say it.
fn about(path: &str, asked: &str, answered: &str) -> Option<String> {
    let after = |text: &str, mark: &str, length: usize| {
        let (_, rest) = text.split_once(mark)?;
        rest.get(..length).map(|found| format!("{path} {found}"))
    };
    if path.ends_with("Record") {
        return after(asked, "\"id\":\"", 32);
    }
    // Ningbo has the kind right behind the id.
    after(answered, "\"parkingdataId\":\"", 32)
        .or_else(|| after(asked, "\"businessid\":\"", 32 + r#"","businesstype":"1"#.len()))
}
