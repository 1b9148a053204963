//! `GET /open/v1/evidence-key`: the public key that packages of evidence are signed with.

use crate::app::App;
use crate::http::problem::Problem;
use crate::orders::evidence::public_key;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

/// The public key, PEM: what `bowei verify --key` takes.
#[utoipa::path(get, operation_id = "getEvidenceKey", path = "/open/v1/evidence-key", tag = "open", responses(
    (status = 200, description = "SubjectPublicKeyInfo, PEM", content_type = "application/x-pem-file"),
))]
pub(super) async fn evidence_key(State(app): State<App>) -> Result<Response, Problem> {
    let key = public_key(app.store.as_ref(), app.registry.key()).await?;
    let mut response = key.to_pem().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-pem-file"));
    Ok(response)
}
