//! `GET /open/v1/lots/{code}/history`: a day's free spaces, and beside them those usual on such a day. Counts carry no plates,
//! so their history is everybody's.

use super::lots::live;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bowei_model::forecast::DaySamples;
use bowei_model::moment;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Minutes from one point to the next: 288 points a day at most, and the one of now.
const EVERY_MINUTES: u32 = 5;
/// The same of what is usual, which is learned in quarters of an hour.
const USUAL_EVERY_MINUTES: u32 = 15;
/// Minutes of a day.
const DAY_MINUTES: u32 = 24 * 60;
/// So long after its end a day is closed: what lots send until then of it is in.
const CLOSED_AFTER: SignedDuration = SignedDuration::from_hours(4);
/// A closed day hardly changes: what is sent of it later is seen a day later.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// The day, UTC+08:00; today without it. It may not be one to come.
    #[param(format = Date)]
    date: Option<String>,
}

/// A day's free spaces.
#[derive(Serialize, ToSchema)]
pub(super) struct VacancyHistory {
    /// The day, UTC+08:00.
    #[schema(format = Date)]
    date: String,
    /// The lot's code.
    lot: String,
    /// All spaces.
    spaces_total: u32,
    /// Free spaces as the lot had last said, every five minutes; times of which nobody knows are left out.
    items: Vec<VacancyPoint>,
    /// Those usual on such a day, every quarter of an hour; empty while too little is known of the lot.
    usual: Vec<VacancyPoint>,
}

/// Free spaces at a moment.
#[derive(Serialize, ToSchema)]
pub(super) struct VacancyPoint {
    /// When.
    at: String,
    /// Free spaces.
    vacant: i64,
}

/// A day's free spaces of a lot, and those usual on such a day.
#[utoipa::path(get, operation_id = "getLotVacancyHistory", path = "/open/v1/lots/{code}/history", tag = "open",
    params(("code" = String, Path, description = "The lot's code"), HistoryQuery), responses(
    (status = 200, description = "The day; nothing in it where nothing is kept of it", body = VacancyHistory),
    (status = 400, description = "No day, or one to come", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<HistoryQuery>,
) -> Result<Response, Problem> {
    let snapshot = app.registry.snapshot();
    let lot = live(&snapshot, &code)?;
    let now = app.clock.now();
    let today = moment::to_wall(now).date();
    let day = query.date.as_deref().map(|text| asked(text, today)).transpose()?.unwrap_or(today);
    let (from, to) = moment::span_of_date(day).ok_or_else(|| unfit(&day.to_string(), today))?;

    let learned = app.forecasts.of(app.store.as_ref(), app.clock.as_ref(), &lot.code).await?;
    // What was last said before the day says how it began.
    let since = from.saturating_sub(DaySamples::CARRIED).unwrap_or(from);
    let last_of_day = to.saturating_sub(SignedDuration::from_millis(1)).unwrap_or(to).min(now);
    let total = i64::from(lot.spaces_total);
    let words = app.store.words(&lot.code, since, last_of_day).await?;
    // As the public sees them: none are free where the lot says fewer, and nobody knows where it says more than it has.
    let words: Vec<_> =
        words.into_iter().map(|(at, vacant)| (at, (vacant <= total).then_some(vacant.max(0)))).collect();

    let samples = DaySamples::new(day, words.iter().copied());
    let at = |minute: u32| from.saturating_add(SignedDuration::from_mins(minute.into())).unwrap_or(to);
    let minutes = |every: u32| (0..DAY_MINUTES).step_by(every as usize);
    let past = minutes(EVERY_MINUTES).filter(|minute| at(*minute) <= now);
    let mut items: Vec<_> = past
        .filter_map(|minute| {
            Some(VacancyPoint { at: timestamps::shown(at(minute)), vacant: samples.at(minute as usize)? })
        })
        .collect();
    // What was said since the last full five minutes: the line ends where the public sees the lot now.
    let last_full = at(elapsed_minutes(from, now) / EVERY_MINUTES * EVERY_MINUTES);
    let since_then = words.last().filter(|(said_at, _)| day == today && *said_at > last_full);
    items.extend(since_then.and_then(|(said_at, vacant)| {
        Some(VacancyPoint { at: timestamps::shown(*said_at), vacant: (*vacant)? })
    }));
    let usual = learned.as_deref().into_iter().flat_map(|learned| {
        let calendar = app.forecasts.calendar();
        minutes(USUAL_EVERY_MINUTES).filter_map(move |minute| {
            Some(VacancyPoint {
                at: timestamps::shown(at(minute)),
                vacant: learned.usual(day, minute, calendar)?.into(),
            })
        })
    });
    let history = VacancyHistory {
        date: day.to_string(),
        lot: lot.code.to_string(),
        spaces_total: lot.spaces_total,
        items,
        usual: usual.collect(),
    };
    let mut response = Json(history).into_response();
    if to.saturating_add(CLOSED_AFTER).is_ok_and(|closed| closed <= now) {
        response.headers_mut().insert(header::CACHE_CONTROL, KEPT);
    }
    Ok(response)
}

/// Whole minutes of a day that are over.
fn elapsed_minutes(from: Timestamp, now: Timestamp) -> u32 {
    let minutes = now.duration_since(from).as_mins();
    u32::try_from(minutes.max(0)).unwrap_or(u32::MAX).min(DAY_MINUTES)
}

fn asked(text: &str, today: Date) -> Result<Date, Problem> {
    let is_plain = text.len() == 10;
    let day = text.parse::<Date>().ok().filter(|day| is_plain && *day <= today);
    day.ok_or_else(|| unfit(text, today))
}

fn unfit(received: &str, today: Date) -> Problem {
    let words = format!(
        "date={received} 不是可查询的日期：应如 2026-04-01，且不晚于今天 {today} date={received} does not fit: a day such as 2026-04-01, {today} (today) at the latest, is expected"
    );
    Problem::invalid("date", words)
}
