//! What the office does with orders: calling one off, deciding an appeal, ending a suspension; and on which terms a lot is
//! reserved. Each is in the audit.

use super::ask::Ask;
use super::kept::{KeptOrder, LotTerms};
use super::notices::{OfficeEvent, told_by_office};
use super::{NotDone, Parts, Reservations, plate_records};
use crate::accounts::{Source, entry};
use crate::office::{self, Kept};
use bowei_model::reservation::{AppealDecision, Command, Declined, OrderState, Party};
use bowei_model::{LotCode, Plate, SpaceKind};
use bowei_store::{OfficeQuery, StoreError};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Open orders of one plate that a suspension is brought to.
const ORDERS_MAX: usize = 50;
const TRIES_MAX: usize = 5;

/// What the office does with an order.
#[derive(Clone, Debug)]
pub(crate) enum OfficeAct {
    /// Calls it off.
    Cancel,
    /// Decides the appeal of its driver.
    DecideAppeal {
        /// Whether the driver is right.
        sustained: bool,
    },
    /// Ends the suspension of its plate.
    EndSuspension,
}

impl OfficeAct {
    fn name(&self) -> &'static str {
        match self {
            Self::Cancel => "reservation.cancel",
            Self::DecideAppeal { .. } => "reservation.decide-appeal",
            Self::EndSuspension => "reservation.end-suspension",
        }
    }
}

impl Reservations {
    /// Does something with an order, for a reason.
    pub(crate) async fn act(
        &self,
        kept: &Kept<KeptOrder>,
        act: &OfficeAct,
        (source, reason): (&Source, &str),
    ) -> Result<(), NotDone> {
        let order = &kept.document.order;
        let (object, now) = (format!("reservation:{}", order.code), self.parts.clock.now());
        let mut after = json!({"reason": reason, "lot": order.lot});
        if let (OfficeAct::DecideAppeal { sustained }, Some(after)) = (act, after.as_object_mut()) {
            after.insert("sustained".to_owned(), (*sustained).into());
        }
        let before = Some(json!({"state": order.state.name()}));
        let audited = entry(source, now, (act.name(), object), (before, Some(after)));
        if let OfficeAct::Cancel = act {
            let command = Command::Cancel { code: order.code.clone(), by: Party::Office, version: None };
            let done = self.parts.submit(&order.lot, Ask { audited: Some(audited), ..command.into() }).await;
            return done.map(drop).map_err(|why| match why {
                NotDone::Declined(Declined::NoSuchOrder) => NotDone::Declined(Declined::State),
                other => other,
            });
        }
        let pseudonym = self.parts.plates.pseudonym(&order.plate);
        let (policy, store) = (self.parts.policy.settings(), self.parts.store.as_ref());
        let lot = self.parts.registry.snapshot().lots.get(&order.lot).cloned();
        for _ in 0..TRIES_MAX {
            let mut changes = Vec::new();
            let mut plate = plate_records::read(store, &pseudonym, now).await?;
            let record = &mut plate.document.record;
            let Some(mut kept) = office::one::<KeptOrder>(store, order.code.as_str()).await? else {
                return Err(NotDone::Declined(Declined::NoSuchOrder));
            };
            let event = match act {
                OfficeAct::DecideAppeal { sustained } => {
                    let decision = AppealDecision {
                        at: now,
                        by: source.user.clone(),
                        is_sustained: *sustained,
                        reason: reason.to_owned(),
                    };
                    record.decide(&order.code, decision).map_err(NotDone::Appeal)?;
                    if let Some(no_show) = kept.document.no_show.as_mut().filter(|_| *sustained) {
                        no_show.revoked_at = no_show.revoked_at.or(Some(now));
                    }
                    OfficeEvent::AppealDecided
                }
                _ if record.lift(now, &policy) => OfficeEvent::SuspensionEnded,
                _ => return Err(NotDone::Declined(Declined::State)),
            };
            changes.push(plate_records::change(plate, now, &policy)?);
            changes.push(kept.change()?);
            if self.parts.is_told {
                changes.extend(told_by_office(&kept.document, event, lot.as_deref(), now)?);
            }
            match store.administer(changes, vec![audited.clone()]).await {
                Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => {}
                done => {
                    done?;
                    self.parts.follow_suspension(order.plate.clone());
                    let _ = self.parts.changed.send(order.lot.clone());
                    return Ok(());
                }
            }
        }
        Err(NotDone::Busy)
    }

    /// Sets the terms on which a lot is reserved: what the office grants where the lot's own reports say nothing of it, and
    /// why no order is taken, where none is.
    pub(crate) async fn set_terms(
        &self,
        lot: &LotCode,
        (granted, stopped): (BTreeMap<SpaceKind, u32>, Option<String>),
        (source, reason): (&Source, &str),
    ) -> Result<LotTerms, NotDone> {
        let parts = &self.parts;
        for _ in 0..TRIES_MAX {
            let mut kept = parts.kept_terms(lot).await?;
            let summary = |terms: &LotTerms| json!({"granted": terms.granted, "stopped": terms.stopped});
            let before = summary(&kept.document);
            (kept.document.granted, kept.document.stopped) = (granted.clone(), stopped.clone());
            let mut after = summary(&kept.document);
            if let Some(after) = after.as_object_mut() {
                after.insert("reason".to_owned(), reason.into());
            }
            let what = ("reservation.terms", format!("lot:{lot}"));
            let audited = entry(source, parts.clock.now(), what, (Some(before), Some(after)));
            match parts.store.administer(vec![kept.change()?], vec![audited]).await {
                // Its gateway has asked at this moment.
                Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => {}
                done => {
                    done?;
                    parts.forget_terms(lot);
                    // The book takes the new grant, and whoever waits may have his turn.
                    parts.submit(lot, Command::Tick).await?;
                    return Ok(kept.document);
                }
            }
        }
        Err(NotDone::Busy)
    }
}

impl Parts {
    /// Brings a plate's suspension, or its end, to the books in which it has open orders. On a task of its own: where it is
    /// lost, the plate's next order is held against its record all the same.
    pub(super) fn follow_suspension(self: &Arc<Self>, plate: Plate) {
        let parts = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = parts.bring_suspension(&plate).await {
                tracing::warn!(%error, "a suspension was not brought to the plate's open orders");
            }
        });
    }

    async fn bring_suspension(self: &Arc<Self>, plate: &Plate) -> Result<(), NotDone> {
        let now = self.clock.now();
        let record = plate_records::read(self.store.as_ref(), &self.plates.pseudonym(plate), now).await?;
        let suspension = record.document.record.suspension(now, &self.policy.settings());
        let open = OrderState::ALL.into_iter().filter(|state| state.is_open());
        let query = OfficeQuery {
            states: open.map(|state| state.name().to_owned()).collect(),
            words: Some(format!("plate:{plate}\n")),
            limit: ORDERS_MAX,
            ..OfficeQuery::default()
        };
        let orders = office::list::<KeptOrder>(self.store.as_ref(), query).await?.items;
        let lots: std::collections::BTreeSet<_> =
            orders.into_iter().map(|kept| kept.document.order.lot).collect();
        for lot in lots {
            let until = suspension.as_ref().map(|suspension| suspension.until);
            self.submit(&lot, Command::Suspend { plate: plate.clone(), until }).await?;
        }
        Ok(())
    }
}
