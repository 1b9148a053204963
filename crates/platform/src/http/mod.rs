//! Every face to the outside: the standards' paths ([`standards`]), the public API ([`open`]), the API for tokens
//! ([`api`]), the pages, health and metrics; and the server underneath ([`bowei_service::serve`]), with its limits and time-outs.

mod api;
mod auth;
mod body;
mod charging_relief;
mod document;
mod encodings;
mod enums;
mod gateway;
mod health;
mod open;
mod page;
mod problem;
mod query_params;
mod rate_limit;
mod registrations;
mod reservations;
mod shapes;
mod standards;
mod streaming;
mod tiles;
mod timestamps;

use crate::app::App;
use crate::metrics;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use bowei_service::Client;
use problem::Problem;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Under which no standard has paths: who errs there is told of none.
const OWN_APIS: [&str; 2] = ["/api/v1/", "/open/"];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bowei 泊位",
        description = "City parking data: the public API under /open/v1, the API for tokens under /api/v1. \
                       Times are RFC 3339 with +08:00; errors are application/problem+json (RFC 9457).",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&BearerToken),
    components(schemas(api::PhotoEvent, api::SessionState, enums::FindingKind)),
    tags(
        (name = "open", description = "For the public: no token, and no plate ever"),
        (name = "people", description = "For people who are signed in, by a cookie: a role and its bounds say what they see"),
        (name = "gateway", description = "For lots' gateways, with a token of the lot's provider"),
        (name = "api", description = "For tokens: a token's role and district bound what it sees")
    )
)]
struct Document;

struct BearerToken;

impl utoipa::Modify for BearerToken {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        // An applicant's, for its own registration.
        components.add_security_scheme("secret", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        // A driver's, for its own reservation.
        components.add_security_scheme("link", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("bowei_session"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// The documented paths; without an `app` the document alone is of use.
fn documented(app: Option<&App>) -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut openapi) = OpenApiRouter::with_openapi(Document::openapi())
        .merge(open::routes(app))
        .merge(limited(app, written_down(app)))
        .merge(limited(app, open::drivers()))
        .merge(api::routes(app))
        .merge(gateway::routes(app))
        .split_for_parts();
    document::tell_statuses(&mut openapi);
    (router, openapi)
}

/// Drivers' paths, of which one address may ask so much.
fn limited(app: Option<&App>, routes: OpenApiRouter<App>) -> OpenApiRouter<App> {
    match app {
        None => routes,
        Some(app) => routes.layer(from_fn_with_state(App::clone(app), rate_limit::public)),
    }
}

/// The applicants' paths, of which one address may change so much.
fn written_down(app: Option<&App>) -> OpenApiRouter<App> {
    match app {
        None => open::registrations(),
        Some(app) => {
            open::registrations().layer(from_fn_with_state(App::clone(app), rate_limit::registrations))
        }
    }
}

/// The OpenAPI document, as `/openapi.json` serves it.
pub fn openapi() -> String {
    let mut text = documented(None).1.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Whether the pages are in this binary.
pub fn has_pages() -> bool {
    page::are_there()
}

/// Every path of the platform.
pub(crate) fn router(app: App) -> Router {
    let (documented, _) = documented(Some(&app));
    let document: Arc<str> = openapi().into();
    let mut router = documented
        .route(tiles::PATH, get(tiles::serve))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route(
            "/openapi.json",
            get(move || async move {
                ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
            }),
        )
        .merge(api::oidc_routes(&app))
        .merge(standards::routes(&app));
    // Where metrics are served elsewhere, a scraper that comes here must not take a page for them.
    router = match app.config.server.metrics_listen {
        None => router.route("/metrics", get(metrics_here)),
        Some(_) => {
            router.route("/metrics", get(|| async { Problem::not_found("metrics are served elsewhere") }))
        }
    };
    let policy = page::content_policy(&app.config.map);
    router
        .fallback(|State(app): State<App>, request: Request| async move {
            match standards::unmatched(Arc::clone(&app), request).await {
                Ok(answer) => answer,
                Err(request)
                    if !matches!(*request.method(), Method::GET | Method::HEAD)
                        && !OWN_APIS.iter().any(|prefix| request.uri().path().starts_with(prefix)) =>
                {
                    standards::nowhere(&app, request.method(), request.uri().path()).into_response()
                }
                Err(request) => page::serve(request.uri(), request.headers()),
            }
        })
        .method_not_allowed_fallback(|State(app): State<App>, request: Request| async {
            let problem = |_| Problem::wrong_method().into_response();
            standards::unmatched(app, request).await.unwrap_or_else(problem)
        })
        .with_state(app)
        .layer(map_response(move |response| harden(response, policy.clone())))
}

/// The metrics, for this machine alone: they tell how the city's providers do.
async fn metrics_here(client: Option<Extension<Client>>) -> Result<String, Problem> {
    // A proxy on this machine says for whom it asks.
    let is_here = client.is_none_or(|Extension(client)| client.is_proxy || client.address.is_loopback());
    if !is_here {
        let words =
            "metrics are shown to this machine alone: `metrics_listen` under [server] serves them elsewhere";
        return Err(Problem::not_found(words));
    }
    Ok(metrics::render().await)
}

/// Headers that keep a browser from doing with an answer what it was not meant for.
async fn harden(mut response: Response, policy: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    // Whatever does not say how long it may be kept may have plates in it.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
