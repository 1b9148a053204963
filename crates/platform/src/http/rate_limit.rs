//! Refuses addresses that ask too much.

use super::problem::Problem;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// Bounds the public's requests.
pub(super) async fn public(State(app): State<App>, request: Request, next: Next) -> Response {
    match app.address_limits.take_public(request.extensions().get()) {
        Ok(()) => next.run(request).await,
        Err(seconds) => refused(seconds),
    }
}

/// Bounds attempts to sign in.
pub(super) async fn sign_ins(State(app): State<App>, request: Request, next: Next) -> Response {
    match app.address_limits.take_sign_in(request.extensions().get()) {
        Ok(()) => next.run(request).await,
        Err(seconds) => refused(seconds),
    }
}

/// Bounds what strangers write down here.
pub(super) async fn registrations(State(app): State<App>, request: Request, next: Next) -> Response {
    let client = request.extensions().get();
    let taken =
        if request.method().is_safe() { Ok(()) } else { app.address_limits.take_registration(client) };
    match taken {
        Ok(()) => next.run(request).await,
        Err(seconds) => refused(seconds),
    }
}

fn refused(seconds: u64) -> Response {
    let words = "this address asks too much: slow down, and try again after what Retry-After says";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, words).after_seconds(seconds).into_response()
}
