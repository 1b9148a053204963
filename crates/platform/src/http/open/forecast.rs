//! `GET /open/v1/lots/{code}/forecast`: whether there will be a space. Of counts alone, and shown only where it has proven better
//! than the number of now.

use super::lots::live;
use crate::app::{App, Shared};
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::vacancy::Status;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::forecast::{HORIZONS, LotForecast, Outlook, Verdict};
use bowei_model::{Lot, moment};
use bowei_store::StoreError;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Moments in one answer at most.
const MOMENTS_MAX: usize = 16;

/// For when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ForecastQuery {
    /// Minutes from now, 1 to 120, at most 16 of them between commas: `15,30,60,120` without it.
    #[param(pattern = "^([1-9][0-9]?|1[01][0-9]|120)(,([1-9][0-9]?|1[01][0-9]|120)){0,15}$")]
    minutes: Option<String>,
}

/// What is foretold of a lot.
#[derive(Serialize, ToSchema)]
pub(super) struct Forecast {
    /// When the count was right that it starts from; null where there is none.
    as_of: Option<String>,
    /// What is foretold, for those of the moments asked for that are: none of a lot that is not heard from, and none of a
    /// time ahead for which the forecast was no better than the number of now.
    items: Vec<ForecastItem>,
    /// How the forecasts were over the last 28 days that were judged; null of a lot that has none.
    skill: Option<ForecastSkill>,
}

/// What is foretold for a moment.
#[derive(Serialize, ToSchema)]
pub(super) struct ForecastItem {
    /// Minutes from now.
    minutes: u32,
    /// Free spaces.
    vacant: u32,
    /// Eight times of ten there are so many at least …
    low: u32,
    /// … and so many at most.
    high: u32,
    /// How probable it is that there are enough: three, or 2% of a large lot. 0 to 1.
    probability: f64,
    /// The same in a word.
    #[schema(value_type = enums::ForecastVerdict)]
    verdict: Verdict,
    /// How often there were enough lately, of times for which about that probability was given here, 0 to 1; null before the
    /// first.
    came_true: Option<f64>,
}

/// How the forecasts of a lot were.
#[derive(Serialize, ToSchema)]
pub(super) struct ForecastSkill {
    /// The last day that was judged.
    #[schema(format = Date)]
    until: String,
    /// By how far ahead.
    items: Vec<SkillItem>,
}

/// How forecasts so far ahead were, beside "as it is now".
#[derive(Serialize, ToSchema)]
pub(super) struct SkillItem {
    /// Minutes ahead.
    minutes: u32,
    /// Whether they are shown.
    published: bool,
    /// Forecasts that were judged.
    cases: u64,
    /// The mean square of the probability less what came: 0 is the best.
    brier: f64,
    /// The same of "if there are enough now, there will be".
    persistence_brier: f64,
    /// Mean error of the free spaces, in per cent of all spaces.
    error_percent: f64,
    /// The same of "as many as now".
    persistence_error_percent: f64,
}

/// Whether a lot will have a space.
#[utoipa::path(get, operation_id = "getOpenForecast", path = "/open/v1/lots/{code}/forecast", tag = "open",
    params(("code" = String, Path, description = "The lot's code"), ForecastQuery), responses(
    (status = 200, description = "What is foretold", body = Forecast),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<ForecastQuery>,
) -> Result<Json<Forecast>, Problem> {
    let snapshot = app.registry.snapshot();
    let lot = live(&snapshot, &code)?;
    let minutes = match query.minutes.as_deref() {
        Some(text) => minutes(text)?,
        None => HORIZONS.to_vec(),
    };
    let learned = app.forecasts.of(app.store.as_ref(), app.clock.as_ref(), &lot.code).await?;
    let now = app.clock.now();
    let today = moment::to_wall(now).date();
    Ok(Json(Forecast {
        as_of: app.vacancy.of(lot, now).as_of().map(timestamps::shown),
        items: learned.as_deref().map(|learned| items(&app, lot, learned, &minutes, now)).unwrap_or_default(),
        skill: learned.as_deref().and_then(|learned| skill(learned, today)),
    }))
}

/// When there will likely be spaces at a lot, as far as that is foretold and shown.
pub(super) async fn likely_at(
    app: &Shared,
    lot: &Lot,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let learned = app.forecasts.of(app.store.as_ref(), app.clock.as_ref(), &lot.code).await?;
    let Some((learned, vacant)) = learned.zip(starts_from(app, lot, now)) else { return Ok(None) };
    let minutes = learned.likely_after(moment::to_wall(now), vacant, app.forecasts.calendar());
    Ok(minutes.and_then(|minutes| now.checked_add(SignedDuration::from_mins(minutes.into())).ok()))
}

/// The free spaces that a forecast starts from: none of a lot that is not heard from.
fn starts_from(app: &Shared, lot: &Lot, now: Timestamp) -> Option<i64> {
    let view = app.vacancy.of(lot, now);
    view.vacant(lot).filter(|_| view.status == Status::Online)
}

fn items(
    app: &Shared,
    lot: &Lot,
    learned: &LotForecast,
    minutes: &[u32],
    now: Timestamp,
) -> Vec<ForecastItem> {
    let Some(vacant) = starts_from(app, lot, now) else { return Vec::new() };
    let (wall, calendar) = (moment::to_wall(now), app.forecasts.calendar());
    let published = minutes.iter().filter(|minutes| learned.is_published(**minutes, wall.date()));
    let outlooks = published.filter_map(|minutes| learned.outlook(wall, vacant, *minutes, calendar));
    outlooks.map(|outlook| item(learned, outlook)).collect()
}

fn item(learned: &LotForecast, outlook: Outlook) -> ForecastItem {
    let Outlook { minutes, vacant, low, high, probability, verdict } = outlook;
    let lately = learned.came_true(minutes, probability);
    ForecastItem {
        minutes,
        vacant,
        low,
        high,
        probability: rounded(probability, 100.0),
        verdict,
        came_true: lately.map(|lately| rounded(f64::from(lately.came) / f64::from(lately.cases), 100.0)),
    }
}

fn skill(learned: &LotForecast, today: Date) -> Option<ForecastSkill> {
    let items = HORIZONS.iter().enumerate().map(|(index, minutes)| {
        let score = learned.judgement.score(index, Date::MIN);
        SkillItem {
            minutes: *minutes,
            published: learned.is_published(*minutes, today),
            cases: score.cases,
            brier: rounded(score.brier(), 10_000.0),
            persistence_brier: rounded(score.persistence_brier(), 10_000.0),
            error_percent: rounded(score.error_percent(), 100.0),
            persistence_error_percent: rounded(score.persistence_error_percent(), 100.0),
        }
    });
    Some(ForecastSkill { until: learned.learned?.to_string(), items: items.collect() })
}

/// To a fraction of one in so many.
fn rounded(exact: f64, parts: f64) -> f64 {
    (exact * parts).round() / parts
}

fn minutes(text: &str) -> Result<Vec<u32>, Problem> {
    let unfit = || {
        let words = format!(
            "minutes={text} does not fit: 1 to 120, at most {MOMENTS_MAX} of them between commas, is expected"
        );
        Problem::invalid("minutes", words)
    };
    let furthest = HORIZONS.iter().max().copied().unwrap_or(0);
    let read = |part: &str| part.trim().parse().ok().filter(|minutes| (1..=furthest).contains(minutes));
    let minutes: Option<Vec<u32>> = text.split(',').take(MOMENTS_MAX + 1).map(read).collect();
    minutes.filter(|minutes| minutes.len() <= MOMENTS_MAX).ok_or_else(unfit)
}
