//! What whoever asks may do and see.

use crate::accounts::{Permission, Principal, Role};
use crate::app::App;
use crate::http::problem::Problem;
use crate::office::Document as _;
use crate::office::registrations::Registration;
use crate::orders::KeptOrder;
use crate::registry::Snapshot;
use axum::http::StatusCode;
use bowei_model::{Lot, LotCode, Passage, ProviderCode, Version};
use std::sync::Arc;

/// Does work that looks at every lot on a thread of its own: there may be a hundred thousand.
pub(super) async fn over_lots<T: Send + 'static>(
    app: &App,
    principal: &Principal,
    work: impl FnOnce(&App, &Principal) -> T + Send + 'static,
) -> Result<T, Problem> {
    let (app, principal) = (App::clone(app), principal.clone());
    let died =
        |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "lots could not be gone through: see the log");
    tokio::task::spawn_blocking(move || work(&app, &principal)).await.map_err(died)
}

/// There is nothing to see where somebody asks.
pub(super) struct Nothing;

impl Principal {
    /// Refuses it without the permission.
    pub(super) fn must_have(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        let (name, role) = (permission.name(), self.role());
        let (people, tokens) = Role::holders(permission);
        Err(Problem::forbidden(format!(
            "需要权限 {name}，{role} 没有；有此权限的用户：{people}，令牌：{tokens} this needs the permission {name}, which {role} has \
             not here: people who are {people} have it, and tokens of {tokens}"
        )))
    }

    /// The lot of that code, if it may see it. One that it may not see does not exist for it.
    pub(in crate::http) fn lot(&self, app: &App, code: &str) -> Result<Arc<Lot>, Problem> {
        let lot = app.registry.snapshot().lots.get(&LotCode::from(code)).cloned();
        lot.filter(|lot| self.sees(lot)).ok_or_else(|| {
            Problem::not_found(format!("there is no lot {code:?} for this token: see /api/v1/lots"))
        })
    }

    /// Whether it may see a registration: all its lots lie where it sees lots.
    pub(super) fn sees_registration(&self, registration: &Registration) -> bool {
        self.provider().is_none() && self.sees_district(&registration.district())
    }

    /// Whether it may see an order: a provider sees its own, and no draft.
    pub(super) fn sees_order(&self, kept: &KeptOrder) -> bool {
        let is_own = self.provider().is_none_or(|own| *own == kept.order.content.provider);
        let is_told = self.provider().is_none() || kept.order.issue.is_some();
        is_own && is_told && self.sees_district(&kept.district)
    }

    /// Whether it sees what belongs to that district, or to a part of the country; what belongs to none is for whoever
    /// is bounded by none.
    pub(super) fn sees_district(&self, district: &str) -> bool {
        self.district().is_none_or(|prefix| district.starts_with(prefix))
    }

    /// The district to ask the store for: the one that was named, as far as it may see it; `Err`: nothing there.
    pub(super) fn district_asked<'a>(&'a self, named: Option<&'a str>) -> Result<Option<&'a str>, Nothing> {
        match (self.district(), named) {
            (own, None) => Ok(own),
            (None, named) => Ok(named),
            (Some(own), Some(named)) if named.starts_with(own) => Ok(Some(named)),
            (Some(own), Some(named)) if own.starts_with(named) => Ok(Some(own)),
            _ => Err(Nothing),
        }
    }

    /// The provider to ask the store for: its own, or the one that was named; `Err`: nothing there.
    pub(super) fn provider_asked(&self, named: Option<&str>) -> Result<Option<ProviderCode>, Nothing> {
        match (self.provider(), named.map(ProviderCode::from)) {
            (Some(own), Some(named)) if *own != named => Err(Nothing),
            (Some(own), _) => Ok(Some(own.clone())),
            (None, named) => Ok(named),
        }
    }

    /// Every lot that it may see.
    pub(super) fn lots(&self, app: &App) -> Vec<Arc<Lot>> {
        self.seen(&app.registry.snapshot(), None).cloned().collect()
    }

    /// The lots that it may see, all or one provider's.
    pub(super) fn seen<'s>(
        &'s self,
        snapshot: &'s Snapshot,
        provider: Option<&ProviderCode>,
    ) -> Box<dyn Iterator<Item = &'s Arc<Lot>> + 's> {
        match self.provider().or(provider) {
            Some(provider) => Box::new(snapshot.lots_of(provider).iter().filter(|lot| self.sees(lot))),
            None => Box::new(snapshot.lots.values().filter(|lot| self.sees(lot))),
        }
    }

    /// The lots to ask the store for: one that was named, or all that it may see (`None`: all there are).
    pub(super) fn scope(&self, app: &App, named: Option<&str>) -> Result<Option<Vec<LotCode>>, Problem> {
        match named {
            Some(code) => Ok(Some(vec![self.lot(app, code)?.code.clone()])),
            None if self.sees_all() => Ok(None),
            None => Ok(Some(self.lots(app).iter().map(|lot| lot.code.clone()).collect())),
        }
    }

    /// A finding's `words` as it may see them: where a viewer asks, the session's plates in them are masked, also
    /// those that have no plate's shape.
    pub(super) fn words<'a>(
        &self,
        words: String,
        passages: impl Iterator<Item = &'a Version<Passage>>,
    ) -> String {
        if self.sees_plates() {
            return words;
        }
        passages
            .filter_map(|version| version.content.plate.as_ref())
            .fold(words, |words, plate| words.replace(plate.as_str(), &plate.masked()))
    }
}
