//! The same random reports told to both engines, and everything that can be asked compared.

use super::{database, open};
use crate::suite::order::{deliveries, statement};
use crate::suite::speech::{at, charge, heartbeat, said};
use crate::suite::{supervision, whole};
use bowei_model::{LotCode, Report, Statement};
use bowei_store::{
    ChargingQuery, DayEvidence, DocumentQuery, FindingQuery, FindingStates, InspectedOutcome, ReportQuery,
    SessionQuery, SqliteStore, Store,
};
use bowei_store::{Commit, Upkeep, sqlite};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

pub(crate) fn anything() -> impl Strategy<Value = Statement> {
    let charging =
        (0..2u8, 0..4u8, 0..600i64, 0..60i64, 0..3u8).prop_map(|(lot, order, from, lasts, operator)| {
            let record = charge(&format!("L{lot}"), &format!("O{order}"), from, from + lasts);
            let mut charged = said(Report::ChargingRecord(record), from + lasts);
            charged.provider = format!("p{operator}").as_str().into();
            charged
        });
    let alive = (0..3u8, 0..600i64)
        .prop_map(|(lot, minute)| said(heartbeat((lot < 2).then(|| format!("L{lot}")).as_deref()), minute));
    prop_oneof![6 => statement(), 1 => charging, 1 => alive]
}

#[test]
fn both_engines_keep_the_same() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(40) });
    let strategy = (
        proptest::collection::vec(anything(), 1..60),
        proptest::collection::vec(1..6usize, 60),
        any::<prop::sample::Index>(),
    );
    let outcome = runner.run(&strategy, |(statements, sizes, days_made_at)| {
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let embedded = SqliteStore::open(dir.path(), sqlite::Options::default()).unwrap();
            let url = database().await;
            let nodes = [open(&url).await, open(&url).await];
            let deliveries = deliveries(&statements, &sizes);
            let days_made_at = days_made_at.index(deliveries.len());
            for (number, delivery) in deliveries.into_iter().enumerate() {
                if number == days_made_at {
                    nodes[0].prepare_days(at(0)).await.unwrap();
                }
                // One after the other, now to one node and now to the other: of a charging order the first counts.
                let one = embedded.commit(delivery.clone()).await.unwrap();
                let other = nodes[number % 2].commit(delivery).await.unwrap();
                prop_assert_eq!(one.effects, other.effects);
                prop_assert_eq!(one.lots, other.lots);
            }
            let (one, other) = (everything(&embedded).await, everything(&nodes[0]).await);
            for ((what, one), (_, other)) in one.iter().zip(&other) {
                prop_assert_eq!(one, other, "{}", what);
            }
            Ok(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Everything that a store can be asked, in words. Lists are sorted: of what stands at one moment, each engine has an
/// order of its own.
pub(crate) async fn everything(store: &dyn Store) -> Vec<(String, Vec<String>)> {
    fn sorted<T: std::fmt::Debug>(what: impl Into<String>, items: Vec<T>) -> (String, Vec<String>) {
        let mut lines: Vec<_> = items.iter().map(|item| format!("{item:?}")).collect();
        lines.sort();
        (what.into(), lines)
    }
    let mut all = vec![
        sorted("lots", store.lot_states().await.unwrap()),
        sorted("accounts", store.accounts_last_seen().await.unwrap()),
        sorted("tallies", store.tallies(None).await.unwrap()),
        sorted("tallies of the day", store.tallies(Some(20_260_401)).await.unwrap()),
    ];
    let sessions = |state: (bool, bool)| {
        whole(move |cursor| {
            let (open, closed) = state;
            store.sessions(SessionQuery { open, closed, limit: 5, cursor, ..SessionQuery::default() })
        })
    };
    all.push(sorted("sessions", sessions((false, false)).await));
    all.push(sorted("open sessions", sessions((true, false)).await));
    all.push(sorted("closed sessions", sessions((false, true)).await));
    let findings = whole(|cursor| {
        let states = FindingStates::All;
        store.findings(FindingQuery { states, limit: 5, cursor, ..FindingQuery::default() })
    })
    .await;
    all.push(sorted("findings", findings));
    let since = FindingQuery { from: Some(at(5)), due_at: Some(at(15)), ..FindingQuery::default() };
    all.push(sorted("findings since", vec![store.findings_count(since).await.unwrap()]));
    let charging = whole(|cursor| {
        store.charging_records(ChargingQuery { limit: 5, cursor, ..ChargingQuery::default() })
    });
    all.push(sorted("charging records", charging.await));
    let reports =
        whole(|cursor| store.reports(ReportQuery { limit: 5, cursor, ..ReportQuery::default() })).await;
    let outcomes: Vec<InspectedOutcome> = reports.into_iter().map(|report| report.outcome).collect();
    all.push(sorted("ledger", outcomes));
    for kind in ["cars-inside", "lot-closed", "named-photo"] {
        let query =
            |cursor| DocumentQuery { kind: kind.to_owned(), limit: 5, cursor, ..DocumentQuery::default() };
        all.push(sorted(kind, whole(|cursor| store.documents(query(cursor))).await));
    }
    for lot in ["L0", "L1"] {
        for (from, to) in [(-2_000, 2_000), (3, 12)] {
            let curve = store.counts(&LotCode::from(lot), at(from), at(to), 10_000).await.unwrap();
            all.push(sorted(format!("curve of {lot}"), curve));
        }
    }
    all.push(sorted("tallies of findings", supervision::tallies(store).await));
    let dirty = store.dirty_days(1_000).await.unwrap();
    all.push(sorted("dirty days", dirty.iter().map(|of| (&of.lot, of.day)).collect()));
    let (hour, _) = bowei_model::supervision::Minutes::hour_and_bit(at(0));
    let heard = ["lot:L0", "lot:L1", "account:p/huzhou"].map(str::to_owned).to_vec();
    all.push(sorted("heard", store.heard(heard, hour - 30, hour + 30).await.unwrap()));
    for lot in ["L0", "L1"].map(LotCode::from) {
        let day = DayEvidence { dirty: None, ..store.day_evidence(&lot, 20_260_401).await.unwrap() };
        all.push(sorted(format!("day of {lot}"), vec![day]));
        all.push(sorted(
            format!("records of {lot}"),
            vec![store.day_summary(&lot, 20_260_401).await.unwrap()],
        ));
    }
    for picture in 0..4 {
        let sha256 = format!("{picture:064x}");
        all.push(sorted("photo", store.photo(20_260_401, &sha256).await.unwrap()));
    }
    all
}
