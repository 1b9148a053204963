//! Who asks: the bearer token's holder, and what of the city it may see.

use crate::http::App;
use crate::http::problem::Problem;
use crate::registry::token::Holder;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bowei_model::{Lot, LotCode, Passage, Version, pairing};
use std::sync::Arc;

/// The holder of the request's token.
pub(in crate::http) struct Asking(pub(in crate::http) Arc<Holder>);

impl FromRequestParts<App> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        holder(&parts.headers, app).map(Self)
    }
}

/// The holder of the token that a request shows.
pub(super) fn holder(headers: &HeaderMap, app: &App) -> Result<Arc<Holder>, Problem> {
    let unauthorized = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, detail);
    let given = headers.get(header::AUTHORIZATION).ok_or_else(|| {
        unauthorized("a token is needed: Authorization: Bearer … (make one with `bowei token create`)")
    })?;
    let token = given
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| unauthorized("the Authorization header is not of the form: Bearer TOKEN"))?;
    app.registry.snapshot().holder(token).ok_or_else(|| {
        unauthorized("the token is unknown or has run out: make another with `bowei token create`")
    })
}

impl Asking {
    /// The lot of that code, if the holder may see it. One that it may not see does not exist for it.
    pub(super) fn lot(&self, app: &App, code: &str) -> Result<Arc<Lot>, Problem> {
        let lot = app.registry.snapshot().lots.get(&LotCode::from(code)).cloned();
        lot.filter(|lot| self.0.sees(lot)).ok_or_else(|| {
            Problem::not_found(format!("there is no lot {code:?} for this token: see /api/v1/lots"))
        })
    }

    /// Every lot that the holder may see.
    pub(super) fn lots(&self, app: &App) -> Vec<Arc<Lot>> {
        app.registry.snapshot().lots.values().filter(|lot| self.0.sees(lot)).cloned().collect()
    }

    /// The lots to ask the store for: one that was named, or all that the holder may see (`None`: all there are).
    pub(super) fn scope(&self, app: &App, named: Option<&str>) -> Result<Option<Vec<LotCode>>, Problem> {
        match named {
            Some(code) => Ok(Some(vec![self.lot(app, code)?.code.clone()])),
            None if self.0.sees_all() => Ok(None),
            None => Ok(Some(self.lots(app).iter().map(|lot| lot.code.clone()).collect())),
        }
    }

    /// Refuses a holder that may not see plates, where the answer is full of them.
    pub(super) fn must_see_plates(&self, what: &str) -> Result<(), Problem> {
        if self.0.sees_plates() {
            return Ok(());
        }
        Err(Problem::forbidden(format!(
            "{what}, and a viewer's token does not see plates: ask with another role"
        )))
    }

    /// A plate as the holder may see it.
    pub(super) fn plate(&self, plate: &bowei_model::Plate) -> String {
        if self.0.sees_plates() { plate.to_string() } else { plate.masked() }
    }

    /// A record's id as the holder may see it: one that the platform made has the plate in it, as odd as it may be.
    pub(super) fn record_id(&self, id: &str) -> String {
        let hidden = if self.0.sees_plates() { None } else { pairing::masked(id) };
        hidden.unwrap_or_else(|| id.to_owned())
    }

    /// A finding's `words` as the holder may see them: where a viewer asks, the session's plates in them are masked, also
    /// those that have no plate's shape.
    pub(super) fn words<'a>(
        &self,
        words: String,
        passages: impl Iterator<Item = &'a Version<Passage>>,
    ) -> String {
        if self.0.sees_plates() {
            return words;
        }
        passages
            .filter_map(|version| version.content.plate.as_ref())
            .fold(words, |words, plate| words.replace(plate.as_str(), &plate.masked()))
    }
}
