//! Who may ask: the lot's own programs, its page and whoever shows a token; no page of another origin that happens to be
//! open in a browser on the lot's PC.
//!
//! Browsers say whose page is asking (`Origin`, `Sec-Fetch-Site`), programs do not. A page can have its own name lead to
//! this machine and then says that it is at home here: so the name itself must be one of this machine's.

use super::Problem;
use crate::Gateway;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What a browser says where the page that asks is of the address that is asked, or where a person is.
const AT_HOME: [&str; 2] = ["same-origin", "none"];

/// Types in which a report may come: JSON, and what `curl -d` says of anything. A page of another origin cannot send the
/// one unasked, nor JSON in the other.
const REPORT_TYPES: [&str; 2] = ["application/json", "application/x-www-form-urlencoded"];

/// Refuses whatever pages of other origins ask, on every path but those that say nothing of the lot and change nothing.
pub(super) async fn no_foreign_page(
    State(gateway): State<Arc<Gateway>>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    let reads = head.method == Method::GET || head.method == Method::HEAD;
    let says_nothing =
        reads && !head.uri.path().to_ascii_lowercase().trim_start_matches('/').starts_with("v1");
    if !says_nothing && is_foreign(&gateway, &head) {
        tracing::warn!(path = head.uri.path(), "a web page of another origin was refused");
        let detail = "只接受本机程序和网关自己的页面，不接受其他网站的页面。a web page of another origin may not ask here";
        return Problem::new(StatusCode::FORBIDDEN, detail).into_response();
    }
    next.run(Request::from_parts(head, body)).await
}

/// Lets the local API be asked with a right token, and without one by this machine's own programs where edge.toml has
/// none.
pub(super) async fn local_api(State(gateway): State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let allowed = may_ask(&gateway, &head);
    match allowed {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err(problem) => problem.into_response(),
    }
}

fn may_ask(gateway: &Gateway, head: &Parts) -> Result<(), Problem> {
    if shows_token(gateway, head) {
        return Ok(());
    }
    let place = gateway.token_place();
    if gateway.config.token.is_some() {
        let detail =
            format!("令牌缺失或不正确。the token of {place} is wanted: `Authorization: Bearer TOKEN`");
        return Err(Problem::new(StatusCode::UNAUTHORIZED, detail));
    }
    let peer = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    if peer.is_none_or(|peer| peer.to_canonical().is_loopback()) && is_of_this_machine(gateway, head) {
        return Ok(());
    }
    let detail = format!(
        "未带令牌时只接受本机地址（localhost、127.0.0.1 或 listen 的地址）。without a token only this machine's own names \
         are taken as Host; for any other, show the token of {place}: `Authorization: Bearer TOKEN`"
    );
    // The page asks for the token then.
    Err(Problem::new(StatusCode::UNAUTHORIZED, detail))
}

/// Whether a request shows the token of edge.toml, or the one that the gateway made for whoever needs one.
pub(super) fn shows_token(gateway: &Gateway, head: &Parts) -> bool {
    let presented = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let presented =
        presented.map(|value| value.strip_prefix("Bearer ").unwrap_or(value)).unwrap_or_default().trim();
    gateway.token().is_some_and(|token| super::same(presented, token))
}

/// Refuses a report that says it is something else than JSON.
pub(super) fn want_json(head: &Parts) -> Result<(), Problem> {
    let Some(presented) = head.headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let presented = presented.to_str().unwrap_or_default();
    let kind = presented.split(';').next().unwrap_or_default().trim();
    if REPORT_TYPES.iter().any(|right| kind.eq_ignore_ascii_case(right)) {
        return Ok(());
    }
    let detail = format!(
        "Content-Type 应为 application/json，收到 {presented:?} Content-Type: expected application/json, received {presented:?}"
    );
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

fn is_foreign(gateway: &Gateway, head: &Parts) -> bool {
    let site = head.headers.get("sec-fetch-site");
    if site.is_some_and(|site| !AT_HOME.iter().any(|home| site == home)) {
        return true;
    }
    head.headers.get_all(header::ORIGIN).iter().any(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        let authority = ["http://", "https://"].iter().find_map(|scheme| origin.strip_prefix(scheme));
        let is_own = authority.is_some_and(|presented| {
            let mut hosts = hosts(head).peekable();
            hosts.peek().is_some() && hosts.all(|host| host.eq_ignore_ascii_case(presented))
        });
        !is_own || !(is_of_this_machine(gateway, head) || shows_token(gateway, head))
    })
}

/// The names that a request has for this machine. HTTP/1.1 wants one; what has none comes from no browser.
fn hosts(head: &Parts) -> impl Iterator<Item = &str> {
    let in_header = head.headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    head.uri.authority().map(|authority| authority.as_str()).into_iter().chain(in_header)
}

/// Whether all of them are names that only this machine itself has for it, or the address of `listen`.
pub(super) fn is_of_this_machine(gateway: &Gateway, head: &Parts) -> bool {
    hosts(head).all(|host| {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
            _ => host,
        };
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match address {
            Ok(address) => address.to_canonical().is_loopback() || address == gateway.config.listen.ip(),
            Err(_) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        }
    })
}
