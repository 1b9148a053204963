//! `/api/v1/audit`: who did what, and whether the chain holds.

use super::{List, limit};
use crate::accounts::entry;
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use axum::Json;
use axum::extract::State;
use bowei_encoding::hex;
use bowei_store::{AuditEntry, AuditFault, AuditQuery, verify_audit};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "audit";

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditParams {
    /// At this moment or later, RFC 3339.
    #[param(format = DateTime)]
    from: Option<String>,
    /// At this moment or before, RFC 3339.
    #[param(format = DateTime)]
    to: Option<String>,
    /// By whom: a login or a token's id.
    user: Option<String>,
    /// What: `user.create`, or with a dot at its end all that begin so.
    action: Option<String>,
    /// To what: `lot:330502-001`, or with a colon at its end all that begin so.
    object: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// An entry.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditItem {
    /// Its number, without gaps.
    seq: i64,
    at: String,
    /// A login, a token's id, or the user of a command.
    user: String,
    /// From where: an address, or `command`.
    #[serde(rename = "from")]
    source: String,
    action: String,
    object: String,
    /// Whether it was done; refused attempts are entries too.
    ok: bool,
    /// What there was; null where nothing was.
    before: Value,
    /// What there is since, or what was asked for and why; null where there is nothing to say.
    after: Value,
    /// SM3 of the entry before and this one, 64 hex digits.
    hash: String,
}

fn item(kept: AuditEntry) -> AuditItem {
    let AuditEntry { seq, entry, hash } = kept;
    let value = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    AuditItem {
        seq,
        at: timestamps::shown(entry.at),
        before: value(&entry.before),
        after: value(&entry.after),
        user: entry.user,
        source: entry.source,
        action: entry.action,
        object: entry.object,
        ok: entry.ok,
        hash: hex(&hash),
    }
}

/// The audit, the newest first. For auditors.
#[utoipa::path(get, operation_id = "listAudit", path = "/api/v1/audit", tag = "people", security(("session" = []), ("token" = [])),
    params(AuditParams), responses((status = 200, description = "A page of entries", body = List<AuditItem>)))]
pub(super) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<AuditParams>,
) -> Result<Json<List<AuditItem>>, Problem> {
    let asked = AuditQuery {
        from: timestamps::asked("from", query.from.as_deref())?,
        to: timestamps::asked("to", query.to.as_deref())?,
        user: query.user,
        action: query.action,
        object: query.object,
        limit: limit(query.limit),
        cursor: app.cursors.open(LIST, query.cursor)?,
    };
    let page = app.store.audit(asked).await?;
    let items = page.items.into_iter().map(item).collect();
    Ok(Json(List { items, next: app.cursors.seal(LIST, page.next)? }))
}

/// Whether the chain holds.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditVerification {
    ok: bool,
    /// The entry up to which it holds.
    entries: i64,
    /// The last entry that was put away, after which it was walked; 0 where none was.
    archived: i64,
    /// The end of the chain as the store notes it.
    head: AuditHead,
    /// The first entry at which it does not hold.
    broken_seq: Option<i64>,
    /// What is wrong there.
    why: Option<String>,
}

/// An end of the chain.
#[derive(Serialize, ToSchema)]
struct AuditHead {
    seq: i64,
    /// 64 hex digits.
    hash: String,
}

/// Walks the whole chain, from the first entry that was not put away to the last. Takes a while.
#[utoipa::path(post, operation_id = "verifyAudit", path = "/api/v1/audit/verify", tag = "people", security(("session" = []), ("token" = [])),
    responses((status = 200, description = "Whether it holds", body = AuditVerification)))]
pub(super) async fn verify(
    State(app): State<App>,
    Actor(source): Actor,
) -> Result<Json<AuditVerification>, Problem> {
    let head = app.store.audit_head().await?;
    let verdict = verify_audit(app.store.as_ref(), &[]).await?;
    let broken_seq = verdict.fault.as_ref().map(AuditFault::seq);
    let told = serde_json::json!({"entries": verdict.head.seq, "broken_seq": broken_seq});
    let walked = entry(&source, app.clock.now(), ("audit.verify", "audit:".to_owned()), (None, Some(told)));
    app.store.administer(Vec::new(), vec![walked]).await?;
    Ok(Json(AuditVerification {
        ok: verdict.fault.is_none(),
        archived: verdict.anchor.seq,
        entries: verdict.head.seq,
        head: AuditHead { seq: head.seq, hash: hex(&head.hash) },
        broken_seq,
        why: verdict.fault.map(|fault| fault.to_string()),
    }))
}
