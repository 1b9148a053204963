//! A lot whose gateway asks the platform what it is to do, and answers each directive: at once, late, twice, wrongly or never.

use super::api::{Api, ApiError};
use super::lock;
use super::lot_system::{LotSystem, Word};
use super::plan::Manner;
use bowei_model::{Cancellation, LotCode, Plate, Reservation, SpaceKind};
use bowei_standards::downlink::Directive;
use http::{Method, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Of a plate that it refuses: 表 A.2 车牌在黑名单中.
const BLACKLISTED: &str = "5005";
/// 表 A.2 预约订单不存在.
const NO_SUCH_ORDER: &str = "1104";

/// A directive as the platform writes it.
#[derive(Deserialize)]
struct Item {
    id: String,
    kind: String,
    booking: String,
    plate: Option<String>,
    arrives_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    kept_minutes: Option<i64>,
    space: Option<SpaceKind>,
}

impl Item {
    fn directive(&self, lot: &LotCode) -> Option<Directive> {
        let (lot, reservation_code) = (lot.clone(), self.booking.clone());
        if self.kind == "cancellation" {
            return Some(Directive::Cancellation(Cancellation { lot, reservation_code }));
        }
        Some(Directive::Reservation(Reservation {
            lot,
            reservation_code,
            plate: Plate::read(self.plate.as_deref()?)?,
            plate_kind: None,
            vehicle: None,
            arrives_at: self.arrives_at?,
            expires_at: self.expires_at?,
            kept_minutes: self.kept_minutes?,
            only_if_free: true,
            space: self.space?,
            changes: self.kind == "change",
        }))
    }
}

#[derive(Deserialize)]
struct Items {
    items: Vec<Item>,
}

/// Its gateway.
pub(super) struct Asking {
    lot: LotCode,
    /// Of the lot's provider.
    token: String,
    system: Arc<Mutex<LotSystem>>,
    /// What it will answer only when it is too late, by the order's code.
    put_off: BTreeMap<String, (String, Directive)>,
}

impl Asking {
    pub(super) fn new(lot: LotCode, token: String, system: &Arc<Mutex<LotSystem>>) -> Self {
        Self { lot, token, system: Arc::clone(system), put_off: BTreeMap::new() }
    }

    /// Asks, and answers what it was asked. Whether there was anything.
    pub(super) async fn turn(&mut self, api: &Api, now: Timestamp) -> Result<bool, ApiError> {
        let path = format!("/gateway/v1/directives?lot={}&wait=0", self.lot);
        let received = api.done((Method::GET, &path), Some(&self.token), None).await?;
        let items: Items = serde_json::from_value(received.clone()).map_err(|_| ApiError::Unexpected {
            path,
            status: StatusCode::OK,
            received,
        })?;
        let is_busy = !items.items.is_empty();
        for item in items.items {
            self.meet(api, &item, now).await?;
        }
        Ok(is_busy)
    }

    async fn meet(&mut self, api: &Api, item: &Item, now: Timestamp) -> Result<(), ApiError> {
        let Some(directive) = item.directive(&self.lot) else {
            return self.say(api, &item.id, &json!({ "outcome": "refused", "code": "2" })).await.map(drop);
        };
        let (word, manner) = {
            let mut system = lock(&self.system);
            let word = system.ask(&directive, now);
            (word, system.manner_of(&item.booking))
        };
        let is_cancellation = matches!(directive, Directive::Cancellation(_));
        let answer = match word {
            Word::Taken | Word::TakenBefore => json!({ "outcome": "taken" }),
            Word::NoSuchOrder if is_cancellation => json!({ "outcome": "taken" }),
            Word::NoSuchOrder => json!({ "outcome": "refused", "code": NO_SUCH_ORDER }),
            Word::NoSpace => json!({ "outcome": "no-space" }),
            Word::Blacklisted => json!({ "outcome": "refused", "code": BLACKLISTED, "why": "黑名单" }),
            Word::Garbled => json!({ "outcome": "maybe" }),
            Word::Silence => {
                if manner == Some(Manner::TooLate) {
                    self.put_off.insert(item.booking.clone(), (item.id.clone(), directive));
                }
                return Ok(());
            }
        };
        self.say(api, &item.id, &answer).await?;
        if manner == Some(Manner::Twice) {
            self.say(api, &item.id, &answer).await?;
        }
        // It has let go of what it never had, and takes it now.
        if let Some((id, asked)) = self.put_off.remove(&item.booking).filter(|_| is_cancellation)
            && lock(&self.system).keep(&asked) == Word::Taken
        {
            self.say(api, &id, &json!({ "outcome": "taken" })).await?;
        }
        Ok(())
    }

    async fn say(&self, api: &Api, id: &str, answer: &Value) -> Result<StatusCode, ApiError> {
        let path = format!("/gateway/v1/directives/{id}?lot={}", self.lot);
        let (status, received) = api.ask((Method::POST, &path), Some(&self.token), Some(answer)).await?;
        let is_wrong = answer.get("outcome").and_then(Value::as_str) == Some("maybe");
        // What is over meanwhile is answered 404.
        let is_expected = match status {
            StatusCode::BAD_REQUEST => is_wrong,
            StatusCode::NOT_FOUND => true,
            status => status.is_success() && !is_wrong,
        };
        if is_expected { Ok(status) } else { Err(ApiError::Unexpected { path, status, received }) }
    }

    /// Calls an order off, and gives whether it is.
    pub(super) async fn call_off(&self, api: &Api, code: &str) -> Result<bool, ApiError> {
        let path = format!("/gateway/v1/reservations/{code}/cancel?lot={}", self.lot);
        let reason = json!({ "reason": "车位检修" });
        let (status, received) = api.ask((Method::POST, &path), Some(&self.token), Some(&reason)).await?;
        match status {
            StatusCode::CONFLICT => Ok(false),
            status if status.is_success() => Ok(true),
            status => Err(ApiError::Unexpected { path, status, received }),
        }
    }
}
