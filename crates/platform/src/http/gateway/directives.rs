//! `/gateway/v1/directives` and `/gateway/v1/reservations/{code}/cancel`: what the platform wants of a lot that cannot be called,
//! the lot's answers, and its own cancellations.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::words;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::reservations::{CallOutcome, OpenCall};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_model::{Reservation, SpaceKind};
use bowei_service::stopping::stopped;
use bowei_standards::downlink::Directive;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

/// Under the minute after which a router in between drops a connection that says nothing.
const WAIT_MAX_S: u64 = 50;
/// Gateways that wait at this node at once: every lot of a large city. Beyond, they are answered at once, and ask again.
const WAITING_MAX: usize = 20_000;
static WAITING: Semaphore = Semaphore::const_new(WAITING_MAX);
/// The longest words of a lot.
const WHY_MAX: usize = 200;
/// The longest code of a lot's refusal.
const CODE_MAX: usize = 32;

/// 表 A.2: the lot has a reservation of that code already (预约编码已存在).
const EXISTS_ALREADY: &str = "1201";

/// Whose directives.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DirectivesQuery {
    /// The lot's code.
    lot: String,
    /// Seconds to wait for something where there is nothing; 0 without it.
    #[param(minimum = 0, maximum = 50)]
    wait: Option<u64>,
}

/// Of which lot.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfLotQuery {
    /// The lot's code.
    lot: String,
}

/// What a lot is to do.
#[derive(Serialize, ToSchema)]
pub(super) struct Directives {
    /// What it has not answered yet, the oldest first.
    items: Vec<DirectiveItem>,
}

/// Something that a lot is to do. A cancellation has the `booking` alone.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct DirectiveItem {
    /// Under which it is answered: the same until it has been.
    id: String,
    /// `reservation`, `change` (of one that it has taken) or `cancellation`.
    kind: &'static str,
    /// The reservation's code (预约编码).
    booking: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    plate: Option<String>,
    /// Two digits of annex C of the Shenzhen text.
    #[serde(skip_serializing_if = "Option::is_none")]
    plate_kind: Option<String>,
    /// When the car is to come, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrives_at: Option<String>,
    /// When the reservation runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// Minutes for which the space is kept from `arrives_at` on.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_minutes: Option<i64>,
    /// Whether the lot is to look at its free spaces first.
    #[serde(skip_serializing_if = "Option::is_none")]
    only_if_free: Option<bool>,
    /// `ordinary`, `charging` or `accessible`.
    #[schema(value_type = Option<crate::http::enums::SpaceKind>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<SpaceKind>,
}

impl From<OpenCall> for DirectiveItem {
    fn from(OpenCall { id, directive }: OpenCall) -> Self {
        match directive {
            Directive::Cancellation(cancellation) => {
                let (kind, booking) = ("cancellation", cancellation.reservation_code);
                Self { id, kind, booking, ..Self::default() }
            }
            Directive::Reservation(reservation) => Self::of(id, reservation),
        }
    }
}

impl DirectiveItem {
    fn of(id: String, reservation: Reservation) -> Self {
        Self {
            id,
            kind: if reservation.changes { "change" } else { "reservation" },
            booking: reservation.reservation_code,
            plate: Some(reservation.plate.to_string()),
            plate_kind: reservation.plate_kind.map(|kind| kind.to_string()),
            arrives_at: Some(timestamps::shown(reservation.arrives_at)),
            expires_at: Some(timestamps::shown(reservation.expires_at)),
            kept_minutes: Some(reservation.kept_minutes),
            only_if_free: Some(reservation.only_if_free),
            space: Some(reservation.space),
        }
    }
}

/// What a lot makes of a directive.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DirectiveOutcome {
    /// Done.
    Taken,
    /// No space is free.
    NoSpace,
    /// Refused for good.
    Refused,
}

/// A lot's answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DirectiveAnswer {
    outcome: DirectiveOutcome,
    /// Of a refusal: why, a number of tables A.1 and A.2 of the Shenzhen text.
    code: Option<String>,
    /// Of a refusal: why, in words.
    why: Option<String>,
}

/// A lot's own cancellation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LotCancellation {
    /// Why, for the driver.
    reason: String,
}

/// It is done.
#[derive(Serialize, ToSchema)]
pub(super) struct Heard {}

/// What the platform wants of a lot and has no answer to: at once where there is something, otherwise when there is, or an empty
/// list when `wait` is over. The plates are those of the lot's own guests.
#[utoipa::path(get, operation_id = "gatewayDirectives", path = "/gateway/v1/directives", tag = "gateway", security(("token" = [])), params(DirectivesQuery), responses(
    (status = 200, description = "What is to be done", body = Directives),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn wait(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<DirectivesQuery>,
) -> Result<Json<Directives>, Problem> {
    let lots = [principal.lot(&app, &query.lot)?.code.clone()];
    let seconds = query.wait.unwrap_or_default().min(WAIT_MAX_S);
    let turn = WAITING.try_acquire().ok();
    let wait = Duration::from_secs(if turn.is_some() { seconds } else { 0 });
    let calls = tokio::select! {
        calls = app.reservations.wait_for_calls(&lots, wait) => calls?,
        // It asks another node.
        () = stopped(app.stopping.clone()) => Vec::new(),
    };
    Ok(Json(Directives { items: calls.into_iter().map(Into::into).collect() }))
}

/// A lot's answer to a directive. Given again it changes nothing.
#[utoipa::path(post, operation_id = "gatewayAnswer", path = "/gateway/v1/directives/{id}", tag = "gateway", security(("token" = [])),
    params(("id" = String, Path, description = "The directive's id"), OfLotQuery), request_body = DirectiveAnswer, responses(
    (status = 200, description = "It is heard", body = Heard),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token, or no such directive of it", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn answer(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
    QueryParams(query): QueryParams<OfLotQuery>,
    JsonBody(reported): JsonBody<DirectiveAnswer>,
) -> Result<Json<Heard>, Problem> {
    let lots = [principal.lot(&app, &query.lot)?.code.clone()];
    let outcome = match reported.outcome {
        DirectiveOutcome::Taken => CallOutcome::Taken,
        DirectiveOutcome::NoSpace => CallOutcome::NoSpace,
        // It took an attempt whose answer was lost.
        DirectiveOutcome::Refused if reported.code.as_deref() == Some(EXISTS_ALREADY) => CallOutcome::Taken,
        DirectiveOutcome::Refused => CallOutcome::Refused {
            code: words("code", reported.code.as_deref().unwrap_or_default(), 0, CODE_MAX)?,
            why: words("why", reported.why.as_deref().unwrap_or_default(), 0, WHY_MAX)?,
        },
    };
    if app.reservations.answer_call(&lots, &id, outcome).await? {
        return Ok(Json(Heard {}));
    }
    Err(Problem::not_found("this lot has no such directive: it is over"))
}

/// A lot calls a reservation off that it cannot keep. Said again it changes nothing.
#[utoipa::path(post, operation_id = "gatewayCancel", path = "/gateway/v1/reservations/{code}/cancel", tag = "gateway", security(("token" = [])),
    params(("code" = String, Path, description = "The reservation's code"), OfLotQuery), request_body = LotCancellation, responses(
    (status = 200, description = "It is cancelled, and the driver is told", body = Heard),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The lot has no reservation of that code that could be cancelled", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn cancel(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<OfLotQuery>,
    JsonBody(reported): JsonBody<LotCancellation>,
) -> Result<Json<Heard>, Problem> {
    let lots = [principal.lot(&app, &query.lot)?.code.clone()];
    let reason = words("reason", &reported.reason, 1, WHY_MAX)?;
    if app.reservations.cancel_by_lot(&lots, &code, &reason).await? {
        return Ok(Json(Heard {}));
    }
    let detail = "预约不存在、已结束或车辆已入场。no reservation of that code that could be cancelled";
    Err(Problem::new(StatusCode::CONFLICT, detail))
}
