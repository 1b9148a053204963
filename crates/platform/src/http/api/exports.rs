//! `/api/v1/exports`: what a person takes away as a file, for a purpose; much of it only when a second person allows it.

mod table;

use super::List;
use super::reveals::{reason, words_on};
use crate::accounts::{Permission, Principal, entry, random};
use crate::app::App;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::{enums, timestamps};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bowei_encoding::hex;
use bowei_store::{Change, ExportKind, ExportRow, ExportState, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use table::Records;
use utoipa::ToSchema;

/// An export spans so much time at most: a month.
const SPAN_MAX: SignedDuration = SignedDuration::from_hours(31 * 24);
/// Rows of an export at most: what a spreadsheet opens and a person can be answerable for.
const ROWS_MAX: u64 = 100_000;
/// The file may be read for so long once the export is ready.
const FILE_TTL: SignedDuration = SignedDuration::from_hours(24);

/// Over how long the rows of one person's files add up to what needs a second person.
const ROWS_ADD_UP_OVER: SignedDuration = SignedDuration::from_hours(24);
/// Exports in the list at most, the newest.
const LIST_MAX: usize = 1_000;

/// What to export, and what for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportToMake {
    #[schema(value_type = enums::ExportKind)]
    kind: ExportKind,
    /// Of this lot; without it of all that whoever asks may see.
    lot: Option<String>,
    /// From this moment, RFC 3339.
    #[schema(format = DateTime)]
    from: String,
    /// To before this one, RFC 3339; 31 days later at most.
    #[schema(format = DateTime)]
    to: String,
    /// What for, in four characters and more; it stands in the file and in the audit.
    purpose: String,
}

/// What a second person decides.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportDecision {
    approve: bool,
    /// Why; it stays in the audit.
    reason: Option<String>,
}

/// How far an export is.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ShownState {
    /// A second person has to decide.
    Pending,
    /// Its file may be read.
    Ready,
    /// A second person has refused it.
    Refused,
    /// Its file could be read until `expires_at`.
    Expired,
}

/// An export.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportItem {
    id: String,
    /// As it stands in the file and in its name.
    number: String,
    #[schema(value_type = enums::ExportKind)]
    kind: ExportKind,
    /// Null: of all lots that who asked may see.
    lot: Option<String>,
    from: String,
    to: String,
    purpose: String,
    /// How many rows there were when it was asked for.
    rows: u64,
    state: ShownState,
    /// The login of who asked.
    requested_by: String,
    requested_at: String,
    /// The login of the second person; null where nobody had to decide, or nobody has.
    decided_by: Option<String>,
    decided_at: Option<String>,
    /// Until when the file may be read; null until it is ready.
    expires_at: Option<String>,
}

fn shown_state(export: &ExportRow, now: Timestamp) -> ShownState {
    match export.state {
        ExportState::Pending => ShownState::Pending,
        ExportState::Refused => ShownState::Refused,
        ExportState::Ready if export.expires_at.is_some_and(|ends| ends > now) => ShownState::Ready,
        ExportState::Ready => ShownState::Expired,
    }
}

fn item(export: ExportRow, now: Timestamp) -> ExportItem {
    ExportItem {
        state: shown_state(&export, now),
        id: export.id,
        number: export.number,
        kind: export.kind,
        lot: export.lot.map(|lot| lot.to_string()),
        from: timestamps::shown(export.from),
        to: timestamps::shown(export.to),
        purpose: export.purpose,
        rows: export.rows,
        requested_by: export.requested_by,
        requested_at: timestamps::shown(export.requested_at),
        decided_by: export.decided_by,
        decided_at: export.decided_at.map(timestamps::shown),
        expires_at: export.expires_at.map(timestamps::shown),
    }
}

/// Whether it asked for the export, and its bounds are still those within which it did.
fn is_own(app: &App, principal: &Principal, export: &ExportRow) -> bool {
    export.requested_by == principal.id()
        && export.district.as_deref() == principal.district()
        && export.provider.as_ref() == principal.provider()
        && export.lot.as_ref().is_none_or(|lot| principal.lot(app, lot.as_str()).is_ok())
}

/// Whether it sees that there is such an export: its own, and for who approves others' of no more than it sees itself.
fn sees(app: &App, principal: &Principal, export: &ExportRow) -> bool {
    if export.requested_by == principal.id() || !principal.may(Permission::ExportsApprove) {
        return is_own(app, principal, export);
    }
    let within_district = |own: &str| export.district.as_ref().is_some_and(|of| of.starts_with(own));
    match &export.lot {
        Some(lot) => principal.lot(app, lot.as_str()).is_ok(),
        None => principal.sees_all() || principal.district().is_some_and(within_district),
    }
}

/// The export of that id, if whoever asks sees it.
async fn visible(app: &App, principal: &Principal, id: &str) -> Result<ExportRow, Problem> {
    let found = app.store.export(id).await?.filter(|export| sees(app, principal, export));
    found.ok_or_else(|| missing(id))
}

fn missing(id: &str) -> Problem {
    Problem::not_found(format!("there is no export {id:?} for whoever asks: see /api/v1/exports"))
}

/// The span asked for.
fn span(asked: &ExportToMake) -> Result<(Timestamp, Timestamp), Problem> {
    let moment = |name: &'static str, text: &str| {
        let read = timestamps::asked(name, Some(text))?;
        read.ok_or_else(|| Problem::invalid(name, format!("缺少 {name} {name} is missing")))
    };
    let (from, to) = (moment("from", &asked.from)?, moment("to", &asked.to)?);
    let length = to.duration_since(from);
    if length <= SignedDuration::ZERO || length > SPAN_MAX {
        let days = SPAN_MAX.as_hours() / 24;
        let words = format!(
            "结束时间须晚于开始时间，且不超过 {days} 天 to lies after from, {days} days after it at most"
        );
        return Err(Problem::invalid("to", words));
    }
    Ok((from, to))
}

/// Asks for an export. Up to the configured number of rows it is ready at once, beyond it a second person decides.
#[utoipa::path(post, operation_id = "createExport", path = "/api/v1/exports", tag = "people", security(("session" = [])),
    request_body = ExportToMake, responses(
    (status = 201, description = "Asked for: ready, or pending until a second person decides", body = ExportItem),
    (status = 400, description = "The body does not fit, there is no purpose, or it would be too many rows", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<ExportToMake>,
) -> Result<(StatusCode, Json<ExportItem>), Problem> {
    let purpose = words_on("purpose", &asked.purpose)?;
    let (from, to) = span(&asked)?;
    must_be_confirmed(&app, &principal)?;
    let lot = asked.lot.as_deref().map(|code| principal.lot(&app, code)).transpose()?;
    let now = app.clock.now();
    let id = random::<8>().map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("no id could be made: {error}"))
    })?;
    let mut export = ExportRow {
        id: hex(&id),
        number: String::new(),
        kind: asked.kind,
        lot: lot.map(|lot| lot.code.clone()),
        district: principal.district().map(str::to_owned),
        provider: principal.provider().cloned(),
        from,
        to,
        purpose,
        rows: 0,
        state: ExportState::Pending,
        requested_by: principal.id().to_owned(),
        requested_at: now,
        decided_by: None,
        decided_at: None,
        expires_at: None,
        revision: 0,
    };
    export.rows = count(&app, &principal, &export).await?;
    let turn = app.export_turn.lock().await;
    let taken = taken_without_approval(&app, &principal, now).await?;
    if export.rows.saturating_add(taken) <= app.accounts.rules.export_rows_without_approval {
        (export.state, export.expires_at) = (ExportState::Ready, now.checked_add(FILE_TTL).ok());
    }
    let id = export.id.clone();
    let asked_for = json!({
        "kind": export.kind, "lot": asked.lot, "from": timestamps::shown(from), "to": timestamps::shown(to),
        "purpose": export.purpose, "rows": export.rows, "state": export.state,
    });
    let requested = entry(&source, now, ("export.request", format!("export:{id}")), (None, Some(asked_for)));
    app.store.administer(vec![Change::Export(Box::new(export))], vec![requested]).await?;
    drop(turn);
    let kept = app.store.export(&id).await?.ok_or_else(|| missing(&id))?;
    Ok((StatusCode::CREATED, Json(item(kept, now))))
}

/// Rows that whoever asks was given lately without a second person: many small files are as much as a large one.
async fn taken_without_approval(app: &App, principal: &Principal, now: Timestamp) -> Result<u64, StoreError> {
    let lately = |export: &ExportRow| now.duration_since(export.requested_at) < ROWS_ADD_UP_OVER;
    let own = app.store.exports(Some(principal.id()), LIST_MAX).await?;
    let own = own.iter().filter(|export| lately(export) && export.decided_by.is_none());
    Ok(own.filter(|export| export.state == ExportState::Ready).map(|export| export.rows).sum())
}

/// How many rows it would have.
async fn count(app: &App, principal: &Principal, export: &ExportRow) -> Result<u64, Problem> {
    let mut records = Records::of(app, principal, export)?;
    let mut rows = 0;
    while let Some(page) = records.next_page().await? {
        rows += page.len() as u64;
        if rows > ROWS_MAX {
            let words = format!(
                "超过 {ROWS_MAX} 行，请缩短时间或指定停车场 more than {ROWS_MAX} rows: ask for less time, or one lot"
            );
            return Err(Problem::invalid("to", words));
        }
    }
    Ok(rows)
}

/// One's own exports, and for who approves those of others within one's bounds; the newest first.
#[utoipa::path(get, operation_id = "listExports", path = "/api/v1/exports", tag = "people", security(("session" = [])), responses(
    (status = 200, description = "The newest 1,000", body = List<ExportItem>),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<List<ExportItem>>, Problem> {
    let now = app.clock.now();
    let own = Some(principal.id()).filter(|_| !principal.may(Permission::ExportsApprove));
    let found = app.store.exports(own, LIST_MAX).await?;
    let seen = found.into_iter().filter(|export| sees(&app, &principal, export));
    Ok(Json(List { items: seen.map(|export| item(export, now)).collect(), next: None }))
}

/// Approves or refuses what another person has asked for.
#[utoipa::path(post, operation_id = "decideExport", path = "/api/v1/exports/{id}/decision", tag = "people", security(("session" = [])),
    params(("id" = String, Path, description = "The export's id")), request_body = ExportDecision, responses(
    (status = 200, description = "Decided", body = ExportItem),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Whoever asked for it does not decide", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such export for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It does not wait for a decision", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn decide(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<ExportDecision>,
) -> Result<Json<ExportItem>, Problem> {
    let why = asked.reason.as_deref().map(reason).transpose()?;
    must_be_confirmed(&app, &principal)?;
    let export = visible(&app, &principal, &id).await?;
    if export.requested_by == principal.id() {
        return Err(Problem::forbidden("须由他人审批 another person decides on what you asked for"));
    }
    let decided_already = || {
        let words = "该导出已有决定 the export does not wait for a decision any more: read it again";
        Problem::new(StatusCode::CONFLICT, words)
    };
    if export.state != ExportState::Pending {
        return Err(decided_already());
    }
    let now = app.clock.now();
    let (state, expires_at) = if asked.approve {
        (ExportState::Ready, now.checked_add(FILE_TTL).ok())
    } else {
        (ExportState::Refused, None)
    };
    let (before, after) = (
        json!({"state": export.state}),
        json!({"number": export.number, "requested_by": export.requested_by, "state": state, "reason": why}),
    );
    let decided = ExportRow {
        state,
        expires_at,
        decided_by: Some(principal.id().to_owned()),
        decided_at: Some(now),
        ..export
    };
    let what = ("export.decide", format!("export:{id}"));
    let audited = entry(&source, now, what, (Some(before), Some(after)));
    match app.store.administer(vec![Change::Export(Box::new(decided.clone()))], vec![audited]).await {
        Err(StoreError::Outdated { .. }) => return Err(decided_already()),
        other => other?,
    }
    Ok(Json(item(decided, now)))
}

/// The file, for who asked for it, until it expires. It is in the audit before it is handed out.
#[utoipa::path(get, operation_id = "getExportFile", path = "/api/v1/exports/{id}/file", tag = "people", security(("session" = [])),
    params(("id" = String, Path, description = "The export's id")), responses(
    (status = 200, description = "CSV in UTF-8; the first line has its number, what it is for, who asked and when", content_type = "text/csv", body = String),
    (status = 404, description = "No such export of whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is not ready", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "It has expired", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn file(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = app.store.export(&id).await?.filter(|export| is_own(&app, &principal, export));
    let export = found.ok_or_else(|| missing(&id))?;
    let now = app.clock.now();
    match shown_state(&export, now) {
        ShownState::Ready => {}
        ShownState::Pending => {
            let words = "等待他人审批 it waits until another person decides";
            return Err(Problem::new(StatusCode::CONFLICT, words));
        }
        ShownState::Refused => return Err(Problem::new(StatusCode::CONFLICT, "审批未通过 it was refused")),
        ShownState::Expired => {
            return Err(Problem::new(StatusCode::GONE, "文件已过期，请重新申请 it has expired: ask anew"));
        }
    }
    let name = format!("attachment; filename=\"{}.csv\"", export.number);
    let records = Records::of(&app, &principal, &export)?;
    let after = json!({"number": export.number, "kind": export.kind, "rows": export.rows});
    let read = entry(&source, now, ("export.read", format!("export:{id}")), (None, Some(after)));
    app.store.administer(Vec::new(), vec![read]).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(table::csv(records, principal, export, now))).into_response())
}
