//! `GET /v1/directives?after=ID&wait=SECONDS`: what platforms asked, for a lot's system that waits for it.

use super::Problem;
use crate::Gateway;
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Under the minute after which a router in between drops a connection that says nothing.
const WAIT_MAX: Duration = Duration::from_secs(50);

#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait: u64,
}

/// Answers at once where there is something after `after`, otherwise when there is, or with an empty list when the
/// wait is over.
pub(super) async fn wait(
    State(gateway): State<Arc<Gateway>>,
    Query(from): Query<From>,
) -> Result<Json<Value>, Problem> {
    let mut newest = gateway.desk.newest();
    let timeout = Duration::from_secs(from.wait).min(WAIT_MAX);
    let something = newest.wait_for(|newest| *newest > from.after);
    // Nothing within the time is an answer as well.
    let _ = tokio::time::timeout(timeout, something).await;
    let items = gateway.desk.directives(from.after).await;
    let next = items.last().map_or(from.after, |last| last.id);
    Ok(Json(json!({ "items": items, "next": next })))
}
