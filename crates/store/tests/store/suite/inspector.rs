//! The message inspector.

use super::speech::*;
use super::whole;
use bowei_model::Effect;
use bowei_store::{
    InspectedOutcome, InspectorBounds, NewDelivery, NewStatement, RefusedMessage, ReportQuery, Store,
};
use std::sync::Arc;
use std::time::Duration;

type Kept = Arc<dyn Store>;

/// More than any test notes.
pub(crate) const ROOMY: InspectorBounds = InspectorBounds {
    age_max: Duration::from_secs(60 * 60),
    rows_max: 1_000_000,
    provider_rows_max: 1_000_000,
    claimed_rows_max: 1_000_000,
    claimed_provider_rows_max: 1_000_000,
};

pub(crate) fn refused(minute: i64, number: usize) -> RefusedMessage {
    RefusedMessage {
        at: at(minute),
        standard: "huzhou".to_owned(),
        path: "/park/in".to_owned(),
        account: Some("hz-0001".to_owned()),
        provider: number.is_multiple_of(2).then(|| "p".into()),
        claimed: false,
        lot: Some("L1".into()),
        record_id: Some(format!("R{number}")),
        code: "40001".to_owned(),
        message: "签名错误".to_owned(),
        field: Some("sign".to_owned()),
        expected: "aa".to_owned(),
        received: Some("bb".to_owned()),
        steps: "[]".to_owned(),
        read_as: None,
    }
}

pub(crate) async fn accepted_and_refused_come_in_one_list(store: Kept) {
    let said = told(&entry("L1", "R1", 2));
    let statement = NewStatement { statement: said.clone(), unnamed_fields: Some("{\"x\":1}".to_owned()) };
    store
        .commit(NewDelivery { message_sha256: [0xab; 32], statements: [statement].into(), condition: None })
        .await
        .unwrap();
    keep(&*store, (3..7).map(|i| told(&entry("L1", &format!("R{i}"), i)))).await;
    for i in 0..6 {
        store.note_refusal(refused(i as i64, i), ROOMY);
    }
    store.flush().await.unwrap();
    let everything = [6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 0].map(at);
    for limit in 1..=12 {
        let all =
            whole(|cursor| store.reports(ReportQuery { limit, cursor, ..ReportQuery::default() })).await;
        assert_eq!(all.iter().map(|report| report.at).collect::<Vec<_>>(), everything, "pages of {limit}");
        let ids: std::collections::BTreeSet<_> = all.iter().map(|report| &report.id).collect();
        assert_eq!(ids.len(), all.len());
    }
    let some = ReportQuery { limit: 100, accepted: true, ..ReportQuery::default() };
    let accepted = store.reports(some.clone()).await.unwrap().items;
    assert_eq!(
        accepted.last().unwrap().outcome,
        InspectedOutcome::Accepted {
            statement: Box::new(said),
            unnamed_fields: Some("{\"x\":1}".to_owned()),
            amended: false,
            message_sha256: "ab".repeat(32),
        }
    );
    let some = ReportQuery { accepted: false, refused: true, ..some };
    let refusals = store.reports(some.clone()).await.unwrap().items;
    assert_eq!(refusals.len(), 6);
    assert_eq!(refusals[0].outcome, InspectedOutcome::Refused(Box::new(refused(5, 5))));
    let both = ReportQuery { accepted: true, ..some };
    assert_eq!(store.reports(both).await.unwrap().items.len(), 11);
    let tallies = store.tallies(None).await.unwrap();
    let refused = tallies.iter().find(|tally| tally.outcome == "refused").unwrap();
    assert_eq!((refused.kind.as_str(), refused.count), ("40001", 6));
}

pub(crate) async fn a_provider_sees_its_own_messages(store: Kept) {
    let mut other = told(&entry("L2", "R2", 1));
    other.provider = "q".into();
    keep(&*store, [told(&entry("L1", "R1", 0)), other]).await;
    for i in 0..4 {
        store.note_refusal(refused(2, i), ROOMY);
    }
    store.flush().await.unwrap();
    let all = ReportQuery { limit: 100, ..ReportQuery::default() };
    let of = async |query: ReportQuery| store.reports(query).await.unwrap().items.len();
    assert_eq!(of(ReportQuery { provider: Some("p".into()), ..all.clone() }).await, 3);
    assert_eq!(of(ReportQuery { provider: Some("q".into()), ..all.clone() }).await, 1);
    assert_eq!(of(ReportQuery { lots: Some(vec!["L1".into()]), ..all.clone() }).await, 5);
    assert_eq!(of(ReportQuery { lots: Some(vec!["L2".into()]), ..all.clone() }).await, 1);
    assert_eq!(of(ReportQuery { lots: Some(vec!["never heard".into()]), ..all.clone() }).await, 0);
    assert_eq!(of(ReportQuery { lots: Some(vec!["L2".into(), "L3".into()]), ..all.clone() }).await, 1);
    assert_eq!(of(ReportQuery { lots: Some(vec![]), ..all }).await, 0);
}

pub(crate) async fn old_and_surplus_refusals_are_forgotten(store: Kept) {
    keep(&*store, [told(&entry("L1", "R1", 0))]).await;
    for i in 0..10 {
        store.note_refusal(refused(i as i64, i), ROOMY);
    }
    store.flush().await.unwrap();
    let left = async || {
        let query = ReportQuery { limit: 100, ..ReportQuery::default() };
        store.reports(query).await.unwrap().items.iter().map(|report| report.at).collect::<Vec<_>>()
    };
    let bounds = InspectorBounds { rows_max: 100, ..ROOMY };
    assert_eq!(store.trim_inspector(at(60), bounds).await.unwrap(), 0);
    assert_eq!(store.trim_inspector(at(63), bounds).await.unwrap(), 3);
    assert_eq!(left().await, [9, 8, 7, 6, 5, 4, 3, 0].map(at), "what was accepted stays");
    let few = InspectorBounds { rows_max: 2, ..bounds };
    assert_eq!(store.trim_inspector(at(10), few).await.unwrap(), 5);
    assert_eq!(left().await, [9, 8, 0].map(at));
    let none = InspectorBounds { rows_max: 0, ..bounds };
    assert_eq!(store.trim_inspector(at(10), none).await.unwrap(), 2);
}

pub(crate) async fn a_flood_of_refusals_is_bounded_and_lets_deliveries_pass(store: Kept) {
    for i in 0..20_000 {
        store.note_refusal(refused(0, i), ROOMY);
    }
    // Nothing of it stands in the way of a record.
    let committed = keep(&*store, [told(&entry("L1", "R1", 0))]).await;
    assert_eq!(committed.effects, [Effect::New]);
    store.flush().await.unwrap();
    let query = ReportQuery { refused: true, limit: 10_000, ..ReportQuery::default() };
    let kept = whole(|cursor| store.reports(ReportQuery { cursor, ..query.clone() })).await.len();
    assert!((1..20_000).contains(&kept), "{kept} of 20000 were noted");
    // Forgetting more than goes in one step.
    let none = InspectorBounds { rows_max: 0, ..ROOMY };
    assert_eq!(store.trim_inspector(at(0), none).await.unwrap(), kept as u64);
}

pub(crate) async fn rings_are_cut_as_they_fill_and_push_nothing_out_of_another(store: Kept) {
    let bounds = InspectorBounds {
        rows_max: 400,
        provider_rows_max: 160,
        claimed_rows_max: 80,
        claimed_provider_rows_max: 32,
        ..ROOMY
    };
    let note = async |minute: i64, provider: Option<&str>, claimed: bool| {
        let message = RefusedMessage { provider: provider.map(Into::into), claimed, ..refused(minute, 0) };
        store.note_refusal(message, bounds);
        // As many as no queue drops.
        if minute % 100 == 0 {
            store.flush().await.unwrap();
        }
    };
    note(0, Some("r"), false).await;
    note(1, Some("q"), true).await;
    // Strangers by the thousand, some of them in q's name, and a provider whose every message is refused.
    for i in 2..3_000 {
        note(i, None, true).await;
        note(i, Some("q"), i >= 2_990).await;
        note(i, Some("p"), false).await;
    }
    store.flush().await.unwrap();
    let rows = async |provider: Option<&str>, claimed: bool| {
        let provider = provider.map(Into::into);
        let query =
            ReportQuery { refused: true, limit: 500, provider: provider.clone(), ..ReportQuery::default() };
        let all = whole(|cursor| store.reports(ReportQuery { cursor, ..query.clone() })).await;
        let messages = all.into_iter().filter_map(|report| match report.outcome {
            InspectedOutcome::Refused(message) => Some(*message),
            InspectedOutcome::Accepted { .. } => None,
        });
        messages
            .filter(|message| {
                message.claimed == claimed && (provider.is_some() || message.provider.is_none())
            })
            .count()
    };
    // A sixteenth more than the bound may be there until the next cut.
    for (provider, claimed, max) in [(None, true, 32), (Some("p"), false, 160), (Some("q"), false, 160)] {
        let rows = rows(provider, claimed).await;
        assert!((max..=max + max / 16).contains(&rows), "{rows} of {provider:?}");
    }
    assert_eq!(rows(Some("r"), false).await, 1, "a neighbour's refusal stays");
    assert_eq!(rows(Some("q"), true).await, 11, "q's own failed attempts are not pushed out by nobody's");
}
