//! What orders do by the clock: terms warn and pass, and the platform holds what it has received since against what was
//! found.

use super::KeptOrder;
use crate::accounts::{Source, entry};
use crate::jobs::{Job, Schedule, Words};
use crate::office::{self, Kept};
use crate::webhooks;
use bowei_model::FindingKind;
use bowei_model::supervision::order::{Action, CLOCK, Order, OrderState};
use bowei_store::{CaseRow, FindingQuery, FindingStates, OfficeQuery, Store, StoreError};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Orders that one run looks at.
const ORDERS_MAX: usize = 1_000;

/// States in which a term runs or has run, and something may still be cured.
const RUNNING: [OrderState; 4] =
    [OrderState::Served, OrderState::Answered, OrderState::Overdue, OrderState::Escalated];

/// The job.
pub(crate) fn job(store: Arc<dyn Store>, is_told: bool) -> Job {
    Job::new("orders", Schedule::Minutes(5), move |period| {
        let store = Arc::clone(&store);
        async move {
            let mut changed = 0;
            for kept in running(store.as_ref()).await? {
                changed += usize::from(tick(store.as_ref(), kept, is_told, period.from).await?);
            }
            Ok(Words::when(changed > 0, format!("{changed} 份通知书状态有变化"), format!("{changed} orders")))
        }
    })
}

async fn running(store: &dyn Store) -> Result<Vec<Kept<KeptOrder>>, StoreError> {
    let states = RUNNING.map(|state| state.name().to_owned()).to_vec();
    let query = OfficeQuery { states, limit: ORDERS_MAX, ..OfficeQuery::default() };
    Ok(office::list::<KeptOrder>(store, query).await?.items)
}

/// One order at `now`: whether anything became of it.
async fn tick(
    store: &dyn Store,
    mut kept: Kept<KeptOrder>,
    is_told: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let before = kept.clone();
    let order = &mut kept.document.order;
    order.pass(now);
    let warned: BTreeSet<u8> =
        order.deadline().map(|deadline| deadline.warnings(now).collect()).unwrap_or_default();
    kept.document.warned.extend(warned);
    if let Some(verify) = verification(store, &kept.document.order, now).await? {
        // Refused where nothing has changed since it was last looked at.
        let _ = kept.document.order.act(verify, CLOCK.to_owned(), now);
    }
    if kept.document == before.document {
        return Ok(false);
    }
    let summary = |kept: &Kept<KeptOrder>| json!({"state": kept.document.order.state.name(), "warned": kept.document.warned});
    let source = Source { user: CLOCK.to_owned(), address: String::new() };
    let object = format!("order:{}", kept.id);
    let audited =
        entry(&source, now, ("order.clock", object), (Some(summary(&before)), Some(summary(&kept))));
    let mut changes = vec![kept.change()?];
    if is_told {
        for event in events(&before.document, &kept.document) {
            changes.push(webhooks::told(&event, about(&kept.document), now)?);
        }
    }
    match store.administer(changes, vec![audited]).await {
        // Somebody does something with it at this moment: the next turn looks again.
        Err(StoreError::Outdated { .. }) => Ok(false),
        done => done.map(|()| true),
    }
}

/// What happened to an order by the clock, as webhooks call it.
fn events(before: &KeptOrder, after: &KeptOrder) -> Vec<String> {
    let warned = after.warned.difference(&before.warned).map(|percent| format!("order.warned-{percent}"));
    let state =
        (after.order.state != before.order.state).then(|| format!("order.{}", after.order.state.name()));
    warned.chain(state).collect()
}

/// What a webhook says of an order: who it is for, and no plate.
pub(crate) fn about(kept: &KeptOrder) -> serde_json::Value {
    let KeptOrder { order, district, .. } = kept;
    json!({
        "order": order.id,
        "number": order.issue.as_ref().map(|issue| issue.number.to_string()),
        "state": order.state.name(),
        "lot": order.content.lot,
        "provider": order.content.provider,
        "district": district,
        "due_at": order.due_at.map(bowei_model::moment::rfc3339),
    })
}

/// What of an order is cured by what was received since; `None` where nothing speaks for any of it yet.
pub(crate) async fn verification(
    store: &dyn Store,
    order: &Order,
    now: Timestamp,
) -> Result<Option<Action>, StoreError> {
    let content = &order.content;
    let Some(case) = case_of(store, order).await? else { return Ok(None) };
    let Some(kind) = FindingKind::from_name(&case.condition.rule) else { return Ok(None) };
    let query = FindingQuery {
        lots: Some(vec![content.lot.clone()]),
        kind: Some(kind),
        cause: Some(case.condition.cause.clone()),
        states: FindingStates::Open,
        limit: bowei_model::supervision::order::ORDER_FINDINGS_MAX,
        ..FindingQuery::default()
    };
    let open: BTreeSet<(String, String)> =
        store.findings(query).await?.items.into_iter().map(|one| (one.subject, one.which)).collect();
    // What cannot be sent again is cured by its not happening any more.
    let is_over = case.condition.condition == crate::supervision::judge::QUIET;
    let still =
        content.findings.iter().filter(|one| open.contains(&(one.subject.clone(), one.which.clone())));
    let uncured: Vec<u32> = if is_over { Vec::new() } else { still.map(|one| one.number).collect() };
    let known = order.verification.as_ref().map(|last| last.uncured.iter().copied().collect::<Vec<_>>());
    let has_changed = known.as_ref() != Some(&uncured);
    Ok(has_changed.then_some(Action::Verify { as_of: now, uncured }))
}

async fn case_of(store: &dyn Store, order: &Order) -> Result<Option<CaseRow>, StoreError> {
    Ok(store.cases_named(vec![order.content.case.clone()]).await?.into_iter().next())
}
