//! The generic face of every standard: one handler, told by the standard's card where it listens.

use super::problem::Problem;
use crate::app::{App, Shared};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use bowei_encoding::shown::shown;
use bowei_service::body::Unread;
use bowei_standards::Standard;
use bowei_standards::platform_side::Route;
use bowei_standards::platform_side::tidy_path;
use bytes::Bytes;
use std::time::Instant;

/// The routes of every standard that is enabled.
pub(super) fn routes(app: &Shared) -> Router<App> {
    let mut router = Router::new();
    for standard in bowei_standards::all().iter().copied() {
        let config = app.config.standard(standard.card().name);
        if !config.enabled {
            continue;
        }
        let prefix = config.prefix.trim_end_matches('/').to_owned();
        for route in standard.card().routes {
            let Ok(method) = MethodFilter::try_from(route.method.clone()) else { continue };
            let handler =
                move |State(app): State<App>, request: Request| receive(app, standard, route, request);
            router = router.route(&format!("{prefix}{}", route.path), on(method, handler));
        }
    }
    router
}

/// What is at none of our paths to the letter: an interface of a standard in another writing (a doubled slash is the
/// commonest slip of a set-up), or one that there is not, which is answered in the standard's own form and noted for the
/// inspector. Gives the request back where it is no standard's.
pub(super) async fn unmatched(app: App, request: Request) -> Result<Response, Request> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    for standard in bowei_standards::all().iter().copied() {
        let config = app.config.standard(standard.card().name);
        let Some(below) = below(&path, &config.prefix).filter(|_| config.enabled) else { continue };
        if let Some(route) = standard.card().route(&method, &below) {
            return Ok(receive(app, standard, route, request).await);
        }
        if standard.card().is_below_base(&below) {
            return Ok(standard_answer(app.intake.unserved(standard, &method, &path, &below)));
        }
    }
    Err(request)
}

/// The answer to what is sent to no path of ours: the interfaces that end alike, or else all there are.
pub(super) fn nowhere(app: &App, method: &Method, path: &str) -> Problem {
    let end = |path: &str| path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let (asked, path) = (end(&tidy_path(path)), shown(path));
    let enabled = bowei_standards::all().iter().map(|standard| standard.card());
    let enabled = || enabled.clone().filter(|card| app.config.standard(card.name).enabled);
    let prefix = |name| app.config.standard(name).prefix.trim_end_matches('/').to_owned();
    let alike = enabled().flat_map(|card| {
        let routes = card.routes.iter().filter(|route| end(route.path) == asked);
        routes.map(move |route| {
            format!("{} {}{}（{}）", route.method, prefix(card.name), route.path, card.platform.0)
        })
    });
    let mut alike: Vec<_> = alike.collect();
    if alike.is_empty() {
        let all = enabled()
            .map(|card| format!("{}{}（{}）", prefix(card.name), card.interfaces(), card.platform.0));
        alike = all.collect();
    }
    Problem::not_found(format!(
        "没有此接口：收到 {method} {path}，应为 {} there is no such interface",
        alike.join("；")
    ))
}

/// The path behind a configured prefix.
fn below(path: &str, prefix: &str) -> Option<String> {
    let (path, prefix) = (tidy_path(path), tidy_path(prefix));
    let start = path.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(&prefix))?;
    path.get(start.len()..).filter(|rest| rest.starts_with('/')).map(str::to_owned)
}

async fn receive(
    app: App,
    standard: &'static dyn Standard,
    route: &'static Route,
    request: Request,
) -> Response {
    let begun = Instant::now();
    let response = answer(&app, standard, route, request).await;
    let name = standard.card().name;
    metrics::counter!(
        "bowei_messages_total",
        "standard" => name, "path" => route.path, "status" => response.status().as_str().to_owned()
    )
    .increment(1);
    metrics::histogram!("bowei_message_seconds", "standard" => name).record(begun.elapsed().as_secs_f64());
    response
}

async fn answer(
    app: &App,
    standard: &'static dyn Standard,
    route: &'static Route,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let admitted = match app.admission.read(&parts, body, route.body_max_bytes).await {
        Ok(admitted) => admitted,
        Err(Unread::TooLarge) => {
            return standard_answer(app.intake.too_large(standard, route.body_max_bytes));
        }
        Err(Unread::Busy) => return standard_answer(app.intake.unavailable(standard)),
        Err(Unread::Incomplete) => {
            return Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
                .into_response();
        }
        Err(Unread::Encoded) => {
            let detail = "compressed bodies are not taken: send it without Content-Encoding";
            return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into_response();
        }
    };
    let whole = http::Request::from_parts(parts, admitted.bytes);
    // A task of its own: should the lot hang up now, what is under way is still kept, shown and counted.
    let app = std::sync::Arc::clone(app);
    let room = admitted.room;
    let receiving = tokio::spawn(async move {
        let answer = app.intake.receive(standard, route.lane, whole).await;
        drop(room);
        answer
    });
    match receiving.await {
        Ok(answer) => standard_answer(answer),
        Err(error) => {
            tracing::error!(%error, standard = standard.card().name, "taking a message in broke off");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "taking the message in broke off: send it again")
                .into_response()
        }
    }
}

fn standard_answer(answer: http::Response<Bytes>) -> Response {
    answer.map(Body::from)
}
