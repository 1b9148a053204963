//! `/v1/devices/{name}`: what cameras push, each in its maker's form, and answered in it.
//!
//! A camera can seldom set a header. Where the gateway has a token, a camera shows it in its address instead:
//! `/v1/devices/in-1/TOKEN` or `/v1/devices/in-1?token=TOKEN`; some makers put paths of their own behind that. Some let
//! no path be set at all: such a camera is known by its address or by its own id, wherever it pushes to. Slashes too
//! many and other cases of letters make no difference.

use super::digest::Login;
use super::{Problem, body, guard, page, same};
use crate::camera_push::{self, Push};
use crate::devices::{DeviceFault, Heard, device_ids};
use crate::unknown_senders::{self, Unknown};
use crate::{Camera, Gateway};
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// So much is read of what somebody unknown sends, where no camera is known by its own id: a heartbeat with that id.
const UNKNOWN_BODY_MAX_BYTES: usize = 64 * 1024;
/// So much otherwise: the largest message of any maker, for the id may stand behind the pictures.
const NAMED_BODY_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A request to a camera's own path.
pub(super) async fn push(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match named(head.uri.path()) {
        Some((name, rest)) => to_camera(&gateway, &head, body, &name, &rest).await,
        None => page::missing(&head.method, &head.uri),
    }
}

/// A request to a path of nobody's: the page, a camera's own path written otherwise, or a path that a maker has built
/// into its cameras.
pub(super) async fn elsewhere(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if let Some(file) = page::file(&head.method, &head.uri) {
        return file;
    }
    if let Some((name, rest)) = named(head.uri.path()) {
        return to_camera(&gateway, &head, body, &name, &rest).await;
    }
    let peer = peer(&head);
    // A browser asks for icons and the like.
    let accepts = head.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !sends(&head.method) && ["text/html", "image/"].iter().any(|kind| accepts.contains(kind)) {
        return page::missing(&head.method, &head.uri);
    }
    if let Some(camera) = gateway.cameras.known_by(peer, &[]) {
        return admit(&gateway, camera, &head, body, true).await;
    }
    let max_bytes =
        if gateway.cameras.have_device_ids() { NAMED_BODY_MAX_BYTES } else { UNKNOWN_BODY_MAX_BYTES };
    let read = body::read(&gateway, &head, body, max_bytes).await;
    let bytes = read.as_ref().map(|admitted| admitted.bytes.clone()).unwrap_or_default();
    let ids = device_ids(head.uri.query().unwrap_or_default(), &head.headers, &bytes);
    let is_bare = read.is_ok() && bytes.trim_ascii().is_empty();
    let by_last_time = || gateway.cameras.heard_from(peer).filter(|_| is_bare);
    match gateway.cameras.known_by(peer, &ids).or_else(by_last_time) {
        Some(camera) => match may(&gateway, camera, &head, true) {
            Ok(()) => heard(&gateway, camera, &head, &bytes).await,
            Err(refusal) => refusal,
        },
        None => {
            note(&gateway, &head, Unknown::Path, ids.into_iter().next());
            page::missing(&head.method, &head.uri)
        }
    }
}

/// The camera's name and what stands behind it in a path below `/v1/devices`.
fn named(path: &str) -> Option<(String, Vec<String>)> {
    let plain = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let is_ours = parts.next()?.eq_ignore_ascii_case("v1") && parts.next()?.eq_ignore_ascii_case("devices");
    let name = parts.next().filter(|_| is_ours)?;
    Some((plain(name), parts.map(plain).collect()))
}

async fn to_camera(
    gateway: &Arc<Gateway>,
    head: &Parts,
    body: Body,
    name: &str,
    rest: &[String],
) -> Response {
    let shown = shows_token(gateway, head, rest);
    let Some(camera) = gateway.cameras.get(name) else {
        // Whoever does not show the token learns nothing of which names there are.
        if !shown {
            return no_token(gateway, head);
        }
        note(gateway, head, Unknown::Name, None);
        return Problem::not_found(format!("edge.toml has no [[camera]] of the name {name:?}"))
            .into_response();
    };
    let by_address = camera.config.address.is_some() && camera.config.device_id.is_none();
    let known =
        by_address && gateway.cameras.known_by(peer(head), &[]).is_some_and(|it| it.name == camera.name);
    admit(gateway, camera, head, body, shown || known).await
}

/// Lets a camera in: reads its message and takes it.
async fn admit(gateway: &Arc<Gateway>, camera: &Camera, head: &Parts, body: Body, shown: bool) -> Response {
    if let Err(refusal) = may(gateway, camera, head, shown) {
        // A sender that is cut off while it sends never reads the challenge: what it sends is thrown away.
        let _ = body::read(gateway, head, body, 0).await;
        return refusal;
    }
    match body::read(gateway, head, body, camera.maker.body_max_bytes()).await {
        Ok(body) => heard(gateway, camera, head, &body.bytes).await,
        Err(problem) => {
            let now = gateway.clock.now();
            if problem.status != StatusCode::PAYLOAD_TOO_LARGE {
                camera.refused(now, problem.detail.clone());
                return problem.into_response();
            }
            let max_bytes = camera.maker.body_max_bytes();
            let fault = DeviceFault::TooLong { maker: camera.maker.name(), max_bytes };
            camera.refused(now, camera.in_chinese(&fault));
            sent(camera, Err(&fault))
        }
    }
}

/// Whether a camera may push: by its login where it has one, otherwise by having shown the token or being known.
fn may(gateway: &Gateway, camera: &Camera, head: &Parts, shown: bool) -> Result<(), Response> {
    let (Some(login), Some(password)) = (&camera.config.login, &camera.config.password) else {
        return if shown { Ok(()) } else { Err(no_token(gateway, head)) };
    };
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let now = gateway.clock.now();
    match gateway.digest.check(head.method.as_str(), target, &head.headers, (login, password), now) {
        Login::Right => Ok(()),
        login => {
            if login == Login::Wrong {
                camera.refused(now, "登录名或密码不正确".to_owned());
                note(gateway, head, Unknown::Login, None);
            }
            Err(gateway.digest.challenge(login, now))
        }
    }
}

fn no_token(gateway: &Gateway, head: &Parts) -> Response {
    note(gateway, head, Unknown::Token, None);
    let place = gateway.token_place();
    let detail = format!(
        "地址末尾应有 {place} 的令牌：/v1/devices/名称/令牌 the token of {place} is wanted, at the end of the address"
    );
    Problem::new(StatusCode::UNAUTHORIZED, detail).into_response()
}

/// Whether the token is shown, where there is one: in a header, in the query, or in the path behind the name.
/// On loopback, whoever calls this machine by a name of its own needs none, unless edge.toml has one.
fn shows_token(gateway: &Gateway, head: &Parts, rest: &[String]) -> bool {
    if gateway.config.token.is_none() && guard::is_of_this_machine(gateway, head) {
        return true;
    }
    let Some(token) = gateway.token() else { return false };
    let authorization = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let authorization = authorization.unwrap_or_default();
    let in_query =
        head.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.strip_prefix("token="));
    same(authorization.strip_prefix("Bearer ").unwrap_or(authorization), token)
        || in_query.into_iter().any(|shown| same(&percent_decode_str(shown).decode_utf8_lossy(), token))
        || rest.iter().any(|part| same(part, token))
}

/// Remembers somebody unknown. A right token in a path with a wrong name is no one's to read.
fn note(gateway: &Gateway, head: &Parts, why: Unknown, device_id: Option<String>) {
    let (address, method, path) = (peer(head), head.method.to_string(), shown_path(gateway, head));
    let request = unknown_senders::Request { address, method, path, why, device_id };
    gateway.unknown_senders.note(request, gateway.clock.now());
}

/// The path without the token in it.
fn shown_path(gateway: &Gateway, head: &Parts) -> String {
    let path = head.uri.path();
    gateway.token().map_or_else(|| path.to_owned(), |token| path.replace(token, "…"))
}

/// The address that the request came from.
fn peer(head: &Parts) -> Option<IpAddr> {
    head.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical())
}

fn sends(method: &Method) -> bool {
    method != Method::GET && method != Method::HEAD
}

/// Takes what a camera says, and answers it in its maker's form.
async fn heard(gateway: &Arc<Gateway>, camera: &Camera, head: &Parts, body: &Bytes) -> Response {
    let push = Push {
        from: peer(head),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.clone(),
        body: body.clone(),
    };
    match camera_push::take(gateway, camera, push).await {
        Ok(heard) => {
            gateway.unknown_senders.forget(peer(head), &shown_path(gateway, head));
            sent(camera, Ok(&heard))
        }
        Err(fault) => sent(camera, Err(&fault)),
    }
}

fn sent(camera: &Camera, outcome: Result<&[Heard], &DeviceFault>) -> Response {
    camera.maker.answer(outcome).map(Body::from)
}
