//! `GET /api/v1/rates/records`: what one rate of a lot and day is counted from.

use super::periods::date;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::{List, limit};
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bowei_model::moment;
use bowei_model::supervision::{Evidence, Part, Rate, records as counted};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "rate-records";

/// Which.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::api) struct RateRecordsQuery {
    /// The lot.
    lot: String,
    /// The day, `2026-04-01`.
    #[param(format = Date)]
    day: String,
    /// The rate.
    #[param(value_type = enums::Rate, inline)]
    rate: String,
    /// `num`: what is in the numerator; `missing` (the default): what is not, and why.
    #[param(pattern = "^(num|missing)$")]
    part: Option<String>,
    /// As known `now` (the default) or at the day's `close`, 04:00 of the next: what `at_close` counts. Of a day that is not
    /// closed there is nothing of the latter.
    #[param(value_type = Option<Known>, inline)]
    known: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// As known when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Known {
    Now,
    Close,
}

/// One of those that a rate counts.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct RateRecordItem {
    /// The record, where it is one.
    record_id: Option<String>,
    at: String,
    /// For how many minutes, where it is a stretch of them.
    minutes: Option<u32>,
    /// How many of the denominator it is.
    counts: u64,
    /// In Chinese.
    detail: String,
    /// The same in English.
    detail_en: String,
}

/// What a rate of a lot and day is counted from: the numbers of the rate are these, added up.
#[utoipa::path(get, operation_id = "listRateRecords", path = "/api/v1/rates/records", tag = "supervision", security(("token" = [])), params(RateRecordsQuery), responses(
    (status = 200, description = "A page of records, moments or stretches of minutes", body = List<RateRecordItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn records(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<RateRecordsQuery>,
) -> Result<Json<List<RateRecordItem>>, Problem> {
    let lot = principal.lot(&app, &query.lot)?;
    let day = moment::day_of_date(date("day", &query.day)?);
    let rate = enums::first::<Rate>("rate", Some(&query.rate))?;
    let rate = rate.ok_or_else(|| Problem::missing(&["rate"]))?;
    let part = enums::first::<Part>("part", query.part.as_deref())?.unwrap_or(Part::Missing);
    let known = enums::first::<Known>("known", query.known.as_deref())?.unwrap_or(Known::Now);
    let list = format!("{LIST} {} {day} {rate:?} {part:?} {known:?}", lot.code);
    let unknown = || Problem::invalid("cursor", "the cursor is none of this list");
    let from = match app.cursors.open(&list, query.cursor)? {
        Some(cursor) => cursor.parse::<usize>().map_err(|_| unknown())?,
        None => 0,
    };
    let found = app.supervision.days.evidence(&lot, day, app.clock.now()).await?;
    let is_there = |evidence: &Evidence| known == Known::Now || evidence.now >= evidence.closes_at();
    let Some(evidence) = found.filter(is_there) else {
        return Ok(Json(List { items: Vec::new(), next: None }));
    };
    let known_at = if known == Known::Now { evidence.now } else { evidence.closes_at() };
    let rules = app.supervision.rules();
    // A lot's day is gone through whole.
    let counting = tokio::task::spawn_blocking(move || counted(&evidence, &rules, (rate, part), known_at));
    let died = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the list could not be made: see the log");
    let counted = counting.await.map_err(died)?;
    let limit = limit(query.limit);
    let next = (counted.len() > from + limit).then(|| (from + limit).to_string());
    let items = counted.into_iter().skip(from).take(limit).map(|one| RateRecordItem {
        record_id: one.record_id.map(|id| principal.record_id(&id)),
        at: timestamps::shown(one.at),
        minutes: one.minutes,
        counts: one.counts,
        detail: one.words.zh,
        detail_en: one.words.en,
    });
    Ok(Json(List { items: items.collect(), next: app.cursors.seal(&list, next)? }))
}
