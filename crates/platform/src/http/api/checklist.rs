//! `GET /api/v1/lots/{code}/checklist`: what has arrived of a lot, and what has not.

use super::List;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::office::checklist::{Checklist, SeenStep, Step};
use crate::office::{self, Kept};
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::{Lot, Standing};
use bowei_store::ReportQuery;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// Of which standard.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ChecklistQuery {
    /// The standard; without it all that the lot has an id in or was heard in.
    standard: Option<String>,
}

/// A standard's steps.
#[derive(Serialize, ToSchema)]
pub(super) struct ChecklistItem {
    standard: String,
    steps: Vec<StepItem>,
    /// Whether all of them are done.
    ready: bool,
}

/// A step.
#[derive(Serialize, ToSchema)]
struct StepItem {
    step: Step,
    state: StepState,
    /// How often it was seen until it was done.
    count: u32,
    first_at: Option<String>,
    last_at: Option<String>,
}

/// How a step stands.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum StepState {
    Done,
    Open,
}

/// What has arrived of a lot since it is on trial, by standard.
#[utoipa::path(get, operation_id = "getChecklist", path = "/api/v1/lots/{code}/checklist", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), ChecklistQuery), responses(
    (status = 200, description = "Each standard's steps", body = List<ChecklistItem>),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<ChecklistQuery>,
) -> Result<Json<List<ChecklistItem>>, Problem> {
    let lot = principal.lot(&app, &code)?;
    let kept: Option<Kept<Checklist>> = office::one(app.store.as_ref(), lot.code.as_str()).await?;
    let seen = kept.map(|kept| kept.document);
    // Of a lot that was never on trial nothing was noted.
    if seen.is_none() && lot.standing != Standing::Trial {
        return Ok(Json(List { items: Vec::new(), next: None }));
    }
    let heard = seen.iter().flat_map(|seen| seen.steps.keys());
    let standards: BTreeSet<&String> = lot.ids.keys().chain(heard).collect();
    let wanted = |name: &&&String| query.standard.as_ref().is_none_or(|wanted| wanted == **name);
    let mended = mended(&app, &lot).await?;
    let items = standards.iter().filter(wanted).filter_map(|name| {
        let standard = bowei_standards::by_name(name)?;
        let steps: Vec<_> = Step::of(standard)
            .iter()
            .map(|step| match (step, mended) {
                (Step::RefusalMended, at) => item(*step, at.is_some(), at.map(once).as_ref()),
                _ => {
                    let seen = seen.as_ref();
                    let done = seen.is_some_and(|seen| seen.is_done(name, *step));
                    item(*step, done, seen.and_then(|seen| seen.seen(name, *step)))
                }
            })
            .collect();
        let ready = steps.iter().all(|step| step.state == StepState::Done);
        Some(ChecklistItem { standard: (*name).clone(), steps, ready })
    });
    Ok(Json(List { items: items.collect(), next: None }))
}

fn once(at: Timestamp) -> SeenStep {
    SeenStep { count: 1, first_at: at, last_at: at }
}

fn item(step: Step, done: bool, seen: Option<&SeenStep>) -> StepItem {
    StepItem {
        step,
        state: if done { StepState::Done } else { StepState::Open },
        count: seen.map_or(0, |seen| seen.count),
        first_at: seen.map(|seen| timestamps::shown(seen.first_at)),
        last_at: seen.map(|seen| timestamps::shown(seen.last_at)),
    }
}

/// When a message was accepted of the lot after one of its provider that was refused (what is refused often names no lot
/// that is known); `None` while none was refused, or none accepted since.
async fn mended(app: &App, lot: &Lot) -> Result<Option<Timestamp>, Problem> {
    let last = async |query: ReportQuery| {
        let page = app.store.reports(ReportQuery { limit: 1, ..query }).await?;
        Ok::<_, Problem>(page.items.first().map(|report| report.at))
    };
    let provider = Some(lot.provider.clone());
    let refused = last(ReportQuery { provider, refused: true, ..ReportQuery::default() }).await?;
    let lots = Some(vec![lot.code.clone()]);
    let accepted = last(ReportQuery { lots, accepted: true, ..ReportQuery::default() }).await?;
    Ok(accepted.filter(|accepted| refused.is_some_and(|refused| refused < *accepted)))
}
