//! The guard of each path: who asks must have the permission that the path names. What somebody without
//! [`Permission::PlatesRead`] reads has no plate: every text of every answer is looked through, whoever wrote it and
//! whichever field it is in.

use super::masked::masked_json;
use crate::accounts::{Permission, Principal, Source, entry};
use crate::app::App;
use crate::http::auth::{address, authenticate, refuse_unready};
use crate::http::problem::Problem;
use axum::RequestExt as _;
use axum::body::Body;
use axum::extract::{RawPathParams, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use bowei_model::mask_plates;
use http_body_util::BodyExt as _;
use serde_json::json;
use utoipa::openapi::extensions::Extensions;
use utoipa_axum::router::UtoipaMethodRouter;

/// Puts a handler behind its permission, and has its document name it. Without an `app` there is the document alone.
pub(in crate::http) fn guarded(
    app: Option<&App>,
    permission: Permission,
    (schemas, mut paths, mut router): UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    for item in paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            let declared = Extensions::from_iter([("x-permission", permission.name())]);
            operation.extensions.get_or_insert_default().merge(declared);
        }
    }
    if let Some(app) = app {
        router = router.route_layer(from_fn_with_state((App::clone(app), permission), guard));
    }
    (schemas, paths, router)
}

async fn guard(State((app, permission)): State<(App, Permission)>, request: Request, next: Next) -> Response {
    let principal = match authenticate(request.headers(), request.method(), &app).await {
        Ok(principal) => principal,
        Err(problem) => return problem.into_response(),
    };
    let sees_plates = principal.sees_plates() || permission == Permission::PlatesReveal;
    let response = match answer(&app, principal, permission, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    // Streams mask their events themselves.
    if sees_plates || !is_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Bodies made here are in memory already.
    let Ok(body) = body.collect().await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let Some(body) = masked_json(&body.to_bytes()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

async fn answer(
    app: &App,
    principal: Principal,
    permission: Permission,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    refuse_unready(app, &principal, permission)?;
    allowed(app, &principal, permission, &mut request).await?;
    // What a page asks by itself while nobody is there keeps no session alive.
    if let Some(person) = principal.person().filter(|_| !request.headers().contains_key("x-idle")) {
        app.accounts.note_use(&person.session, app.clock.now()).await?;
    }
    let read = (principal.sees_plates() && permission.shows_plates()).then(|| {
        let source = Source::of(&principal, address(request.extensions().get()));
        // A plate that is searched for is nothing that the audit tells others.
        let asked = mask_plates(request.uri().query().unwrap_or_default()).into_owned();
        let what = ("plates.read", format!("path:{}", request.uri().path()));
        entry(&source, app.clock.now(), what, (None, (!asked.is_empty()).then(|| json!({"query": asked}))))
    });
    request.extensions_mut().insert(principal);
    let response = next.run(request).await;
    // In the audit before anybody has read it.
    if let Some(read) = read.filter(|_| response.status().is_success()) {
        app.store.administer(Vec::new(), vec![read]).await?;
    }
    Ok(response)
}

/// Refuses whoever lacks the permission. A lot that one may not see does not exist for one, whatever one wants of it.
async fn allowed(
    app: &App,
    principal: &Principal,
    permission: Permission,
    request: &mut Request,
) -> Result<(), Problem> {
    let Err(lacking) = principal.must_have(permission) else { return Ok(()) };
    // A provider's code is another thing.
    if !request.uri().path().starts_with("/api/v1/lots/") {
        return Err(lacking);
    }
    let parameters = request.extract_parts::<RawPathParams>().await.ok();
    let lot = parameters.as_ref().and_then(|named| named.iter().find(|(name, _)| *name == "code"));
    if let Some((_, code)) = lot {
        principal.lot(app, code)?;
    }
    Err(lacking)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().ends_with(b"json"))
}
