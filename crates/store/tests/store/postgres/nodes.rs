//! Two nodes on one database, told things at the same time.

use super::{database, open};
use crate::suite::city::City;
use crate::suite::order::{compare, deliveries, told as some_statements};
use crate::suite::speech::*;
use bowei_model::Report;
use bowei_store::{
    ChargingRecords, Commit, LotStates, RegistryChange, RegistryStore, Sessions, Tallies, Upkeep,
};
use proptest::test_runner::{Config, TestRunner};
use std::sync::Arc;
use tokio::task::JoinSet;

#[test]
fn whichever_node_is_told_what_the_state_is_the_same() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(30) });
    let outcome = runner.run(&some_statements(), |(once, again, sizes)| {
        runtime.block_on(async {
            let url = database().await;
            let nodes = [Arc::new(open(&url).await), Arc::new(open(&url).await)];
            let mut keeping = JoinSet::new();
            for (number, delivery) in deliveries(&again, &sizes).into_iter().enumerate() {
                let node = Arc::clone(&nodes[number % 2]);
                keeping.spawn(async move { node.commit(delivery).await.unwrap() });
            }
            keeping.join_all().await;
            for node in &nodes {
                compare(&**node, &City::of(&once)).await?;
            }
            Ok(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cars_that_many_nodes_are_told_of_are_counted_once_each() {
    let url = database().await;
    let mut nodes = Vec::new();
    for _ in 0..4 {
        nodes.push(Arc::new(open(&url).await));
    }
    let mut keeping = JoinSet::new();
    for (number, node) in nodes.iter().enumerate() {
        for car in 0..300 {
            let node = Arc::clone(node);
            let lot = format!("L{}", (car + number) % 3);
            // Every car is told to two nodes.
            let record = format!("R{}", car + 300 * (number % 2));
            let lot = if number < 2 { lot } else { format!("L{}", (car + number - 2) % 3) };
            keeping
                .spawn(async move { node.commit(delivery([told(&entry(&lot, &record, car as i64))])).await });
        }
    }
    for kept in keeping.join_all().await {
        kept.unwrap();
    }
    let states = nodes[3].lot_states().await.unwrap();
    assert_eq!(states.iter().map(|row| row.state.inside).sum::<i64>(), 600);
    let tallies = nodes[0].tallies(None).await.unwrap();
    let of = |outcome: &str| tallies.iter().find(|tally| tally.outcome == outcome).map(|tally| tally.count);
    assert_eq!((of("accepted"), of("repeated")), (Some(600), Some(600)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_of_many_lots_at_once_never_wait_for_each_other_for_ever() {
    let url = database().await;
    let nodes = [Arc::new(open(&url).await), Arc::new(open(&url).await)];
    let mut keeping = JoinSet::new();
    for round in 0..60i64 {
        for (number, node) in nodes.iter().enumerate() {
            let node = Arc::clone(node);
            // Each names twenty lots, in an order of its own, some never heard before.
            let mut lots: Vec<_> = (0..20).map(|lot| (lot * 7 + round) % 40).collect();
            if (round + number as i64) % 2 == 0 {
                lots.reverse();
            }
            let counts: Vec<_> = lots
                .iter()
                .map(|lot| said(Report::SpaceCount(count(&format!("L{lot}"), round, *lot)), round))
                .collect();
            keeping.spawn(async move { node.commit(delivery(counts)).await });
        }
    }
    for kept in keeping.join_all().await {
        kept.unwrap();
    }
    assert_eq!(nodes[0].lot_states().await.unwrap().len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_two_nodes_are_told_of_counts_once() {
    let url = database().await;
    let nodes = [Arc::new(open(&url).await), Arc::new(open(&url).await)];
    let mut keeping = JoinSet::new();
    for order in 0..200 {
        for (number, node) in nodes.iter().enumerate() {
            let node = Arc::clone(node);
            // Even where the two name different lots, which no lock would keep from each other.
            let record = charge(&format!("L{number}"), &format!("O{order}"), 0, 10);
            keeping.spawn(
                async move { node.commit(delivery([said(Report::ChargingRecord(record), 20)])).await },
            );
        }
    }
    for kept in keeping.join_all().await {
        kept.unwrap();
    }
    let query = bowei_store::ChargingQuery { limit: 1_000, ..Default::default() };
    assert_eq!(nodes[0].charging_records(query).await.unwrap().items.len(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_on_an_empty_database_all_start() {
    let url = bowei_test_servers::Postgres::shared().create_database();
    let mut opening = JoinSet::new();
    for _ in 0..6 {
        let url = url.clone();
        opening.spawn(async move {
            let store = open(&url).await;
            store.prepare_days(at(0)).await.unwrap();
            store
        });
    }
    let nodes = opening.join_all().await;
    keep(&nodes[0], [told(&entry("L1", "R1", 0))]).await;
    assert!(nodes[5].session(&"L1".into(), "R1").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_worked_out_from_the_same_registry_one_is_done() {
    let url = database().await;
    let nodes = [Arc::new(open(&url).await), Arc::new(open(&url).await)];
    let mut changing = JoinSet::new();
    for i in 0..8 {
        let node = Arc::clone(&nodes[i % 2]);
        changing.spawn(async move {
            let code = format!("p{i}");
            let provider = bowei_store::ProviderRow {
                code: code.as_str().into(),
                name: code,
                contact: None,
                details: Default::default(),
            };
            let change =
                RegistryChange { based_on: Some(0), providers: vec![provider], ..Default::default() };
            node.change_registry(change).await
        });
    }
    let done = changing.join_all().await.into_iter().filter(Result::is_ok).count();
    assert_eq!((done, nodes[0].registry_version().await.unwrap()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_pictures_that_two_nodes_are_sent_no_more_are_kept_than_may_be() {
    let url = database().await;
    let nodes = [Arc::new(open(&url).await), Arc::new(open(&url).await)];
    for round in 0..20 {
        let record = format!("R{round}");
        let mut keeping = JoinSet::new();
        for (number, node) in nodes.iter().enumerate() {
            let (node, picture) = (Arc::clone(node), photo("L1", &record, number as u8));
            let mut delivery = delivery([said(Report::Photo(picture), 1)]);
            delivery.condition = Some(bowei_model::PhotosAtMost {
                lot: "L1".into(),
                record_id: record.as_str().into(),
                role: bowei_model::PhotoRole::Entry,
                slot: None,
                max: 1,
            });
            keeping.spawn(async move { node.commit(delivery).await.unwrap().kept });
        }
        let kept = keeping.join_all().await;
        assert_eq!(kept.into_iter().filter(|kept| *kept).count(), 1, "{record}");
    }
}
