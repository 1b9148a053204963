//! Rights, over registries and messages that nobody has thought of: whatever is said and asked, nobody changes or sees
//! what is not his. Each case is a city of its own made from a seed, which a failure names; `BOWEI_RIGHTS_SEED` makes
//! that one again, and `BOWEI_RIGHTS_CASES` sets how many there are.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod registry;
mod reports;
mod seen;
#[path = "../support/mod.rs"]
mod support;

use bowei_model::Lot;
use bowei_platform::Config;
use bowei_platform::registry::apply::HandedOut;
use bowei_standards::lot_side::Reading;
use bowei_store::{InspectedOutcome, ReportQuery};
use jiff::SignedDuration;
use registry::{Chance, Known, may, registry};
use reports::{kinds, report};
use seen::nobody_sees_beyond;
use std::collections::BTreeMap;
use support::City;
use support::speaker::Speaker;

const CASES: u64 = 24;
const MESSAGES: usize = 40;

fn standards() -> impl Iterator<Item = &'static str> {
    bowei_standards::all().iter().map(|standard| standard.card().name)
}

fn speakers(handed_out: &HandedOut) -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for provider in &handed_out.providers {
        let spoken = standards().filter(|standard| provider.standards.contains_key(*standard));
        all.extend(spoken.map(|standard| (provider.code.clone(), standard)));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_or_sees_what_is_not_his() {
    let read = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let cases = match read("BOWEI_RIGHTS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..read("BOWEI_RIGHTS_CASES").unwrap_or(CASES),
    };
    let mut accepted = 0;
    for seed in cases {
        eprintln!("BOWEI_RIGHTS_SEED={seed}");
        accepted += case(seed).await;
    }
    assert!(accepted > 0, "a test in which nothing is ever accepted says nothing");
}

async fn case(seed: u64) -> usize {
    let mut chance = Chance(seed);
    let mut config = Config::default();
    if chance.one_in(2) {
        config = support::at_once();
    }
    let city = City::with(config).await;
    let (file, providers, known) = registry(&mut chance);
    let handed_out = city.apply(&file, SignedDuration::ZERO).await;
    let before = city.platform.app().registry.snapshot();
    let mut speaking = Vec::new();
    for (provider, standard) in speakers(&handed_out) {
        let mut speaker = Speaker::of(&handed_out, &provider, standard);
        if speaker.standard.login().is_some() {
            speaker.log_in(&city).await;
        }
        speaking.push((provider, standard, speaker));
    }
    if speaking.is_empty() {
        return 0;
    }
    // Lots that came into being by their own word, as the test expects them.
    let mut lots = known.clone();
    let mut accepted = 0;
    for number in 0..MESSAGES {
        let (provider, standard, speaker) = chance.of(&speaking);
        let called: Vec<_> = lots.iter().filter_map(|lot| lot.ids.get(standard)).cloned().collect();
        let id = match called.as_slice() {
            [] => "330212079999".to_owned(),
            _ if chance.one_in(8) => format!("33021207{:04}", 9_000 + number),
            ids => chance.of(ids).clone(),
        };
        let kind = *chance.of(kinds(standard));
        let allowed = may(&lots, provider, standard, &id, kind);
        let (report, picture) = report(kind, &id, number, &city);
        let said = speaker.say(&city, &report, &id, picture.as_deref()).await;
        let what = format!("BOWEI_RIGHTS_SEED={seed}: {provider} says {kind} of {id} under {standard}");
        assert_eq!(said == Reading::Accepted, allowed, "{what}: {said:?}\n{file}");
        accepted += usize::from(allowed);
        let own = |lot: &Known| lot.provider == *provider && lot.ids.get(standard) == Some(&id);
        if allowed && kind == "lot" && !lots.iter().any(own) {
            let snapshot = city.platform.app().registry.snapshot();
            let made =
                snapshot.lots_by_id(standard, &id).iter().find(|lot| lot.provider.as_str() == provider);
            let made = made.unwrap_or_else(|| panic!("{what}: it is not there"));
            lots.push(Known {
                code: made.code.to_string(),
                provider: provider.clone(),
                district: made.district.clone(),
                ids: BTreeMap::from([(*standard, id)]),
                parties: Vec::new(),
                off_peak_parties: Vec::new(),
            });
        }
    }
    nothing_is_another_s(&city, &lots, &before.lots.values().map(AsRef::as_ref).collect::<Vec<_>>(), seed)
        .await;
    nobody_sees_beyond(&city, &lots, &providers, seed).await;
    accepted
}

/// Whatever is kept was said by who might say it; and what the registry says of whose a lot is stands as it was.
async fn nothing_is_another_s(city: &City, lots: &[Known], before: &[&Lot], seed: u64) {
    let app = city.platform.app();
    app.store.flush().await.unwrap();
    let query = ReportQuery { accepted: true, limit: 1_000, ..ReportQuery::default() };
    for kept in app.store.reports(query).await.unwrap().items {
        let InspectedOutcome::Accepted { statement, .. } = kept.outcome else { continue };
        let Some(code) = statement.report.lot() else { continue };
        // A picture may come before its lot does.
        let Some(lot) = lots.iter().find(|lot| lot.code == code.as_str()) else { continue };
        let id =
            lot.ids.get(statement.standard.as_str()).unwrap_or_else(|| panic!("{statement:?} of {lot:?}"));
        let one = std::slice::from_ref(lot);
        let kind = statement.report.kind();
        let own = may(one, statement.provider.as_str(), &statement.standard, id, kind)
            && (lot.provider == statement.provider.as_str() || !matches!(kind, "lot" | "named-photo"));
        assert!(own, "BOWEI_RIGHTS_SEED={seed}: {statement:?} is kept of {lot:?}");
    }
    let after = app.registry.snapshot();
    for lot in before {
        let now = &after.lots[&lot.code];
        let whose = |lot: &Lot| {
            let Lot { provider, district, ids, parties, off_peak_parties, standing, .. } = lot.clone();
            (provider, district, ids, parties, off_peak_parties, standing)
        };
        assert_eq!(whose(now), whose(lot), "BOWEI_RIGHTS_SEED={seed}");
    }
}
