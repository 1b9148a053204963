//! Signs of life: each account's, or each lot's where the standard has it so, once before anything else is said and
//! then at the standard's own interval of real time.

use super::delivery::{Delivering, Fate};
use super::tally::one_more;
use crate::plan::{Account, Accounts, CityPlan, CredentialsError, HeartbeatOf, speaks};
use bowei_model::{Heartbeat, LotCode, LotKind, Report};
use bowei_standards::lot_side::Outgoing;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// One who shows signs of life.
#[derive(Clone)]
struct Living {
    account: Account,
    of: String,
    lot: Option<(LotCode, String, LotKind)>,
}

/// Every account or lot once, all at the same time.
pub(super) async fn first(
    delivering: &Arc<Delivering>,
    plan: &CityPlan,
    accounts: &Accounts,
) -> Result<(), CredentialsError> {
    let mut beats = JoinSet::new();
    for one in living(plan, accounts)? {
        let delivering = delivering.clone();
        beats.spawn(async move { one.beat(&delivering).await });
    }
    while beats.join_next().await.is_some() {}
    Ok(())
}

/// The same again and again, until the set is shut down.
pub(super) fn go_on(
    beside: &mut JoinSet<()>,
    delivering: &Arc<Delivering>,
    plan: &CityPlan,
    accounts: &Accounts,
) -> Result<(), CredentialsError> {
    for one in living(plan, accounts)? {
        let delivering = delivering.clone();
        let interval = Duration::try_from(one.account.standard.card().heartbeat);
        let Ok(interval) = interval else { continue };
        beside.spawn(async move {
            loop {
                tokio::time::sleep(interval).await;
                one.beat(&delivering).await;
            }
        });
    }
    Ok(())
}

fn living(plan: &CityPlan, accounts: &Accounts) -> Result<Vec<Living>, CredentialsError> {
    let mut living = BTreeMap::new();
    for lot in &plan.lots {
        let account = accounts.of(lot.provider.as_str(), lot.standard)?.clone();
        let each = speaks(lot.standard).is_some_and(|speaks| speaks.heartbeat == HeartbeatOf::EachLot);
        let (of, named) = if each {
            (lot.code.to_string(), Some((lot.code.clone(), lot.lot_id.clone(), lot.kind)))
        } else {
            (lot.provider.to_string(), None)
        };
        living.insert((of.clone(), lot.standard), Living { account, of, lot: named });
    }
    Ok(living.into_values().collect())
}

impl Living {
    async fn beat(&self, delivering: &Delivering) {
        let (lot, lot_id, lot_kind) = match &self.lot {
            Some((lot, lot_id, kind)) => (Some(lot.clone()), lot_id.as_str(), *kind),
            None => (None, "", LotKind::OffStreet),
        };
        let report = Report::Heartbeat(Heartbeat { lot });
        let outgoing = Outgoing { report: &report, lot_id, lot_kind, picture: None };
        if delivering.say(outgoing, &self.account, &self.of).await == Fate::Accepted {
            one_more(&delivering.tally.heartbeats);
        }
    }
}
