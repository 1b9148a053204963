//! `POST /api/v1/orders/{id}/actions`: what is done with an order, and how one is drafted.

use super::files::attachments;
use super::item::{OrderPage, needed, page};
use super::visible;
use crate::accounts::{Principal, Source, entry, random};
use crate::app::App;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::office::Kept;
use crate::orders::{KeptOrder, clock, draft as drafted, evidence, numbers};
use crate::supervision::cases::{handled, handling};
use crate::webhooks;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_encoding::hex;
use bowei_model::supervision::Action as CaseAction;
use bowei_model::supervision::order::{
    Action, ActionKind, Content, DocumentNumber, Manner, Order, Refused, Service, Severity, Term, Why,
};
use bowei_model::{FindingKind, mask_plates};
use bowei_store::{CaseRow, Change, FindingQuery, FindingStates, NewAuditEntry, StoreError, finding_id};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Until when a case is due of which the order names working days alone, before it is served: a case wants a date.
const CASE_DUE_IN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Why more follows, where nobody says otherwise.
const OVERDUE: &str = "逾期未改正";

/// What is to be done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct OrderAct {
    /// Which action.
    #[schema(value_type = enums::OrderAction)]
    action: String,
    /// The revision that it was worked out from: 409 where somebody else was faster.
    revision: Option<i64>,
    /// `revise`: the parts that are to say something else.
    #[schema(value_type = Option<Object>)]
    content: Option<serde_json::Map<String, Value>>,
    /// `serve`: when, RFC 3339; now without it.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// `serve`: how; its name in Chinese is understood too.
    #[schema(value_type = Option<enums::Manner>)]
    manner: Option<String>,
    /// `serve`: to whom; the party without it.
    recipient: Option<String>,
    /// `serve`: where; the party's address without it.
    place: Option<String>,
    /// `serve`: who served it; whoever asks without it.
    server: Option<String>,
    /// `serve`: who took it in the recipient's place.
    proxy: Option<String>,
    /// `serve`: who saw it.
    witness: Option<String>,
    /// `serve`: anything else.
    remarks: Option<String>,
    /// `answer`: what was done.
    text: Option<String>,
    /// `answer`, `object`: ids of files that were handed in.
    #[serde(default)]
    attachments: Vec<String>,
    /// `extend`, `ask-extension`: until when, RFC 3339.
    #[schema(format = DateTime)]
    due_at: Option<String>,
    /// Why.
    reason: Option<String>,
    /// `object`, `decide`: the findings' numbers, or their ids; `decide` without any: all of the objection.
    #[serde(default)]
    #[schema(value_type = Vec<u32>)]
    findings: Vec<Value>,
    /// `decide`: the objection's number.
    objection: Option<u32>,
    /// `decide`: whether the party is right.
    sustained: Option<bool>,
    /// `escalate`: to what.
    #[schema(value_type = Option<enums::OrderSeverity>)]
    to: Option<Severity>,
    /// `escalate` to a fine: of how much, in yuan.
    #[schema(value_type = Option<String>)]
    amount: Option<Decimal>,
}

/// What an action is made of: all of it, or all but the number of the document that it needs.
enum Asked {
    Whole(Action),
    Numbered(Box<dyn Fn(DocumentNumber) -> Action + Send + Sync>),
}

fn refused(refused: &Refused) -> Problem {
    let words = format!("{} {refused}", refused.in_chinese());
    match &refused.why {
        Why::Field { field, .. } => Problem::invalid(field, words),
        Why::State => Problem::new(StatusCode::CONFLICT, words),
    }
}

impl OrderAct {
    fn needed(&self, field: &'static str, value: &Option<String>) -> Result<String, Problem> {
        value.clone().filter(|text| !text.trim().is_empty()).ok_or_else(|| Problem::missing(&[field]))
    }

    fn moment(field: &'static str, text: Option<&str>) -> Result<Timestamp, Problem> {
        timestamps::asked(field, text)?.ok_or_else(|| Problem::missing(&[field]))
    }

    async fn read(
        self,
        app: &App,
        (principal, order): (&Principal, &Order),
        kind: ActionKind,
        now: Timestamp,
    ) -> Result<Asked, Problem> {
        let reason = || self.needed("reason", &self.reason);
        Ok(Asked::Whole(match kind {
            ActionKind::Serve => {
                let service = self.service((principal, order), now)?;
                order.serve(service, &app.config.connection.calendar()).map_err(|why| refused(&why))?
            }
            ActionKind::Answer => Action::Answer {
                text: self.needed("text", &self.text)?,
                attachments: attachments(app, &order.id, &self.attachments).await?,
            },
            ActionKind::AskExtension => Action::AskExtension {
                due_at: Self::moment("due_at", self.due_at.as_deref())?,
                reason: reason()?,
            },
            ActionKind::Extend => {
                Action::Extend { due_at: Self::moment("due_at", self.due_at.as_deref())?, reason: reason()? }
            }
            ActionKind::RefuseExtension => Action::RefuseExtension { reason: reason()? },
            ActionKind::Object => Action::Object {
                findings: self.findings(order)?,
                reason: reason()?,
                attachments: attachments(app, &order.id, &self.attachments).await?,
            },
            ActionKind::Decide => {
                let objection = self.objection.ok_or_else(|| Problem::missing(&["objection"]))?;
                let sustained = self.sustained.ok_or_else(|| Problem::missing(&["sustained"]))?;
                let (findings, reason) = (self.findings(order)?, reason()?);
                let named = findings.clone();
                let decide = move |document: Option<DocumentNumber>| Action::Decide {
                    objection,
                    findings: findings.clone(),
                    sustained,
                    reason: reason.clone(),
                    document,
                };
                if order.decision_withdraws(objection, &named, sustained) {
                    return Ok(Asked::Numbered(Box::new(move |number| decide(Some(number)))));
                }
                decide(None)
            }
            ActionKind::Withdraw if order.issue.is_none() => {
                Action::Withdraw { document: None, reason: reason()? }
            }
            ActionKind::Withdraw => {
                let reason = reason()?;
                return Ok(Asked::Numbered(Box::new(move |number| Action::Withdraw {
                    document: Some(number),
                    reason: reason.clone(),
                })));
            }
            ActionKind::Escalate => {
                let (to, reason, amount) = (
                    self.to.ok_or_else(|| Problem::missing(&["to"]))?,
                    reason().unwrap_or_else(|_| OVERDUE.to_owned()),
                    self.amount,
                );
                return Ok(Asked::Numbered(Box::new(move |document| Action::Escalate {
                    to,
                    document,
                    reason: reason.clone(),
                    amount,
                })));
            }
            ActionKind::Verify => {
                let found = clock::verification(app.store.as_ref(), order, now).await?;
                found.ok_or_else(|| {
                    let words = "自上次复查以来没有变化 nothing has changed since it was last verified";
                    Problem::new(StatusCode::CONFLICT, words)
                })?
            }
            ActionKind::IssueReview => {
                return Ok(Asked::Numbered(Box::new(|document| Action::IssueReview { document })));
            }
            // The others are done by what they are called for, or by the clock.
            ActionKind::Revise | ActionKind::Issue | ActionKind::VoidNumber | ActionKind::Expire => {
                return Err(unknown(kind.name()));
            }
        }))
    }

    fn manner(&self) -> Result<Manner, Problem> {
        let named = self.manner.as_deref().ok_or_else(|| Problem::missing(&["manner"]))?;
        if let Some(manner) = Manner::ALL.iter().find(|manner| manner.in_chinese() == named) {
            return Ok(*manner);
        }
        let manner = enums::first::<Manner>("manner", Some(named))?;
        manner.ok_or_else(|| Problem::missing(&["manner"]))
    }

    /// The findings that are named, by their numbers in the order or by their ids.
    fn findings(&self, order: &Order) -> Result<Vec<u32>, Problem> {
        let numbered = |named: &Value| {
            let by_id = |id: &str| {
                let of = order.content.findings.iter();
                let found = of.clone().find(|one| finding_id(&one.finding(&order.content.lot)) == id);
                found.map(|one| one.number).or_else(|| id.parse().ok())
            };
            let number = match named {
                Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
                Value::String(id) => by_id(id),
                _ => None,
            };
            number.ok_or_else(|| {
                let words = format!("通知书没有问题 {named} the order has no finding {named}");
                Problem::invalid("findings", words)
            })
        };
        self.findings.iter().map(numbered).collect()
    }

    fn service(&self, (principal, order): (&Principal, &Order), now: Timestamp) -> Result<Service, Problem> {
        let party = &order.content.party;
        let or =
            |given: &Option<String>, otherwise: &str| given.clone().unwrap_or_else(|| otherwise.to_owned());
        let place = if party.address.is_empty() { &party.name } else { &party.address };
        let at = timestamps::asked("at", self.at.as_deref())?.unwrap_or(now);
        if at > now {
            return Err(Problem::invalid("at", "送达时间不能晚于当前时间 at is in the future"));
        }
        Ok(Service {
            at,
            manner: self.manner()?,
            recipient: or(&self.recipient, &party.name),
            place: or(&self.place, place),
            server: or(&self.server, principal.id()),
            proxy: or(&self.proxy, ""),
            reason: or(&self.reason, ""),
            witness: or(&self.witness, ""),
            remarks: or(&self.remarks, ""),
        })
    }
}

fn unknown(action: &str) -> Problem {
    let words = format!(
        "action is {action:?}: revise, issue, serve, answer, ask-extension, extend, refuse-extension, object, decide, \
         verify, issue-review, withdraw or escalate is expected"
    );
    Problem::invalid("action", words)
}

/// Does something with an order: the office, or the party that it is addressed to.
#[utoipa::path(post, operation_id = "handleOrder", path = "/api/v1/orders/{id}/actions", tag = "supervision", security(("token" = [])),
    params(("id" = String, Path, description = "The order's id")), request_body = OrderAct, responses(
    (status = 200, description = "The order as it is now", body = OrderPage),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such order for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is not legal now: what would be, it says; or somebody else was faster", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn act(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<OrderAct>,
) -> Result<Json<OrderPage>, Problem> {
    let kept = visible(&app, &principal, &id).await?;
    if let Some(based_on) = asked.revision.filter(|revision| *revision != kept.revision) {
        return Err(StoreError::Outdated { based_on, found: kept.revision }.into());
    }
    let named = ActionKind::ALL.iter().find(|kind| kind.name() == asked.action);
    let kind = *named.ok_or_else(|| unknown(&asked.action))?;
    principal.must_have(needed(kind))?;
    let now = app.clock.now();
    match kind {
        ActionKind::Revise => revise(&app, (&principal, &source), &kept, asked.content, now).await?,
        ActionKind::Issue => {
            must_be_confirmed(&app, &principal)?;
            issue(&app, (&principal, &source), &kept, now).await?;
        }
        _ => {
            if matches!(
                kind,
                ActionKind::Withdraw | ActionKind::Escalate | ActionKind::Decide | ActionKind::IssueReview
            ) {
                must_be_confirmed(&app, &principal)?;
            }
            let order = &kept.document.order;
            match asked.read(&app, (&principal, order), kind, now).await? {
                Asked::Whole(action) => {
                    let (mut changes, audited) = done(&kept, (&principal, &source), action, now)?;
                    changes.extend(told(&app, &kept.document, kind, now)?);
                    app.store.administer(changes, vec![audited]).await?;
                }
                Asked::Numbered(action) => {
                    let made = |number| {
                        let (mut changes, audited) = done(&kept, (&principal, &source), action(number), now)?;
                        changes.extend(told(&app, &kept.document, kind, now)?);
                        Ok::<_, Problem>((changes, vec![audited]))
                    };
                    numbers::with_next(app.store.as_ref(), (&id, now), made).await?;
                }
            }
        }
    }
    let kept = visible(&app, &principal, &id).await?;
    Ok(Json(page(&app, &principal, &kept).await?))
}

/// The order after an action, as changes, and what the audit says of it.
fn done(
    kept: &Kept<KeptOrder>,
    (principal, source): (&Principal, &Source),
    action: Action,
    now: Timestamp,
) -> Result<(Vec<Change>, NewAuditEntry), Problem> {
    let mut after = kept.clone();
    let kind = action.kind();
    after.document.order.act(action, principal.id().to_owned(), now).map_err(|why| refused(&why))?;
    let audited = audited(source, kind, (&kept.document.order, &after.document.order), now);
    Ok((vec![after.change()?], audited))
}

/// What tells the operator's own system, where it is told anything.
fn told(app: &App, kept: &KeptOrder, kind: ActionKind, now: Timestamp) -> Result<Option<Change>, Problem> {
    let event = format!("order.{}", kind.name());
    let is_told = app.webhooks.is_told();
    Ok(is_told.then(|| webhooks::told(&event, clock::about(kept), now)).transpose()?)
}

fn audited(
    source: &Source,
    kind: ActionKind,
    (before, after): (&Order, &Order),
    now: Timestamp,
) -> NewAuditEntry {
    let summary = |order: &Order| {
        json!({
            "state": order.state.name(), "due_at": order.due_at.map(timestamps::shown),
            "number": order.issue.as_ref().map(|issue| issue.number.to_string()),
            "evidence_sha256": order.issue.as_ref().map(|issue| issue.evidence_sha256.clone()),
        })
    };
    let object = format!("order:{}", after.id);
    entry(
        source,
        now,
        (&format!("order.{}", kind.name()), object),
        (Some(summary(before)), Some(summary(after))),
    )
}

async fn revise(
    app: &App,
    (principal, source): (&Principal, &Source),
    kept: &Kept<KeptOrder>,
    parts: Option<serde_json::Map<String, Value>>,
    now: Timestamp,
) -> Result<(), Problem> {
    let parts = parts.ok_or_else(|| Problem::missing(&["content"]))?;
    // What an order is about and what was found stay as the case has them.
    let fixed = ["case", "lot", "lot_name", "provider", "findings", "rule_set"];
    if let Some(field) = parts.keys().find(|field| fixed.contains(&field.as_str())) {
        let words = format!("{field} 以案件为准，不能修改 {field} is the case's, and stays");
        return Err(Problem::invalid(&format!("content/{field}"), words));
    }
    let unfit = |error: serde_json::Error| {
        Problem::invalid("content", format!("文书内容不符合要求 the content does not fit: {error}"))
    };
    let mut content = serde_json::to_value(&kept.document.order.content).map_err(unfit)?;
    if let Some(content) = content.as_object_mut() {
        content.extend(parts);
    }
    let content: Content = serde_json::from_value(content).map_err(unfit)?;
    let mut after = kept.clone();
    let by = principal.id().to_owned();
    after.document.order.revise(content, by, now).map_err(|why| refused(&why))?;
    let audited = audited(source, ActionKind::Revise, (&kept.document.order, &after.document.order), now);
    app.store.administer(vec![after.change()?], vec![audited]).await?;
    Ok(())
}

/// Freezes the evidence, draws a number and issues, in one transaction.
async fn issue(
    app: &App,
    (principal, source): (&Principal, &Source),
    kept: &Kept<KeptOrder>,
    now: Timestamp,
) -> Result<(), Problem> {
    // What is refused costs nothing: tried with a number that is not drawn.
    let evidence_sha256 = "0".repeat(64);
    let tried = Action::Issue { number: DocumentNumber { year: 2000, n: 1 }, evidence_sha256 };
    done(kept, (principal, source), tried, now)?;
    let stores = (app.store.as_ref(), app.photos.as_ref());
    let lot = principal.lot(app, kept.document.order.content.lot.as_str())?;
    let frozen = evidence::freeze(stores, &kept.document, &lot, &app.supervision, now).await?;
    let made = |number| {
        let mut after = kept.clone();
        after.document.evidence = Some(frozen.file.id.clone());
        after.document.number_prefix = app.config.papers.number_prefix.clone();
        let action = Action::Issue { number, evidence_sha256: frozen.sha256.clone() };
        let (mut changes, audited) = done(&after, (principal, source), action, now)?;
        changes.push(frozen.file.change()?);
        changes.extend(told(app, &after.document, ActionKind::Issue, now)?);
        Ok::<_, Problem>((changes, vec![audited]))
    };
    numbers::with_next(app.store.as_ref(), (&kept.id, now), made).await?;
    Ok(())
}

/// Drafts an order from a case, which waits for it then.
pub(in crate::http::api) async fn draft(
    app: &App,
    (principal, source): (&Principal, &Source),
    case: &CaseRow,
    due_at: Option<Timestamp>,
) -> Result<(), Problem> {
    let now = app.clock.now();
    let row = &case.condition;
    let of_vendor = || {
        let words = "同一供应商的共性问题，请对其下各停车场的案件分别责令改正 an order is on a lot: order on the cases under this one";
        Problem::new(StatusCode::CONFLICT, words)
    };
    let code = row.lot.as_ref().ok_or_else(of_vendor)?;
    let lot = principal.lot(app, code.as_str())?;
    let found = app
        .store
        .findings(FindingQuery {
            lots: Some(vec![lot.code.clone()]),
            kind: FindingKind::from_name(&row.rule),
            cause: Some(row.cause.clone()),
            states: FindingStates::All,
            due_at: Some(now),
            limit: drafted::FINDINGS_MAX,
            ..FindingQuery::default()
        })
        .await?
        .items;
    let snapshot = app.registry.snapshot();
    let parties = (lot.as_ref(), snapshot.providers.get(&lot.provider));
    let version = app.supervision.book.current().version.version;
    let content = drafted::content(case, parties, &found, version.into(), due_at, &app.config.papers);
    let case_due = match content.term {
        Term::Moment { due_at } => due_at,
        Term::WorkingDays { .. } => now.saturating_add(CASE_DUE_IN).unwrap_or(now),
    };
    let id = random::<8>().map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("no id could be made: {error}"))
    })?;
    let id = format!("o-{}", hex(&id));
    let order =
        Order::draft(id.clone(), content, principal.id().to_owned(), now).map_err(|why| refused(&why))?;
    let document = KeptOrder {
        order,
        district: lot.district.clone(),
        number_prefix: None,
        evidence: None,
        warned: Default::default(),
    };
    let kept = Kept::new(id.clone(), document);
    let action = CaseAction::Order { order: id.clone(), due_at: case_due };
    let handling = handling(case)?.act(&action, principal.id(), &app.supervision.rules().handling, now);
    let handling =
        handling.map_err(|why| Problem::new(StatusCode::CONFLICT, format!("{} {why}", why.in_chinese())))?;
    let after = json!({"case": row.id, "lot": lot.code, "rule": row.rule, "text": mask_plates(&kept.document.order.content.facts)});
    let audited = entry(source, now, ("order.draft", format!("order:{id}")), (None, Some(after)));
    let changes = vec![kept.change()?, Change::Case(Box::new(handled(case, &handling)?))];
    app.store.administer(changes, vec![audited]).await?;
    Ok(())
}
