//! `POST /v1/devices/{name}`: what cameras push, each in its maker's form, and answered in it.
//!
//! A camera can seldom set a header. Where the gateway has a token, a camera shows it in its address instead:
//! `/v1/devices/in-1/TOKEN` or `/v1/devices/in-1?token=TOKEN`; some makers put paths of their own behind that.

use super::{Problem, body, same};
use crate::devices::{CameraEvent, DeviceFault, Heard};
use crate::intake::NewReport;
use crate::{Camera, Gateway};
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct Shown {
    token: Option<String>,
}

pub(super) async fn push(
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
    Query(shown): Query<Shown>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    take(&gateway, &name, "", &shown, &headers, body).await
}

pub(super) async fn push_below(
    State(gateway): State<Arc<Gateway>>,
    Path((name, rest)): Path<(String, String)>,
    Query(shown): Query<Shown>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    take(&gateway, &name, &rest, &shown, &headers, body).await
}

async fn take(
    gateway: &Gateway,
    name: &str,
    rest: &str,
    shown: &Shown,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    if !may(gateway, rest, shown, headers) {
        let detail = "the token of edge.toml is wanted, at the end of the address: /v1/devices/NAME/TOKEN";
        return Problem::new(StatusCode::UNAUTHORIZED, detail).into_response();
    }
    let Some(camera) = gateway.cameras.get(name) else {
        let detail = format!("edge.toml has no [[camera]] of the name {name:?}");
        return Problem::not_found(detail).into_response();
    };
    let body = match body::read(gateway, headers, body, camera.maker.body_max_bytes()).await {
        Ok(body) => body.bytes.clone(),
        Err(problem) => {
            camera.refused();
            if problem.status != StatusCode::PAYLOAD_TOO_LARGE {
                return problem.into_response();
            }
            let max_bytes = camera.maker.body_max_bytes();
            return sent(camera, Err(&DeviceFault::TooLong { maker: camera.maker.name(), max_bytes }));
        }
    };
    let heard = match camera.maker.read(headers, &body) {
        Ok(heard) => heard,
        Err(fault) => {
            camera.refused();
            tracing::warn!(camera = name, %fault, "a camera's message was not read");
            return sent(camera, Err(&fault));
        }
    };
    for one in &heard {
        let is_car = matches!(one, Heard::Car(_));
        camera.heard(gateway.clock.now(), is_car);
        if let Heard::Car(event) = one
            && let Err(fault) = keep(gateway, camera, event).await
        {
            camera.refused();
            tracing::warn!(camera = name, %fault, "a camera's car was not kept");
            return sent(camera, Err(&fault));
        }
    }
    sent(camera, Ok(&heard))
}

fn may(gateway: &Gateway, rest: &str, shown: &Shown, headers: &HeaderMap) -> bool {
    let Some(token) = &gateway.config.token else { return true };
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    same(header.strip_prefix("Bearer ").unwrap_or(header), token)
        || shown.token.as_deref().is_some_and(|shown| same(shown, token))
        || rest.split('/').any(|part| same(part, token))
}

/// Makes a passage of what a camera saw, and keeps it.
async fn keep(gateway: &Gateway, camera: &Camera, event: &CameraEvent) -> Result<(), DeviceFault> {
    let not_kept = |why: String| DeviceFault::NotKept { why };
    let Some(lane) = camera.lane(event.direction) else {
        // Sent again it would say no more.
        return Err(DeviceFault::Unreadable {
            maker: camera.maker.name(),
            expected: "which way the car went, from the camera or as `direction` in edge.toml",
            came: "neither".to_owned(),
        });
    };
    let now = gateway.now();
    // The keeper is held until the passage is on disk: the same event pushed twice waits here, and where the disk
    // does not take it the keeper has not seen it.
    let _following = gateway.following.read().await;
    let mut keeper = gateway.keeper.lock().await;
    let before = keeper.clone();
    let made = keeper.see(&camera.name, event, &lane, now);
    if made.is_empty() {
        return Ok(());
    }
    let new = made.into_iter().map(|made| NewReport { report: made.report, picture: made.picture }).collect();
    match gateway.keep(new).await {
        Ok(_) => Ok(()),
        Err(not_taken) => {
            *keeper = before;
            Err(not_kept(not_taken.to_string()))
        }
    }
}

fn sent(camera: &Camera, outcome: Result<&[Heard], &DeviceFault>) -> Response {
    camera.maker.answer(outcome).map(Body::from)
}
