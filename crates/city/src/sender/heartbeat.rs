//! Signs of life: each account's, or each lot's where the standard has it so, once before anything else is said and
//! then at the standard's own interval of real time. They are also what keeps some standards' logins alive.

use super::authenticator::Authenticator;
use super::delivery::Delivering;
use super::outcome::Outcome;
use super::tally::one_more;
use crate::plan::{CityPlan, HeartbeatOf};
use bowei_model::{Heartbeat, LotCode, LotKind, Report};
use bowei_standards::lot_side::Outgoing;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// One who shows signs of life.
#[derive(Clone)]
struct Living {
    authenticator: Arc<Authenticator>,
    of: String,
    lot: Option<(LotCode, String, LotKind)>,
}

/// Every account or lot once, all at the same time.
pub(super) async fn first(delivering: &Arc<Delivering>, plan: &CityPlan) {
    let mut beats = JoinSet::new();
    for one in living(plan, delivering) {
        let delivering = delivering.clone();
        beats.spawn(async move { one.beat(&delivering).await });
    }
    while beats.join_next().await.is_some() {}
}

/// The same again and again, until the set is shut down.
pub(super) fn go_on(beside: &mut JoinSet<()>, delivering: &Arc<Delivering>, plan: &CityPlan) {
    for one in living(plan, delivering) {
        let delivering = delivering.clone();
        let interval = Duration::try_from(one.authenticator.standard.card().heartbeat);
        let Ok(interval) = interval else { continue };
        beside.spawn(async move {
            loop {
                tokio::time::sleep(interval).await;
                one.beat(&delivering).await;
            }
        });
    }
}

fn living(plan: &CityPlan, delivering: &Delivering) -> Vec<Living> {
    let mut living = BTreeMap::new();
    for lot in &plan.lots {
        if delivering.has_gateway(lot) {
            continue;
        }
        let heartbeat = lot.speaks().map_or(HeartbeatOf::Nobody, |speaks| speaks.heartbeat);
        let (of, named) = match heartbeat {
            HeartbeatOf::Nobody => continue,
            HeartbeatOf::Account => (lot.provider.to_string(), None),
            HeartbeatOf::EachLot => {
                (lot.code.to_string(), Some((lot.code.clone(), lot.lot_id.clone(), lot.kind)))
            }
        };
        if let Some(authenticator) = delivering.authenticators.get(&lot.provider, lot.standard) {
            living.insert((of.clone(), lot.standard), Living { authenticator, of, lot: named });
        }
    }
    living.into_values().collect()
}

impl Living {
    async fn beat(&self, delivering: &Delivering) {
        let (lot, lot_id, lot_kind) = match &self.lot {
            Some((lot, lot_id, kind)) => (Some(lot.clone()), lot_id.as_str(), *kind),
            None => (None, "", LotKind::OffStreet),
        };
        let report = Report::Heartbeat(Heartbeat { lot });
        let outgoing = Outgoing { report: &report, lot_id, lot_kind, picture: None };
        if delivering.say(outgoing, &self.authenticator, &self.of).await == Outcome::Accepted {
            one_more(&delivering.tally.heartbeats);
        }
    }
}
