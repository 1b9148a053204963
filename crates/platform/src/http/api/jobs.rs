//! `GET /api/v1/jobs`: what happens by the clock, and what came of it.

use super::limit;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use crate::jobs::Words;
use axum::Json;
use axum::extract::State;
use bowei_store::JobRun;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct JobsQuery {
    /// Of the job of this name.
    name: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
}

/// The last runs, and when each job is due next.
#[derive(Serialize, ToSchema)]
pub(super) struct JobList {
    /// Runs, the latest to begin first.
    items: Vec<JobRunItem>,
    /// Null: of each job its last hundred runs are kept, and this is all of them.
    next: Option<String>,
    /// Every job.
    due: Vec<JobDue>,
}

/// A run of a job.
#[derive(Serialize, ToSchema)]
pub(super) struct JobRunItem {
    name: String,
    /// The beginning of the minutes, hour or day whose work it was.
    period: String,
    /// Which attempt at the period it was, from 1.
    attempt: u32,
    /// Which node did it.
    node: String,
    started_at: String,
    /// Null while it goes on.
    ended_at: Option<String>,
    /// `running`, `done`, `failed`, or `abandoned`: its node was heard of no more.
    #[schema(value_type = enums::JobOutcome)]
    outcome: &'static str,
    /// What it did or why it failed, in Chinese; empty where there is nothing to tell.
    message: String,
    /// The same in English.
    message_en: String,
}

/// A job.
#[derive(Serialize, ToSchema)]
pub(super) struct JobDue {
    name: &'static str,
    /// When it is done, in words.
    schedule: String,
    /// The beginning of the next period whose work is to be done; in the past while it goes on, is late or failed.
    next_due: String,
}

/// What happens by the clock: the last runs, and what is due next. For operators.
#[utoipa::path(get, operation_id = "listJobs", path = "/api/v1/jobs", tag = "api", security(("token" = [])), params(JobsQuery), responses(
    (status = 200, description = "The last runs", body = JobList),
))]
pub(super) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<JobsQuery>,
) -> Result<Json<JobList>, Problem> {
    let runs = app.jobs.runs(query.name.as_deref(), limit(query.limit)).await?;
    let due = app.jobs.due_times().await?.into_iter().map(|(job, at)| JobDue {
        name: job.name,
        schedule: job.schedule.to_string(),
        next_due: timestamps::shown(at),
    });
    let items = runs.into_iter().map(item).collect();
    Ok(Json(JobList { items, next: None, due: due.collect() }))
}

fn item(run: JobRun) -> JobRunItem {
    let (message, message_en) = Words::read(&run.message);
    JobRunItem {
        name: run.job,
        period: timestamps::shown(run.period),
        attempt: run.attempt,
        node: run.holder,
        started_at: timestamps::shown(run.started_at),
        ended_at: run.ended_at.map(timestamps::shown),
        outcome: run.outcome.name(),
        message,
        message_en,
    }
}
