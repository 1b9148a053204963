//! `GET /api/v1/system`: how the platform is.

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::office;
use crate::office::nodes::{AWAY_AFTER, Disk, NODES_MAX, Node, QueueState};
use axum::Json;
use axum::extract::State;
use bowei_store::{JobOutcome, OfficeQuery};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Runs of jobs that are looked at for those that fail.
const RUNS: usize = 200;

/// How the platform is.
#[derive(Serialize, ToSchema)]
pub(super) struct System {
    version: &'static str,
    /// `sqlite`, the embedded engine, or `postgres`.
    engine: &'static str,
    store: StoreItem,
    /// What waits at the node that answers.
    queues: Vec<QueueState>,
    /// The disks of the node that answers.
    disks: Vec<Disk>,
    nodes: Vec<NodeItem>,
    /// Jobs whose last run failed.
    jobs_failing: Vec<String>,
    /// Where the audit ends.
    audit_head: AuditHeadItem,
    at: String,
}

/// The store.
#[derive(Serialize, ToSchema)]
struct StoreItem {
    /// Whether reports can be taken now, at the node that answers.
    ready: bool,
}

/// A node.
#[derive(Serialize, ToSchema)]
struct NodeItem {
    id: String,
    /// The node that answers.
    is_this: bool,
    /// Nothing was heard of it for a while.
    is_away: bool,
    version: String,
    started_at: String,
    seen_at: String,
    queues: Vec<QueueState>,
    disks: Vec<Disk>,
}

/// Where the audit ends.
#[derive(Serialize, ToSchema)]
struct AuditHeadItem {
    seq: i64,
    /// SM3, lower-case hex.
    hash: String,
}

/// How the platform is: nodes, queues, disks, jobs, the audit's end.
#[utoipa::path(get, operation_id = "getSystem", path = "/api/v1/system", tag = "people", security(("session" = []), ("token" = [])), responses(
    (status = 200, description = "How it is", body = System),
))]
pub(super) async fn show(State(app): State<App>) -> Result<Json<System>, Problem> {
    let now = app.clock.now();
    let health = app.health();
    let query = OfficeQuery { limit: NODES_MAX, ..OfficeQuery::default() };
    let nodes = office::list::<Node>(app.store.as_ref(), query).await?.items;
    let nodes = nodes.into_iter().map(|kept| NodeItem {
        is_this: kept.id == app.node,
        is_away: now.duration_since(kept.document.seen_at) > AWAY_AFTER,
        id: kept.id,
        version: kept.document.version,
        started_at: timestamps::shown(kept.document.started_at),
        seen_at: timestamps::shown(kept.document.seen_at),
        queues: kept.document.queues,
        disks: kept.document.disks,
    });
    let (mut known, mut failing) = (BTreeSet::new(), Vec::new());
    for run in app.store.job_runs(None, RUNS).await? {
        let is_last = run.outcome != JobOutcome::Running && known.insert(run.job.clone());
        if is_last && run.outcome != JobOutcome::Done {
            failing.push(run.job);
        }
    }
    let head = app.store.audit_head().await?;
    let hash = head.hash.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    Ok(Json(System {
        version: env!("CARGO_PKG_VERSION"),
        engine: if app.store.is_shared() { "postgres" } else { "sqlite" },
        store: StoreItem { ready: app.store.ready().await.is_ok() },
        queues: health.queues,
        disks: health.disks,
        nodes: nodes.collect(),
        jobs_failing: failing,
        audit_head: AuditHeadItem { seq: head.seq, hash },
        at: timestamps::shown(now),
    }))
}
