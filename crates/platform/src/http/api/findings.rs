//! `GET /api/v1/findings`.

use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::asked::Asked;
use crate::http::problem::Problem;
use crate::http::{enums, when};
use axum::Json;
use axum::extract::State;
use bowei_model::FindingKind;
use bowei_store::FindingQuery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "findings";

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FindingsQuery {
    /// Of this lot.
    lot: Option<String>,
    /// Of this kind, such as `odd-plate`.
    #[param(value_type = Option<enums::FindingKind>)]
    kind: Option<String>,
    /// At this moment or later, RFC 3339.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this moment, RFC 3339.
    #[param(format = DateTime)]
    to: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Something doubtful about data that was accepted.
#[derive(Serialize, ToSchema)]
pub(super) struct FindingItem {
    kind: &'static str,
    lot: String,
    record_id: Option<String>,
    /// The time of what is doubted, as the lot says it.
    at: String,
    /// In Chinese.
    detail: String,
}

/// Findings, newest first.
#[utoipa::path(get, operation_id = "listFindings", path = "/api/v1/findings", tag = "api", security(("token" = [])), params(FindingsQuery), responses(
    (status = 200, description = "A page of findings", body = List<FindingItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    Asked(query): Asked<FindingsQuery>,
) -> Result<Json<List<FindingItem>>, Problem> {
    let kind = query.kind.as_deref().map(|name| FindingKind::from_name(name).ok_or_else(|| no_kind(name)));
    let found = app
        .store
        .findings(FindingQuery {
            lots: principal.scope(&app, query.lot.as_deref())?,
            kind: kind.transpose()?,
            from: when::asked("from", query.from.as_deref())?,
            to: when::asked("to", query.to.as_deref())?,
            due_at: Some(app.clock.now()),
            limit: limit(query.limit),
            cursor: app.cursors.open(LIST, query.cursor)?,
        })
        .await?;
    let items = found
        .items
        .into_iter()
        .map(|finding| FindingItem {
            kind: finding.kind.name(),
            lot: finding.lot.to_string(),
            record_id: finding.record_id.as_deref().map(|id| principal.record_id(id)),
            at: when::shown(finding.at),
            // Some findings quote a plate; which, only their kind tells here.
            detail: match finding.kind {
                FindingKind::OddPlate | FindingKind::PlateMismatch if !principal.sees_plates() => {
                    "***".to_owned()
                }
                _ => finding.detail,
            },
        })
        .collect();
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}

fn no_kind(name: &str) -> Problem {
    let known: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.name()).collect();
    Problem::invalid("kind", format!("kind={name} is none of {}", known.join(", ")))
}
