//! `GET /api/v1/orders/{id}/package`: the evidence, signed, for whoever checks it without the platform.

use super::visible;
use crate::accounts::{Principal, entry};
use crate::app::App;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::problem::Problem;
use crate::orders::evidence::{self, NoEvidence};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

impl From<NoEvidence> for Problem {
    fn from(error: NoEvidence) -> Self {
        match error {
            NoEvidence::Store(error) => error.into(),
            NoEvidence::Gone(_) => Self::not_found(format!("没有证据 {error}")),
            NoEvidence::Write(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            _ => {
                tracing::error!(%error, "evidence");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the evidence could not be put together: see the log",
                )
            }
        }
    }
}

/// The evidence of an issued order as one signed file, for `bowei verify`. There are plates in it: who asks is in the audit.
#[utoipa::path(get, operation_id = "getOrderPackage", path = "/api/v1/orders/{id}/package", tag = "supervision", security(("token" = [])),
    params(("id" = String, Path, description = "The order's id")), responses(
    (status = 200, description = "The package", content_type = "application/zip"),
    (status = 404, description = "No such order for whoever asks, or a draft", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It cannot be packed: why, it says", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn package(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let kept = visible(&app, &principal, &id).await?;
    must_be_confirmed(&app, &principal)?;
    let number = kept.document.order.issue.as_ref().map(|issue| issue.number);
    let number = number.ok_or_else(|| Problem::not_found("草稿没有证据包 a draft has no package"))?;
    let now = app.clock.now();
    let stores = (app.store.as_ref(), app.photos.as_ref());
    let package = evidence::package(stores, app.registry.key(), &kept, now).await?;
    let after = json!({"bytes": package.len(), "evidence_sha256": kept.document.order.issue.as_ref().map(|issue| &issue.evidence_sha256)});
    let audited = entry(&source, now, ("order.package", format!("order:{id}")), (None, Some(after)));
    app.store.administer(Vec::new(), vec![audited]).await?;
    let mut response = package.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let name = format!("attachment; filename=\"order-{}-{}.zip\"", number.year, number.n);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
