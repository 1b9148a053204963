//! Every face to the outside: the standards' paths ([`standards`]), the public API ([`open`]), the API for tokens
//! ([`api`]), the pages, health and metrics; and the server underneath ([`bowei_service::serve`]), with its limits and time-outs.

mod api;
mod auth;
mod document;
mod enums;
mod health;
mod open;
mod page;
mod problem;
mod query_params;
mod standards;
mod streaming;
mod timestamps;

use crate::app::App;
use crate::metrics;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use problem::Problem;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

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
        (name = "api", description = "For tokens: a token's role and district bound what it sees")
    )
)]
struct Document;

struct BearerToken;

impl utoipa::Modify for BearerToken {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

/// The documented paths; without an `app` the document alone is of use.
fn documented(app: Option<&App>) -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut openapi) = OpenApiRouter::with_openapi(Document::openapi())
        .merge(open::routes())
        .merge(api::routes(app))
        .split_for_parts();
    document::tell_statuses(&mut openapi);
    (router, openapi)
}

/// The OpenAPI document, as `/openapi.json` serves it.
pub fn openapi() -> String {
    let mut text = documented(None).1.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Every path of the platform.
pub(crate) fn router(app: App) -> Router {
    let (documented, _) = documented(Some(&app));
    let document: Arc<str> = openapi().into();
    let mut router = documented
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route(
            "/openapi.json",
            get(move || async move {
                ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
            }),
        )
        .merge(standards::routes(&app));
    // Where metrics are served elsewhere, a scraper that comes here must not take a page for them.
    router = match app.config.server.metrics_listen {
        None => router.route("/metrics", get(metrics::render)),
        Some(_) => {
            router.route("/metrics", get(|| async { Problem::not_found("metrics are served elsewhere") }))
        }
    };
    let policy = page::content_policy(&app.config.map);
    router
        .fallback(|State(app): State<App>, request: Request| async {
            match standards::unmatched(app, request).await {
                Ok(answer) => answer,
                Err(request) => page::serve(request.method(), request.uri()),
            }
        })
        .method_not_allowed_fallback(|State(app): State<App>, request: Request| async {
            let problem = |_| Problem::wrong_method().into_response();
            standards::unmatched(app, request).await.unwrap_or_else(problem)
        })
        .with_state(app)
        .layer(map_response(move |response| harden(response, policy.clone())))
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
