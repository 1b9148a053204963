//! `GET /api/v1/reports`: the message inspector. What came, what it was read as, why it was refused.

use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use axum::Json;
use axum::extract::State;
use bowei_model::ProviderCode;
use bowei_standards::platform_side::shown_report;
use bowei_store::{InspectedOutcome, InspectedReport, RefusedMessage, ReportQuery};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "messages";

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReportsQuery {
    /// Of this provider.
    provider: Option<String>,
    /// Of this lot.
    lot: Option<String>,
    /// `accepted`, `refused` or both, split at a comma; both without it.
    #[param(value_type = Option<Vec<MessageOutcome>>, style = Form, explode = false)]
    outcome: Option<String>,
    /// Received at this moment or later, RFC 3339.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Received before this moment, RFC 3339.
    #[param(format = DateTime)]
    to: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What became of a message.
#[derive(Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum MessageOutcome {
    /// It is in the ledger.
    #[default]
    Accepted,
    /// It was answered with an error.
    Refused,
}

/// A message, accepted or refused.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct ReportItem {
    id: String,
    /// When it was received.
    at: String,
    /// What became of it.
    outcome: MessageOutcome,
    standard: String,
    provider: Option<String>,
    provider_name: Option<String>,
    /// The account that it named.
    account: Option<String>,
    /// Nothing proves that it is from the account and the provider that it names: it was refused before that was found
    /// right, and anybody may have sent it.
    claimed: bool,
    lot: Option<String>,
    /// Null where whoever asks does not see the lot.
    lot_name: Option<String>,
    /// The report's kind, of an accepted one.
    #[schema(value_type = Option<enums::ReportKind>)]
    kind: Option<&'static str>,
    record_id: Option<String>,
    path: Option<String>,
    /// The answer's code, of a refused one.
    code: Option<String>,
    /// The answer's words.
    message: Option<String>,
    /// The field at fault.
    field: Option<String>,
    /// What was expected.
    expected: Option<String>,
    /// What came.
    #[serde(rename = "came")]
    received: Option<String>,
    /// The steps of opening it.
    steps: Vec<InspectedStep>,
    /// The report as it was read, of an accepted one.
    #[schema(value_type = Option<Object>)]
    read_as: Option<Value>,
    /// What a refused one was read as, as far as reading got; pictures cut out.
    raw: Option<String>,
    /// Fields that the text does not name, of an accepted one.
    #[schema(value_type = Option<Object>)]
    unnamed_fields: Option<Value>,
    /// Whether it amended an earlier one.
    amended: bool,
}

/// A step of opening a message.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct InspectedStep {
    name: String,
    value: String,
}

/// Messages, newest first: what is in the ledger, and what was refused of late.
#[utoipa::path(get, operation_id = "listReports", path = "/api/v1/reports", tag = "api", security(("token" = [])), params(ReportsQuery), responses(
    (status = 200, description = "A page of messages", body = List<ReportItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "A viewer's token does not see plates", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<ReportsQuery>,
) -> Result<Json<List<ReportItem>>, Problem> {
    let outcomes: Vec<MessageOutcome> = enums::several("outcome", query.outcome.as_deref())?;
    let (accepted, refused) =
        (outcomes.contains(&MessageOutcome::Accepted), outcomes.contains(&MessageOutcome::Refused));
    let provider = principal.provider().cloned().or_else(|| query.provider.map(ProviderCode::from));
    // A provider sees all that it sent, refusals that name no lot of its own included, and what was sent in its name (its
    // own failed attempts are among that); one that is bounded by a district what it sent of that district's lots.
    let all_it_sent = principal.provider().is_some() && !principal.is_of_a_district();
    let lots = match query.lot.as_deref() {
        None if all_it_sent => None,
        named => principal.scope(&app, named)?,
    };
    let (limit, cursor) = (limit(query.limit), app.cursors.open(LIST, query.cursor)?);
    let from = timestamps::asked("from", query.from.as_deref())?;
    let to = timestamps::asked("to", query.to.as_deref())?;
    let asked = ReportQuery { provider, lots, accepted, refused, from, to, limit, cursor };
    let found = app.store.reports(asked).await?;
    let items = found.items.into_iter().map(|report| item(report).named(&app, &principal)).collect();
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}

impl ReportItem {
    /// With what its provider and its lot are called.
    fn named(self, app: &App, principal: &Principal) -> Self {
        let seen = self.lot.as_deref().and_then(|code| principal.lot(app, code).ok());
        let provider = self.provider.as_deref().map(ProviderCode::from);
        Self {
            lot_name: seen.map(|lot| lot.name.clone()),
            provider_name: provider.and_then(|code| app.registry.snapshot().provider_name(&code)),
            ..self
        }
    }
}

fn item(report: InspectedReport) -> ReportItem {
    let (id, at) = (report.id, timestamps::shown(report.at));
    match report.outcome {
        InspectedOutcome::Accepted { statement, unnamed_fields, amended, .. } => ReportItem {
            id,
            at,
            outcome: MessageOutcome::Accepted,
            lot: statement.report.lot().map(ToString::to_string),
            kind: Some(statement.report.kind()),
            record_id: statement.report.record_id().map(str::to_owned),
            read_as: Some(shown_report(&statement.report)),
            standard: statement.standard,
            provider: Some(statement.provider.to_string()),
            unnamed_fields: unnamed_fields.and_then(|text| serde_json::from_str(&text).ok()),
            amended,
            ..ReportItem::default()
        },
        InspectedOutcome::Refused(refused) => refusal(id, at, *refused),
    }
}

fn refusal(id: String, at: String, refused: RefusedMessage) -> ReportItem {
    ReportItem {
        id,
        at,
        outcome: MessageOutcome::Refused,
        standard: refused.standard,
        provider: refused.provider.map(|provider| provider.to_string()),
        account: refused.account,
        claimed: refused.claimed,
        lot: refused.lot.map(|lot| lot.to_string()),
        record_id: refused.record_id,
        path: Some(refused.path),
        code: Some(refused.code),
        message: Some(refused.message),
        field: refused.field,
        expected: Some(refused.expected),
        received: refused.received,
        steps: serde_json::from_str(&refused.steps).unwrap_or_default(),
        raw: refused.read_as,
        ..ReportItem::default()
    }
}
