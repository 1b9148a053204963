//! A lot that takes reservations for as long as the demonstration runs: its own system asks the platform what it is to do,
//! as one behind a router does, and keeps the space of everybody but the one whose plate it does not let in.

use super::super::Failure;
use super::super::gateways::AtLot;
use super::super::local_platform::new_token;
use bowei_city::drivers::{Api, ApiError};
use bowei_city::{CityLot, CityPlan, StopSignal};
use bowei_model::{LotCode, LotKind};
use bowei_platform::App;
use bowei_platform::accounts::Role;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// A plate that it does not let in.
pub(super) const BLACKLISTED: &str = "浙E5P005";
/// It asks again at once, and the platform answers after so long where there is nothing to do.
const WAIT_S: u64 = 20;
/// While the platform is away it asks so often.
const RETRY_EVERY: Duration = Duration::from_secs(5);

/// What it is to do, as far as it needs to know.
#[derive(Deserialize)]
struct Directives {
    items: Vec<Directive>,
}

#[derive(Deserialize)]
struct Directive {
    id: String,
    plate: Option<String>,
}

pub(super) struct Reservable {
    api: Api,
    pub(super) lot: LotCode,
    /// Of the lot's provider.
    token: String,
}

impl Reservable {
    /// The system of the lot with the most chargers among those without a gateway, with the token that an earlier
    /// demonstration has noted, or one that it notes now.
    pub(super) async fn of_city(
        app: &App,
        url: &str,
        (plan, at_lots): (&CityPlan, &[AtLot]),
        noted: &mut String,
    ) -> Result<Option<Self>, Failure> {
        let has_gateway = |lot: &CityLot| at_lots.iter().any(|at_lot| at_lot.lot.code == lot.code);
        let off_street = plan.lots.iter().filter(|lot| lot.kind == LotKind::OffStreet && !has_gateway(lot));
        let Some(lot) = off_street.max_by_key(|lot| lot.charging_spaces) else { return Ok(None) };
        if noted.is_empty() {
            let role = Role::Provider(lot.provider.clone());
            *noted = new_token(app.store.as_ref(), &role, app.clock.now()).await?;
            app.registry.refresh().await?;
        }
        Ok(Some(Self { api: Api::to(url)?, lot: lot.code.clone(), token: noted.clone() }))
    }

    /// Asks what it is to do, waiting for so many seconds, and does it.
    pub(super) async fn turn(&self, wait_s: u64) -> Result<(), ApiError> {
        let path = format!("/gateway/v1/directives?lot={}&wait={wait_s}", self.lot);
        let received = self.api.done((Method::GET, &path), Some(&self.token), None).await?;
        let Ok(asked) = serde_json::from_value::<Directives>(received.clone()) else {
            return Err(ApiError::Unexpected { path, status: StatusCode::OK, received });
        };
        for Directive { id, plate } in asked.items {
            let answer = match plate.as_deref() {
                // 表 A.2 车牌在黑名单中.
                Some(BLACKLISTED) => json!({"outcome": "refused", "code": "5005", "why": "车牌在黑名单中"}),
                _ => json!({"outcome": "taken"}),
            };
            let path = format!("/gateway/v1/directives/{id}?lot={}", self.lot);
            self.api.done((Method::POST, &path), Some(&self.token), Some(&answer)).await?;
        }
        Ok(())
    }

    /// Goes on until it is stopped.
    pub(super) async fn run(self, mut stop: StopSignal) {
        loop {
            let turn = tokio::select! {
                turn = self.turn(WAIT_S) => turn,
                () = stop.given() => return,
            };
            if let Err(error) = turn {
                tracing::debug!(%error, lot = %self.lot, "the platform cannot be asked for reservations");
                tokio::select! {
                    () = tokio::time::sleep(RETRY_EVERY) => {}
                    () = stop.given() => return,
                }
            }
        }
    }
}
