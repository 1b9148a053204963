//! What an axum handler can do that only parses the JSON: no signature, no decryption, no store.

use crate::{Failure, say};
use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bowei_platform::config::LimitsConfig;
use bowei_service::TrustedProxies;
use bowei_service::serve::{Server, ServerBounds};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

pub(crate) async fn serve() -> Result<(), Failure> {
    let mut router = Router::new();
    for standard in bowei_standards::all() {
        for route in standard.card().routes.iter().filter(|route| route.method == Method::POST) {
            router = router.route(route.path, post(parse));
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string());
    let (_stop, stopping) = tokio::sync::watch::channel(false);
    // The same server underneath, so that the handler is all that differs.
    let limits = LimitsConfig::default();
    let bounds = ServerBounds {
        connections_max: limits.connections_max,
        address_connections_max: limits.connections_per_address,
        proxies: TrustedProxies::default(),
        header_timeout: Duration::from_secs(limits.header_timeout_s),
    };
    let server = Arc::new(Server::new(router, bounds));
    server.run(listener, None, stopping, Duration::ZERO).await;
    Ok(())
}

async fn parse(body: Bytes) -> Response {
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(value) if value.is_object() || value.is_array() => {
            // What each of the standards reads as yes.
            let code = if value.get("sign").is_some() { 0 } else { 200 };
            let yes = format!(r#"{{"code":{code},"result":0,"msg":"ok","data":[]}}"#);
            ([(header::CONTENT_TYPE, "application/json")], yes).into_response()
        }
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}
