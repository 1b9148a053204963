//! `/open/v1/reservations`: a driver reserves a space, and follows it by a private link. Behind no CORS and kept by nobody: it
//! is the driver's alone. An unknown link, a dead one and a wrong one are answered alike, and nothing here tells of any other
//! order or of a plate.

mod item;
mod shown;
mod stream;

pub(in crate::http) use stream::{__path_follow, follow};

use super::forecast::likely_at;
use crate::app::App;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::reservations::{NewRequest, NotReservable, View};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::{Extension, Json};
use bowei_model::reservation::{Estimate, Policy};
use bowei_model::{LotCode, Plate, SpaceKind, half_width};
use bowei_service::Client;
use item::{
    AppealRequest, DriverRules, NewReservation, ReservableLot, ReservationChange, ReservationCreated,
    ReservationItem,
};
use serde::Deserialize;
use utoipa::IntoParams;

/// Characters of a link's token, and of whatever else is shown as one.
const TOKEN_MAX: usize = 128;

/// One answer for every link that opens nothing.
fn missing() -> Problem {
    Problem::not_found("预约不存在，或链接已失效 there is no such reservation, or its link has ended")
}

/// The order that the request's link opens.
async fn opened(app: &App, headers: &HeaderMap) -> Result<View, Problem> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = given.split_once(' ').unwrap_or_default();
    let token = if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" };
    let token = token.get(..TOKEN_MAX).unwrap_or(token);
    let mut view = app.reservations.opened(token).await?.ok_or_else(missing)?;
    view.estimate = foretold(app, &view).await?;
    Ok(view)
}

/// What whoever waits can expect, with what is foretold of the lot. Forecasts are of a lot's spaces as a whole, which are
/// ordinary ones.
async fn foretold(app: &App, view: &View) -> Result<Option<Estimate>, Problem> {
    let order = &view.kept.document.order;
    let is_of_lot = |estimate: &Estimate| estimate.waits_for_lot && order.space == SpaceKind::Ordinary;
    let lot = app.registry.snapshot().live_lot(&order.lot).cloned();
    let Some((estimate, lot)) = view.estimate.filter(is_of_lot).zip(lot) else { return Ok(view.estimate) };
    let likely_at = likely_at(app, &lot, view.now).await?;
    Ok(Some(likely_at.map_or(estimate, |at| estimate.with_forecast(at))))
}

fn rules(policy: &Policy) -> DriverRules {
    DriverRules {
        ahead_minutes: policy.advance_minutes,
        charging_ahead_minutes: policy.charging_advance_minutes.unwrap_or(policy.advance_minutes),
        early_minutes: policy.early_minutes,
        keep_minutes: policy.keep_minutes,
        per_day: policy.orders_per_day,
        free_cancel_minutes: policy.free_cancel_minutes,
        late_cancels_per_day: policy.late_cancels_per_day,
        late_cancels_per_month: policy.late_cancels_per_month,
        no_shows: policy.no_shows_per_month,
        waitlist_closes_minutes: policy.waitlist_closes_minutes,
    }
}

/// Whether and how a lot's spaces can be reserved.
#[utoipa::path(get, operation_id = "getReservableLot", path = "/open/v1/reservations/lots/{code}", tag = "open",
    params(("code" = String, Path, description = "The lot's code")), responses(
    (status = 200, description = "The lot, with the rules that count", body = ReservableLot),
    (status = 404, description = "No such lot", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store is busy or away", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn lot(
    State(app): State<App>,
    Path(code): Path<String>,
) -> Result<Json<ReservableLot>, Problem> {
    let snapshot = app.registry.snapshot();
    let lot = snapshot.live_lot(&LotCode::from(code.as_str())).ok_or_else(|| no_lot(&code))?;
    let reservable = app.reservations.parts.reservable(lot).await?;
    let policy = app.reservations.parts.policy.settings();
    let (spaces, why) = match reservable {
        Ok(spaces) => (spaces.into_keys().collect(), None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Ok(Json(ReservableLot {
        code: lot.code.to_string(),
        name: lot.name.clone(),
        reservable: why.is_none(),
        why,
        spaces,
        rules: rules(&policy),
    }))
}

/// What a driver is told of a lot that the public may not see, or that is not there.
pub(super) fn no_lot(code: &str) -> Problem {
    Problem::not_found(format!("没有编码为 {code:?} 的停车场 there is no lot {code:?}: see /open/v1/lots"))
}

/// The plate, if it is one.
fn plate(text: &str) -> Result<Plate, Problem> {
    let plate = Plate::read(text).filter(|plate| plate.shape().is_some());
    plate.ok_or_else(|| {
        Problem::invalid(
            "plate",
            "请填写完整的车牌号码，例如 浙E12345 a whole plate is expected, such as 浙E12345",
        )
    })
}

/// The number, if it is one of a mobile phone of the mainland.
fn phone(text: &str) -> Result<String, Problem> {
    let plain: String = text
        .chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '(' | ')'))
        .collect();
    let plain = plain.strip_prefix("+86").or_else(|| plain.strip_prefix("0086")).unwrap_or(&plain);
    let mut bytes = plain.bytes();
    let fits = plain.len() == 11 && bytes.all(|b| b.is_ascii_digit()) && plain.starts_with('1');
    if fits {
        return Ok(plain.to_owned());
    }
    Err(Problem::invalid("phone", "请填写 11 位手机号码 a mobile number of 11 digits is expected"))
}

/// Reserves a space, or goes on the waitlist for one. It is taken down at once; what the lot says is followed by the link.
#[utoipa::path(post, operation_id = "createReservation", path = "/open/v1/reservations", tag = "open", request_body = NewReservation, responses(
    (status = 201, description = "Taken down; its state says what became of it so far", body = ReservationCreated),
    (status = 400, description = "A field does not fit: its pointer says which", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The lot takes no reservation of such a space now", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many of this address: see Retry-After", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Too much at once, or the store is away: see Retry-After", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn create(
    State(app): State<App>,
    client: Option<Extension<Client>>,
    JsonBody(asked): JsonBody<NewReservation>,
) -> Result<(StatusCode, Json<ReservationCreated>), Problem> {
    let (plate, enter_at) = (plate(&asked.plate)?, moment(&asked.enter_at)?);
    let phone = asked.phone.as_deref().filter(|text| !text.trim().is_empty()).map(phone).transpose()?;
    let snapshot = app.registry.snapshot();
    let lot = snapshot.live_lot(&LotCode::from(asked.lot.as_str())).ok_or_else(|| no_lot(&asked.lot))?;
    app.address_limits.take_reservation(client.as_deref()).map_err(|seconds| {
        let words = "此网络地址提交的预约过多，请稍后再试 this address asks for too many reservations: try again later";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, words).after_seconds(seconds)
    })?;
    let wanted = NewRequest {
        lot: std::sync::Arc::clone(lot),
        plate,
        space: asked.space,
        enter_at,
        phone,
        wait: asked.wait,
    };
    let done = app.reservations.request(wanted).await?;
    let created = ReservationCreated {
        code: done.code.to_string(),
        state: done.state,
        token: done.token,
        place: done.place,
    };
    Ok((StatusCode::CREATED, Json(created)))
}

fn moment(text: &str) -> Result<jiff::Timestamp, Problem> {
    timestamps::asked("enter_at", Some(text))?.ok_or_else(|| Problem::missing(&["enter_at"]))
}

/// The reservation of the link, as it is now.
async fn as_it_is(app: &App, headers: &HeaderMap) -> Result<Json<ReservationItem>, Problem> {
    Ok(Json(shown::item(app, &opened(app, headers).await?)))
}

/// The reservation of the link.
#[utoipa::path(get, operation_id = "getReservation", path = "/open/v1/reservations/current", tag = "open", security(("link" = [])), responses(
    (status = 200, description = "The reservation", body = ReservationItem),
    (status = 404, description = "The link opens nothing: unknown, ended and wrong ones alike", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store is busy or away", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<ReservationItem>, Problem> {
    as_it_is(&app, &headers).await
}

/// Changes the time or the kind of space. The space that it has stays until the lot has agreed.
#[utoipa::path(patch, operation_id = "changeReservation", path = "/open/v1/reservations/current", tag = "open", security(("link" = [])),
    request_body = ReservationChange, responses(
    (status = 200, description = "The reservation as it is now", body = ReservationItem),
    (status = 400, description = "A field does not fit: its pointer says which", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "The link opens nothing", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It has changed meanwhile, or cannot be changed now", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store is busy or away", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    headers: HeaderMap,
    JsonBody(asked): JsonBody<ReservationChange>,
) -> Result<Json<ReservationItem>, Problem> {
    let view = opened(&app, &headers).await?;
    let enter_at = asked.enter_at.as_deref().map(moment).transpose()?;
    if let Some(space) = asked.space.filter(|space| *space != view.kept.document.order.space) {
        let lot = app.registry.snapshot().lots.get(&view.kept.document.order.lot).cloned();
        let lot = lot.ok_or_else(|| {
            Problem::from(crate::reservations::NotDone::NotReservable(NotReservable::Closed))
        })?;
        let spaces = app.reservations.parts.reservable(&lot).await?;
        if !spaces.is_ok_and(|spaces| spaces.contains_key(&space)) {
            return Err(crate::reservations::NotDone::NotReservable(NotReservable::NotOffered).into());
        }
    }
    app.reservations.change(&view, (enter_at, asked.space), asked.version).await?;
    as_it_is(&app, &headers).await
}

/// How a reservation is cancelled.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(in crate::http) struct CancelQuery {
    /// The version that was looked at: 409 where it has changed meanwhile. Cancelled as it is without it.
    #[param(minimum = 0)]
    version: Option<u64>,
}

/// Cancels it.
#[utoipa::path(delete, operation_id = "cancelReservation", path = "/open/v1/reservations/current", tag = "open", security(("link" = [])),
    params(CancelQuery), responses(
    (status = 200, description = "The reservation as it is now", body = ReservationItem),
    (status = 404, description = "The link opens nothing", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It has changed meanwhile, or cannot be cancelled any more", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store is busy or away", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn cancel(
    State(app): State<App>,
    headers: HeaderMap,
    QueryParams(query): QueryParams<CancelQuery>,
) -> Result<Json<ReservationItem>, Problem> {
    let view = opened(&app, &headers).await?;
    app.reservations.cancel(&view, query.version).await?;
    as_it_is(&app, &headers).await
}

/// Objects to a no-show, or to what else counts against the plate by this reservation.
#[utoipa::path(post, operation_id = "appealReservation", path = "/open/v1/reservations/current/appeal", tag = "open", security(("link" = [])),
    request_body = AppealRequest, responses(
    (status = 200, description = "The reservation as it is now", body = ReservationItem),
    (status = 400, description = "A field does not fit: its pointer says which", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "The link opens nothing", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Nothing counts against it, or there is an objection already", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store is busy or away", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn appeal(
    State(app): State<App>,
    headers: HeaderMap,
    JsonBody(asked): JsonBody<AppealRequest>,
) -> Result<Json<ReservationItem>, Problem> {
    let view = opened(&app, &headers).await?;
    app.reservations.appeal(&view, &asked.text).await?;
    as_it_is(&app, &headers).await
}
