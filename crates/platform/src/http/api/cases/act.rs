//! `POST /api/v1/cases/{id}/actions`: what a person does with a case.

use super::item::{CasePage, page};
use super::visible;
use crate::accounts::{Permission, Principal, Role, Source, entry};
use crate::app::App;
use crate::http::api::orders;
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::supervision::cases::{handled, handling};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_model::supervision::{Action, Handling};
use bowei_store::{CaseRow, Change, NewAuditEntry, StoreError};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What is to be done.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(in crate::http::api) struct CaseAct {
    /// Which action.
    #[schema(value_type = enums::CaseAction)]
    action: String,
    /// `assign`: to this login; null or left out: to nobody.
    user: Option<String>,
    /// `dismiss`, `pause`, `reject`: why; `close` and `reopen` may say it.
    reason: Option<String>,
    /// `pause`: until when, RFC 3339, 30 days at most.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// `comment`: what.
    text: Option<String>,
    /// `order`: by when to correct, RFC 3339; so many working days after service without it.
    #[schema(format = DateTime)]
    due_at: Option<String>,
}

/// What is to be done with one case.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::http::api) struct CaseActOnOne {
    #[serde(flatten)]
    act: CaseAct,
    /// The revision that it was worked out from: 409 where somebody else was faster.
    revision: Option<i64>,
}

impl CaseAct {
    /// The action, for whoever asks.
    pub(super) async fn read(&self, app: &App) -> Result<Action, Problem> {
        let needed = |field: &'static str, value: &Option<String>| {
            value.clone().filter(|text| !text.trim().is_empty()).ok_or_else(|| Problem::missing(&[field]))
        };
        Ok(match self.action.as_str() {
            "assign" => Action::Assign { user: self.handler(app).await? },
            "comment" => Action::Comment { text: needed("text", &self.text)? },
            "file" => Action::File,
            "verify" => Action::Verify,
            "reject" => Action::Reject { reason: needed("reason", &self.reason)? },
            "close" => Action::Close { reason: self.reason.clone() },
            "dismiss" => Action::Dismiss { reason: needed("reason", &self.reason)? },
            "reopen" => Action::Reopen { reason: self.reason.clone() },
            "pause" => {
                let until = timestamps::asked("until", self.until.as_deref())?;
                Action::Pause {
                    reason: needed("reason", &self.reason)?,
                    until: until.ok_or_else(|| Problem::missing(&["until"]))?,
                }
            }
            "resume" => Action::Resume,
            other => {
                let words = format!(
                    "action is {other:?}: assign, comment, file, order, verify, reject, close, dismiss, reopen, pause or resume \
                     is expected"
                );
                return Err(Problem::invalid("action", words));
            }
        })
    }

    /// Whom a case is given to: somebody who may handle cases.
    async fn handler(&self, app: &App) -> Result<Option<String>, Problem> {
        let Some(login) = self.user.as_deref().filter(|login| !login.is_empty()) else { return Ok(None) };
        let user = app.store.user(login).await?.filter(|user| !user.disabled);
        let may = user.and_then(|user| user.role.parse::<Role>().ok());
        if may.is_some_and(|role| role.may(Permission::CasesHandle)) {
            return Ok(Some(login.to_owned()));
        }
        let words =
            format!("账号 {login:?} 不存在、已停用或无权处理案件 {login:?} is nobody who may handle cases");
        Err(Problem::invalid("user", words))
    }
}

/// A case after an action, and what the audit says of it.
pub(super) fn done(
    app: &App,
    (principal, source): (&Principal, &Source),
    case: &CaseRow,
    action: &Action,
    now: Timestamp,
) -> Result<(CaseRow, NewAuditEntry), Problem> {
    let before = handling(case)?;
    let after =
        before.act(action, principal.id(), &app.supervision.rules().handling, now).map_err(|refused| {
            let words = format!("{} {refused}", refused.in_chinese());
            Problem::new(StatusCode::CONFLICT, words)
        })?;
    Ok((handled(case, &after)?, audited(source, case, (&before, &after), now)))
}

/// What the audit says of a change of handling.
pub(super) fn audited(
    source: &Source,
    case: &CaseRow,
    (before, after): (&Handling, &Handling),
    now: Timestamp,
) -> NewAuditEntry {
    let summary = |handling: &Handling| -> Value {
        json!({
            "state": handling.state.name(), "assignee": handling.assignee,
            "paused_until": handling.paused(now).map(|pause| timestamps::shown(pause.until)),
        })
    };
    let last = after.history.last();
    let mut then = summary(after);
    if let (Some(object), Some(text)) = (then.as_object_mut(), last.and_then(|last| last.text.clone())) {
        object.insert("text".to_owned(), Value::from(bowei_model::mask_plates(&text)));
    }
    let action = last.and_then(|last| serde_json::to_value(last.action).ok());
    let action = format!("case.{}", action.as_ref().and_then(Value::as_str).unwrap_or_default());
    entry(source, now, (&action, format!("case:{}", case.condition.id)), (Some(summary(before)), Some(then)))
}

/// Does something with a case: it is in the audit in the same transaction.
#[utoipa::path(post, operation_id = "handleCase", path = "/api/v1/cases/{id}/actions", tag = "supervision", security(("token" = [])),
    params(("id" = String, Path, description = "The case's id")), request_body = CaseActOnOne, responses(
    (status = 200, description = "The case as it is now", body = CasePage),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such case for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It cannot be done where the case stands, or somebody else was faster", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn act(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<CaseActOnOne>,
) -> Result<Json<CasePage>, Problem> {
    let case = visible(&app, &principal, &id).await?;
    if let Some(based_on) = asked.revision.filter(|revision| *revision != case.revision) {
        return Err(StoreError::Outdated { based_on, found: case.revision }.into());
    }
    if asked.act.action == "order" {
        principal.must_have(Permission::OrdersHandle)?;
        let due_at = timestamps::asked("due_at", asked.act.due_at.as_deref())?;
        orders::draft(&app, (&principal, &source), &case, due_at).await?;
        let case = visible(&app, &principal, &id).await?;
        return Ok(Json(page(&app, case).await?));
    }
    let action = asked.act.read(&app).await?;
    let now = app.clock.now();
    let (after, audited) = done(&app, (&principal, &source), &case, &action, now)?;
    app.store.administer(vec![Change::Case(Box::new(after))], vec![audited]).await?;
    let case = visible(&app, &principal, &id).await?;
    Ok(Json(page(&app, case).await?))
}
