//! What follows for those who did not come again and again: they are suspended, some object, rightly or not, and the office
//! decides by what really happened.

use super::deeds::CURRENT;
use super::{Drive, DriveError};
use crate::drivers::plan::Conduct;
use bowei_model::Plate;
use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// So many cars that did not come suspend a plate for the rest of the month: the rule that this city has set.
pub const NO_SHOWS: usize = 2;

impl Drive {
    /// Everybody looks whether his plate is suspended; whoever objects does so, and the office, by that token of its, decides.
    /// Which plates are suspended then.
    pub async fn object(&mut self, office: &str, now: Timestamp) -> Result<BTreeSet<Plate>, DriveError> {
        let counted = self.counted();
        self.look_at_suspensions(&counted, now).await?;
        for number in 0..self.drivers.len() {
            let Some(one) = self.drivers.get_mut(number).filter(|one| one.driver.objects) else { continue };
            let Some(order) = one.order.as_mut() else { continue };
            let (path, text) = (format!("{CURRENT}/appeal"), json!({ "text": "我来了" }));
            let (status, _) = self.api.ask((Method::POST, &path), Some(&one.token), Some(&text)).await?;
            let counts = counted.get(&order.plate).is_some_and(|codes| codes.contains(&order.code));
            let is_expected = if counts { status.is_success() } else { status == StatusCode::CONFLICT };
            if !is_expected {
                self.witness.note("objection", now, &order.lot, format!("{}: {status}", order.code));
            }
            if counts {
                order.is_sustained = one.driver.conduct == Conduct::Unreported;
                let reason = if order.is_sustained { "录像中有该车" } else { "录像中没有该车" };
                let decision = json!({
                    "action": "decide-appeal", "sustained": order.is_sustained, "reason": reason,
                });
                let path = format!("/api/v1/reservations/{}/actions", order.code);
                self.api.done((Method::POST, &path), Some(office), Some(&decision)).await?;
            }
        }
        let counted = self.counted();
        self.look_at_suspensions(&counted, now).await?;
        Ok(counted.into_keys().collect())
    }

    /// Of each plate that is suspended, its orders that count.
    fn counted(&self) -> BTreeMap<Plate, BTreeSet<String>> {
        let mut of_plates = BTreeMap::<_, BTreeSet<_>>::new();
        for order in self.truth().0.into_iter().filter(|order| order.expected().counts == Some(true)) {
            of_plates.entry(order.plate).or_default().insert(order.code);
        }
        of_plates.retain(|_, codes| codes.len() >= NO_SHOWS);
        of_plates
    }

    /// Whoever has the link of an order that counts is told, and nobody else.
    async fn look_at_suspensions(
        &mut self,
        counted: &BTreeMap<Plate, BTreeSet<String>>,
        now: Timestamp,
    ) -> Result<(), DriveError> {
        for number in 0..self.drivers.len() {
            let Some(page) = self.see(number, now).await? else { continue };
            let Some(order) = self.drivers.get(number).and_then(|one| one.order.as_ref()) else { continue };
            let is_counted = counted.get(&order.plate).is_some_and(|codes| codes.contains(&order.code));
            if is_counted != page.suspended_until.is_some() {
                let words = format!("{}: {:?} is shown", order.code, page.suspended_until);
                self.witness.note("suspension", now, &order.lot, words);
            }
        }
        Ok(())
    }
}
