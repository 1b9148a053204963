//! `GET /api/v1/orders/{id}/document`: an order's papers, as pages that print.

use super::visible;
use crate::accounts::{Permission, Principal};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::orders::printed::{Printed, paper};
use crate::papers::content_policy;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which paper.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::api) struct DocumentQuery {
    /// `order` (the default), `receipt` (送达回证) or `review` (整改复查意见).
    #[param(pattern = "^(order|receipt|review)$")]
    paper: Option<String>,
    /// Which of the reviews issued, from 1. Without it the newest; for the office a draft, where the last verification
    /// is in none yet.
    #[param(minimum = 1)]
    review: Option<usize>,
}

/// A page to print: 责令限期改正通知书, or what comes after it.
#[utoipa::path(get, operation_id = "getOrderDocument", path = "/api/v1/orders/{id}/document", tag = "supervision", security(("token" = [])),
    params(("id" = String, Path, description = "The order's id"), DocumentQuery), responses(
    (status = 200, description = "The page", content_type = "text/html"),
    (status = 404, description = "No such order for whoever asks, or no such paper of it yet", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "A setting of the papers is missing: which, it says", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn document(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
    QueryParams(query): QueryParams<DocumentQuery>,
) -> Result<Response, Problem> {
    let kept = visible(&app, &principal, &id).await?;
    let printed = match query.paper.as_deref() {
        None | Some("order") => Printed::Order,
        Some("receipt") => Printed::Receipt,
        Some("review") => Printed::Review(query.review),
        Some(other) => {
            return Err(Problem::invalid(
                "paper",
                format!("paper={other} is none of order, receipt, review"),
            ));
        }
    };
    let missing = || Problem::not_found("该文书尚不存在 there is no such paper of the order yet");
    let is_office = principal.may(Permission::OrdersHandle);
    let lot = app.registry.snapshot().lots.get(&kept.document.order.content.lot).cloned();
    let paper = paper(&kept.document, lot.as_deref(), printed, is_office).ok_or_else(missing)?;
    let (papers, office) = (std::sync::Arc::clone(&app.papers), kept.document.office(&app.config.papers));
    let rendering = tokio::task::spawn_blocking(move || papers.render_of(&paper, &office));
    let died = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be made: see the log");
    let page = rendering.await.map_err(died)?;
    let page = page.map_err(|error| Problem::new(StatusCode::CONFLICT, error.to_string()))?;
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&content_policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}
